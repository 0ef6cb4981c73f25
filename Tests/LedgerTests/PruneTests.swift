import Identifiers
import Ledger
import TestSupport
import Testing
import Time

@Suite("O7: retention") struct PruneTests {
  private let bench: LedgerFixture
  private let people: [PersonID]
  private var ledger: Ledger { bench.ledger }

  init() throws {
    bench = try LedgerFixture()
    people = try bench.people("a", "b", "c", "d", "e")
  }

  private var pruning: Ledger.Pruning { Ledger.Pruning(now: bench.now, page: 2) }

  private func pruneRows(before: Timestamp, withdrawnBefore: Timestamp = Timestamp(0)) throws -> Int {
    try ledger.pruneRows(
      discussion: "d", journalledBefore: before, withdrawnBefore: withdrawnBefore, pruning)
  }

  private func count(_ table: String) throws -> Int {
    try bench.file.read { try $0.first("SELECT count(*) FROM \(table)") { Int($0.integer(0)) } ?? 0 }
  }

  /// Post 1 of discussion `d`: a sent to, b queued, c digested, d open for a digest, e skipped; post 2 of `other` sent
  /// to a.
  private func fill() throws {
    try bench.decide(
      try bench.entry("1"), instant: [people[0], people[1]], digest: [people[2], people[3]], skipped: [people[4]])
    try bench.decide(try bench.entry("2", discussion: "other"), instant: [people[0]])
    try bench.write(try bench.plan(people[2]))
    let leased = try #require(try bench.lease()).deliveries
    let lease: LeaseID = 1
    let done = leased.filter { $0.person != people[1] }.map(\.id)
    try bench.commitGroup(begin: done, lease: lease)
    try bench.commitGroup(done.map { bench.end($0) }, lease: lease)
    try ledger.release(lease: lease)
  }

  @Test("O7: finished rows of a closed discussion go; open ones, other discussions and the journal stay")
  func rows() throws {
    try fill()
    bench.clock.advance(by: 60)
    #expect(try ledger.journalledDiscussions() == ["d", "other"])
    #expect(try pruneRows(before: bench.now - 61) == 0)
    #expect(try pruneRows(before: bench.now) == 3)
    #expect(try pruneRows(before: bench.now) == 0)
    #expect(try ledger.decision(post: 1, person: people[0]) == nil)
    #expect(try ledger.decision(post: 1, person: people[1]) == .instant(.thread))
    #expect(try ledger.decision(post: 1, person: people[3]) == .digest(.thread))
    #expect(try ledger.decision(post: 2, person: people[0]) == .instant(.thread))
    #expect(try ledger.pruneDigests(endedBefore: bench.now, pruning) == 1)
    #expect(try bench.rows().values.map(\.state).sorted { $0.rawValue < $1.rawValue } == [.queued, .sent])
    #expect(try count("digest") == 0)
    #expect(try count("journal") == 2)
  }

  @Test("C2: what was pruned is still journalled, so that nothing is ever mailed anew")
  func journalStays() throws {
    try fill()
    bench.clock.advance(by: 60)
    _ = try pruneRows(before: bench.now)
    var collection = CollectorUpdate()
    collection.upserts = [bench.candidate("1")]
    try ledger.save(collection)
    #expect(try ledger.candidates(toAskAt: bench.now).isEmpty)
    #expect(try ledger.nextFanOut() == nil)
  }

  @Test("O7: answers and skip reasons go by their age")
  func answers() throws {
    try fill()
    bench.clock.advance(by: 60)
    _ = try bench.entry("3")
    #expect(try count("attempt") == 3)
    #expect(try ledger.pruneAttempts(endedBefore: bench.now - 60, pruning) == 0)
    #expect(try ledger.pruneAttempts(endedBefore: bench.now, pruning) == 3)
    #expect(try ledger.pruneSkips(journalledBefore: bench.now - 60, pruning) == 0)
    #expect(try ledger.pruneSkips(journalledBefore: bench.now, pruning) == 1)
    #expect(try ledger.decision(post: 1, person: people[4]) == nil)
    #expect(try ledger.decision(post: 1, person: people[0]) == .instant(.thread))
  }

  @Test("O7: folded copies go with the rest, and digests that their rows still name stay")
  func folded() throws {
    let copies = try bench.copies("1", to: [people[0]])
    bench.clock.advance(by: 90_000)
    _ = try ledger.fold(overdueSince: bench.now - 86_400, now: bench.now, limit: 10)
    try bench.write(try bench.plan(people[0], kind: .catchUp))
    let lease = try bench.begin()
    let part = try #require(try bench.rows().keys.first { $0 != copies[0] })
    try bench.commitGroup([bench.end(part)], lease: lease)
    bench.clock.advance(by: 60)
    #expect(try ledger.pruneDigests(endedBefore: bench.now, pruning) == 0)
    #expect(try pruneRows(before: bench.now) == 1)
    #expect(try bench.rows().keys.sorted() == [part])
    #expect(try ledger.pruneDigests(endedBefore: bench.now, pruning) == 1)
    #expect(try bench.rows().isEmpty)
  }

  @Test("O7: a hidden post that nobody waits for any more is no longer asked after")
  func withdrawn() throws {
    try bench.copies("1", to: [people[0]])
    try bench.decide(try bench.entry("2"), digest: [people[0]])
    let lease = try #require(try bench.lease()).lease.id
    try ledger.withhold([.init(1, .dropped(.gone))], lease: lease, now: bench.now)
    try bench.withdraw(2)
    bench.clock.advance(by: 60)
    #expect(try ledger.withdrawn(toAskAt: bench.now).map(\.entry.position) == [1, 2])
    _ = try pruneRows(before: bench.now)
    #expect(try ledger.withdrawn(toAskAt: bench.now).map(\.entry.position) == [2])
  }

