import DeliveryPolicy
import Identifiers
import SQL
import Time

/// The right to work on deliveries: taken, kept, given back, taken over from a run that died (rule S5).
extension Ledger {
  /// What an UPDATE writes into a delivery whose lease is given back.
  static let unleased = "lease = NULL, lease_until = NULL, lease_boot = NULL"

  /// Now, by the clock that leases go by.
  func leaseMoment(_ now: Timestamp) -> LeaseMoment { leaseClock?() ?? LeaseMoment(boot: nil, seconds: now.seconds) }

  /// The condition on deliveries whose lease has ended, with the values of `ended(_:_:)` in `$1` to `$4`. One of another
  /// boot has: the process that took it is gone with that (rule E2); so has one of a process that is known to be gone.
  private static let hasEnded = """
    lease IS NOT NULL
      AND (lease IN ($4)
        OR CASE WHEN lease_boot IS NULL THEN lease_until <= $1 ELSE lease_boot <> $2 OR lease_until <= $3 END)
    """

  private func ended(_ now: Timestamp, _ dead: [LeaseID]) -> [Value] {
    let moment = leaseMoment(now)
    return [
      .integer(moment.boot == nil ? moment.seconds : now.seconds), .integer(moment.boot ?? 0), .integer(moment.seconds),
      .ids(dead),
    ]
  }

  /// Takes deliveries that are due, the longest overdue first; urgent posts before all.
  /// - Parameters:
  ///   - id: the lease under which a run took some before; nil the first time.
  ///   - place: behind what the run took before; it moves behind what is taken now.
  ///   - seconds: how long the right to them lasts.
  ///   - spared: copies that were due before this moment and never tried stay where they are: it is not settled whether
  ///     they are to become a digest.
  /// - Returns: nil if nothing is due that no other run has.
  public func lease(
    limit: Int, under id: LeaseID?, from place: inout ClaimPlace, now: Timestamp, seconds: Int64,
    sparing spared: Timestamp? = nil
  ) throws -> (lease: Lease, deliveries: [Delivery])? {
    // A run that finds nothing to do writes nothing.
    guard let begun = try claimStart(behind: place, now, sparing: spared) else { return nil }
    let moment = leaseMoment(now)
    let taken = try database.write(.concurrent) { connection in
      let lease = Lease(
        id: try id ?? LeaseID(Ledger.increment(.lease, by: 1, connection)),
        until: LeaseMoment(boot: moment.boot, seconds: moment.seconds + seconds))
      return (lease, try Ledger.take(limit, under: lease, from: begun, now, sparing: spared, connection))
    }
    let (lease, (deliveries, next)) = taken
    place = next
    return deliveries.isEmpty ? nil : (lease, deliveries)
  }

  /// The place if something is due behind it, else the beginning; nil if nothing is due.
  private func claimStart(behind place: ClaimPlace, _ now: Timestamp, sparing spared: Timestamp?) throws -> ClaimPlace?
  {
    try database.read { connection in
      func isDue(_ range: String, _ more: [Value]) throws -> Bool {
        try connection.exists(
          """
          SELECT 1 FROM delivery WHERE \(Ledger.isWaiting) AND due <= $1 AND \(range)\
          \(Ledger.unlessSpared(spared, "$\(2 + more.count)")) ORDER BY due, id LIMIT 1
          """, [.integer(now.seconds)] + more + (spared.map { [.integer($0.seconds)] } ?? []))
      }
      if place != .start {
        if try isDue("due = 0 AND id > $2", [.id(place.urgent)]) { return place }
        if try isDue("(due, id) > ($2, $3)", [.integer(place.due), .id(place.id)]) { return place }
      }
      return try isDue("due >= 0", []) ? .start : nil
    }
  }

