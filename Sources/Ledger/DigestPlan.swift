import Forum
import Identifiers
import Time

/// A digest as it is to be written: which post is in which part.
public struct DigestPlan: Hashable, Sendable {
  /// Its reader.
  public var person: PersonID
  /// Why it is written.
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

  /// - Parameter parts: none where all its posts are out of sight: the slot is used up all the same.
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
