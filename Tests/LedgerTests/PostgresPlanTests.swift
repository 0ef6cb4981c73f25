import Identifiers
import Ledger
import TestSupport
import Testing
import Time

/// What runs at every tick finds its rows by an index on PostgreSQL too, beside a million old ones of each kind.
@Suite("The ledger's plans on PostgreSQL", .enabled(if: TestDatabase.isPostgres, "no PostgreSQL server"))
struct PostgresPlanTests {
  private static let large = ["delivery", "decision", "journal", "attempt", "person"]

  private let bench: LedgerFixture
  private let recorder: ExplainingDatabase
  private var ledger: Ledger { Ledger(recorder) }
  private let rows = 1_000_000

  init() throws {
    bench = try LedgerFixture()
    recorder = ExplainingDatabase(bench.file)
    let old = "FROM generate_series(1, \(rows)) i"
    try bench.file.write { connection in
      try connection.run("INSERT INTO person (person_key) SELECT 'p' || i \(old)")
      try connection.run(
        """
        INSERT INTO journal (post_key, thread_key, discussion_key, urgent, visible_at, due, journalled_at, signing_key)
        SELECT 'old' || i, '1', '1', 0, 1, 1, 1, 1 \(old)
        """)
      try connection.run(
        """
        INSERT INTO delivery (id, person, post, state, due, attempts, ended_at) SELECT i, i, i, 'sent', 1, 1, 2 \(old)
        """)
      try connection.run(
        """
        INSERT INTO decision (post, person, generation, decision, detail, delivery)
        SELECT i % 1000, i, 0, CASE WHEN i % 2 = 0 THEN 'instant' ELSE 'digest' END, 'thread', i \(old)
        """)
      try connection.run(
        """
        INSERT INTO attempt (delivery, number, address, began_at, ended_at, outcome, answer)
        SELECT i, 1, 'a@b.example', 1, 2, 'accepted', '250 OK' \(old)
        """)
      try connection.run(
        "INSERT INTO mark (name, value) VALUES ('delivery', \(rows))")
    }
    // What autovacuum does within a minute.
    for table in PostgresPlanTests.large { try bench.file.write(.concurrent) { try $0.run("ANALYZE \(table)") } }
  }

  private func expectIndexed(_ sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void) throws {
    for plan in try recorder.plans(body) {
      let scanned = PostgresPlanTests.large.filter { table in
        plan.steps.contains { $0.contains("Seq Scan on \(table)") && !$0.contains("Seq Scan on \(table)_") }
      }
      #expect(scanned.isEmpty, "\(plan)", sourceLocation: sourceLocation)
    }
  }

  /// All copies of a post are due at one moment: claiming some reads and sorts no more than these.
  private func claimFromMany() throws {
    try bench.file.write { connection in
      try connection.run(
        """
        INSERT INTO delivery (id, person, post, state, due) SELECT \(2 * rows) + i, i, 1, 'queued', 5
        FROM generate_series(1, 300000) i
        """)
    }
    try bench.file.write(.concurrent) { try $0.run("ANALYZE delivery") }
    var place = ClaimPlace.start
    var deliveries: [DeliveryID] = []
    for _ in 1...2 {
      let plans = try recorder.plans {
        let taken = try ledger.lease(limit: 500, under: 9, from: &place, now: bench.now, seconds: 900)
        deliveries = taken?.deliveries.map(\.id) ?? []
      }
      #expect(deliveries.count == 500)
      for plan in plans {
        let isSorted = plan.steps.contains { $0.contains("Sort") }
        #expect(!plan.scans && !isSorted, "\(plan)")
      }
    }
    try expectNotByLease(deliveries)
  }

