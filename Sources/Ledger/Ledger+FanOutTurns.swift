import Identifiers
import SQL

/// Whose turn it is: the posts about which not everybody is decided yet (rules C4, E4, F6).
///
/// Each has a row from the commit that journals it to the commit of its last page. A page puts its post behind all
/// others that wait, so that no post, however many watch it, stands before another for longer than a turn; what is
/// done leaves nothing behind to be walked over.
extension Ledger {
  /// The post whose turn it is: the urgent ones first, among equals the one that has waited longest.
  /// - Parameters:
  ///   - turn: the turn that the same run had last; 0 at first. Nothing that waits is before it then, unless it is
  ///     urgent. The rows that were there are not walked over again: on PostgreSQL they stay in the index for as long as
  ///     anybody's snapshot may see them.
  ///   - waiting: posts that cannot be decided about in this run.
  /// - Returns: nil if everybody is decided about every other post.
  public func nextFanOut(after turn: Int64 = 0, except waiting: Set<JournalPosition> = []) throws -> FanOutTurn? {
    try database.read { connection in
      let next =
        try Ledger.first(isUrgent: true, after: 0, waiting, connection)
        ?? Ledger.first(isUrgent: false, after: turn, waiting, connection)
        ?? (turn > 0 ? Ledger.first(isUrgent: false, after: 0, waiting, connection) : nil)
      guard let next else { return nil }
      return try connection.first(
        "SELECT \(JournalEntry.columns) FROM journal WHERE position = $1", [.id(next.post)]
      ) { FanOutTurn(entry: JournalEntry($0), cursor: next.cursor, turn: next.turn) }
    }
  }

  /// Whether anybody is still to be decided about any post.
  public func awaitsFanOut() throws -> Bool { try database.read { try $0.exists("SELECT 1 FROM fan_out LIMIT 1", []) } }

  /// Whether somebody is still to be decided about this post.
  static func awaitsFanOut(_ post: JournalPosition, _ connection: any Connection) throws -> Bool {
    try connection.exists("SELECT 1 FROM fan_out WHERE post = $1", [.id(post)])
  }

  private static func first(
    isUrgent: Bool, after turn: Int64, _ waiting: Set<JournalPosition>, _ connection: any Connection
  ) throws -> (post: JournalPosition, cursor: FanOutCursor?, turn: Int64)? {
    // A list without values compares with NULL.
    let others = waiting.isEmpty ? "" : "AND NOT (post IN ($3))"
    return try connection.first(
      """
      SELECT post, after_key, after_person, turn FROM fan_out
      WHERE urgent = $1 AND turn > $2 \(others) ORDER BY turn LIMIT 1
      """, [.integer(isUrgent ? 1 : 0), .integer(turn)] + (waiting.isEmpty ? [] : [.ids(waiting.sorted())])
    ) { row in
      let ledger: PersonID? = row.optionalID(2)
      let cursor = row.optionalText(1).map(FanOutCursor.forum) ?? ledger.map(FanOutCursor.ledger)
      return (row.id(0), cursor, row.integer(3))
    }
  }

  /// Posts that have just been journalled wait, in their order, behind those that wait already.
  static func awaitFanOut(
    _ posts: [(position: JournalPosition, isUrgent: Bool)], _ connection: any Connection
  ) throws {
    if posts.isEmpty { return }
    let last = try increment(.fanOutTurn, by: Int64(posts.count), connection)
    let first = last - Int64(posts.count) + 1
    let values = posts.enumerated().flatMap { offset, post -> [Value] in
      [.id(post.position), .integer(post.isUrgent ? 1 : 0), .integer(first + Int64(offset))]
    }
    try connection.insert(into: "fan_out", columns: ["post", "urgent", "turn"], values: values)
  }

  /// Where a crash makes the next run go on: at the cursor, or with other posts. Both are written with the page that
  /// they answer for (rule C1).
  /// - Parameter next: nil if the post is done.
  static func moveCursor(of post: JournalPosition, to next: FanOutCursor?, _ connection: any Connection) throws {
    guard let next else {
      try connection.run("DELETE FROM fan_out WHERE post = $1", [.id(post)])
      return
    }
    let turn = try increment(.fanOutTurn, by: 1, connection)
    try connection.run(
      "UPDATE fan_out SET after_key = $2, after_person = $3, turn = $4 WHERE post = $1",
      [.id(post)] + next.columns + [.integer(turn)])
  }
}
