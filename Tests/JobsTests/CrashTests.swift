import Identifiers
import Jobs
import Relay
import Synchronization
import TestSupport
import Testing
import Time

@testable import DeliveryPolicy

/// A small story in phases, each a change to the forum and a run after it: 2 posts of before the first run, 3 posts of
/// which one is urgent, 6 people of whom 2 read digests, a refusal, a post hidden and shown again.
private struct Story {
  let site: TestSite
  private let thread: String

  init() throws {
    site = try TestSite(hasBegun: false) { ($0.deliver.group, $0.pageSize) = (3, 4) }
    site.relay.window(2)
    thread = try site.thread(watchedBy: ["ana", "ben", "eva", "fay"])
    let readers = try ["dan", "zoe"].map { try site.fixture.participant($0, mode: .digest) }
    try site.fixture.watch(thread: thread, by: readers)
    for _ in 1...2 { try site.fixture.post(in: thread) }
    site.relay.answer { message, earlier in
      message.envelope.recipient.localPart == "ben" && earlier == 0 ? .refused("450 4.2.1 Later") : .accepted
    }
  }

  static let phases = 7

  /// Changes the forum and the clock; the run follows.
  func change(_ phase: Int) throws {
    let fixture = site.fixture
    switch phase {
    case 0: break
    case 1:
      try fixture.post(in: thread)
      try fixture.post(in: thread, isUrgent: true)
      try fixture.post(in: thread, state: .pending)
    case 2:
      try fixture.writer.setVisibility(.visible, ofPost: "5")
      site.clock.advance(by: 200)
    case 3: site.clock.advance(by: 300)
    case 4:
      // A day on: what ben was refused is due again, digests are written of what is not hidden.
      try fixture.writer.setVisibility(.hidden, ofPost: "3")
      site.wait(until: "2026-05-27T08:00:00Z")
    case 5:
      try fixture.writer.setVisibility(.visible, ofPost: "3")
      site.clock.advance(by: 3600)
    case 6:
      // The next day's digests bring it.
      site.wait(until: "2026-05-28T08:00:00Z")
    default: preconditionFailure("no phase \(phase)")
    }
  }

  /// Goes on until nothing is left to be done.
  func finish() throws {
    for _ in 1...2 {
      site.clock.advance(by: 6 * 3600)
      try site.dispatch()
    }
  }

  /// Who got which post, and under which Message-IDs.
  var received: [String: Set<String>] {
    var received: [String: Set<String>] = [:]
    for mail in site.relay.accepted {
      for post in mail.posts { received["\(mail.name) \(post)", default: []].insert(mail.messageID) }
    }
    return received
  }

  /// The deliveries that came more than once.
  var doubled: Set<DeliveryID> {
    Set(Dictionary(grouping: site.relay.accepted, by: \.delivery).filter { $0.value.count > 1 }.keys)
  }
}

@Suite("Crashes")
struct CrashTests {
  /// The crash-free end: everybody has posts 3, 4 and 5.
  private static let expected: Set<String> = Set(
    ["ana", "ben", "eva", "fay", "dan", "zoe"].flatMap { name in ["3", "4", "5"].map { "\(name) \($0)" } })

  @Test(
    "C1, S5: a crash at any commit, before it or after it, loses nothing; the next run ends as if there had been none",
    arguments: FaultingDatabase.Moment.allCases)
  func everyCommit(_ moment: FaultingDatabase.Moment) throws {
    var commit = 0
    var sawUncertain = 0
    while true {
      commit += 1
      guard let inDoubt = try run(crashAt: commit, moment) else { break }
      sawUncertain = max(sawUncertain, inDoubt.count)
    }
    // The story has so many commits that stopping early would be a mistake; and some crashes leave mail in doubt.
    #expect(commit > 40)
    #expect(sawUncertain == 3)
  }

  /// Tells the story with a crash at a commit of it; returns the messages that the crash left in doubt, nil if the
  /// story has no such commit.
  private func run(crashAt commit: Int, _ moment: FaultingDatabase.Moment) throws -> Set<DeliveryID>? {
    let story = try Story()
    let site = story.site
    let database = site.crash(atCommit: commit, moment)
    var inDoubt: Set<DeliveryID>?
    for phase in 0..<Story.phases {
      try story.change(phase)
      do {
        try site.dispatch()
      } catch is FaultingDatabase.Crash {
        inDoubt = Set(try site.deliveries().filter { $0.state == .sending }.map(\.id))
        site.restart()
        try site.dispatch()
      }
    }
    #expect(database.hasCrashed == (inDoubt != nil))
    // The last look is written down later, too.
    site.survive()
    try story.finish()
    let place: Comment = "crash at commit \(commit), \(moment)"
    #expect(Set(story.received.keys) == CrashTests.expected, place)
    #expect(story.received.values.allSatisfy { $0.count == 1 }, place)
    #expect(story.doubled.isSubset(of: inDoubt ?? []), place)
    #expect(inDoubt?.count ?? 0 <= 3, place)
    #expect(try site.deliveries().allSatisfy { [.sent, .dropped].contains($0.state) && !$0.isLeased }, place)
    return inDoubt
  }

