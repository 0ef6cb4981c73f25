import Forum
import Time

/// What a mail carries, with everything that it says of itself.
public enum MailContent: Sendable {
  /// One person's copy of a post, because of this watch; of none where an admin sends it again all the same (rule A1).
  case instant(PostCopy, WatchScope?)
  /// Several posts, or as many of them as one mail can hold.
  case digestPart(DigestPart)
  /// What Watchpost itself has to tell a person.
  case notice(Notice)
}

/// One part of a digest, with those of its posts that may still be shown.
public struct DigestPart: Sendable {
  /// In the order in which they are to stand; at least one.
  public var copies: [PostCopy]
  /// What the watch of each is on, in the order of `copies`; nil for one that an admin sends again all the same.
  public var watches: [WatchScope?]
  /// What its subject and its footer say of why it came.
  public var kind: DigestKind
  /// 1...parts.
  public var part: Int
  /// How many parts the digest has, 1 or more.
  public var parts: Int
  /// The posts in all parts when they were written; of a digest of one part only those that are left count.
  public var total: Int
  /// The number of the key that signs the part's Message-ID, recorded with the digest.
  public var signingKey: UInt8

  /// - Parameters:
  ///   - watches: one for each copy.
  ///   - total: nil for a digest that has all its posts in this part.
  public init(
    copies: [PostCopy], watches: [WatchScope?], kind: DigestKind, part: Int = 1, parts: Int = 1, total: Int? = nil,
    signingKey: UInt8
  ) {
    self.copies = copies
    self.watches = watches
    self.kind = kind
    self.part = part
    self.parts = parts
    self.total = total ?? copies.count
    self.signingKey = signingKey
  }
}

/// Why a digest is sent.
public enum DigestKind: Hashable, Sendable {
  /// At its usual time.
  case regular(DigestPeriod)
  /// Instant copies that are overdue (rule C5).
  case catchUp
  /// Before a discussion closes (rule D3), with its title and the moment.
  case lastCall(discussion: String, closesAt: Timestamp)
  /// What was pending for somebody who has posts come otherwise now, all of them or those of one watch (rule F5).
  case leaving
}
