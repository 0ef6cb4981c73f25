import Identifiers
import SQL
import Time

/// What happened to posts on their way, told in the very transaction in which it happens (rule A2). What follows the
/// common way from a decision to a mail that was taken costs nothing here.
extension Ledger {
  /// `decision.decided_at` is when it was first decided; NULL for what an older program decided. `event` is only ever
  /// added to, and forgotten with what it is about; what stands in `detail`, `StoryEvent.Kind` says.
  static let eventTable = Migration(
    19, "what happened on the way",
    """
    ALTER TABLE decision ADD COLUMN decided_at BIGINT;
    CREATE TABLE event (
      id {identity},
      happened_at BIGINT NOT NULL,
      person BIGINT NOT NULL,
      post BIGINT,
      delivery BIGINT,
      kind TEXT NOT NULL,
      detail TEXT NOT NULL
    );
    CREATE INDEX event_post ON event (post, person) WHERE post IS NOT NULL;
    CREATE INDEX event_delivery ON event (delivery) WHERE delivery IS NOT NULL;
    CREATE INDEX event_person ON event (person) WHERE post IS NULL AND delivery IS NULL;
    """)

  /// The longest that a detail may be, in characters: what a server said may be as long as it likes.
  static let longestDetail = 500

  private static let eventColumns = ["happened_at", "person", "post", "delivery", "kind", "detail"]

  /// Moves deliveries, and tells it of each that moved.
  /// - Parameter update: an UPDATE of `delivery` without RETURNING.
  /// - Returns: how many.
  @discardableResult
  static func move(
    _ update: String, _ arguments: [Value], _ kind: StoryEvent.Kind, _ detail: String = "", now: Timestamp,
    _ connection: any Connection
  ) throws -> Int {
    let moved = try connection.query("\(update) RETURNING id", arguments) { $0.id(0) as DeliveryID }
    try tell(kind, detail, of: moved, now: now, connection)
    return moved.count
  }

  /// Tells what happened to deliveries, however many.
  static func tell(
    _ kind: StoryEvent.Kind, _ detail: String = "", of deliveries: [DeliveryID], now: Timestamp,
    _ connection: any Connection
  ) throws {
    for chunk in deliveries.chunks(of: Ledger.chunk) {
      try connection.run(
        """
        INSERT INTO event (\(eventColumns.joined(separator: ", ")))
        SELECT CAST($2 AS BIGINT), person, post, id, CAST($3 AS TEXT), CAST($4 AS TEXT) FROM delivery WHERE id IN ($1)
        """,
        [.ids(chunk), .integer(now.seconds), .text(kind.rawValue), .text(String(detail.prefix(longestDetail)))])
    }
  }

  /// Tells what happened to a person's posts, or to nothing but the person.
  static func tell(_ events: [StoryEvent], of person: PersonID, _ connection: any Connection) throws {
    try connection.insert(
      into: "event", columns: eventColumns,
      values: events.flatMap { event -> [Value] in
        [
          .integer(event.at.seconds), .id(person), .optional(event.post?.rawValue),
          .optional(event.delivery?.rawValue), .text(event.kind.rawValue),
          .text(String(event.detail.prefix(longestDetail))),
        ]
      })
  }

  /// What happened to a person's post, in the order in which it did.
  public func events(of person: PersonID, post: JournalPosition) throws -> [StoryEvent] {
    try events("post = $2 AND person = $1", [.id(person), .id(post)])
  }

  /// What happened to a message: a copy, a part of a digest or a notice.
  public func events(of delivery: DeliveryID) throws -> [StoryEvent] {
    try events("delivery = $1", [.id(delivery)])
  }

  /// What happened to a person's address.
  public func addressEvents(of person: PersonID) throws -> [StoryEvent] {
    try events("person = $1 AND post IS NULL AND delivery IS NULL", [.id(person)])
  }

  private func events(_ condition: String, _ arguments: [Value]) throws -> [StoryEvent] {
    try database.read {
      try $0.query("SELECT \(StoryEvent.columns) FROM event WHERE \(condition) ORDER BY id", arguments) {
        StoryEvent($0)
      }
    }.compactMap(\.self)
  }

  /// Forgets what happened before a moment; returns how much.
  public func pruneEvents(before: Timestamp, _ pruning: Pruning) throws -> Int {
    var pruned = 0
    while !pruning.isStopping() {
      let oldest = try database.read {
        try $0.query("SELECT id, happened_at FROM event ORDER BY id LIMIT $1", [.integer(Int64(pruning.page))]) {
          (id: $0.integer(0), happenedAt: $0.integer(1))
        }
      }
      let old = oldest.filter { pruning.isOld($0.happenedAt, before) }.map(\.id)
      if old.isEmpty { break }
      pruned += try database.write { try $0.run("DELETE FROM event WHERE id IN ($1)", [.integers(old)]) }
    }
    return pruned
  }

  /// Forgets what happened to messages that are forgotten.
  static func forgetEvents(of deliveries: [DeliveryID], _ connection: any Connection) throws {
    try connection.run(
      "DELETE FROM event WHERE delivery IN ($1) AND delivery IS NOT NULL", [.ids(deliveries)])
  }
}
