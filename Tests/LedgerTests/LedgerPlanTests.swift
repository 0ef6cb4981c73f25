import Forum
import Identifiers
import Ledger
import TestSupport
import Testing
import Time

/// A run that finds nothing to do must find that out by an index, however many old rows there are.
@Suite("The ledger's plans on SQLite", .disabled(if: TestDatabase.isPostgres, "proved with many rows there"))
struct LedgerPlanTests {
  private let bench: LedgerFixture
  private let recorder: ExplainingDatabase
  private let people: [PersonID]
  private var ledger: Ledger { Ledger(recorder) }

  init() throws {
    bench = try LedgerFixture()
    recorder = ExplainingDatabase(bench.file)
    people = try bench.people("a", "b", "c")
    for key in 1...3 {
      try bench.decide(try bench.entry("\(key)"), instant: [people[0]], digest: [people[1], people[2]])
    }
  }

  /// Demands an index for each statement that the closure runs, and that none is put in order by hand.
  private func expectIndexed(
    sorting: Bool = false, scanning: [String] = [], sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> Void
  ) throws {
    let plans = try recorder.plans(body)
    #expect(!plans.isEmpty, sourceLocation: sourceLocation)
    for plan in plans {
      let isAllowed = plan.steps.filter { $0.hasPrefix("SCAN") }.allSatisfy { scanning.contains($0) }
      #expect(!plan.scans || isAllowed, "\(plan)", sourceLocation: sourceLocation)
      #expect(!plan.sorts || sorting, "\(plan)", sourceLocation: sourceLocation)
    }
  }

  @Test("an idle run of dispatch goes by indexes: candidates, gaps, journal, leases, what is overdue, what is due next")
  func idle() throws {
    try expectIndexed { _ = try ledger.nextFanOut(after: 3) }
    try expectIndexed { _ = try ledger.fold(overdueSince: bench.now + 9, now: bench.now, limit: 10) }
    // Partial indexes that hold only what is leased, or waits, are walked.
    try expectIndexed(scanning: ["SCAN delivery USING INDEX delivery_leased"]) {
      _ = try ledger.rescue(now: bench.now, uncertain: .resend)
    }
    try expectIndexed(scanning: ["SCAN delivery USING INDEX delivery_due"]) { _ = try ledger.nextDue() }
    try expectIndexed(scanning: ["SCAN fan_out USING COVERING INDEX sqlite_autoindex_fan_out_1"]) {
      _ = try ledger.awaitsFanOut()
    }
    // Gaps are few, and every run reads them.
    try expectIndexed(scanning: ["SCAN gap"]) {
      let bounds = MomentBounds(longestWait: 9, firstWait: 9, lease: 9)
      let mended = try ledger.mend(now: bench.now + 99, bounds, isThorough: false)
      #expect(mended == 0)
    }
    try expectIndexed { _ = try ledger.dueSlots(now: bench.now, limit: 10) }
    // What is to be asked about is put in order, no more.
    try expectIndexed(sorting: true) { _ = try ledger.withdrawn(toAskAt: bench.now) }
    try expectIndexed { _ = try ledger.candidates(toAskAt: bench.now) }
    try expectIndexed { _ = try ledger.restingCounts(now: bench.now, settle: 60, released: 0) }
    try expectIndexed(sorting: true) {
      _ = try ledger.settledCandidates(now: bench.now, settle: 60, through: .max, withUrgent: true, limit: 10)
    }
    try expectIndexed { _ = try ledger.pendingCandidates() }
  }

  @Test("claiming, ending and rescuing deliveries go by indexes")
  func deliveries() throws {
    try expectIndexed(scanning: ["SCAN free"]) {
      var place = ClaimPlace.start
      for _ in 1...2 { _ = try ledger.lease(limit: 1, under: 1, from: &place, now: bench.now, seconds: 10) }
    }
    try expectIndexed {
      _ = try ledger.commitGroup(ended: [], unsent: [], begin: [1], lease: 1, margin: 1, now: bench.now)
    }
    // Whether anything is held against any address.
    try expectIndexed(scanning: ["SCAN address_score USING COVERING INDEX sqlite_autoindex_address_score_1"]) {
      _ = try ledger.commitGroup(ended: [bench.end(1)], unsent: [2], begin: [3], lease: 1, margin: 1, now: bench.now)
    }
    try expectIndexed {
      var news = Ledger.DomainUpdate()
      news.took = ["b.example"]
      _ = try ledger.commitGroup(ended: [], unsent: [], begin: [], domains: news, lease: 1, margin: 1, now: bench.now)
      _ = try ledger.refusals(by: "b.example", since: bench.now)
    }
    try expectIndexed {
      try ledger.withhold([.init(2, .dropped(.gone))], lease: 1, now: bench.now)
    }
    try expectIndexed(scanning: ["SCAN delivery USING INDEX delivery_leased"]) { try ledger.release(lease: 1) }
    _ = try bench.begin(seconds: 10)
    bench.clock.advance(by: 10)
    // Those in doubt are put in order, no more.
    try expectIndexed(sorting: true, scanning: ["SCAN delivery USING INDEX delivery_leased"]) {
      _ = try ledger.rescue(now: bench.now, uncertain: .resend)
    }
    try expectIndexed { _ = try ledger.requeueHidden(1, now: bench.now) }
    try expectIndexed(sorting: true, scanning: ["SCAN w"]) { _ = try ledger.waiting(for: 1, after: 0, limit: 10) }
    try expectIndexed { _ = try ledger.requeue(1, for: [1], now: bench.now) }
    try expectIndexed { try ledger.forgetWithdrawn(1) }
    try expectIndexed { _ = try ledger.release(.uncertain, now: bench.now) }
    try expectIndexed { _ = try ledger.release(.domain("b.example"), now: bench.now) }
  }