  /// Takes one delivery, if it is due and no other run has it.
  public func lease(only delivery: DeliveryID, now: Timestamp, seconds: Int64) throws
    -> (lease: Lease, deliveries: [Delivery])?
  {
    let moment = leaseMoment(now)
    return try database.write(.concurrent) { connection in
      let lease = Lease(
        id: try LeaseID(Ledger.increment(.lease, by: 1, connection)),
        until: LeaseMoment(boot: moment.boot, seconds: moment.seconds + seconds))
      var place = ClaimPlace.start
      let taken = try Ledger.take(
        1, under: lease, "id = $6", [.id(delivery)], now, sparing: nil, &place, connection)
      return taken.isEmpty ? nil : (lease, taken)
    }
  }

  /// Takes deliveries that are due, from the one longest overdue on: for whoever takes but once.
  public func lease(limit: Int, under id: LeaseID?, now: Timestamp, seconds: Int64, sparing spared: Timestamp? = nil)
    throws -> (lease: Lease, deliveries: [Delivery])?
  {
    var place = ClaimPlace.start
    return try lease(limit: limit, under: id, from: &place, now: now, seconds: seconds, sparing: spared)
  }

  /// Marks what is free and due as the lease's: from the place on, urgent ones that are new before all; and once there
  /// is nothing more, from the beginning, where what was given back or came late stands.
  private static func take(
    _ limit: Int, under lease: Lease, from place: ClaimPlace, _ now: Timestamp, sparing spared: Timestamp?,
    _ connection: any Connection
  ) throws -> (deliveries: [Delivery], next: ClaimPlace) {
    var next = place
    func take(_ limit: Int, _ range: String, _ more: [Value]) throws -> [Delivery] {
      try Ledger.take(limit, under: lease, range, more, now, sparing: spared, &next, connection)
    }
    if place != .start {
      var taken = try take(limit, "due = 0 AND id > $6", [.id(place.urgent)])
      if taken.count < limit {
        taken += try take(limit - taken.count, "(due, id) > ($6, $7)", [.integer(place.due), .id(place.id)])
      }
      if !taken.isEmpty { return (taken, next) }
      next = .start
    }
    return (try take(limit, "due >= 0", []), next)
  }

  /// Marks what is free and due within a range as the lease's, the longest overdue first.
  private static func take(
    _ limit: Int, under lease: Lease, _ range: String, _ more: [Value], _ now: Timestamp, sparing spared: Timestamp?,
    _ place: inout ClaimPlace, _ connection: any Connection
  ) throws -> [Delivery] {
    // Another run's rows are left out, not waited for. Materialized: looked for once, whatever the planner thinks.
    let taken = try connection.query(
      """
      WITH free AS MATERIALIZED (
        SELECT id FROM delivery
        WHERE \(isWaiting) AND due <= $4 AND \(range)\(unlessSpared(spared, "$\(6 + more.count)"))
        ORDER BY due, id LIMIT $5 {skip locked})
      UPDATE delivery SET lease = $1, lease_until = $2, lease_boot = $3 WHERE id IN (SELECT id FROM free)
      RETURNING \(Delivery.columns), due
      """,
      [
        .id(lease.id), .integer(lease.until.seconds), .optional(lease.until.boot), .integer(now.seconds),
        .integer(Int64(limit)),
      ] + more + (spared.map { [.integer($0.seconds)] } ?? [])
    ) { (delivery: Delivery($0), due: $0.integer(12)) }
    // RETURNING keeps no order.
    let sorted = taken.sorted { ($0.due, $0.delivery.id) < ($1.due, $1.delivery.id) }
    for one in sorted { place.pass(due: one.due, one.delivery.id) }
    return sorted.map(\.delivery)
  }

  /// Lets a run that is at work keep what it has leased (rule S5): only a run that has died, or was stopped for longer
  /// than its lease, loses it.
  /// - Returns: how much of it is still the run's.
  @discardableResult
  public func renew(lease: LeaseID, now: Timestamp, seconds: Int64) throws -> Int {
    let moment = leaseMoment(now).seconds
    return try database.write(.concurrent) {
      try $0.run(
        "UPDATE delivery SET lease_until = $3 WHERE lease = $1 AND lease IS NOT NULL AND lease_until > $2",
        [.id(lease), .integer(moment), .integer(moment + seconds)])
    }
  }

