import DeliveryPolicy
import Forum
import Identifiers
import SQL
import Time

/// What the ledger has of one post and one person, or of one message (rule A2): read and put together by nobody here.
extension Ledger {
  /// What was decided, with when.
  public struct DecisionRecord: Hashable, Sendable {
    /// 0 for the first sending.
    public var generation: Int
    /// As it stands; nil: a newer program's.
    public var decision: Decision?
    /// The copy, or the part that has it.
    public var delivery: DeliveryID?
    /// nil: an older program decided.
    public var decidedAt: Timestamp?

    /// A row as it stands.
    public init(generation: Int = 0, decision: Decision?, delivery: DeliveryID? = nil, decidedAt: Timestamp?) {
      self.generation = generation
      self.decision = decision
      self.delivery = delivery
      self.decidedAt = decidedAt
    }
  }

  /// A message with its state.
  public struct DeliveryRecord: Hashable, Sendable {
    /// Its number.
    public var id: DeliveryID
    /// Whose it is.
    public var person: PersonID
    /// Its post, where it is a copy.
    public var post: JournalPosition?
    /// Its digest, where it is a part.
    public var digest: DigestID?
    /// Its notice, where it is one.
    public var notice: NoticeID?
    /// Which part, from 1, and of how many.
    public var part, parts: Int
    /// Where it stands.
    public var state: DeliveryState
    /// The `HoldReason` or the `SkipReason`, as the table has it; `folded` where a digest has its post.
    public var reason: String?
    /// When it is due.
    public var due: Timestamp
    /// A run has it.
    public var isLeased: Bool
    /// When nothing was to be done about it any more.
    public var endedAt: Timestamp?
    /// When the notice was written.
    public var createdAt: Timestamp?

    /// A message that waits, unless more is said.
    public init(
      id: DeliveryID, person: PersonID, post: JournalPosition? = nil, digest: DigestID? = nil, notice: NoticeID? = nil,
      part: Int = 1, parts: Int = 1, state: DeliveryState, reason: String? = nil, due: Timestamp,
      isLeased: Bool = false, endedAt: Timestamp? = nil, createdAt: Timestamp? = nil
    ) {
      self.id = id
      self.person = person
      self.post = post
      self.digest = digest
      self.notice = notice
      self.part = part
      self.parts = parts
      self.state = state
      self.reason = reason
      self.due = due
      self.isLeased = isLeased
      self.endedAt = endedAt
      self.createdAt = createdAt
    }

    static let columns = """
      id, person, post, digest, notice, part, parts, state, reason, due, lease, ended_at, \
      (SELECT n.created_at FROM notice n WHERE n.id = delivery.notice)
      """

    init?(_ row: any Row) {
      guard let state = DeliveryState(rawValue: row.text(7)) else { return nil }
      self.init(
        id: row.id(0), person: row.id(1), post: row.optionalID(2), digest: row.optionalID(3),
        notice: row.optionalID(4), part: Int(row.integer(5)), parts: Int(row.integer(6)), state: state,
        reason: row.optionalText(8), due: row.moment(9), isLeased: row.optionalInteger(10) != nil,
        endedAt: row.optionalMoment(11), createdAt: row.optionalMoment(12))
    }
  }

  /// A try, with the relay's answer.
  public struct AttemptRecord: Hashable, Sendable {
    /// How a try ended.
    public typealias Outcome = AttemptEnd.Outcome
    /// The message.
    public var delivery: DeliveryID
    /// 1 for the first.
    public var number: Int
    /// Where it went; empty where its run died.
    public var address: String
    /// When it began.
    public var beganAt: Timestamp
    /// When its end was known.
    public var endedAt: Timestamp
    /// How it ended.
    public var outcome: Outcome
    /// Whose fault it was.
    public var scope: Verdict.Scope?
    /// Whole, as the relay gave it.
    public var answer: String

    /// A try as it was recorded.
    public init(
      delivery: DeliveryID, number: Int, address: String, beganAt: Timestamp, endedAt: Timestamp, outcome: Outcome,
      scope: Verdict.Scope? = nil, answer: String
    ) {
      self.delivery = delivery
      self.number = number
      self.address = address
      self.beganAt = beganAt
      self.endedAt = endedAt
      self.outcome = outcome
      self.scope = scope
      self.answer = answer
    }
  }

