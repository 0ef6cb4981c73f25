import Delivery
import Ledger
import Mail

/// What the ends of a group say of recipient domains, and what follows from it (rule S3).
extension Ledger.DomainNews {
  mutating func record(_ outcome: Outcome, of delivery: Int64, by domain: String, at now: Timestamp) {
    if case .accepted = outcome {
      took.insert(domain)
      refused.removeAll { $0.domain == domain }
    } else if let refusal = DomainPolicy.Refusal(outcome, of: delivery, at: now) {
      refused.append(Ledger.DomainRefusal(domain: domain, delivery: delivery, answer: refusal.answer, at: now))
    }
  }

  /// Finds the domains that are to be held, by what every run and process saw of them; what is refused by one that is held
  /// already is held too.
  /// - Parameter mayBeHeld: false for a delivery that was given up.
  mutating func judge(
    by policy: DomainPolicy, _ ledger: Ledger, now: Timestamp, mayBeHeld: (Int64) -> Bool
  ) throws {
    if refused.isEmpty { return }
    forgotten = now - DomainPolicy.memory
    let domains = Set(refused.map(\.domain))
    let held = Set(try ledger.holds().filter { $0.kind == .domain }.map(\.name))
    let earlier = try ledger.refusals(byDomains: domains.subtracting(took), since: forgotten)
    let all = Dictionary(grouping: earlier + refused, by: \.domain)
    for domain in domains.sorted() {
      let latest = Dictionary((all[domain] ?? []).map { ($0.delivery, $0) }, uniquingKeysWith: { $1 })
      let refusals = latest.values.sorted { $0.delivery < $1.delivery }.map {
        DomainPolicy.Refusal(delivery: $0.delivery, answer: $0.answer, at: $0.at)
      }
      guard let why = held.contains(domain) ? refusals : policy.reason(toHold: refusals), let first = why.first else {
        continue
      }
      holds.append(
        Ledger.DomainHold(
          domain: domain, reason: "\(domain): \(first.answer)", deliveries: why.map(\.delivery).filter(mayBeHeld)))
    }
    // Those of a domain that is held are accounted for.
    let holding = Set(holds.map(\.domain))
    refused.removeAll { holding.contains($0.domain) }
  }
}
