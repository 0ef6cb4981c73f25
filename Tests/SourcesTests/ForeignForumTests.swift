import Forum
import Mail
import SQL
import Sources
import TestSupport
import Testing

/// What a foreign forum may hand over that the embedded one cannot.
@Suite("A foreign forum") struct ForeignForumTests {
  private let directory: TemporaryDirectory
  private let database: any SQL.Database
  private let home: TestDatabase
  private let source: SQLSource

  init() throws {
    directory = try TemporaryDirectory()
    home = try TestDatabase(in: directory, "forum.sqlite")
    database = try home.open()
    let any = TestDatabase.isPostgres ? "TEXT" : ""  // an SQLite column may hold anything
    try database.write {
      try $0.run(
        """
        CREATE TABLE post (id TEXT, thread TEXT, discussion TEXT, body TEXT, state TEXT, created_at \(any), urgent \(any), format TEXT)
        """)
      try $0.run("CREATE TABLE participant (id TEXT, name TEXT, address TEXT, active \(any), zone TEXT)")
      try $0.run("CREATE TABLE watcher (participant TEXT, thread TEXT, scope TEXT, mute \(any), since \(any))")
    }
    source = SQLSource(
      database: database, mapping: try Mapping(name: "foreign", queries: plainQueries, everyoneReads: true))
  }

  private func add(_ id: Value = "1", state: Value = "visible", at: Value = 1_770_000_000, urgent: Value = .null) throws
  {
    try database.write {
      try $0.run(
        "INSERT INTO post VALUES ($1, 't', 'd', 'text', $2, $3, $4, NULL)", [id, state, at, urgent])
    }
  }

  private func unavailable(_ body: () throws -> some Any) -> String? {
    do {
      _ = try body()
      return nil
    } catch {
      return (error as? SourceUnavailable)?.description
    }
  }

  @Test(
    "may write times as seconds, with fractions, or as ISO 8601 in UTC",
    arguments: [
      (1_770_000_000, 1_770_000_000), ("1770000000", 1_770_000_000), ("1770000000.75", 1_770_000_000),
      ("2026-02-02 02:40:00", 1_770_000_000), ("2026-02-02T02:40:00Z", 1_770_000_000),
      ("2026-02-02 02:40:00.123456+00:00", 1_770_000_000), ("2026-02-02", 1_769_990_400), (-5, -5),
    ] as [(Value, Int64)])
  func times(_ written: Value, _ expected: Int64) throws {
    try add(at: written)
    #expect(try source.posts(keys: ["1"]).map(\.createdAt) == [Timestamp(expected)])
  }

  @Test("F3: is unavailable rather than guessed at when a row makes no sense")
  func nonsense() throws {
    try add(state: "approved")
    #expect(
      unavailable { try source.posts(keys: ["1"]) }
        == "foreign, query posts: `approved` in column `state` is none of: pending, visible, hidden, deleted")
    for (time, words) in [("yesterday", "`yesterday` in column `created_at`"), ("2026-02-30", "`2026-02-30`")] {
      try database.write { try $0.run("UPDATE post SET state = 'visible', created_at = $1", [.text(time)]) }
      #expect(unavailable { try source.posts(keys: ["1"]) }?.contains(words) == true)
    }
    try database.write { try $0.run("UPDATE post SET created_at = NULL") }
    #expect(unavailable { try source.posts(keys: ["1"]) }?.contains("has no id, state or time") == true)
    try database.write { try $0.run("UPDATE post SET created_at = 1, urgent = 'maybe'") }
    #expect(unavailable { try source.posts(keys: ["1"]) }?.contains("neither true nor false") == true)
  }

  @Test(
    "may write flags as numbers, letters or words",
    arguments: [
      (1, true), (0, false), (2, true), ("t", true), ("f", false), ("True", true), ("no", false), ("yes", true),
      ("", false),
      (.null, false),
    ] as [(Value, Bool)])
  func flags(_ written: Value, _ expected: Bool) throws {
    try add(urgent: written)
    #expect(try source.posts(keys: ["1"]).map(\.isUrgent) == [expected])
  }

  @Test("F1: whose mute cannot be read mails nobody")
  func unclearMute() throws {
    try database.write { try $0.run("INSERT INTO watcher VALUES ('a', 't', 'thread', 'perhaps', NULL)") }
    let words = unavailable { try source.watchers(thread: "t", discussion: "d", after: nil, limit: 10) }
    #expect(words == "foreign, query watchers: `perhaps` in column `mute` is neither true nor false")
  }

  @Test("F3: that keeps no time of a watch has watches older than any post")
  func noTime() throws {
    try database.write { try $0.run("INSERT INTO watcher VALUES ('a', 't', 'thread', NULL, NULL)") }
    let page = try source.watchers(thread: "t", discussion: "d", after: nil, limit: 10)
    #expect(page.watchers.map(\.watches) == [[Watch(scope: .thread)]])
  }

  @Test("takes defaults for columns that its queries leave out, and may use any text as a key")
  func defaults() throws {
    let key = "né/1 '\"; $1"
    try add(.text(key))
    let post = try #require(try source.posts(keys: [key]).first)
    #expect(post.key == key && post.number == key && post.authorName == "" && post.authorKey == nil)
    #expect(post.format == .plain && post.subject == "" && post.url == nil && !post.isUrgent)
    try database.write { try $0.run("INSERT INTO participant (id, address) VALUES ($1, 'a@b.example')", [.text(key)]) }
    let person = try #require(try source.participants(keys: [key]).first)
    #expect(person == Participant(key: key, name: "", address: "a@b.example"))
  }

  @Test("is unavailable, by mapping and query, when a column or table is missing")
  func missing() throws {
    try add()
    try database.write { try $0.run("ALTER TABLE post DROP COLUMN state") }
    #expect(unavailable { try source.posts(keys: ["1"]) } == "foreign, query posts: the result has no column `state`")
    let words = unavailable { try source.threads(keys: ["1"]) }
    #expect(words?.hasPrefix("foreign, query threads: ") == true)
    #expect(words?.contains(TestDatabase.isPostgres ? "\"thread\" does not exist" : "no such table: thread") == true)
  }

  @Test("need answer no optional question")
  func optional() throws {
    #expect(try source.discussions(closingWithin: Timestamp(0)..<Timestamp(9)).isEmpty)
    #expect(try source.participants(named: "x").isEmpty && source.watches(of: "x").isEmpty)
    let changes = try source.changes(after: 7, limit: 10)
    #expect(changes.participants.isEmpty && changes.mark == 7)
    try add()
    let post = try #require(try source.posts(keys: ["1"]).first)
    #expect(try source.readers(of: post, among: ["a", "b"]) == .everyone)
  }
}
