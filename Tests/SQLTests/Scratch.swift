import SQL
import TestSupport

/// A database of its own with one table of everything a column can be.
struct Scratch {
  let directory: TemporaryDirectory
  let database: any SQL.Database
  private let home: TestDatabase
  /// The file, or the server's address.
  var name: String { (database as? PostgresDatabase)?.name ?? home.name }

  init() throws {
    directory = try TemporaryDirectory()
    home = try TestDatabase(in: directory, "scratch.sqlite")
    database = try home.open()
    try database.write { try $0.run("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, size BIGINT)") }
  }

  /// As the configuration names it.
  var uri: String { home.name }

  /// The same database as another process sees it.
  func again() throws -> any SQL.Database { try home.open() }

  func add(_ id: Int64, _ name: String, _ size: Int64? = nil) throws {
    try database.write {
      try $0.run(
        "INSERT INTO item (id, name, size) VALUES ($1, $2, $3)", [.integer(id), .text(name), .optional(size)])
    }
  }

  func ids(_ condition: String, _ arguments: [Value] = []) throws -> [Int64] {
    try database.read {
      try $0.query("SELECT id FROM item WHERE (\(condition)) ORDER BY id", arguments) { $0.integer(0) }
    }
  }

  func texts(_ sql: String, _ arguments: [Value] = []) throws -> [String?] {
    try database.read { try $0.query(sql, arguments) { $0.optionalText(0) } }
  }
}

/// The error that a closure throws, if it is one of the database.
func databaseError<T>(_ body: () throws -> T) -> DatabaseError? {
  do {
    _ = try body()
    return nil
  } catch {
    return error as? DatabaseError
  }
}
