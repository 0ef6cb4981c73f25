import Forum
import Mail
import SQL

/// One message to one recipient, with the right to work on it.
public struct Delivery: Hashable, Sendable {
  /// What the message carries.
  public enum Content: Hashable, Sendable {
    /// The journal position of the post.
    case post(Int64)
    case digestPart(digest: Int64, part: Int, parts: Int)
  }
  public let id: Int64
  public let person: Int64
  public let content: Content
  public let generation: Int
  /// Attempts made so far.
  public var attempts: Int
  /// How often its fate was unknown.
  public let uncertain: Int
  public let firstAttemptAt: Timestamp?

  static let columns = "id, person, post, digest, part, parts, generation, attempts, uncertain, first_attempt_at"

  init(_ row: any Row) {
    id = row.integer(0)
    person = row.integer(1)
    if let post = row.optionalInteger(2) {
      content = .post(post)
    } else {
      content = .digestPart(digest: row.integer(3), part: Int(row.integer(4)), parts: Int(row.integer(5)))
    }
    generation = Int(row.integer(6))
    attempts = Int(row.integer(7))
    uncertain = Int(row.integer(8))
    firstAttemptAt = row.optionalInteger(9).map(Timestamp.init)
  }
}

/// The right to work on some deliveries until a moment. What is recorded under a lease that has ended is ignored.
public struct Lease: Hashable, Sendable {
  /// One per run that delivers, never used twice.
  public let number: Int64
  public let until: Timestamp
}

/// How an attempt ended and what becomes of its delivery.
public struct AttemptEnd: Hashable, Sendable {
  public enum Outcome: String, Sendable { case accepted, transient, permanent, lost, uncertain }
  public var delivery: Int64
  public var number: Int
  public var address: String
  public var beganAt: Timestamp
  public var endedAt: Timestamp
  public var outcome: Outcome
  /// What the failure concerns (rule S3).
  public var scope: String?
  /// The server's whole answer, or what happened instead (rule S2).
  public var answer: String
  public var state: DeliveryState
  /// Why it is held.
  public var reason: String?
  /// When it may be tried again.
  public var due: Timestamp?

  public init(
    delivery: Int64, number: Int, address: String, beganAt: Timestamp, endedAt: Timestamp, outcome: Outcome,
    scope: String? = nil, answer: String, state: DeliveryState, reason: String? = nil, due: Timestamp? = nil
  ) {
    precondition(DeliveryState.sending.next.contains(state), "an attempt cannot end in \(state)")
    self.delivery = delivery
    self.number = number
    self.address = address
    self.beganAt = beganAt
    self.endedAt = endedAt
    self.outcome = outcome
    self.scope = scope
    self.answer = answer
    self.state = state
    self.reason = reason
    self.due = due
  }
}

extension Ledger {
  // MARK: Leases

  /// Takes deliveries that are due, the longest overdue first; urgent posts before all.
  /// - Parameters:
  ///   - number: the lease under which a run took some before; nil the first time.
  ///   - seconds: how long the right to them lasts.
  public func lease(limit: Int, under number: Int64?, now: Timestamp, seconds: Int64) throws
    -> (lease: Lease, deliveries: [Delivery])?
  {
    let due = try database.read {
      try $0.first(
        """
        SELECT 1 FROM delivery WHERE state IN ('queued', 'deferred', 'uncertain') AND lease IS NULL AND due <= $1
        ORDER BY due LIMIT 1
        """, [.integer(now.seconds)]
      ) { _ in true }
    }
    guard due != nil else { return nil }
    return try database.write(.concurrent) { connection in
      let lease = Lease(number: try number ?? Ledger.advance(.lease, by: 1, connection), until: now + seconds)
      // Another run's rows are left out, not waited for. Materialized: looked for once, whatever the planner thinks.
      let taken = try connection.query(
        """
        WITH free AS MATERIALIZED (
          SELECT id FROM delivery WHERE state IN ('queued', 'deferred', 'uncertain') AND lease IS NULL AND due <= $3
          ORDER BY due, id LIMIT $4 {skip locked})
        UPDATE delivery SET lease = $1, lease_until = $2 WHERE id IN (SELECT id FROM free)
        RETURNING \(Delivery.columns), due
        """,
        [.integer(lease.number), .integer(lease.until.seconds), .integer(now.seconds), .integer(Int64(limit))]
      ) { (delivery: Delivery($0), due: $0.integer(10)) }
      if taken.isEmpty { return nil }
      // RETURNING keeps no order.
      return (lease, taken.sorted { ($0.due, $0.delivery.id) < ($1.due, $1.delivery.id) }.map(\.delivery))
    }
  }

