import DeliveryPolicy
import Identifiers
import Ledger
import Time

/// What every run and process saw of a domain that refused by policy.
struct DomainHistory: Sendable {
  /// Its refusals since it last took a mail, before those of this group.
  var refusals: [DomainPolicy.Refusal]
  /// Its mail is held already.
  var isHeld: Bool
}

/// What the ends of a group say of recipient domains, and what follows from it (rule S3).
extension Ledger.DomainUpdate {
  /// - Parameter domain: in its canonical form.
  /// - Returns: whether the domain refused by policy.
  mutating func note(
    _ outcome: Outcome, of delivery: DeliveryID, person: PersonID? = nil, by domain: String, at now: Timestamp
  ) -> Bool {
    if case .accepted = outcome {
      took.insert(domain)
      refused.removeAll { $0.domain == domain }
    } else if let refusal = DomainPolicy.Refusal(outcome, of: delivery, at: now, person: person) {
      refused.append(Ledger.DomainRefusal(domain: domain, refusal))
      return true
    }
    return false
  }

  /// Finds out whether a domain that refused is to be held; what is refused by one that is held already is held too.
  /// - Parameters:
  ///   - history: nil where the domain is to be held with this group.
  ///   - mayBeHeld: false for a delivery that was given up.
  mutating func judge(
    _ domain: String, by policy: DomainPolicy, _ history: DomainHistory?, now: Timestamp,
    mayBeHeld: (DeliveryID) -> Bool
  ) {
    forgotten = now - DomainPolicy.memory
    let fresh = refused.filter { $0.domain == domain }.map(\.refusal)
    if let index = holds.firstIndex(where: { $0.domain == domain }) {
      holds[index].deliveries += fresh.map(\.delivery).filter(mayBeHeld)
    } else if let history {
      let known = (took.contains(domain) ? [] : history.refusals) + fresh
      let latest = Dictionary(known.map { ($0.delivery, $0) }, uniquingKeysWith: { $1 })
      let refusals = latest.values.sorted { $0.delivery < $1.delivery }
      guard let why = history.isHeld ? refusals : policy.reason(toHold: refusals), let first = why.first else {
        return
      }
      holds.append(
        Ledger.DomainHold(
          domain: domain, reason: "\(domain): \(first.answer)", deliveries: why.map(\.delivery).filter(mayBeHeld)))
    }
    // Those of a domain that is held are accounted for.
    refused.removeAll { $0.domain == domain }
  }
}
