import Forum
import Ledger
import Mail
import TestSupport
import Testing

@Suite("O7: retention") struct PruneTests {
  private let bench: Bench
  private let people: [Int64]
  private var ledger: Ledger { bench.ledger }

  init() throws {
    bench = try Bench()
    people = try bench.people("a", "b", "c", "d", "e")
  }

  private func count(_ table: String) throws -> Int {
    try bench.file.read { try $0.first("SELECT count(*) FROM \(table)") { Int($0.integer(0)) } ?? 0 }
  }

  /// Post 1 of discussion `d`: a sent to, b queued, c digested, d open for a digest, e skipped; post 2 of `other` sent to a.
  private func fill() throws {
    try bench.decide(
      try bench.entry("1"), instant: [people[0], people[1]], digest: [people[2], people[3]], skipped: [people[4]])
    try bench.decide(try bench.entry("2", discussion: "other"), instant: [people[0]])
    try bench.write(try bench.plan(people[2]))
    let leased = try #require(try bench.lease()).deliveries
    let lease: Int64 = 1
    let done = leased.filter { $0.person != people[1] }.map(\.id)
    try bench.advance(begin: done, lease: lease)
    try bench.advance(done.map { bench.end($0) }, lease: lease)
    try ledger.release(lease: lease)
  }

  @Test("O7: finished rows of a closed discussion go; open ones, other discussions and the journal stay")
  func rows() throws {
    try fill()
    bench.clock.advance(by: 60)
    #expect(try ledger.journalledDiscussions() == ["d", "other"])
    #expect(try ledger.pruneRows(discussion: "d", journalledBefore: bench.now - 61, limit: 100) == 0)
    #expect(try ledger.pruneRows(discussion: "d", journalledBefore: bench.now, limit: 2) == 2)
    #expect(try ledger.pruneRows(discussion: "d", journalledBefore: bench.now, limit: 100) == 1)
    #expect(try ledger.pruneRows(discussion: "d", journalledBefore: bench.now, limit: 100) == 0)
    #expect(try ledger.decision(post: 1, person: people[0]) == nil)
    #expect(try ledger.decision(post: 1, person: people[1]) == .instant(.thread))
    #expect(try ledger.decision(post: 1, person: people[3]) == .digest(.thread))
    #expect(try ledger.decision(post: 2, person: people[0]) == .instant(.thread))
    #expect(try ledger.pruneDigests(endedBefore: bench.now, limit: 100) == 1)
    #expect(try bench.rows().values.map(\.state).sorted { $0.rawValue < $1.rawValue } == [.queued, .sent])
    #expect(try count("digest") == 0)
    #expect(try count("journal") == 2)
  }

  @Test("C2: what was pruned is still journalled, so that nothing is ever mailed anew")
  func journalStays() throws {
    try fill()
    bench.clock.advance(by: 60)
    _ = try ledger.pruneRows(discussion: "d", journalledBefore: bench.now, limit: 100)
    var collection = Collection()
    collection.upserts = [bench.candidate("1")]
    try ledger.record(collection)
    #expect(try ledger.candidates(toAskAt: bench.now).isEmpty)
    #expect(try ledger.mark(.fannedOut) == 2)
  }

  @Test("O7: answers and skip reasons go by their age")
  func answers() throws {
    try fill()
    bench.clock.advance(by: 60)
    _ = try bench.entry("3")
    #expect(try count("attempt") == 3)
    #expect(try ledger.pruneAttempts(endedBefore: bench.now - 60, limit: 10) == 0)
    #expect(try ledger.pruneAttempts(endedBefore: bench.now, limit: 2) == 2)
    #expect(try ledger.pruneAttempts(endedBefore: bench.now, limit: 2) == 1)
    #expect(try ledger.pruneSkips(journalledBefore: bench.now - 60, limit: 10) == 0)
    #expect(try ledger.pruneSkips(journalledBefore: bench.now, limit: 10) == 1)
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
    try bench.advance([bench.end(part)], lease: lease)
    bench.clock.advance(by: 60)
    #expect(try ledger.pruneDigests(endedBefore: bench.now, limit: 10) == 0)
    #expect(try ledger.pruneRows(discussion: "d", journalledBefore: bench.now, limit: 10) == 1)
    #expect(try bench.rows().keys.sorted() == [part])
    #expect(try ledger.pruneDigests(endedBefore: bench.now, limit: 10) == 1)
    #expect(try bench.rows().isEmpty)
  }

  @Test("O7: a hidden post that nobody waits for any more is no longer asked after")
  func withdrawn() throws {
    try bench.copies("1", to: [people[0]])
    try bench.decide(try bench.entry("2"), digest: [people[0]])
    let lease = try #require(try bench.lease()).lease.number
    try ledger.withhold([.init(delivery: 1, state: .dropped, reason: "gone")], lease: lease, now: bench.now)
    try bench.withdraw(2)
    bench.clock.advance(by: 60)
    #expect(try ledger.withdrawn(toAskAt: bench.now).map(\.entry.position) == [1, 2])
    _ = try ledger.pruneRows(discussion: "d", journalledBefore: bench.now, limit: 10)
    #expect(try ledger.withdrawn(toAskAt: bench.now).map(\.entry.position) == [2])
  }

  @Test("runs are remembered, the last of each job first hand, and forgotten by their age")
  func runs() throws {
    for job in ["dispatch", "digest", "dispatch"] {
      try ledger.record(job: job, startedAt: bench.now, endedAt: bench.now + 2, exitCode: 75, report: "{}")
      bench.clock.advance(by: 100)
    }
    #expect(try ledger.lastRuns().map(\.job) == ["digest", "dispatch"])
    #expect(try ledger.lastRuns().map(\.startedAt) == [bench.now - 200, bench.now - 100])
    #expect(try ledger.pruneRuns(endedBefore: bench.now - 150) == 2)
    #expect(try ledger.lastRuns().map(\.job) == ["dispatch"])
  }
}