  /// Lets a run that is at work keep what it has leased (rule S5): only a run that has died, or was stopped for longer than
  /// its lease, loses it.
  /// - Returns: how much of it is still the run's.
  @discardableResult
  public func renew(lease: Int64, now: Timestamp, seconds: Int64) throws -> Int {
    try database.write(.concurrent) {
      try $0.run(
        "UPDATE delivery SET lease_until = $3 WHERE lease = $1 AND lease IS NOT NULL AND lease_until > $2",
        [.integer(lease), .integer(now.seconds), .integer((now + seconds).seconds)])
    }
  }

  /// Gives back what a run leased and did not begin.
  public func release(lease: Int64) throws {
    try database.write(.concurrent) {
      try $0.run(
        "UPDATE delivery SET lease = NULL, lease_until = NULL WHERE lease = $1 AND lease IS NOT NULL AND state <> 'sending'",
        [.integer(lease)])
    }
  }

  /// What became of leases that ended: taken back, and messages whose fate is unknown.
  public struct Rescue: Hashable, Sendable {
    public var returned = 0
    public var uncertain = 0
    public var held = 0
    public init() {}
  }

  /// Takes back the deliveries of leases that have ended (rule S5). What was being sent is uncertain.
  /// - Parameters:
  ///   - resend: false holds what is uncertain for the operator.
  ///   - limit: how often one message may become uncertain before it is held.
  public func rescue(now: Timestamp, resend: Bool, limit: Int = 3) throws -> Rescue {
    let ended = try database.read {
      try $0.first(
        "SELECT 1 FROM delivery WHERE lease IS NOT NULL AND lease_until <= $1 ORDER BY lease_until LIMIT 1",
        [.integer(now.seconds)]
      ) { _ in true }
    }
    guard ended != nil else { return Rescue() }
    return try database.write { connection in
      var rescue = Rescue()
      // A run that is late, not dead, may be recording these at the moment: locked, they are one's or the other's. `+id`
      // keeps SQLite from reading the whole table in the order of its key.
      let inDoubt = try connection.query(
        """
        SELECT id FROM delivery WHERE state = 'sending' AND lease IS NOT NULL AND lease_until <= $1 ORDER BY +id {for update}
        """, [.integer(now.seconds)]
      ) { $0.integer(0) }
      let these: [Value] = [.integers(inDoubt), .integer(now.seconds)]
      try connection.run(
        """
        INSERT INTO attempt (delivery, number, address, began_at, ended_at, outcome, scope, answer)
        SELECT id, attempts, '', began_at, $2, 'uncertain', 'run', 'the run ended before the answer was recorded'
        FROM delivery WHERE id IN ($1)
        """, these)
      let again = "uncertain = uncertain + 1, lease = NULL, lease_until = NULL WHERE id IN ($1) AND state = 'sending'"
      rescue.held = try connection.run(
        "UPDATE delivery SET state = 'held', reason = 'uncertain', \(again) AND (uncertain >= $2 OR $3 = 0)",
        [.integers(inDoubt), .integer(Int64(limit)), .integer(resend ? 1 : 0)])
      rescue.uncertain = try connection.run("UPDATE delivery SET state = 'uncertain', due = $2, \(again)", these)
      rescue.returned = try connection.run(
        "UPDATE delivery SET lease = NULL, lease_until = NULL WHERE lease IS NOT NULL AND lease_until <= $1",
        [.integer(now.seconds)])
      return rescue
    }
  }

  // MARK: Attempts

