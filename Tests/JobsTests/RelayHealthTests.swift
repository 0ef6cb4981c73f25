import Testing
import Time

@testable import Jobs

@Suite("What two runs at once learn of the relay")
struct RelayHealthTests {
  private func down(_ moments: Int64...) -> RelayHealth {
    var health = RelayHealth()
    for moment in moments { health.trip(at: Timestamp(moment)) }
    return health
  }

  @Test("S3: a run that learned nothing changes nothing; of two that learned, the later one knows best")
  func merged() {
    let (start, first, second) = (RelayHealth(), down(10), down(20))
    #expect(start.merged(since: start, into: first) == first)
    #expect(first.merged(since: start, into: start) == first)
    #expect(first.merged(since: start, into: second) == second)
    #expect(second.merged(since: start, into: first) == second)
    #expect(down(10, 80).breaker.trips == 2)
  }

  @Test("S3: what another run found out meanwhile is kept by one that had nothing but mail taken")
  func anotherRun() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    try site.publish(in: thread)
    site.relay.onMail { _ in
      do { try site.ledger.keep(down(site.clock.now.seconds), since: RelayHealth()) } catch { Issue.record(error) }
    }
    try site.deliver()
    #expect(try site.ledger.relayPausedUntil() == site.clock.now + 60)
  }
}
