import TestSupport
import Testing
import Time

@Suite("Domains that refuse us by policy")
struct DomainHoldTests {
  /// A thread watched by people at bad.example and at example.net.
  private func site(bad: Int, good: Int, hold: Int = 3, group: Int = 200) throws -> (site: TestSite, thread: String) {
    let site = try TestSite { ($0.deliver.domainHold, $0.deliver.group) = (hold, group) }
    let thread = try site.fixture.thread()
    for number in 1...max(bad, good) {
      for (domain, count) in [("Bad.Example", bad), ("example.net", good)] where number <= count {
        let name = "\(domain.prefix(3).lowercased())\(number)"
        let key = try site.fixture.writer.addParticipant(name: name, address: "\(name)@\(domain)")
        try site.fixture.watch(thread: thread, by: [key])
      }
    }
    site.relay.answer { message, _ in
      message.envelope.recipient.domain == "bad.example" ? .refused("550 5.7.1 Not from you") : .accepted
    }
    return (site, thread)
  }

  @Test("S3: many equal policy refusals hold the domain with those that triggered it; other domains go on")
  func holds() throws {
    let (site, thread) = try site(bad: 5, good: 5)
    try site.publish(in: thread)
    let report = try site.deliver()
    #expect(report.heldDomains == ["bad.example"])
    // Those behind the third are not even tried.
    #expect((report.sent, report.held, report.withheld, report.failed) == (5, 3, 2, 0))
    #expect(try site.ledger.holds().map(\.name) == ["bad.example"])
    #expect(try site.ledger.holds().map(\.reason) == ["bad.example: 550 5.7.1"])
    let states = try site.states()
    #expect((1...5).allSatisfy { states["bad\($0)"] == .held && states["exa\($0)"] == .sent })
    #expect(try site.deliveries().allSatisfy { $0.state != .held || $0.reason == "domain bad.example" })
  }

  @Test("S3: what comes later for a held domain is held without an attempt; released, all of it goes")
  func heldLater() throws {
    let (site, thread) = try site(bad: 3, good: 1)
    let first = try site.publish(in: thread)
    try site.deliver()
    site.relay.clear()
    let second = try site.publish(in: thread)
    let report = try site.deliver()
    #expect(report.heldDomains.isEmpty)
    #expect(site.relay.mails.map(\.name) == ["exa1"])
    #expect(try site.deliveries().filter { $0.state == .held }.map(\.attempts).sorted() == [0, 0, 0, 1, 1, 1])
    site.relay.clear()
    site.relay.answer(.accepted)
    #expect(try site.ledger.release(.domain("bad.example"), now: site.clock.now) == 6)
    try site.deliver()
    #expect(Set(site.relay.accepted.map { "\($0.name) \($0.posts[0])" }).count == 6)
    #expect(Set(site.relay.accepted.map(\.posts)) == [first, second])
    #expect(try site.deliveries().allSatisfy { $0.state == .sent })
  }

  @Test("S3: once a domain is held, what the run has not begun for it is not even tried")
  func stopsAtOnce() throws {
    let (site, thread) = try site(bad: 20, good: 20, group: 2)
    try site.publish(in: thread)
    let report = try site.deliver()
    #expect(site.relay.mails.count { !$0.isAccepted } <= 3 + 2)
    #expect(report.sent == 20)
    #expect(try site.states().values.count { $0 == .held } == 20)
  }

  @Test("S3: fewer refusals than the limit fail each by itself and hold nothing")
  func fewer() throws {
    let (site, thread) = try site(bad: 2, good: 2)
    try site.publish(in: thread)
    let report = try site.deliver()
    #expect((report.failed, report.held) == (2, 0))
    #expect(try site.ledger.holds().isEmpty)
  }

  @Test("S3: refusals are counted over runs; those that failed in earlier ones are held with the domain")
  func overRuns() throws {
    let (site, thread) = try site(bad: 3, good: 1, hold: 10)
    for run in 1...4 {
      try site.publish(in: thread)
      let report = try site.deliver()
      #expect((report.failed, report.held + report.withheld) == (run < 4 ? (3, 0) : (0, 12)))
    }
    #expect(try site.deliveries().filter { $0.name.hasPrefix("bad") }.allSatisfy { $0.state == .held })
    #expect(try site.count("SELECT count(*) FROM domain_refusal") == 0)
  }

