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

  /// What was forgotten.
  public struct Pruned: Hashable, Sendable {
    public var attempts = 0
    public var decisions = 0
    public var deliveries = 0
    public var runs = 0
    public init() {}
  }

  /// Forgets what has outlived its use (rule O7), a bounded number of rows at a time. Journalled posts stay for ever.
  /// - Parameters:
  ///   - answersBefore: attempts that ended before this moment go, and skip reasons decided before it.
  ///   - postsBefore: the last journal position whose person–post rows may go.
  public func prune(answersBefore: Timestamp, posts closed: [Int64], limit: Int) throws -> Pruned {
    try database.write { connection in
      var pruned = Pruned()
      pruned.attempts = try connection.run(
        """
        DELETE FROM attempt WHERE delivery IN (
          SELECT id FROM delivery WHERE ended_at IS NOT NULL AND ended_at < $1 ORDER BY id LIMIT $2)
        """, [.integer(answersBefore.seconds), .integer(Int64(limit))])
      pruned.decisions += try connection.run(
        """
        DELETE FROM decision WHERE decision = 'skipped' AND post IN (
          SELECT position FROM journal WHERE journalled_at < $1 ORDER BY position LIMIT $2)
        """, [.integer(answersBefore.seconds), .integer(Int64(limit))])
      if !closed.isEmpty {
        pruned.decisions += try connection.run(
          """
          DELETE FROM decision WHERE post IN ($1) AND NOT (decision = 'digest' AND delivery IS NULL)
            AND (delivery IS NULL OR delivery NOT IN (SELECT id FROM delivery WHERE ended_at IS NULL))
          """, [.integers(closed)])
        pruned.deliveries = try connection.run(
          "DELETE FROM delivery WHERE post IN ($1) AND ended_at IS NOT NULL AND ended_at < $2",
          [.integers(closed), .integer(answersBefore.seconds)])
      }
      pruned.runs = try connection.run("DELETE FROM run WHERE ended_at < $1", [.integer(answersBefore.seconds)])
      return pruned
    }
  }
}
