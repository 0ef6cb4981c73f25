import Forum
import Identifiers
import SQL
import Time

/// What an admin orders about messages that wait or are held.
extension Ledger {
  /// An order about messages.
  public enum QueueOrder: Hashable, Sendable {
    /// What waits is held. Of a domain or a post, that is held itself too: what comes later waits as well.
    case hold(HoldReason)
    /// What is held goes out; its lifetime begins anew.
    case release
    /// What waits is sent to nobody.
    case cancel
    /// What is held is sent to nobody.
    case discard

    /// The states of what it is about; what a run has is left to it.
    public var states: Set<DeliveryState> {
      switch self {
      case .hold, .cancel: QueueQuery.waiting
      case .release, .discard: [.held]
      }
    }
  }

  /// How many messages are moved in one transaction.
  private static let ordered = 1000

  /// Does what an admin orders about messages, and tells it of each. Messages that a run has, or that stand elsewhere by
  /// now, are left alone.
  ///
  /// A thousand messages, with the audit log's entry, are one transaction; of more, each thousand is one, and the entry
  /// belongs to the last: killed on its way, the same order given again does the rest.
  /// - Parameters:
  ///   - admin: the name of their account.
  ///   - why: in their words; may be empty.
  ///   - entry: for the audit log, from how many messages were moved.
  /// - Returns: how many.
  public func obey(
    _ order: QueueOrder, _ messages: [DeliveryID], by admin: String, why: String, now: Timestamp,
    entry: (Int) -> AuditEntry
  ) throws -> Int {
    // In the order of their numbers, as everybody locks them.
    let chunks = Set(messages).sorted().chunks(of: Ledger.ordered).map(Array.init)
    var moved = 0
    for (index, chunk) in (chunks.isEmpty ? [[]] : chunks).enumerated() {
      try database.write { connection in
        if index == 0, case .hold(let reason) = order {
          try Ledger.holdItself(reason, by: admin, why: why, now: now, connection)
        }
        _ = try connection.query(
          "SELECT 1 FROM delivery WHERE id IN ($1) ORDER BY id {for update}", [.ids(chunk)]
        ) { _ in }
        let count = try Ledger.obey(order, chunk, by: admin, why: why, now: now, connection)
        if index + 1 >= chunks.count { try Ledger.record(entry(moved + count), connection) }
        moved += count
      }
    }
    return moved
  }

  /// Who took these messages out of the queue, and why in their words, as `ReleasedBy` has it: `admin kofi: libel`. Of
  /// one of which that is forgotten, nothing.
  public func whoCancelled(_ messages: [DeliveryID]) throws -> [DeliveryID: String] {
    var found: [DeliveryID: String] = [:]
    for chunk in Set(messages).sorted().chunks(of: Ledger.chunk) {
      let rows = try database.read {
        try $0.query(
          """
          SELECT delivery, detail FROM event
          WHERE delivery IN ($1) AND delivery IS NOT NULL AND kind IN ('cancelled', 'discarded') ORDER BY id
          """, [.ids(chunk)]
        ) { ($0.id(0) as DeliveryID, $0.text(1)) }
      }
      for (delivery, detail) in rows { found[delivery] = detail }
    }
    return found
  }

  /// The domain or the post itself.
  private static func holdItself(
    _ reason: HoldReason, by admin: String, why: String, now: Timestamp, _ connection: any Connection
  ) throws {
    let words = Hold.words(orderedBy: admin, why: why)
    switch reason {
    case .domain(let domain):
      try connection.run(
        """
        INSERT INTO hold (kind, name, reason, since) VALUES ('domain', $1, $2, $3)
        ON CONFLICT (kind, name) DO UPDATE SET reason = excluded.reason
        """, [.text(domain), .text(words), .integer(now.seconds)])
    case .post(let post): try changePauses(connection) { $0.order(.post(post), words, at: now) }
    case .ordered, .uncertain, .uncomposed: break
    }
  }

  private static func obey(
    _ order: QueueOrder, _ messages: [DeliveryID], by admin: String, why: String, now: Timestamp,
    _ connection: any Connection
  ) throws -> Int {
    let waiting = "id IN ($1) AND \(isWaiting)"
    let held = "id IN ($1) AND state = 'held'"
    let releaser = ReleasedBy.admin(admin).text + (why.isEmpty ? "" : ": \(why)")
    let ids = Value.ids(messages)
    switch order {
    case .hold(let reason):
      return try move(
        "UPDATE delivery SET state = 'held', reason = $2 WHERE \(waiting)", [ids, .text(reason.text)], .held,
        "\(reason.text): \(Hold.words(orderedBy: admin, why: why))", now: now, connection)
    case .release:
      // As `release(_:by:now:)` has it for each reason.
      return try move(
        """
        UPDATE delivery SET \(queuedAnew),
          due = CASE WHEN attempts = 0 AND reason <> 'uncertain' THEN due ELSE $2 END,
          uncertain = CASE WHEN reason = 'uncertain' THEN 0 ELSE uncertain END
        WHERE \(held)
        """, [ids, .integer(now.seconds)], .released, releaser, now: now, connection)
    case .cancel:
      return try move(
        "UPDATE delivery SET state = 'dropped', reason = $2, ended_at = $3 WHERE \(waiting)",
        [ids, .text(SkipReason.cancelled.rawValue), .integer(now.seconds)], .cancelled, releaser, now: now, connection)
    case .discard:
      return try move(
        "UPDATE delivery SET state = 'dropped', reason = $2, ended_at = $3 WHERE \(held)",
        [ids, .text(SkipReason.discarded.rawValue), .integer(now.seconds)], .discarded, releaser, now: now, connection)
    }
  }
}