  @Test("S3: a domain with one reader that refused all their mail for more than a day is held; not one that took some")
  func oneReader() throws {
    for isTaken in [false, true] {
      let (site, thread) = try site(bad: 1, good: 1, hold: 10)
      for run in 1...3 {
        if isTaken, run == 2 { site.relay.answer(.accepted) }
        try site.publish(in: thread)
        try site.deliver()
        site.relay.answer { message, _ in
          message.envelope.recipient.domain == "bad.example" ? .refused("550 5.7.1 Not from you") : .accepted
        }
        site.clock.advance(by: 50_000)
      }
      #expect(try site.ledger.holds().isEmpty == isTaken)
      #expect(try site.states()["bad1"] == (isTaken ? .deferred : .held))
    }
  }

  @Test("C5: what was never attempted for a domain reaches each person as one digest when it is released late")
  func releasedLate() throws {
    let (site, thread) = try site(bad: 3, good: 1)
    try site.publish(in: thread)
    try site.deliver()
    let held = try site.publish(5, in: thread)
    try site.deliver()
    site.clock.advance(by: 3 * 86_400)
    site.relay.answer(.accepted)
    site.relay.clear()
    #expect(try site.ledger.release(.domain("bad.example"), now: site.clock.now) == 18)
    for _ in 1...2 { try site.dispatch() }
    #expect(site.relay.mails(to: "bad1").map(\.isDigest) == [false, true])
    #expect(site.relay.mails(to: "bad1").last?.posts == held)
  }

  @Test("S3: refusals that differ, and refusals of people, hold no domain")
  func notEqual() throws {
    let (site, thread) = try site(bad: 8, good: 1)
    try site.publish(in: thread)
    site.relay.answer { message, _ in
      guard message.envelope.recipient.domain == "bad.example" else { return .accepted }
      return switch message.envelope.recipient.localPart.last {
      case "1", "2": .refused("550 5.7.1 Not from you")
      case "3", "4": .refused("550 5.7.0 Policy")
      default: .refused("550 5.1.1 No such user")
      }
    }
    try site.deliver()
    #expect(try site.ledger.holds().isEmpty)
    // Who is refused as the only one fails at once, others are asked for again.
    #expect(try site.states().values.count { $0 == .failed } == 4)
    #expect(try site.states().values.count { $0 == .deferred } == 4)
  }

  @Test("S3: a policy that may pass holds the domain too, and counts no failure that was none")
  func transientPolicy() throws {
    let (site, thread) = try site(bad: 4, good: 1)
    try site.publish(in: thread)
    site.relay.answer { message, _ in
      message.envelope.recipient.domain == "bad.example" ? .refused("451 4.7.0 Policy", at: .dot) : .accepted
    }
    let report = try site.deliver()
    #expect((report.failed, report.deferred, report.held, report.withheld) == (0, 0, 3, 1))
    #expect(try site.states().values.count { $0 == .held } == 4)
  }

  @Test("S3, B3: policy refusals suppress nobody: released, the same people are mailed")
  func noScore() throws {
    let (site, thread) = try site(bad: 3, good: 1)
    for _ in 1...6 { try site.publish(in: thread) }
    try site.deliver()
    #expect(try site.count("SELECT count(*) FROM suppression") == 0)
    #expect(try site.count("SELECT count(*) FROM decision WHERE decision = 'skipped'") == 0)
  }

  @Test(
    "S3, C1: a crash leaves either refusals that still count for themselves, or a held domain with all of them",
    arguments: 1...8, FaultingDatabase.Moment.allCases)
  func crash(_ commit: Int, _ moment: FaultingDatabase.Moment) throws {
    let (site, thread) = try site(bad: 3, good: 1)
    try site.publish(in: thread)
    site.crash(atCommit: commit, moment)
    do { try site.deliver() } catch is FaultingDatabase.Crash {}
    let states = Array(try site.states().filter { $0.key.hasPrefix("bad") }.values)
    let isHeld = try !site.fixture.ledger.holds().isEmpty
    #expect(states.count { $0 == .held } == (isHeld ? 3 : 0))
    #expect(states.count { $0 == .failed } == 0)
  }
}
