import Forum
import Identifiers
import SQL
import Time

/// Attempts: written down before they are made, their ends afterwards (rule S5).
extension Ledger {
  /// Records how a group of attempts ended, and that the next group begins: one commit (rule S5).
  /// - Parameters:
  ///   - ended: attempts with their ends.
  ///   - unsent: attempts that came to nothing and are not counted: each is queued, deferred or uncertain again as its
  ///     last counted attempt left it, and stays leased until `release`.
  ///   - givenBack: deliveries of this run or an earlier one that failed by the relay's fault.
  ///   - begin: deliveries whose attempt is about to be made.
  ///   - domains: what the ends say of recipient domains.
  ///   - lease: the number of the run's lease.
  ///   - margin: seconds that a lease must still last for an attempt to begin under it.
  public func commitGroup(
    ended: [AttemptEnd], unsent: [DeliveryID], givenBack: Wait? = nil, begin: [DeliveryID],
    domains: DomainUpdate = DomainUpdate(), lease: LeaseID, margin: Int64, now: Timestamp
  ) throws -> GroupCommit {
    if ended.isEmpty, unsent.isEmpty, begin.isEmpty, domains.isEmpty, givenBack == nil { return GroupCommit() }
    return try database.write(.concurrent) { connection in
      // Ends first: what is given back, or held by `domains`, may have failed in this very commit.
      var commit = GroupCommit(ignored: try recordEnds(ended, lease, connection))
      if let givenBack {
        try Ledger.giveBack(givenBack, now: now, connection)
        try Ledger.takeBackFailures(of: givenBack.deliveries, now: now, connection)
      }
      try Ledger.apply(domains, now: now, connection)
      try Ledger.takeBack(unsent, lease: lease, connection)
      if begin.isEmpty { return commit }
      // The attempt counts from here on, before a word of it is sent: a crash after this commit leaves it `sending`,
      // and `rescue` calls it uncertain.
      // A first attempt that lies ahead was made under a wrong clock: its five days would last until then.
      commit.begun = Set(
        try connection.query(
          """
          UPDATE delivery SET state = 'sending', attempts = attempts + 1, began_at = $3,
            first_attempt_at = CASE WHEN first_attempt_at <= $3 THEN first_attempt_at ELSE $3 END
          WHERE id IN ($1) AND \(Ledger.isLeased(by: "$2")) AND lease_until > $4
            AND state IN ('queued', 'deferred', 'uncertain')
          RETURNING id
          """,
          [.ids(begin), .id(lease), .integer(now.seconds), .integer(leaseMoment(now).seconds + margin)]
        ) { $0.id(0) })
      return commit
    }
  }

  /// What became of a group.
  public struct GroupCommit: Hashable, Sendable {
    /// What was to begin and is still ours; nothing else may be sent.
    public var begun: Set<DeliveryID> = []
    /// Ends that count for nothing: the right to these messages had ended, and another run has them.
    public var ignored: Set<DeliveryID> = []
  }

