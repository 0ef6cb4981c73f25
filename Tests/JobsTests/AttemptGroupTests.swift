import DeliveryPolicy
import Identifiers
import Ledger
import Mail
import TestSupport
import Testing
import Time

@testable import Jobs

@Suite("The attempts between two commits")
struct AttemptGroupTests {
  private static let now = Timestamp(1_000_000)
  private static let fiveDays: Int64 = 5 * 86_400

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let outcome: Outcome
    var attempts = 0
    var doubts = 0
    /// Seconds since the first attempt; nil if this is the first.
    var age: Int64?
    var policy = UncertainPolicy.resend
    /// Whether the relay took another message in this run.
    var tookOthers = false
    /// What is told of it; nil if nothing is.
    let state: DeliveryState?
    /// The attempt's row; nil if it is not counted.
    var row: AttemptEnd.Outcome?
    var scope: Verdict.Scope?
    /// Seconds from now.
    var due: Int64?
    var hold: HoldReason?
    /// What the report counts, but for what the relay took before.
    let counts: [String: Int]
  }

  private static let denied = Outcome.refusal("530 5.7.0 Log in first", at: .mail)

  private static let cases = [
    Case(testDescription: "taken", outcome: .taken, state: .sent, row: .accepted, counts: ["sent": 1]),
    Case(
      testDescription: "put off at the first attempt", outcome: .refusal("450 4.7.1 Greylisted"), state: .deferred,
      row: .transient, scope: .recipient, due: 300, counts: ["deferred": 1]),
    Case(
      testDescription: "put off at the second attempt", outcome: .refusal("450 4.7.1 Greylisted"), attempts: 1,
      age: 300, state: .deferred, row: .transient, scope: .recipient, due: 900, counts: ["deferred": 1]),
    Case(
      testDescription: "put off at the ninth attempt", outcome: .refusal("450 4.7.1 Greylisted"), attempts: 8,
      age: 90_000, state: .deferred, row: .transient, scope: .recipient, due: 7200, counts: ["deferred": 1]),
    Case(
      testDescription: "put off a minute before its end", outcome: .refusal("450 4.2.1 Full"), attempts: 8,
      age: fiveDays - 60, state: .deferred, row: .transient, scope: .recipient, due: 60, counts: ["deferred": 1]),
    Case(
      testDescription: "put off at its end", outcome: .refusal("450 4.2.1 Full"), attempts: 8, age: fiveDays,
      state: .expired, row: .transient, scope: .recipient, counts: ["expired": 1]),
    Case(
      testDescription: "refused for good", outcome: .refusal("550 5.1.1 No such user"), state: .failed,
      row: .permanent, scope: .recipient, counts: ["failed": 1]),
    Case(
      testDescription: "refused by policy", outcome: .refusal("550 5.7.1 Not from you", at: .dot), state: .failed,
      row: .permanent, scope: .domain, counts: ["failed": 1]),
    Case(
      testDescription: "more than the relay offers", outcome: .notOffered(.smtpUTF8), state: .deferred, row: .transient,
      scope: .message, due: 300, counts: ["deferred": 1]),
    Case(
      testDescription: "more than a relay offers that has taken nothing since", outcome: .notOffered(.smtpUTF8),
      attempts: 8, age: 86_400, state: .deferred, row: .transient, scope: .message, due: 7200, counts: ["deferred": 1]),
    Case(
      testDescription: "more than the relay offers for a day", outcome: .notOffered(.smtpUTF8), attempts: 8,
      age: 86_400, tookOthers: true, state: .failed, row: .permanent, scope: .message, counts: ["failed": 1]),
    Case(
      testDescription: "a full mailbox", outcome: .refusal("552 5.2.2 Full"), state: .deferred, row: .transient,
      scope: .recipient, due: 300, counts: ["deferred": 1]),
    Case(
      testDescription: "a mailbox that is full for two days", outcome: .refusal("552 5.2.2 Full", at: .dot),
      attempts: 8,
      age: 2 * 86_400, state: .expired, row: .transient, scope: .recipient, counts: ["expired": 1]),
    Case(
      testDescription: "refused for its sender, after five days", outcome: .refusal("550 5.7.60 Not as this sender"),
      attempts: 8, age: fiveDays, tookOthers: true, state: .deferred, row: .transient, scope: .sender, due: 7200,
      counts: ["deferred": 1]),
    Case(
      testDescription: "lost in its content", outcome: .lost(reason: "gone"), state: .deferred, row: .lost,
      scope: .message, due: 300, counts: ["deferred": 1]),
    Case(
      testDescription: "lost in its content at its end", outcome: .lost(reason: "gone"), attempts: 8, age: fiveDays,
      state: .expired, row: .lost, scope: .message, counts: ["expired": 1]),
    Case(
      testDescription: "of unknown fate", outcome: .uncertain(reason: "gone"), state: .uncertain, row: .uncertain,
      scope: .message, due: 300, counts: ["uncertain": 1]),
    Case(
      testDescription: "of unknown fate for the third time", outcome: .uncertain(reason: "gone"), attempts: 2,
      doubts: 2, age: 1200, state: .uncertain, row: .uncertain, scope: .message, due: 1800, counts: ["uncertain": 1]),
    Case(
      testDescription: "of unknown fate for the fourth time", outcome: .uncertain(reason: "gone"), attempts: 3,
      doubts: 3, age: 3000, state: .held, row: .uncertain, scope: .message, hold: .uncertain, counts: ["held": 1]),
    Case(
      testDescription: "of unknown fate where such are held", outcome: .uncertain(reason: "gone"), policy: .hold,
      state: .held, row: .uncertain, scope: .message, hold: .uncertain, counts: ["held": 1]),
    Case(
      testDescription: "of unknown fate after five days", outcome: .uncertain(reason: "gone"), attempts: 8,
      age: fiveDays, state: .uncertain, row: .uncertain, scope: .message, due: 7200, counts: ["uncertain": 1]),
    Case(testDescription: "unsent", outcome: .unsent(reason: "chained"), state: nil, counts: ["unsent": 1]),
    Case(
      testDescription: "unsent, others were taken", outcome: .unsent(reason: "chained"), tookOthers: true, state: nil,
      counts: ["unsent": 1]),
    Case(
      testDescription: "refused by the relay", outcome: denied, state: .deferred, row: .transient, scope: .relay,
      due: 300, counts: ["deferred": 1]),
    Case(
      testDescription: "refused by the relay after five days", outcome: denied, attempts: 8, age: fiveDays,
      state: .deferred, row: .transient, scope: .relay, due: 7200, counts: ["deferred": 1]),
    Case(
      testDescription: "421 alone, at its end", outcome: .refusal("421 4.3.2 Closing"), attempts: 8, age: fiveDays,
      state: .expired, row: .transient, scope: .relay, counts: ["expired": 1]),
    Case(
      testDescription: "alone refused for its parameters, at its end", outcome: .refusal("501 5.5.4 Syntax", at: .mail),
      attempts: 8, age: fiveDays, state: .expired, row: .transient, scope: .relay, counts: ["expired": 1]),
    Case(
      testDescription: "refused by the relay, others were taken", outcome: denied, tookOthers: true, state: .deferred,
      row: .transient, scope: .relay, due: 300, counts: ["deferred": 1]),
    Case(
      testDescription: "refused by the relay at its end, others were taken", outcome: denied, attempts: 8,
      age: fiveDays, tookOthers: true, state: .expired, row: .transient, scope: .relay, counts: ["expired": 1]),
    Case(
      testDescription: "421", outcome: .refusal("421 4.3.2 Closing"), tookOthers: true, state: .deferred,
      row: .transient, scope: .relay, due: 300, counts: ["deferred": 1]),
  ]

  @Test(
    "E2: under a doubted clock nothing is given up for its age: no full mailbox, no missing extension",
    arguments: [
      Outcome.refusal("552 5.2.2 Full"), .notOffered(.smtpUTF8), .refusal("450 4.2.1 Later"), .lost(reason: "reset"),
    ])
  func doubted(_ outcome: Outcome) {
    for (givesUp, states) in [(false, [DeliveryState.deferred]), (true, [.expired, .failed])] {
      var run = GroupRun { $0.givesUp = givesUp }
      run.end(Delivery(1, attempts: 8, firstAttemptAt: Self.now - 30 * 86_400), outcome)
      let told = run.commit().told
      #expect(told.count == 1 && told.allSatisfy { states.contains($0.state) }, "\(givesUp): \(told.map(\.state))")
    }
  }

  @Test("S2, S4, S5: each outcome leads to one state, one moment, one row and one count", arguments: cases)
  private func outcomes(_ one: Case) throws {
    var run = GroupRun { $0.uncertain = one.policy }
    if one.tookOthers {
      run.end(Delivery(9), .taken)
      run.commit()
    }
    let before = run.group.report.counts
    let delivery = Delivery(
      1, attempts: one.attempts, uncertain: one.doubts, firstAttemptAt: one.age.map { Self.now - $0 })
    run.end(delivery, one.outcome)
    let (commit, all, _) = run.commit()
    #expect(all.map(\.state) == [one.state].compactMap { $0 })
    #expect(all.allSatisfy { $0.end.number == one.attempts + 1 && $0.end.answer == one.outcome.answer })
    #expect(run.group.report.counts.subtracting(before) == one.counts)
    guard let row = one.row else {
      #expect(commit.ended.isEmpty && commit.unsent == [1])
      return
    }
    let end = try #require(commit.ended.first)
    #expect(commit.ended.count == 1 && commit.unsent.isEmpty)
    let isOurs = one.scope == .sender || one.scope == .relay && one.state == .deferred && !one.tookOthers
    #expect(end.stopsClock == isOurs)
    #expect((end.outcome, end.scope, end.state, end.hold) == (row, one.scope, all[0].state, one.hold))
    #expect(end.due == one.due.map { Self.now + $0 })
    #expect((end.delivery, end.address, end.beganAt) == (1, "p1@a.example", Self.now - 10) && end.endedAt == Self.now)
  }

  @Test("S3: what the relay refused waits for the end of the group: one that is taken meanwhile makes it count")
  func takenAfterwards() {
    var run = GroupRun()
    run.end(Delivery(1), Self.denied)
    run.end(Delivery(2), .taken)
    let (commit, told, _) = run.commit()
    #expect(
      told.map(\.state) == [.sent, .deferred] && commit.ended.map(\.delivery) == [2, 1] && commit.unsent.isEmpty)
    #expect(run.group.report.lastRelayRefusal == "mail: 530 5.7.0 log in first")
  }

  @Test(
    "E7: a relay that has taken no mail yet fails nobody but for 5.1.x at RCPT, however long, and holds no domain",
    arguments: [
      Outcome.refusal("530 5.7.0 Log in first"), .refusal("550 5.7.1 No"), .refusal("550 no such user"),
      .refusal("554 5.6.0 Bad", at: .dot), .refusal("550 5.1.1 Who", at: .dot), .notOffered(.smtpUTF8),
      .refusal("450 4.7.1 Greylisted"), .lost(reason: "gone"), .refusal("550 5.1.8 Bad sender"),
    ])
  func unproven(_ outcome: Outcome) {
    var run = GroupRun(health: RelayHealth()) { $0.domainHold = 1 }
    run.end(Delivery(1, attempts: 8, firstAttemptAt: Self.now - 2 * Self.fiveDays), outcome)
    run.end(Delivery(2), .refusal("550 5.1.1 No such user"))
    let commit = run.commit().commit
    let ends = commit.ended.sorted { $0.delivery < $1.delivery }
    #expect(ends.map(\.state) == [.deferred, .failed] && ends.map(\.stopsClock) == [true, false])
    #expect(ends[0].scope == .relay && commit.domains.isEmpty)
    #expect(run.group.report.counts == ["failed": 1, "deferred": 1])
  }

  @Test("S4: the time in which the relay let nothing be tried is not of a message's five days")
  func outage() {
    var health = RelayHealth.proven
    health.trip(at: Self.now - 6 * 86_400)
    for (recovered, state) in [(Int64(60), DeliveryState.deferred), (5 * 86_400, .expired)] {
      var health = health
      _ = health.learn(.taken, of: Delivery(9), to: address("p@b.example"), at: Self.now - recovered)
      var run = GroupRun(health: health)
      run.end(Delivery(1, attempts: 2, firstAttemptAt: Self.now - 6 * 86_400 - 60), .refusal("450 4.7.1 Later"))
      #expect(run.commit().commit.ended.map(\.state) == [state])
    }
  }

  @Test("S5: what was begun and not sent is given back with the group, and is in no count")
  func givenUp() {
    var run = GroupRun()
    run.group.giveUp([3, 4])
    #expect(!run.group.isEmpty)
    #expect(run.commit().commit.unsent == [3, 4] && run.group.isEmpty)
    #expect(run.group.report.counts.isEmpty)
  }

  @Test("S3: one of a streak that was given up stays so, and is counted once")
  func streakWithExpired() {
    var run = GroupRun()
    for (id, domain) in [(1, "a"), (2, "b"), (3, "c"), (4, "a"), (5, "b")] as [(Int64, String)] {
      // 5xx with the code of a 4xx is unknown, so it is tried again, as long as it may be.
      let old = Delivery(
        DeliveryID(id), person: id, attempts: 8, firstAttemptAt: Self.now - (id == 2 ? Self.fiveDays : 900))
      run.end(old, .refusal("550 4.7.1 Relay access denied"), domain: "\(domain).example")
    }
    let commit = run.commit().commit
    #expect(run.group.isTurnedAway && commit.givenBack?.deliveries == [1, 2, 3, 4, 5])
    #expect(commit.ended.map(\.state) == [.deferred, .expired, .deferred, .deferred, .deferred])
    #expect(run.group.report.counts == ["deferred": 4, "expired": 1])
  }

  @Test("S3: a domain held in the group is nobody's failure: its deliveries are held, not failed; others are as before")
  func domainHeld() {
    var run = GroupRun { $0.domainHold = 2 }
    let policy = Outcome.refusal("550 5.7.1 Not from you")
    run.end(Delivery(1), policy)
    #expect(!run.group.holdsSomething && run.group.report.counts == ["failed": 1])
    run.end(Delivery(2), policy)
    run.end(Delivery(3), .refusal("550 5.1.1 No such user"))
    #expect(run.group.holdsSomething && !run.group.asksHistory(of: "a.example"))
    run.end(Delivery(4), policy)
    let (commit, _, hasHeld) = run.commit()
    #expect(hasHeld && !run.group.holdsSomething)
    #expect(commit.domains.holds.map(\.deliveries) == [[1, 2, 4]] && commit.domains.refused.isEmpty)
    #expect(commit.ended.map(\.state) == [.failed, .failed, .failed, .failed])
    #expect(run.group.report.counts == ["failed": 1, "held": 3])
    #expect(run.group.report.heldDomains == ["a.example"])
  }

  @Test("S5: a commit that failed is made anew: the same ends, nothing lost and nothing doubled")
  func failedCommit() {
    var run = GroupRun { $0.domainHold = 1 }
    run.end(Delivery(1), .refusal("450 4.7.1 Greylisted"))
    run.end(Delivery(2), Self.denied)
    run.end(Delivery(3), .unsent(reason: "chained"))
    run.end(Delivery(4), .refusal("550 5.7.1 Not from you"))
    run.group.giveUp([5])
    let (first, told) = run.group.close(at: Self.now, random: 0)
    #expect(told.map(\.end.delivery) == [1, 4, 2] && told.map(\.state) == [.deferred, .held, .deferred])
    let counts = run.group.report.counts
    let (second, again) = run.group.close(at: Self.now, random: 0)
    #expect(again.map(\.end.delivery) == [1, 4, 2] && run.group.report.counts == counts)
    #expect(second.ended == first.ended && second.unsent == first.unsent)
    #expect(second.domains == first.domains && second.domains.holds.count == 1 && second.unsent.sorted() == [3, 5])
    // What ends before it succeeds goes with it.
    run.end(Delivery(6), .taken)
    #expect(run.commit().commit.ended.map(\.delivery) == [1, 4, 2, 6])
    let last = run.commit().commit
    #expect(last.ended.isEmpty && last.unsent.isEmpty && last.domains.isEmpty)
  }
}
