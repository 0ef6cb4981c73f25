import DeliveryPolicy
import Identifiers
import Mail
import SQL
import Time

/// What failed, address by address, and what follows from it (rules B2 to B4).
extension Ledger {
  /// Writes down what failed: one event a delivery, whoever tells of it first. At the limit the address is suppressed.
  /// - Returns: the addresses that are suppressed since.
  static func record(_ failures: [FailureEvent], _ connection: any Connection) throws -> [String] {
    var stopped: [String] = []
    let erased = failures.isEmpty ? [:] : try erased(among: failures.lazy.map(\.person), connection)
    for failure in failures {
      if let pseudonym = erased[failure.person] {
        _ = try insert(failure.veiled(pseudonym), connection)
        continue
      }
      guard try insert(failure, connection), !failure.isExcused else { continue }
      if try count(failure, connection) { stopped.append(failure.address) }
    }
    return stopped
  }

  /// False if the delivery's failure is known.
  private static func insert(_ failure: FailureEvent, _ connection: any Connection) throws -> Bool {
    try connection.run(
      """
      INSERT INTO failure
        (delivery, person, address, severity, source, status, diagnostic, tenths, at, received, excused)
      VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, $10) ON CONFLICT (delivery) DO NOTHING
      """,
      [
        .id(failure.delivery), .id(failure.person), .text(failure.address), .text(failure.severity.rawValue),
        .text(failure.source.rawValue), .text(failure.status), .text(failure.diagnostic),
        .integer(failure.at.seconds), .optional(failure.received?.rawValue), .integer(failure.isExcused ? 1 : 0),
      ]) > 0
  }

  /// Adds a failure to the address's score; returns whether the address is suppressed since.
  private static func count(_ failure: FailureEvent, _ connection: any Connection) throws -> Bool {
    let known = try score(of: failure.address, connection)
    // Not the calendar's day: two reports on both sides of midnight are one evening's.
    let today = try connection.first(
      "SELECT coalesce(sum(tenths), 0) FROM failure WHERE address = $1 AND at > $2 AND at < $3",
      [.text(failure.address), .integer(failure.at.seconds - 86_400), .integer(failure.at.seconds + 86_400)]
    ) { Int($0.integer(0)) }
    let (counted, added) = AddressScore.after(failure.severity, at: failure.at, score: known, today: today ?? 0)
    var score = counted
    // The relay had taken it, and that had lowered the score: a mail that came back was not taken.
    if let known, !known.isOver(at: failure.at), failure.source == .report,
      try wasTaken(failure.delivery, since: known.lastAt, connection)
    {
      score = AddressScore(tenths: counted.tenths + 1, lastAt: counted.lastAt)
    }
    if score.tenths == 0 { return false }
    try connection.run(
      "UPDATE failure SET tenths = $2 WHERE delivery = $1", [.id(failure.delivery), .integer(Int64(added))])
    try connection.run(
      """
      INSERT INTO address_score (address, tenths, last_at) VALUES ($1, $2, $3)
      ON CONFLICT (address) DO UPDATE SET tenths = excluded.tenths, last_at = excluded.last_at
      """, [.text(failure.address), .integer(Int64(score.tenths)), .integer(score.lastAt.seconds)])
    guard score.isOver else { return false }
    let status = failure.status.isEmpty ? "" : "\(failure.status) "
    return try suppress(
      failure.address, Suppression.Cause.failures, person: failure.person,
      reason: "\(status)\(failure.diagnostic)", now: failure.at, connection)
  }

  private static func wasTaken(_ delivery: DeliveryID, since: Timestamp, _ connection: any Connection) throws -> Bool {
    try connection.exists(
      "SELECT 1 FROM delivery WHERE id = $1 AND state = 'sent' AND ended_at >= $2",
      [.id(delivery), .integer(since.seconds)])
  }

  private static func score(of address: String, _ connection: any Connection) throws -> AddressScore? {
    try connection.first(
      "SELECT tenths, last_at FROM address_score WHERE address = $1 {for update}", [.text(address)]
    ) { AddressScore(tenths: Int($0.integer(0)), lastAt: $0.moment(1)) }
  }

