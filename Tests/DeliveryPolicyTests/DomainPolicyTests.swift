import DeliveryPolicy
import Identifiers
import Mail
import Testing
import Time

/// A domain that turned us away, told from people who cannot be reached (rule S3).
@Suite struct DomainPolicyTests {
  private func refused(_ text: String) -> Outcome {
    .refused(Reply(code: Int(text.prefix(3)) ?? 0, lines: [String(text.dropFirst(4))]), at: .rcpt)
  }

  private func refusal(_ text: String, of delivery: DeliveryID, hours: Int64 = 0) -> DomainPolicy.Refusal? {
    DomainPolicy.Refusal(refused(text), of: delivery, at: Timestamp(hours * 3600))
  }

  @Test("S3: many equal policy refusals hold the domain, with the deliveries that triggered it, not with others")
  func domainHold() {
    let policy = DomainPolicy(threshold: 3)
    #expect(refusal("550 5.1.1 unknown", of: 4) == nil && refusal("451 4.7.1 greylisted", of: 4) == nil)
    let all = [
      refusal("550 5.7.1 no", of: 1), refusal("550 5.7.1 no, other words", of: 2), refusal("550 5.7.0 other", of: 3),
      refusal("550 5.7.1 no", of: 6),
    ].compactMap { $0 }
    #expect(all.count == 4)
    #expect(policy.reason(toHold: Array(all.prefix(3))) == nil)
    #expect(policy.reason(toHold: all)?.map(\.delivery) == [1, 2, 6])
  }

  @Test("S3: refusals without an enhanced code, in the same words, hold the domain where they were of many people")
  func uncoded() {
    let policy = DomainPolicy(threshold: 3)
    func reason(_ people: [PersonID]) -> [DomainPolicy.Refusal]? {
      policy.reason(
        toHold: people.enumerated().compactMap {
          DomainPolicy.Refusal(
            refused("554 <p\($1)@a.example>: Blocked"), of: DeliveryID(Int64($0)), at: Timestamp(Int64($0) * 90_000),
            person: $1)
        })
    }
    #expect(reason([1, 2, 3])?.count == 3)
    #expect(reason([1, 1, 1, 2, 2, 2]) == nil, "a few dead addresses are no domain")
    #expect(refusal("552 too large", of: 1) == nil && refusal("550 5.1.1 unknown", of: 1) == nil)
  }

  @Test("S3: a domain with few readers is held when it refused all alike for more than a day")
  func fewReaders() {
    let policy = DomainPolicy(threshold: 10)
    func reason(_ hours: Int64..., last: String = "550 5.7.1 no") -> [DeliveryID]? {
      var all = hours.enumerated().compactMap { refusal("550 5.7.1 no", of: DeliveryID(Int64($0)), hours: $1) }
      all[all.count - 1] = refusal(last, of: DeliveryID(Int64(all.count - 1)), hours: hours.last ?? 0) ?? all[0]
      return policy.reason(toHold: all)?.map(\.delivery)
    }
    #expect(reason(0, 5, 25) == [0, 1, 2])
    #expect(reason(0, 25) == nil && reason(0, 5, 24) == nil)
    #expect(reason(0, 5, 25, last: "550 5.7.0 no") == nil)
  }
}
