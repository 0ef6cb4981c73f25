import SQL
import TestSupport

/// A database file of its own with one table of everything a column can be.
struct Scratch {
  let directory: TemporaryDirectory
  let database: SQLiteDatabase
  var path: String { database.path }

  init() throws {
    directory = try TemporaryDirectory()
    database = try SQLiteDatabase(path: directory("scratch.sqlite"))
    try database.write { try $0.run("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, size BIGINT)") }
  }

  func add(_ id: Int64, _ name: String, _ size: Int64? = nil) throws {
    try database.write {
      try $0.run(
        "INSERT INTO item (id, name, size) VALUES ($1, $2, $3)", [.integer(id), .text(name), .optional(size)])
    }
  }

  func ids(_ condition: String, _ arguments: [Value] = []) throws -> [Int64] {
    try database.read {
      try $0.query("SELECT id FROM item WHERE \(condition) ORDER BY id", arguments) { $0.integer(0) }
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
