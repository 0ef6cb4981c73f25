import DeliveryPolicy
import Forum
import Foundation
import Identifiers
import Ledger
import Time

/// What is known of a post and a person, or of a message and its person, before it is told.
public struct StoryRows: Sendable {
  /// When it is told.
  public var now: Timestamp
  /// Whom it is about.
  public var reader: Reader
  /// Which post; nil of a part of a digest as a whole, or of a notice.
  public var post: Post?
  /// How far the post has come.
  public var place = Place.unknown
  /// What keeps new posts back.
  public var holds: [Hold.Kind] = []
  /// Nearly everybody is gone from its discussion, by the forum's answers: posts there wait.
  public var isDoubted = false
  /// Not everybody is decided about.
  public var awaitsFanOut = false
  /// What of the person cannot be read, and keeps them from being decided about.
  public var personFault: RowFault?
  /// What was decided, one for each sending, the first one first.
  public var decisions: [Ledger.DecisionRecord] = []
  /// Messages that carry it.
  public var deliveries: [Ledger.DeliveryRecord] = []
  /// By digest.
  public var digests: [DigestID: Digest] = [:]
  /// What each part has: the numbers that readers see, in order.
  public var partPosts: [DeliveryID: [String]] = [:]
  /// What a notice is about, by the ledger's word for it.
  public var topics: [DeliveryID: String] = [:]
  /// In their order.
  public var attempts: [Ledger.AttemptRecord] = []
  /// What came back, or was held against the address.
  public var failures: [FailureEvent] = []
  /// What else happened.
  public var events: [StoryEvent] = []
  /// Mail that came in about it.
  public var incoming: [Ledger.IncomingRecord] = []
  /// Why the person's address is not mailed.
  public var suppression: Suppression?
  /// Since when the post, or its reader's right to it, is out of sight.
  public var withdrawnSince: Timestamp?
  /// When the person's next digest is due.
  public var slot: PersonSlot?
  /// What would be decided now; nil where nobody can say.
  public var prediction: Decision?
  /// The watches and mutes that bear on the post now, the most specific first.
  public var watches: [Watch] = []
  /// The thread in which the post stood when it was taken up, where it stands in another one now.
  public var movedFrom: String?
  /// The relay is left alone until then.
  public var relayPausedUntil: Timestamp?
  /// What was decided of the post, and its copies, were forgotten for their age.
  public var isForgotten = false
  /// The person has stopped all mail.
  public var hasStopped = false
  /// The person was erased.
  public var isErased = false
  /// Skip reasons and answers of posts that were journalled before are forgotten.
  public var forgottenBefore = Timestamp(.min)

  /// Somebody of whom nothing else is known.
  public init(now: Timestamp, reader: Reader) {
    self.now = now
    self.reader = reader
  }

  /// Whom a story is about.
  public struct Reader: Hashable, Sendable {
    /// The forum's key.
    public var key: String
    /// Empty where the forum has them no more.
    public var name: String
    /// As the forum has it, or the last one that was mailed.
    public var address: String
    /// An IANA time zone.
    public var zone: String

    /// Somebody as they are shown.
    public init(key: String, name: String, address: String, zone: String) {
      self.key = key
      self.name = name
      self.address = address
      self.zone = zone
    }
  }

  /// The post of a story.
  public struct Post: Hashable, Sendable {
    /// The forum's key.
    public var key: String
    /// What readers call it.
    public var number: String
    /// Where it stands.
    public var thread: String
    /// As the forum has it now; nil where it has it no more, or cannot be asked.
    public var visibility: Visibility?

    /// A post as it is shown.
    public init(key: String, number: String, thread: String, visibility: Visibility?) {
      self.key = key
      self.number = number
      self.thread = thread
      self.visibility = visibility
    }
  }

  /// How far a post has come on its way to anybody.
  public enum Place: Hashable, Sendable {
    /// No run has met it.
    case unknown
    /// It waits to be shown to readers.
    case pending(since: Timestamp)
    /// It can be seen, and waits until it has settled.
    case resting(visibleAt: Timestamp, until: Timestamp)
    /// Its row, its thread's or its discussion's cannot be read.
    case setAside(RowFault, since: Timestamp)
    /// It stood in the forum before the journal began.
    case leftOut(begunAt: Timestamp?)
    /// It is in the journal.
    case journalled(at: Timestamp?, visibleAt: Timestamp, due: Timestamp, isUrgent: Bool)
  }
}

extension StoryRows {
  /// Why what waits would not go, as forum and person are now; nil where nothing is in its way.
  var obstacle: String? {
    if let visibility = post?.visibility, visibility != .visible { return "the post is \(visibility.rawValue)" }
    guard case .skipped(let reason)? = prediction else { return nil }
    if reason == .moved, let movedFrom, let post {
      return
        "the post was moved from thread \(movedFrom) to thread \(post.thread), of which they have no watch that is older"
    }
    return reason == .modeOff && hasStopped ? "they have stopped all mail" : reason.words
  }
}

extension StoryRows {
  /// A moment as it is told: by the person's clocks and in UTC.
  func when(_ moment: Timestamp) -> String {
    guard let zone = TimeZone(identifier: reader.zone), !Story.isUTC(reader.zone) else { return "\(moment)" }
    return "\(Story.local(moment, zone)) (\(moment))"
  }
}
