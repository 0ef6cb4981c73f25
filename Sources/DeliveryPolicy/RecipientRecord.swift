/// What is known of somebody whose mail was refused for good, and of that mail (S3).
///
/// One answer that a mailbox is none may be the mistake of one machine of several: who had mail lately is asked for
/// again after an hour and after four more before it counts. Who never had any is believed dead at once.
public struct RecipientRecord: Hashable, Sendable {
  /// Seconds for which a mail that was taken speaks for its recipient.
  public static let memory: Int64 = 30 * 86_400
  /// Seconds until the next try, after the first refusal for good and each later one.
  private static let waits: [Int64] = [3600, 4 * 3600]

  /// The last mail to this person before this one was taken, not longer than ``memory`` ago.
  public var isKnown: Bool
  /// How often this mail was refused for good before, since its retries last began anew.
  public var refusals: Int

  /// Nothing is known.
  public init(isKnown: Bool = false, refusals: Int = 0) {
    self.isKnown = isKnown
    self.refusals = refusals
  }

  /// Seconds after which a refusal for good is tried once more; nil: it counts.
  public var wait: Int64? { isKnown && refusals < Self.waits.count ? Self.waits[max(refusals, 0)] : nil }
}
