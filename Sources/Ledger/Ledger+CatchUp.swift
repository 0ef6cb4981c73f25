import Identifiers
import Time

extension Ledger {
  /// Instant copies so long overdue, and never attempted, that they reach each person as one digest (rule C5).
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
      let folded = try connection.query(
        """
        UPDATE delivery SET state = 'dropped', reason = 'folded', ended_at = $2
        WHERE id IN ($1) AND state = 'queued' AND lease IS NULL AND attempts = 0 RETURNING post, person, generation
        """, [.ids(ids), .integer(now.seconds)]
      ) { ($0.id(0) as JournalPosition, $0.id(1) as PersonID, $0.integer(2)) }
      for (post, person, generation) in folded {
        try connection.run(
          "UPDATE decision SET decision = 'digest', delivery = NULL WHERE post = $1 AND person = $2 AND generation = $3",
          [.id(post), .id(person), .integer(generation)])
      }
      try Ledger.giveSlots(
        Set(folded.map(\.1)).sorted().map { PersonSlot(person: $0, due: now, date: nil, kind: .catchUp) }, .replace,
        connection)
      return folded.count
    }
  }
}
