import Composition
import DeliveryPolicy
import Forum
import Ledger
import TestSupport
import Testing
import Time

@testable import Jobs

@Suite("Addresses that fail")
struct FailureTests {
  /// Ana watches; each post's copy is taken by the relay, and a report comes back.
  private func bounced(_ times: Int, status: String = "5.1.1", days: Int64 = 1) throws -> (TestSite, String) {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    for _ in 0..<times {
      try site.publish(in: thread)
      try site.deliver()
      let copy = try #require(site.relay.mails(to: "ana").last)
      try site.receive(copy.report(status: status, id: "\(copy.delivery)"))
      try site.handle()
      site.clock.advance(by: days * 86_400)
    }
    return (site, thread)
  }

  @Test("B1, B3, B4: hard failures on two days stop an address; its watches stay, and posts are skipped meanwhile")
  func stopped() throws {
    let (site, thread) = try bounced(2)
    let suppression = try #require(try site.ledger.suppression(of: "ana@example.net"))
    #expect(suppression.cause == .failures)
    #expect(suppression.reason.contains("5.1.1"))
    site.relay.clear()
    try site.publish(in: thread)
    try site.deliver()
    #expect(site.relay.accepted.isEmpty)
  }

  @Test(
    "B3: the score: once a day at most, a soft failure half, a policy's refusal nothing",
    arguments: [
      (["5.1.1"], 1, 20), (["5.1.1", "5.1.1"], 0, 20), (["5.1.1", "5.1.1"], 1, 40), (["5.2.2"], 1, 10),
      (["5.2.2", "5.1.1"], 0, 20), (["4.4.1"], 1, 10), (["5.7.1", "5.7.1"], 1, 0), (["5.1.1", "5.7.1"], 1, 20),
    ] as [([String], Int64, Int)])
  func score(_ statuses: [String], _ days: Int64, _ tenths: Int) throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    // Sent first, that the mails which are taken do not lower what is counted later.
    for status in statuses {
      try site.publish(in: thread)
      try site.deliver()
      let copy = try #require(site.relay.mails(to: "ana").last)
      try site.receive(copy.report(status: status, id: "\(copy.delivery)"))
      try site.handle()
      site.clock.advance(by: days * 86_400)
    }
    #expect(try site.ledger.scoreTenths(of: "ANA@example.net") == tenths)
  }

  @Test("B3: two reports on both sides of midnight are of one day, and stop nobody")
  func midnight() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    try site.publish(2, in: thread)
    try site.deliver()
    let copies = site.relay.mails(to: "ana")
    site.wait(until: "2026-05-28T23:59:00Z")
    try site.receive(copies[0].report(status: "5.1.1", id: "before"))
    try site.handle()
    site.clock.advance(by: 120)
    try site.receive(copies[1].report(status: "5.1.1", id: "behind"))
    try site.handle()
    #expect(try site.ledger.scoreTenths(of: "ana@example.net") == 20)
    #expect(try site.ledger.suppression(of: "ana@example.net") == nil)
  }

  @Test("B3: each mail that is taken, and does not come back, lowers the score by a tenth, down to nothing")
  func lowered() throws {
    let (site, thread) = try bounced(1)
    try site.publish(3, in: thread)
    try site.deliver()
    #expect(try site.ledger.scoreTenths(of: "ana@example.net") == 17)
    try site.publish(20, in: thread)
    try site.deliver()
    #expect(try site.ledger.scoreTenths(of: "ana@example.net") == 0)
  }

  @Test("B2, B3: one event for each delivery, whoever tells of it and however often")
  func oneEvent() throws {
    let (site, _) = try bounced(1, days: 0)
    let copy = try #require(site.relay.mails(to: "ana").last)
    for id in 2...5 { try site.receive(copy.report(status: "5.1.1", id: "again\(id)")) }
    #expect(try site.handle() == [.failure: 4])
    #expect(try site.ledger.failures(of: "ana@example.net").count == 1)
    #expect(try site.ledger.scoreTenths(of: "ana@example.net") == 20)
  }

  /// These people watch; each of their copies is taken and comes back, post after post.
  private func allBounced(
    _ names: [String], domains: [String], posts: Int, hours: Int64, status: String = "5.1.1", others: [String] = []
  ) throws -> TestSite {
    let site = try TestSite()
    let thread = try site.fixture.thread()
    for (index, name) in (names + others).enumerated() {
      let domain = index < names.count ? domains[index % domains.count] : "other.example"
      let key = try site.fixture.writer.addParticipant(
        name: name, address: "\(name)@\(domain)", isActive: true, isConfirmed: true, Preferences())
      try site.fixture.watch(thread: thread, by: [key])
    }
    for _ in 0..<posts {
      site.relay.clear()
      try site.publish(in: thread)
      try site.deliver()
      for copy in site.relay.accepted where names.contains(copy.name) {
        try site.receive(copy.report(status: status, id: "\(copy.delivery)"))
      }
      try site.handle()
      site.clock.advance(by: hours * 3600)
    }
    return site
  }

  private static let six = ["ana", "ben", "cai", "dina", "eli", "fay"]

  @Test(
    "S3, B3: a relay that takes all mail and sends it back stops nobody's, whatever it says",
    arguments: ["5.1.1", "5.4.4", "5.0.0", "4.4.7"])
  func everythingComesBack(status: String) throws {
    let site = try allBounced(
      FailureTests.six, domains: ["a.example", "b.example"], posts: 6, hours: 25, status: status)
    #expect(try site.ledger.suppressionCount() == 0)
    for name in FailureTests.six {
      #expect(
        try site.ledger.scoreTenths(of: "\(name)@a.example") + site.ledger.scoreTenths(of: "\(name)@b.example") == 0)
    }
  }

  @Test("S3: a provider that sends everybody's mail back is believed after three days; others have nothing of it")
  func everybodyOfADomain() throws {
    let two = try allBounced(["ana", "ben"], domains: ["a.example"], posts: 3, hours: 25, others: ["cai", "dina"])
    #expect(try two.ledger.suppressionCount() == 0)
    let longer = try allBounced(["ana", "ben"], domains: ["a.example"], posts: 6, hours: 25, others: ["cai", "dina"])
    #expect(try longer.ledger.suppressionCount() == 2)
  }

  @Test("S3, B4: who was stopped before it was seen that everybody's mail comes back is mailed again at once")
  func takenBack() throws {
    let site = try allBounced([], domains: [], posts: 0, hours: 0, others: ["cai"])
    let thread = try site.fixture.thread()
    for name in ["ana", "ben"] {
      let key = try site.fixture.writer.addParticipant(
        name: name, address: "\(name)@a.example", isActive: true, isConfirmed: true, Preferences())
      try site.fixture.watch(thread: thread, by: [key])
    }
    func comesBack(to name: String) throws {
      let copy = try #require(site.relay.mails(to: name).last)
      try site.receive(copy.report(status: "5.1.1", id: "\(copy.delivery)"))
      try site.handle()
    }
    try site.publish(in: thread)
    try site.deliver()
    try comesBack(to: "ana")
    #expect(try site.ledger.suppressionCount() == 0)
    site.clock.advance(by: 25 * 3600)
    try site.publish(in: thread)
    try site.deliver()
    try comesBack(to: "ana")
    #expect(try site.ledger.suppressionCount() == 1)
    try comesBack(to: "ben")
    #expect(try site.ledger.suppressionCount() == 0)
    #expect(try site.ledger.scoreTenths(of: "ana@a.example") < 40)
  }

  @Test("S3, E6: that mail comes back of so many is told, counted and with the answer, until it is over or believed")
  func returnsAreTold() throws {
    let site = try allBounced(FailureTests.six, domains: ["a.example", "b.example"], posts: 1, hours: 1)
    let trouble = try #require(try HandleStage(site.context, site.handling, keys: TestSite.keys).returnTroubles().first)
    #expect(trouble.what?.contains("Mail to 6 of 6 people came back within a day") == true)
    #expect(trouble.what?.contains("5.1.1") == true && trouble.what?.contains("ana@") == false)
    #expect(trouble.status == .workLeft && trouble.advice.contains("release returns"))
    try site.ledger.set(.returnsBelieved, site.clock.now.seconds)
    #expect(try HandleStage(site.context, site.handling, keys: TestSite.keys).returnTroubles().isEmpty)
    try site.ledger.set(.returnsBelieved, 0)
    site.clock.advance(by: 86_400)
    #expect(try HandleStage(site.context, site.handling, keys: TestSite.keys).returnTroubles().isEmpty)
  }

  @Test("B3: by the admin's word so many addresses are dead after all")
  func believed() throws {
    let site = try TestSite()
    try site.ledger.set(.returnsBelieved, site.clock.now.seconds)
    let thread = try site.thread(watchedBy: FailureTests.six)
    for _ in 0..<2 {
      site.relay.clear()
      try site.publish(in: thread)
      try site.deliver()
      for copy in site.relay.accepted { try site.receive(copy.report(status: "5.1.1", id: "\(copy.delivery)")) }
      try site.handle()
      site.clock.advance(by: 25 * 3600)
    }
    #expect(try site.ledger.suppressionCount() == 6)
  }

  @Test("B1: a report counts at the address alone that its delivery had signed")
  func unsigned() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    try site.publish(in: thread)
    try site.deliver()
    let copy = try #require(site.relay.mails(to: "ana").last)
    let report = copy.report(status: "5.1.1")
    let address = copy.bounceAddress(TestSite.keys)
    try site.receive(report.replacing(address, with: "bounces@forum.example.org"))
    try site.receive(report.replacing(address, with: "bounces+7\(address.dropFirst(9))").replacing("r1@", with: "r2@"))
    try site.receive(report.replacing(address, with: copy.field("Reply-To")).replacing("r1@", with: "r3@"))
    #expect(try site.handle() == [.report: 2, .badToken: 1])
    #expect(try site.ledger.failures(of: "ana@example.net").isEmpty)
  }

  @Test(
    "B2: that a message is late, or arrived, is held against nobody", arguments: ["delayed", "delivered", "relayed"])
  func harmless(_ action: String) throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    try site.publish(in: thread)
    try site.deliver()
    let copy = try #require(site.relay.mails(to: "ana").last)
    try site.receive(copy.report(status: action == "delayed" ? "4.4.1" : "2.0.0", action: action))
    #expect(try site.handle() == [.report: 1])
    #expect(try site.ledger.failures(of: "ana@example.net").isEmpty)
  }

  @Test("B2: a refusal in the dialogue counts like a report; the relay's own troubles and policies count for nobody")
  func dialogue() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben", "eva"])
    site.relay.answer { message, _ in
      switch message.envelope.recipient.localPart {
      case "ana": .refused("550 5.1.1 No such user")
      case "ben": .refused("550 5.7.1 Policy")
      default: .accepted
      }
    }
    try site.publish(in: thread)
    try site.deliver()
    #expect(try site.ledger.scoreTenths(of: "ana@example.net") == 20)
    #expect(try site.ledger.scoreTenths(of: "ben@example.net") == 0)
    #expect(try site.ledger.failures(of: "ben@example.net").map(\.severity) == [.policy])
    #expect(try site.ledger.scoreTenths(of: "eva@example.net") == 0)
  }

  @Test("B3: what was held against an address is forgotten 30 days after its last failure")
  func forgotten() throws {
    let (site, _) = try bounced(1, days: 31)
    let thread = try site.fixture.thread()
    try site.fixture.watch(thread: thread, by: ["1"])
    try site.publish(in: thread)
    try site.deliver()
    let copy = try #require(site.relay.mails(to: "ana").last)
    try site.receive(copy.report(status: "5.1.1", id: "later"))
    try site.handle()
    #expect(try site.ledger.scoreTenths(of: "ana@example.net") == 20)
    #expect(try site.ledger.suppression(of: "ana@example.net") == nil)
  }

  @Test("B4: a stopped address is tried after 7, 14 and 21 days; one whose probe is taken is mailed again")
  func probes() throws {
    let (site, thread) = try bounced(2)
    site.relay.clear()
    #expect(try site.probe().probed == 0)
    site.clock.advance(by: 7 * 86_400)
    #expect(try site.probe().probed == 1)
    try site.deliver()
    let probe = try #require(site.relay.accepted.first)
    // It comes back: the next try is a week later.
    try site.receive(probe.report(status: "5.1.1", id: "probe"))
    try site.handle()
    #expect(try site.probe() == ProbeStage.Report())
    site.clock.advance(by: 7 * 86_400)
    #expect(try site.probe().probed == 1)
    try site.deliver()
    site.clock.advance(by: 2 * 86_400)
    #expect(try site.probe().lifted == 0)
    site.clock.advance(by: 2 * 86_400)
    #expect(try site.probe().lifted == 1)
    #expect(try site.ledger.suppression(of: "ana@example.net") == nil)
    site.relay.clear()
    // Reports can be forged: whose mail was stopped hears of it with the first mail that goes out again.
    try site.deliver()
    #expect(site.relay.accepted.count == 1)
    #expect(site.relay.accepted[0].words.contains("No posts have been sent to you since"))
    site.relay.clear()
    try site.publish(in: thread)
    try site.deliver()
    #expect(site.relay.mails(to: "ana").contains { !$0.posts.isEmpty })
  }

  @Test("B4: copies that were queued before an address was stopped come as one digest when it is mailed again")
  func waited() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    site.relay.answer(.refused("450 4.2.1 Later"))
    let posts = try site.publish(3, in: thread)
    try site.deliver()
    site.relay.answer(.accepted)
    try site.ledger.suppress(
      "ana@example.net", .failures, person: 1, reason: "5.1.1", now: site.clock.now)
    site.clock.advance(by: 3600)
    try site.deliver()
    #expect(try site.states() == ["ana": .suppressed])
    let lifted = try #require(try site.ledger.lift("ANA@example.net", now: site.clock.now))
    #expect(lifted.posts == 3)
    site.relay.clear()
    site.clock.advance(by: 60)
    try site.dispatch()
    #expect(site.relay.accepted.map(\.isDigest) == [true])
    #expect(site.relay.accepted.first?.posts == posts)
    site.clock.advance(by: 7 * 86_400)
    try site.dispatch()
    #expect(site.relay.accepted.count == 1)
  }

  @Test("B4: a complaint stops everything at once, and no probe lifts it")
  func complaint() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    try site.publish(in: thread)
    try site.deliver()
    let copy = try #require(site.relay.mails(to: "ana").last)
    func complain(to: String, _ type: String = "abuse", id: String) throws {
      try site.receive(
        """
        From: feedback@isp.example
        To: \(to)
        Subject: Abuse report
        Message-ID: <\(id)@isp.example>
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=feedback-report; boundary="b"

        --b
        Content-Type: text/plain

        This is an email abuse report.
        --b
        Content-Type: message/feedback-report

        Feedback-Type: \(type)
        User-Agent: SomeISP/1.0
        Version: 1

        --b
        Content-Type: message/rfc822

        From: forum@forum.example.org
        To: redacted@isp.example
        Message-ID: \(copy.messageID)
        Subject: x

        text
        --b--

        """)
    }
    // Who has seen a Message-ID stops nobody's mail.
    try complain(to: "postmaster@forum.example.org", id: "c1")
    try complain(to: copy.field("Reply-To"), id: "c2")
    try complain(to: copy.bounceAddress(TestSite.keys), "not-spam", id: "c3")
    _ = try site.handle()
    try site.publish(in: thread)
    try site.deliver()
    #expect(site.relay.mails(to: "ana").count == 2)
    try complain(to: copy.bounceAddress(TestSite.keys), id: "c4")
    let members = site.context.members
    let ana = try #require(try members.forum.participants(named: "ana@example.net").first)
    try members.put(Watch(scope: .thread, mode: .digest), target: thread, of: ana)
    #expect(try site.handle() == [.complaint: 1])
    #expect(try members.preferences(of: ana, members.person(ana)).isStopped)
    site.relay.clear()
    try site.publish(in: thread)
    try site.deliver()
    #expect(site.relay.accepted.map(\.name) == ["ben"])
    // But for the link by which they alone have mail again.
    let person = try members.person(ana).id
    _ = try site.ledger.askToSignIn(person, address: "ana", now: site.clock.now) {
      Notice(.signIn(link: $0.rawValue), signingKey: 1).json
    }
    try site.ledger.queueNotices(
      [.init(person: person, topic: "x", body: Notice(.probe, signingKey: 1).json)], now: site.clock.now)
    site.relay.clear()
    try site.deliver()
    #expect(site.relay.accepted.map(\.name) == ["ana"])
    site.clock.advance(by: 30 * 86_400)
    #expect(try site.probe() == ProbeStage.Report())
  }
}
