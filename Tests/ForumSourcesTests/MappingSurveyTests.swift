import Forum
import SQL
import TestSupport
import Testing
import Time

@testable import ForumSources

/// What cannot be told from contradictions is shown in numbers: who may read what, what the columns hold, and the rows
/// that cannot be read.
@Suite("What a walk through a mapping shows") struct MappingSurveyTests {
  private let forum: WalkedForum
  private static let council = "SELECT p.id FROM person p WHERE p.id IN (:keys) AND p.active = 1"

  /// A third board, which only person 1 may read; eleven watch its topic.
  init() throws {
    forum = try WalkedForum()
    try forum.database.write { connection in
      try connection.run("INSERT INTO board VALUES (3, 'Council', NULL)")
      try connection.run("INSERT INTO topic VALUES (14, 3, 'Secret')")
      try connection.run("INSERT INTO message VALUES (13, 14, 1, 'I agree.', 'visible', 1770000013)")
      for id in 1...11 { try connection.run("INSERT INTO sub VALUES (14, \(id), 0)") }
    }
  }

  private func findings(_ changed: [String: String] = [:], places: Int = 50) throws -> MappingFindings {
    let findings = try forum.fileSource(changed).0.prove(places: places)
    #expect(findings.mistakes == [])
    return findings
  }

