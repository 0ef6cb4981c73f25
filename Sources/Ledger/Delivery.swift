import Identifiers
import SQL
import Time

/// One message to one recipient, with the right to work on it.
public struct Delivery: Hashable, Sendable {
  /// What the message carries.
  public enum Content: Hashable, Sendable {
    /// A copy of a post.
    case post(JournalPosition)
    /// Part `part` of `parts` of a digest, from 1.
    case digestPart(digest: DigestID, part: Int, parts: Int)
    /// What a person is told besides posts.
    case notice(NoticeID)
  }
  /// Its number, never used twice; it stands in the reverse-path (rule B1).
  public let id: DeliveryID
  /// The recipient.
  public let person: PersonID
  /// What the message carries.
  public let content: Content
  /// 0 for the first sending of a post to a person; each sending anew is one more.
  public let generation: Int
  /// Attempts made so far.
  public var attempts: Int
  /// Those of them that were made before its retries last began anew: they make no wait longer.
  public let attemptsBefore: Int
  /// How often its fate was unknown.
  public let uncertain: Int
  /// When its time began: the first counted attempt since it was queued, released, or last kept waiting by the relay's
  /// or the sender's fault; nil before it.
  public let firstAttemptAt: Timestamp?

  /// What `init(_ row:)` reads, in its order.
  static let columns =
    "id, person, post, digest, part, parts, generation, attempts, uncertain, first_attempt_at, attempts_before, notice"

  init(_ row: any Row) {
    id = row.id(0)
    person = row.id(1)
    if let post: JournalPosition = row.optionalID(2) {
      content = .post(post)
    } else if let notice: NoticeID = row.optionalID(11) {
      content = .notice(notice)
    } else {
      content = .digestPart(digest: row.id(3), part: Int(row.integer(4)), parts: Int(row.integer(5)))
    }
    generation = Int(row.integer(6))
    attempts = Int(row.integer(7))
    uncertain = Int(row.integer(8))
    firstAttemptAt = row.optionalMoment(9)
    attemptsBefore = Int(row.integer(10))
  }
}
