import Forum
import Mail
import SQL

/// A participant's place in the ledger.
public struct Person: Hashable, Sendable {
  public let id: Int64
  /// The forum's key.
  public let key: String
  /// What the forum does not know of the person's wishes; nil for most.
  public let preferences: Preferences?
  /// The local date of the last regular digest, `2026-05-26`.
  public let digestDate: CivilDate?

  /// Somebody whom the ledger has not given a number.
  public static func unrecorded(key: String) -> Person { Person(id: 0, key: key, preferences: nil, digestDate: nil) }
}

extension Ledger {
  private static let wishColumns = """
    mode, digest_period, digest_hour, digest_weekday, digest_style, digest_format, zone, language, text_only, own_posts,
    paused_until
    """

  /// Databases limit how many parameters a statement may have.
  private static let chunk = 4096

  /// The people of these keys, in no order; those not yet known are given a number.
  /// - Parameter isRecording: false leaves them out instead, and writes nothing.
  public func people(keys: [String], isRecording: Bool = true) throws -> [String: Person] {
    var people: [String: Person] = [:]
    people.reserveCapacity(keys.count)
    for start in stride(from: 0, to: keys.count, by: Ledger.chunk) {
      let chunk = Array(keys[start..<min(start + Ledger.chunk, keys.count)])
      for person in try persons(keys: chunk, isRecording) {
        people[person.key] = person
      }
    }
    return people
  }

  private func persons(keys: [String], _ isRecording: Bool) throws -> [Person] {
    let known = try database.read { try Ledger.persons(keys, $0) }
    if known.count == keys.count || !isRecording { return known }
    let knownKeys = Set(known.map(\.key))
    let missing = keys.filter { !knownKeys.contains($0) }
    return try database.write { connection in
      try connection.insert(
        into: "person", columns: ["person_key"], values: missing.map(Value.text),
        conflict: "ON CONFLICT (person_key) DO NOTHING")
      return known + (try Ledger.persons(missing, connection))
    }
  }

  /// Answered from the index of keys alone; few people have wishes here, or a digest's date.
  private static func persons(_ keys: [String], _ connection: any Connection) throws -> [Person] {
    let rows = try connection.query("SELECT id, person_key FROM person WHERE person_key IN ($1)", [.texts(keys)]) {
      (id: $0.integer(0), key: $0.text(1))
    }
    return try persons(rows, connection)
  }

