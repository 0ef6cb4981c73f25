import Identifiers
import Mail

/// Tells a relay that puts off whatever it is given, and takes nothing, from one that greylists (S3, E5).
///
/// Counted are 4xx in a row at second or later tries, whatever the run, with nothing taken in between: a first try may be
/// greylisted, and a full mailbox is its owner's. ``length`` tries of ``people`` deliveries to two domains, or of as many
/// deliveries, are to be told: nothing else would say so before they expire.
public struct DeferralStreak: Hashable, Sendable, Codable {
  /// Tries that make a streak.
  public static let length = 5
  /// Deliveries that they must be of.
  public static let people = 3
  /// Deliveries that are remembered, the newest.
  private static let kept = 500

  /// What was put off, without repetition; at most 500.
  public private(set) var deliveries: [DeliveryID] = []
  /// How the last was.
  public private(set) var answer = ""
  /// Up to ``length``.
  private var tries = 0
  /// Two at most.
  private var domains: Set<String> = []

  /// Nothing was put off.
  public init() {}

  /// The domain that all of it was for; nil: there were several.
  public var domain: String? { domains.count == 1 ? domains.first : nil }

  /// It is to be told.
  public var isComplete: Bool {
    tries >= Self.length && deliveries.count >= (domains.count > 1 ? Self.people : Self.length)
  }

  /// Counts one outcome; ignores those that say nothing of it.
  /// - Parameter isRetry: it was tried before, since its retries last began anew.
  public mutating func count(_ outcome: Outcome, of delivery: DeliveryID, isRetry: Bool, to recipient: Address) {
    if case .accepted = outcome { self = DeferralStreak() }
    guard isRetry, case .refused(let reply, _) = outcome, reply.code / 100 == 4, patience(for: outcome) == nil,
      let verdict = classify(outcome), verdict.scope != .sender, verdict.scope != .relay, let gist = outcome.gist
    else { return }
    answer = gist
    tries = min(tries + 1, Self.length)
    if domains.count < 2 { domains.insert(recipient.canonicalDomain) }
    if !deliveries.contains(delivery) { deliveries = deliveries.suffix(Self.kept - 1) + [delivery] }
  }
}
