import Ledger
import Mail
import Relay
import TestSupport
import Testing
import Time

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
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    try site.publish(in: thread)
    let other = try site.fixture.anotherLedger()
    let transport = SlowTransport(clock: site.clock) {
      let rescued = try other.rescue(now: site.clock.now, uncertain: .resend)
      #expect(rescued == Ledger.Rescue())
      let leased = try other.lease(limit: 10, under: nil, now: site.clock.now, seconds: 60)
      #expect(leased == nil)
    }
    let report = try site.deliver(over: transport)
    #expect(report.sent == 2)
    #expect(try site.deliveries().allSatisfy { $0.state == .sent && $0.attempts == 1 })
  }

  /// Takes messages one at a time; before each of the first ones the process stands still for longer than its lease,
  /// and another takes back what it had.
  private struct StoppedTransport: Transport {
    let clock: TestClock
    let other: Ledger
    let ticks: Bool
    /// Messages that are under way while the process stands still.
    let window: Int

    func run(feed: any MessageFeed, stop: StopSignal) throws -> TransportReport {
      var underWay: [OutgoingMessage] = []
      for round in 1...4 {
        while underWay.count < window, let message = try feed.next() { underWay.append(message) }
        if round <= 2 {
          clock.advance(by: 1300)
          _ = try other.rescue(now: clock.now, uncertain: .resend)
        }
        if ticks { try feed.tick() }
        while underWay.count < 8, let message = try feed.next() { underWay.append(message) }
        for message in underWay { try feed.ended(message.id, .accepted(Reply(code: 250, lines: ["2.0.0 Ok"]))) }
        underWay = []
      }
      return try ScriptedRelay().run(feed: feed, stop: stop)
    }
  }

  @Test(
    "S5: a run that stood still for longer than its lease begins no message twice, and takes no end for another's",
    arguments: [true, false], [2, 10])
  func stoodStill(ticks: Bool, group: Int) throws {
    let site = try TestSite { $0.deliver.group = group }
    let thread = try site.thread(watchedBy: (1...6).map { "p\($0)" })
    try site.publish(in: thread)
    let transport = StoppedTransport(
      clock: site.clock, other: try site.fixture.anotherLedger(), ticks: ticks, window: 1)
    try site.deliver(over: transport)
    site.clock.advance(by: 1300)
    try site.deliver()
    #expect(try site.deliveries().allSatisfy { $0.state == .sent && !$0.isLeased })
    #expect(try site.attempts().count { $0.outcome == "accepted" } == 6)
  }

  @Test("S5: a renewal that finds nothing of its own takes a new number")
  func newNumber() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    try site.publish(in: thread)
    try site.deliver(
      over: StoppedTransport(clock: site.clock, other: try site.fixture.anotherLedger(), ticks: true, window: 1))
    #expect(try site.ledger.mark(.lease) ?? 0 > 1)
    #expect(try site.states() == ["ana": .sent, "ben": .sent])
  }
}
