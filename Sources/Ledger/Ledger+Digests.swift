import Identifiers
import SQL
import Time

/// Digests: which posts are in which part.
extension Ledger {
  /// The part of a digest in which a person got a post; nil if they got it otherwise, or not.
  public func digestPart(of post: JournalPosition, _ person: PersonID) throws -> DeliveryID? {
    try database.read {
      try $0.first(
        """
        SELECT delivery FROM decision
        WHERE post = $1 AND person = $2 AND decision = 'digest' AND delivery IS NOT NULL ORDER BY generation DESC LIMIT 1
        """, [.id(post), .id(person)]
      ) { $0.id(0) }
    }
  }

  /// The posts that wait for these people's digests, in journal order: by the partial index of open rows, whose order
  /// it is.
  public func openPosts(of people: [PersonID]) throws -> [PersonID: [JournalPosition]] {
    let rows = try database.read {
      try $0.query(
        """
        SELECT person, post FROM decision
        WHERE decision = 'digest' AND delivery IS NULL AND person IN ($1) ORDER BY person, post
        """, [.ids(people)]
      ) { ($0.id(0) as PersonID, $0.id(1) as JournalPosition) }
    }
    return Dictionary(grouping: rows, by: \.0).mapValues { $0.map(\.1) }
  }

  /// Writes digests: their parts as deliveries, the rows that they take closed, the slots used up; one commit (D1, D2,
  /// F5). A slot that another run has used up in the meantime is left out, and so is a post that another digest took.
  /// Posts that were considered, but are in no part and not skipped, are out of the person's sight for now: they stay
  /// open and are remembered as withdrawn (rule C6).
  /// - Returns: how many digests and parts were written.
  public func write(_ plans: [DigestPlan], signingKey: UInt8, now: Timestamp) throws -> (digests: Int, parts: Int) {
    try database.write { connection in
      var written = (digests: 0, parts: 0)
      for plan in plans {
        let parts = try Ledger.write(plan, signingKey, now, connection)
        if parts > 0 { written.digests += 1 }
        written.parts += parts
      }
      return written
    }
  }

  /// Writes one digest, if its slot is still there; returns how many parts it has. To delete the slot is to take it: of
  /// two runs with the same plan one finds none.
  private static func write(
    _ plan: DigestPlan, _ signingKey: UInt8, _ now: Timestamp, _ connection: any Connection
  ) throws -> Int {
    let taken = try connection.run(
      "DELETE FROM digest_slot WHERE person = $1 AND due <= $2", [.id(plan.person), .integer(now.seconds)])
    if taken == 0 { return 0 }
    let open = try closeSkipped(plan, now, connection)
    // Fan-out has added posts since they were planned: they go with the next one.
    if !open.isSubset(of: plan.considered) {
      let next = PersonSlot(person: plan.person, due: plan.next.due, date: plan.next.date, kind: .regular)
      try giveSlots([next], .keep, connection)
    }
    let parts = plan.parts.map { $0.filter(open.contains) }.filter { !$0.isEmpty }
    // In the same commit that takes the slot, lest a post that is shown again meanwhile find neither.
    let shown = Set(parts.joined())
    try withdraw(plan.considered.filter { open.contains($0) && !shown.contains($0) }, now, connection)
    if parts.isEmpty { return 0 }
    if let date = plan.date {
      try connection.run(
        """
        INSERT INTO last_digest (person, slot_date) VALUES ($1, $2)
        ON CONFLICT (person) DO UPDATE SET slot_date = $2
        """, [.id(plan.person), .text(date.description)])
    }
    try write(parts, of: plan, signingKey, now, connection)
    return parts.count
  }

  /// Closes the rows that the person is no longer to have; returns the posts that are open for them still.
  private static func closeSkipped(
    _ plan: DigestPlan, _ now: Timestamp, _ connection: any Connection
  ) throws -> Set<JournalPosition> {
    for (post, reason) in plan.skipped {
      // The scope of the watch, which the reason takes the place of.
      let scope = try connection.first(
        """
        SELECT detail FROM decision
        WHERE post = $1 AND person = $2 AND decision = 'digest' AND delivery IS NULL {for update}
        """, [.id(post), .id(plan.person)]
      ) { $0.text(0) }
      guard let scope else { continue }
      try tell(
        [StoryEvent(at: now, .skipped, post: post, detail: "\(reason.rawValue) \(scope)")], of: plan.person, connection)
      try connection.run(
        """
        UPDATE decision SET decision = 'skipped', detail = $3
        WHERE post = $1 AND person = $2 AND decision = 'digest' AND delivery IS NULL
        """, [.id(post), .id(plan.person), .text(reason.rawValue)])
    }
    return Set(
      try connection.query(
        "SELECT post FROM decision WHERE person = $1 AND decision = 'digest' AND delivery IS NULL",
        [.id(plan.person)]
      ) { $0.id(0) })
  }

  /// The digest's row, a delivery for each part, and in each post's decision the part that it is in: from now on that
  /// is settled (rule D2), whatever is hidden before the parts are sent.
  private static func write(
    _ parts: [[JournalPosition]], of plan: DigestPlan, _ signingKey: UInt8, _ now: Timestamp,
    _ connection: any Connection
  ) throws {
    let digest = try connection.first(
      "INSERT INTO digest (person, kind, posts, written_at, signing_key) VALUES ($1, $2, $3, $4, $5) RETURNING id",
      [
        .id(plan.person), .text(plan.kind.rawValue), .integer(Int64(parts.joined().count)),
        .integer(now.seconds), .integer(Int64(signingKey)),
      ]
    ) { $0.id(0) as DigestID }!
    let first = try reserveDeliveries(parts.count, connection)
    for (index, posts) in parts.enumerated() {
      let delivery = DeliveryID(first.rawValue + Int64(index))
      try connection.run(
        "INSERT INTO delivery (id, person, digest, part, parts, state, due) VALUES ($1, $2, $3, $4, $5, 'queued', $6)",
        [
          .id(delivery), .id(plan.person), .id(digest), .integer(Int64(index + 1)),
          .integer(Int64(parts.count)), .integer(now.seconds),
        ])
      try connection.run(
        """
        UPDATE decision SET delivery = $3
        WHERE post IN ($1) AND person = $2 AND decision = 'digest' AND delivery IS NULL
        """, [.ids(posts), .id(plan.person), .id(delivery)])
    }
  }

  /// The digests of these numbers that are still there.
  public func digests(ids: some Sequence<DigestID>) throws -> [DigestID: Digest] {
    let found = try database.read {
      try $0.query("SELECT id, kind, signing_key, posts, written_at FROM digest WHERE id IN ($1)", [.ids(ids)]) {
        Digest(
          id: $0.id(0), kind: DigestCause(rawValue: $0.text(1))!,
          signingKey: UInt8(truncatingIfNeeded: $0.integer(2)), posts: Int($0.integer(3)),
          writtenAt: $0.moment(4))
      }
    }
    return Dictionary(uniqueKeysWithValues: found.map { ($0.id, $0) })
  }

  /// The posts of digest parts, in journal order.
  public func posts(ofParts deliveries: [DeliveryID]) throws -> [DeliveryID: [JournalPosition]] {
    let rows = try database.read {
      try $0.query(
        """
        SELECT delivery, post FROM decision WHERE decision = 'digest' AND delivery IS NOT NULL AND delivery IN ($1)
        ORDER BY delivery, post
        """, [.ids(deliveries)]
      ) { ($0.id(0) as DeliveryID, $0.id(1) as JournalPosition) }
    }
    return Dictionary(grouping: rows, by: \.0).mapValues { $0.map(\.1) }
  }
}
