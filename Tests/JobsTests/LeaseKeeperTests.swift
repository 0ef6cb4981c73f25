import Identifiers
import Ledger
import TestSupport
import Testing
import Time

@testable import Jobs

@Suite("The right of a run to what it leased")
struct LeaseKeeperTests {
  /// A site with two deliveries, leased for a hundred seconds by a keeper that knows of it.
  private func leased() throws -> (site: TestSite, keeper: LeaseKeeper, lease: LeaseID) {
    let site = try TestSite()
    try site.publish(in: site.thread(watchedBy: ["ana", "ben"]))
    let taken = try #require(try site.ledger.lease(limit: 10, under: nil, now: site.clock.now, seconds: 100))
    #expect(taken.deliveries.count == 2)
    var keeper = LeaseKeeper(length: 100)
    keeper.take(taken.lease.id, at: site.clock.now)
    return (site, keeper, taken.lease.id)
  }

  private func until(_ site: TestSite) throws -> [Timestamp] {
    try site.fixture.ledgerFile.read {
      try $0.query("SELECT DISTINCT lease_until FROM delivery WHERE lease IS NOT NULL") { Timestamp($0.integer(0)) }
    }
  }

  @Test("S5: a lease is renewed when so many seconds have passed, not before, and then for its whole length")
  func renewed() throws {
    var (site, keeper, _) = try leased()
    let start = site.clock.now
    #expect(try keeper.renew(after: 25, now: start + 24, site.ledger) && until(site) == [start + 100])
    #expect(try keeper.renew(after: 25, now: start + 25, site.ledger) && until(site) == [start + 125])
    // From the renewal on it is counted anew.
    #expect(try keeper.renew(after: 25, now: start + 49, site.ledger) && until(site) == [start + 125])
    #expect(try keeper.renew(after: 25, now: start + 124, site.ledger) && until(site) == [start + 224])
  }

  @Test("S5: a lease that ended is lost, whether another run took it over or nobody did", arguments: [true, false])
  func lost(isTakenOver: Bool) throws {
    var (site, keeper, lease) = try leased()
    let late = site.clock.now + 100
    if isTakenOver { #expect(try site.ledger.rescue(now: late, uncertain: .resend).returned == 2) }
    #expect(try keeper.renew(after: 25, now: late, site.ledger) == false)
    #expect(keeper.id == lease)
  }

  @Test("S5: what is leased after a loss is under the number of the new lease")
  func forgotten() throws {
    var (site, keeper, lease) = try leased()
    keeper.forget()
    #expect(keeper.id == nil)
    // Nothing to lose, nothing to renew.
    #expect(try keeper.renew(after: 0, now: site.clock.now, site.ledger))
    keeper.take(LeaseID(lease.rawValue + 1), at: site.clock.now)
    #expect(keeper.id == LeaseID(lease.rawValue + 1))
  }

  @Test("S5: the first lease of a run stays its own: what is leased later is under the same number")
  func taken() throws {
    var (site, keeper, lease) = try leased()
    let start = site.clock.now
    keeper.take(LeaseID(lease.rawValue + 1), at: start + 20)
    #expect(keeper.id == lease)
    // Not counted from the second taking, which renewed nothing.
    #expect(try keeper.renew(after: 25, now: start + 25, site.ledger) && until(site) == [start + 125])
  }
}