  @Test("A3: the queue is read by indexes of what waits, is held and was not sent, however much was sent")
  func queue() throws {
    let leased = ["SCAN delivery USING INDEX delivery_leased", "SCAN delivery USING INDEX delivery_due"]
    let all = Set(DeliveryState.allCases)
    for query in [
      QueueQuery(states: all), QueueQuery(states: all, post: 1), QueueQuery(states: all, person: people[0]),
    ] {
      // What runs have is put in order, and so are the few names of states.
      try expectIndexed(sorting: true, scanning: leased) {
        _ = try ledger.queue(query, limit: 10)
        _ = try ledger.queueKeys(query, limit: 10)
        _ = try ledger.queueCounts(query)
      }
    }
    let entry = AuditEntry(at: bench.now, operatorName: "", command: "", subject: "")
    try expectIndexed {
      for order in [Ledger.QueueOrder.hold(.ordered), .release, .cancel] {
        _ = try ledger.obey(order, [1], by: "", why: "", now: bench.now) { _ in entry }
      }
    }
  }

  @Test("O7: pruning goes by indexes, however much history there is")
  func pruning() throws {
    try bench.write(try bench.plan(people[1]))
    try bench.commitGroup(try [bench.begin()].map { _ in bench.end(1) }, lease: 1)
    bench.clock.advance(by: 60)
    let pruning = Ledger.Pruning(now: bench.now, page: 10)
    let oldest = ["SCAN attempt", "SCAN run", "SCAN event", "SCAN p", "SCAN found"]
    try expectIndexed(scanning: oldest) {
      _ = try ledger.pruneAttempts(endedBefore: bench.now, pruning)
      _ = try ledger.pruneSkips(journalledBefore: bench.now, pruning)
      _ = try ledger.pruneDigests(endedBefore: bench.now, pruning)
      _ = try ledger.pruneRuns(endedBefore: bench.now, pruning)
      _ = try ledger.pruneEvents(before: bench.now, pruning)
    }
    let plans = try recorder.plans {
      _ = try ledger.pruneRows(
        discussion: "d", journalledBefore: bench.now, withdrawnBefore: bench.now, pruning)
    }
    #expect(plans.contains { $0.steps.contains { $0.contains("journal_discussion (discussion_key=? AND position>?") } })
    for plan in plans { #expect(plan.steps.allSatisfy { !$0.hasPrefix("SCAN") || $0 == "SCAN p" }, "\(plan)") }
    #expect(try ledger.journalledDiscussions() == ["d"])
  }

  @Test("folding what is overdue goes by indexes and puts nothing in order")
  func fold() throws {
    try expectIndexed { _ = try ledger.fold(overdueSince: bench.now + 9, now: bench.now, limit: 10) }
    #expect(try bench.rows().values.allSatisfy { $0.reason == "folded" })
  }

  @Test("fan-out and digests go by indexes")
  func deciding() throws {
    let entry = try bench.entry("4")
    try expectIndexed {
      let row = DecisionRow(person: people[0], decision: .instant(.thread))
      _ = try ledger.decide([row], entry: entry, next: nil, now: bench.now)
    }
    try expectIndexed(sorting: true) { _ = try ledger.openPosts(of: people) }  // a page of people
    let plan = try bench.plan(people[1])
    try expectIndexed { _ = try ledger.write([plan], signingKey: 1, now: bench.now) }
    try expectIndexed(sorting: true) { _ = try ledger.posts(ofParts: [4, 5]) }
    // One row of each: whether anybody has wishes or dates at all.
    let whetherAny = [
      "SCAN preference", "SCAN last_digest", "SCAN stopped USING COVERING INDEX sqlite_autoindex_stopped_1",
    ]
    try expectIndexed(scanning: whetherAny) {
      _ = try ledger.people(keys: ["a", "b"])
    }
    // Likewise for watches; the question itself goes by the index, as many as there are.
    try ledger.put(.init(person: people[0], target: "t", watch: Watch(scope: .thread)))
    let plans = try recorder.plans { _ = try ledger.ownWatches(of: people, thread: "t", discussion: "d") }
    #expect(plans.map(\.scans) == [true, false], "\(plans)")
    #expect(plans.first?.sql.hasSuffix("LIMIT 1") == true)
    // The page of people, no more, is walked and put in order.
    try expectIndexed(sorting: true, scanning: ["SCAN w"]) {
      _ = try ledger.ownWatchers(thread: "t", discussion: "d", after: 0, limit: 10)
    }
    try expectIndexed { _ = try ledger.journalEntries(positions: [1, 2]) }
  }
}