  /// Records how a group of attempts ended, and that the next group begins: one commit (rule S5).
  /// - Parameters:
  ///   - ended: attempts with their ends.
  ///   - unsent: attempts that came to nothing and are not counted: each is queued, deferred or uncertain again as its
  ///     last counted attempt left it, and stays leased until `release`.
  ///   - postponed: those of `unsent` that are not to come first again.
  ///   - givenBack: deliveries of this run or an earlier one that failed by the relay's fault.
  ///   - begin: deliveries whose attempt is about to be made.
  ///   - domains: what the ends say of recipient domains.
  ///   - lease: the number of the run's lease.
  ///   - margin: seconds that a lease must still last for an attempt to begin under it.
  /// - Returns: those of `begin` that are still ours; nothing else may be sent.
  public func advance(
    ended: [AttemptEnd], unsent: [Int64], postponed: Wait? = nil, givenBack: Wait? = nil, begin: [Int64],
    domains: DomainNews = DomainNews(), lease: Int64, margin: Int64, now: Timestamp
  ) throws -> Set<Int64> {
    if ended.isEmpty, unsent.isEmpty, begin.isEmpty, domains.isEmpty, givenBack == nil { return [] }
    return try database.write(.concurrent) { connection in
      try record(ended, lease, connection)
      if let givenBack { try Ledger.giveBack(givenBack, connection) }
      try Ledger.record(domains, now: now, connection)
      try Ledger.takeBack(unsent, lease: lease, connection)
      if let postponed { try Ledger.postpone(postponed, lease: lease, connection) }
      if begin.isEmpty { return [] }
      return Set(
        try connection.query(
          """
          UPDATE delivery SET state = 'sending', attempts = attempts + 1, began_at = $3,
            first_attempt_at = coalesce(first_attempt_at, $3)
          WHERE id IN ($1) AND lease = $2 AND lease_until > $4 AND state IN ('queued', 'deferred', 'uncertain')
          RETURNING id
          """, [.integers(begin), .integer(lease), .integer(now.seconds), .integer((now + margin).seconds)]
        ) { $0.integer(0) })
    }
  }

  private func record(_ ended: [AttemptEnd], _ lease: Int64, _ connection: any Connection) throws {
    if ended.isEmpty { return }
    // An end counts only for the attempt that it is of, under the lease that it was made under.
    let ours = Dictionary(
      uniqueKeysWithValues: try connection.query(
        "SELECT id, attempts FROM delivery WHERE id IN ($1) AND lease = $2 AND state = 'sending' ORDER BY id {for update}",
        [.integers(ended.map(\.delivery)), .integer(lease)]
      ) { ($0.integer(0), Int($0.integer(1))) })
    let valid = ended.filter { ours[$0.delivery] == $0.number }
    try connection.insert(
      into: "attempt",
      columns: ["delivery", "number", "address", "began_at", "ended_at", "outcome", "scope", "answer"],
      values: valid.flatMap { end -> [Value] in
        [
          .integer(end.delivery), .integer(Int64(end.number)), .text(end.address), .integer(end.beganAt.seconds),
          .integer(end.endedAt.seconds), .text(end.outcome.rawValue), .optional(end.scope), .text(end.answer),
        ]
      })
    let sent = valid.filter { $0.state == .sent }
    if let endedAt = sent.first?.endedAt {
      try connection.run(
        "UPDATE delivery SET state = 'sent', lease = NULL, lease_until = NULL, ended_at = $2 WHERE id IN ($1)",
        [.integers(sent.map(\.delivery)), .integer(endedAt.seconds)])
    }
    for end in valid where end.state != .sent {
      try connection.run(
        """
        UPDATE delivery SET state = $2, reason = $3, due = coalesce($4, due), lease = NULL, lease_until = NULL,
          uncertain = uncertain + $5, ended_at = $6
        WHERE id = $1
        """,
        [
          .integer(end.delivery), .text(end.state.rawValue), .optional(end.reason), .optional(end.due?.seconds),
          .integer(end.outcome == .uncertain ? 1 : 0), .optional(end.state.isOpen ? nil : end.endedAt.seconds),
        ])
    }
  }

  // MARK: What is not sent

  /// A delivery that may not go out, and why.
  public struct Withheld: Hashable, Sendable {
    public var delivery: Int64
    /// `.dropped`, `.suppressed` or `.held`
    public var state: DeliveryState
    public var reason: String
    public init(delivery: Int64, state: DeliveryState, reason: String) {
      precondition(
        state != .sending && DeliveryState.queued.next.contains(state), "a delivery cannot be withheld as \(state)")
      (self.delivery, self.state, self.reason) = (delivery, state, reason)
    }
  }

