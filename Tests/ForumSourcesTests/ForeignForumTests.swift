import Forum
import ForumSources
import SQL
import TestSupport
import Testing
import Time

/// What a foreign forum may hand over that the embedded one cannot.
@Suite("A foreign forum") struct ForeignForumTests {
  private let directory: TemporaryDirectory
  private let database: any SQL.Database
  private let home: TestDatabase
  private let source: SQLForum

  init() throws {
    directory = try TemporaryDirectory()
    home = try TestDatabase(in: directory, "forum.sqlite")
    database = try home.open()
    let any = TestDatabase.isPostgres ? "TEXT" : ""  // an SQLite column may hold anything
    try database.write {
      try $0.run(
        """
        CREATE TABLE post (id TEXT, ordinal \(any), thread TEXT, discussion TEXT, body TEXT, state TEXT,
          created_at \(any), urgent \(any), format TEXT)
        """)
      try $0.run(
        """
        CREATE TABLE participant (id TEXT, name TEXT, address TEXT, zone TEXT, digest_hour \(any),
          paused_until \(any))
        """)
      try $0.run(
        "CREATE TABLE watcher (participant TEXT, thread TEXT, scope TEXT, mute \(any), since \(any), address TEXT)")
      try $0.run("CREATE TABLE discussion (id TEXT, title TEXT, opens_at \(any), closes_at \(any))")
      try $0.run("CREATE TABLE change (mark \(any), participant TEXT)")
    }
    var queries = plainQueries
    queries["newest"] = "SELECT max(ordinal) FROM post"
    let mapping = try Mapping(name: "foreign", queries: queries, everyoneReads: true)
    source = SQLForum(database: database, mapping: mapping)
  }

  private func add(
    _ id: Value = "1", ordinal: Value = 1, state: Value = "visible", at: Value = 1_770_000_000, urgent: Value = .null
  ) throws {
    try database.write {
      try $0.run(
        "INSERT INTO post VALUES ($1, $2, 't', 'd', 'text', $3, $4, $5, NULL)", [id, ordinal, state, at, urgent])
    }
  }

  /// What is said of the first row that cannot be read, or of a question without an answer.
  private func refused<T>(_ body: () throws -> Answer<T>) -> String? {
    do {
      return try body().faults.first?.description
    } catch {
      return (error as? ForumError)?.description
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

  @Test("F3: is refused rather than guessed at when a row makes no sense")
  func nonsense() throws {
    try add(state: "approved")
    #expect(
      refused { try source.posts(keys: ["1"]) }
        == "foreign, query posts, post 1: `approved` in column `state` is none of: pending, visible, hidden, deleted")
    for (time, words) in [("yesterday", "`yesterday` in column `created_at`"), ("2026-02-30", "`2026-02-30`")] {
      try database.write { try $0.run("UPDATE post SET state = 'visible', created_at = $1", [.text(time)]) }
      #expect(refused { try source.posts(keys: ["1"]) }?.contains(words) == true)
    }
    try database.write { try $0.run("UPDATE post SET created_at = NULL") }
    #expect(refused { try source.posts(keys: ["1"]) }?.contains("must be a moment") == true)
    try database.write { try $0.run("UPDATE post SET created_at = 1, urgent = 'maybe'") }
    #expect(refused { try source.posts(keys: ["1"]) }?.contains("neither true nor false") == true)
  }

  @Test(
    "C2: whose ordinals are no whole numbers is refused, not misread",
    arguments: [
      ("9f3a61c0-77aa", "`9f3a61c0-77aa` in column `ordinal` is no whole number"), ("1.5", "`1.5` in column"),
      (.text(""), "`` in column `ordinal` must be a whole number"), ("99999999999999999999", "in column `ordinal`"),
      (.null, "`NULL` in column `ordinal` must be a whole number that grows with every post"),
    ] as [(Value, String)])
  func ordinals(_ written: Value, _ words: String) throws {
    try add("9f3a", ordinal: written)
    let said = try #require(refused { try source.posts(keys: ["9f3a"]) })
    #expect(said.hasPrefix("foreign, query posts, post 9f3a: ") && said.contains(words), "\(said)")
    guard written != .null, written != .text("") else { return }
    #expect(said.hasSuffix("; name a column `ordinal` that is, and grows with every post"))
    #expect(throws: ForumError.self) { try source.newestOrdinal() }
  }

  @Test("may write whole numbers as text; without a column `ordinal` the id must be one")
  func numbersAsText() throws {
    try add("42", ordinal: "42")
    #expect(try source.newestOrdinal() == 42 && source.posts(keys: ["42"]).map(\.ordinal) == [42])
    try add("9f3a", ordinal: 43)
    try database.write { try $0.run("ALTER TABLE post DROP COLUMN ordinal") }
    let source = SQLForum(
      database: try home.open(), mapping: try Mapping(name: "foreign", queries: plainQueries, everyoneReads: true))
    #expect(try source.posts(keys: ["42"]).map(\.ordinal) == [42])
    #expect(
      refused { try source.posts(keys: ["9f3a"]) }
        == "foreign, query posts, post 9f3a: `9f3a` in column `id` is no whole number; name a column `ordinal` that is, and grows "
        + "with every post")
  }

