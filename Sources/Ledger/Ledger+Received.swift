import DeliveryPolicy
import Identifiers
import SQL
import Time

/// Mail that came in: recorded before it leaves its mailbox, handled once, and what follows from it (rules I1, X3).
extension Ledger {
  /// Takes a message in; one commit, after which it may leave its mailbox.
  /// - Returns: its number; nil if the same message was taken in before.
  public func takeIn(_ draft: Received.Draft, now: Timestamp) throws -> ReceivedID? {
    try database.write {
      try $0.first(
        """
        INSERT INTO received (identity, mailbox, recipient, arrived_at, taken_at, size, raw, due)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $5) ON CONFLICT (identity) DO NOTHING RETURNING id
        """,
        [
          .text(draft.identity), .text(draft.mailbox), .optional(draft.recipient), .integer(draft.arrivedAt.seconds),
          .integer(now.seconds), .integer(Int64(draft.size)), .octets(draft.raw),
        ]
      ) { $0.id(0) }
    }
  }

  /// How often a message is begun at most: what three runs died of is set aside.
  public static let receivedTries = 3

  /// Begins with the message that has waited longest. The try is committed before anybody looks into the message: one
  /// that ends the process is met three times and no more.
  /// - Parameter after: the last one that this run had.
  /// - Returns: nil if none waits.
  public func beginReceived(after: ReceivedID, now: Timestamp) throws -> Received? {
    let next: ReceivedID? = try database.read {
      try $0.first(
        "SELECT id FROM received WHERE state = 'waiting' AND due <= $1 AND id > $2 ORDER BY id LIMIT 1",
        [.integer(now.seconds), .id(after)]
      ) { $0.id(0) }
    }
    guard let next else { return nil }
    return try database.write { connection in
      try connection.run(
        """
        UPDATE received SET state = 'set-aside', ended_at = $2, detail = 'it ended three runs'
        WHERE id = $1 AND state = 'waiting' AND tries >= $3
        """, [.id(next), .integer(now.seconds), .integer(Int64(Ledger.receivedTries))])
      try connection.run("UPDATE received SET tries = tries + 1 WHERE id = $1 AND state = 'waiting'", [.id(next)])
      return try connection.first(
        "SELECT id, identity, recipient, arrived_at, tries, raw, state, size FROM received WHERE id = $1", [.id(next)]
      ) { row in
        Received(
          id: row.id(0), identity: row.text(1), recipient: row.optionalText(2), arrivedAt: row.moment(3),
          tries: row.text(6) == "waiting" ? Int(row.integer(4)) : Ledger.receivedTries + 1, size: Int(row.integer(7)),
          raw: row.octets(5))
      }
    }
  }

  /// The message waits, and the try does not count: what it needs cannot be asked now.
  public func putOff(_ message: ReceivedID, until due: Timestamp) throws {
    try database.write {
      try $0.run(
        "UPDATE received SET tries = tries - 1, due = $2 WHERE id = $1 AND state = 'waiting'",
        [.id(message), .integer(due.seconds)])
    }
  }

  /// What became of a message, with everything that follows in the ledger.
  public struct Settlement: Sendable {
    /// What became of it.
    public var outcome: Received.Outcome
    /// Why, in a few words for the admin; no address stands in it.
    public var detail: String
    /// Who wrote it, or whom it concerns.
    public var person: PersonID?
    /// The post that it answers.
    public var post: JournalPosition?
    /// The delivery that it tells of.
    public var delivery: DeliveryID?
    /// What failed.
    public var failures: [FailureEvent] = []
    /// Whose fault it is that mails come back; what a day's reports told is then held against nobody.
    public var returns: Returns.Fault?
    /// What is told to whom.
    public var notices: [NoticeDraft] = []
    /// What is to be posted, or parked.
    public var reply: MailedReply?
    /// A parked reply that goes on.
    public var confirms: ReceivedID?
    /// A message whose commands were confirmed, and obeyed.
    public var obeyed: ReceivedID?

    /// Nothing follows, unless it is added.
    public init(
      _ outcome: Received.Outcome, _ detail: String = "", person: PersonID? = nil, post: JournalPosition? = nil,
      delivery: DeliveryID? = nil
    ) {
      self.outcome = outcome
      self.detail = detail
      self.person = person
      self.post = post
      self.delivery = delivery
    }
  }

  /// Octets that are kept of a message that nothing shows to be a participant's.
  public static let keptOfAnybodys = 65_536

