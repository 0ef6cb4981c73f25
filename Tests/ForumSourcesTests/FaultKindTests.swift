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
    "E1, F3: with a row that makes no sense tells that row apart, with query, key, column and value",
    arguments: [
      ("UPDATE post SET state = 'approved'", "post 1: `approved` in column `state` is none of: "),
      ("UPDATE post SET state = NULL", "post 1: `NULL` in column `state` must be one of: "),
      ("UPDATE post SET thread = NULL", "post 1: `NULL` in column `thread` must be a key"),
      ("UPDATE post SET body = NULL", "post 1: `NULL` in column `body` must be a text"),
      ("UPDATE post SET created_at = NULL", "post 1: `NULL` in column `created_at` must be a moment in UTC"),
      ("UPDATE post SET created_at = ''", "post 1: `` in column `created_at` must be a moment in UTC"),
      ("UPDATE post SET created_at = 'yesterday'", "post 1: `yesterday` in column `created_at` is no moment in UTC"),
      ("UPDATE post SET created_at = '1770000000000'", "post 1: `1770000000000` in column `created_at` is not within"),
      (
        "UPDATE participant SET digest_hour = 'noon'",
        "participant 1: `noon` in column `digest_hour` is no whole number"
      ),
    ])
  func row(_ fault: String, _ words: String) throws {
    try database.write {
      try $0.run("INSERT INTO post VALUES (2, 't', 'd', 'text', 'visible', '2026-05-26')")
      try $0.run("INSERT INTO participant VALUES (2, 'ben@example.net', '7')")
      try $0.run(fault + " WHERE id = 1")
    }
    let isPost = fault.contains("post")
    let posts = try source().posts(keys: ["1", "2"])
    let participants = try source().participants(keys: ["1", "2"])
    #expect(posts.map(\.key) == (isPost ? ["2"] : ["1", "2"]))
    #expect(participants.map(\.key) == (isPost ? ["1", "2"] : ["2"]))
    let found = try #require((posts.faults + participants.faults).first)
    #expect(found.key == "1" && posts.faults.count + participants.faults.count == 1)
    #expect("\(found)".hasPrefix("odd, query \(isPost ? "posts" : "participants"), \(words)"), "\(found)")
  }

  @Test(
    "E1, E8: with a column that is empty, or says what nobody knows, where something is decided by it is not guessed at",
    arguments: [
      ("participants", "NULL AS active", "participants, participant 1: `NULL` in column `active` must be 0 or 1"),
      ("participants", "2 AS active", "participants, participant 1: `2` in column `active` must be 0 or 1"),
      ("participants", "NULL AS confirmed", "participants, participant 1: `NULL` in column `confirmed` must be 0 or 1"),
      ("threads", "'d' AS discussion, NULL AS title", "threads, thread 1: `NULL` in column `title` must be a text"),
      (
        "threads", "'d' AS discussion, 't' AS title, 'so' AS closed",
        "threads, thread 1: `so` in column `closed` is neither"
      ),
    ])
  func empty(_ key: String, _ columns: String, _ words: String) throws {
    let table = key == "threads" ? "post" : "participant"
    let address = key == "threads" ? "" : "address, "
    let source = try source([key: "SELECT id, \(address)\(columns) FROM \(table) WHERE id IN (:keys)"])
    let faults =
      try key == "threads" ? source.threads(keys: ["1"]).faults : source.participants(keys: ["1"]).faults
    #expect(faults.count == 1 && faults.first.map { "\($0)".hasPrefix("odd, query \(words)") } == true, "\(faults)")
  }

  @Test(
    "E1: of whose rows more than ten and one in a hundred fail alike has its query at fault",
    arguments: [(10, 10, false), (11, 11, true), (11, 1099, true), (11, 1100, false), (600, 601, true)])
  func manyRows(_ faulty: Int, _ all: Int, _ isQuery: Bool) throws {
    try database.write { connection in
      try connection.run("DELETE FROM participant")
      for id in 1...all {
        try connection.run(
          "INSERT INTO participant VALUES ($1, 'p@example.net', $2)",
          [.integer(Int64(id)), id <= faulty ? "noon" : "7"])
      }
    }
    // Asked by a name that any number of rows can have, since keys are asked about a thousand at a time.
    let source = try source(["find_participant": "SELECT * FROM participant WHERE :text = :text"])
    if isQuery {
      let failure = error { try source.participants(named: "x").count }
      #expect(failure?.kind == .query)
      #expect(
        failure?.description.contains("\(faulty) of \(all) rows cannot be read, for one reason: ") == true,
        "\(failure?.description ?? "")")
    } else {
      #expect(try source.participants(named: "x").faults.count == faulty)
    }
  }

  @Test("E1: whose rows fail for many reasons has no query at fault: each is told by itself")
  func differentFaults() throws {
    try database.write { connection in
      try connection.run("DELETE FROM post")
      for id in 1...12 {
        let (state, at) = id.isMultiple(of: 2) ? ("approved", "2026-05-26") : ("visible", "soon")
        try connection.run(
          "INSERT INTO post VALUES ($1, 't', 'd', 'text', $2, $3)", [.integer(Int64(id)), .text(state), .text(at)])
      }
    }
    #expect(try source().posts(after: 0, limit: 50).faults.count == 12)
  }

  @Test(
    "E8: that answers what it was not asked has its query at fault",
    arguments: [
      ("posts", "SELECT * FROM post", "the row 2 was not asked for: write `IN (:keys)`"),
      (
        "posts_after", "SELECT * FROM post LIMIT :limit",
        "post 1 with the ordinal 1 was not asked for: write `> :after`"
      ),
      (
        "posts_after", "SELECT * FROM post WHERE id > :after - 9 ORDER BY id DESC LIMIT :limit",
        "ordinal 2 comes after 3: write `ORDER BY` the ordinal"
      ),
      (
        "posts_within", "SELECT * FROM post ORDER BY id LIMIT :limit",
        "post 1 with the ordinal 1 was not asked for: write `BETWEEN :first AND :last`"
      ),
      ("pending", "SELECT * FROM post", "post 1 is visible: it waits for nobody"),
      ("participants", "SELECT * FROM participant", "the row 2 was not asked for"),
    ])
  func unasked(_ key: String, _ sql: String, _ words: String) throws {
    try database.write {
      try $0.run("INSERT INTO post VALUES (2, 't', 'd', 'text', 'visible', '2026-05-26')")
      try $0.run("INSERT INTO post VALUES (3, 't', 'd', 'text', 'visible', '2026-05-26')")
      try $0.run("INSERT INTO participant VALUES (2, 'ben@example.net', '7')")
    }
    let source = try source([key: sql])
    let failure = error {
      switch key {
      case "posts": try source.posts(keys: ["1"]).count
      case "posts_after": try source.posts(after: 1, limit: 9).count
      case "posts_within": try source.posts(within: 2...3, limit: 9).count
      case "pending": try source.pendingPosts(after: nil, limit: 500).count
      default: try source.participants(keys: ["1"]).count
      }
    }
    #expect(failure?.kind == .query)
    #expect(failure?.description.hasPrefix("odd, query \(key): \(words)") == true, "\(failure?.description ?? "")")
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
