import Forum
import Mistakes
import SQL
import Synchronization
import TestSupport
import Testing

@testable import ForumSources

@Suite("Posts walked through a mapping") struct MappingWalkTests {
  private let forum: WalkedForum

  init() throws { forum = try WalkedForum() }

  private func found(_ question: String, _ sql: String) throws -> [String] {
    let source = try forum.source([question: sql])
    return try source.prove().mistakes.map(\.description)
  }

  @Test("E8: agree with themselves where the mapping is right, by choice or by themselves")
  func right() throws {
    let source = try forum.source()
    try source.check()
    let findings = try source.prove()
    #expect(findings.mistakes == [] && findings.remarks == [])
    #expect(findings.hasWatchers && findings.posts.map(\.key) == ["12", "7"])
    #expect(try source.prove(posts: ["3", "5"]).posts.map(\.key) == ["3", "5"])
  }

  @Test("E8: of the embedded forum agree, whatever the crowd", arguments: 1...12)
  func embedded(_ seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let fixture = try ForumFixture()
    let threads = [try fixture.thread("a"), try fixture.thread("b")]
    for number in 1...Int.random(in: 1...70, using: &random) {
      let person = try fixture.participant("p\(number)", mode: random.pick([nil, .instant, .digest, .off]))
      for (scope, target) in [
        (WatchScope.everything, ""), (.discussion, fixture.discussion), (.thread, threads[0]), (.thread, threads[1]),
      ] where random.once(in: 2) {
        try fixture.put(Watch(scope: scope, isMute: random.once(in: 4)), on: target, by: person)
      }
      if random.once(in: 3) {
        try fixture.post(in: random.pick(threads), by: person, state: random.pick(Visibility.allCases))
      }
    }
    #expect(try fixture.source.prove().mistakes == [])
  }

  @Test("E8: prove nothing of an empty forum, and it passes")
  func empty() throws {
    let empty = try WalkedForum(isEmpty: true)
    let findings = try withExtendedLifetime(empty) { try empty.source().prove() }
    #expect(findings.mistakes == [] && findings.posts.isEmpty && !findings.hasWatchers)
  }

