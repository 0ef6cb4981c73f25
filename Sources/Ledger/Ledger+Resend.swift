import Forum
import Identifiers
import SQL
import Time

/// Sending again, by an admin's order (rule A1). What is sent is a new message of a new generation; what came to nothing
/// and has it in its place is closed for good in the same commit, so that nothing brings both.
extension Ledger {
  /// What an admin asks for.
  public struct ResendDraft: Hashable, Sendable {
    /// The admin's name for it, under which it is done once; nil: none.
    public var key: String?
    /// What was selected, in one line that is the same for the same selection.
    public var asked: String
    /// What does not count for it.
    public var forced: Set<Exemption>
    /// By whose word.
    public var operatorName: String
    /// Why.
    public var reason: String
    /// Whom it is about, if one person alone.
    public var person: PersonID?

    /// An order that is to be given.
    public init(
      key: String? = nil, asked: String, forced: Set<Exemption> = [], operatorName: String, reason: String,
      person: PersonID? = nil
    ) {
      self.key = key
      self.asked = asked
      self.forced = forced
      self.operatorName = operatorName
      self.reason = reason
      self.person = person
    }
  }

  /// The order of this key, whatever it asked for; nil: there is none.
  public func resendOrder(key: String) throws -> ResendOrder? {
    try database.read { try Ledger.order(where: "r.order_key = $1", [.text(key)], $0) }
  }

  /// An order for this that has not come to its end, such as of a command that was killed.
  public func openResendOrder(asked: String, forced: Set<Exemption>) throws -> ResendOrder? {
    try database.read { try Ledger.openOrder(asked, forced, $0) }
  }

  /// Gives an order, with its entry in the audit log; or goes on with the one of its key, or without a key with one that
  /// asked for the same and has not come to its end.
  public func giveResendOrder(_ draft: ResendDraft, now: Timestamp) throws -> ResendOrder {
    try database.write { connection in
      // Whoever gives one at the same moment waits, and finds this one.
      _ = try Ledger.increment(.resent, by: 1, connection)
      if let key = draft.key, let known = try Ledger.order(where: "r.order_key = $1", [.text(key)], connection) {
        return known
      }
      let forced = draft.forced.isEmpty ? "" : " --force \(Exemption.text(draft.forced))"
      var entry = AuditEntry(
        at: now, operatorName: draft.operatorName, command: "resend", subject: draft.asked + forced,
        reason: draft.reason, person: draft.person)
      if draft.key == nil, let open = try Ledger.openOrder(draft.asked, draft.forced, connection) {
        // Whose word it was too is kept.
        entry.outcome = "goes on with resend \(open.number)"
        try Ledger.record(entry, connection)
        return open
      }
      let audit = try Ledger.record(entry, connection)
      let number = try connection.first(
        """
        INSERT INTO resend (order_key, audit, asked, forced, given_at) VALUES ($1, $2, $3, $4, $5) RETURNING id
        """,
        [
          .optional(draft.key), .integer(audit), .text(draft.asked), .text(Exemption.text(draft.forced)),
          .integer(now.seconds),
        ]
      ) { $0.integer(0) }!
      return try Ledger.order(where: "r.id = $1", [.integer(number)], connection)!
    }
  }

  private static func openOrder(_ asked: String, _ forced: Set<Exemption>, _ connection: any Connection) throws
    -> ResendOrder?
  {
    try order(
      where: "r.asked = $1 AND r.forced = $2 AND r.done_at IS NULL AND r.order_key IS NULL",
      [.text(asked), .text(Exemption.text(forced))], connection)
  }

  private static func order(where condition: String, _ arguments: [Value], _ connection: any Connection) throws
    -> ResendOrder?
  {
    try connection.first(
      """
      SELECT \(ResendOrder.columns) FROM resend r JOIN audit a ON a.id = r.audit WHERE \(condition)
      ORDER BY r.id DESC LIMIT 1
      """, arguments
    ) { ResendOrder($0) }
  }

  /// All of an order is queued.
  /// - Returns: how many messages, all runs of the command together.
  public func finish(_ order: ResendOrder, now: Timestamp) throws -> Int {
    try database.write { connection in
      _ = try Ledger.increment(.resent, by: 1, connection)
      let ended = try connection.first(
        """
        UPDATE resend SET done_at = coalesce(done_at, $2) WHERE id = $1 RETURNING messages, audit
        """, [.integer(Int64(order.number)), .integer(now.seconds)]
      ) { (messages: Int($0.integer(0)), audit: $0.integer(1)) }
      guard let ended else { return 0 }
      try Ledger.tell(outcome: "resend \(order.number), messages: \(ended.messages)", of: ended.audit, connection)
      return ended.messages
    }
  }

  /// What does not count for what these orders send.
  public func exemptions(ofOrders numbers: some Sequence<Int>) throws -> [Int: Set<Exemption>] {
    let numbers = Set(numbers).sorted()
    if numbers.isEmpty { return [:] }
    let found = try database.read {
      try $0.query("SELECT id, forced FROM resend WHERE id IN ($1)", [.integers(numbers.map(Int64.init))]) {
        (Int($0.integer(0)), Exemption.all(in: $0.text(1)))
      }
    }
    return Dictionary(uniqueKeysWithValues: found)
  }
}