  @Test("E8: how many watchers of each discussion may read it, those with the newest posts first, and how many others")
  func rights() throws {
    let found = try findings(["readers": Self.council + " AND (:discussion <> '3' OR p.id = 1)"])
    #expect(
      found.places == [
        PlaceRights(
          discussion: "3", title: "Council", post: "13", watchers: 11, readers: 1, isAll: true, others: 37,
          otherReaders: 0),
        PlaceRights(
          discussion: "1", title: "Risk", post: "12", watchers: 52, readers: 46, isAll: true, others: 1, otherReaders: 1
        ),
        PlaceRights(
          discussion: "2", title: "Open", post: "11", watchers: 0, readers: 0, isAll: true, others: 47, otherReaders: 47
        ),
      ], "\(found.places)")
    #expect(found.remarks.filter { $0.contains("private") } == [])
    #expect(try findings(places: 2).places.map(\.discussion) == ["3", "1"])
    #expect(try findings(places: 0).places == [])
  }

  @Test(
    "E8: a remark where nobody is excluded from anything, or nothing asks",
    arguments: [
      ("", "`readers: everyone` lets everybody read all 3 discussions that were looked at: a private board"),
      (council, "it names none of :post, :thread and :discussion, and answers alike for every discussion: a private"),
      (
        council + " AND :discussion <> 'x'",
        "in none of the 3 discussions that were looked at is any of 47 people excluded: a private board"
      ),
    ])
  func leaks(_ readers: String, _ words: String) throws {
    let told = try findings(["readers": readers]).remarks.filter { $0.contains("private") }
    #expect(told.count == 1 && told[0].contains("queries.readers: \(words)"), "\(told)")
  }

  @Test("E8: `open` that asks for the place is as good as `readers` that does; the embedded forum asks by itself")
  func open() throws {
    let told = try findings(["open": "SELECT 1 FROM board b WHERE CAST(b.id AS TEXT) = :discussion AND b.id <> 3"])
    #expect(!told.remarks.contains { $0.contains("names none of") }, "\(told.remarks)")
    let fixture = try ForumFixture()
    let thread = try fixture.thread()
    for name in ["a", "b", "c"] { try fixture.watch(thread: thread, by: [fixture.participant(name)]) }
    try fixture.post(in: thread)
    let embedded = try fixture.source.prove(places: 50)
    #expect(embedded.places.map(\.readers) == [3] && embedded.remarks.filter { $0.contains("private") } == [])
  }

  @Test("E8: discussions are found far behind the newest post, by a bounded number of questions")
  func far() throws {
    try forum.database.write { connection in
      let numbers = "WITH RECURSIVE n (i) AS (SELECT 14 UNION ALL SELECT i + 1 FROM n WHERE i < 40000)"
      try connection.run("INSERT INTO message \(numbers) SELECT i, 11, 3, 'x', 'visible', 1770000013 FROM n")
      // Within what is read backwards, and before.
      try connection.run("INSERT INTO board VALUES (4, 'Late', NULL), (5, 'Early', NULL)")
      try connection.run("INSERT INTO topic VALUES (15, 4, 'x'), (16, 5, 'y')")
      try connection.run("UPDATE message SET topic = 15 WHERE id = 25000")
      try connection.run("UPDATE message SET topic = 16 WHERE id BETWEEN 3000 AND 5000")
    }
    let source = try forum.fileSource().0
    func asked() -> Int {
      source.queryTimes.filter { [.postsAfter, .postsWithin].contains($0.question) }.reduce(0) { $0 + $1.asked }
    }
    let without = try (source.prove(), asked()).1
    let places = try source.prove(places: 50).places
    #expect(places.map(\.discussion) == ["1", "4", "5", "3", "2"], "\(places)")
    #expect(asked() - 2 * without <= 45, "\(asked()) \(without)")
  }

  @Test("E1, E8: rows that cannot be read are told by query, column and value, alike ones once")
  func unreadable() throws {
    try forum.database.write { try $0.run("UPDATE person SET active = 7 WHERE id IN (4, 5)") }
    let (source, path, file) = try forum.fileSource()
    let found = try source.prove()
    #expect(found.mistakes == [])
    let line = file.firstIndex { $0.hasPrefix("  watchers: ") }! + 1
    #expect(
      found.unreadable.map(\.description).contains {
        $0.hasPrefix(
          "\(path):\(line): queries.watchers: participant 4: `7` in column `active` must be 0 or 1; let the query say what "
            + "it means (and 1 more alike); such a row is set aside")
      }, "\(found.unreadable)")
    #expect(Set(found.unreadable.compactMap(\.key)).isSuperset(of: ["queries.watchers_among", "queries.watchers"]))
    #expect(found.unreadable.count == Set(found.unreadable).count)
  }

  @Test("E1, E8: where many cannot be read the query is told, and told once")
  func many() throws {
    let wrong = WalkedForum.queries["watchers"]!.replacing("p.active", with: "7 AS active")
    let found = try forum.fileSource(["watchers": wrong]).0.prove(places: 9)
    let told = (found.mistakes + found.unreadable).filter { $0.key == "queries.watchers" }.map(\.message)
    #expect(told.count == 1 && told[0].contains("rows cannot be read, for one reason: "), "\(told)")
    #expect(!found.remarks.contains { $0.contains("nobody watches") }, "\(found.remarks)")
  }

  @Test("E8: a query that fails for one discussion alone is told, and the others are shown")
  func oneFails() throws {
    let wrong = WalkedForum.queries["watchers"]!.replacing(
      "p.active", with: "CASE WHEN s.topic = 11 THEN 7 ELSE p.active END AS active")
    let found = try forum.fileSource(["watchers": wrong]).0.prove(posts: ["13"], places: 9)
    #expect(found.mistakes.count == 1 && found.unreadable.isEmpty, "\(found.mistakes) \(found.unreadable)")
    #expect(found.mistakes.contains { $0.message.contains("52 of 52 rows cannot be read, for one reason: ") })
    #expect(found.places.map(\.discussion) == ["3", "2"])
  }

  @Test("E1, E8: watchers whose rows cannot all be read are not nobody; rows that contradict each other are told")
  func watchers() throws {
    try forum.database.write { try $0.run("DELETE FROM sub WHERE topic = 11 OR person > 8") }
    let scope = { (sql: String) in sql.replacing("'thread'", with: "'topic'") }
    let wrong = try findings([
      "watchers": scope(WalkedForum.queries["watchers"]!),
      "watchers_among": scope(WalkedForum.queries["watchers_among"]!), "watches": "",
    ])
    #expect(!wrong.hasWatchers && !wrong.remarks.contains { $0.contains("nobody watches") }, "\(wrong.remarks)")
    #expect(
      wrong.unreadable.map(\.description).contains {
        $0.contains("queries.watchers: participant 1: `topic` in column `scope` is none of: ")
          && $0.contains("(and 7 more")
      }, "\(wrong.unreadable)")
    try forum.database.write { connection in
      try connection.run("CREATE TABLE ban (person BIGINT, ended INTEGER)")
      try connection.run("INSERT INTO ban VALUES (3, 1), (3, 0)")
    }
    func banned(_ sql: String) -> String {
      sql.replacing("{person}", with: WalkedForum.fragments["person"]!)
        .replacing("p.active", with: "coalesce(b.ended, 1) AS active")
        .replacing("ON p.id = s.person\n", with: "ON p.id = s.person LEFT JOIN ban b ON b.person = p.id\n")
        .replacing(
          "AND s.topic = :thread WHERE", with: "AND s.topic = :thread LEFT JOIN ban b ON b.person = p.id WHERE")
    }
    let twice = try forum.fileSource([
      "watchers": banned(WalkedForum.queries["watchers"]!),
      "watchers_among": banned(WalkedForum.queries["watchers_among"]!),
    ]).0.prove()
    #expect(
      twice.unreadable.map(\.description).contains {
        $0.contains("queries.watchers: participant 3: `1 and 0` in column `active` stand in rows of one person")
      }, "\(twice)")
  }

  @Test("E8: what the columns hold: how often each value, how often nothing, from when to when; what is left out")
  func columns() throws {
    let rows = try findings().rows
    func words(_ kind: RowSummary.Kind, _ column: String) -> String? {
      rows.first { $0.kind == kind }?.columns.first { $0.column == column }?.words
    }
    #expect(rows.map(\.kind) == RowSummary.Kind.allCases.filter { $0 != .attachments })
    #expect(rows.map(\.count) == [13, 4, 3, 53, 54], "\(rows.map(\.count))")
    #expect(words(.posts, "state") == "visible 11, pending 2")
    #expect(words(.posts, "author") == "given 13")
    #expect(words(.posts, "created_at") == "13 × 2026-02-02T02:40:01Z to 2026-02-02T02:40:13Z")
    #expect(words(.discussions, "closes_at") == "2027-01-15T08:00:00Z, none 2")
    #expect(words(.people, "active")?.hasPrefix("1 4") == true, "\(rows)")
    #expect(words(.watches, "scope")?.hasPrefix("thread ") == true)
    #expect(rows[0].leftOut.contains("visible_at") && rows[0].leftOut.contains("urgent"))
    #expect(rows[3].leftOut.contains("mode") && !rows[3].leftOut.contains("active"))
  }

  @Test("E8: of many values the commonest are shown")
  func values() {
    let many = (1...9).flatMap { number in Array(repeating: String?.some("v\(number)"), count: number) } + [nil]
    #expect(ColumnSummary("zone", many).words == "v9 9, v8 8, v7 7, v6 6, v5 5, v4 4, 3 others 6, none 1")
    #expect(
      ColumnSummary("url", [nil, nil]).words == "none 2" && ColumnSummary("url", ["", nil]).words == "given 1, none 1")
  }
}
