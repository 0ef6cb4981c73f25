import Identifiers
import SQL
import Time

/// Retention of decisions and copies (rule O7); see `Ledger+Retention`.
extension Ledger {
  /// The discussions that posts were journalled from, by skipping from one to the next in the index: DISTINCT would
  /// read every post.
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

  /// The condition on decisions that may go, by what has become of them: copies and parts that have ended, digests that
  /// nobody waits for any more, and whoever was skipped.
  private static let isFinished = """
    CASE WHEN delivery IS NOT NULL
        THEN NOT EXISTS (SELECT 1 FROM delivery d WHERE d.id = decision.delivery AND d.ended_at IS NULL)
      WHEN decision = 'digest'
        THEN EXISTS (SELECT 1 FROM withdrawn w WHERE w.post = decision.post AND w.since < $4)
      ELSE TRUE END
    """

  /// The next posts before all that wait for fan-out, which were journalled before a moment.
  func journalled(
    in discussion: String? = nil, after: JournalPosition, _ before: Timestamp, _ pruning: Pruning
  ) throws -> [JournalPosition] {
    // Marks pass what was pruned and never come back: a post that waits for its people stops them.
    let waiting = try database.read { try $0.first("SELECT min(post) FROM fan_out") { $0.optionalInteger(0) } ?? nil }
    var arguments: [Value] = [.id(after), .integer(waiting ?? .max), .integer(Int64(pruning.page))]
    if let discussion { arguments.append(.text(discussion)) }
    let next = try database.read {
      try $0.query(
        """
        SELECT position, journalled_at FROM journal
        WHERE position > $1 AND position < $2\(discussion == nil ? "" : " AND discussion_key = $4")
        ORDER BY position LIMIT $3
        """, arguments
      ) { (position: $0.id(0) as JournalPosition, journalledAt: $0.integer(1)) }
    }
    return next.prefix { pruning.isOld($0.journalledAt, before) }.map(\.position)
  }

  /// Deletes those of a post's decisions that the condition names, with their copies, a page of people at a time;
  /// returns how many.
  func prune(_ post: JournalPosition, where condition: String, _ more: [Value], _ pruning: Pruning) throws
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
      let first = after
      let arguments = [.id(post), .id(first), .id(last)] + more
      let rows = "decision WHERE post = $1 AND person > $2 AND person <= $3 AND \(condition)"
      after = last
      if try !database.read({ try $0.exists("SELECT 1 FROM \(rows) LIMIT 1", arguments) }) { continue }
      pruned += try database.write { connection in
        let copies = try connection.query("DELETE FROM \(rows) RETURNING delivery", arguments) { $0.optionalInteger(0) }
        try connection.run(
          "DELETE FROM delivery WHERE id IN ($1) AND post IS NOT NULL", [.integers(copies.compactMap { $0 })])
        // What happened to a post and a person is forgotten with the last decision about them.
        try connection.run(
          """
          DELETE FROM event WHERE post = $1 AND person > $2 AND person <= $3 AND NOT EXISTS (
            SELECT 1 FROM decision d WHERE d.post = $1 AND d.person = event.person)
          """, [.id(post), .id(first), .id(last)])
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
        try connection.exists("\(sql) LIMIT 1", [.id(post)])
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

  /// Up to where nothing of a discussion is left to forget.
  public func prunedPosition(_ discussion: String) throws -> JournalPosition {
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
