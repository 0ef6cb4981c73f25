import Forum
import Mail
import SQL

/// A participant's place in the ledger.
public struct Person: Hashable, Sendable {
  public let id: Int64
  /// The forum's key.
  public let key: String
  /// What the forum does not know of the person's wishes.
  public let preferences: Preferences
  /// The local date of the last regular digest, `2026-05-26`.
  public let digestDate: CivilDate?
  public let hasSlot: Bool
}

extension Ledger {
  private static let wishColumns = """
    mode, digest_period, digest_hour, digest_weekday, digest_style, digest_format, zone, language, text_only, own_posts,
    paused_until
    """

  private static let personColumns = """
    id, person_key, \(wishColumns), digest_date, EXISTS (SELECT 1 FROM digest_slot s WHERE s.person = id)
    """

  /// Databases limit how many parameters a statement may have.
  private static let chunk = 4096

  /// The people of these keys, in no order; those not yet known are given a number.
  public func people(keys: [String]) throws -> [String: Person] {
    var people: [String: Person] = [:]
    people.reserveCapacity(keys.count)
    for start in stride(from: 0, to: keys.count, by: Ledger.chunk) {
      for person in try persons(keys: Array(keys[start..<min(start + Ledger.chunk, keys.count)])) {
        people[person.key] = person
      }
    }
    return people
  }

  private func persons(keys: [String]) throws -> [Person] {
    let select = "SELECT \(Ledger.personColumns) FROM person WHERE person_key IN ($1)"
    let known = try database.read { try $0.query(select, [.texts(keys)], Ledger.person) }
    let knownKeys = Set(known.map(\.key))
    let missing = keys.filter { !knownKeys.contains($0) }
    if missing.isEmpty { return known }
    return try database.write { connection in
      try connection.insert(
        into: "person", columns: ["person_key"], values: missing.map(Value.text),
        conflict: "ON CONFLICT (person_key) DO NOTHING")
      return known + (try connection.query(select, [.texts(missing)], Ledger.person))
    }
  }

