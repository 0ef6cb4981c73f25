import Identifiers
import Time

/// Tells a domain that has turned us away from a person who cannot be reached (S3).
///
/// Looks at the policy refusals (5.7.x or 4.7.x) that a recipient domain gave since it last took a mail, whatever the
/// run. ``threshold`` equal ones hold it; so do a few if there were no others and they took more than a day: a domain
/// with few readers never comes to many at once. Every delivery that led there is held with it.
public struct DomainPolicy: Sendable {
  /// One delivery that a domain refused.
  public struct Refusal: Hashable, Sendable {
    /// What was refused; a delivery that was refused twice counts once.
    public let delivery: DeliveryID
    /// What makes two refusals equal: reply code and enhanced code.
    public let answer: String
    /// When the answer came.
    public let at: Timestamp

    /// A refusal that was written down before.
    public init(delivery: DeliveryID, answer: String, at: Timestamp) {
      self.delivery = delivery
      self.answer = answer
      self.at = at
    }

    /// - Returns: nil if the outcome is no policy refusal.
    public init?(_ outcome: Outcome, of delivery: DeliveryID, at: Timestamp) {
      guard case .refused(let reply, _) = outcome, classify(outcome)?.scope == .domain, let enhanced = reply.enhanced
      else { return nil }
      self.init(delivery: delivery, answer: "\(reply.code) \(enhanced)", at: at)
    }
  }

  /// Seconds for which a refusal counts.
  public static let memory: Int64 = 30 * 86_400
  /// Refusals that hold a domain where all were equal, over more than a day.
  private static let few = 3

  /// Equal refusals that hold a domain; at least 1.
  public let threshold: Int

  /// - Parameter threshold: less than 1 counts as 1.
  public init(threshold: Int = 10) { self.threshold = max(threshold, 1) }

  /// What to hold a domain for: the equal refusals that led there.
  /// - Parameter refusals: those that one domain gave since it last took a mail.
  /// - Returns: nil as long as each counts for itself.
  public func reason(toHold refusals: [Refusal]) -> [Refusal]? {
    let alike = Dictionary(grouping: refusals, by: \.answer).values.max { $0.count < $1.count } ?? []
    if alike.count >= threshold { return alike }
    let moments = alike.map(\.at)
    guard alike.count == refusals.count, alike.count >= Self.few, let first = moments.min(), let last = moments.max(),
      last - first > 86_400
    else { return nil }
    return alike
  }
}
