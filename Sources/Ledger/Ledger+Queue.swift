import Time

/// The queue at a glance.
extension Ledger {
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
        """
        SELECT due FROM delivery WHERE state IN ('queued', 'deferred', 'uncertain') AND lease IS NULL
        ORDER BY due LIMIT 1
        """
      ) { $0.moment(0) }
    }
  }
}
