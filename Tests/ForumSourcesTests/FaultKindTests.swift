import Forum
import ForumSources
import Foundation
import SQL
import TestSupport
import Testing
import Time

/// What a fault of a real database is called: whether waiting helps, or the mapping, a row or a key has to be mended.
@Suite("A forum that cannot answer") struct FaultKindTests {
  private let directory: TemporaryDirectory
  private let home: TestDatabase
  private let database: any SQL.Database

  init() throws {
    directory = try TemporaryDirectory()
    home = try TestDatabase(in: directory, "forum.sqlite")
    database = try home.open()
    try database.write {
      try $0.run(
        """
        CREATE TABLE post (id BIGINT, thread TEXT, discussion TEXT, body TEXT, state TEXT, created_at TEXT)
        """)
      try $0.run("CREATE TABLE participant (id BIGINT, address TEXT, digest_hour TEXT)")
      try $0.run("INSERT INTO post VALUES (1, 't', 'd', 'text', 'visible', '2026-05-26')")
      try $0.run("INSERT INTO participant VALUES (1, 'ana@example.net', '7')")
    }
  }

  private func source(_ queries: [String: String] = [:], _ database: (any SQL.Database)? = nil) throws -> SQLForum {
    let mapping = try Mapping(
      name: "odd", queries: plainQueries.merging(queries) { _, new in new }, everyoneReads: true)
    return SQLForum(database: database ?? self.database, mapping: mapping)
  }

  private func error(_ body: () throws -> some Any) -> ForumError? {
    do {
      let answer = try body()
      Issue.record("it answered \(answer)")
      return nil
    } catch {
      return error as? ForumError
    }
  }

  @Test("F3: whose file was damaged, or whose server is not there, is unavailable")
  func unavailable() throws {
    let path = directory("damaged.sqlite")
    let file = try SQLiteDatabase(path: path)
    try file.write { try $0.run("CREATE TABLE post (id BIGINT)") }
    try file.close()
    // Nothing listens on port 1.
    let server = "postgresql://nobody:secret@127.0.0.1:1/forum?connect_timeout=2"
    let databases = [try openDatabase(path, .foreign(readOnly: false)), try openDatabase(server)]
    try Data(repeating: 0x41, count: 8192).write(to: URL(filePath: path))
    for database in databases {
      let failure = error { try source([:], database).posts(keys: ["1"]) }
      #expect(failure?.kind == .unavailable, "\(database)")
      #expect(failure?.description.hasPrefix("odd, query posts: ") == true)
      #expect(failure?.description.contains("secret") == false)
    }
  }

  @Test(
    "whose query is wrong has to have its mapping mended",
    arguments: [
      "SELEC * FROM post WHERE id IN (:keys)", "SELECT * FROM nowhere WHERE id IN (:keys)",
      "SELECT colour FROM post WHERE id IN (:keys)", "SELECT id FROM post WHERE id IN (:keys)",
      "SELECT * FROM post WHERE id IN (:keys",
    ])
  func query(_ sql: String) throws {
    let failure = error { try source(["posts": sql]).posts(keys: ["1"]) }
    #expect(failure?.kind == .query)
    #expect(failure?.description.hasPrefix("odd, query posts: ") == true)
  }

  @Test(
    "F3: with a row that makes no sense has to have that row mended",
    arguments: [
      "UPDATE post SET state = 'approved'", "UPDATE post SET state = NULL", "UPDATE post SET created_at = NULL",
      "UPDATE post SET created_at = 'yesterday'", "UPDATE post SET created_at = '1770000000000'",
      "UPDATE participant SET digest_hour = 'noon'",
    ])
  func row(_ fault: String) throws {
    try database.write { try $0.run(fault) }
    let isPost = fault.contains("post")
    let failure = error {
      isPost ? try source().posts(keys: ["1"]).count : try source().participants(keys: ["1"]).count
    }
    #expect(failure?.kind == .row)
    #expect(failure?.description.hasPrefix("odd, query \(isPost ? "posts" : "participants"): ") == true)
  }

  @Test("that was asked about a key which no key of it looks like says so, or knows nobody")
  func key() throws {
    for typed in ["ana", "", "1; DROP TABLE post", "99999999999999999999"] {
      if TestDatabase.isPostgres {
        let failure = error { try source().posts(keys: [typed]) }
        #expect(failure?.kind == .key, "\(typed)")
      } else {
        #expect(try source().posts(keys: [typed]).isEmpty, "\(typed)")
      }
      #expect(try ForumError.foundByTyped { try source().participants(keys: [typed]) }.isEmpty)
    }
    #expect(try source().posts(keys: ["1"]).map(\.key) == ["1"])
  }

  @Test("answers again as soon as the fault is mended, by the same object")
  func mended() throws {
    let source = try source()
    try database.write { try $0.run("ALTER TABLE post RENAME TO post_away") }
    #expect(error { try source.posts(keys: ["1"]) }?.kind == .query)
    try database.write { try $0.run("ALTER TABLE post_away RENAME TO post") }
    #expect(try source.posts(keys: ["1"]).map(\.body) == ["text"])
  }

  @Test("answers on when its program adds a column meanwhile, though the mapping says `SELECT *`")
  func altered() throws {
    let source = try source()
    #expect(try source.posts(keys: ["1"]).map(\.subject) == [""])
    try database.write {
      try $0.run("ALTER TABLE post ADD COLUMN subject TEXT")
      try $0.run("UPDATE post SET subject = 'fish'")
    }
    #expect(try source.posts(keys: ["1"]).map(\.subject) == ["fish"])
  }
}