  private static let mistaken: [(String, String, String)] = [
    ("newest", "SELECT min(id) AS ordinal FROM message", "it is 1, and post 2 has the ordinal 2"),
    ("posts_after", "{post} ORDER BY m.id LIMIT :limit", "it does not name :after"),
    ("posts_after", "{post} WHERE m.id > :after ORDER BY m.id DESC LIMIT :limit", "comes after"),
    ("posts_within", "{post} WHERE m.id >= :first ORDER BY m.id LIMIT :limit", "it does not name :last"),
    (
      "posts_within", "{post} WHERE m.state = 'pending' AND m.id BETWEEN :first AND :last ORDER BY m.id LIMIT :limit",
      "is found by its key, and not by its ordinal"
    ),
    ("attachments", "SELECT id AS post, 'a.pdf' AS name FROM message", "it does not name :keys"),
    (
      "attachments",
      "SELECT m.id AS post, 'a' AS name, 'https://e.org/' AS url FROM message m JOIN sub s ON s.topic = m.topic WHERE m.id IN (:keys)",
      "comes twice"
    ),
    (
      "attachments", "SELECT 999 AS post, 'a.pdf' AS name FROM message m WHERE m.id IN (:keys)", "was not asked for"
    ),
    ("posts", "{post} JOIN sub s ON s.topic = m.topic WHERE m.id IN (:keys)", "comes 52 times"),
    ("posts", "{post} WHERE m.id IN (:keys) AND m.id < 7", "is found by `posts_after` or `posts_within`, and not by"),
    (
      "posts",
      """
      SELECT m.id, m.topic AS thread, 2 AS discussion, m.body, m.state, m.created AS created_at FROM message m
      WHERE m.id IN (:keys)
      """, "as its discussion"
    ),
    ("pending", "{post} WHERE m.state = 'waiting'", "post 5 has the state `pending`, and is not found (and 1 more"),
    ("threads", "SELECT id, board AS discussion, title FROM topic WHERE id IN (:keys) AND id < 5", "it finds none of"),
    ("threads", "SELECT id, 9 AS discussion, title FROM topic WHERE id IN (:keys)", "is in discussion 9, and its post"),
    ("discussions", "SELECT id, title FROM board WHERE id IN (:keys) AND id > 5", "it finds none of the discussions"),
    (
      "closing",
      "SELECT id, title, closes AS closes_at FROM board WHERE closes * 1000 >= :from AND closes * 1000 < :until",
      "closes at 2027-01-15T08:00:00Z, and is not found by that moment"
    ),
    (
      "closing", "SELECT id, title, closes AS closes_at FROM board WHERE closes >= :from AND closes < :until + 9",
      "is found before"
    ),
    (
      "watchers",
      """
      SELECT x.* FROM (SELECT s.person AS participant, 'thread' AS scope, s.mute, p.mail AS address, p.active
        FROM sub s JOIN person p ON p.id = s.person WHERE s.topic = :thread AND s.person > :after
        ORDER BY p.mail LIMIT :limit) x ORDER BY participant
      """, "pages of 4 rows and of 1000 rows give different people"
    ),
    (
      "watchers",
      """
      SELECT s.person AS participant, 'thread' AS scope, s.mute, p.mail AS address, p.active
      FROM sub s JOIN person p ON p.id = s.person
      WHERE s.topic = :thread AND s.person > :after AND s.person > 3 ORDER BY s.person LIMIT :limit
      """, "participant 3 watches by key (`watchers_among`), and is on no page"
    ),
    (
      "watchers_among",
      """
      SELECT p.id AS participant, CASE WHEN s.person IS NULL THEN NULL ELSE 'thread' END AS scope, {person}
      FROM person p LEFT JOIN sub s ON s.person = p.id AND s.topic = :thread WHERE p.id IN (:keys) ORDER BY p.id
      """,
      "participant 3 has a watch on thread, and by the query `watchers` a mute on thread"
    ),
    (
      "watchers_among",
      WalkedForum.queries["watchers_among"]!.replacing(
        "CASE WHEN s.person IS NULL THEN NULL ELSE 'thread' END", with: "'thread'"),
      "participant 7 watches by key (`watchers_among`), and is on no page"
    ),
    (
      "watchers_among",
      WalkedForum.queries["watchers_among"]!.replacing("WHERE", with: "WHERE p.active = 1 AND"),
      "participant 9 is found by page (`watchers`), and not by key"
    ),
    (
      "participants", "SELECT p.id, p.name, p.name AS address, p.active FROM person p WHERE p.id IN (:keys)",
      "participant 1 has `p1` as `address`, and `m99@example.net` by the query `watchers`"
    ),
    (
      "find_participant", "SELECT p.id, {person} FROM person p WHERE p.name = :text",
      "participant 1 is not found by the address"
    ),
    (
      "watches", "SELECT 'thread' AS scope, s.person AS target, s.mute FROM sub s WHERE s.person = :participant",
      "participant 1 has a watch on thread 11, and it is not listed"
    ),
    (
      "readers", "SELECT p.id FROM person p WHERE p.id = (SELECT min(q.id) FROM person q WHERE q.id IN (:keys))",
      "depends on who else is asked about"
    ),
  ]

  @Test("E8: contradict themselves where a query is valid and wrong", arguments: mistaken)
  func wrong(_ question: String, _ sql: String, _ words: String) throws {
    let found = try self.found(question, sql)
    #expect(found.contains { $0.contains(words) }, "\(found)")
  }

