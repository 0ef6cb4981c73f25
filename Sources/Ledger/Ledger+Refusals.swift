import DeliveryPolicy
import Identifiers
import SQL
import Time

/// What becomes of deliveries whose refusal was not about them (rule S3).
extension Ledger {
  /// Deliveries that are to wait, and until when.
  public struct Wait: Hashable, Sendable {
    /// Those of other states, or of another's lease, are left alone.
    public var deliveries: [DeliveryID]
    /// When they are due again.
    public var until: Timestamp

    /// Deliveries with the moment.
    public init(_ deliveries: [DeliveryID], until: Timestamp) {
      self.deliveries = deliveries
      self.until = until
    }
  }

  /// Attempts that came to nothing are not counted: each delivery is as its last counted attempt left it. What that was
  /// stands in `attempt`; one whose end is not there (its rows were forgotten) is `deferred`, and comes again all the
  /// same.
  static func takeBack(_ unsent: [DeliveryID], lease: LeaseID, _ connection: any Connection) throws {
    if unsent.isEmpty { return }
    try connection.run(
      """
      UPDATE delivery SET attempts = attempts - 1,
        state = CASE WHEN attempts <= 1 THEN 'queued' WHEN EXISTS (
            SELECT 1 FROM attempt a
            WHERE a.delivery = delivery.id AND a.number = delivery.attempts - 1 AND a.outcome = 'uncertain')
          THEN 'uncertain' ELSE 'deferred' END,
        first_attempt_at = CASE WHEN attempts <= 1 OR first_attempt_at = began_at THEN NULL ELSE first_attempt_at END
      WHERE id IN ($1) AND \(Ledger.isLeased(by: "$2")) AND state = 'sending'
      """, [.ids(unsent), .id(lease)])
  }

  /// Deliveries that failed, or wait, by the relay's fault are tried again, and their retries begin anew.
  static func giveBack(_ wait: Wait, now: Timestamp, _ connection: any Connection) throws {
    if wait.deliveries.isEmpty { return }
    let failed = try connection.query(
      "SELECT id FROM delivery WHERE id IN ($1) AND state = 'failed' AND lease IS NULL ORDER BY id {for update}",
      [.ids(wait.deliveries)]
    ) { $0.id(0) as DeliveryID }
    try tell(.givenBack, of: failed, now: now, connection)
    try connection.run(
      """
      UPDATE delivery SET state = 'deferred', reason = NULL, ended_at = NULL, due = $2, first_attempt_at = NULL,
        attempts_before = attempts
      WHERE id IN ($1) AND state IN ('failed', 'deferred') AND lease IS NULL
      """, [.ids(wait.deliveries), .integer(wait.until.seconds)])
    try connection.run(
      """
      UPDATE attempt SET scope = 'relay'
      WHERE delivery IN ($1) AND number = (
        SELECT d.attempts FROM delivery d WHERE d.id = attempt.delivery AND d.state = 'deferred')
      """, [.ids(wait.deliveries)])
    try forgetRefusals(of: wait.deliveries, connection)
  }

  /// Of these people those to whom the last mail was taken, not before a moment, as far as the newest deliveries tell:
  /// nobody goes through the whole queue for it (rule E4).
  public func lastTaken(of people: [PersonID], since: Timestamp) throws -> Set<PersonID> {
    let ends: [(person: PersonID, isSent: Bool)] = try database.read {
      try $0.query(
        """
        SELECT person, state FROM delivery
        WHERE id > (SELECT coalesce(max(id), 0) FROM delivery) - 200000 AND person IN ($1)
          AND state IN ('sent', 'failed', 'expired') AND ended_at >= $2
        ORDER BY ended_at, id
        """, [.ids(people), .integer(since.seconds)]
      ) { ($0.id(0), $0.text(1) == "sent") }
    }
    let last = Dictionary(ends.map { ($0.person, $0.isSent) }, uniquingKeysWith: { $1 })
    return Set(last.filter(\.value).keys)
  }

  /// How often a delivery was refused for good since its retries last began anew.
  public func refusals(of delivery: Delivery) throws -> Int {
    if delivery.attempts == delivery.attemptsBefore { return 0 }
    return try database.read {
      try $0.first(
        "SELECT count(*) FROM attempt WHERE delivery = $1 AND number > $2 AND outcome = 'permanent'",
        [.id(delivery.id), .integer(Int64(delivery.attemptsBefore))]
      ) { Int($0.integer(0)) } ?? 0
    }
  }

