import Identifiers
import Time

/// A reply that came by mail and is to be posted (rule I5).
public struct MailedReply: Hashable, Sendable {
  /// Where it stands. The raw value stands in the ledger.
  public enum State: String, Sendable, CaseIterable {
    /// Is to be posted.
    case waiting
    /// The forum was asked to take it; what it answered is not recorded.
    case trying
    /// Waits for somebody's word.
    case parked
    /// Stands in the forum.
    case posted
    /// The forum does not take it.
    case refused
    /// Thrown away by the admin.
    case discarded
  }

  /// Why it waits for a word. The raw value stands in the ledger.
  public enum Parking: String, Sendable, CaseIterable {
    /// It came from another address than the person's: they are asked.
    case otherSender = "other-sender"
    /// More than five posts by mail within ten minutes (rule I9).
    case tooMany = "too-many"
    /// More than eight in one thread within an hour (rule I9).
    case tooManyInThread = "too-many-in-thread"
    /// The person's answers come within a minute again and again, at even intervals or without a night, or have the same
    /// words but for numbers: a machine writes them (rule I9).
    case loop
    /// The person sent the same text before (rule I9).
    case repeated
    /// Another post may be it: a run ended between the forum's answer and ours.
    case inDoubt = "in-doubt"
    /// The forum's program says to have posted it, and the forum's queries show something else.
    case unlike
  }

  /// The key by which the forum knows it again; no two replies have one.
  public var mailKey: String
  /// Who wrote it.
  public var person: PersonID
  /// The post that it answers.
  public var post: JournalPosition
  /// The thread that the post stood in when the reply was read.
  public var threadKey: String
  /// What is posted.
  public var body: String
  /// What was trimmed; for moderators.
  public var elided: String
  /// The same for two replies of equal text.
  public var bodyHash: String
  /// What becomes of the files that came with it, as whoever posts it notes that; empty where there are none.
  public var notes: String
  /// The message's own `Message-ID` in angle brackets and its `Subject`, for answers to it; hostile.
  public var messageID: String?
  /// See `messageID`.
  public var subject: String
  /// When the message reached the forum's mailbox (rule I7).
  public var arrivedAt: Timestamp
  /// Why it waits; nil: it does not.
  public var parking: Parking?

  /// A reply as it was read.
  public init(
    mailKey: String, person: PersonID, post: JournalPosition, threadKey: String, body: String, elided: String,
    bodyHash: String, notes: String = "", messageID: String?, subject: String, arrivedAt: Timestamp,
    parking: Parking? = nil
  ) {
    self.mailKey = mailKey
    self.person = person
    self.post = post
    self.threadKey = threadKey
    self.body = body
    self.elided = elided
    self.bodyHash = bodyHash
    self.notes = notes
    self.messageID = messageID
    self.subject = subject
    self.arrivedAt = arrivedAt
    self.parking = parking
  }
}
