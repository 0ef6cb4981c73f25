import DeliveryPolicy
import Forum
import Identifiers
import Mail
import SQL
import Time

/// Addresses that are not to be mailed.
extension Ledger {
  /// Which of these addresses, however they are written, are not to be mailed; given back as they were asked about.
  public func suppressed(among addresses: [String]) throws -> Set<String> {
    if addresses.isEmpty { return [] }
    return try database.read { connection in
      guard try Ledger.has("suppression", connection) else { return [] }
      let found = Set(
        try addresses.chunks(of: Ledger.chunk).flatMap { chunk in
          try connection.query(
            "SELECT address FROM suppression WHERE address IN ($1)", [.texts(chunk.lazy.map(Ledger.canonical))]
          ) { $0.text(0) }
        })
      return found.isEmpty ? [] : Set(addresses.lazy.filter { found.contains(Ledger.canonical($0)) })
    }
  }

  /// The form in which addresses stand in the tables: one mailbox, one row, be its domain written in Unicode or in
  /// A-labels (RFC 5890), in capitals or not. A text that is no address, in lower case.
  static func canonical(_ address: String) -> String {
    (try? Address(address))?.canonical ?? address.lowercased()
  }

  /// One address; nil if it may be mailed.
  public func suppression(of address: String) throws -> Suppression? {
    try suppressions("WHERE address = $1", [.text(Ledger.canonical(address))]).first
  }

  /// A page of them, in the order of their addresses.
  /// - Parameter after: the last page's last address; empty for the first.
  public func suppressions(after: String = "", limit: Int) throws -> [Suppression] {
    try suppressions("WHERE address > $1 ORDER BY address LIMIT $2", [.text(after), .integer(Int64(limit))])
  }

  /// How many there are.
  public func suppressionCount() throws -> Int {
    try database.read { try $0.first("SELECT count(*) FROM suppression") { Int($0.integer(0)) } ?? 0 }
  }

  /// Those that are to be tried again by now.
  public func dueProbes(at now: Timestamp, limit: Int) throws -> [Suppression] {
    try suppressions(
      "WHERE next_probe <= $1 AND probe IS NULL ORDER BY next_probe LIMIT $2",
      [.integer(now.seconds), .integer(Int64(limit))])
  }

  private func suppressions(_ condition: String, _ arguments: [Value]) throws -> [Suppression] {
    try database.read {
      try $0.query(
        "SELECT address, reason, since, person, cause, next_probe, probes, probe FROM suppression \(condition)",
        arguments
      ) {
        Suppression(
          address: $0.text(0), reason: $0.text(1), since: $0.moment(2), person: $0.optionalID(3),
          cause: Suppression.Cause(rawValue: $0.text(4)) ?? .admin, nextProbe: $0.optionalMoment(5),
          probes: Int($0.integer(6)), probe: $0.optionalID(7))
      }
    }
  }

  /// Stops mail to an address; returns false if it was stopped before, which stays as it was.
  @discardableResult
  public func suppress(
    _ address: String, _ cause: Suppression.Cause, person: PersonID?, reason: String, now: Timestamp
  ) throws -> Bool {
    try database.write {
      try Ledger.suppress(Ledger.canonical(address), cause, person: person, reason: reason, now: now, $0)
    }
  }

  /// - Parameter address: canonical.
  static func suppress(
    _ address: String, _ cause: Suppression.Cause, person: PersonID?, reason: String, now: Timestamp,
    _ connection: any Connection
  ) throws -> Bool {
    let next = cause == .failures ? ProbeSchedule.next(stopped: now, probes: 0) : nil
    let isNew =
      try connection.run(
        """
        INSERT INTO suppression (address, reason, since, person, cause, next_probe) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (address) DO NOTHING
        """,
        [
          .text(address), .text(reason), .integer(now.seconds), .optional(person?.rawValue), .text(cause.rawValue),
          .optional(next?.seconds),
        ]) > 0
    if isNew, let person {
      try tell([StoryEvent(at: now, .stopped, detail: "\(cause.rawValue): \(reason)")], of: person, connection)
    }
    return isNew
  }

  /// Queues a mail that tries an address again, and says when the next one would.
  /// - Parameter body: the notice's, in Composition's form.
  public func probe(_ suppression: Suppression, person: PersonID, body: String, now: Timestamp) throws {
    try database.write { connection in
      // Lifted meanwhile, or tried by another run.
      let free = "SELECT 1 FROM suppression WHERE address = $1 AND probe IS NULL AND probes = $2 {for update}"
      guard try connection.exists(free, [.text(suppression.address), .integer(Int64(suppression.probes))]) else {
        return
      }
      let delivery = try Ledger.queue(
        NoticeDraft(person: person, topic: "probe", body: body, limit: .max), now: now, connection)
      try connection.run(
        "UPDATE suppression SET probe = $2, probes = probes + 1, next_probe = $3 WHERE address = $1",
        [
          .text(suppression.address), .optional(delivery?.rawValue),
          .optional(ProbeSchedule.next(stopped: suppression.since, probes: suppression.probes + 1)?.seconds),
        ])
    }
  }

  /// The address is nobody's any more: it is not tried again.
  public func endProbing(_ address: String) throws {
    try database.write {
      try $0.run(
        "UPDATE suppression SET next_probe = NULL, probe = NULL WHERE address = $1", [.text(Ledger.canonical(address))])
    }
  }