  /// A mail that came in about a message or a post.
  public struct IncomingRecord: Hashable, Sendable {
    /// Its number.
    public var id: ReceivedID
    /// When it reached the mailbox.
    public var arrivedAt: Timestamp
    /// What became of it; nil: nothing yet.
    public var outcome: Received.Outcome?
    /// The message that it was about, where it said so.
    public var delivery: DeliveryID?
    /// Where the reply in it stands; nil: it is none.
    public var reply: MailedReply.State?
    /// The post that the reply became.
    public var postKey: String?
    /// It is about another post or message, and bears on this one all the same: by it the person stopped mail.
    public var isElsewhere: Bool
    /// Of a mail to a stop address, what it ended: a thread's mail, a discussion's, or all of it.
    public var stopped: WatchScope?

    /// A mail as it was handled.
    public init(
      id: ReceivedID, arrivedAt: Timestamp, outcome: Received.Outcome?, delivery: DeliveryID? = nil,
      reply: MailedReply.State? = nil, postKey: String? = nil, isElsewhere: Bool = false,
      stopped: WatchScope? = nil
    ) {
      self.id = id
      self.arrivedAt = arrivedAt
      self.outcome = outcome
      self.delivery = delivery
      self.reply = reply
      self.postKey = postKey
      self.isElsewhere = isElsewhere
      self.stopped = stopped
    }
  }

  /// What was decided about a post and a person, the first sending first.
  public func decisions(post: JournalPosition, person: PersonID) throws -> [DecisionRecord] {
    try database.read {
      try $0.query(
        """
        SELECT generation, decision, detail, delivery, decided_at FROM decision
        WHERE post = $1 AND person = $2 ORDER BY generation
        """, [.id(post), .id(person)]
      ) {
        DecisionRecord(
          generation: Int($0.integer(0)), decision: Decision(decision: $0.text(1), detail: $0.text(2)),
          delivery: $0.optionalID(3), decidedAt: $0.optionalMoment(4))
      }
    }
  }

  /// The messages of these numbers that are still there, in their order.
  public func deliveries(ids: some Sequence<DeliveryID>) throws -> [DeliveryRecord] {
    try database.read {
      try $0.query(
        "SELECT \(DeliveryRecord.columns) FROM delivery WHERE id IN ($1) ORDER BY id", [.ids(ids)],
        DeliveryRecord.init)
    }.compactMap(\.self)
  }

  /// The copies of a post for a person that were not sent, whatever decisions name.
  public func droppedCopies(post: JournalPosition, person: PersonID) throws -> [DeliveryID] {
    try database.read {
      try $0.query(
        "SELECT id FROM delivery WHERE post = $1 AND person = $2 AND state = 'dropped' ORDER BY id",
        [.id(post), .id(person)]
      ) { $0.id(0) }
    }
  }

  /// The tries of these messages that are still known, in their order.
  public func attempts(of deliveries: some Sequence<DeliveryID>) throws -> [AttemptRecord] {
    try database.read {
      try $0.query(
        """
        SELECT delivery, number, address, began_at, ended_at, outcome, scope, answer FROM attempt
        WHERE delivery IN ($1) ORDER BY delivery, number
        """, [.ids(deliveries)]
      ) {
        AttemptRecord(
          delivery: $0.id(0), number: Int($0.integer(1)), address: $0.text(2), beganAt: $0.moment(3),
          endedAt: $0.moment(4), outcome: AttemptEnd.Outcome(rawValue: $0.text(5)) ?? .lost,
          scope: $0.optionalText(6).flatMap(Verdict.Scope.init(rawValue:)), answer: $0.text(7))
      }
    }
  }

  /// What failed of these messages, in the order in which it was told.
  public func failures(of deliveries: some Sequence<DeliveryID>) throws -> [FailureEvent] {
    try database.read {
      try $0.query(
        """
        SELECT delivery, person, address, severity, source, status, diagnostic, at, received, excused FROM failure
        WHERE delivery IN ($1) ORDER BY at, delivery
        """, [.ids(deliveries)]
      ) { row in
        var failure = FailureEvent(
          delivery: row.id(0), person: row.id(1), address: row.text(2),
          severity: FailureEvent.Severity(rawValue: row.text(3)) ?? .policy,
          source: FailureEvent.Source(rawValue: row.text(4)) ?? .report, status: row.text(5),
          diagnostic: row.text(6), at: row.moment(7), received: row.optionalID(8))
        failure.isExcused = row.integer(9) != 0
        return failure
      }
    }
  }

