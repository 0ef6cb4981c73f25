import Mail
import SQL

/// What becomes of deliveries whose refusal was not about them (rule S3).
extension Ledger {
  /// Deliveries that are to wait, and until when.
  public struct Wait: Hashable, Sendable {
    public var deliveries: [Int64]
    public var until: Timestamp
    public init(_ deliveries: [Int64], until: Timestamp) { (self.deliveries, self.until) = (deliveries, until) }
  }

  /// Attempts that came to nothing are not counted.
  static func takeBack(_ unsent: [Int64], lease: Int64, _ connection: any Connection) throws {
    if unsent.isEmpty { return }
    try connection.run(
      """
      UPDATE delivery SET attempts = attempts - 1,
        state = CASE WHEN attempts <= 1 THEN 'queued' WHEN EXISTS (
            SELECT 1 FROM attempt a
            WHERE a.delivery = delivery.id AND a.number = delivery.attempts - 1 AND a.outcome = 'uncertain')
          THEN 'uncertain' ELSE 'deferred' END,
        first_attempt_at = CASE WHEN attempts <= 1 THEN NULL ELSE first_attempt_at END
      WHERE id IN ($1) AND lease = $2 AND state = 'sending'
      """, [.integers(unsent), .integer(lease)])
  }

  /// Leased deliveries that are not begun go behind others that are due.
  static func postpone(_ wait: Wait, lease: Int64, _ connection: any Connection) throws {
    if wait.deliveries.isEmpty { return }
    try connection.run(
      "UPDATE delivery SET due = $2 WHERE id IN ($1) AND lease = $3 AND state <> 'sending'",
      [.integers(wait.deliveries), .integer(wait.until.seconds), .integer(lease)])
  }

  /// Deliveries that failed, or wait, by the relay's fault are tried again, and their retries begin anew.
  static func giveBack(_ wait: Wait, _ connection: any Connection) throws {
    if wait.deliveries.isEmpty { return }
    try connection.run(
      """
      UPDATE delivery SET state = 'deferred', reason = NULL, ended_at = NULL, due = $2, first_attempt_at = NULL
      WHERE id IN ($1) AND state IN ('failed', 'deferred') AND lease IS NULL
      """, [.integers(wait.deliveries), .integer(wait.until.seconds)])
    try forgetRefusals(of: wait.deliveries, connection)
  }
}

/// What recipient domains refused by policy since each last took a mail, whatever the run and the process (rule S3).
extension Ledger {
  public struct DomainRefusal: Hashable, Sendable {
    public var domain: String
    public var delivery: Int64
    /// The codes of the answer.
    public var answer: String
    public var at: Timestamp
    public init(domain: String, delivery: Int64, answer: String, at: Timestamp) {
      (self.domain, self.delivery, self.answer, self.at) = (domain, delivery, answer, at)
    }
  }

  /// What the ends of attempts say of recipient domains.
  public struct DomainNews: Hashable, Sendable {
    /// Domains that took a mail: what they refused before counts no more.
    public var took: Set<String> = []
    /// What was refused since.
    public var refused: [DomainRefusal] = []
    /// Domains to hold; the deliveries that led there are held in the same commit, lest a crash leave them failed.
    public var holds: [DomainHold] = []
    /// Refusals that are older count no more.
    public var forgotten = Timestamp(.min)
    public init(holds: [DomainHold] = []) { self.holds = holds }

    public var isEmpty: Bool { took.isEmpty && refused.isEmpty && holds.isEmpty }
  }

  public func refusals(by domain: String, since: Timestamp) throws -> [DomainRefusal] {
    try database.read {
      try $0.query(
        """
        SELECT domain, delivery, answer, refused_at FROM domain_refusal WHERE domain = $1 AND refused_at >= $2
        ORDER BY delivery
        """, [.text(domain), .integer(since.seconds)]
      ) {
        DomainRefusal(
          domain: $0.text(0), delivery: $0.integer(1), answer: $0.text(2), at: Timestamp($0.integer(3)))
      }
    }
  }

  static func record(_ news: DomainNews, now: Timestamp, _ connection: any Connection) throws {
    if !news.took.isEmpty {
      try connection.run("DELETE FROM domain_refusal WHERE domain IN ($1)", [.texts(news.took.sorted())])
    }
    if !news.refused.isEmpty {
      try connection.run("DELETE FROM domain_refusal WHERE refused_at < $1", [.integer(news.forgotten.seconds)])
      try connection.insert(
        into: "domain_refusal", columns: ["domain", "delivery", "answer", "refused_at"],
        values: news.refused.sorted { ($0.domain, $0.delivery) < ($1.domain, $1.delivery) }.flatMap {
          [.text($0.domain), .integer($0.delivery), .text($0.answer), .integer($0.at.seconds)]
        },
        conflict: """
          ON CONFLICT (domain, delivery) DO UPDATE SET answer = excluded.answer, refused_at = excluded.refused_at
          """)
    }
    for hold in news.holds { try Ledger.hold(hold, now: now, connection) }
  }

  /// Refusals that were the relay's, not the domains'.
  static func forgetRefusals(of deliveries: [Int64], _ connection: any Connection) throws {
    try connection.run("DELETE FROM domain_refusal WHERE delivery IN ($1)", [.integers(deliveries)])
  }
}
