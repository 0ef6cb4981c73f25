import DeliveryPolicy
import Identifiers
import SQL
import Time

/// What is kept back until the admin's word.
extension Ledger {
  /// What is held by an order: domains by their names, then the flood. Deliveries that are held one by one (of unknown
  /// fate, or not to be composed) are counted by their `HoldReason`.
  public func holds() throws -> [Hold] {
    try database.read {
      try $0.query("SELECT kind, name, reason, since FROM hold ORDER BY kind, name") {
        Hold(
          kind: Hold.Kind(rawValue: $0.text(0))!, name: $0.text(1), reason: $0.text(2), since: Timestamp($0.integer(3)))
      }
    }
  }

  /// Domains whose mail is held, in their canonical form.
  public func heldDomains() throws -> Set<String> { Set(try holds().filter { $0.kind == .domain }.map(\.name)) }

  /// Those of them that no admin ordered.
  public func foundDomains() throws -> Set<String> {
    Set(try holds().filter { $0.kind == .domain && !$0.isOrdered }.map(\.name))
  }

  /// Holds something; what is held already keeps its time. Of a flood, and of a forum that went back, the reason follows
  /// how many posts there are.
  public func hold(_ kind: Hold.Kind, name: String, reason: String, now: Timestamp) throws {
    try database.write { try Ledger.hold(kind, name, reason, now, $0) }
  }

  static func hold(
    _ kind: Hold.Kind, _ name: String, _ reason: String, _ now: Timestamp, _ connection: any Connection
  ) throws {
    try connection.run(
      "INSERT INTO hold (kind, name, reason, since) VALUES ($1, $2, $3, $4) "
        + "ON CONFLICT (kind, name) DO UPDATE SET reason = excluded.reason WHERE hold.kind IN ('flood', 'forum')",
      [.text(kind.rawValue), .text(name), .text(reason), .integer(now.seconds)])
  }

  /// A domain to hold, with the deliveries whose refusals led to it.
  public struct DomainHold: Hashable, Sendable {
    /// In its canonical form.
    public var domain: String
    /// In words for the admin.
    public var reason: String
    /// Failed or waiting; others of these numbers are left alone.
    public var deliveries: [DeliveryID]
    /// A hold that is to be written.
    public init(domain: String, reason: String, deliveries: [DeliveryID]) {
      self.domain = domain
      self.reason = reason
      self.deliveries = deliveries
    }
  }

  static func hold(_ one: DomainHold, now: Timestamp, _ connection: any Connection) throws {
    try hold(.domain, one.domain, one.reason, now, connection)
    let reason = HoldReason.domain(one.domain).text
    try move(
      """
      UPDATE delivery SET state = 'held', reason = $2, ended_at = NULL
      WHERE id IN ($1) AND state IN ('failed', 'deferred') AND lease IS NULL
      """, [.ids(one.deliveries), .text(reason)], .held, "\(reason): \(one.reason)", now: now, connection)
    // What is refused after the hold is another matter.
    try connection.run("DELETE FROM domain_refusal WHERE domain = $1", [.text(one.domain)])
  }

  /// Whether the mail for a domain, or of a post, is held. A release that comes meanwhile waits, and finds what is held under this answer.
  static func isHeld(_ subject: Pauses.Subject, now: Timestamp, _ connection: any Connection) throws -> Bool {
    if case .domain(let domain) = subject,
      try connection.exists("SELECT 1 FROM hold WHERE kind = 'domain' AND name = $1 {for update}", [.text(domain)])
    {
      return true
    }
    return try isPaused(subject, now: now, connection)
  }

  /// Lets held deliveries go; returns how many. Their lifetime begins anew: the days of the hold do
  /// not count against them.
  ///
  /// What was never attempted stays as overdue as it is: many copies for one person become a digest (rule C5). Messages
  /// of unknown fate go again as if for the first time.
  public func release(_ reason: HoldReason, by releaser: ReleasedBy = .admin(""), now: Timestamp) throws -> Int {
    let due =
      switch reason {
      case .domain, .post, .uncomposed, .ordered: "due = CASE WHEN attempts = 0 THEN due ELSE $2 END"
      case .uncertain: "due = $2, uncertain = 0"
      }
    return try database.write { connection in
      if case .domain(let domain) = reason {
        try connection.run("DELETE FROM hold WHERE kind = 'domain' AND name = $1", [.text(domain)])
        try Ledger.forget(.domain(domain), connection)
      }
      if case .post(let post) = reason { try Ledger.forget(.post(post), connection) }
      return try Ledger.move(
        """
        UPDATE delivery SET \(Ledger.queuedAnew), \(due)
        WHERE state = 'held' AND reason = $1
        """,
        [.text(reason.text), .integer(now.seconds)], .released, releaser.text, now: now, connection)
    }
  }

  /// How many deliveries are held, by reason.
  public func heldCounts() throws -> [HoldReason: Int] {
    let counts = try database.read {
      try $0.query("SELECT reason, count(*) FROM delivery WHERE state = 'held' GROUP BY reason") {
        (HoldReason(text: $0.text(0)), Int($0.integer(1)))
      }
    }
    return Dictionary(counts.compactMap { reason, count in reason.map { ($0, count) } }, uniquingKeysWith: +)
  }

  /// Lets the posts of a flood into the journal with the next run: those that have been seen so far, and no others that
  /// come later. Returns whether any were held.
  public func releaseFlood() throws -> Bool {
    try database.write { connection in
      let held = try connection.run("DELETE FROM hold WHERE kind = 'flood'") > 0
      let last = "SELECT max(ordinal) FROM candidate WHERE state = 'resting'"
      if held, let last = try connection.first(last, [], { $0.optionalInteger(0) }) ?? nil {
        try Ledger.set(.floodReleased, last, connection)
      }
      return held
    }
  }

  /// Forgets the posts of a flood: they are mailed to nobody. The journal knows them, lest they be new once more should the
  /// forum be restored (rule E3).
  /// - Parameter visible: those that could be seen at this moment; what still rests is no part of it.
  /// - Returns: how many; nil if no flood is held.
  public func discardFlood(visible moment: Timestamp) throws -> Int? {
    try database.write { connection in
      guard try connection.run("DELETE FROM hold WHERE kind = 'flood'") > 0 else { return nil }
      let flood = "FROM candidate WHERE state = 'resting' AND visible_at <= $1"
      try connection.run(
        """
        INSERT INTO journal (post_key, thread_key, discussion_key, urgent, visible_at, due, journalled_at, signing_key,
          parent_key, author_key, created_at)
        SELECT post_key, thread_key, discussion_key, urgent, visible_at, visible_at, CAST($1 AS BIGINT),
          coalesce((SELECT max(signing_key) FROM journal), 1), parent_key, author_key, created_at
        \(flood) ORDER BY ordinal, post_key ON CONFLICT (post_key) DO NOTHING
        """, [.integer(moment.seconds)])
      return try connection.run("DELETE \(flood)", [.integer(moment.seconds)])
    }
  }

  /// A flood that is none any more is not held any more.
  public func dropFloodHold() throws { try database.write { try $0.run("DELETE FROM hold WHERE kind = 'flood'") } }
}
