import Delivery
import Ledger
import Mail
import TestSupport
import Testing

@Suite("Leases of a run that is at work")
struct LeaseTests {
  /// Takes one message and waits for its answer longer than any lease lasts, ticking as a transport does.
  private struct SlowTransport: Transport {
    let clock: TestClock
    let whileWaiting: () throws -> Void

    func run(feed: any MessageFeed, stop: StopSignal) throws -> TransportReport {
      let site = ScriptedRelay()
      guard let message = try feed.next() else { return try site.run(feed: feed, stop: stop) }
      for _ in 0..<120 {
        clock.advance(by: 60)
        try feed.tick()
        try whileWaiting()
      }
      try feed.ended(message.id, .accepted(Reply(code: 250, lines: ["2.0.0 Ok"])))
      return try site.run(feed: feed, stop: stop)
    }
  }

  @Test("S5: a run that waits for an answer keeps its lease; nobody else sends the message meanwhile")
  func renewed() throws {
    let site = try Installation()
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    try site.publish(in: thread)
    let other = try site.fixture.anotherLedger()
    let transport = SlowTransport(clock: site.clock) {
      let rescued = try other.rescue(now: site.clock.now, resend: true)
      #expect(rescued == Ledger.Rescue())
      let leased = try other.lease(limit: 10, under: nil, now: site.clock.now, seconds: 60)
      #expect(leased == nil)
    }
    let report = try site.deliver(over: transport)
    #expect(report.sent == 2)
    #expect(try site.deliveries().allSatisfy { $0.state == .sent && $0.attempts == 1 })
  }
}