  /// Records what became of a message: one commit, and the message is done with.
  /// - Returns: false if another run did so.
  @discardableResult
  public func settle(_ message: ReceivedID, _ settlement: Settlement, now: Timestamp) throws -> Bool {
    try database.write { connection in
      let isErased = try settlement.person.map { try Ledger.isErased($0, connection) } ?? false
      let settlement = isErased ? settlement.veiled : settlement
      let isOurs = try connection.run(
        """
        UPDATE received SET state = 'done', outcome = $2, detail = $3, person = $4, post = $5, delivery = $6,
          ended_at = $7
        WHERE id = $1 AND state = 'waiting'
        """,
        [
          .id(message), .text(settlement.outcome.rawValue), .text(settlement.detail),
          .optional(settlement.person?.rawValue), .optional(settlement.post?.rawValue),
          .optional(settlement.delivery?.rawValue), .integer(now.seconds),
        ])
      if isOurs == 0 { return false }
      if isErased {
        try connection.run("UPDATE received SET raw = NULL, recipient = NULL WHERE id = $1", [.id(message)])
      } else if settlement.outcome.isAnybodys || settlement.reply?.parking == .otherSender {
        try connection.run(
          "UPDATE received SET raw = substr(raw, 1, CAST($2 AS INTEGER)) WHERE id = $1 AND size > $2",
          [.id(message), .integer(Int64(Ledger.keptOfAnybodys))])
      }
      _ = try Ledger.record(settlement.failures, connection)
      switch settlement.returns {
      case .relay?: try Ledger.excuse(returnedSince: now - Returns.span, of: nil, now: now, connection)
      case .domain(let domain)?:
        try Ledger.excuse(returnedSince: now - Returns.span, of: domain, now: now, connection)
      case nil: break
      }
      for notice in settlement.notices { _ = try Ledger.queue(notice, now: now, connection) }
      if let reply = settlement.reply { try Ledger.insert(reply, from: message, now: now, connection) }
      if let obeyed = settlement.obeyed {
        try connection.run("UPDATE received SET outcome = 'command' WHERE id = $1", [.id(obeyed)])
      }
      if let parked = settlement.confirms { try Ledger.confirm(parked, now: now, connection) }
      return true
    }
  }

  /// A message of this person's whose commands wait to be confirmed; nil if they were, or the message was forgotten.
  public func unconfirmed(_ message: ReceivedID, by person: PersonID) throws -> Received? {
    try database.read {
      try $0.first(
        """
        SELECT id, identity, recipient, arrived_at, tries, raw, size FROM received
        WHERE id = $1 AND person = $2 AND outcome = 'unconfirmed' AND raw IS NOT NULL
        """, [.id(message), .id(person)]
      ) {
        Received(
          id: $0.id(0), identity: $0.text(1), recipient: $0.optionalText(2), arrivedAt: $0.moment(3),
          tries: Int($0.integer(4)), size: Int($0.integer(6)), raw: $0.octets(5))
      }
    }
  }

  /// A message as it came; nil where it is not kept any more.
  public func raw(of message: ReceivedID) throws -> [UInt8]? {
    try database.read {
      try $0.first("SELECT raw FROM received WHERE id = $1 AND raw IS NOT NULL", [.id(message)]) { $0.octets(0) }
    }
  }

  /// How many messages wait to be handled, how many were set aside.
  public func receivedCounts() throws -> (waiting: Int, setAside: Int) {
    try database.read { connection in
      func count(_ state: String) throws -> Int {
        try connection.first("SELECT count(*) FROM received WHERE state = '\(state)'") { Int($0.integer(0)) } ?? 0
      }
      return (try count("waiting"), try count("set-aside"))
    }
  }

  /// Handles messages again that were set aside; returns how many.
  public func retrySetAsideMessages(now: Timestamp) throws -> Int {
    try database.write {
      try $0.run(
        "UPDATE received SET state = 'waiting', tries = 0, due = $1, ended_at = NULL WHERE state = 'set-aside'",
        [.integer(now.seconds)])
    }
  }

  /// Whose delivery a report tells of; nil if it was forgotten.
  public func addressee(of delivery: DeliveryID) throws -> (person: PersonID, address: String?)? {
    try database.read {
      try $0.first(
        """
        SELECT d.person, (SELECT a.address FROM attempt a WHERE a.delivery = d.id ORDER BY a.number DESC LIMIT 1)
        FROM delivery d WHERE d.id = $1
        """, [.id(delivery)]
      ) { (person: $0.id(0), address: $0.optionalText(1)) }
    }
  }

  /// Forgets the octets of messages that were taken in before a moment and are done with; returns how many. Who wrote
  /// what was handled how stays, lest a message be handled twice.
  public func pruneRaw(takenBefore before: Timestamp, _ pruning: Pruning) throws -> Int {
    var pruned = 0
    while !pruning.isStopping() {
      let oldest = try database.read {
        try $0.query(
          "SELECT id, taken_at, state FROM received WHERE raw IS NOT NULL ORDER BY id LIMIT $1",
          [.integer(Int64(pruning.page))]
        ) { (id: $0.integer(0), takenAt: $0.integer(1), isDone: $0.text(2) == "done") }
      }
      let old = oldest.filter { $0.isDone && pruning.isOld($0.takenAt, before) }.map(\.id)
      if old.isEmpty { break }
      pruned += try database.write {
        try $0.run("UPDATE received SET raw = NULL WHERE id IN ($1)", [.integers(old)])
      }
    }
    return pruned
  }
}