  /// Writes down how attempts ended and moves their deliveries on. An end counts only for the attempt that it is of,
  /// under the lease that it was made under: after a run that was stopped for longer than its lease, another has the
  /// delivery, and may have begun it again.
  /// - Returns: those that do not count.
  private func recordEnds(_ ended: [AttemptEnd], _ lease: LeaseID, _ connection: any Connection) throws
    -> Set<DeliveryID>
  {
    if ended.isEmpty { return [] }
    // In the order of their numbers, as everybody locks them: two runs cannot wait for each other.
    let ours = Dictionary(
      uniqueKeysWithValues: try connection.query(
        """
        SELECT id, attempts, person FROM delivery WHERE id IN ($1) AND \(Ledger.isLeased(by: "$2")) AND state = 'sending'
        ORDER BY id {for update}
        """, [.ids(ended.map(\.delivery)), .id(lease)]
      ) { ($0.id(0) as DeliveryID, (number: Int($0.integer(1)), person: $0.id(2) as PersonID)) })
    // Asked once these deliveries are locked, which who erases somebody does too.
    let erased = try Ledger.erased(among: ours.values.lazy.map(\.person), connection)
    let valid = ended.filter { ours[$0.delivery]?.number == $0.number }.map { end in
      ours[end.delivery].flatMap { erased[$0.person] }.map(end.veiled) ?? end
    }
    try Ledger.insertAttempts(valid, connection)
    let sent = valid.filter { $0.state == .sent }
    // Nearly all ends are alike: one statement for them. They ended within a second, the first stands for all.
    if let endedAt = sent.first?.endedAt {
      try connection.run(
        "UPDATE delivery SET state = 'sent', \(Ledger.unleased), ended_at = $2 WHERE id IN ($1)",
        [.ids(sent.map(\.delivery)), .integer(endedAt.seconds)])
    }
    for end in valid where end.state != .sent {
      try Ledger.move(end, connection)
      try Ledger.tellEnd(end, connection)
    }
    if !erased.isEmpty, let now = valid.first?.endedAt {
      let theirs = valid.map(\.delivery).filter { ours[$0].flatMap { erased[$0.person] } != nil }
      _ = try Ledger.dropWaiting(of: theirs, now: now, connection)
    }
    if !valid.isEmpty { try Ledger.lockScores(of: valid.lazy.map(\.address), connection) }
    try Ledger.lowerScores(of: sent.lazy.map(\.address), connection)
    _ = try Ledger.record(
      valid.compactMap { end in ours[end.delivery].flatMap { end.failure(of: $0.person) } }, connection)
    return Set(ended.map(\.delivery)).subtracting(valid.map(\.delivery))
  }

  /// The condition that a delivery which is asked for by its number is a lease's. Not `lease = …`: that says that it is
  /// leased at all, and PostgreSQL goes by the index of what is leased then, where every delivery that a run has sent
  /// stays for as long as somebody's snapshot may see it (rule E4).
  static func isLeased(by parameter: String) -> String { "coalesce(lease, -1) = \(parameter)" }

  private static func insertAttempts(_ ended: [AttemptEnd], _ connection: any Connection) throws {
    try connection.insert(
      into: "attempt",
      columns: ["delivery", "number", "address", "began_at", "ended_at", "outcome", "scope", "answer"],
      values: ended.flatMap { end -> [Value] in
        [
          .id(end.delivery), .integer(Int64(end.number)), .text(end.address), .integer(end.beganAt.seconds),
          .integer(end.endedAt.seconds), .text(end.outcome.rawValue), .optional(end.scope?.rawValue), .text(end.answer),
        ]
      })
  }

  /// Tells of an end after which no other attempt follows by itself; what was answered, the attempt says.
  private static func tellEnd(_ end: AttemptEnd, _ connection: any Connection) throws {
    let event: (kind: StoryEvent.Kind, detail: String)? =
      switch end.state {
      case .expired: (.expired, "")
      case .held: (.held, end.hold?.text ?? "")
      case .suppressed: (.withheld, SkipReason.suppressed.rawValue)
      default: nil
      }
    guard let event else { return }
    try tell(event.kind, event.detail, of: [end.delivery], now: end.endedAt, connection)
  }

  /// Moves a delivery on to where its attempt ended, and gives its lease back.
  private static func move(_ end: AttemptEnd, _ connection: any Connection) throws {
    try connection.run(
      """
      UPDATE delivery SET state = $2, reason = $3, due = coalesce($4, due), \(Ledger.unleased),
        uncertain = uncertain + $5, ended_at = $6,
        first_attempt_at = CASE WHEN $7 = 1 THEN NULL ELSE first_attempt_at END
      WHERE id = $1
      """,
      [
        .id(end.delivery), .text(end.state.rawValue), .optional(end.hold?.text), .optional(end.due?.seconds),
        .integer(end.outcome == .uncertain ? 1 : 0), .optional(end.state.isOpen ? nil : end.endedAt.seconds),
        .integer(end.stopsClock ? 1 : 0),
      ])
  }
}
