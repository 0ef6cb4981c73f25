import DeliveryPolicy
import Identifiers
import Ledger
import Mail
import Testing
import Time

@testable import Jobs

@Suite("What the ends of a group say of recipient domains")
struct DomainUpdateTests {
  private static let now = Timestamp(1_000_000)

  private static func refusal(_ delivery: DeliveryID, _ answer: String = "550 5.7.1", ago: Int64 = 0)
    -> DomainPolicy.Refusal
  {
    DomainPolicy.Refusal(delivery: delivery, answer: answer, at: now - ago)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// The domain's outcomes in this group, in their order; deliveries 1, 2, 3 …
    let outcomes: [Outcome]
    /// What was known before; nil as while the domain is to be held with the group already.
    var history: DomainHistory? = DomainHistory(refusals: [], isHeld: false)
    /// Deliveries that were given up.
    var expired: Set<DeliveryID> = []
    /// What is held; nil if nothing is.
    let held: [DeliveryID]?
  }

  private static let policy = Outcome.refusal("550 5.7.1 Not from you")
  private static let earlier = [refusal(11, ago: 9000), refusal(12, ago: 8000)]

  private static let cases = [
    Case(testDescription: "fewer than the threshold", outcomes: [policy, policy], held: nil),
    Case(testDescription: "the threshold within the group", outcomes: [policy, policy, policy], held: [1, 2, 3]),
    Case(
      testDescription: "the threshold with earlier runs' refusals", outcomes: [policy],
      history: DomainHistory(refusals: earlier, isHeld: false), held: [1, 11, 12]),
    Case(
      testDescription: "a mail was taken in between: what was before counts no more", outcomes: [.taken, policy],
      history: DomainHistory(refusals: earlier, isHeld: false), held: nil),
    Case(
      testDescription: "a mail was taken within the group", outcomes: [policy, policy, .taken, policy], held: nil),
    Case(
      testDescription: "refused by a domain that is held", outcomes: [policy],
      history: DomainHistory(refusals: [], isHeld: true), held: [1]),
    Case(
      testDescription: "the same delivery again counts once", outcomes: [policy],
      history: DomainHistory(refusals: [refusal(1, ago: 9000), refusal(12, ago: 8000)], isHeld: false), held: nil),
    Case(
      testDescription: "other words of policy are another matter",
      outcomes: [policy, policy, .refusal("550 5.7.0 Not today")], held: nil),
    Case(
      testDescription: "words that may be about the relay say nothing of a domain",
      outcomes: [policy, policy, .refusal("550 5.7.1 Unauthenticated mail")], held: nil),
    Case(
      testDescription: "what was given up is not held", outcomes: [policy, policy, policy], expired: [2], held: [1, 3]),
    Case(
      testDescription: "other failures say nothing of a domain",
      outcomes: [.refusal("550 5.1.1 No such user"), .lost(reason: "gone"), .unsent(reason: "gone"), policy],
      held: nil),
  ]

  @Test(
    "S3: a domain is held by what it refused since it last took a mail, this group's and earlier ones'",
    arguments: cases)
  private func held(_ one: Case) {
    var update = Ledger.DomainUpdate()
    for (index, outcome) in one.outcomes.enumerated() {
      let isRefusal = update.note(outcome, of: DeliveryID(Int64(index + 1)), by: "a.example", at: Self.now)
      #expect(isRefusal == (outcome.answer.contains("5.7.") && !outcome.isDenial))
    }
    update.judge("a.example", by: DomainPolicy(threshold: 3), one.history, now: Self.now) { !one.expired.contains($0) }
    #expect(update.holds.map(\.deliveries) == (one.held.map { [$0] } ?? []))
    #expect(update.holds.allSatisfy { $0.domain == "a.example" && $0.reason == "a.example: 550 5.7.1" })
    // Refusals of a domain that is held need not be remembered; others are, with how long.
    #expect(update.refused.isEmpty == (one.held != nil))
    #expect(update.forgotten == Self.now - 30 * 86_400)
    #expect(update.took == (one.outcomes.contains(.taken) ? ["a.example"] : []))
  }

  @Test("S3: what a domain refuses after it was found to be held is held with the same group")
  func later() {
    var update = Ledger.DomainUpdate(
      holds: [Ledger.DomainHold(domain: "a.example", reason: "", deliveries: [1])])
    _ = update.note(Self.policy, of: 2, by: "a.example", at: Self.now)
    _ = update.note(Self.policy, of: 3, by: "b.example", at: Self.now)
    update.judge("a.example", by: DomainPolicy(threshold: 3), nil, now: Self.now) { _ in true }
    #expect(update.holds.map(\.deliveries) == [[1, 2]])
    #expect(update.refused.map(\.domain) == ["b.example"])
  }

  @Test("S3: a domain whose history is not known yet is not held")
  func unknown() {
    var update = Ledger.DomainUpdate()
    for id in 1...5 as ClosedRange<Int64> {
      _ = update.note(Self.policy, of: DeliveryID(id), by: "a.example", at: Self.now)
    }
    update.judge("b.example", by: DomainPolicy(threshold: 1), DomainHistory(refusals: [], isHeld: false), now: Self.now)
    {
      _ in true
    }
    #expect(update.holds.isEmpty && update.refused.count == 5)
  }
}
