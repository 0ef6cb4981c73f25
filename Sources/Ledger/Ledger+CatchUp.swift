import Identifiers
import SQL
import Time

/// Catching up after a standstill.
extension Ledger {
  /// The condition that leaves out copies which were due before a moment and never tried; nothing where no moment is
  /// given. An urgent copy is due at 0, to go first: how long it is overdue, the journal knows.
  /// - Parameter mark: where the moment stands among a statement's arguments.
  static func unlessSpared(_ moment: Timestamp?, _ mark: String) -> String {
    guard moment != nil else { return "" }
    return """
       AND NOT (state = 'queued' AND attempts = 0 AND generation = 0 AND due < \(mark) AND EXISTS (
          SELECT 1 FROM journal j WHERE j.position = delivery.post AND j.due < \(mark)))
      """
  }

  /// Instant copies so long overdue, and never attempted, that they reach each person as one digest (rule C5).
  ///
  /// The copy is dropped and its decision becomes a digest's, in one commit with the slot: after a crash each post is
  /// in the one or in the other.
  /// - Parameters:
  ///   - overdueSince: copies that were due before this moment.
  ///   - limit: how many copies at the most.
  /// - Returns: how many copies were folded into digests.
  public func fold(overdueSince: Timestamp, now: Timestamp, limit: Int) throws -> Int {
    // An urgent copy is due at 0, to go first: how long it is overdue, the journal knows. The states are named twice
    // for SQLite to see that the index of what is due will do.
    let stale = """
      SELECT d.id FROM delivery d JOIN journal j ON j.position = d.post
      WHERE d.state = 'queued' AND d.state IN ('queued', 'deferred', 'uncertain') AND d.lease IS NULL AND d.due < $1
        AND j.due < $1 AND d.attempts = 0 AND d.generation = 0 ORDER BY d.due LIMIT $2
      """
    let ids = try database.read {
      try $0.query(stale, [.integer(overdueSince.seconds), .integer(Int64(limit))]) { $0.id(0) as DeliveryID }
    }
    if ids.isEmpty { return 0 }
    return try database.write { connection in
      // Asked again: a run may have taken some since they were looked for.
      let folded = try connection.query(
        """
        UPDATE delivery SET state = 'dropped', reason = 'folded', ended_at = $2
        WHERE id IN ($1) AND state = 'queued' AND lease IS NULL AND attempts = 0 RETURNING post, person, generation, id
        """, [.ids(ids), .integer(now.seconds)]
      ) { (post: $0.id(0), person: $0.id(1), generation: $0.integer(2), id: $0.id(3)) as Folded }
      for copy in folded { try Ledger.leaveToDigest(copy, connection) }
      try Ledger.tell(.folded, "late", of: folded.map(\.id), now: now, connection)
      try Ledger.giveSlots(
        Set(folded.map(\.person)).sorted().map { PersonSlot(person: $0, due: now, date: nil, kind: .catchUp) },
        .replace, connection)
      return folded.count
    }
  }

  /// The key of a copy's decision, and the copy.
  private typealias Folded = (post: JournalPosition, person: PersonID, generation: Int64, id: DeliveryID)

  /// The decision names no copy any more: its post is open for a digest.
  private static func leaveToDigest(_ copy: Folded, _ connection: any Connection) throws {
    try connection.run(
      """
      UPDATE decision SET decision = 'digest', delivery = NULL
      WHERE post = $1 AND person = $2 AND generation = $3
      """, [.id(copy.post), .id(copy.person), .integer(copy.generation)])
  }
}