  @Test("O7: what waits for a post that was withdrawn long ago goes too; what waits for one withdrawn lately stays")
  func openForAPostNeverShown() throws {
    for key in ["1", "2"] { try bench.decide(try bench.entry(key), digest: [people[0], people[1]]) }
    try bench.withdraw(1)
    bench.clock.advance(by: 60)
    try bench.withdraw(2)
    #expect(try pruneRows(before: bench.now - 60, withdrawnBefore: bench.now) == 0)  // not that old
    bench.clock.advance(by: 60)
    #expect(try pruneRows(before: bench.now, withdrawnBefore: bench.now - 60) == 2)
    #expect(try ledger.openPosts(of: people) == [people[0]: [2], people[1]: [2]])
    #expect(try ledger.withdrawn(toAskAt: bench.now).map(\.entry.position) == [2])
  }

  @Test("O7: what was looked through once is not looked through again, but for what is still open")
  func onlyWhatIsNew() throws {
    for key in 1...30 { try bench.decide(try bench.entry("\(key)"), skipped: people) }
    bench.clock.advance(by: 60)
    let recorder = ExplainingDatabase(bench.file)
    func statements() throws -> Int {
      try recorder.plans {
        let ledger = Ledger(recorder)
        _ = try ledger.pruneSkips(journalledBefore: bench.now, pruning)
        _ = try ledger.pruneRows(
          discussion: "d", journalledBefore: bench.now, withdrawnBefore: bench.now - 999, pruning)
      }.count
    }
    #expect(try statements() > 100)
    #expect(try count("decision") == 0)
    #expect(try statements() < 8)
    let open = try bench.entry("31")
    try bench.decide(open, digest: [people[0]])
    try bench.decide(try bench.entry("32"), skipped: people)
    bench.clock.advance(by: 60)
    #expect(try pruneRows(before: bench.now) == 5)
    // The one that is open is looked at until it is not.
    try bench.withdraw(open.position)
    bench.clock.advance(by: 60)
    #expect(try pruneRows(before: bench.now, withdrawnBefore: bench.now) == 1)
    _ = try statements()
    #expect(try statements() < 8)
  }

  @Test("O7: a post that is journalled but not yet decided about is not passed over")
  func notYetDecided() throws {
    let entry = try bench.entry("1")
    bench.clock.advance(by: 60)
    #expect(try pruneRows(before: bench.now) == 0)
    try bench.decide(entry, skipped: people)
    #expect(try pruneRows(before: bench.now) == 5)
  }

  @Test("O7: rows that a clock which was ahead dated in the future hold nothing up")
  func dated() throws {
    let now = bench.now
    bench.clock.advance(by: 99_999)
    try bench.decide(try bench.entry("1"), skipped: people)
    bench.clock.now = now
    try bench.decide(try bench.entry("2"), skipped: people)
    bench.clock.advance(by: 60)
    #expect(try pruneRows(before: bench.now) == 10)
  }

  @Test(
    "E2, O7: under a clock that is behind by seconds, or by a day, nothing fresh is forgotten",
    arguments: [1, 30, 86_400])
  func behind(_ seconds: Int64) throws {
    try fill()
    try ledger.recordRun(job: "dispatch", startedAt: bench.now, endedAt: bench.now, exitCode: 0, report: "{}")
    bench.clock.advance(by: -seconds)
    let old = bench.now - 180 * 86_400
    #expect(try pruneRows(before: bench.now) == 0)
    #expect(try ledger.pruneAttempts(endedBefore: old, pruning) == 0)
    #expect(try ledger.pruneSkips(journalledBefore: old, pruning) == 0)
    #expect(try ledger.pruneDigests(endedBefore: old, pruning) == 0)
    #expect(try ledger.pruneRuns(endedBefore: old, pruning) == 0)
    #expect(try count("decision") == 6)
  }

  @Test("O7, S6: asked to stop, pruning goes on with the next run where it was")
  func stopped() throws {
    for key in 1...3 { try bench.decide(try bench.entry("\(key)"), skipped: people) }
    bench.clock.advance(by: 60)
    let file = bench.file
    let half = Ledger.Pruning(now: bench.now, page: 2) {
      (try? file.read { try $0.first("SELECT count(*) FROM decision") { $0.integer(0) <= 8 } ?? true }) ?? true
    }
    let first = try ledger.pruneRows(
      discussion: "d", journalledBefore: bench.now, withdrawnBefore: bench.now, half)
    #expect((7...8).contains(first))
    #expect(try pruneRows(before: bench.now) == 15 - first)
  }

  @Test("runs are remembered, the last of each job first hand, and forgotten by their age")
  func runs() throws {
    for job in ["dispatch", "digest", "dispatch"] {
      try ledger.recordRun(job: job, startedAt: bench.now, endedAt: bench.now + 2, exitCode: 75, report: "{}")
      bench.clock.advance(by: 100)
    }
    #expect(try ledger.lastRuns().map(\.job) == ["digest", "dispatch"])
    #expect(try ledger.lastRuns().map(\.startedAt) == [bench.now - 200, bench.now - 100])
    #expect(try ledger.pruneRuns(endedBefore: bench.now - 150, pruning) == 2)
    #expect(try ledger.lastRuns().map(\.job) == ["dispatch"])
  }
}
