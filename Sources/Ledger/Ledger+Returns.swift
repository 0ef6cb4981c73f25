import DeliveryPolicy
import Identifiers
import Mail
import SQL
import Time

/// Mails that the relay took and that came back (rules B3, S3).
extension Ledger {
  /// Newest deliveries that are looked at, whatever the queue's length (rule E4).
  private static let newest = 50_000

  /// How many people were mailed since a moment, by their addresses' canonical domains.
  public func mailedPeople(since: Timestamp) throws -> [String: Int] {
    let found: [(person: PersonID, address: String)] = try database.read {
      try $0.query(
        """
        SELECT DISTINCT d.person, a.address FROM delivery d
        JOIN attempt a ON a.delivery = d.id AND a.number = d.attempts
        WHERE d.id > (SELECT coalesce(max(id), 0) FROM delivery) - \(Ledger.newest) AND d.state = 'sent'
          AND d.ended_at >= $1 AND d.notice IS NULL
        """, [.integer(since.seconds)]
      ) { ($0.id(0), $0.text(1)) }
    }
    return Ledger.people(found)
  }

  /// A failure that a report told of.
  public struct Returned: Hashable, Sendable {
    /// Whose mail came back.
    public var person: PersonID
    /// In its canonical form.
    public var address: String
    /// What was said of it.
    public var severity: FailureEvent.Severity
    /// It is held against nobody.
    public var isExcused: Bool
    /// The enhanced status code, and the words.
    public var answer: String
  }

  /// What reports have told since a moment, the latest last.
  public func returned(since: Timestamp) throws -> [Returned] {
    try database.read {
      try $0.query(
        """
        SELECT person, address, severity, excused, status, diagnostic FROM failure
        WHERE at >= $1 AND source = 'report' ORDER BY at, delivery
        """, [.integer(since.seconds)]
      ) {
        Returned(
          person: $0.id(0), address: $0.text(1), severity: FailureEvent.Severity(rawValue: $0.text(2)) ?? .policy,
          isExcused: $0.integer(3) != 0, answer: "\($0.text(4)) \($0.text(5))")
      }
    }
  }

  /// How many people these are, by domain.
  public static func people(_ found: some Sequence<(person: PersonID, address: String)>) -> [String: Int] {
    var people: [String: Set<PersonID>] = [:]
    for one in found { people[domain(of: one.address), default: []].insert(one.person) }
    return people.mapValues(\.count)
  }

  /// A domain that takes nothing.
  public struct SilentDomain: Hashable, Sendable {
    /// In its canonical form.
    public var domain: String
    /// Messages that wait for another try.
    public var messages: Int
    /// When the first of them was tried first.
    public var since: Timestamp
    /// What was answered last.
    public var answer: String
  }

  /// Seconds in which somebody of a living domain is mailed, if mail is tried for as long.
  private static let silence: Int64 = 2 * 86_400

  /// Domains for which mail has been tried for two days, and where nobody was mailed since; by name.
  public func silentDomains(now: Timestamp) throws -> [SilentDomain] {
    let waiting = try database.read {
      try $0.query(
        """
        SELECT a.address, d.first_attempt_at, a.answer FROM delivery d
        JOIN attempt a ON a.delivery = d.id AND a.number = d.attempts
        WHERE d.state = 'deferred' AND d.lease IS NULL AND d.first_attempt_at IS NOT NULL AND coalesce(a.scope, '') <> 'relay'
        ORDER BY a.began_at LIMIT 5000
        """
      ) { (domain: Ledger.domain(of: $0.text(0)), since: $0.moment(1), answer: $0.text(2)) }
    }
    let old = Dictionary(grouping: waiting, by: \.domain).filter { _, these in
      these.contains { now - $0.since > Ledger.silence }
    }
    if old.isEmpty { return [] }
    let mailed = try mailedPeople(since: now - Ledger.silence)
    return old.filter { mailed[$0.key] == nil }.sorted { $0.key < $1.key }.map { domain, these in
      SilentDomain(
        domain: domain, messages: these.count, since: these.map(\.since).min() ?? now, answer: these.last?.answer ?? "")
    }
  }

  /// In its canonical form; of a text that is no address, what stands behind its last @.
  static func domain(of address: String) -> String {
    (try? Address(address))?.canonicalDomain ?? String(address.split(separator: "@").last ?? "").lowercased()
  }

  /// Since when a domain's failures are excused, as far as a month tells; nil if none is.
  public func excusedSince(domain: String, now: Timestamp) throws -> Timestamp? {
    try database.read {
      try $0.query(
        "SELECT address, at FROM failure WHERE at > $1 AND excused = 1 ORDER BY at",
        [.integer(now.seconds - AddressScore.memory)]
      ) { (address: $0.text(0), at: $0.moment(1)) }
    }.first { Ledger.domain(of: $0.address) == domain }?.at
  }

  /// What reports told since a moment is held against nobody: whoever sent the mails back is to blame. Addresses that were
  /// stopped for it are mailed again.
  /// - Parameter domain: of its addresses; nil: of all.
  static func excuse(
    returnedSince since: Timestamp, of domain: String?, now: Timestamp, _ connection: any Connection
  ) throws {
    let counted = try connection.query(
      "SELECT delivery, address, tenths FROM failure WHERE at >= $1 AND source = 'report' AND tenths > 0",
      [.integer(since.seconds)]
    ) { (delivery: $0.id(0) as DeliveryID, address: $0.text(1), tenths: $0.integer(2)) }
    let these = counted.filter { domain == nil || Ledger.domain(of: $0.address) == domain }
    if these.isEmpty { return }
    try connection.run(
      "UPDATE failure SET excused = 1, tenths = 0 WHERE delivery IN ($1)", [.ids(these.map(\.delivery))])
    for (address, ones) in Dictionary(grouping: these, by: \.address).sorted(by: { $0.key < $1.key }) {
      try connection.run(
        "UPDATE address_score SET tenths = tenths - $2 WHERE address = $1",
        [.text(address), .integer(ones.reduce(0) { $0 + $1.tenths })])
      let isStopped = try connection.exists(
        """
        SELECT 1 FROM suppression WHERE address = $1 AND cause = 'failures'
          AND NOT EXISTS (SELECT 1 FROM address_score s WHERE s.address = $1 AND s.tenths >= $2)
        """, [.text(address), .integer(Int64(AddressScore.limit))])
      if isStopped { _ = try lift(address, by: .excused, now: now, connection) }
    }
    try connection.run("DELETE FROM address_score WHERE tenths <= 0")
  }
}