  /// What waits by the fault of the relay, of our address as the sender, or for a refusal that is asked about again, is
  /// due now, and so is what was held since its refusals looked like those of a domain or a post: the admin has mended
  /// the relay.
  /// - Returns: how many messages are due now, with those that were before.
  public func hurryAfterRelay(by releaser: ReleasedBy = .admin(""), now: Timestamp) throws -> Int {
    try database.write {
      _ = try Ledger.endTimedPauses(by: releaser, now: now, $0)
      try $0.run(
        """
        UPDATE delivery SET due = $1
        WHERE state = 'deferred' AND lease IS NULL AND due > $1 AND EXISTS (
          SELECT 1 FROM attempt a
          WHERE a.delivery = delivery.id AND a.number = delivery.attempts
            AND (a.scope IN ('relay', 'sender') OR a.outcome = 'permanent'))
        """, [.integer(now.seconds)])
    }
    return try countDue(at: now)
  }
}

/// What recipient domains refused by policy since each last took a mail, whatever the run and the process (rule S3).
extension Ledger {
  /// One delivery that a domain refused by policy.
  public struct DomainRefusal: Hashable, Sendable {
    /// In its canonical form.
    public var domain: String
    /// When, of which delivery, and in which words.
    public var refusal: DomainPolicy.Refusal

    /// A domain with what it said.
    public init(domain: String, _ refusal: DomainPolicy.Refusal) {
      self.domain = domain
      self.refusal = refusal
    }
  }

  /// What the ends of attempts say of recipient domains.
  public struct DomainUpdate: Hashable, Sendable {
    /// Domains that took a mail: what they refused before counts no more.
    public var took: Set<String> = []
    /// What was refused since.
    public var refused: [DomainRefusal] = []
    /// Domains to hold; the deliveries that led there are held in the same commit, lest a crash leave them failed.
    public var holds: [DomainHold] = []
    /// What is to be left alone, in its order.
    public var pauses: [PauseOrder] = []
    /// What was left alone and has been taken.
    public var ended: [Pauses.Subject] = []
    /// What was held since this moment was held for what turned out to be the relay's words, or a post's: given back.
    public var liftedSince: Timestamp?
    /// Refusals that are older count no more.
    public var forgotten = Timestamp(.min)
    /// Nothing but domains to hold.
    public init(holds: [DomainHold] = []) { self.holds = holds }

    /// Whether there is nothing to write.
    public var isEmpty: Bool {
      took.isEmpty && refused.isEmpty && holds.isEmpty && pauses.isEmpty && ended.isEmpty && liftedSince == nil
    }
  }

  /// What a domain has refused since a moment, and has taken nothing since, by delivery.
  public func refusals(by domain: String, since: Timestamp) throws -> [DomainPolicy.Refusal] {
    try database.read {
      try $0.query(
        """
        SELECT delivery, answer, refused_at, person FROM domain_refusal WHERE domain = $1 AND refused_at >= $2
        ORDER BY delivery
        """, [.text(domain), .integer(since.seconds)]
      ) {
        DomainPolicy.Refusal(delivery: $0.id(0), answer: $0.text(1), at: $0.moment(2), person: $0.optionalID(3))
      }
    }
  }

  /// What a domain took clears what it refused before; only then what was refused after it is written. One delivery
  /// counts once, by its last refusal.
  static func apply(_ update: DomainUpdate, now: Timestamp, _ connection: any Connection) throws {
    if !update.took.isEmpty {
      try connection.run("DELETE FROM domain_refusal WHERE domain IN ($1)", [.texts(update.took.sorted())])
    }
    let erased =
      update.refused.isEmpty
      ? [:] : try erased(among: update.refused.lazy.compactMap(\.refusal.person), connection)
    let refused = update.refused.filter { $0.refusal.person.flatMap { erased[$0] } == nil }
    if !refused.isEmpty {
      try connection.run("DELETE FROM domain_refusal WHERE refused_at < $1", [.integer(update.forgotten.seconds)])
      try connection.insert(
        into: "domain_refusal", columns: ["domain", "delivery", "answer", "refused_at", "person"],
        values: refused.sorted { ($0.domain, $0.refusal.delivery) < ($1.domain, $1.refusal.delivery) }.flatMap {
          [
            .text($0.domain), .id($0.refusal.delivery), .text($0.refusal.answer), .integer($0.refusal.at.seconds),
            .optional($0.refusal.person?.rawValue),
          ]
        },
        conflict: """
          ON CONFLICT (domain, delivery) DO UPDATE SET answer = excluded.answer, refused_at = excluded.refused_at
          """)
    }
    if let since = update.liftedSince { try Ledger.lift(since: since, now: now, connection) }
    for hold in update.holds { try Ledger.hold(hold, now: now, connection) }
    try Ledger.end(update.ended, now: now, connection)
    try Ledger.pause(update.pauses, now: now, connection)
  }

  /// Refusals that were the relay's, not the domains'.
  static func forgetRefusals(of deliveries: [DeliveryID], _ connection: any Connection) throws {
    try connection.run("DELETE FROM domain_refusal WHERE delivery IN ($1)", [.ids(deliveries)])
  }
}
