import Forum
import Identifiers
import SQL
import Time

/// Where an admin's order finds what it may send (rule A1). These look through all that is kept, for an order is rare;
/// a page at a time.
extension Ledger {
  /// Which messages are looked for.
  public struct EndedMessages: Hashable, Sendable {
    /// The states that they are in.
    public var states: [DeliveryState]
    /// Of those that were sent, only what came back.
    public var onlyReturned: Bool
    /// When they ended, came back, or, of those that are held, were tried last.
    public var span: ClosedRange<Timestamp>

    /// - Parameter span: both ends belong to it.
    public init(states: [DeliveryState], onlyReturned: Bool, span: ClosedRange<Timestamp>) {
      self.states = states
      self.onlyReturned = onlyReturned
      self.span = span
    }
  }

  /// A post and a person.
  public struct PostOfPerson: Hashable, Sendable {
    /// Which post.
    public var post: JournalPosition
    /// Whose.
    public var person: PersonID
    /// A pair.
    public init(_ post: JournalPosition, _ person: PersonID) {
      self.post = post
      self.person = person
    }
  }

  /// Copies and parts of these kinds, in the order of their numbers.
  /// - Parameter after: the number after which to begin; 0 for the first page.
  public func endedMessages(_ kind: EndedMessages, after: DeliveryID, limit: Int) throws -> [DeliveryID] {
    let returned =
      "state <> 'sent' OR EXISTS (SELECT 1 FROM failure f WHERE f.delivery = delivery.id AND f.source = 'report')"
    return try database.read {
      try $0.query(
        """
        SELECT id FROM delivery
        WHERE id > $1 AND notice IS NULL AND state IN ($2) AND (state <> 'held' OR reason = 'uncertain')
          AND coalesce((SELECT f.at FROM failure f WHERE f.delivery = delivery.id AND f.source = 'report'),
            ended_at, began_at, due) BETWEEN $3 AND $4\(kind.onlyReturned ? " AND (\(returned))" : "")
        ORDER BY id LIMIT $5
        """,
        [
          .id(after), .texts(kind.states.map(\.rawValue)), .integer(kind.span.lowerBound.seconds),
          .integer(kind.span.upperBound.seconds), .integer(Int64(limit)),
        ]
      ) { $0.id(0) }
    }
  }

  /// What these messages carry; notices carry no post.
  public func postsOfPeople(in deliveries: [DeliveryID]) throws -> [PostOfPerson] {
    let records = try self.deliveries(ids: deliveries)
    let parts = try posts(ofParts: records.filter { $0.digest != nil }.map(\.id))
    return records.flatMap { record in
      (record.post.map { [$0] } ?? parts[record.id] ?? []).map { PostOfPerson($0, record.person) }
    }
  }

  /// Everybody about whom something was decided of a post, in the order of their numbers.
  /// - Parameter after: the number after which to begin; 0 for the first page.
  public func peopleDecided(about post: JournalPosition, after: PersonID, limit: Int) throws -> [PersonID] {
    try database.read {
      try $0.query(
        "SELECT DISTINCT person FROM decision WHERE post = $1 AND person > $2 ORDER BY person LIMIT $3",
        [.id(post), .id(after), .integer(Int64(limit))]
      ) { $0.id(0) }
    }
  }

  /// The posts that a thread had when they were taken up.
  public func positions(ofThread thread: String, discussion: String) throws -> [JournalPosition] {
    try database.read {
      try $0.query(
        "SELECT position FROM journal WHERE discussion_key = $1 AND thread_key = $2 ORDER BY position",
        [.text(discussion), .text(thread)]
      ) { $0.id(0) }
    }
  }

  /// Posts of the journal in their order.
  /// - Parameter after: the position after which to begin; 0 for the first page.
  public func positions(after: JournalPosition, limit: Int) throws -> [JournalPosition] {
    try database.read {
      try $0.query(
        "SELECT position FROM journal WHERE position > $1 ORDER BY position LIMIT $2",
        [.id(after), .integer(Int64(limit))]
      ) { $0.id(0) }
    }
  }
}
