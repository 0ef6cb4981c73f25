import GRDBSQLite

/// The row that a statement stands on. SQLite converts a value as it is asked for, so a text that is asked for as a
/// number is 0 or its leading digits.
final class SQLiteRow: Row {
  private let statement: OpaquePointer
  private(set) lazy var columns: [String] = (0..<sqlite3_column_count(statement)).map {
    String(cString: sqlite3_column_name(statement, $0))
  }

  init(_ statement: OpaquePointer) { self.statement = statement }

  func isNull(_ column: Int) -> Bool { sqlite3_column_type(statement, Int32(column)) == SQLITE_NULL }
  func integer(_ column: Int) -> Int64 { sqlite3_column_int64(statement, Int32(column)) }
  func wholeNumber(_ column: Int) -> Int64? {
    sqlite3_column_type(statement, Int32(column)) == SQLITE_INTEGER ? integer(column) : nil
  }
  func text(_ column: Int) -> String {
    guard let bytes = sqlite3_column_text(statement, Int32(column)) else { return "" }
    let count = Int(sqlite3_column_bytes(statement, Int32(column)))
    return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
  }
  func octets(_ column: Int) -> [UInt8] {
    // Its address first: to ask for the count may move it.
    let start = sqlite3_column_blob(statement, Int32(column))
    return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, Int32(column)))))
  }
}
