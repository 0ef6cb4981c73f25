import Forum
import Ledger
import Membership
import SQL
import Testing

@testable import ForumSources
@testable import Jobs

/// A forum whose people have texts for keys, two of which Unicode calls equivalent and SQL does not.
@Suite("Keys that differ in their octets alone") struct TwinTests {
  private let site: TestSite
  private let thread: String
  private let context: StageContext
  /// `josé` with one scalar for its last letter, and with two.
  private static let twins = ["jos\u{E9}", "jose\u{301}"]

  private static let queries = [
    "watchers": "{watcher} AND w.participant > :after ORDER BY w.participant LIMIT :limit",
    "watchers_among": """
    SELECT p.id AS participant, CASE WHEN w.thread IS NULL THEN NULL ELSE 'thread' END AS scope, p.name, p.address, p.mode
    FROM twin p LEFT JOIN twin_watch w ON w.participant = p.id AND w.thread = CAST(:thread AS BIGINT) WHERE p.id IN (:keys)
    ORDER BY p.id
    """, "participants": "SELECT id, name, address, mode FROM twin WHERE id IN (:keys)",
    "find_participant": "SELECT id, name, address, mode FROM twin WHERE address = :text",
    "watches": "SELECT 'thread' AS scope, thread AS target FROM twin_watch WHERE participant = :participant",
    "readers": "SELECT id FROM twin WHERE id IN (:keys)",
  ]

  init() throws {
    site = try TestSite()
    thread = try site.fixture.thread()
    let forum = site.fixture.forum
    try forum.write { connection in
      try connection.run("CREATE TABLE twin (id TEXT PRIMARY KEY, name TEXT, address TEXT, mode TEXT)")
      try connection.run("CREATE TABLE twin_watch (thread BIGINT, participant TEXT, PRIMARY KEY (thread, participant))")
    }
    var queries = EmbeddedForum.mappedQueries(forum.dialect).merging(Self.queries) { _, own in own }
    (queries["changes"], queries["open"]) = (nil, nil)
    let fragments = EmbeddedForum.fragments.merging([
      "watcher": """
      SELECT w.participant, 'thread' AS scope, p.name, p.address, p.mode FROM twin_watch w JOIN twin p ON p.id = w.participant
      WHERE w.thread = CAST(:thread AS BIGINT)
      """
    ]) { _, own in own }
    let mapping = try Mapping(name: "twins", queries: queries, fragments: fragments, firstKey: " ")
    var context = site.context
    context.members = Members(
      forum: SQLForum(database: forum, mapping: mapping), ledger: site.ledger, defaults: EffectivePreferences(),
      now: context.members.now)
    self.context = context
  }

  private func add(_ mode: String) throws {
    try site.fixture.forum.write { connection in
      for (number, key) in Self.twins.enumerated() {
        try connection.run(
          "INSERT INTO twin VALUES ($1, 'José', $2, $3)", [.text(key), .text("t\(number)@example.net"), .text(mode)])
        try connection.run("INSERT INTO twin_watch VALUES ($1, $2)", [.text(thread), .text(key)])
      }
    }
  }

  private func run() throws {
    for _ in 1...2 {
      _ = try CollectStage(context, site.settings.collect).runOnce()
      site.clock.advance(by: 300)
    }
    _ = try FanOutStage(context, pageSize: 4).runOnce()
    _ = try DigestStage(context, site.settings.digest, composer: { TestSite.composer }).runOnce()
    _ = try DeliverStage(
      context, site.settings.deliver, composer: { TestSite.composer }, transport: { [relay = site.relay] in relay },
      stop: site.stop, random: { 0 }
    ).runOnce()
  }

  @Test("F3, F5: are two people's: both are mailed, at once", arguments: [Mode.instant, .digest])
  func both(_ mode: Mode) throws {
    #expect(Self.twins[0] == Self.twins[1], "to Swift they are one")
    try add(mode.rawValue)
    let post = try site.fixture.post(in: thread)
    try run()
    if mode == .digest {
      site.wait(until: "2026-05-27T07:00:00Z")
      try run()
    }
    #expect(site.relay.accepted.map(\.name).sorted() == ["t0", "t1"])
    #expect(site.relay.accepted.allSatisfy { $0.posts == [post] })
    #expect(try site.count("SELECT count(*) FROM person") == 2)
  }

  @Test("E8: are no contradiction of a mapping")
  func proved() throws {
    try add("instant")
    try site.fixture.post(in: thread)
    let forum = try #require(context.members.source as? SQLForum)
    #expect(try forum.prove().mistakes == [])
  }

  @Test("F1: have their own wishes")
  func wishes() throws {
    try add("instant")
    let people = try Self.twins.map { try context.members.participant($0) }
    #expect(people.map { Array($0.key.utf8) } == Self.twins.map { Array($0.utf8) })
    try context.members.changePreferences(of: people[0]) { $0.ownPosts = true }
    let known = try people.map { try context.members.person($0) }
    #expect(known[0].id != known[1].id && known[0].preferences?.ownPosts == true && known[1].preferences == nil)
  }
}
