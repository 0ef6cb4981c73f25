import Mail
import SQL

/// One run of a job, as it is remembered.
public struct RunRecord: Hashable, Sendable {
  public let id: Int64
  public let job: String
  public let startedAt: Timestamp
  /// nil: under way, or died.
  public let endedAt: Timestamp?
  public let exitCode: Int?
  /// What the steps counted, as JSON.
  public let report: String?
}

extension Ledger {
  /// The last run of each job.
  public func lastRuns() throws -> [RunRecord] {
    try database.read {
      try $0.query(
        """
        SELECT id, job, started_at, ended_at, exit_code, report FROM run
        WHERE id IN (SELECT max(id) FROM run GROUP BY job) ORDER BY job
        """
      ) {
        RunRecord(
          id: $0.integer(0), job: $0.text(1), startedAt: Timestamp($0.integer(2)),
          endedAt: $0.optionalInteger(3).map(Timestamp.init), exitCode: $0.optionalInteger(4).map(Int.init),
          report: $0.optionalText(5))
      }
    }
  }

  /// Remembers a run that did something or failed.
  public func record(job: String, startedAt: Timestamp, endedAt: Timestamp, exitCode: Int, report: String) throws {
    try database.write {
      try $0.run(
        "INSERT INTO run (job, started_at, ended_at, exit_code, report) VALUES ($1, $2, $3, $4, $5)",
        [
          .text(job), .integer(startedAt.seconds), .integer(endedAt.seconds), .integer(Int64(exitCode)),
          .text(report),
        ])
    }
  }

  // MARK: Retention (rule O7)

  /// Forgets the answers of attempts that ended before a moment; returns how many, at most `limit`.
  public func pruneAttempts(endedBefore: Timestamp, limit: Int) throws -> Int {
    try database.write {
      try $0.run(
        """
        DELETE FROM attempt WHERE (delivery, number) IN (
          SELECT delivery, number FROM attempt WHERE ended_at < $1 LIMIT $2)
        """, [.integer(endedBefore.seconds), .integer(Int64(limit))])
    }
  }

  /// Forgets why people were skipped, for posts journalled before a moment; returns how many, at most `limit`.
  public func pruneSkips(journalledBefore: Timestamp, limit: Int) throws -> Int {
    try database.write {
      try $0.run(
        """
        DELETE FROM decision WHERE (post, person, generation) IN (
          SELECT post, person, generation FROM decision
          WHERE decision = 'skipped' AND post <= (
            SELECT coalesce(max(position), 0) FROM journal WHERE journalled_at < $1)
          LIMIT $2)
        """, [.integer(journalledBefore.seconds), .integer(Int64(limit))])
    }
  }

  /// The discussions that posts were journalled from.
  public func journalledDiscussions() throws -> [String] {
    try database.read {
      try $0.query("SELECT DISTINCT discussion_key FROM journal ORDER BY discussion_key") { $0.text(0) }
    }
  }

  /// Forgets who was decided to get which post of a discussion, and their finished copies; what is still open stays.
  /// Posts that nobody waits for any more are no longer remembered as withdrawn.
  /// - Parameter journalledBefore: only posts that were journalled before this moment.
  /// - Returns: how many decisions, at most `limit`.
  public func pruneRows(discussion: String, journalledBefore: Timestamp, limit: Int) throws -> Int {
    try database.write { connection in
      let copies = try connection.query(
        """
        DELETE FROM decision WHERE (post, person, generation) IN (
          SELECT d.post, d.person, d.generation FROM decision d LEFT JOIN delivery l ON l.id = d.delivery
          WHERE d.post IN (SELECT position FROM journal WHERE discussion_key = $1 AND journalled_at < $2)
            AND CASE WHEN d.delivery IS NULL THEN d.decision <> 'digest' ELSE l.id IS NULL OR l.ended_at IS NOT NULL END
          LIMIT $3)
        RETURNING delivery
        """, [.text(discussion), .integer(journalledBefore.seconds), .integer(Int64(limit))]
      ) { $0.optionalInteger(0) }
      try connection.run(
        "DELETE FROM delivery WHERE id IN ($1) AND post IS NOT NULL", [.integers(copies.compactMap { $0 })])
      let old = "(SELECT position FROM journal WHERE discussion_key = $1 AND journalled_at < $2)"
      try connection.run(
        """
        DELETE FROM delivery WHERE id IN (
          SELECT id FROM delivery WHERE state = 'dropped' AND reason = 'folded' AND post IN \(old) LIMIT $3)
        """, [.text(discussion), .integer(journalledBefore.seconds), .integer(Int64(limit))])
      try connection.run(
        """
        DELETE FROM withdrawn
        WHERE post IN \(old) AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.post = withdrawn.post)
        """, [.text(discussion), .integer(journalledBefore.seconds)])
      return copies.count
    }
  }

  /// Forgets digests that ended before a moment and that no decision names any more; returns how many parts.
  public func pruneDigests(endedBefore: Timestamp, limit: Int) throws -> Int {
    try database.write { connection in
      let digests = try connection.query(
        """
        DELETE FROM delivery WHERE id IN (
          SELECT id FROM delivery WHERE digest IS NOT NULL AND ended_at < $1 AND id NOT IN (
            SELECT delivery FROM decision WHERE decision = 'digest' AND delivery IS NOT NULL) LIMIT $2)
        RETURNING digest
        """, [.integer(endedBefore.seconds), .integer(Int64(limit))]
      ) { $0.integer(0) }
      try connection.run(
        "DELETE FROM digest WHERE id IN ($1) AND id NOT IN (SELECT digest FROM delivery WHERE digest IS NOT NULL)",
        [.integers(digests)])
      return digests.count
    }
  }

  /// Forgets runs that ended before a moment.
  public func pruneRuns(endedBefore: Timestamp) throws -> Int {
    try database.write { try $0.run("DELETE FROM run WHERE ended_at < $1", [.integer(endedBefore.seconds)]) }
  }
}
