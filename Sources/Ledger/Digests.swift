import Forum
import Mail
import SQL

/// Why a digest is written.
public enum DigestCause: String, Sendable, CaseIterable {
  case regular
  /// Instant copies that were overdue (rule C5), or posts that were shown again.
  case catchUp = "catch-up"
  /// Before a discussion closes (rule D3).
  case lastCall = "last-call"
  /// The last one of somebody who left digest mode (rule F5).
  case leaving
}

/// A person whose digest is due.
public struct DueSlot: Hashable, Sendable {
  public let person: Int64
  public let due: Timestamp
  /// The local date that it uses up; nil where it is not a regular one.
  public let date: CivilDate?
  public let kind: DigestCause
}

/// A digest as it is to be written: which post is in which part.
public struct DigestPlan: Hashable, Sendable {
  public var person: Int64
  public var kind: DigestCause
  public var date: CivilDate?
  /// The journal positions of each part's posts, in order.
  public var parts: [[Int64]]
  /// Open posts that the person is no longer to have, with the reason.
  public var skipped: [Int64: SkipReason]
  /// Every open post that was looked at, those that are out of the person's sight for now included.
  public var considered: [Int64]
  /// The slot for posts that another run has added in the meantime.
  public var next: DigestSlot

  public init(
    person: Int64, kind: DigestCause, date: CivilDate?, parts: [[Int64]] = [], skipped: [Int64: SkipReason] = [:],
    considered: [Int64], next: DigestSlot
  ) {
    self.person = person
    self.kind = kind
    self.date = date
    self.parts = parts
    self.skipped = skipped
    self.considered = considered
    self.next = next
  }
}

extension Ledger {
  /// People whose slot has come, the longest overdue first.
  public func dueSlots(now: Timestamp, limit: Int) throws -> [DueSlot] {
    try database.read {
      try $0.query(
        "SELECT person, due, slot_date, kind FROM digest_slot WHERE due <= $1 ORDER BY due, person LIMIT $2",
        [.integer(now.seconds), .integer(Int64(limit))]
      ) { row in
        let date = row.optionalText(2).flatMap { Timestamp(iso8601: $0) }
        return DueSlot(
          person: row.integer(0), due: Timestamp(row.integer(1)),
          date: date.map { CivilDate(daysSinceEpoch: $0.seconds / 86_400) }, kind: DigestCause(rawValue: row.text(3))!)
      }
    }
  }

  /// The posts that wait for these people's digests, in journal order.
  public func openPosts(of people: [Int64]) throws -> [Int64: [Int64]] {
    let rows = try database.read {
      try $0.query(
        """
        SELECT person, post FROM decision
        WHERE decision = 'digest' AND delivery IS NULL AND person IN ($1) ORDER BY person, post
        """, [.integers(people)]
      ) { ($0.integer(0), $0.integer(1)) }
    }
    return Dictionary(grouping: rows, by: \.0).mapValues { $0.map(\.1) }
  }

  /// Writes digests: their parts as deliveries, the rows that they take closed, the slots used up; one commit (D1, D2,
  /// F5). A slot that another run has used up in the meantime is left out, and so is a post that another digest took.
  /// Posts that were considered, but are in no part and not skipped, are out of the person's sight for now: they stay open
  /// and are remembered as withdrawn (rule C6).
  /// - Returns: how many digests and parts were written.
  public func write(_ plans: [DigestPlan], signingKey: UInt8, now: Timestamp) throws -> (digests: Int, parts: Int) {
    try database.write { connection in
      var written = (digests: 0, parts: 0)
      for plan in plans {
        guard
          try connection.run(
            "DELETE FROM digest_slot WHERE person = $1 AND due <= $2", [.integer(plan.person), .integer(now.seconds)])
            > 0
        else { continue }
        let open = try Ledger.closeSkipped(plan, connection)
        if !open.isSubset(of: plan.considered) {
          try connection.run(
            "INSERT INTO digest_slot (person, due, slot_date, kind) VALUES ($1, $2, $3, 'regular')",
            [.integer(plan.person), .integer(plan.next.due.seconds), .text(plan.next.date.description)])
        }
        let parts = plan.parts.map { $0.filter(open.contains) }.filter { !$0.isEmpty }
        // In the same commit that takes the slot, lest a post that is shown again meanwhile find neither.
        let taken = Set(parts.joined())
        try Ledger.withdraw(plan.considered.filter { open.contains($0) && !taken.contains($0) }, now, connection)
        if parts.isEmpty { continue }
        if let date = plan.date {
          try connection.run(
            """
            INSERT INTO last_digest (person, slot_date) VALUES ($1, $2)
            ON CONFLICT (person) DO UPDATE SET slot_date = $2
            """, [.integer(plan.person), .text(date.description)])
        }
        try Ledger.write(parts, of: plan, signingKey, now, connection)
        written.digests += 1
        written.parts += parts.count
      }
      return written
    }
  }

  /// Closes the rows that the person is no longer to have; returns the posts that are open for them still.
  private static func closeSkipped(_ plan: DigestPlan, _ connection: any Connection) throws -> Set<Int64> {
    for (post, reason) in plan.skipped {
      try connection.run(
        """
        UPDATE decision SET decision = 'skipped', detail = $3
        WHERE post = $1 AND person = $2 AND decision = 'digest' AND delivery IS NULL
        """, [.integer(post), .integer(plan.person), .text(reason.rawValue)])
    }
    return Set(
      try connection.query(
        "SELECT post FROM decision WHERE person = $1 AND decision = 'digest' AND delivery IS NULL",
        [.integer(plan.person)]
      ) { $0.integer(0) })
  }