  public func people(ids: some Sequence<Int64>) throws -> [Int64: Person] {
    let found = try database.read {
      try $0.query(
        "SELECT \(Ledger.personColumns) FROM person WHERE id IN ($1)", [.integers(ids)], Ledger.person)
    }
    return Dictionary(found.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
  }

  private static func person(_ row: any Row) -> Person {
    var wishes = Preferences()
    wishes.mode = row.optionalText(2).flatMap(Mode.init)
    wishes.digestPeriod = row.optionalText(3).flatMap(DigestPeriod.init)
    wishes.digestHour = row.optionalInteger(4).map(Int.init)
    wishes.digestWeekday = row.optionalInteger(5).map(Int.init)
    wishes.digestStyle = row.optionalText(6).flatMap(DigestStyle.init)
    wishes.digestFormat = row.optionalText(7).flatMap(DigestFormat.init)
    wishes.zone = row.optionalText(8)
    wishes.language = row.optionalText(9)
    wishes.textOnly = row.optionalInteger(10).map { $0 != 0 }
    wishes.ownPosts = row.optionalInteger(11).map { $0 != 0 }
    wishes.pausedUntil = row.optionalInteger(12).map(Timestamp.init)
    let date = row.optionalText(13).flatMap { Timestamp(iso8601: $0) }
    return Person(
      id: row.integer(0), key: row.text(1), preferences: wishes,
      digestDate: date.map { CivilDate(daysSinceEpoch: $0.seconds / 86_400) }, hasSlot: row.integer(14) != 0)
  }

  /// Keeps a person's wishes, for a forum that cannot.
  public func set(_ wishes: Preferences, of person: Int64) throws {
    try database.write { connection in
      try connection.run(
        """
        UPDATE person SET mode = $2, digest_period = $3, digest_hour = $4, digest_weekday = $5, digest_style = $6,
          digest_format = $7, zone = $8, language = $9, text_only = $10, own_posts = $11, paused_until = $12
        WHERE id = $1
        """,
        [
          .integer(person), .optional(wishes.mode?.rawValue), .optional(wishes.digestPeriod?.rawValue),
          .optional(wishes.digestHour.map(Int64.init)), .optional(wishes.digestWeekday.map(Int64.init)),
          .optional(wishes.digestStyle?.rawValue), .optional(wishes.digestFormat?.rawValue), .optional(wishes.zone),
          .optional(wishes.language), .optional(wishes.textOnly.map { $0 ? 1 : 0 }),
          .optional(wishes.ownPosts.map { $0 ? 1 : 0 }), .optional(wishes.pausedUntil?.seconds),
        ])
    }
  }

  /// Which of these addresses are not to be mailed.
  public func suppressed(among addresses: [String]) throws -> Set<String> {
    if addresses.isEmpty { return [] }
    return try database.read { connection in
      guard try connection.first("SELECT 1 FROM suppression LIMIT 1", [], { _ in true }) != nil else { return [] }
      return Set(
        try stride(from: 0, to: addresses.count, by: Ledger.chunk).flatMap { start in
          let chunk = addresses[start..<min(start + Ledger.chunk, addresses.count)]
          return try connection.query("SELECT address FROM suppression WHERE address IN ($1)", [.texts(chunk)]) {
            $0.text(0)
          }
        })
    }
  }

  // MARK: Watches that the forum cannot keep

  /// A watch that stands in the ledger.
  public struct OwnWatch: Hashable, Sendable {
    public var person: Int64
    /// The key of the thread or discussion; empty for everything.
    public var target: String
    public var watch: Watch
    public init(person: Int64, target: String, watch: Watch) {
      (self.person, self.target, self.watch) = (person, target, watch)
    }
  }

  public func put(_ own: OwnWatch) throws {
    try database.write { connection in
      try connection.run(
        """
        INSERT INTO own_watch (scope, target, person, mute, mode, since) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (scope, target, person) DO UPDATE SET mute = $4, mode = $5
        """,
        [
          .text(own.watch.scope.rawValue), .text(own.target), .integer(own.person),
          .integer(own.watch.isMute ? 1 : 0), .optional(own.watch.mode?.rawValue),
          .integer(own.watch.since?.seconds ?? 0),
        ])
    }
  }

  /// Returns whether there was one.
  public func removeOwnWatch(person: Int64, scope: WatchScope, target: String) throws -> Bool {
    try database.write {
      try $0.run(
        "DELETE FROM own_watch WHERE scope = $1 AND target = $2 AND person = $3",
        [.text(scope.rawValue), .text(target), .integer(person)]) > 0
    }
  }

  public func ownWatches(of person: Int64) throws -> [OwnWatch] {
    try database.read {
      try $0.query(
        "SELECT scope, target, person, mute, mode, since FROM own_watch WHERE person = $1 ORDER BY scope, target",
        [.integer(person)], Ledger.ownWatch)
    }
  }

  /// All watches of the ledger that bear on a thread; with the keys of their people, in no order.
  public func ownWatches(thread: String, discussion: String) throws -> [(personKey: String, watch: Watch)] {
    try database.read {
      try $0.query(
        """
        SELECT w.scope, w.target, w.person, w.mute, w.mode, w.since, p.person_key
        FROM own_watch w JOIN person p ON p.id = w.person
        WHERE w.scope = 'thread' AND w.target = $1 OR w.scope = 'discussion' AND w.target = $2
          OR w.scope = 'everything' AND w.target = ''
        """, [.text(thread), .text(discussion)]
      ) { ($0.text(6), Ledger.ownWatch($0).watch) }
    }
  }

  private static func ownWatch(_ row: any Row) -> OwnWatch {
    OwnWatch(
      person: row.integer(2), target: row.text(1),
      watch: Watch(
        scope: WatchScope(rawValue: row.text(0))!, isMute: row.integer(3) != 0,
        mode: row.optionalText(4).flatMap(Mode.init), since: Timestamp(row.integer(5))))
  }
}
