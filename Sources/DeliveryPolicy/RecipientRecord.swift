import Time

/// What is known of somebody whose mail was refused for good, and of that mail (S3).
///
/// One answer that a mailbox is none may be the mistake of one machine of several, or of a list of users that cannot be
/// read: who had mail lately is asked for again for 17 hours before it counts. Who never had any is believed dead
/// at once, and after five hours where others were refused within the hour too.
public struct RecipientRecord: Hashable, Sendable {
  /// Seconds for which a mail that was taken speaks for its recipient.
  public static let memory: Int64 = 30 * 86_400
  /// As many people of a domain as make it a large one.
  public static let peersCounted = 5
  /// Seconds until the next try, after the first refusal for good and each later one, of who had mail lately. All of them
  /// together are less than a day: what is later than that comes in a digest, which would begin anew.
  private static let waits: [Int64] = [3600, 4 * 3600, longestWait]
  /// The longest of them.
  public static let longestWait: Int64 = 12 * 3600
  /// So many of them for everybody else, where others were refused too.
  private static let fewWaits = 2

  /// The last mail to this person before this one was taken, not longer than ``memory`` ago.
  public var isKnown: Bool
  /// How many people of this one's domain had mail lately.
  public var peers: Int
  /// How often this mail was refused for good before, since its retries last began anew.
  public var refusals: Int

  /// Nothing is known.
  public init(isKnown: Bool = false, peers: Int = RecipientRecord.peersCounted, refusals: Int = 0) {
    self.isKnown = isKnown
    self.peers = peers
    self.refusals = refusals
  }

  /// Seconds after which a refusal for good is tried once more; nil: it counts.
  /// - Parameter isOneOfMany: other people's mail was refused lately.
  public func wait(isOneOfMany: Bool) -> Int64? {
    let waits = isKnown ? Self.waits[...] : Self.waits.prefix(isOneOfMany || refusals > 0 ? Self.fewWaits : 0)
    return waits.indices.contains(refusals) ? waits[refusals] : nil
  }
}
