import Ledger
import Mail
import Relay
import TestSupport
import Testing
import Time

@testable import Jobs

@Suite("A clock that steps while runs are at work")
struct ClockLeaseTests {
  private static let steps: [Int64] = [-3650 * 86_400, -400 * 86_400, -1500, 1500, 2 * 86_400, 400 * 86_400]

  @Test(
    "E2: while a run waits for an answer the clock steps: another job rescues nothing and sends nothing",
    arguments: steps)
  func midRun(step: Int64) throws {
    let site = try TestSite { $0.deliver.group = 2 }
    let thread = try site.thread(watchedBy: ["ana", "ben", "eva"])
    site.clock.advance(by: 600)
    try site.run()
    try site.fixture.post(in: thread)
    site.clock.advance(by: 120)
    try site.run([.collect, .fanOut])
    let theirs = ScriptedRelay()
    site.relay.onMail { number in
      guard number == 2 else { return }
      site.clock.step(by: step)
      do {
        let report = try site.run([.digest, .deliver], over: theirs)
        #expect(report.steps.last?.count("rescued") == 0)
        #expect(!report.steps.flatMap(\.words).contains { $0.contains("died") })
      } catch { Issue.record(error) }
    }
    let report = try site.run([.deliver])
    #expect(report.steps.last?.count("sent") == 3 && report.steps.last?.count("ignored") == 0)
    #expect(theirs.mails.isEmpty)
    #expect(site.relay.accepted.map(\.name).sorted() == ["ana", "ben", "eva"])
    #expect(try site.deliveries().allSatisfy { $0.state == .sent && $0.attempts == 1 && !$0.isLeased })
  }

  @Test("E2: what a killed run had goes out at once when the machine was started anew", arguments: [-1500, 0, 1500])
  func killed(step: Int64) throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    site.clock.advance(by: 600)
    try site.run()
    try site.fixture.post(in: thread)
    site.clock.advance(by: 120)
    try site.run([.collect, .fanOut])
    // Lease, begin, and dead before the ends are recorded.
    site.crash(atCommit: 3, .beforeCommit)
    #expect(throws: FaultingDatabase.Crash.self) {
      try DeliverStage(
        try site.timedContext, site.settings.deliver, composer: { TestSite.composer }, transport: { site.relay },
        stop: site.stop, random: { 0 }
      ).runOnce()
    }
    site.survive()
    site.newSignal()
    site.clock.step(by: step)
    site.clock.reboot()
    site.relay.clear()
    let report = try site.run()
    #expect(report.steps.last { $0.step == "deliver" }?.count("rescued") == 2)
    #expect(try site.states() == ["ana": .sent, "ben": .sent])
    #expect(site.relay.accepted.count == 2)
  }

  @Test("E2, S5: an answer that came after another run had taken the message over is not reported as sent")
  func ignored() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben", "eva", "fay"])
    try site.publish(in: thread)
    let other = try site.fixture.anotherLedger()
    let clock = site.clock
    site.relay.answer { message, _ in
      switch message.envelope.recipient.localPart {
      case "ana": .refused("550 5.1.1 No such user")
      case "ben": .refused("450 4.2.1 Later")
      case "eva": .uncertain
      default: .accepted
      }
    }
    site.relay.doesNotTick()
    site.relay.window(4)
    site.relay.onMail { number in
      guard number == 1 else { return }
      clock.advance(by: 1300)
      do {
        #expect(try other.rescue(now: clock.now, uncertain: .resend).uncertain == 4)
        #expect(try other.lease(limit: 9, under: nil, now: clock.now, seconds: 600)?.deliveries.count == 4)
      } catch { Issue.record(error) }
    }
    let report = try site.deliver()
    #expect(report.ignored == 4)
    #expect((report.sent, report.failed, report.deferred, report.uncertain, report.held) == (0, 0, 0, 0, 0))
    #expect(try site.deliveries().allSatisfy { $0.state == .uncertain })
    var step = StepReport("deliver")
    site.relay.onMail { _ in }
    site.relay.answer(.accepted)
    site.clock.advance(by: 600)
    try DeliverStage(
      site.context, site.settings.deliver, composer: { TestSite.composer }, transport: { site.relay }, stop: site.stop,
      random: { 0 }
    ).run(&step)
    #expect(step.count("sent") == 4 && step.count("ignored") == 0)
  }
}
