import Identifiers
import SQL
import TestSupport
import Testing
import Time

@testable import Ledger

@Suite("Leases by the steady clock of a machine")
struct SteadyLeaseTests {
  private let bench: LedgerFixture
  private let ledger: Ledger
  private var now: Timestamp { bench.now }

  init() throws {
    bench = try LedgerFixture()
    let clock = bench.clock
    ledger = Ledger(bench.file) { LeaseMoment(boot: clock.reading.boot, seconds: clock.reading.steady) }
    try bench.copies("1", to: bench.people("a", "b"))
  }

  /// Both copies leased for so long, the first begun.
  private func begin(seconds: Int64 = 1200) throws -> LeaseID {
    let taken = try #require(try ledger.lease(limit: 10, under: nil, now: now, seconds: seconds))
    let begun = try ledger.commitGroup(
      ended: [], unsent: [], begin: [taken.deliveries[0].id], lease: taken.lease.id, margin: 660, now: now
    ).begun
    #expect(begun == [1])
    return taken.lease.id
  }

  private func rescue() throws -> Ledger.Rescue { try ledger.rescue(now: now, uncertain: .resend) }

  @Test(
    "E2: a step of the wall clock ends no lease, renews none, and hinders no beginning",
    arguments: [1500, -1500, 400 * 86_400, -3650 * 86_400])
  func step(by seconds: Int64) throws {
    let lease = try begin()
    bench.clock.step(by: seconds)
    #expect(try rescue() == Ledger.Rescue())
    let begun = try ledger.commitGroup(
      ended: [bench.end(1)], unsent: [], begin: [2], lease: lease, margin: 660, now: now)
    #expect(begun == Ledger.GroupCommit(begun: [2]))
    bench.clock.advance(by: 1199)
    #expect(try ledger.renew(lease: lease, now: now, seconds: 1200) == 1)
    bench.clock.advance(by: 1199)
    #expect(try rescue() == Ledger.Rescue())
    bench.clock.advance(by: 1)
    #expect(try rescue().uncertain == 1)
    #expect(try ledger.renew(lease: lease, now: now, seconds: 1200) == 0)
  }

  @Test("E2: what a run had before the machine was started anew is free at once")
  func reboot() throws {
    let lease = try begin()
    bench.clock.reboot()
    let rescue = try rescue()
    #expect((rescue.uncertain, rescue.returned) == (1, 1))
    // And what it would record, had it lived, is ignored.
    let late = try ledger.commitGroup(ended: [bench.end(1)], unsent: [], begin: [], lease: lease, margin: 0, now: now)
    #expect(late == Ledger.GroupCommit(ignored: [1]))
    let rows = try bench.rows()
    #expect(rows[1]?.state == .uncertain && rows[2]?.state == .queued && rows.values.allSatisfy { $0.lease == nil })
  }

  @Test("E2: a lease that a program of before took, by the wall clock, ends by that")
  func ofBefore() throws {
    _ = try bench.begin(seconds: 900)
    bench.clock.advance(by: 899)
    #expect(try rescue() == Ledger.Rescue())
    bench.clock.advance(by: 1)
    #expect(try rescue().uncertain == 2)
  }

  @Test("E2: nothing of a lease is left in what has been given back or has ended")
  func leavesNothing() throws {
    let lease = try begin()
    _ = try ledger.commitGroup(ended: [bench.end(1)], unsent: [], begin: [], lease: lease, margin: 0, now: now)
    try ledger.release(lease: lease)
    let left = "SELECT count(*) FROM delivery WHERE lease_boot IS NOT NULL OR lease_until IS NOT NULL"
    #expect(try bench.file.read { try $0.first(left) { $0.integer(0) } } == 0)
  }

  @Test("C5, E2: copies that may have to be a digest's are left while the clock is doubted; others are taken")
  func spared() throws {
    // The urgent one is due at 0, to go first.
    try bench.copies("2", to: bench.people("a"), isUrgent: true)
    let tried = try bench.copies("3", to: bench.people("a"))
    try bench.file.write { try $0.run("UPDATE delivery SET attempts = 1 WHERE id = $1", [.id(tried[0])]) }
    bench.clock.advance(by: 100)
    let new = try bench.copies("4", to: bench.people("a"))
    let taken = try #require(try ledger.lease(limit: 10, under: nil, now: now, seconds: 60, sparing: now - 50))
    #expect(taken.deliveries.map(\.id) == tried + new)
    #expect(try ledger.lease(limit: 10, under: nil, now: now, seconds: 60, sparing: now - 50) == nil)
    // They are the very ones that are folded once it is believed.
    #expect(try ledger.fold(overdueSince: now - 50, now: now, limit: 10) == 3)
  }
}
