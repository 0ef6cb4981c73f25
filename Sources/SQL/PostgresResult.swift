import CPostgres

/// A result of libpq's, freed with its last reference.
final class PostgresResult {
  /// libpq's `PGresult`.
  let pointer: OpaquePointer
  /// How many rows; libpq holds them all in memory.
  let count: Int

  init(_ pointer: OpaquePointer) {
    self.pointer = pointer
    count = Int(PQntuples(pointer))
  }

  deinit { PQclear(pointer) }

  /// How many rows a statement changed; 0 for one that changes none.
  var affected: Int { Int(String(cString: PQcmdTuples(pointer))) ?? 0 }
  /// What was done, in a word: `COMMIT`, or `ROLLBACK` for a commit that failed.
  var tag: String { String(cString: PQcmdStatus(pointer)) }

  /// A field of an error: `C` its SQLSTATE, `M` its message.
  func field(_ code: Character) -> String? {
    PQresultErrorField(pointer, Int32(code.asciiValue!)).map { String(cString: $0) }
  }
}