  /// Looks at the probes that were made: an address whose probe was taken long enough ago, and of which no failure was
  /// told since, is good again.
  /// - Parameter takenBefore: now, less the time in which a report would have come.
  /// - Returns: who has mail again, with how many posts waited for them.
  public func endProbes(takenBefore: Timestamp, now: Timestamp) throws -> [Lifted] {
    try database.write { connection in
      let ended = try connection.query(
        """
        SELECT s.address, d.state, EXISTS (SELECT 1 FROM failure f WHERE f.delivery = s.probe)
        FROM suppression s LEFT JOIN delivery d ON d.id = s.probe
        WHERE s.probe IS NOT NULL AND (d.id IS NULL OR d.state IN ('failed', 'expired', 'suppressed', 'dropped')
          OR (d.state = 'sent' AND (d.ended_at < $1 OR EXISTS (SELECT 1 FROM failure f WHERE f.delivery = s.probe))))
        ORDER BY s.address LIMIT 1000
        """, [.integer(takenBefore.seconds)]
      ) { (address: $0.text(0), isGood: $0.text(1) == "sent" && $0.integer(2) == 0) }
      var lifted: [Lifted] = []
      for one in ended {
        if one.isGood {
          if let good = try Ledger.lift(one.address, by: .probe, now: now, connection) { lifted.append(good) }
        } else {
          try connection.run("UPDATE suppression SET probe = NULL WHERE address = $1", [.text(one.address)])
        }
      }
      return lifted
    }
  }

  /// An address that is mailed again.
  public struct Lifted: Hashable, Sendable {
    /// In its canonical form.
    public var address: String
    /// Whose it is, where that is known.
    public var person: PersonID?
    /// Posts that waited, and come as one digest.
    public var posts: Int
    /// Since when it was not mailed.
    public var since: Timestamp
    /// Why it was not.
    public var cause: Suppression.Cause
  }

  /// Mails an address again; nil if nothing stopped it. Copies that were queued before it was stopped come as one digest
  /// (rule B4); what was decided while it was stopped stays skipped.
  public func lift(_ address: String, by releaser: ReleasedBy = .owner, now: Timestamp) throws -> Lifted? {
    try lift(address, by: releaser, now: now) { _ in nil }?.lifted
  }

  /// Mails an address again, and tells its person: both or neither.
  /// - Parameter notice: what they are told; nil: nothing.
  /// - Returns: what was lifted, and the notice on its way; nil where the address was not suppressed.
  public func lift(
    _ address: String, by releaser: ReleasedBy = .owner, now: Timestamp, telling notice: (Lifted) -> NoticeDraft?
  ) throws -> (lifted: Lifted, notice: DeliveryID?)? {
    try database.write { connection in
      guard let lifted = try Ledger.lift(Ledger.canonical(address), by: releaser, now: now, connection) else {
        return nil
      }
      return (lifted, try notice(lifted).flatMap { try Ledger.queue($0, now: now, connection) })
    }
  }

  static func lift(
    _ address: String, by releaser: ReleasedBy, now: Timestamp, _ connection: any Connection
  ) throws -> Lifted? {
    let found = try connection.query(
      "DELETE FROM suppression WHERE address = $1 RETURNING person, since, cause", [.text(address)]
    ) {
      Lifted(
        address: address, person: $0.optionalID(0), posts: 0, since: $0.moment(1),
        cause: Suppression.Cause(rawValue: $0.text(2)) ?? .admin)
    }
    guard var lifted = found.first else { return nil }
    try connection.run("DELETE FROM address_score WHERE address = $1", [.text(address)])
    if let person = lifted.person {
      try tell([StoryEvent(at: now, .lifted, detail: releaser.text)], of: person, connection)
      lifted.posts = try reopen(suppressedOf: person, now, connection)
    }
    return lifted
  }

  /// What was suppressed on its way is open for a digest; returns how many posts.
  private static func reopen(suppressedOf person: PersonID, _ now: Timestamp, _ connection: any Connection) throws
    -> Int
  {
    let folded = try connection.query(
      """
      UPDATE delivery SET state = 'dropped', reason = 'folded', ended_at = $2
      WHERE person = $1 AND state = 'suppressed' AND generation = 0 AND notice IS NULL RETURNING id, post
      """, [.id(person), .integer(now.seconds)]
    ) { (id: $0.id(0) as DeliveryID, post: $0.optionalID(1) as JournalPosition?) }
    try tell(.folded, "lifted", of: folded.filter { $0.post != nil }.map(\.id), now: now, connection)
    // Each by its key: a copy's by its post, a part's by the index of what is in which part.
    let open = "UPDATE decision SET decision = 'digest', delivery = NULL WHERE person = $1"
    var posts = 0
    posts += try connection.run(
      "\(open) AND generation = 0 AND post IN ($2) AND decision = 'instant'",
      [.id(person), .ids(folded.compactMap(\.post))])
    let parts: [Value] = [.id(person), .ids(folded.filter { $0.post == nil }.map(\.id))]
    let inParts = "generation = 0 AND decision = 'digest' AND delivery IS NOT NULL AND delivery IN ($2)"
    // Before the decision forgets in which part it was.
    let reopened = try connection.query(
      "SELECT post, delivery FROM decision WHERE person = $1 AND \(inParts) ORDER BY post", parts
    ) { StoryEvent(at: now, .reopened, post: $0.id(0), delivery: $0.id(1), detail: "lifted") }
    try tell(reopened, of: person, connection)
    posts += try connection.run("\(open) AND \(inParts)", parts)
    if posts > 0 {
      try giveSlots([PersonSlot(person: person, due: now, date: nil, kind: .catchUp)], .replace, connection)
    }
    return posts
  }
}
