import SQL
import Time

/// Moments that a wrong clock wrote are brought back (rule E2).
extension Ledger {
  /// Brings back what lies further ahead than it can: the table is `WrittenMoment`. Where all is well nothing is
  /// written.
  /// - Parameter isThorough: also where no index leads.
  /// - Returns: how many moments.
  public func mend(now: Timestamp, _ bounds: MomentBounds, isThorough: Bool) throws -> Int {
    let moments = WrittenMoment.allCases.filter { isThorough || !$0.isThorough }
    let wrong = try database.read { connection in
      try moments.filter {
        try connection.exists(
          "SELECT 1 FROM \($0.place.table) WHERE \(Ledger.isTooFar($0, bounds)) LIMIT 1", arguments($0, now))
      }
    }
    if wrong.isEmpty { return 0 }
    return try database.write { connection in
      try wrong.reduce(0) { count, moment in
        let (table, column) = moment.place
        return try count
          + connection.run(
            """
            UPDATE \(table) SET \(column) = \(moment.mended(bounds)) WHERE \(Ledger.isTooFar(moment, bounds))
            """, arguments(moment, now))
      }
    }
  }

  private static func isTooFar(_ moment: WrittenMoment, _ bounds: MomentBounds) -> String {
    "\(moment.rows) AND \(moment.place.column) > \(moment.furthest(bounds))"
  }

  /// Now, by the clock that the moment is of.
  private func arguments(_ moment: WrittenMoment, _ now: Timestamp) -> [Value] {
    let lease = leaseMoment(now)
    return switch moment {
    case .steadyLease: [.integer(lease.seconds)]
    case .lease where lease.boot == nil: [.integer(lease.seconds)]
    default: [.integer(now.seconds)]
    }
  }
}
