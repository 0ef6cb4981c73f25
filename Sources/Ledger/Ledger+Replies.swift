import Identifiers
import SQL
import Time

/// Replies on their way into the forum (rule I5): what is to be posted is written down first, then the forum is asked,
/// then its answer is written down.
extension Ledger {
  /// A reply that waits, with the message that it came in.
  public struct OutgoingReply: Hashable, Sendable {
    /// The message that it came in.
    public var received: ReceivedID
    /// What is to be posted.
    public var reply: MailedReply
    /// Where it stands.
    public var state: MailedReply.State
    /// How often the forum was asked.
    public var tries: Int
    /// When it was asked first; nil: it was not.
    public var triedAt: Timestamp?

    /// Whether the forum fails to take it, or took it for something else, and has done so for longer than so many seconds.
    public func isOverdue(_ seconds: Int64, at now: Timestamp) -> Bool {
      guard let triedAt, state == .trying || reply.parking == .unlike else { return false }
      return now - triedAt > seconds
    }
  }

  static func insert(
    _ reply: MailedReply, from message: ReceivedID, now: Timestamp, _ connection: any Connection
  ) throws {
    try connection.run(
      """
      INSERT INTO reply (received, mail_key, person, post, thread_key, body, elided, body_hash, notes, arrived_at, state,
        reason, due, message_id, subject)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
      """,
      [
        .id(message), .text(reply.mailKey), .id(reply.person), .id(reply.post), .text(reply.threadKey),
        .text(reply.body), .text(reply.elided), .text(reply.bodyHash), .text(reply.notes),
        .integer(reply.arrivedAt.seconds), .text(reply.parking == nil ? "waiting" : "parked"),
        .optional(reply.parking?.rawValue), .integer(now.seconds), .optional(reply.messageID), .text(reply.subject),
      ])
  }

  /// What a person sent by mail lately, this message not among it.
  public struct RecentReplies: Hashable, Sendable {
    /// Replies within the shortest span.
    public var lately = 0
    /// In the thread, within an hour.
    public var inThread = 0
    /// Within a day.
    public var today = 0
    /// Other posts that were answered within a day, less than a minute after their copy had been sent.
    public var quick = 0
    /// Whether this one would be quick too.
    public var isQuick = false
    /// Whether one of equal text came within a day.
    public var hasEqual = false
    /// Nothing came.
    public init() {}
  }

  /// Seconds after a copy was sent in which no person has read it and answered.
  static let quickAnswer: Int64 = 60

  /// What the person sent by mail lately. What waits since there were too many counts too: a machine that goes on is not
  /// let through again. What somebody else sent in their name does not.
  /// - Parameters:
  ///   - reply: the one that is about to be taken.
  ///   - span: the shortest, in seconds.
  public func recentReplies(before reply: MailedReply, span: Int64, now: Timestamp) throws -> RecentReplies {
    let (theirs, taken) = (Ledger.theirs, Ledger.taken)
    func since(_ span: Int64) -> [Value] { [.id(reply.person), .integer(now.seconds - span), .integer(now.seconds)] }
    return try database.read { connection in
      func count(_ condition: String, _ span: Int64, _ more: [Value] = [], what: String = "*") throws -> Int {
        try connection.first("SELECT count(\(what)) FROM reply WHERE \(condition)", since(span) + more) {
          Int($0.integer(0))
        } ?? 0
      }
      var recent = RecentReplies()
      recent.lately = try count(taken, span)
      recent.inThread = try count("\(taken) AND thread_key = $4", 3600, [.text(reply.threadKey)])
      recent.today = try count(taken, 86_400)
      recent.hasEqual = try count("\(theirs) AND body_hash = $4", 86_400, [.text(reply.bodyHash)]) > 0
      let copy = """
        FROM decision d JOIN delivery v ON v.id = d.delivery
        WHERE d.post = %post AND d.person = $1 AND v.state = 'sent' AND v.ended_at <= %at AND v.ended_at > %at - $4
        """
      func sent(_ post: String, _ at: String) -> String {
        "EXISTS (SELECT 1 \(copy.replacing("%post", with: post).replacing("%at", with: at)))"
      }
      recent.quick = try count(
        "\(taken) AND \(sent("reply.post", "reply.arrived_at")) AND post <> $5", 86_400,
        [.integer(Ledger.quickAnswer), .id(reply.post)], what: "DISTINCT post")
      recent.isQuick = try connection.exists(
        "SELECT 1 WHERE \(sent("$2", "$3"))",
        [.id(reply.person), .id(reply.post), .integer(reply.arrivedAt.seconds), .integer(Ledger.quickAnswer)])
      return recent
    }
  }

