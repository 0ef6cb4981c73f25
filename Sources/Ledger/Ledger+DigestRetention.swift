import Identifiers
import SQL
import Time

/// Retention of digests (rule O7); see `Ledger+Retention`.
extension Ledger {
  /// Forgets digests that were written and ended before a moment and that no decision names any more; returns how many
  /// parts.
  public func pruneDigests(endedBefore before: Timestamp, _ pruning: Pruning) throws -> Int {
    var pruned = 0
    var after: Int64 = 0
    while !pruning.isStopping() {
      let next = try database.read {
        try $0.query(
          "SELECT id, written_at FROM digest WHERE id > $1 ORDER BY id LIMIT $2",
          [.integer(after), .integer(Int64(pruning.page))]
        ) { (id: $0.integer(0), writtenAt: $0.integer(1)) }
      }
      let old = next.prefix { pruning.isOld($0.writtenAt, before) }.map(\.id)
      guard let last = old.last else { break }
      pruned += try pruneDigests(old, before)
      after = last
    }
    return pruned
  }

  private func pruneDigests(_ digests: [Int64], _ before: Timestamp) throws -> Int {
    // A part that a decision names is kept: what is known of a post and a person is forgotten all at once.
    let isUnnamed = """
      digest IN ($1) AND ended_at < $2 AND NOT EXISTS (
        SELECT 1 FROM decision c WHERE c.decision = 'digest' AND c.delivery IS NOT NULL AND c.delivery = delivery.id)
      """
    let arguments: [Value] = [.integers(digests), .integer(before.seconds)]
    // Looked for in a read: nearly always nothing is left to do, and nobody has to wait for that.
    guard try database.read({ try $0.exists("SELECT 1 FROM delivery WHERE \(isUnnamed) LIMIT 1", arguments) }) else {
      return 0
    }
    return try database.write { connection in
      let parts = try connection.query("DELETE FROM delivery WHERE \(isUnnamed) RETURNING id", arguments) {
        $0.id(0) as DeliveryID
      }
      try Ledger.forgetEvents(of: parts, connection)
      try connection.run(
        """
        DELETE FROM digest WHERE id IN ($1) AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.digest = digest.id)
        """, [.integers(digests)])
      return parts.count
    }
  }
}
