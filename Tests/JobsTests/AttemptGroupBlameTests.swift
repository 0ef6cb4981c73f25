import DeliveryPolicy
import Identifiers
import Ledger
import Mail
import TestSupport
import Testing
import Time

@testable import Jobs

@Suite("Whom an attempt's refusal is told of")
struct AttemptGroupBlameTests {
  private static let now = Timestamp(1_000_000)

  @Test("S3: refusals in a row are given back, earlier runs' too, count nobody as failed and end the run")
  func row() {
    let denied = Outcome.refusal("554 Transaction failed")
    var earlier = GroupRun()
    for (id, domain) in [(1, "a.example"), (2, "b.example")] as [(Int64, String)] {
      earlier.end(Delivery(DeliveryID(id), person: id), denied, domain: domain)
    }
    earlier.commit()
    #expect(earlier.group.report.counts == ["failed": 1, "deferred": 1])
    var run = GroupRun(health: earlier.group.health)
    for (id, domain) in [(3, "c.example"), (4, "a.example")] as [(Int64, String)] {
      run.end(Delivery(DeliveryID(id), person: id), denied, domain: domain)
    }
    #expect(!run.group.isTurnedAway && run.group.report.counts == ["deferred": 2])
    run.end(Delivery(5, person: 5), denied, domain: "b.example")
    #expect(run.group.isTurnedAway)
    #expect(run.group.health.breaker.pausedUntil == Self.now + 60)
    let commit = run.commit().commit
    #expect(commit.ended.map(\.state) == [.deferred, .deferred, .deferred])
    #expect(commit.givenBack == Ledger.Wait([1, 2, 3, 4, 5], until: Self.now + 300))
    #expect(commit.domains.refused.isEmpty && commit.domains.holds.isEmpty)
    // Two of them are in the earlier run's report as failed; here all five wait.
    #expect(run.group.report.counts == ["deferred": 5])
    #expect(run.group.report.trouble?.hasPrefix("The relay refused 5 messages to 3 domains in a row") == true)
  }

  @Test("S3: who had mail lately is asked for again before a refusal counts, and others where they are not alone")
  func askedAgain() {
    for (refusals, state, due) in [
      (0, .deferred, 3600), (1, .deferred, 14_400), (2, .deferred, 43_200), (3, .failed, nil),
    ] as [(Int, DeliveryState, Int64?)] {
      var run = GroupRun()
      run.lastTaken = [1]
      run.refusedBefore = [1: refusals]
      run.end(Delivery(1, attempts: refusals, firstAttemptAt: Self.now - 900), .refusal("550 5.1.1 Who"))
      run.end(Delivery(2, person: 2), .refusal("550 5.1.1 Who"))
      let ends = run.commit().commit.ended
      #expect(ends.map(\.state) == [state, .deferred] && ends[1].due == Self.now + 3600)
      #expect(ends.allSatisfy { $0.outcome == .permanent && !$0.stopsClock })
      #expect(ends[0].due == due.map { Self.now + $0 })
      #expect(run.group.report.refused == (refusals == 0 ? 2 : 1))
    }
  }

  @Test("S3: words that are never about a recipient fail nobody at once, known or not")
  func denials() {
    for text in [
      "554 5.7.1 Relay access denied", "550 relay not permitted", "553 that domain isn't in my list of rcpthosts",
      "554 5.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.org", "550 5.7.1 You have exceeded your quota",
      "554 Message rejected: Email address is not verified", "550 5.7.1 Account suspended",
      "550 5.4.5 Daily user sending limit exceeded", "550 5.7.1 Authentication required",
    ] {
      for stage in [SMTPStage.rcpt, .dot] where !(stage == .dot && text.contains("5.4.5")) {
        var run = GroupRun()
        run.end(Delivery(1), .refusal(text, at: stage))
        #expect(run.commit().commit.ended.map(\.state) == [.deferred], "\(text)")
      }
    }
    for text in [
      "550 5.2.1 Account suspended", "552 quota exceeded", "550 Mailbox over quota exceeded", "554 5.6.0 no",
    ] {
      #expect(!Outcome.refusal(text).isDenial, "\(text)")
    }
  }