  /// The person's own of a span, by the moments of the messages; one whose clock is ahead does not count.
  private static let theirs = """
    person = $1 AND arrived_at > $2 AND arrived_at <= $3
      AND (state <> 'parked' OR coalesce(reason, '') <> 'other-sender')
    """
  private static let taken = "\(theirs) AND state <> 'refused' AND state <> 'discarded'"

  /// When the person's last replies in the thread of this one arrived.
  public func moments(
    inThreadOf reply: MailedReply, since: Timestamp, now: Timestamp, limit: Int
  ) throws -> [Timestamp] {
    try database.read {
      try $0.query(
        "SELECT arrived_at FROM reply WHERE \(Ledger.taken) AND thread_key = $4 ORDER BY arrived_at DESC LIMIT $5",
        [
          .id(reply.person), .integer(since.seconds), .integer(now.seconds), .text(reply.threadKey),
          .integer(Int64(limit)),
        ]
      ) { $0.moment(0) }
    }
  }

  /// What the person sent by mail within a day, the last ones first.
  public func textsToday(before reply: MailedReply, now: Timestamp, limit: Int) throws -> [String] {
    try database.read {
      try $0.query(
        "SELECT body FROM reply WHERE \(Ledger.taken) ORDER BY arrived_at DESC LIMIT $4",
        [.id(reply.person), .integer(now.seconds - 86_400), .integer(now.seconds), .integer(Int64(limit))]
      ) { $0.text(0) }
    }
  }

  private static let columns = """
    received, mail_key, person, post, thread_key, body, elided, body_hash, notes, arrived_at, state, reason, tries,
    message_id, subject, tried_at
    """

  private static func read(_ row: any Row) -> OutgoingReply {
    OutgoingReply(
      received: row.id(0),
      reply: MailedReply(
        mailKey: row.text(1), person: row.id(2), post: row.id(3), threadKey: row.text(4), body: row.text(5),
        elided: row.text(6), bodyHash: row.text(7), notes: row.text(8), messageID: row.optionalText(13),
        subject: row.text(14), arrivedAt: row.moment(9),
        parking: row.optionalText(11).flatMap(MailedReply.Parking.init)),
      state: MailedReply.State(rawValue: row.text(10)) ?? .parked, tries: Int(row.integer(12)),
      triedAt: row.optionalMoment(15))
  }

  /// The replies that are to be posted by now, in the order in which they came.
  public func dueReplies(after: ReceivedID, at now: Timestamp, limit: Int) throws -> [OutgoingReply] {
    try database.read {
      try $0.query(
        """
        SELECT \(Ledger.columns) FROM reply
        WHERE state IN ('waiting', 'trying') AND due <= $1 AND received > $2 ORDER BY received LIMIT $3
        """, [.integer(now.seconds), .id(after), .integer(Int64(limit))], Ledger.read)
    }
  }

  /// One reply.
  public func mailedReply(_ message: ReceivedID) throws -> OutgoingReply? {
    try database.read {
      try $0.first("SELECT \(Ledger.columns) FROM reply WHERE received = $1", [.id(message)], Ledger.read)
    }
  }

  /// What was noted with replies that the forum refused lately. Of what was given up or thrown away it may have a post.
  public func notesOfRefused(endedSince moment: Timestamp) throws -> [String] {
    try database.read {
      try $0.query(
        """
        SELECT notes FROM reply
        WHERE state = 'refused' AND coalesce(reason, '') <> 'given-up' AND ended_at >= $1 AND notes <> ''
        """, [.integer(moment.seconds)]
      ) { $0.text(0) }
    }
  }

  /// Those that wait for a word, the oldest first.
  public func parkedReplies(limit: Int) throws -> [OutgoingReply] {
    try database.read {
      try $0.query(
        "SELECT \(Ledger.columns) FROM reply WHERE state = 'parked' ORDER BY received LIMIT $1",
        [.integer(Int64(limit))], Ledger.read)
    }
  }