  @Test("S5: messages in doubt are counted, sent again with the same Message-ID, and their attempts are kept")
  func inDoubt() throws {
    let site = try TestSite { $0.deliver.group = 2 }
    let thread = try site.thread(watchedBy: ["ana", "ben", "eva"])
    try site.publish(in: thread)
    let commits = site.crash(atCommit: .max, .beforeCommit)
    // lease, what is mailed of the post, begin 2, then the commit that would record their ends.
    commits.crash(atCommit: 4, .beforeCommit)
    #expect(throws: FaultingDatabase.Crash.self) { try site.deliver() }
    #expect(try site.states() == ["ana": .sending, "ben": .sending, "eva": .queued])
    let first = site.relay.accepted
    #expect(first.map(\.name) == ["ana", "ben"])
    site.restart()
    let report = try site.deliver()
    #expect(report.rescued.uncertain == 2)
    #expect(report.rescued.returned == 1)
    #expect(report.sent == 3)
    let again = site.relay.accepted.dropFirst(2)
    #expect(
      again.prefix(2).map(\.messageID) == first.map(\.messageID)
        || again.suffix(2).map(\.messageID) == first.map(\.messageID))
    #expect(
      try site.attempts().map { "\($0.delivery) \($0.number) \($0.outcome)" } == [
        "1 1 uncertain", "1 2 accepted", "2 1 uncertain", "2 2 accepted", "3 1 accepted",
      ])
  }

  @Test("S5: with the setting to hold, messages in doubt wait for the operator")
  func inDoubtHeld() throws {
    let site = try TestSite { ($0.deliver.group, $0.deliver.uncertain) = (2, .hold) }
    let thread = try site.thread(watchedBy: ["ana", "ben", "eva"])
    try site.publish(in: thread)
    site.crash(atCommit: 4, .beforeCommit)
    #expect(throws: FaultingDatabase.Crash.self) { try site.deliver() }
    site.restart()
    #expect(try site.deliver().rescued.held == 2)
    #expect(try site.states() == ["ana": .held, "ben": .held, "eva": .sent])
    #expect(try site.ledger.release(.uncertain, now: site.clock.now) == 2)
    try site.deliver()
    #expect(try site.states() == ["ana": .sent, "ben": .sent, "eva": .sent])
  }

  @Test(
    "S5: nobody takes over before a lease has ended; what a run that was stopped for longer learned is not recorded")
  func leaseProtects() throws {
    let site = try TestSite { $0.deliver.group = 2 }
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    try site.publish(in: thread)
    let other = try site.fixture.anotherLedger()
    let (context, clock) = (site.context, site.clock)
    site.relay.onMail { number in
      // Another process delivers at the same time, while the lease lasts and just after it ended: this run was stopped
      // for too long to renew it.
      do {
        clock.advance(by: number == 1 ? 299 : 901)
        var theirs = context
        theirs.members.ledger = other
        let relay = ScriptedRelay()
        let report = try DeliverStage(
          theirs, DeliverStage.Settings(), composer: { TestSite.composer }, transport: { relay },
          stop: StopSignal(), random: { 0 }
        ).runOnce()
        if number == 1 {
          #expect(relay.mails.isEmpty)
        } else {
          #expect(report.rescued.uncertain == 2)
          #expect(relay.accepted.count == 2)
        }
      } catch { Issue.record(error) }
    }
    site.relay.window(2)
    site.relay.doesNotTick()
    try site.deliver()
    // Our own run came too late: what it learned of rows that are no longer ours is not recorded over theirs.
    #expect(
      try site.attempts().map { "\($0.delivery) \($0.number) \($0.outcome)" } == [
        "1 1 uncertain", "1 2 accepted", "2 1 uncertain", "2 2 accepted",
      ])
    #expect(try site.states() == ["ana": .sent, "ben": .sent])
  }
}
