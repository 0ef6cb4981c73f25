import Identifiers
import Time

/// Tells a domain that has turned us away from a person who cannot be reached (S3).
///
/// Looks at the policy refusals (5.7.x or 4.7.x) that a recipient domain gave since it last took a mail, whatever the
/// run. ``threshold`` equal ones hold it; so do a few if there were no others and they took more than a day: a domain
/// with few readers never comes to many at once. Refusals for good without an enhanced code count alike where they were
/// in the same words and of ``threshold`` people. Every delivery that led there is held with it.
public struct DomainPolicy: Sendable {
  /// One delivery that a domain refused.
  public struct Refusal: Hashable, Sendable {
    /// What was refused; a delivery that was refused twice counts once.
    public let delivery: DeliveryID
    /// What makes two refusals equal: reply code and enhanced code; without one, stage, code and words.
    public let answer: String
    /// Who was refused; nil where an older program wrote it down.
    public let person: PersonID?
    /// When the answer came.
    public let at: Timestamp

    /// A refusal that was written down before.
    public init(delivery: DeliveryID, answer: String, at: Timestamp, person: PersonID? = nil) {
      self.delivery = delivery
      self.person = person
      self.answer = answer
      self.at = at
    }

    /// - Returns: nil if the outcome is no policy refusal, nor one for good that does not say what it is about.
    public init?(_ outcome: Outcome, of delivery: DeliveryID, at: Timestamp, person: PersonID? = nil) {
      guard case .refused(let reply, _) = outcome, let verdict = classify(outcome) else { return nil }
      // In words that are never about a recipient it may be the relay's fault, and is tried again by itself.
      if outcome.isDenial { return nil }
      if verdict.scope == .domain, let enhanced = reply.enhanced {
        self.init(delivery: delivery, answer: "\(reply.code) \(enhanced)", at: at, person: person)
      } else if verdict.permanence == .permanent, reply.enhanced == nil, [550, 553, 554].contains(reply.code),
        let gist = outcome.gist
      {
        self.init(delivery: delivery, answer: gist, at: at, person: person)
      } else {
        return nil
      }
    }

    /// It had no enhanced code: whether it was about one person only others tell.
    var isUncoded: Bool { answer.contains(":") }
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
    // One reader's dead address may be refused often, in the same words: only many people tell of a domain.
    if alike.contains(where: \.isUncoded) {
      return Set(alike.compactMap(\.person)).count >= threshold ? alike : nil
    }
    if alike.count >= threshold { return alike }
    let moments = alike.map(\.at)
    guard alike.count == refusals.count, alike.count >= Self.few, let first = moments.min(), let last = moments.max(),
      last - first > 86_400
    else { return nil }
    return alike
  }
}
