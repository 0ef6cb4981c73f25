import Mail
import SQL

/// Something kept back until the admin's word.
public struct Hold: Hashable, Sendable {
  public enum Kind: String, Sendable {
    /// Mail to one recipient domain (rule S3).
    case domain
    /// More new posts than is plausible (rule C5).
    case flood
  }
  public let kind: Kind
  /// The domain; empty for a flood.
  public let name: String
  public let reason: String
  public let since: Timestamp
}

extension Ledger {
  public func holds() throws -> [Hold] {
    try database.read {
      try $0.query("SELECT kind, name, reason, since FROM hold ORDER BY kind, name") {
        Hold(
          kind: Hold.Kind(rawValue: $0.text(0))!, name: $0.text(1), reason: $0.text(2), since: Timestamp($0.integer(3)))
      }
    }
  }

  public func hold(_ kind: Hold.Kind, name: String, reason: String, now: Timestamp) throws {
    try database.write { try Ledger.hold(kind, name, reason, now, $0) }
  }

  private static func hold(
    _ kind: Hold.Kind, _ name: String, _ reason: String, _ now: Timestamp, _ connection: any Connection
  ) throws {
    try connection.run(
      "INSERT INTO hold (kind, name, reason, since) VALUES ($1, $2, $3, $4) ON CONFLICT (kind, name) DO NOTHING",
      [.text(kind.rawValue), .text(name), .text(reason), .integer(now.seconds)])
  }

  /// A domain to hold, with the deliveries whose refusals led to it.
  public struct DomainHold: Hashable, Sendable {
    public var domain: String
    public var reason: String
    public var deliveries: [Int64]
    public init(domain: String, reason: String, deliveries: [Int64]) {
      (self.domain, self.reason, self.deliveries) = (domain, reason, deliveries)
    }
  }

  static func hold(_ one: DomainHold, now: Timestamp, _ connection: any Connection) throws {
    try hold(.domain, one.domain, one.reason, now, connection)
    try connection.run(
      """
      UPDATE delivery SET state = 'held', reason = $2, ended_at = NULL
      WHERE id IN ($1) AND state IN ('failed', 'deferred') AND lease IS NULL
      """, [.integers(one.deliveries), .text(heldFor(domain: one.domain))])
    // What is refused after the hold is another matter.
    try connection.run("DELETE FROM domain_refusal WHERE domain = $1", [.text(one.domain)])
  }

  /// Whether a delivery that is to be held for its domain must be: the admin may have released it since the domain was
  /// looked at. A release that comes meanwhile waits, and finds what is held here.
  static func isHeldStill(_ one: Withheld, _ connection: any Connection) throws -> Bool {
    guard one.state == .held, let domain = one.reason.split(separator: " ").dropFirst().first else { return true }
    return try connection.first(
      "SELECT 1 FROM hold WHERE kind = 'domain' AND name = $1 {for update}", [.text(String(domain))]
    ) { _ in true } ?? false
  }

  /// The reason that deliveries to a held domain bear.
  public static func heldFor(domain: String) -> String { "domain \(domain)" }

  /// Lets held mail to a domain go; returns how many messages. Their retry schedule begins anew: the days of the hold do
  /// not count against them. What was never attempted stays as overdue as it is: many copies for one person become a
  /// digest (rule C5).
  public func release(domain: String, now: Timestamp) throws -> Int {
    try database.write { connection in
      try connection.run("DELETE FROM hold WHERE kind = 'domain' AND name = $1", [.text(domain)])
      return try connection.run(
        """
        UPDATE delivery SET state = 'queued', reason = NULL, first_attempt_at = NULL,
          due = CASE WHEN attempts = 0 THEN due ELSE $2 END
        WHERE state = 'held' AND reason = $1
        """,
        [.text(Ledger.heldFor(domain: domain)), .integer(now.seconds)])
    }
  }

  /// The reason of deliveries that are held because they cannot be composed.
  public static let uncomposed = "uncomposed"

  /// Lets messages that could not be composed be tried again; returns how many. Their retry schedule begins anew.
  public func releaseUncomposed(now: Timestamp) throws -> Int {
    try database.write {
      try $0.run(
        """
        UPDATE delivery SET state = 'queued', reason = NULL, first_attempt_at = NULL,
          due = CASE WHEN attempts = 0 THEN due ELSE $2 END
        WHERE state = 'held' AND reason = $1
        """,
        [.text(Ledger.uncomposed), .integer(now.seconds)])
    }
  }

  /// How many deliveries are held, by reason: `heldFor(domain:)`, `uncomposed` or `uncertain`.
  public func heldCounts() throws -> [String: Int] {
    let counts = try database.read {
      try $0.query("SELECT reason, count(*) FROM delivery WHERE state = 'held' GROUP BY reason") {
        ($0.text(0), Int($0.integer(1)))
      }
    }
    return Dictionary(uniqueKeysWithValues: counts)
  }

  /// The reason of deliveries that are held because nobody knows whether they arrived.
  public static let uncertain = "uncertain"

  /// Lets messages of unknown fate go again, as if for the first time; returns how many.
  public func releaseUncertain(now: Timestamp) throws -> Int {
    try database.write {
      try $0.run(
        """
        UPDATE delivery SET state = 'queued', reason = NULL, due = $1, uncertain = 0, first_attempt_at = NULL
        WHERE state = 'held' AND reason = 'uncertain'
        """, [.integer(now.seconds)])
    }
  }

  /// Lets the posts of a flood into the journal with the next run; returns whether any were held.
  public func releaseFlood() throws -> Bool {
    try database.write { connection in
      let held = try connection.run("DELETE FROM hold WHERE kind = 'flood'") > 0
      if held { try Ledger.set(.floodReleased, 1, connection) }
      return held
    }
  }

  /// A flood that is none any more is not held any more.
  public func dropFloodHold() throws { try database.write { try $0.run("DELETE FROM hold WHERE kind = 'flood'") } }

  // MARK: Notes

  /// A text kept under a name, such as what is known of the relay's health.
  public func note(_ name: String) throws -> String? {
    try database.read { try $0.first("SELECT value FROM note WHERE name = $1", [.text(name)]) { $0.text(0) } }
  }

  public func setNote(_ name: String, _ value: String) throws {
    try database.write {
      try $0.run(
        "INSERT INTO note (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2",
        [.text(name), .text(value)])
    }
  }

  /// Replaces a note by what the closure makes of it, in one transaction: nobody else's is lost unseen.
  public func changeNote(_ name: String, _ change: (String?) throws -> String) throws {
    try database.write { connection in
      let old = try connection.first("SELECT value FROM note WHERE name = $1", [.text(name)]) { $0.text(0) }
      try connection.run(
        "INSERT INTO note (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2",
        [.text(name), .text(try change(old))])
    }
  }
}
