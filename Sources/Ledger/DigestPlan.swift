import Forum
import Identifiers
import Time

/// Why a digest is written.
public enum DigestCause: String, Sendable, CaseIterable {
  /// At its reader's usual time.
  case regular
  /// Instant copies that were overdue (rule C5), or posts that were shown again.
  case catchUp = "catch-up"
  /// Before a discussion closes (rule D3).
  case lastCall = "last-call"
  /// The last one of somebody who left digest mode (rule F5).
  case leaving
}

/// A digest as it is to be written: which post is in which part.
public struct DigestPlan: Hashable, Sendable {
  public var person: PersonID
  public var kind: DigestCause
  /// The local date that it uses up; nil where it is not a regular one.
  public var date: CivilDate?
  /// Each part's posts, in order.
  public var parts: [[JournalPosition]]
  /// Open posts that the person is no longer to have, with the reason.
  public var skipped: [JournalPosition: SkipReason]
  /// Every open post that was looked at, those that are out of the person's sight for now included.
  public var considered: [JournalPosition]
  /// The slot for posts that another run has added in the meantime.
  public var next: DigestSlot

  public init(
    person: PersonID, kind: DigestCause, date: CivilDate?, parts: [[JournalPosition]] = [],
    skipped: [JournalPosition: SkipReason] = [:], considered: [JournalPosition], next: DigestSlot
  ) {
    self.person = person
    self.kind = kind
    self.date = date
    self.parts = parts
    self.skipped = skipped
    self.considered = considered
    self.next = next
  }
}

/// A written digest.
public struct Digest: Hashable, Sendable {
  public let id: DigestID
  public let kind: DigestCause
  /// The number of the key that signs its parts' Message-IDs.
  public let signingKey: UInt8
  /// In all parts together, when it was written.
  public let posts: Int
  public let writtenAt: Timestamp
}