  /// Closes leased deliveries that may not go out, but for those of a domain that is no longer held, and takes out of digests' parts what may not be shown now; remembers the
  /// posts that are out of sight, to restore their copies (rule C6).
  /// - Parameter outOfSight: by leased part, those of its posts that its reader may not see for now.
  public func withhold(
    _ withheld: [Withheld], outOfSight: [Int64: [Int64]] = [:], lease: Int64, now: Timestamp
  ) throws {
    if withheld.isEmpty, outOfSight.isEmpty { return }
    try database.write(.concurrent) { connection in
      // Until the commit nobody else gets hold of them, though the lease end meanwhile.
      _ = try connection.query(
        "SELECT 1 FROM delivery WHERE id IN ($1) AND lease = $2 ORDER BY id {for update}",
        [.integers(Set(withheld.map(\.delivery)).union(outOfSight.keys).sorted()), .integer(lease)]
      ) { _ in }
      for (part, posts) in outOfSight {
        try Ledger.reopen(posts, part: part, lease: lease, now: now, connection)
      }
      for alike in Dictionary(grouping: withheld, by: { [$0.state.rawValue, $0.reason] }).values {
        guard try Ledger.isHeldStill(alike[0], connection) else { continue }
        try connection.run(
          """
          UPDATE delivery SET state = $3, reason = $4, lease = NULL, lease_until = NULL, ended_at = $5
          WHERE id IN ($1) AND lease = $2 AND state <> 'sending'
          """,
          [
            .integers(alike.map(\.delivery)), .integer(lease), .text(alike[0].state.rawValue), .text(alike[0].reason),
            .optional(alike[0].state.isOpen ? nil : now.seconds),
          ])
      }
      let waiting = withheld.filter { SkipReason(rawValue: $0.reason)?.isOutOfSight == true }
      try Ledger.withdraw(
        connection.query(
          "SELECT DISTINCT post FROM delivery WHERE id IN ($1) AND post IS NOT NULL",
          [.integers(waiting.map(\.delivery))]
        ) { $0.integer(0) }, now, connection)
    }
  }

  /// Instant copies so long overdue, and never attempted, that they reach each person as one digest (rule C5).
  /// - Returns: how many copies were folded into digests.
  public func fold(overdueSince: Timestamp, now: Timestamp, limit: Int) throws -> Int {
    // An urgent copy is due at 0, to go first: how long it is overdue, the journal knows. The states are named twice for
    // SQLite to see that the index of what is due will do.
    let stale = """
      SELECT d.id FROM delivery d JOIN journal j ON j.position = d.post
      WHERE d.state = 'queued' AND d.state IN ('queued', 'deferred', 'uncertain') AND d.lease IS NULL AND d.due < $1
        AND j.due < $1 AND d.attempts = 0 AND d.generation = 0 ORDER BY d.due LIMIT $2
      """
    let ids = try database.read {
      try $0.query(stale, [.integer(overdueSince.seconds), .integer(Int64(limit))]) { $0.integer(0) }
    }
    if ids.isEmpty { return 0 }
    return try database.write { connection in
      let folded = try connection.query(
        """
        UPDATE delivery SET state = 'dropped', reason = 'folded', ended_at = $2
        WHERE id IN ($1) AND state = 'queued' AND lease IS NULL AND attempts = 0 RETURNING post, person, generation
        """, [.integers(ids), .integer(now.seconds)]
      ) { ($0.integer(0), $0.integer(1), $0.integer(2)) }
      for (post, person, generation) in folded {
        try connection.run(
          "UPDATE decision SET decision = 'digest', delivery = NULL WHERE post = $1 AND person = $2 AND generation = $3",
          [.integer(post), .integer(person), .integer(generation)])
        try connection.run(
          """
          INSERT INTO digest_slot (person, due, slot_date, kind) VALUES ($1, $2, NULL, 'catch-up')
          ON CONFLICT (person) DO UPDATE SET due = $2, slot_date = NULL, kind = 'catch-up'
          """, [.integer(person), .integer(now.seconds)])
      }
      return folded.count
    }
  }

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
      ) { Timestamp($0.integer(0)) }
    }
  }
}
