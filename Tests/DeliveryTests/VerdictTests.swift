import Mail
import Testing

@testable import Delivery

@Suite("What an answer means")
struct VerdictTests {
  /// stage, reply, permanence, scope
  private static let table: [(Stage, String, Verdict.Permanence, Verdict.Scope)] = [
    // 421 and troubles of login are the relay's, wherever they come.
    (.mail, "421 4.3.2 closing", .transient, .relay), (.rcpt, "421", .transient, .relay),
    (.data, "421", .transient, .relay), (.dot, "421 4.7.0 slow down", .transient, .relay),
    (.mail, "530 5.7.0 Authentication required", .transient, .relay), (.rcpt, "530 5.7.0 log in", .transient, .relay),
    (.mail, "454 4.7.0 TLS not available", .transient, .relay), (.rcpt, "454 4.7.1 relay denied", .transient, .relay),
    (.mail, "538 5.7.11 encrypt", .transient, .relay), (.data, "535 5.7.8 no", .transient, .relay),
    // MAIL: the sender is ours, so a refusal is about us, save size and content.
    (.mail, "452 4.3.1 full", .transient, .relay), (.mail, "452 full", .transient, .relay),
    (.mail, "451 4.3.0 trouble", .transient, .relay), (.mail, "452 4.3.4 too large now", .transient, .relay),
    (.mail, "451 4.7.1 later", .transient, .relay), (.mail, "450 later", .transient, .message),
    (.mail, "552 5.3.4 too large", .permanent, .message), (.mail, "552 too large", .permanent, .message),
    (.mail, "554 5.3.4 too large", .permanent, .message), (.mail, "550 5.6.7 no SMTPUTF8", .permanent, .message),
    (.mail, "553 5.1.7 bad sender", .transient, .relay), (.mail, "550 5.7.1 blocked", .transient, .relay),
    (.mail, "550 no", .transient, .relay), (.mail, "503 5.5.1 twice", .transient, .relay),
    (.mail, "521 5.3.2 no mail here", .transient, .relay),
    // RCPT: greylisting is waited out, people are told from policy, commands from people.
    (.rcpt, "450 4.7.1 greylisted", .transient, .recipient), (.rcpt, "451 4.7.1 greylisted", .transient, .recipient),
    (.rcpt, "452 4.2.2 full", .transient, .recipient), (.rcpt, "452 too many", .transient, .recipient),
    (.rcpt, "451 4.3.0 lookup failed", .transient, .relay), (.rcpt, "451 4.3.4 large", .transient, .recipient),
    (.rcpt, "550 5.1.1 unknown", .permanent, .recipient), (.rcpt, "550 no such user", .permanent, .recipient),
    (.rcpt, "551 not here", .permanent, .recipient), (.rcpt, "553 bad name", .permanent, .recipient),
    (.rcpt, "554 no", .permanent, .recipient), (.rcpt, "550 5.2.1 disabled", .permanent, .recipient),
    (.rcpt, "552 5.2.2 full", .permanent, .recipient), (.rcpt, "556 5.1.10 null MX", .permanent, .recipient),
    (.rcpt, "550 5.4.1 rejected", .permanent, .recipient), (.rcpt, "550 5.0.0 no", .permanent, .recipient),
    (.rcpt, "501 5.1.3 bad syntax", .permanent, .recipient),
    (.rcpt, "552 too many", .transient, .recipient), (.rcpt, "552 5.5.3 too many", .transient, .recipient),
    (.rcpt, "550 5.7.1 policy", .permanent, .domain), (.rcpt, "554 5.7.1 blocked", .permanent, .domain),
    (.rcpt, "550 5.7.27 sender null MX", .permanent, .domain),
    (.rcpt, "552 5.3.4 too large", .permanent, .message), (.rcpt, "550 5.6.7 no SMTPUTF8", .permanent, .message),
    (.rcpt, "502 what", .transient, .relay), (.rcpt, "521 5.3.2 no mail here", .transient, .relay),
    (.rcpt, "503 5.5.1 log in first", .transient, .recipient), (.rcpt, "500 what", .transient, .recipient),
    (.rcpt, "555 parameters", .transient, .recipient), (.rcpt, "501 5.5.4 syntax", .permanent, .recipient),
    (.rcpt, "504 5.5.2 need fully-qualified address", .permanent, .recipient),
    // DATA and the final dot: content first, but late news of people and of storage is taken for what it is.
    (.dot, "550 5.7.1 DMARC", .permanent, .domain), (.dot, "451 4.7.1 later", .transient, .domain),
    (.data, "554 5.7.1 no", .permanent, .domain),
    (.dot, "554 spam", .permanent, .message), (.dot, "552 too large", .permanent, .message),
    (.dot, "552 5.3.4 too large", .permanent, .message), (.dot, "550 5.6.0 malformed", .permanent, .message),
    (.dot, "552 5.2.3 too large for the mailbox", .permanent, .message), (.dot, "554 5.3.0 no", .permanent, .message),
    (.dot, "503 what", .permanent, .message), (.data, "503 5.5.1 what", .transient, .relay),
    (.data, "554 no", .permanent, .message),
    (.dot, "550 5.1.1 unknown", .permanent, .recipient), (.dot, "552 5.2.2 full", .permanent, .recipient),
    (.dot, "452 4.2.2 full", .transient, .recipient),
    (.dot, "452 4.3.1 full", .transient, .relay), (.dot, "452 full", .transient, .relay),
    (.dot, "451 4.3.0 queue file", .transient, .relay), (.data, "451 4.3.0 trouble", .transient, .relay),
    (.dot, "451 4.3.4 too large now", .transient, .message), (.dot, "451 trouble", .transient, .message),
    (.dot, "450 4.6.0 content", .transient, .message), (.data, "451 trouble", .transient, .message),
    // The unknown and the contradictory are transient.
    (.rcpt, "550 4.2.1 later", .transient, .recipient), (.dot, "554 4.7.1 what", .transient, .domain),
    (.dot, "354 what", .transient, .message), (.mail, "299 what", .transient, .message),
    (.rcpt, "599 what", .permanent, .recipient), (.rcpt, "499 what", .transient, .recipient),
  ]