  private static func write(
    _ parts: [[Int64]], of plan: DigestPlan, _ signingKey: UInt8, _ now: Timestamp, _ connection: any Connection
  ) throws {
    let digest = try connection.first(
      "INSERT INTO digest (person, kind, posts, written_at, signing_key) VALUES ($1, $2, $3, $4, $5) RETURNING id",
      [
        .integer(plan.person), .text(plan.kind.rawValue), .integer(Int64(parts.joined().count)),
        .integer(now.seconds), .integer(Int64(signingKey)),
      ]
    ) { $0.integer(0) }!
    let first = try numbers(parts.count, connection)
    for (index, posts) in parts.enumerated() {
      let delivery = first + Int64(index)
      try connection.run(
        "INSERT INTO delivery (id, person, digest, part, parts, state, due) VALUES ($1, $2, $3, $4, $5, 'queued', $6)",
        [
          .integer(delivery), .integer(plan.person), .integer(digest), .integer(Int64(index + 1)),
          .integer(Int64(parts.count)), .integer(now.seconds),
        ])
      try connection.run(
        """
        UPDATE decision SET delivery = $3
        WHERE post IN ($1) AND person = $2 AND decision = 'digest' AND delivery IS NULL
        """, [.integers(posts), .integer(plan.person), .integer(delivery)])
    }
  }

  /// A written digest.
  public struct Digest: Hashable, Sendable {
    public let id: Int64
    public let kind: DigestCause
    public let signingKey: UInt8
    /// In all parts together, when it was written.
    public let posts: Int
    public let writtenAt: Timestamp
  }

  public func digests(ids: some Sequence<Int64>) throws -> [Int64: Digest] {
    let found = try database.read {
      try $0.query("SELECT id, kind, signing_key, posts, written_at FROM digest WHERE id IN ($1)", [.integers(ids)]) {
        Digest(
          id: $0.integer(0), kind: DigestCause(rawValue: $0.text(1))!,
          signingKey: UInt8(truncatingIfNeeded: $0.integer(2)), posts: Int($0.integer(3)),
          writtenAt: Timestamp($0.integer(4)))
      }
    }
    return Dictionary(uniqueKeysWithValues: found.map { ($0.id, $0) })
  }

  /// The posts of digest parts, in journal order.
  public func posts(ofParts deliveries: [Int64]) throws -> [Int64: [Int64]] {
    let rows = try database.read {
      try $0.query(
        """
        SELECT delivery, post FROM decision WHERE decision = 'digest' AND delivery IS NOT NULL AND delivery IN ($1)
        ORDER BY delivery, post
        """, [.integers(deliveries)]
      ) { ($0.integer(0), $0.integer(1)) }
    }
    return Dictionary(grouping: rows, by: \.0).mapValues { $0.map(\.1) }
  }

  // MARK: Slots

  /// Moves the slots of people whose wishes changed, if they have one, and notes how far changes were read. A slot that
  /// has come is not moved: its digest is owed (rule D1). But the last digest of somebody who has come back to digests
  /// before it was written is not the last: it waits for their hour again.
  public func reslot(
    _ slots: [Int64: (due: Timestamp, date: CivilDate?, kind: DigestCause)], wishes: Int64?, now: Timestamp
  ) throws {
    if slots.isEmpty, wishes == nil { return }
    try database.write { connection in
      for (person, slot) in slots {
        try connection.run(
          """
          UPDATE digest_slot SET due = $2, slot_date = $3, kind = $4
          WHERE person = $1 AND (due > $5 OR kind = 'leaving')
          """,
          [
            .integer(person), .integer(slot.due.seconds), .optional(slot.date?.description),
            .text(slot.kind.rawValue), .integer(now.seconds),
          ])
      }
      if let wishes { try Ledger.set(.wishes, wishes, connection) }
    }
  }

  /// Makes everybody's digest due who has posts of the discussion open, once per call and closing time (rule D3).
  /// - Parameters:
  ///   - call: 1 for all of them; 2, for what was posted after that, only for those whose own slot comes too late.
  /// - Returns: how many people, 0 if it was called before.
  public func lastCall(_ call: Int, discussion: String, closesAt: Timestamp, now: Timestamp) throws -> Int {
    let key: [Value] = [.text(discussion), .integer(closesAt.seconds), .integer(Int64(call))]
    let known = try database.read {
      try $0.first("SELECT 1 FROM last_call WHERE discussion_key = $1 AND closes_at = $2 AND call = $3", key) { _ in
        true
      }
    }
    if known != nil { return 0 }
    return try database.write { connection in
      try connection.run(
        "INSERT INTO last_call (discussion_key, closes_at, call) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", key)
      // `+post`: by the index of what is open, not by everything that was ever decided about the discussion.
      return try connection.run(
        """
        UPDATE digest_slot SET due = $2, slot_date = NULL, kind = 'last-call'
        WHERE due > $2 AND due >= $3 AND person IN (
          SELECT person FROM decision WHERE decision = 'digest' AND delivery IS NULL
            AND +post IN (SELECT position FROM journal WHERE discussion_key = $1))
        """, [.text(discussion), .integer(now.seconds), .integer(call == 1 ? 0 : closesAt.seconds)])
    }
  }
}