  /// Gives back what a run leased and did not begin. `lease IS NOT NULL` says nothing new, but the index of what is
  /// leased is used only where it is said.
  public func release(lease: LeaseID) throws {
    try database.write(.concurrent) {
      try $0.run(
        """
        UPDATE delivery SET \(Ledger.unleased)
        WHERE lease = $1 AND lease IS NOT NULL AND state <> 'sending'
        """, [.id(lease)])
    }
  }

  /// What became of leases that ended: taken back, and messages whose fate is unknown.
  public struct Rescue: Hashable, Sendable {
    /// Deliveries that had not been begun: they wait as before.
    public var returned = 0
    /// Deliveries that were being sent: they are sent again.
    public var uncertain = 0
    /// Deliveries that were being sent, and wait for the admin's word.
    public var held = 0
    /// Nothing had to be taken back.
    public init() {}
  }

  /// Takes back the deliveries of leases that have ended (rule S5). What was being sent is uncertain.
  /// - Parameters:
  ///   - uncertain: whether what is uncertain is sent again or held for the operator.
  ///   - limit: how often one message may become uncertain before it is held.
  ///   - dead: leases of processes that are known to be gone; they have ended, whatever the time.
  public func rescue(
    now: Timestamp, uncertain policy: UncertainPolicy, limit: Int = UncertainPolicy.limit, dead: [LeaseID] = []
  ) throws -> Rescue {
    let ended = ended(now, dead)
    guard try database.read({ try $0.exists("SELECT 1 FROM delivery WHERE \(Ledger.hasEnded) LIMIT 1", ended) }) else {
      return Rescue()
    }
    return try database.write { connection in
      var rescue = try Ledger.rescueBegun(ended, now, policy, limit, connection)
      rescue.returned = try connection.run("UPDATE delivery SET \(Ledger.unleased) WHERE \(Ledger.hasEnded)", ended)
      return rescue
    }
  }

  /// What was being sent under leases that have ended: its attempt gets an end, and it is uncertain or held.
  private static func rescueBegun(
    _ ended: [Value], _ now: Timestamp, _ policy: UncertainPolicy, _ limit: Int, _ connection: any Connection
  ) throws -> Rescue {
    // A run that is late, not dead, may be recording these at the moment: locked, they are one's or the other's.
    // `+id` keeps SQLite from reading the whole table in the order of its key.
    let inDoubt = try connection.query(
      """
      SELECT id FROM delivery WHERE state = 'sending' AND \(hasEnded)
      ORDER BY +id {for update}
      """, ended
    ) { $0.id(0) as DeliveryID }
    let these: [Value] = [.ids(inDoubt), .integer(now.seconds)]
    try connection.run(
      """
      INSERT INTO attempt (delivery, number, address, began_at, ended_at, outcome, scope, answer)
      SELECT id, attempts, '', began_at, $2, 'uncertain', 'run', 'the run ended before the answer was recorded'
      FROM delivery WHERE id IN ($1)
      """, these)
    var rescue = Rescue()
    let again = "uncertain = uncertain + 1, \(unleased) WHERE id IN ($1) AND state = 'sending'"
    // First those that were uncertain too often: the second statement finds the rest still `sending`.
    rescue.held = try move(
      """
      UPDATE delivery SET state = 'held', reason = '\(HoldReason.uncertain.text)', \(again)
        AND (uncertain >= $2 OR $3 = 0)
      """, [.ids(inDoubt), .integer(Int64(limit)), .integer(policy == .resend ? 1 : 0)], .rescued, "held", now: now,
      connection)
    rescue.uncertain = try move(
      "UPDATE delivery SET state = 'uncertain', due = $2, \(again)", these, .rescued, "again", now: now, connection)
    return rescue
  }
}