  @Test("S2, S3: every answer is classed transient or permanent, with a scope; unknown is transient")
  func classification() {
    for (stage, text, permanence, scope) in Self.table {
      let reply = Reply(code: Int(text.prefix(3)) ?? 0, lines: [String(text.dropFirst(4))])
      #expect(classify(.refused(reply, at: stage)) == Verdict(permanence, scope), "\(text) at \(stage)")
    }
  }

  @Test("S3: whatever the answer, trouble of the relay is transient: it never fails a message")
  func relayIsTransient() {
    for stage in Stage.allCases {
      for code in 400...599 {
        for subject in 0...7 {
          let reply = Reply(code: code, lines: ["\(code / 100).\(subject).1 x"])
          let verdict = classify(.refused(reply, at: stage))
          #expect(verdict?.scope != .relay || verdict?.permanence == .transient)
          #expect(verdict?.permanence != .permanent || code >= 500)
        }
      }
    }
  }

  @Test("S5: an accepted message has no verdict; lost and uncertain are transient, unsent is the relay's")
  func others() {
    #expect(classify(.accepted(Reply(code: 250, lines: ["Ok"]))) == nil)
    #expect(classify(.lost(reason: "x")) == Verdict(.transient, .message))
    #expect(classify(.uncertain(reason: "x")) == Verdict(.transient, .message))
    #expect(classify(.unsent(reason: "x")) == Verdict(.transient, .relay))
  }
}

@Suite("Relay policy")
struct PolicyTests {
  @Test("S4: waits are 5, 15, 30, 60 min, then 2 to 4 h, and jitter only adds")
  func waits() {
    let schedule = RetrySchedule()
    #expect((1...6).map { schedule.wait(after: $0, random: 0) } == [300, 900, 1_800, 3_600, 7_200, 7_200])
    #expect((1...6).map { schedule.wait(after: $0, random: 0.5) } == [330, 990, 1_980, 3_960, 10_800, 10_800])
    #expect(schedule.wait(after: 1_000_000, random: 0.999_999) <= 14_400)
    #expect(schedule.wait(after: 0, random: -3) == 300)
  }

  @Test("S4: a span is honoured in every step, and the last step is repeated")
  func spans() {
    let schedule = RetrySchedule(steps: [60...3_660, 600...600, 7_200...10_800])
    #expect([0, 0.5, 1].map { schedule.wait(after: 1, random: $0) } == [60, 1_860, 3_660])
    #expect([0, 0.5, 1].map { schedule.wait(after: 2, random: $0) } == [600, 660, 720])
    #expect([3, 4, 99].map { schedule.wait(after: $0, random: 0.5) } == [9_000, 9_000, 9_000])
  }

  @Test("S4: gives up 5 days after the first attempt, with a last try at the very end")
  func givingUp() throws {
    let schedule = RetrySchedule()
    let first = Timestamp(1_000_000)
    var now = first
    var attempt = 1
    while let due = schedule.due(after: attempt, firstAttempt: first, now: now, random: 0.5) {
      #expect(due > now && due <= first + 432_000)
      (now, attempt) = (due, attempt + 1)
    }
    #expect(now == first + 432_000)
    #expect((40...60).contains(attempt))
    #expect(schedule.due(after: 1, firstAttempt: first, now: first + 999_999, random: 0) == nil)
  }

