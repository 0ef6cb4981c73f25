import GRDB
import GRDBSQLite
import Glibc

/// An SQLite database file, through GRDB: its connection, serial access, busy handling and statement cache. Values are
/// bound and read on the prepared statement itself, which halves the cost of a row (no array of arguments, no row
/// object).
///
/// Connections of our own files run in WAL mode with `synchronous=FULL`: a commit that returned has reached the disk
/// (rule S5).
public final class SQLiteDatabase: Database {
  private let queue: DatabaseQueue
  public let path: String
  public var dialect: Dialect { .sqlite }

  /// How a file is opened.
  public enum Access: Sendable {
    /// Ours: created if missing, readable by its owner alone (rule X2), WAL, durable commits.
    case own
    /// As `own`, but never created.
    case existing
    /// A foreign program's: never created, its settings left alone.
    case foreign(readOnly: Bool)
  }

  /// Opens a file.
  /// - Throws: `DatabaseError` that names the path.
  public init(path: String, access: Access = .own) throws {
    var configuration = Configuration()
    configuration.busyMode = .timeout(30)
    configuration.foreignKeysEnabled = true
    self.path = path
    switch access {
    case .own, .existing:
      if case .own = access {
        try SQLiteDatabase.makePrivate(path)
      } else {
        try SQLiteDatabase.require(path, advice: "; `watchpost init` makes it")
      }
      configuration.prepareDatabase { db in
        try db.execute(sql: "PRAGMA journal_mode = WAL")
        try db.execute(sql: "PRAGMA synchronous = FULL")
        try db.execute(sql: "PRAGMA cache_size = -16000")
        try db.execute(sql: "PRAGMA wal_autocheckpoint = 8000")
      }
    case .foreign(let readOnly):
      configuration.readonly = readOnly
      try SQLiteDatabase.require(path)
    }
    do {
      queue = try DatabaseQueue(path: path, configuration: configuration)
    } catch {
      throw SQLiteDatabase.explain(error, path)
    }
  }

  /// Creates the file if it is missing, mode 0600; SQLite gives the files beside it the same mode.
  private static func makePrivate(_ path: String) throws(DatabaseError) {
    if path == ":memory:" { return }
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if file >= 0 {
      Glibc.close(file)
    } else if errno != EEXIST {
      throw DatabaseError(
        .unavailable, "\(path): the database file cannot be made: \(String(cString: strerror(errno)))")
    }
  }

  private static func require(_ path: String, advice: String = "") throws(DatabaseError) {
    if path == ":memory:" || access(path, F_OK) == 0 { return }
    let reason = errno == ENOENT ? "there is no such database file\(advice)" : String(cString: strerror(errno))
    throw DatabaseError(.unavailable, "\(path): \(reason)")
  }

  public func read<T>(_ body: (any Connection) throws -> T) throws -> T {
    try perform { db in
      if db.isInsideTransaction { return try body(SQLiteConnection(db)) }
      try db.execute(sql: "BEGIN DEFERRED")
      defer { try? db.execute(sql: "COMMIT") }  // nothing was written: there is nothing that a failure could lose
      return try body(SQLiteConnection(db))
    }
  }

  /// Every write transaction is serial.
  @discardableResult
  public func write<T>(_: WriteOrder, _ body: (any Connection) throws -> T) throws -> T {
    try perform { db in
      var result: T?
      try db.inTransaction(.immediate) {
        result = try body(SQLiteConnection(db))
        return .commit
      }
      return result!
    }
  }

  /// The file is used by one machine, whose write transactions exclude each other: there is nothing to spare.
  public func exclusively<T>(_: String, _ body: () throws -> T) throws -> T? { try body() }

  public func clock() throws -> Int64? { nil }

  /// Copies the WAL back into the file and closes; the object is not used afterwards.
  public func close() throws {
    do { try queue.close() } catch { throw SQLiteDatabase.explain(error, path) }
  }

  private func perform<T>(_ body: (GRDB.Database) throws -> T) throws -> T {
    do {
      return try queue.unsafeReentrantWrite(body)
    } catch let error as GRDB.DatabaseError {
      throw SQLiteDatabase.explain(error, path)
    }
  }

  fileprivate static func explain(_ error: any Error, _ path: String) -> DatabaseError {
    guard let error = error as? GRDB.DatabaseError else { return DatabaseError(.unavailable, "\(path): \(error)") }
    let words = "\(path): \(error.message ?? "SQLite error \(error.resultCode.rawValue)")"
    let kind: DatabaseError.Kind =
      switch error.resultCode {
      case .SQLITE_CONSTRAINT: .constraint
      case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_READONLY,
        .SQLITE_NOTADB, .SQLITE_PERM, .SQLITE_CORRUPT, .SQLITE_NOMEM:
        .unavailable
      default: .invalid
      }
    let statement = error.sql.map { "\nin: \($0.prefix(400))" } ?? ""
    return DatabaseError(
      kind, words + (kind == .invalid ? statement : ""),
      isOfMissingTable: error.message?.hasPrefix("no such table") == true)
  }
}

private final class SQLiteConnection: Connection {
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

  private func prepared(_ sql: String, _ arguments: [Value]) throws -> OpaquePointer {
    let spread = Spreads.shared.spread(sql, arguments, .sqlite)
    let statement = try cached(spread.sql)
    guard Int(sqlite3_bind_parameter_count(statement)) == spread.parameters.count else {
      throw DatabaseError(.invalid, "parameters are written $1, $2 …, not ?, :name or @name, in: \(sql)")
    }
    for (number, parameter) in spread.parameters.enumerated() {
      guard arguments.indices.contains(parameter.argument) else {
        throw DatabaseError(.invalid, "no value for $\(parameter.argument + 1) in: \(sql)")
      }
      let argument = arguments[parameter.argument]
      if case .list(let values) = argument, let element = parameter.element {
        bind(values.isEmpty ? .null : values[min(element, values.count - 1)], to: statement, Int32(number + 1))
      } else {
        bind(argument, to: statement, Int32(number + 1))
      }
    }
    return statement
  }

  /// A cached statement, reset.
  private func cached(_ sql: String) throws -> OpaquePointer {
    let statement = try db.cachedStatement(sql: sql).sqliteStatement
    sqlite3_reset(statement)
    return statement
  }

  private func bind(_ value: Value, to statement: OpaquePointer, _ index: Int32) {
    switch value {
    case .null: sqlite3_bind_null(statement, index)
    case .integer(let number): sqlite3_bind_int64(statement, index, number)
    case .text(var text):
      // SQLite copies the bytes before the closure ends (SQLITE_TRANSIENT, which is -1 as a destructor).
      text.withUTF8 { bytes in
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        let start = UnsafeRawPointer(bytes.baseAddress).map { $0.assumingMemoryBound(to: CChar.self) }
        if let start {
          sqlite3_bind_text(statement, index, start, Int32(bytes.count), transient)
        } else {
          sqlite3_bind_text(statement, index, "", 0, transient)
        }
      }
    case .list: preconditionFailure("a list stands only for $n within IN ($n)")
    }
  }

  private func failure(_ sql: String) -> any Error {
    GRDB.DatabaseError(
      resultCode: ResultCode(rawValue: sqlite3_extended_errcode(db.sqliteConnection)),
      message: String(cString: sqlite3_errmsg(db.sqliteConnection)), sql: sql)
  }
}

private final class SQLiteRow: Row {
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
}
