import Forum
import SQL
import TestSupport
import Testing
import Time

@testable import ForumSources

@Suite("Pages of watchers") struct WatcherPageTests {
  /// A forum with two discussions, three threads and people with any number of watches on them.
  private func crowd(seed: UInt64) throws -> (ForumFixture, threads: [(thread: String, discussion: String)]) {
    var random = SplitMix64(seed: seed)
    let fixture = try ForumFixture()
    let other = try fixture.writer.addDiscussion(title: "Other", slug: "other")
    let threads = [
      (try fixture.thread("a"), fixture.discussion), (try fixture.thread("b"), fixture.discussion),
      (try fixture.thread("c", in: other), other),
    ]
    for number in 1...Int.random(in: 1...25, using: &random) {
      let person = try fixture.participant("p\(number)")
      let targets: [(WatchScope, String)] =
        [(.everything, ""), (.discussion, fixture.discussion), (.discussion, other)]
        + threads.map { (.thread, $0.0) }
      for (scope, target) in targets where random.once(in: 2) {
        let watch = Watch(
          scope: scope, isMute: random.once(in: 4), mode: random.pick([nil, .instant, .digest, .off]),
          since: Timestamp(Int64.random(in: 0...99, using: &random)))
        try fixture.put(watch, on: target, by: person)
      }
    }
    return (fixture, threads)
  }

  private func pages(_ source: SQLForum, _ thread: String, _ discussion: String, limit: Int) throws -> [Watcher] {
    var all: [Watcher] = []
    var after: String?
    repeat {
      let page = try source.watchers(thread: thread, discussion: discussion, after: after, limit: limit)
      all += page.watchers
      after = page.next
      if all.count > 1000 { break }
    } while after != nil
    return all
  }

  @Test(
    "F6: of any size, put together, are all watchers, each once, in the order of keys, with all their watches",
    arguments: 1...25)
  func union(_ seed: UInt64) throws {
    let (fixture, threads) = try crowd(seed: seed)
    for (thread, discussion) in threads {
      let everybody = try fixture.source.participants(keys: (1...30).map(String.init)).map(\.key)
      let expected = try fixture.source.watchers(thread: thread, discussion: discussion, among: everybody)
        .filter { !$0.watches.isEmpty }
      for limit in [1, 2, 3, 4, 5, 7, 10, 1000] {
        let paged = try pages(fixture.source, thread, discussion, limit: limit)
        let keys = paged.map(\.participant.key)
        #expect(keys.compactMap(Int.init) == keys.compactMap(Int.init).sorted(), "seed \(seed), limit \(limit)")
        #expect(keys == expected.map(\.participant.key), "seed \(seed), limit \(limit)")
        for (one, other) in zip(paged, expected) {
          #expect(Set(one.watches) == Set(other.watches) && one.watches.count == other.watches.count)
        }
      }
    }
  }