  /// Nobody else changes the scores of these addresses until the commit: all lock them in one order.
  static func lockScores(of addresses: some Sequence<String>, _ connection: any Connection) throws {
    guard try has("address_score", connection) else { return }
    _ = try connection.query(
      "SELECT 1 FROM address_score WHERE address IN ($1) ORDER BY address {for update}",
      [.texts(Set(addresses.map(canonical)).sorted())]
    ) { _ in }
  }

  /// Mails were taken: what is held against their addresses weighs less, a tenth for each.
  static func lowerScores(of addresses: some Sequence<String>, _ connection: any Connection) throws {
    guard try has("address_score", connection) else { return }
    for (address, mails) in Dictionary(grouping: addresses.map(canonical), by: \.self).sorted(by: { $0.key < $1.key }) {
      try connection.run(
        "UPDATE address_score SET tenths = tenths - $2 WHERE address = $1",
        [.text(address), .integer(Int64(mails.count))])
    }
    try connection.run("DELETE FROM address_score WHERE tenths <= 0")
  }

  /// The relay's fault, as it turned out: nobody's address is to blame (rule S3).
  static func takeBackFailures(of deliveries: [DeliveryID], now: Timestamp, _ connection: any Connection) throws {
    guard try has("failure", connection) else { return }
    let taken = try connection.query(
      "DELETE FROM failure WHERE delivery IN ($1) AND source = 'dialogue' RETURNING address, tenths",
      [.ids(deliveries)]
    ) { (address: $0.text(0), tenths: $0.integer(1)) }
    for one in taken.sorted(by: { $0.address < $1.address }) {
      try connection.run(
        "UPDATE address_score SET tenths = tenths - $2 WHERE address = $1", [.text(one.address), .integer(one.tenths)])
      let lifted = try connection.query(
        """
        DELETE FROM suppression WHERE address = $1 AND cause = 'failures'
          AND NOT EXISTS (SELECT 1 FROM address_score s WHERE s.address = $1 AND s.tenths >= $2)
        RETURNING person
        """, [.text(one.address), .integer(Int64(AddressScore.limit))]
      ) { $0.optionalID(0) as PersonID? }
      for person in lifted.compactMap(\.self) {
        try tell([StoryEvent(at: now, .lifted, detail: ReleasedBy.relay.text)], of: person, connection)
      }
    }
  }

  /// What is known of an address's failures, the latest first, at most 50.
  public func failures(of address: String) throws -> [FailureEvent] {
    try database.read {
      try $0.query(
        """
        SELECT delivery, person, severity, source, status, diagnostic, at, received FROM failure
        WHERE address = $1 ORDER BY at DESC, delivery DESC LIMIT 50
        """, [.text(Ledger.canonical(address))]
      ) {
        FailureEvent(
          delivery: $0.id(0), person: $0.id(1), address: Ledger.canonical(address),
          severity: FailureEvent.Severity(rawValue: $0.text(2)) ?? .policy,
          source: FailureEvent.Source(rawValue: $0.text(3)) ?? .report, status: $0.text(4), diagnostic: $0.text(5),
          at: $0.moment(6), received: $0.optionalID(7))
      }
    }
  }

  /// Forgets failures that were told before a moment, and scores that have come to nothing; returns how many failures.
  public func pruneFailures(toldBefore before: Timestamp, _ pruning: Pruning) throws -> Int {
    var pruned = 0
    while !pruning.isStopping() {
      let page = try database.write {
        try $0.run(
          "DELETE FROM failure WHERE delivery IN (SELECT delivery FROM failure WHERE at < $1 ORDER BY at LIMIT $2)",
          [.integer(before.seconds), .integer(Int64(pruning.page))])
      }
      pruned += page
      if page < pruning.page { break }
    }
    try database.write {
      try $0.run(
        "DELETE FROM address_score WHERE last_at < $1", [.integer(pruning.now.seconds - AddressScore.memory)])
    }
    return pruned
  }

  /// The score of an address in tenths; 0 where nothing is held against it.
  public func scoreTenths(of address: String) throws -> Int {
    try database.read {
      try $0.first(
        "SELECT tenths FROM address_score WHERE address = $1", [.text(Ledger.canonical(address))]
      ) { Int($0.integer(0)) } ?? 0
    }
  }
}