  @Test(
    "E8: are found by page and not by key where a key is compared with a number that is computed (SQLite)",
    .enabled(if: !TestDatabase.isPostgres),
    arguments: [
      ("watchers", "s.person > :after", "s.person + 0 > :after", "it finds nobody who watches post 12, and would if"),
      ("watchers_among", "p.id IN (:keys)", "p.id + 0 IN (:keys)", "is found by page (`watchers`), and not by key"),
      ("participants", "p.id IN (:keys)", "p.id + 0 IN (:keys)", "it finds none of the 5 authors"),
      (
        "posts", "m.id IN (:keys)", "m.id + 0 IN (:keys)",
        "post 12 is found by `posts_after` or `posts_within`, and not"
      ),
      ("threads", "id IN (:keys)", "id + 0 IN (:keys)", "it finds none of the threads"),
      ("watches", "s.person = :participant", "s.person + 0 = :participant", "and it is not listed"),
      ("readers", "p.id IN (:keys)", "p.id + 0 IN (:keys)", "none of 52 watchers may read post"),
    ])
  func computed(_ question: String, _ right: String, _ wrong: String, _ words: String) throws {
    let found = try self.found(question, WalkedForum.queries[question]!.replacing(right, with: wrong))
    #expect(found.contains { $0.contains(words) && $0.contains("CAST(:after AS INTEGER)") }, "\(found)")
  }