  @Test("F1: hold watches and mutes of all three scopes that bear on the thread, and no others")
  func scopes() throws {
    let fixture = try ForumFixture()
    let other = try fixture.writer.addDiscussion(title: "Other", slug: "other")
    let (thread, elsewhere) = (try fixture.thread(), try fixture.thread(in: other))
    let (ana, ben, eve) = (
      try fixture.participant("ana"), try fixture.participant("ben"), try fixture.participant("eve")
    )
    let since = fixture.clock.now - 60
    try fixture.put(Watch(scope: .everything, isMute: true), by: ana)
    try fixture.put(Watch(scope: .discussion, mode: .digest), on: fixture.discussion, by: ana)
    try fixture.put(Watch(scope: .thread), on: thread, by: ana)
    try fixture.put(Watch(scope: .thread), on: elsewhere, by: ben)
    try fixture.put(Watch(scope: .discussion), on: other, by: ben)
    try fixture.put(Watch(scope: .everything), by: eve)
    let page = try fixture.source.watchers(thread: thread, discussion: fixture.discussion, after: nil, limit: 100)
    #expect(page.next == nil)
    #expect(page.watchers.map(\.participant.key) == [ana, eve])
    #expect(
      Set(page.watchers[0].watches) == [
        Watch(scope: .everything, isMute: true, since: since),
        Watch(scope: .discussion, mode: .digest, since: since), Watch(scope: .thread, since: since),
      ])
    let among = try fixture.source.watchers(
      thread: thread, discussion: fixture.discussion, among: [eve, ben, ana, "99"])
    #expect(among.map(\.participant.key) == [ana, ben, eve])
    #expect(among[1].watches.isEmpty)
    #expect(Set(among[0].watches) == Set(page.watchers[0].watches))
  }

  @Test("go on when one person fills a page, however many rows a mapping gives them")
  func oneFillsThePage() throws {
    let directory = try TemporaryDirectory()
    let database = try SQLiteDatabase(path: directory("forum.sqlite"))
    try database.write { connection in
      try connection.run("CREATE TABLE watcher (participant INTEGER, scope TEXT, thread TEXT, address TEXT)")
      for person in 1...3 {
        for _ in 1...50 { try connection.run("INSERT INTO watcher VALUES (\(person), 'thread', '1', NULL)") }
      }
    }
    let mapping = try Mapping(name: "rows", queries: plainQueries, everyoneReads: true)
    let source = SQLForum(database: database, mapping: mapping)
    let paged = try pages(source, "1", "1", limit: 10)
    #expect(paged.map(\.participant.key) == ["1", "2", "3"])
    #expect(paged.map(\.watches.count) == [50, 50, 50])
  }

  /// A forum with the people 1 to 9, all of whom watch one thread, read by a `watchers` query of one's own.
  private func crowd(_ watchers: String) throws -> SQLForum {
    let directory = try TemporaryDirectory()
    let database = try SQLiteDatabase(path: directory("forum.sqlite"))
    try database.write { connection in
      try connection.run(
        "CREATE TABLE watcher (participant INTEGER, scope TEXT, thread TEXT, address TEXT, locked INTEGER)")
      for person in 1...9 {
        let values = "(\(person), 'thread', '1', '\(9 - person)@b.example', \(person % 3 == 0 ? 1 : 0))"
        try connection.run("INSERT INTO watcher VALUES \(values)")
      }
    }
    var queries = plainQueries
    queries["watchers"] = watchers
    return SQLForum(database: database, mapping: try Mapping(name: "crowd", queries: queries, everyoneReads: true))
  }

  @Test("F6: that a query leaves people out of are not taken for the last")
  func shortPages() throws {
    let page = "SELECT * FROM watcher WHERE thread = :thread AND participant > :after ORDER BY participant LIMIT :limit"
    let source = try crowd("SELECT * FROM (\(page)) WHERE locked = 0")
    #expect(try pages(source, "1", "1", limit: 4).map(\.participant.key) == ["1", "2", "4", "5", "7", "8"])
  }

  @Test(
    "E8: out of order, or with people who were not asked for, have the query at fault",
    arguments: [
      ("WHERE thread = :thread ORDER BY participant LIMIT :limit", "participant 3 was not asked for: write `> :after`"),
      (
        "WHERE thread = :thread AND participant > :after ORDER BY address LIMIT :limit",
        "participant 8 comes after 9: the rows must be in the order of `participant`"
      ),
      (
        "WHERE thread = :thread AND participant > :after UNION ALL SELECT * FROM watcher WHERE participant = 1",
        "participant 1 comes after 9: the rows must be in the order of `participant`"
      ),
    ])
  func notInOrder(_ rest: String, _ words: String) throws {
    let source = try crowd("SELECT * FROM watcher \(rest)")
    do {
      let found = try pages(source, "1", "1", limit: 4)
      Issue.record("it answered \(found.map(\.participant.key))")
    } catch let error as ForumError {
      #expect(error.kind == .query && error.description == "crowd, query watchers: \(words)")
    }
  }

  @Test("E1: have nobody of whom a row cannot be read, though others of theirs can: a mute may be what is missing")
  func unreadableRow() throws {
    let fixture = try ForumFixture()
    let (ana, ben, eve) = (
      try fixture.participant("ana"), try fixture.participant("ben"), try fixture.participant("eve")
    )
    let thread = try fixture.thread()
    try fixture.watch(thread: thread, by: [ana, ben, eve])
    try fixture.put(Watch(scope: .everything, isMute: true), by: ben)
    let mapping = try Mapping(
      name: "odd",
      queries: EmbeddedForum.queries.merging([
        "watchers": """
        SELECT participant, scope, since, CASE mute WHEN 1 THEN 'perhaps' ELSE '0' END AS mute, '' AS address FROM watch
        WHERE participant > CAST(:after AS BIGINT) AND (:thread <> '' OR :discussion <> '')
        ORDER BY participant LIMIT :limit
        """,
        "watchers_among": """
        SELECT participant, scope, since, CASE mute WHEN 1 THEN 'perhaps' ELSE '0' END AS mute, '' AS address FROM watch
        WHERE participant IN (:keys) AND (:thread <> '' OR :discussion <> '') ORDER BY participant
        """,
      ]) { _, new in new }, fragments: EmbeddedForum.fragments, firstKey: "0")
    let source = SQLForum(database: fixture.forum, mapping: mapping)
    for limit in [4, 100] {
      var found: [String] = []
      var faulty: [String] = []
      var after: String?
      repeat {
        let page = try source.watchers(thread: thread, discussion: fixture.discussion, after: after, limit: limit)
        found += page.watchers.map(\.participant.key)
        faulty += page.faults.map(\.key)
        after = page.next
      } while after != nil
      #expect(found == [ana, eve] && Set(faulty) == [ben], "limit \(limit)")
    }
  }

  @Test("E1, F6: lose nobody where keys are texts: who cannot be read stands in the page where the database put them")
  func unreadableTexts() throws {
    let directory = try TemporaryDirectory()
    let database = try SQLiteDatabase(path: directory("forum.sqlite"))
    let people = ["ana", "ben", "dan", "eva", "fay", "gil", "ida", "jon", "kim"]
    try database.write { connection in
      try connection.run("CREATE TABLE watcher (participant TEXT, scope TEXT, thread TEXT, address TEXT, mute TEXT)")
      for person in people {
        let mute: Value = ["ben", "gil", "kim"].contains(person) ? "perhaps" : "0"
        try connection.run("INSERT INTO watcher VALUES ($1, 'thread', '1', 'x@b.example', $2)", [.text(person), mute])
      }
    }
    let mapping = try Mapping(name: "texts", queries: plainQueries, everyoneReads: true, firstKey: "")
    let source = SQLForum(database: database, mapping: mapping)
    for limit in [4, 5, 6, 7, 8, 9, 10, 100] {
      var read: [String] = []
      var unread: [String] = []
      var after: String?
      repeat {
        let page = try source.watchers(thread: "1", discussion: "1", after: after, limit: limit)
        read += page.watchers.map(\.participant.key)
        unread += page.faults.map(\.key)
        after = page.next
      } while after != nil
      #expect(read == ["ana", "dan", "eva", "fay", "ida", "jon"], "limit \(limit)")
      #expect(unread == ["ben", "gil", "kim"], "limit \(limit)")
    }
  }

  @Test("F6: of the embedded forum begin with whoever has the smallest number, be it below 0")
  func smallestNumbers() throws {
    let fixture = try ForumFixture()
    let thread = try fixture.thread()
    for id in ["-7", "0", "5"] {
      try fixture.forum.write {
        try $0.run("INSERT INTO participant (id, name, address) VALUES (\(id), 'p', 'p@example.net')")
      }
    }
    try fixture.watch(thread: thread, by: ["-7", "0", "5"])
    #expect(
      try pages(fixture.source, thread, fixture.discussion, limit: 2).map(\.participant.key) == ["-7", "0", "5"])
  }

  @Test("are asked for thousands of people at once")
  func manyKeys() throws {
    let fixture = try ForumFixture()
    let ana = try fixture.participant("ana")
    let thread = try fixture.thread()
    try fixture.watch(thread: thread, by: [ana])
    let keys = (1...3000).map(String.init)
    let among = try fixture.source.watchers(thread: thread, discussion: fixture.discussion, among: keys)
    #expect(among.map(\.participant.key) == [ana])
  }

  /// The embedded forum, by a mapping that joins people to their bans.
  private func banned(_ fixture: ForumFixture) throws -> SQLForum {
    try fixture.forum.write { try $0.run("CREATE TABLE ban (who BIGINT, is_over INTEGER)") }
    let isActive = "coalesce(b.is_over, 1) AS active"
    let join = "LEFT JOIN ban b ON b.who = p.id"
    var fragments = EmbeddedForum.fragments
    fragments["watcher"] = fragments["watcher"]!.replacing("p.active", with: isActive) + " \(join)"
    fragments["person"] = fragments["person"]!.replacing("active", with: isActive)
    var queries = EmbeddedForum.mappedQueries(fixture.forum.dialect)
    queries["participants"] = "SELECT p.id, {person} FROM participant p \(join) WHERE p.id IN (:keys)"
    queries["watchers_among"] = queries["watchers_among"]!.replacing(
      "FROM participant p", with: "FROM participant p \(join)")
    return SQLForum(
      database: fixture.forum,
      mapping: try Mapping(name: "bans", queries: queries, fragments: fragments, firstKey: String(Int64.min)))
  }

  @Test("E1, F3: of a person whose rows say both that mail may go and that it may not, nothing is known: that is told")
  func contradictingRows() throws {
    let fixture = try ForumFixture()
    let thread = try fixture.thread()
    let people = try (1...9).map { try fixture.participant("p\($0)") }
    try fixture.watch(thread: thread, by: people)
    let forum = try banned(fixture)
    // Two bans that are over are no contradiction, nor is one that lasts.
    for (person, bans) in [(people[1], [1, 1]), (people[4], [1, 0]), (people[6], [0])] {
      for isOver in bans {
        try fixture.forum.write { try $0.run("INSERT INTO ban VALUES (\(person), \(isOver))") }
      }
    }
    func expect(_ found: [Participant], _ faults: [RowFault]) {
      #expect(Set(found.map(\.key)) == Set(people).subtracting([people[4]]))
      #expect(found.filter { !$0.isActive }.map(\.key) == [people[6]])
      #expect(faults.map(\.key) == [people[4]] && faults[0].column == "active")
      #expect(faults[0].description.contains("stand in rows of one person"))
    }
    for limit in [4, 5, 6, 7, 8, 100] {
      var (found, faults, after): ([Participant], [RowFault], String?) = ([], [], nil)
      repeat {
        let page = try forum.watchers(thread: thread, discussion: fixture.discussion, after: after, limit: limit)
        found += page.watchers.map(\.participant)
        faults += page.faults
        after = page.next
      } while after != nil
      expect(found, faults)
    }
    let among = try forum.watchers(thread: thread, discussion: fixture.discussion, among: people)
    expect(among.map(\.participant), among.faults)
    let named = try forum.participants(keys: people)
    expect(Array(named.keyed(by: \.key).values), named.faults)
  }
}
