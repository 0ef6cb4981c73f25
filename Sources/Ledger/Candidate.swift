import Forum
import SQL
import Time

/// How the posts stand that can be seen and are not in the journal yet.
public struct RestingCounts: Hashable, Sendable {
  /// Those that wait out the settling time.
  public var resting = 0
  /// Those that have rested.
  public var settled = 0
  /// Of those that have rested, the urgent ones.
  public var urgent = 0
  /// Of those that have rested, the ones that the admin has not let go.
  public var unseen = 0
  /// Of those, the urgent ones.
  public var unseenUrgent = 0
}

/// A post that the collector remembers until it may enter the journal.
public struct Candidate: Hashable, Sendable {
  /// What it waits for; the raw value stands in the ledger.
  public enum State: String, Sendable {
    /// Readers cannot see it yet.
    case pending
    /// They can; it waits out the settling time (rule C4).
    case resting
  }
  /// The forum's key.
  public var postKey: String
  /// The forum's order, in which candidates enter the journal.
  public var ordinal: Int64
  /// What it waits for.
  public var state: State
  /// Where it stood when the forum was last asked.
  public var threadKey: String
  /// The discussion of that thread.
  public var discussionKey: String
  /// The post that it answers, if the forum knows.
  public var parentKey: String?
  /// By what it is known again; nil for what was remembered before that was kept.
  public var identity: PostIdentity?
  /// It does not rest (rule C4).
  public var isUrgent: Bool
  /// When it became visible; nil while pending.
  public var visibleAt: Timestamp?
  /// When the collector first saw it, by our clock.
  public var seenAt: Timestamp
  /// When the forum is to be asked about it again.
  public var askAt: Timestamp

  /// - Parameter askAt: nil for every run.
  public init(_ post: Post, state: State, visibleAt: Timestamp?, seenAt: Timestamp, askAt: Timestamp? = nil) {
    postKey = post.key
    ordinal = post.ordinal
    threadKey = post.threadKey
    discussionKey = post.discussionKey
    parentKey = post.parentKey
    identity = post.identity
    isUrgent = post.isUrgent
    self.state = state
    self.visibleAt = visibleAt
    self.seenAt = seenAt
    self.askAt = askAt ?? seenAt
  }

  init(_ row: any Row) {
    postKey = row.text(0)
    ordinal = row.integer(1)
    state = State(rawValue: row.text(2))!
    threadKey = row.text(3)
    discussionKey = row.text(4)
    isUrgent = row.integer(5) != 0
    visibleAt = row.optionalMoment(6)
    seenAt = row.moment(7)
    askAt = row.moment(8)
    parentKey = row.optionalText(9)
    identity = row.optionalMoment(11).map { PostIdentity(authorKey: row.optionalText(10), createdAt: $0) }
  }
}