  @Test("whose marks and digest hours are no whole numbers is refused")
  func otherNumbers() throws {
    try database.write {
      try $0.run("INSERT INTO participant (id, address, digest_hour) VALUES ('a', 'a@b.example', '7 pm')")
      try $0.run("INSERT INTO change VALUES ('3rd', 'a')")
    }
    let mapping = try Mapping(
      name: "foreign", queries: plainQueries.merging(["changes": "SELECT * FROM change"]) { $1 }, everyoneReads: true)
    // A note that cannot be read stops nobody else's.
    try database.write { try $0.run("INSERT INTO change VALUES ('4', 'b')") }
    let changes = try SQLForum(database: database, mapping: mapping).changes(after: 0, limit: 9)
    #expect(changes.participants == ["b"] && changes.mark == 4)
    #expect(
      refused { try source.participants(keys: ["a"]) }
        == "foreign, query participants, participant a: `7 pm` in column `digest_hour` is no whole number")
  }

  @Test(
    "whose times are milliseconds or beyond all calendars is refused, by column and value",
    arguments: [
      1_770_000_000_000, "1770000000000", .integer(.max), .integer(.min), "-9223372036854775808", "1e300", "-1e300",
      253_402_300_800, -62_135_596_801, "infinity", "0000-12-31 23:59:59",
    ] as [Value])
  func impossibleTimes(_ written: Value) throws {
    try add(at: written)
    let said = try #require(refused { try source.posts(keys: ["1"]) })
    #expect(said.hasPrefix("foreign, query posts, post 1: `"), "\(said)")
    #expect(said.contains("in column `created_at` is not within the years 1 to 9999; numbers are seconds"), "\(said)")
  }

  @Test("may write the first and the last second of the calendar", arguments: [-62_135_596_800, 253_402_300_799])
  func bounds(_ seconds: Int64) throws {
    try add(at: .integer(seconds))
    #expect(try source.posts(keys: ["1"]).map(\.createdAt) == [Timestamp(seconds)])
  }

  @Test(
    "may write a closing or a pause that never comes; one in milliseconds is refused",
    arguments: [
      (.integer(.max), false), ("infinity", false), (9_007_199_254_740_991, false), (253_402_300_799, false),
      (1_770_000_000_000, true), (253_402_300_799_999, true), (.integer(.min), true),
    ] as [(Value, Bool)])
  func endless(_ written: Value, _ isRefused: Bool) throws {
    try database.write {
      try $0.run("INSERT INTO discussion VALUES ('d', 'D', NULL, $1)", [written])
      try $0.run("INSERT INTO participant (id, address, paused_until) VALUES ('a', 'a@b.example', $1)", [written])
    }
    let words = [
      refused { try source.discussions(keys: ["d"]) }, refused { try source.participants(keys: ["a"]) },
    ]
    #expect(words.allSatisfy { ($0 != nil) == isRefused }, "\(words)")
    if isRefused { return }
    let never = Timestamp(iso8601: "9999-12-31T23:59:59Z")
    #expect(try source.discussions(keys: ["d"]).map(\.closesAt) == [never])
    #expect(try source.participants(keys: ["a"]).map(\.preferences.pausedUntil) == [never])
    // When a discussion opens, "never" is a mistake.
    try database.write { try $0.run("UPDATE discussion SET opens_at = 9223372036854775807") }
    #expect(refused { try source.discussions(keys: ["d"]) }?.contains("`opens_at`") == true)
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
    try database.write { try $0.run("INSERT INTO watcher VALUES ('a', 't', 'thread', 'perhaps', NULL, NULL)") }
    let page = try source.watchers(thread: "t", discussion: "d", after: nil, limit: 10)
    #expect(page.watchers.isEmpty && page.next == nil)
    #expect(
      page.faults.map(\.description) == [
        "foreign, query watchers_among, participant a: `perhaps` in column `mute` is neither true nor false"
      ])
  }

  @Test(
    "F3, E1: whose participants are not plainly active or not is not guessed at",
    arguments: [
      (1, true), (0, false), ("t", true), ("f", false), ("1", true), (2, nil), (.null, nil), ("", nil), ("banned", nil),
    ] as [(Value, Bool?)])
  func active(_ written: Value, _ expected: Bool?) throws {
    try database.write {
      try $0.run("ALTER TABLE participant ADD COLUMN active \(TestDatabase.isPostgres ? "TEXT" : "")")
      try $0.run("INSERT INTO participant (id, address, active) VALUES ('a', 'a@b.example', $1)", [written])
    }
    let found = try source.participants(keys: ["a"])
    #expect(found.map(\.isActive) == (expected.map { [$0] } ?? []))
    #expect(found.faults.map(\.column) == (expected == nil ? ["active"] : []))
  }

  @Test("E1: may leave a field empty where it could be NULL")
  func empty() throws {
    try add(urgent: "")
    try database.write {
      try $0.run("UPDATE post SET format = ''")
      try $0.run("INSERT INTO discussion VALUES ('d', 'D', $1, $1)", [""])
      try $0.run("INSERT INTO watcher VALUES ('a', 't', 'thread', $1, $1, '')", [""])
      try $0.run(
        "INSERT INTO participant (id, address, zone, digest_hour, paused_until) VALUES ('a', 'a@b.example', '', $1, $1)",
        [""])
    }
    let post = try #require(try source.posts(keys: ["1"]).first)
    #expect(!post.isUrgent && post.format == .plain)
    #expect(try source.discussions(keys: ["d"]) == [Discussion(key: "d", title: "D", slug: "")])
    #expect(try source.participants(keys: ["a"]).map(\.preferences) == [Preferences()])
    let watchers = try source.watchers(thread: "t", discussion: "d", among: ["a"])
    #expect(watchers.map(\.watches) == [[Watch(scope: .thread)]])
  }

  @Test("F3: that keeps no time of a watch has watches older than any post")
  func noTime() throws {
    try database.write { try $0.run("INSERT INTO watcher VALUES ('a', 't', 'thread', NULL, NULL, NULL)") }
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

  @Test("is named by mapping and query when a column or table is missing")
  func missing() throws {
    try add()
    try database.write { try $0.run("ALTER TABLE post DROP COLUMN state") }
    #expect(refused { try source.posts(keys: ["1"]) } == "foreign, query posts: the result has no column `state`")
    let words = refused { try source.threads(keys: ["1"]) }
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
