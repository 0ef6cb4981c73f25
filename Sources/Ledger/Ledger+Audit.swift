import Identifiers
import SQL
import Time

/// What an admin did by a command: who, when, to what, and why (rule A1).
public struct AuditEntry: Hashable, Sendable {
  /// When.
  public var at: Timestamp
  /// The name of their account on the machine; empty where that is not known.
  public var operatorName: String
  /// The command, without what it was about: `resend`, `release`, `queue cancel`.
  public var command: String
  /// What it was about, as it was typed: `post:9240`, `flood`, an address.
  public var subject: String
  /// In the admin's words; empty where none were asked for.
  public var reason: String
  /// What it did: `312 messages queued`.
  public var outcome: String
  /// Whom it was about, if one person alone.
  public var person: PersonID?

  /// - Parameters:
  ///   - reason: empty where none was asked for.
  ///   - outcome: empty as long as it is not known.
  public init(
    at: Timestamp, operatorName: String, command: String, subject: String, reason: String = "", outcome: String = "",
    person: PersonID? = nil
  ) {
    self.at = at
    self.operatorName = operatorName
    self.command = command
    self.subject = subject
    self.reason = reason
    self.outcome = outcome
    self.person = person
  }

  /// What `init(_ row:)` reads, in its order.
  static let columns = "given_at, operator, command, subject, reason, outcome, person"

  init(_ row: any Row) {
    self.init(
      at: row.moment(0), operatorName: row.text(1), command: row.text(2), subject: row.text(3), reason: row.text(4),
      outcome: row.text(5), person: row.optionalID(6))
  }
}

/// The audit log: only ever added to but for an outcome that is known later, and kept for ever. A command that changes something writes its entry in the
/// transaction that does it, or right after it.
extension Ledger {
  /// `resend` has the orders to send again; its `id` is the generation of all that it sends, never used twice, `asked`
  /// what was selected, `forced` what was not to count, `messages` how many were queued. `done_at` is NULL for as long as it has not come to its end.
  static let auditTables = Migration(
    20, "what admins did",
    """
    CREATE TABLE audit (
      id {identity},
      given_at BIGINT NOT NULL,
      operator TEXT NOT NULL,
      command TEXT NOT NULL,
      subject TEXT NOT NULL,
      reason TEXT NOT NULL,
      outcome TEXT NOT NULL,
      person BIGINT
    );
    CREATE INDEX audit_person ON audit (person) WHERE person IS NOT NULL;
    CREATE TABLE resend (
      id {identity},
      order_key TEXT UNIQUE,
      audit BIGINT NOT NULL,
      asked TEXT NOT NULL,
      forced TEXT NOT NULL,
      messages BIGINT NOT NULL DEFAULT 0,
      given_at BIGINT NOT NULL,
      done_at BIGINT
    );
    CREATE INDEX resend_open ON resend (asked) WHERE done_at IS NULL;
    """)

  /// The longest that a text of an entry may be, in characters.
  static let longestAuditText = 1000

  /// Writes down what an admin did.
  public func record(_ entry: AuditEntry) throws {
    _ = try database.write { try Ledger.record(entry, $0) }
  }

  /// Writes it down in the transaction that does it.
  /// - Returns: its number.
  @discardableResult
  static func record(_ entry: AuditEntry, _ connection: any Connection) throws -> Int64 {
    try connection.first(
      """
      INSERT INTO audit (\(AuditEntry.columns)) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id
      """,
      [.integer(entry.at.seconds)]
        + [entry.operatorName, entry.command, entry.subject, entry.reason, entry.outcome].map {
          .text(String($0.prefix(longestAuditText)))
        } + [.optional(entry.person?.rawValue)]
    ) { $0.integer(0) }!
  }

  /// Writes down what came of what was done.
  static func tell(outcome: String, of entry: Int64, _ connection: any Connection) throws {
    try connection.run(
      "UPDATE audit SET outcome = $2 WHERE id = $1",
      [.integer(entry), .text(String(outcome.prefix(longestAuditText)))])
  }

  /// What was done, the last first.
  /// - Parameters:
  ///   - number: those before it; nil: from the last one on.
  ///   - since: none that are older.
  ///   - person: about this one alone.
  public func audit(before number: Int64? = nil, since: Timestamp? = nil, of person: PersonID? = nil, limit: Int) throws
    -> [(number: Int64, entry: AuditEntry)]
  {
    try database.read {
      try $0.query(
        """
        SELECT \(AuditEntry.columns), id FROM audit
        WHERE id < $1 AND given_at >= $2\(person == nil ? "" : " AND person = $4 AND person IS NOT NULL")
        ORDER BY id DESC LIMIT $3
        """,
        [.integer(number ?? .max), .integer(since?.seconds ?? .min), .integer(Int64(limit))]
          + (person.map { [.id($0)] } ?? [])
      ) { (number: $0.integer(7), entry: AuditEntry($0)) }
    }
  }
}