  /// Nearly nothing is leased, which tempts the planner: but what a run has sent stays in that index for as long as
  /// somebody's snapshot may see it.
  private func expectNotByLease(_ deliveries: [DeliveryID]) throws {
    let plans = try recorder.plans {
      let begun = try ledger.commitGroup(
        ended: [], unsent: [], begin: deliveries.dropLast(), lease: 9, margin: 1, now: bench.now)
      #expect(begun.begun.count == 499)
      _ = try ledger.commitGroup(
        ended: [bench.end(deliveries[0])], unsent: [deliveries[1]], begin: [], lease: 9, margin: 1, now: bench.now)
      try ledger.withhold([.init(deliveries[499], .dropped(.gone))], lease: 9, now: bench.now)
    }
    for plan in plans { #expect(!plan.steps.contains { $0.contains("delivery_leased") }, "\(plan)") }
  }

  @Test("an idle tick, claiming, sending, recording, deciding and digests go by indexes beside 1,000,000 rows")
  func everyTick() throws {
    try expectIndexed {
      _ = try ledger.candidates(toAskAt: bench.now)
      _ = try ledger.restingCounts(now: bench.now, settle: 60, released: 0)
      _ = try ledger.settledCandidates(now: bench.now, settle: 60, through: .max, withUrgent: true, limit: 10)
      _ = try ledger.gaps()
      _ = try ledger.withdrawn(toAskAt: bench.now)
      _ = try ledger.nextFanOut()
      _ = try ledger.awaitsFanOut()
      _ = try ledger.dueSlots(now: bench.now, limit: 500)
      _ = try ledger.rescue(now: bench.now, uncertain: .resend)
      _ = try ledger.fold(overdueSince: bench.now, now: bench.now, limit: 1000)
      _ = try ledger.nextDue()
    }
    try expectIndexed {
      let query = QueueQuery(states: Set(DeliveryState.allCases))
      for query in [query, QueueQuery(states: query.states, post: 5), QueueQuery(states: query.states, person: 5)] {
        _ = try ledger.queue(query, limit: 50)
        _ = try ledger.queueKeys(query, limit: 50)
        _ = try ledger.queueCounts(query)
      }
    }
    let people = try bench.people("p1", "p2", "p3")
    try expectIndexed { _ = try ledger.people(keys: (1...3000).map { "p\($0)" }) }
    let entry = try bench.entry("new")
    try expectIndexed {
      let row = DecisionRow(person: people[0], decision: .instant(.thread))
      let late = DecisionRow(person: people[1], decision: .digest(.thread), slot: bench.slot)
      _ = try ledger.decide([row, late], entry: entry, next: .forum(after: "p2"), now: bench.now)
      _ = try ledger.nextFanOut(after: 1)
      _ = try ledger.ownWatches(of: people, thread: "1", discussion: "1")
      _ = try ledger.suppressed(among: ["a@b.example"])
    }
    try expectIndexed {
      let (lease, deliveries) = try #require(
        try ledger.lease(limit: 500, under: nil, now: bench.now + 60, seconds: 900))
      _ = try ledger.people(ids: deliveries.map(\.person))
      _ = try ledger.posts(ofParts: deliveries.map(\.id))
      _ = try ledger.journalEntries(positions: [entry.position])
      _ = try ledger.journalEntries(postKeys: ["new"])
      let begun = try ledger.commitGroup(
        ended: [], unsent: [], begin: deliveries.map(\.id), lease: lease.id, margin: 1, now: bench.now
      ).begun
      #expect(begun.count == 1)
      _ = try ledger.commitGroup(
        ended: begun.map { bench.end($0) }, unsent: [7], begin: [8], lease: lease.id, margin: 1, now: bench.now)
      try ledger.withhold(
        [.init(9, .dropped(.gone))], outOfSight: [9: [1]], lease: lease.id, now: bench.now
      )
      try ledger.renew(lease: lease.id, now: bench.now, seconds: 900)
      try ledger.release(lease: lease.id)
    }
    try claimFromMany()
    try expectIndexed { _ = try ledger.openPosts(of: people) }
    let plan = try bench.plan(people[1])
    try expectIndexed { _ = try ledger.write([plan], signingKey: 1, now: bench.now) }
  }
}
