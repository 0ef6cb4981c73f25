import Identifiers
import Jobs
import Relay
import Synchronization
import Testing

@Suite("Runs that are asked to end, and the bound on what is under way")
struct StopTests {
  @Test(
    "S6: asked to stop, a run begins no new mail, records those under way and gives back its leases",
    arguments: [1, 3], [1, 2, 5])
  func stops(_ window: Int, _ stopAt: Int) throws {
    let site = try TestSite { $0.deliver.group = 4 }
    let names = (1...12).map { "p\($0)" }
    let thread = try site.thread(watchedBy: names)
    try site.publish(in: thread)
    site.relay.window(window)
    let stop = site.stop
    site.relay.onMail { if $0 == stopAt { stop.request() } }
    let report = try site.deliver()
    // What the transport had taken is finished, no more.
    #expect(site.relay.accepted.count == stopAt + window - 1)
    #expect(report.sent == site.relay.accepted.count)
    let rows = try site.deliveries()
    #expect(rows.count { $0.state == .sent } == report.sent)
    #expect(rows.allSatisfy { $0.state == .sent || ($0.state == .queued && $0.attempts == 0 && !$0.isLeased) })
    site.newSignal()
    try site.deliver()
    #expect(site.relay.accepted.map(\.name).sorted() == names.sorted())
  }

  @Test("S6: a signal set before the run begins lets nothing begin, in any stage")
  func stoppedBefore() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    try site.publish(in: thread)
    try site.fixture.post(in: thread)
    site.clock.advance(by: 200)
    site.stop.request()
    try site.dispatch()
    #expect(site.relay.mails.isEmpty)
    #expect(try site.journal().count == 1)
    #expect(try site.deliveries().map(\.state) == [.queued])
  }

  @Test(
    "S5: rows with an attempt begun and no end recorded are never more than the group, and never fewer than in doubt",
    arguments: [1, 2, 5], [1, 2, 4])
  func bound(_ group: Int, _ window: Int) throws {
    guard window <= group else { return }
    let site = try TestSite { $0.deliver.group = group }
    let thread = try site.thread(watchedBy: (1...23).map { "p\($0)" })
    try site.publish(in: thread)
    site.relay.window(window)
    let most = Mutex(0)
    site.relay.answer { message, earlier in
      message.id.rawValue % 5 == 0 && earlier == 0
        ? .refused("450 4.2.1 Later") : message.id.rawValue % 7 == 0 && earlier == 0 ? .unsent : .accepted
    }
    site.relay.onMail { _ in
      do {
        let sending = try site.deliveries().filter { $0.state == .sending }
        most.withLock { $0 = max($0, sending.count) }
        #expect(sending.count <= group)
        #expect(!sending.isEmpty)
      } catch { Issue.record(error) }
    }
    try site.deliver()
    site.clock.advance(by: 3600)
    try site.deliver()
    #expect(most.withLock { $0 } == group)
    #expect(try site.deliveries().allSatisfy { $0.state == .sent })
  }

  @Test("S5: ends are recorded after a second at the latest, however slow the rest of the group is")
  func groupsCloseByTime() throws {
    let site = try TestSite { $0.deliver.group = 100 }
    let thread = try site.thread(watchedBy: (1...5).map { "p\($0)" })
    try site.publish(in: thread)
    let sent = Mutex<[Int]>([])
    site.relay.onMail { _ in
      site.clock.advance(by: 1)
      do {
        let count = try site.deliveries().count { $0.state == .sent }
        sent.withLock { $0.append(count) }
      } catch { Issue.record(error) }
    }
    try site.deliver()
    // An end waits for the tick after the clock has moved on by a second.
    #expect(sent.withLock { $0 } == [0, 0, 1, 2, 3] || sent.withLock { $0 } == [0, 0, 2, 2, 4])
  }

  @Test("S5: a run that could not renew its lease begins no attempt with less left than the longest answer may take")
  func leaseMargin() throws {
    let site = try TestSite { ($0.deliver.group, $0.deliver.lease, $0.deliver.leaseMargin) = (1, 1200, 660) }
    let thread = try site.thread(watchedBy: ["ana", "ben", "eva"])
    try site.publish(in: thread)
    site.relay.doesNotTick()
    site.relay.onMail { number in site.clock.advance(by: number == 1 ? 539 : 1) }
    let report = try site.deliver()
    // ana at 0 s, ben at 539 s with 661 s left; eva's turn comes at 540 s: too late.
    #expect(site.relay.accepted.map(\.name) == ["ana", "ben"])
    #expect(report.sent == 2)
    #expect(try site.deliveries().last?.attempts == 0)
    #expect(try site.deliveries().last?.isLeased == false)
    try site.deliver()
    #expect(try site.states()["eva"] == .sent)
  }

  @Test("S6: a run that withholds chunk after chunk stops when it is asked to, and keeps no lease")
  func stopWhileWithholding() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: (1...1300).map { "p\($0)" })
    let post = try site.publish(in: thread)[0]
    try site.fixture.writer.setVisibility(.hidden, ofPost: post)
    let (stop, source) = (site.stop, site.forum)
    source.before { _ in if source.questions.count(where: { $0 == "posts" }) == 1 { stop.request() } }
    try site.deliver()
    let rows = try site.deliveries()
    // The chunk in whose check the word came is finished, and perhaps the one that was begun meanwhile.
    #expect((1...1000).contains(rows.count { $0.state == .dropped }))
    #expect(rows.allSatisfy { !$0.isLeased })
    #expect(site.relay.mails.isEmpty)
  }

  @Test("S5: two processes share the work and send nothing twice")
  func twoProcesses() throws {
    let site = try TestSite { $0.deliver.group = 3 }
    let thread = try site.thread(watchedBy: (1...9).map { "p\($0)" })
    try site.publish(70, in: thread)  // 630 copies, more than one chunk of leases
    let context = site.context
    let other = try site.fixture.anotherLedger()
    let theirs = ScriptedRelay()
    site.relay.onMail { number in
      guard number == 1 else { return }
      var second = context
      second.members.ledger = other
      do {
        _ = try DeliverStage(
          second, DeliverStage.Settings(), composer: { TestSite.composer }, transport: { theirs },
          stop: StopSignal(), random: { 0 }
        ).runOnce()
      } catch { Issue.record(error) }
    }
    try site.deliver()
    #expect(theirs.accepted.count == 130)
    let ids = site.relay.accepted.map(\.delivery) + theirs.accepted.map(\.delivery)
    #expect(ids.sorted() == (1...630).map { DeliveryID($0) })
  }
}
