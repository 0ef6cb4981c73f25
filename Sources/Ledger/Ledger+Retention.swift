import Identifiers
import SQL
import Time

/// Retention (rule O7).
///
/// Unlike the hand-overs these methods are many transactions: what may go is looked for in reads, a page at a time, and
/// each page that holds something is deleted in a short commit of its own, so that nobody waits for them. They go by
/// the order in which rows were made and by marks: what they cost depends on what has become old since the last time.
/// The order is that of a clock; rows that it dated in the future count as old.
extension Ledger {
  /// How much is forgotten: what is older, and how many rows at once.
  public struct Pruning: Sendable {
    public var now: Timestamp
    /// Rows in one page.
    public var page: Int
    /// True when the run is to end: nothing more is begun.
    public var isStopping: @Sendable () -> Bool

    public init(now: Timestamp, page: Int = 2000, isStopping: @escaping @Sendable () -> Bool = { false }) {
      self.now = now
      self.page = page
      self.isStopping = isStopping
    }

    fileprivate func isOld(_ seconds: Int64, _ before: Timestamp) -> Bool {
      seconds < before.seconds || seconds > now.seconds
    }
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
            .integer(first.delivery), .integer(last.delivery), .integer(before.seconds), .integer(pruning.now.seconds),
          ])
      }
    }
    return pruned
  }

  /// Forgets why people were skipped, for posts journalled before a moment; returns how many.
  public func pruneSkips(journalledBefore before: Timestamp, _ pruning: Pruning) throws -> Int {
    var pruned = 0
    var mark = JournalPosition(try mark(.skipsPruned) ?? 0)
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

  /// The discussions that posts were journalled from.
  public func journalledDiscussions() throws -> [String] {
    try database.read {
      try $0.query(
        """
        WITH RECURSIVE found (key) AS (
          SELECT min(discussion_key) FROM journal
          UNION ALL
          SELECT (SELECT min(discussion_key) FROM journal WHERE discussion_key > key) FROM found WHERE key IS NOT NULL)
        SELECT key FROM found WHERE key IS NOT NULL
        """
      ) { $0.text(0) }
    }
  }

  /// Forgets who was decided to get which post of a discussion, and their finished copies; what is still open stays,
  /// but for what waits for a post that was withdrawn long ago. Posts that nobody waits for any more are no longer
  /// remembered as withdrawn.
  /// - Parameters:
  ///   - before: only posts that were journalled before this moment.
  ///   - withdrawnBefore: rows open for a digest go if their post was withdrawn before this moment.
  /// - Returns: how many decisions.
  public func pruneRows(
    discussion: String, journalledBefore before: Timestamp, withdrawnBefore: Timestamp, _ pruning: Pruning
  ) throws -> Int {
    var pruned = 0
    var mark = try prunedPosition(discussion)
    var (after, isWhole) = (mark, true)
    while !pruning.isStopping() {
      let posts = try journalled(in: discussion, after: after, before, pruning)
      guard let last = posts.last else { break }
      let start = mark
      for post in posts {
        pruned += try prune(post, where: Ledger.isFinished, [.integer(withdrawnBefore.seconds)], pruning)
        if pruning.isStopping() { break }
        isWhole = try pruneRest(of: post) && isWhole
        if isWhole { mark = post }
      }
      if mark > start { try setPruned(discussion, mark) }
      after = last
    }
    return pruned
  }

  private static let isFinished = """
    CASE WHEN delivery IS NOT NULL
        THEN NOT EXISTS (SELECT 1 FROM delivery d WHERE d.id = decision.delivery AND d.ended_at IS NULL)
      WHEN decision = 'digest'
        THEN EXISTS (SELECT 1 FROM withdrawn w WHERE w.post = decision.post AND w.since < $4)
      ELSE TRUE END
    """

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
    let isUnnamed = """
      digest IN ($1) AND ended_at < $2 AND NOT EXISTS (
        SELECT 1 FROM decision c WHERE c.decision = 'digest' AND c.delivery IS NOT NULL AND c.delivery = delivery.id)
      """
    let arguments: [Value] = [.integers(digests), .integer(before.seconds)]
    let found = try database.read {
      try $0.first("SELECT 1 FROM delivery WHERE \(isUnnamed) LIMIT 1", arguments) { _ in true }
    }
    guard found != nil else { return 0 }
    return try database.write { connection in
      let parts = try connection.run("DELETE FROM delivery WHERE \(isUnnamed)", arguments)
      try connection.run(
        """
        DELETE FROM digest WHERE id IN ($1) AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.digest = digest.id)
        """, [.integers(digests)])
      return parts
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

  // MARK: One post

  /// The next posts that fan-out is done with and that were journalled before a moment.
  private func journalled(
    in discussion: String? = nil, after: JournalPosition, _ before: Timestamp, _ pruning: Pruning
  ) throws -> [JournalPosition] {
    let done = try mark(.fannedOut) ?? 0
    var arguments: [Value] = [.id(after), .integer(done), .integer(Int64(pruning.page))]
    if let discussion { arguments.append(.text(discussion)) }
    let next = try database.read {
      try $0.query(
        """
        SELECT position, journalled_at FROM journal
        WHERE position > $1 AND position <= $2\(discussion == nil ? "" : " AND discussion_key = $4")
        ORDER BY position LIMIT $3
        """, arguments
      ) { (position: $0.id(0) as JournalPosition, journalledAt: $0.integer(1)) }
    }
    return next.prefix { pruning.isOld($0.journalledAt, before) }.map(\.position)
  }

  /// Deletes those of a post's decisions that the condition names, with their copies, a page of people at a time;
  /// returns how many.
  private func prune(_ post: JournalPosition, where condition: String, _ more: [Value], _ pruning: Pruning) throws
    -> Int
  {
    var pruned = 0
    var after: PersonID = 0
    while !pruning.isStopping() {
      let last: PersonID? = try database.read {
        try $0.first(
          """
          SELECT max(person) FROM (
            SELECT person FROM decision WHERE post = $1 AND person > $2 ORDER BY person LIMIT $3) p
          """, [.id(post), .id(after), .integer(Int64(pruning.page))]
        ) { $0.optionalID(0) } ?? nil
      }
      guard let last else { break }
      let arguments = [.id(post), .id(after), .id(last)] + more
      let rows = "decision WHERE post = $1 AND person > $2 AND person <= $3 AND \(condition)"
      let found = try database.read { try $0.first("SELECT 1 FROM \(rows) LIMIT 1", arguments) { _ in true } }
      after = last
      if found == nil { continue }
      pruned += try database.write { connection in
        let copies = try connection.query("DELETE FROM \(rows) RETURNING delivery", arguments) { $0.optionalInteger(0) }
        try connection.run(
          "DELETE FROM delivery WHERE id IN ($1) AND post IS NOT NULL", [.integers(copies.compactMap { $0 })])
        return copies.count
      }
    }
    return pruned
  }

  /// Forgets the folded copies of a post and, if nobody is decided about any more, that it was withdrawn; returns
  /// whether nobody is.
  private func pruneRest(of post: JournalPosition) throws -> Bool {
    let folded = "FROM delivery WHERE post = $1 AND state = 'dropped' AND reason = 'folded'"
    let decided = "SELECT 1 FROM decision WHERE post = $1"
    let (isFolded, isDecided, isWithdrawn) = try database.read { connection in
      func any(_ sql: String) throws -> Bool {
        try connection.first("\(sql) LIMIT 1", [.id(post)]) { _ in true } != nil
      }
      return (try any("SELECT 1 \(folded)"), try any(decided), try any("SELECT 1 FROM withdrawn WHERE post = $1"))
    }
    if isFolded || (isWithdrawn && !isDecided) {
      try database.write { connection in
        try connection.run("DELETE \(folded)", [.id(post)])
        try connection.run("DELETE FROM withdrawn WHERE post = $1 AND NOT EXISTS (\(decided))", [.id(post)])
      }
    }
    return !isDecided
  }

  private func prunedPosition(_ discussion: String) throws -> JournalPosition {
    try database.read {
      try $0.first("SELECT position FROM pruned WHERE discussion_key = $1", [.text(discussion)]) { $0.id(0) }
    } ?? 0
  }

  private func setPruned(_ discussion: String, _ position: JournalPosition) throws {
    try database.write {
      try $0.run(
        """
        INSERT INTO pruned (discussion_key, position) VALUES ($1, $2)
        ON CONFLICT (discussion_key) DO UPDATE SET position = $2
        """, [.text(discussion), .id(position)])
    }
  }
}