  @Test("S3: the breaker opens after several failures in a row, and each further trip pauses longer")
  func breaker() {
    var breaker = Breaker()
    for second in 0..<4 { breaker.failed(at: Timestamp(Int64(second))) }
    #expect(breaker.mayAsk(at: Timestamp(4)))
    breaker.failed(at: Timestamp(4))
    #expect(!breaker.mayAsk(at: Timestamp(63)) && breaker.mayAsk(at: Timestamp(64)))
    breaker.failed(at: Timestamp(64))
    #expect(breaker.pausedUntil == Timestamp(364) && breaker.trips == 2)
    breaker.failed(at: Timestamp(100))
    #expect(breaker.pausedUntil == Timestamp(364), "within a pause nothing changes")
    for _ in 0..<9 { breaker.trip(at: breaker.pausedUntil ?? Timestamp(0)) }
    #expect(breaker.trips == 11)
    let last = breaker.pausedUntil ?? Timestamp(0)
    breaker.trip(at: last)
    #expect(breaker.pausedUntil == last + 1_800)
    breaker.answered()
    #expect(breaker == Breaker())
  }

  @Test("S5: several uncertain in a row pause the relay; an answer in between starts the count anew")
  func uncertain() {
    var breaker = Breaker(policy: .init(uncertainToTrip: 3))
    breaker.becameUncertain(at: Timestamp(0))
    breaker.becameUncertain(at: Timestamp(0))
    breaker.answered()
    breaker.becameUncertain(at: Timestamp(0))
    breaker.becameUncertain(at: Timestamp(0))
    #expect(breaker.mayAsk(at: Timestamp(0)))
    breaker.becameUncertain(at: Timestamp(0))
    #expect(!breaker.mayAsk(at: Timestamp(59)))
  }

  private func refused(_ text: String) -> Outcome {
    .refused(Reply(code: Int(text.prefix(3)) ?? 0, lines: [String(text.dropFirst(4))]), at: .rcpt)
  }

  private func refusal(_ text: String, of delivery: Int64, hours: Int64 = 0) -> DomainPolicy.Refusal? {
    DomainPolicy.Refusal(refused(text), of: delivery, at: Timestamp(hours * 3600))
  }

  @Test("S3: many equal policy refusals hold the domain, with the deliveries that triggered it, not with others")
  func domainHold() {
    let policy = DomainPolicy(threshold: 3)
    #expect(refusal("550 5.1.1 unknown", of: 4) == nil && refusal("451 4.7.1 greylisted", of: 4) == nil)
    let all = [
      refusal("550 5.7.1 no", of: 1), refusal("550 5.7.1 no, other words", of: 2), refusal("550 5.7.26 other", of: 3),
      refusal("550 5.7.1 no", of: 6),
    ].compactMap { $0 }
    #expect(all.count == 4)
    #expect(policy.reason(toHold: Array(all.prefix(3))) == nil)
    #expect(policy.reason(toHold: all)?.map(\.delivery) == [1, 2, 6])
  }

  @Test("S3: a domain with few readers is held when it refused all alike for more than a day")
  func fewReaders() {
    let policy = DomainPolicy(threshold: 10)
    func reason(_ hours: Int64..., last: String = "550 5.7.1 no") -> [Int64]? {
      var all = hours.enumerated().compactMap { refusal("550 5.7.1 no", of: Int64($0), hours: $1) }
      all[all.count - 1] = refusal(last, of: Int64(all.count - 1), hours: hours.last ?? 0) ?? all[0]
      return policy.reason(toHold: all)?.map(\.delivery)
    }
    #expect(reason(0, 5, 25) == [0, 1, 2])
    #expect(reason(0, 25) == nil && reason(0, 5, 24) == nil)
    #expect(reason(0, 5, 25, last: "550 5.7.26 no") == nil)
  }

  @Test("S6: the token bucket keeps its rate, with a burst of a tenth of a second at most")
  func tokens() {
    var bucket = TokenBucket(perSecond: 100, now: 0)
    var taken = 0
    for millisecond in Int64(0)..<10_000 { while bucket.take(at: millisecond * 1_000_000) { taken += 1 } }
    #expect((990...1_001).contains(taken))
    var idle = TokenBucket(perSecond: 100, now: 0)
    var burst = 0
    while idle.take(at: 60_000_000_000) { burst += 1 }
    #expect(burst == 10)
    var slow = TokenBucket(perSecond: 0.5, now: 0)
    #expect(slow.take(at: 0) && !slow.take(at: 1_999_999_999) && slow.take(at: 2_000_000_000))
    #expect(slow.wait(at: 2_000_000_000) == 2_000_000_000)
  }
}
