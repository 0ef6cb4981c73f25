import Time

/// Something that lasts until it is mended or heals by itself (rule E5): told when it begins, when it grows and when it
/// ends, while its exit status lasts as long as it does. What happens once, such as a run that died, is a warning of its
/// step instead.
public struct Trouble: Hashable, Codable, Sendable {
  /// What it is about. Of one topic and name there is one trouble.
  public enum Topic: String, Codable, Sendable, CaseIterable {
    /// A run could not begin; the name is the job's.
    case start
    /// A step could not go on; the name is the step's.
    case step
    /// The ledger was restored from a backup (rule E3).
    case restoredLedger
    /// The forum was restored from a backup (rule E3).
    case restoredForum
    /// More new posts than is plausible (rule C5).
    case flood
    /// Nearly everybody is gone by the forum's answers (rule E9).
    case people
    /// The relay cannot be used (rule S3).
    case relay
    /// The relay, as it is set, has not taken a mail yet (rule E7).
    case unproven
    /// Mails are refused for their sender's address.
    case sender
    /// Mails are refused for the relay's own reasons.
    case turnedAway
    /// Of the mails of a run more than a third was refused for good.
    case refused
    /// The mail to a recipient domain is held; the name is the domain.
    case domain
    /// The mail of a post is held; the name is the forum's number of it.
    case post
    /// Messages of unknown fate are held (rule S5).
    case uncertain
    /// Messages that cannot be composed are held.
    case uncomposed
    /// Mails come back of more people than addresses can be at fault for; the name is the domain, empty for the relay.
    case returned
    /// Messages that came in and cannot be handled.
    case received
    /// Replies by mail that wait for somebody's word.
    case parked
    /// Replies by mail that the forum's program says to have posted, and that are not there as they should be.
    case unlike
    /// Files that came with replies cannot be kept.
    case attachments
    /// A mailbox cannot be read; the name is the mailbox.
    case mailbox
    /// The relay does not pipeline as it says it does.
    case pipelining
  }

  /// What a run can say of a trouble that it did not meet.
  public enum Look: Sendable {
    /// It would have met it: the trouble is over.
    case over
    /// It could not know, and what suffers from it still waits: the trouble lasts.
    case lasts
    /// It could not know, and nothing suffers from it just now: it makes nothing of a run, nor of `status`.
    case idle
    /// It could not know, nor whether anything suffers from it.
    case unknown
  }

  /// What it is about.
  public var topic: Topic
  /// Empty where the topic has one trouble alone.
  public var name: String
  /// A sentence without its full stop; nil: as it was told before.
  public var what: String?
  /// Whole sentences on what to do; may be empty.
  public var advice: String
  /// How much suffers from it, in a unit of the topic's own (messages, posts); 0 where nothing is counted.
  public var size: Int
  /// What it makes of a run, for as long as it lasts.
  public var status: ExitStatus

  /// - Parameters:
  ///   - what: nil: as it was told before.
  ///   - status: what it makes of a run.
  public init(
    _ topic: Topic, named name: String = "", _ what: String?, advice: String = "", size: Int = 0, status: ExitStatus
  ) {
    self.topic = topic
    self.name = name
    self.what = what
    self.advice = advice
    self.size = size
    self.status = status
  }

  /// All of it, for people.
  public var words: String {
    let end = what.map { $0.hasSuffix(".") || $0.hasSuffix(";") ? $0 : advice.isEmpty ? $0 : $0 + "." }
    return [end, advice.isEmpty ? nil : advice].compactMap { $0 }.joined(separator: " ")
  }

  /// Whether both are one trouble, whatever is said of it.
  func isSame(as other: Trouble) -> Bool { topic == other.topic && name == other.name }
}