  @Test("S3: a relay that refuses much of what it is given fails nobody who waits for it, and goes on being asked")
  func inPart() {
    var run = GroupRun()
    run.lastTaken = [1, 2]
    var ends: [AttemptEnd] = []
    for id in 1...40 as ClosedRange<Int64> {
      let isGood = id % 2 == 0
      run.end(
        Delivery(DeliveryID(id), person: id), isGood ? .taken : .refusal("550 no"), domain: "\(id % 3).example")
    }
    let commit = run.commit().commit
    ends = commit.ended
    #expect(!run.group.isTurnedAway && run.group.report.counts == ["sent": 20, "deferred": 20])
    // Four had been refused before it showed, and wait for it.
    #expect(commit.givenBack?.deliveries == [1, 3, 5, 7] && ends.allSatisfy { $0.state != .failed })
    #expect(run.group.report.lastInPart?.answer == "rcpt: 550 no" && run.group.report.lastInPart?.domain == nil)
  }

  @Test("S3: one post that is refused after its content holds itself alone, with the domains that were held for it")
  func onePost() {
    var run = GroupRun { $0.domainHold = 2 }
    let rejected = Outcome.refusal("554 5.7.1 Content rejected", at: .dot)
    for id in [1, 2] as [Int64] { run.end(Delivery(DeliveryID(id), person: id, post: 4), rejected) }
    run.commit()
    #expect(run.group.report.counts == ["held": 2] && run.group.report.heldDomains == ["a.example"])
    run.end(Delivery(8, person: 8, post: 5), .taken, domain: "b.example")
    run.end(Delivery(3, person: 3, post: 4), rejected, domain: "b.example")
    #expect(run.group.holdsSomething)
    let (commit, told, hasHeld) = run.commit()
    #expect(hasHeld && commit.domains.liftedSince == Self.now && told.map(\.state) == [.sent, .held])
    #expect(
      commit.domains.pauses == [
        Ledger.PauseOrder(
          .post(4), reason: "dot: 554 5.7.1 content rejected", isSure: true, deliveries: [1, 2, 3])
      ])
    #expect(run.group.report.counts == ["held": 3, "sent": 1] && run.group.report.heldDomains.isEmpty)
  }

  @Test("S3: a domain that refuses those whom it knew is left alone, with what it refused; nobody of it has failed")
  func aloneDomain() {
    var run = GroupRun()
    run.lastTaken = Set((1...9).map { PersonID($0) })
    run.end(Delivery(9, person: 9), .taken, domain: "b.example")
    for id in 1...5 as ClosedRange<Int64> { run.end(Delivery(DeliveryID(id), person: id), .refusal("550 5.1.1 Who")) }
    let commit = run.commit().commit
    #expect(commit.domains.pauses.map(\.subject) == [.domain("a.example")])
    #expect(commit.domains.pauses.map(\.deliveries) == [[1, 2, 3, 4, 5]])
    #expect(run.group.report.counts == ["sent": 1, "held": 5] && run.group.report.trouble == nil)
  }

  @Test("S3: a relay that knows nobody any more, or has no room, fails nobody whose last mail it took")
  func everybodyUnknown() {
    for text in ["550 5.1.1 No such user", "552 5.3.4 No space", "552 No space", "552 5.2.2 Full"] {
      for stage in [SMTPStage.mail, .rcpt] where stage == .rcpt || !text.hasPrefix("550") {
        var run = GroupRun()
        run.lastTaken = Set((1...5).map { PersonID($0) })
        for id in 1...5 as ClosedRange<Int64> {
          #expect(!run.group.isTurnedAway)
          run.end(
            Delivery(DeliveryID(id), person: id), .refusal(text, at: stage),
            domain: "\(["a", "b", "c"][Int(id) % 3]).example")
        }
        let (commit, told, _) = run.commit()
        #expect(run.group.isTurnedAway && told.allSatisfy { $0.state == .deferred }, "\(text) at \(stage)")
        #expect(commit.givenBack?.deliveries == [1, 2, 3, 4, 5])
        #expect(run.group.report.counts == ["deferred": 5])
      }
    }
  }

  @Test("S3: a domain that was held for what turns out to be the relay's words is given back")
  func heldThenTurnedAway() {
    var run = GroupRun { $0.domainHold = 2 }
    let denied = Outcome.refusal("554 5.7.1 Not from you")
    for id in [1, 2] as [Int64] { run.end(Delivery(DeliveryID(id), person: id), denied) }
    run.commit()
    #expect(run.group.report.counts == ["held": 2])
    for (id, domain) in [(3, "b.example"), (4, "c.example"), (5, "d.example")] as [(Int64, String)] {
      run.end(Delivery(DeliveryID(id), person: id), denied, domain: domain)
    }
    #expect(run.commit().commit.domains.liftedSince == Self.now)
    #expect(run.group.isTurnedAway && run.group.report.counts == ["deferred": 5])
    #expect(run.group.report.heldDomains.isEmpty)
  }
}
