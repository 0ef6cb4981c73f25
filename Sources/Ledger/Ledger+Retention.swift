import Identifiers
import SQL
import Time

/// Retention (rule O7).
///
/// Unlike the hand-overs these methods are many transactions: what may go is looked for in reads, a page at a time, and
/// each page that holds something is deleted in a short commit of its own, so that nobody waits for them. They go by
/// the order in which rows were made and by marks: what they cost depends on what has become old since the last time.
/// The order is that of a clock. Rows that it dated in the future are as fresh as any, unless they lie so far ahead that
/// they would never become old: beyond `Pruning.bound`.
extension Ledger {
  /// How much is forgotten: what is older, and how many rows at once.
  public struct Pruning: Sendable {
    /// When the run began.
    public var now: Timestamp
    /// Rows in one page.
    public var page: Int
    /// True when the run is to end: nothing more is begun.
    public var isStopping: @Sendable () -> Bool

    /// - Parameter page: read at once, and deleted in one commit at most.
    public init(now: Timestamp, page: Int = 2000, isStopping: @escaping @Sendable () -> Bool = { false }) {
      self.now = now
      self.page = page
      self.isStopping = isStopping
    }

    /// Whether a moment is before the other, or so far ahead that a clock was wrong.
    func isOld(_ seconds: Int64, _ before: Timestamp) -> Bool {
      seconds < before.seconds || seconds > bound(before).seconds
    }

    /// How far ahead a row may be dated and be kept until it is old: as long as rows are kept, a day at least. The clock
    /// may be behind by a little, and yesterday's may have been ahead; what was just written is not old for that.
    func bound(_ before: Timestamp) -> Timestamp { now + max(86_400, now - before) }
  }

  /// Forgets the answers of attempts that ended before a moment, the oldest deliveries' first; returns how many.
  public func pruneAttempts(endedBefore before: Timestamp, _ pruning: Pruning) throws -> Int {
    var pruned = 0
    while !pruning.isStopping() {
      let oldest = try database.read {
        try $0.query(
          "SELECT delivery, ended_at FROM attempt ORDER BY delivery, number LIMIT $1", [.integer(Int64(pruning.page))]
        ) { (delivery: $0.integer(0), endedAt: $0.integer(1)) }
      }
      guard let first = oldest.first, let last = oldest.last,
        oldest.contains(where: { pruning.isOld($0.endedAt, before) })
      else { break }
      pruned += try database.write {
        try $0.run(
          "DELETE FROM attempt WHERE delivery BETWEEN $1 AND $2 AND (ended_at < $3 OR ended_at > $4)",
          [
            .integer(first.delivery), .integer(last.delivery), .integer(before.seconds),
            .integer(pruning.bound(before).seconds),
          ])
      }
    }
    return pruned
  }

  /// Forgets why people were skipped, for posts journalled before a moment; returns how many.
  public func pruneSkips(journalledBefore before: Timestamp, _ pruning: Pruning) throws -> Int {
    var pruned = 0
    var mark = JournalPosition(try mark(.skipsPruned) ?? 0)
    // The mark moves behind a page that is done. A run that is stopped within one begins it again, which deletes
    // nothing twice.
    while true {
      let posts = try journalled(after: mark, before, pruning)
      for post in posts {
        pruned += try prune(post, where: "decision = 'skipped'", [], pruning)
        if pruning.isStopping() { return pruned }
      }
      guard let last = posts.last else { return pruned }
      mark = last
      try set(.skipsPruned, mark.rawValue)
    }
  }

  /// Forgets runs that ended before a moment; returns how many.
  public func pruneRuns(endedBefore before: Timestamp, _ pruning: Pruning) throws -> Int {
    var pruned = 0
    while !pruning.isStopping() {
      let oldest = try database.read {
        try $0.query(
          "SELECT id, coalesce(ended_at, started_at) FROM run ORDER BY id LIMIT $1", [.integer(Int64(pruning.page))]
        ) { (id: $0.integer(0), endedAt: $0.integer(1)) }
      }
      let old = oldest.filter { pruning.isOld($0.endedAt, before) }.map(\.id)
      if old.isEmpty { break }
      pruned += try database.write { try $0.run("DELETE FROM run WHERE id IN ($1)", [.integers(old)]) }
    }
    return pruned
  }
}