  /// What came in from a person about a post, or about these messages, and by what they stopped mail or complained. For one person at a time: it looks at all mail
  /// that came in.
  public func incoming(
    from person: PersonID, post: JournalPosition?, deliveries: some Sequence<DeliveryID>
  ) throws -> [IncomingRecord] {
    let known = Set(deliveries)
    return try database.read {
      try $0.query(
        """
        SELECT m.id, m.arrived_at, m.outcome, m.delivery, r.state, r.post_key, coalesce(m.post, r.post), m.detail
        FROM received m LEFT JOIN reply r ON r.received = m.id
        WHERE m.person = $1 AND m.post = $2 OR m.delivery IN ($3) OR r.person = $1 AND r.post = $2
          OR m.person = $1 AND m.outcome IN ('stop', 'complaint')
        ORDER BY m.arrived_at, m.id LIMIT 200
        """, [.id(person), .id(post ?? -1), .ids(known.sorted())]
      ) {
        IncomingRecord(
          id: $0.id(0), arrivedAt: $0.moment(1), outcome: $0.optionalText(2).flatMap(Received.Outcome.init(rawValue:)),
          delivery: $0.optionalID(3), reply: $0.optionalText(4).flatMap(MailedReply.State.init(rawValue:)),
          postKey: $0.optionalText(5),
          isElsewhere: ($0.optionalID(6) as JournalPosition?) != post
            && ($0.optionalID(3) as DeliveryID?).map(known.contains) != true,
          stopped: $0.optionalText(2) == Received.Outcome.stop.rawValue
            ? $0.optionalText(7).flatMap(WatchScope.init(rawValue:)) : nil)
      }
    }
  }

  /// What notices are about, by the words that the ledger has for it.
  public func topics(of deliveries: some Sequence<DeliveryID>) throws -> [DeliveryID: String] {
    let rows = try database.read {
      try $0.query(
        "SELECT d.id, n.topic FROM delivery d JOIN notice n ON n.id = d.notice WHERE d.id IN ($1)", [.ids(deliveries)]
      ) { ($0.id(0) as DeliveryID, $0.text(1)) }
    }
    return Dictionary(rows, uniquingKeysWith: { first, _ in first })
  }

  /// When a post got its place in the journal.
  public func journalledAt(_ post: JournalPosition) throws -> Timestamp? {
    try database.read {
      try $0.first("SELECT journalled_at FROM journal WHERE position = $1", [.id(post)]) { $0.moment(0) }
    }
  }

  /// Whether somebody is still to be decided about this post.
  public func awaitsFanOut(_ post: JournalPosition) throws -> Bool {
    try database.read { try Ledger.awaitsFanOut(post, $0) }
  }

  /// What is set aside of these rows of the forum.
  public func setAside(keys: [String]) throws -> [SetAside] {
    try database.read {
      try $0.query(
        "SELECT \(SetAside.columns) FROM set_aside WHERE row_key IN ($1) ORDER BY since, row_key", [.texts(keys)],
        SetAside.init)
    }.compactMap(\.self)
  }

  /// When a person's next digest is due; nil where they have no slot.
  public func slot(of person: PersonID) throws -> PersonSlot? {
    try database.read {
      try $0.first("SELECT person, due, slot_date, kind FROM digest_slot WHERE person = $1", [.id(person)]) {
        PersonSlot(
          person: $0.id(0), due: $0.moment(1), date: $0.optionalText(2).flatMap(CivilDate.init(iso8601:)),
          kind: DigestCause(rawValue: $0.text(3)) ?? .regular)
      }
    }
  }

  /// Since when a post is remembered as withdrawn, from somebody or from all; nil: it is not.
  public func withdrawnSince(_ post: JournalPosition) throws -> Timestamp? {
    try database.read {
      try $0.first("SELECT since FROM withdrawn WHERE post = $1", [.id(post)]) { $0.moment(0) }
    }
  }
}
