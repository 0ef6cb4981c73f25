import Time

/// Runs that are remembered, for `status`.
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

  /// Remembers a run that did something or failed, in one row once it has ended: idle runs leave
  /// nothing.
  /// - Parameter report: what its steps counted, as JSON.
  public func recordRun(job: String, startedAt: Timestamp, endedAt: Timestamp, exitCode: Int, report: String) throws {
    try database.write {
      try $0.run(
        "INSERT INTO run (job, started_at, ended_at, exit_code, report) VALUES ($1, $2, $3, $4, $5)",
        [
          .text(job), .integer(startedAt.seconds), .integer(endedAt.seconds), .integer(Int64(exitCode)),
          .text(report),
        ])
    }
  }
}
