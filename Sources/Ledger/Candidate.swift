import Forum
import SQL
import Time

/// A post that the collector remembers until it may enter the journal.
public struct Candidate: Hashable, Sendable {
  public enum State: String, Sendable {
    /// Readers cannot see it yet.
    case pending
    /// They can; it waits out the settling time (rule C4).
    case resting
  }
  public var postKey: String
  public var ordinal: Int64
  public var state: State
  public var threadKey: String
  public var discussionKey: String
  /// The post that it answers, if the forum knows.
  public var parentKey: String?
  public var isUrgent: Bool
  /// When it became visible; nil while pending.
  public var visibleAt: Timestamp?
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
  }
}

/// Ordinals that were passed over: a transaction may still bring posts there (rule C2).
public struct Gap: Hashable, Sendable {
  public var range: ClosedRange<Int64>
  public var seenAt: Timestamp

  public init(_ range: ClosedRange<Int64>, seenAt: Timestamp) {
    self.range = range
    self.seenAt = seenAt
  }
}

/// What one look at the forum changes in the collector's memory.
public struct CollectorUpdate: Sendable {
  public var upserts: [Candidate] = []
  public var forgotten: [String] = []
  public var removedGaps: [Gap] = []
  public var addedGaps: [Gap] = []
  /// The largest ordinal seen; nil leaves the mark alone.
  public var collected: Int64?

  public init() {}

  public var isEmpty: Bool {
    upserts.isEmpty && forgotten.isEmpty && removedGaps.isEmpty && addedGaps.isEmpty && collected == nil
  }
}
