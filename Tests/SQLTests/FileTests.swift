import Foundation
import Glibc
import SQL
import TestSupport
import Testing

@Suite("Database files", .disabled(if: TestDatabase.isPostgres)) struct FileTests {
  private func mode(_ path: String) throws -> Int {
    try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
  }

  /// A foreign program's database, in the journal mode that SQLite begins with.
  private func foreign(in directory: TemporaryDirectory) throws -> String {
    let path = directory("foreign.sqlite")
    let maker = try SQLiteDatabase(path: directory.write("foreign.sqlite", ""), access: .foreign(readOnly: false))
    try maker.write {
      try $0.run("CREATE TABLE post (id INTEGER PRIMARY KEY, body TEXT)")
      try $0.run("INSERT INTO post (id, body) VALUES (1, CAST(x'61ff62' AS TEXT)), (2, CAST(x'd800' AS TEXT))")
    }
    try maker.close()
    return path
  }

  @Test("X2: our own are readable by their owner alone, with those that SQLite puts beside them")
  func privateFiles() throws {
    let scratch = try Scratch()
    for suffix in ["", "-wal", "-shm"] { #expect(try mode(scratch.name + suffix) == 0o600) }
  }

  @Test("that are not UTF-8 are read with repairs")
  func invalidText() throws {
    let directory = try TemporaryDirectory()
    let database = try SQLiteDatabase(path: try foreign(in: directory), access: .foreign(readOnly: true))
    let texts = try database.read { try $0.query("SELECT body FROM post ORDER BY id") { $0.text(0) } }
    #expect(texts.first == "a\u{FFFD}b")
    #expect(texts.last?.unicodeScalars.contains("\u{FFFD}") == true)
  }

  @Test("of others, opened to be read, refuse writes in words")
  func readOnly() throws {
    let directory = try TemporaryDirectory()
    let database = try SQLiteDatabase(path: try foreign(in: directory), access: .foreign(readOnly: true))
    for sql in ["DELETE FROM post", "CREATE TABLE mine (a)", "UPDATE post SET body = ''"] {
      let error = databaseError { try database.write { try $0.run(sql) } }
      #expect(error?.kind == .unavailable)
      #expect(error?.description.contains("readonly") == true)
      #expect(databaseError { try database.read { _ = try $0.run(sql) } }?.kind == .unavailable)
    }
    #expect(try database.read { try $0.query("SELECT id FROM post") { $0.integer(0) } } == [1, 2])
  }

  /// Who may do everything reads as nobody, on this thread alone.
  private func withoutPower<T>(_ body: () throws -> T) rethrows -> T {
    typealias Change = @convention(c) (uid_t) -> Int32
    guard geteuid() == 0, let symbol = dlsym(nil, "setfsuid") else { return try body() }
    let change = unsafeBitCast(symbol, to: Change.self)
    _ = change(65534)
    defer { _ = change(0) }
    return try body()
  }

  @Test("of others in WAL mode, which nobody has open where we may not write, are refused with what to do")
  func unreadableLog() throws {
    let directory = try TemporaryDirectory()
    let path = try foreign(in: directory)
    let owner = try SQLiteDatabase(path: path, access: .existing)
    func ids() throws -> [Int64] {
      let database = try SQLiteDatabase(path: path, access: .foreign(readOnly: true))
      return try database.read { try $0.query("SELECT id FROM post") { $0.integer(0) } }
    }
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    _ = try owner.write { try $0.run("DELETE FROM post WHERE id = 2") }
    for suffix in ["-wal", "-shm"] {
      try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path + suffix)
    }
    try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: directory.path)
    defer { try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory.path) }
    #expect(try withoutPower(ids) == [1], "its program has it open")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory.path)
    try owner.close()
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["foreign.sqlite"])
    try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: directory.path)
    let error = databaseError { try withoutPower { _ = try ids() } }
    #expect(error?.kind == .unavailable)
    #expect(
      error?.description.hasPrefix("\(path): no program has this database open, it is in WAL mode") == true, "\(error)")
    #expect(
      error?.description.contains(") write to the directory \(directory.path), which is root's with mode 555, or")
        == true
        || geteuid() != 0, "\(error)")
  }

  @Test("of others are never switched to WAL nor given companions", arguments: [true, false])
  func untouched(_ readOnly: Bool) throws {
    let directory = try TemporaryDirectory()
    let path = try foreign(in: directory)
    let before = try Data(contentsOf: URL(filePath: path))
    let database = try SQLiteDatabase(path: path, access: .foreign(readOnly: readOnly))
    #expect(try database.read { try $0.query("PRAGMA journal_mode") { $0.text(0) } } == ["delete"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["foreign.sqlite"])
    #expect(try Data(contentsOf: URL(filePath: path)) == before)
  }

  @Test("of others are never created", arguments: [true, false])
  func neverCreated(_ readOnly: Bool) throws {
    let directory = try TemporaryDirectory()
    let path = directory("missing.sqlite")
    let error = databaseError { _ = try SQLiteDatabase(path: path, access: .foreign(readOnly: readOnly)) }
    #expect(error?.kind == .unavailable)
    #expect(error?.description == "\(path): there is no such database file")
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test("of our own are made where that is wished, and else said to be missing")
  func existing() throws {
    let directory = try TemporaryDirectory()
    let path = directory("ledger.sqlite")
    let error = databaseError { _ = try SQLiteDatabase(path: path, access: .existing) }
    #expect(error?.kind == .unavailable)
    #expect(error?.description == "\(path): there is no such database file; `watchpost init` makes it")
    #expect(!FileManager.default.fileExists(atPath: path))
    try SQLiteDatabase(path: path).close()
    let database = try SQLiteDatabase(path: path, access: .existing)
    #expect(try database.read { try $0.query("PRAGMA journal_mode") { $0.text(0) } } == ["wal"])
    try database.write { try $0.run("CREATE TABLE t (a)") }
  }

  @Test("that cannot be opened, made or read are unavailable, by name")
  func unavailable() throws {
    let directory = try TemporaryDirectory()
    let garbage = try directory.write("garbage.sqlite", String(repeating: "not a database ", count: 100))
    for path in [garbage, directory.path, directory("no/such/folder.sqlite")] {
      let error = databaseError {
        let database = try SQLiteDatabase(path: path)
        try database.write { try $0.run("CREATE TABLE t (a)") }
      }
      #expect(error?.kind == .unavailable)
      #expect(error?.description.hasPrefix(path) == true)
    }
  }

  @Test("answer a wrong statement with its text")
  func invalid() throws {
    let scratch = try Scratch()
    let error = databaseError { _ = try scratch.ids("colour = 'red'") }
    #expect(error?.kind == .invalid)
    #expect(error?.description.contains("no such column: colour") == true)
    #expect(error?.description.contains("SELECT id FROM item") == true)
  }
}