  /// Replies that the forum has been asked to take more than once, without an answer that can be used.
  public func failingReplies(limit: Int) throws -> [OutgoingReply] {
    try database.read {
      try $0.query(
        "SELECT \(Ledger.columns) FROM reply WHERE state = 'trying' AND tries > 1 ORDER BY received LIMIT $1",
        [.integer(Int64(limit))], Ledger.read)
    }
  }

  /// Writes down that the forum is about to be asked. A first time that lies ahead was written under a wrong clock.
  /// - Returns: false if it is another run's by now.
  public func beginPosting(_ message: ReceivedID, now: Timestamp) throws -> Bool {
    try database.write {
      try $0.run(
        """
        UPDATE reply SET state = 'trying', tries = tries + 1,
          tried_at = CASE WHEN tried_at < $2 THEN tried_at ELSE $2 END
        WHERE received = $1 AND state IN ('waiting', 'trying')
        """, [.id(message), .integer(now.seconds)]) > 0
    }
  }

  /// The forum has failed to take a reply for too long: it is not tried any more, and its author is told.
  /// - Returns: false if it is not that reply's state any more.
  public func giveUpPosting(_ message: ReceivedID, notice: NoticeDraft, now: Timestamp) throws -> Bool {
    try database.write { connection in
      let isOurs = try connection.run(
        """
        UPDATE reply SET state = 'refused', reason = $2, ended_at = $3
        WHERE received = $1 AND (state = 'trying' OR state = 'parked' AND reason = $4)
        """,
        [
          .id(message), .text("given-up"), .integer(now.seconds), .text(MailedReply.Parking.unlike.rawValue),
        ])
      if isOurs > 0 { _ = try Ledger.queue(notice, now: now, connection) }
      return isOurs > 0
    }
  }

  /// What the forum answered.
  public enum PostingEnd: Hashable, Sendable {
    /// It stands in the forum under this key.
    case posted(key: String)
    /// The forum does not take it, for this reason.
    case refused(String)
    /// Somebody has to look at it.
    case parked(MailedReply.Parking)
  }

  /// Writes down what the forum answered, with what the person is told of it: one commit.
  public func endPosting(_ message: ReceivedID, _ end: PostingEnd, notices: [NoticeDraft], now: Timestamp) throws {
    let (state, reason, key): (MailedReply.State, String?, String?) =
      switch end {
      case .posted(let key): (.posted, nil, key)
      case .refused(let reason): (.refused, reason, nil)
      case .parked(let parking): (.parked, parking.rawValue, nil)
      }
    try database.write { connection in
      let isOurs = try connection.run(
        """
        UPDATE reply SET state = $2, reason = $3, post_key = $4, ended_at = $5
        WHERE received = $1 AND state = 'trying'
        """,
        [
          .id(message), .text(state.rawValue), .optional(reason), .optional(key),
          .optional(state == .parked ? nil : now.seconds),
        ])
      if isOurs > 0 { for notice in notices { _ = try Ledger.queue(notice, now: now, connection) } }
    }
  }

  /// Somebody's word about a parked reply: it is to be posted; returns false if it is not parked.
  public func releaseReply(_ message: ReceivedID, now: Timestamp) throws -> Bool {
    try database.write { try Ledger.confirm(message, now: now, $0) }
  }

  /// Somebody's word about a parked reply, or one that the forum fails to take: nobody is to see it; returns false if it is
  /// neither.
  public func discardReply(_ message: ReceivedID, now: Timestamp) throws -> Bool {
    try database.write {
      try $0.run(
        """
        UPDATE reply SET state = 'discarded', ended_at = $2
        WHERE received = $1 AND (state = 'parked' OR state = 'trying' AND tries > 1)
        """,
        [.id(message), .integer(now.seconds)]) > 0
    }
  }

  @discardableResult
  static func confirm(_ message: ReceivedID, now: Timestamp, _ connection: any Connection) throws -> Bool {
    try connection.run(
      "UPDATE reply SET state = 'waiting', reason = NULL, due = $2, tried_at = NULL WHERE received = $1 AND state = 'parked'",
      [.id(message), .integer(now.seconds)]) > 0
  }
}