  public func people(ids: some Sequence<Int64>) throws -> [Int64: Person] {
    let found = try database.read { connection in
      let rows = try connection.query("SELECT id, person_key FROM person WHERE id IN ($1)", [.integers(ids)]) {
        (id: $0.integer(0), key: $0.text(1))
      }
      return try Ledger.persons(rows, connection)
    }
    return Dictionary(found.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
  }

  private static func persons(_ rows: [(id: Int64, key: String)], _ connection: any Connection) throws -> [Person] {
    let ids = Value.integers(rows.map(\.id))
    func found<T>(_ table: String, _ columns: String, _ read: (any Row) throws -> T) throws -> [Int64: T] {
      guard try Ledger.has(table, connection) else { return [:] }
      let pairs = try connection.query("SELECT person, \(columns) FROM \(table) WHERE person IN ($1)", [ids]) {
        ($0.integer(0), try read($0))
      }
      return Dictionary(uniqueKeysWithValues: pairs)
    }
    let wishes = try found("preference", wishColumns, preferences)
    let dates = try found("last_digest", "slot_date") { Timestamp(iso8601: $0.text(1)) }
    return rows.map { row in
      let date = (dates[row.id] ?? nil).map { CivilDate(daysSinceEpoch: $0.seconds / 86_400) }
      return Person(id: row.id, key: row.key, preferences: wishes[row.id], digestDate: date)
    }
  }

  private static func preferences(_ row: any Row) -> Preferences {
    var wishes = Preferences()
    wishes.mode = row.optionalText(1).flatMap(Mode.init)
    wishes.digestPeriod = row.optionalText(2).flatMap(DigestPeriod.init)
    wishes.digestHour = row.optionalInteger(3).map(Int.init)
    wishes.digestWeekday = row.optionalInteger(4).map(Int.init)
    wishes.digestStyle = row.optionalText(5).flatMap(DigestStyle.init)
    wishes.digestFormat = row.optionalText(6).flatMap(DigestFormat.init)
    wishes.zone = row.optionalText(7)
    wishes.language = row.optionalText(8)
    wishes.textOnly = row.optionalInteger(9).map { $0 != 0 }
    wishes.ownPosts = row.optionalInteger(10).map { $0 != 0 }
    wishes.pausedUntil = row.optionalInteger(11).map(Timestamp.init)
    return wishes
  }

  /// Those of these people who have a digest due some time, by key.
  public func slotted(keys: [String]) throws -> [String: Person] {
    let found = try database.read { connection in
      let rows = try stride(from: 0, to: keys.count, by: Ledger.chunk).flatMap { start in
        try connection.query(
          """
          SELECT id, person_key FROM person
          WHERE person_key IN ($1) AND EXISTS (SELECT 1 FROM digest_slot s WHERE s.person = person.id)
          """, [.texts(keys[start..<min(start + Ledger.chunk, keys.count)])]
        ) { (id: $0.integer(0), key: $0.text(1)) }
      }
      return try Ledger.persons(rows, connection)
    }
    return Dictionary(uniqueKeysWithValues: found.map { ($0.key, $0) })
  }

  /// Keeps a person's wishes, for a forum that cannot.
  public func set(_ wishes: Preferences, of person: Int64) throws {
    try database.write { connection in
      try connection.run(
        """
        INSERT INTO preference (person, \(Ledger.wishColumns))
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (person) DO UPDATE SET mode = $2, digest_period = $3, digest_hour = $4, digest_weekday = $5,
          digest_style = $6, digest_format = $7, zone = $8, language = $9, text_only = $10, own_posts = $11,
          paused_until = $12
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

  /// Which of these addresses, however they are written, are not to be mailed.
  public func suppressed(among addresses: [String]) throws -> Set<String> {
    if addresses.isEmpty { return [] }
    return try database.read { connection in
      guard try Ledger.has("suppression", connection) else { return [] }
      let found = Set(
        try stride(from: 0, to: addresses.count, by: Ledger.chunk).flatMap { start in
          let chunk = addresses[start..<min(start + Ledger.chunk, addresses.count)].lazy.map { $0.lowercased() }
          return try connection.query("SELECT address FROM suppression WHERE address IN ($1)", [.texts(chunk)]) {
            $0.text(0)
          }
        })
      return found.isEmpty ? [] : Set(addresses.lazy.filter { found.contains($0.lowercased()) })
    }
  }

  /// Whether a table has any row: many are empty, and need not be asked about thousands of people.
  private static func has(_ table: String, _ connection: any Connection) throws -> Bool {
    try connection.first("SELECT 1 FROM \(table) LIMIT 1") { _ in true } != nil
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

  /// Those of these people's watches that the ledger keeps and that bear on a thread, by person.
  public func ownWatches(of people: some Sequence<Int64>, thread: String, discussion: String) throws
    -> [Int64: [Watch]]
  {
    let own = try database.read { connection -> [OwnWatch] in
      guard try Ledger.has("own_watch", connection) else { return [] }
      return try connection.query(
        """
        SELECT scope, target, person, mute, mode, since FROM own_watch
        WHERE scope = 'thread' AND target = $1 AND person IN ($3)
          OR scope = 'discussion' AND target = $2 AND person IN ($3)
          OR scope = 'everything' AND target = '' AND person IN ($3)
        """, [.text(thread), .text(discussion), .integers(people)], Ledger.ownWatch)
    }
    return Dictionary(grouping: own, by: \.person).mapValues { $0.map(\.watch) }
  }

  /// People who have a watch or mute in the ledger that bears on a thread, in the order of their numbers.
  /// - Parameter after: the number after which to begin; 0 for the first page.
  public func ownWatchers(thread: String, discussion: String, after: Int64, limit: Int) throws
    -> [(id: Int64, key: String)]
  {
    try database.read {
      try $0.query(
        """
        SELECT w.person, p.person_key FROM (
          SELECT person FROM own_watch WHERE scope = 'thread' AND target = $1 AND person > $3
          UNION SELECT person FROM own_watch WHERE scope = 'discussion' AND target = $2 AND person > $3
          UNION SELECT person FROM own_watch WHERE scope = 'everything' AND target = '' AND person > $3
          ORDER BY person LIMIT $4) w
        JOIN person p ON p.id = w.person ORDER BY w.person
        """, [.text(thread), .text(discussion), .integer(after), .integer(Int64(limit))]
      ) { ($0.integer(0), $0.text(1)) }
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
