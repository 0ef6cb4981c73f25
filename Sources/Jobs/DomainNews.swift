import Delivery
import Ledger
import Mail

/// What the ends of a group say of recipient domains, and what follows from it (rule S3).
extension Ledger.DomainNews {
  /// - Returns: whether the domain refused by policy.
  mutating func record(_ outcome: Outcome, of delivery: Int64, by domain: String, at now: Timestamp) -> Bool {
    if case .accepted = outcome {
      took.insert(domain)
      refused.removeAll { $0.domain == domain }
    } else if let refusal = DomainPolicy.Refusal(outcome, of: delivery, at: now) {
      refused.append(Ledger.DomainRefusal(domain: domain, delivery: delivery, answer: refusal.answer, at: now))
      return true
    }
    return false
  }

  /// Finds out whether a domain that refused is to be held, by what every run and process saw of it; what is refused by one
  /// that is held already is held too.
  /// - Parameter mayBeHeld: false for a delivery that was given up.
  mutating func judge(
    _ domain: String, by policy: DomainPolicy, _ ledger: Ledger, now: Timestamp, mayBeHeld: (Int64) -> Bool
  ) throws {
    forgotten = now - DomainPolicy.memory
    var news = refused.filter { $0.domain == domain }
    if let index = holds.firstIndex(where: { $0.domain == domain }) {
      holds[index].deliveries += news.map(\.delivery).filter(mayBeHeld)
    } else {
      if !took.contains(domain) { news = try ledger.refusals(by: domain, since: forgotten) + news }
      let latest = Dictionary(news.map { ($0.delivery, $0) }, uniquingKeysWith: { $1 })
      let refusals = latest.values.sorted { $0.delivery < $1.delivery }.map {
        DomainPolicy.Refusal(delivery: $0.delivery, answer: $0.answer, at: $0.at)
      }
      let isHeld = try ledger.holds().contains { $0.kind == .domain && $0.name == domain }
      guard let why = isHeld ? refusals : policy.reason(toHold: refusals), let first = why.first else { return }
      holds.append(
        Ledger.DomainHold(
          domain: domain, reason: "\(domain): \(first.answer)", deliveries: why.map(\.delivery).filter(mayBeHeld)))
    }
    // Those of a domain that is held are accounted for.
    refused.removeAll { $0.domain == domain }
  }
}