  @Test("E8: leave a remark where it is likely, and not certain, that a query is wrong")
  func remarks() throws {
    func remarks(_ changed: [String: String]) throws -> [String] {
      let findings = try forum.source(changed).prove()
      #expect(findings.mistakes == [])
      return findings.remarks
    }
    let strange = WalkedForum.queries.filter { $0.value.contains("{post}") }.mapValues {
      $0.replacing(
        "{post}", with: WalkedForum.fragments["post"]!.replacing("m.author", with: "m.author + 900 AS author"))
    }
    #expect(
      try remarks(strange) == [
        "walked: queries.posts: none of the 5 authors of the newest posts, such as 903 is a participant; the column "
          + "`author` is to hold the `id` of one"
      ])
    let parent = WalkedForum.fragments["post"]!.replacing("m.author,", with: "m.author, 1 AS parent,")
    #expect(
      try remarks(["posts": "\(parent) WHERE m.id IN (:keys)"]).contains {
        $0.hasPrefix("walked: queries.posts_after: it tells another `parent` of post 12 than `posts`")
      })
    #expect(
      try remarks(["readers": "SELECT p.id FROM person p WHERE p.id IN (:keys) AND p.id > 900"]).contains {
        $0.contains("queries.readers: none of 52 watchers of post 12 may read it")
      })
    try forum.database.write { try $0.run("DELETE FROM sub") }
    #expect(try remarks([:]).first?.hasPrefix("nobody watches these posts") == true)
  }

  @Test("E8: of a great audience, whose pages are not all read, find who is on none by the page before them")
  func great() throws {
    try forum.database.write { connection in
      let numbers = "WITH RECURSIVE n (i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 1300)"
      try connection.run("INSERT INTO person \(numbers) SELECT i, 'p', 'x@example.net', 1 FROM n")
      try connection.run("INSERT INTO sub \(numbers) SELECT 11, i, 0 FROM n")
      try connection.run("UPDATE message SET author = 1300 WHERE id = 1")
    }
    let among = WalkedForum.queries["watchers_among"]!.replacing(
      "CASE WHEN s.person IS NULL THEN NULL ELSE 'thread' END", with: "'thread'")
    let source = try forum.source(["watchers_among": among])
    let found = try source.prove().mistakes.map(\.description)
    #expect(
      found.contains { $0.contains("participant 7 watches by key (`watchers_among`), and is on no page; ") }, "\(found)"
    )
    // Somebody behind the pages that were read is on one all the same.
    #expect(try forum.source().prove().mistakes == [])
  }

  @Test("E8: tell a mistake with file, line and query")
  func place() throws {
    var queries = WalkedForum.queries
    queries["watchers_among"] = queries["watchers_among"]!.replacing("p.id IN", with: "p.id > 30 AND p.id IN")
    func lines(_ section: [String: String]) -> [String] {
      section.sorted { $0.key < $1.key }.map { "  \($0.key): \"\($0.value.replacing("\n", with: " "))\"" }
    }
    let file = ["fragments:"] + lines(WalkedForum.fragments) + ["queries:"] + lines(queries)
    let path = try forum.directory.write("walked.yaml", file.joined(separator: "\n"))
    let source = SQLForum(database: forum.database, mapping: try Mapping(file: path))
    let mistake = try #require(try source.prove().mistakes.first)
    #expect(mistake.place == path && mistake.key == "queries.watchers_among")
    #expect(mistake.line == file.firstIndex { $0.hasPrefix("  watchers_among:") }! + 1)
    #expect(mistake.advice != nil)
  }

  @Test("E8: of a forum that changes at any moment meanwhile are not taken for a wrong mapping", arguments: 0..<6)
  func changing(_ part: Int) throws {
    for read in 1...12 {
      let forum = try WalkedForum()
      let database = ChangingDatabase(forum.database, atRead: read + part * 12) { connection in
        try connection.run("DELETE FROM sub WHERE person IN (2, 4, 6)")
        try connection.run("UPDATE person SET mail = 'new@example.net' WHERE id = 1")
        try connection.run("UPDATE message SET state = 'visible'")
        try connection.run("INSERT INTO message VALUES (13, 11, 1, 'New', 'visible', 1770000100)")
      }
      #expect(try forum.source(on: database).prove().mistakes == [], "read \(read + part * 12)")
    }
  }

  @Test("E1, E8: whose thread is missing or whose watcher cannot be read are no fault of a query")
  func unreadable() throws {
    try forum.database.write {
      try $0.run("UPDATE message SET topic = 99 WHERE id = 12")
      try $0.run("UPDATE person SET active = 7 WHERE id = 4")
    }
    let outer = WalkedForum.fragments["post"]!.replacing("JOIN", with: "LEFT JOIN")
      .replacing("t.board AS", with: "coalesce(t.board, 1) AS")
    let queries = WalkedForum.queries.mapValues { $0.replacing("{post}", with: outer) }
    #expect(try forum.source(queries).prove().mistakes == [])
    #expect(try forum.source(queries).prove(posts: ["12", "3"]).mistakes == [])
  }

  @Test("E8: are an error, not a mistake, where the database cannot be asked")
  func unavailable() throws {
    let gone = ChangingDatabase(forum.database, atRead: 5) { _ in throw DatabaseError(.unavailable, "gone") }
    let failure = #expect(throws: ForumError.self) { try forum.source(on: gone).prove() }
    #expect(failure?.kind == .unavailable)
  }

  @Test(
    "E8: name `first_participant` where ids are UUIDs and the mapping has none (PostgreSQL)",
    .enabled(if: TestDatabase.isPostgres))
  func uuids() throws {
    try forum.database.write { try $0.run("CREATE TABLE uuid_sub (topic BIGINT, person UUID)") }
    let source = try forum.source([
      "watchers": """
      SELECT person AS participant, 'thread' AS scope, 'a@b.example' AS address, 1 AS active FROM uuid_sub
      WHERE topic = :thread AND person > :after ORDER BY person LIMIT :limit
      """
    ])
    try source.check()
    let found = try source.prove().mistakes.map(\.description)
    #expect(
      found.contains { $0.contains("it begins behind `0`, which is no key here: write a `first_participant`") },
      "\(found)")
  }
}

/// Something happens in it before one of its reads.
final class ChangingDatabase: SQL.Database {
  private let base: any SQL.Database
  private let read: Int
  private let change: @Sendable (any Connection) throws -> Void
  private let reads = Mutex(0)
  var dialect: Dialect { base.dialect }

  init(_ base: any SQL.Database, atRead read: Int, _ change: @escaping @Sendable (any Connection) throws -> Void) {
    (self.base, self.read, self.change) = (base, read, change)
  }

  func read<T>(_ body: (any Connection) throws -> T) throws -> T {
    let isNow = reads.withLock {
      $0 += 1
      return $0 == read
    }
    if isNow { try base.write(.serial) { try change($0) } }
    return try base.read(body)
  }

  @discardableResult
  func write<T>(_ order: WriteOrder, _ body: (any Connection) throws -> T) throws -> T {
    try base.write(order, body)
  }
  func exclusively<T>(_ name: String, _ body: () throws -> T) throws -> T? { try base.exclusively(name, body) }
  func clock() throws -> Int64? { try base.clock() }
}
