import Time

/// The queue at a glance.
extension Ledger {
  /// The condition on a delivery that waits for a run to take it, word for word that of the index `delivery_due`: a
  /// planner that cannot see that they agree reads the whole table.
  static let isWaiting = "state IN ('queued', 'deferred', 'uncertain') AND lease IS NULL"

  /// What an UPDATE writes into a delivery that goes out after all: it waits again, nothing is known against it, and
  /// its lifetime begins anew; its waits go on where they were. Attempts stay counted, since they name its rows in
  /// `attempt`.
  static let queuedAnew =
    "state = 'queued', reason = NULL, ended_at = NULL, first_attempt_at = NULL, attempts_before = attempts"

  /// How many deliveries stand in each state.
  public func deliveryCounts() throws -> [DeliveryState: Int] {
    let counts = try database.read {
      try $0.query("SELECT state, count(*) FROM delivery GROUP BY state") { ($0.text(0), Int($0.integer(1))) }
    }
    return Dictionary(counts.compactMap { s, n in DeliveryState(rawValue: s).map { ($0, n) } }, uniquingKeysWith: +)
  }

  /// When the next delivery that waits is due; nil if none waits.
  public func nextDue() throws -> Timestamp? {
    try database.read {
      try $0.first(
        "SELECT due FROM delivery WHERE \(Ledger.isWaiting) ORDER BY due LIMIT 1"
      ) { $0.moment(0) }
    }
  }

  /// When the next digest is to be written, which may be long ago; nil where there is none.
  public func nextDigest() throws -> Timestamp? {
    try database.read { try $0.first("SELECT due FROM digest_slot ORDER BY due LIMIT 1") { $0.moment(0) } }
  }

  /// How many deliveries wait and are due; counted up to a million.
  public func countDue(at now: Timestamp) throws -> Int {
    try database.read {
      try $0.first(
        """
        SELECT count(*) FROM (SELECT 1 AS one FROM delivery WHERE \(Ledger.isWaiting) AND due <= $1 LIMIT 1000000) AS waiting
        """, [.integer(now.seconds)]
      ) { Int($0.integer(0)) } ?? 0
    }
  }
}
