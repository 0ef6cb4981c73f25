import Mail

/// Tells a domain that has turned us away from a person who cannot be reached (S3).
///
/// Counts equal policy refusals (same reply code and same 5.7.x or 4.7.x) per recipient domain within one run. From
/// `threshold` on the domain is to be held, and every delivery that led there with it. An accepted message for the
/// domain forgets what was counted: the refusals were not about the domain as a whole.
public struct DomainPolicy: Sendable {
  /// What makes two refusals equal.
  public struct Refusal: Hashable, Sendable, CustomStringConvertible {
    public let domain: String
    public let code: Int
    public let enhanced: EnhancedStatusCode

    public var description: String { "\(domain): \(code) \(enhanced)" }
  }

  /// A domain to hold.
  public struct Hold: Hashable, Sendable {
    public let refusal: Refusal
    /// The deliveries to hold that no earlier hold has named: all that triggered it, later one at a time.
    public let deliveries: [Int64]
  }

  /// Equal refusals that make a hold; at least 1.
  public let threshold: Int
  private var counted: [String: [Refusal: [Int64]]] = [:]
  private var held: [String: Refusal] = [:]

  public init(threshold: Int = 10) { self.threshold = max(threshold, 1) }

  /// True if nothing more should go to the domain in this run.
  public func isHeld(_ domain: String) -> Bool { held[domain] != nil }

  /// Counts one outcome; ignores all that are no policy refusal.
  /// - Returns: what to hold now, if anything.
  public mutating func record(_ outcome: Outcome, of delivery: Int64, to recipient: Address) -> Hold? {
    let domain = recipient.domain
    if case .accepted = outcome {
      counted[domain] = nil
      return nil
    }
    guard case .refused(let reply, _) = outcome, classify(outcome)?.scope == .domain, let enhanced = reply.enhanced
    else { return nil }
    let refusal = Refusal(domain: domain, code: reply.code, enhanced: enhanced)
    if held[domain] == refusal { return Hold(refusal: refusal, deliveries: [delivery]) }
    counted[domain, default: [:]][refusal, default: []].append(delivery)
    guard let deliveries = counted[domain]?[refusal], deliveries.count >= threshold else { return nil }
    counted[domain]?[refusal] = nil
    held[domain] = refusal
    return Hold(refusal: refusal, deliveries: deliveries)
  }
}
