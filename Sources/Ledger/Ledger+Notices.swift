import Identifiers
import SQL
import Time

/// What people are told by mail besides posts.
extension Ledger {
  /// What one person is to be told.
  public struct NoticeDraft: Hashable, Sendable {
    /// Who.
    public var person: PersonID
    /// The matter, of which they hear no more than so often a day (rule I6).
    public var topic: String
    /// The notice in Composition's form.
    public var body: String
    /// How many of the topic they may have within a day.
    public var limit: Int
    /// How many of all topics that begin so they may have within a day.
    public var bounds: [String: Int]
    /// Whether it goes before everything else: somebody sits and waits for it.
    public var isUrgent: Bool

    /// One a day, unless more is said.
    public init(
      person: PersonID, topic: String, body: String, limit: Int = 1, bounds: [String: Int] = [:],
      isUrgent: Bool = false
    ) {
      self.isUrgent = isUrgent
      self.bounds = bounds
      self.person = person
      self.topic = topic
      self.body = body
      self.limit = limit
    }
  }

  /// Queues a notice, due at once.
  /// - Returns: nil if the person has had enough of the topic today, or was erased.
  static func queue(_ draft: NoticeDraft, now: Timestamp, _ connection: any Connection) throws -> DeliveryID? {
    if try isErased(draft.person, connection) { return nil }
    if draft.limit < .max {
      let had = try connection.first(
        "SELECT count(*) FROM notice WHERE person = $1 AND topic = $2 AND created_at > $3 AND created_at <= $4",
        [.id(draft.person), .text(draft.topic), .integer(now.seconds - 86_400), .integer(now.seconds)]
      ) { Int($0.integer(0)) }
      if had ?? 0 >= draft.limit { return nil }
    }
    for (opening, limit) in draft.bounds {
      let had = try connection.first(
        """
        SELECT count(*) FROM notice
        WHERE person = $1 AND substr(topic, 1, length($2)) = $2 AND created_at > $3 AND created_at <= $4
        """,
        [
          .id(draft.person), .text(opening), .integer(now.seconds - 86_400), .integer(now.seconds),
        ]
      ) { Int($0.integer(0)) }
      if had ?? 0 >= limit { return nil }
    }
    let notice: NoticeID? = try connection.first(
      "INSERT INTO notice (person, topic, body, created_at) VALUES ($1, $2, $3, $4) RETURNING id",
      [.id(draft.person), .text(draft.topic), .text(draft.body), .integer(now.seconds)]
    ) { $0.id(0) }
    guard let notice else { return nil }
    let delivery = try reserveDeliveries(1, connection)
    try connection.run(
      "INSERT INTO delivery (id, person, notice, state, due) VALUES ($1, $2, $3, 'queued', $4)",
      [.id(delivery), .id(draft.person), .id(notice), .integer(draft.isUrgent ? 0 : now.seconds)])
    return delivery
  }

  /// Queues notices; returns how many of them.
  @discardableResult
  public func queueNotices(_ drafts: [NoticeDraft], now: Timestamp) throws -> Int {
    if drafts.isEmpty { return 0 }
    return try database.write { connection in
      try drafts.filter { try Ledger.queue($0, now: now, connection) != nil }.count
    }
  }

  /// Queues one notice; nil if the person has had enough of its topic today.
  public func queueNotice(_ draft: NoticeDraft, now: Timestamp) throws -> DeliveryID? {
    try database.write { try Ledger.queue(draft, now: now, $0) }
  }

  /// Whether a person has had a notice of a topic within a day.
  public func hadNotice(_ person: PersonID, topic: String, now: Timestamp) throws -> Bool {
    try database.read {
      try $0.exists(
        "SELECT 1 FROM notice WHERE person = $1 AND topic = $2 AND created_at > $3 AND created_at <= $4",
        [.id(person), .text(topic), .integer(now.seconds - 86_400), .integer(now.seconds)])
    }
  }

  /// What these notices say, in Composition's form.
  public func notices(ids: some Sequence<NoticeID>) throws -> [NoticeID: String] {
    Dictionary(
      try database.read {
        try $0.query("SELECT id, body FROM notice WHERE id IN ($1)", [.ids(ids)]) {
          ($0.id(0) as NoticeID, $0.text(1))
        }
      }, uniquingKeysWith: { first, _ in first })
  }

  /// What a delivery told a person, in Composition's form; nil where it is forgotten, or no notice of theirs.
  public func notice(of delivery: DeliveryID, to person: PersonID) throws -> String? {
    try database.read {
      try $0.first(
        "SELECT n.body FROM delivery d JOIN notice n ON n.id = d.notice WHERE d.id = $1 AND d.person = $2",
        [.id(delivery), .id(person)]
      ) { $0.text(0) }
    }
  }

  /// Forgets notices that ended before a moment, with their deliveries; returns how many.
  public func pruneNotices(endedBefore before: Timestamp, _ pruning: Pruning) throws -> Int {
    var pruned = 0
    var after: Int64 = 0
    while !pruning.isStopping() {
      let next = try database.read {
        try $0.query(
          "SELECT id, created_at FROM notice WHERE id > $1 ORDER BY id LIMIT $2",
          [.integer(after), .integer(Int64(pruning.page))]
        ) { (id: $0.integer(0), createdAt: $0.integer(1)) }
      }
      let old = next.prefix { pruning.isOld($0.createdAt, before) }.map(\.id)
      guard let last = old.last else { break }
      after = last
      pruned += try database.write { connection in
        let ended = try connection.query(
          "DELETE FROM delivery WHERE notice IN ($1) AND ended_at IS NOT NULL RETURNING id", [.integers(old)]
        ) { $0.id(0) as DeliveryID }
        try Ledger.forgetEvents(of: ended, connection)
        return try connection.run(
          "DELETE FROM notice WHERE id IN ($1) AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.notice = notice.id)",
          [.integers(old)])
      }
    }
    return pruned
  }
}
