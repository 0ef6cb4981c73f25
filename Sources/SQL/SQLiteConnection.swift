import GRDB
import GRDBSQLite

/// GRDB's connection within a transaction. It steps prepared statements itself, see `SQLiteDatabase`.
final class SQLiteConnection: Connection {
  private let db: GRDB.Database

  init(_ db: GRDB.Database) { self.db = db }

  func run(_ sql: String, _ arguments: [Value]) throws -> Int {
    let statement = try prepared(sql, arguments)
    defer { sqlite3_reset(statement) }
    while true {
      switch sqlite3_step(statement) {
      case SQLITE_ROW: continue
      case SQLITE_DONE: return Int(sqlite3_changes(db.sqliteConnection))
      default: throw failure(sql)
      }
    }
  }

  func query<T>(_ sql: String, _ arguments: [Value], _ read: (any Row) throws -> T) throws -> [T] {
    let statement = try prepared(sql, arguments)
    defer { sqlite3_reset(statement) }
    let row = SQLiteRow(statement)
    var results: [T] = []
    while true {
      switch sqlite3_step(statement) {
      case SQLITE_ROW: results.append(try read(row))
      case SQLITE_DONE: return results
      default: throw failure(sql)
      }
    }
  }

  func columns(of sql: String, _ arguments: [Value]) throws -> [String] {
    SQLiteRow(try prepared(sql, arguments)).columns
  }

  func insert(into table: String, columns: [String], values: [Value], conflict: String) throws {
    precondition(values.count % columns.count == 0, "rows of \(table) are not whole")
    var at = 0
    // Many rows per statement: it opens the table and each of its indexes once, not once per row.
    for rows in [128, 1] {
      let step = rows * columns.count
      guard values.count - at >= step else { continue }
      let row = "(" + columns.map { _ in "?" }.joined(separator: ",") + ")"
      let marks = repeatElement(row, count: rows).joined(separator: ",")
      let sql = "INSERT INTO \(table) (\(columns.joined(separator: ","))) VALUES \(marks) \(conflict)"
      let statement = try cached(sql)
      defer { sqlite3_reset(statement) }
      while values.count - at >= step {
        for index in 0..<step { bind(values[at + index], to: statement, Int32(index + 1)) }
        guard sqlite3_step(statement) == SQLITE_DONE else { throw failure(sql) }
        sqlite3_reset(statement)
        at += step
      }
    }
  }

  /// A cached statement with its values bound. A parameter that SQLite counts and we do not was written in SQLite's own
  /// way, and nobody would bind it: it would be NULL without a word.
  private func prepared(_ sql: String, _ arguments: [Value]) throws -> OpaquePointer {
    let expanded = StatementCache.shared.statement(sql, arguments, .sqlite)
    let statement = try cached(expanded.sql)
    guard Int(sqlite3_bind_parameter_count(statement)) == expanded.parameters.count else {
      throw DatabaseError(.invalid, "parameters are written $1, $2 …, not ?, :name or @name, in: \(sql)")
    }
    for (index, parameter) in expanded.parameters.enumerated() {
      bind(try expanded.value(of: parameter, in: arguments, sql), to: statement, Int32(index + 1))
    }
    return statement
  }

  /// A statement from GRDB's cache, ready to be bound anew.
  private func cached(_ sql: String) throws -> OpaquePointer {
    let statement = try db.cachedStatement(sql: sql).sqliteStatement
    sqlite3_reset(statement)
    return statement
  }

  /// - Parameter index: of the parameter, from 1.
  private func bind(_ value: Value, to statement: OpaquePointer, _ index: Int32) {
    switch value {
    case .null: sqlite3_bind_null(statement, index)
    case .integer(let number): sqlite3_bind_int64(statement, index, number)
    case .text(var text):
      // SQLite copies the bytes before the closure ends (SQLITE_TRANSIENT, which is -1 as a destructor).
      text.withUTF8 { bytes in
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        // An empty text may have no address, and a null pointer would bind NULL.
        let start = UnsafeRawPointer(bytes.baseAddress).map { $0.assumingMemoryBound(to: CChar.self) }
        if let start {
          sqlite3_bind_text(statement, index, start, Int32(bytes.count), transient)
        } else {
          sqlite3_bind_text(statement, index, "", 0, transient)
        }
      }
    case .octets(let octets):
      // As above; without octets there may be no address.
      octets.withUnsafeBytes { bytes in
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        if let start = bytes.baseAddress, !bytes.isEmpty {
          sqlite3_bind_blob64(statement, index, start, UInt64(bytes.count), transient)
        } else {
          sqlite3_bind_zeroblob(statement, index, 0)
        }
      }
    case .list: preconditionFailure("a list stands only for $n within IN ($n)")
    }
  }

  /// What the last step failed of; `SQLiteDatabase.explain` words it.
  private func failure(_ sql: String) -> any Error {
    GRDB.DatabaseError(
      resultCode: ResultCode(rawValue: sqlite3_extended_errcode(db.sqliteConnection)),
      message: String(cString: sqlite3_errmsg(db.sqliteConnection)), sql: sql)
  }
}
