import Forum
import Identifiers
import SQL
import Time

/// The people whom the ledger knows, and what it keeps of their choices.
extension Ledger {
  private static let preferenceColumns = """
    mode, digest_period, digest_hour, digest_weekday, digest_style, digest_format, zone, language, text_only, own_posts,
    paused_until
    """

  /// Databases limit how many parameters a statement may have.
  static let chunk = 4096

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

  /// Answered from the index of keys alone; few people have preferences here, or a digest's date.
  private static func persons(_ keys: [String], _ connection: any Connection) throws -> [Person] {
    let rows = try connection.query("SELECT id, person_key FROM person WHERE person_key IN ($1)", [.texts(keys)]) {
      (id: $0.id(0) as PersonID, key: $0.text(1))
    }
    return try persons(rows, connection)
  }

  /// The people of these numbers.
  public func people(ids: some Sequence<PersonID>) throws -> [PersonID: Person] {
    let found = try database.read { connection in
      let rows = try connection.query("SELECT id, person_key FROM person WHERE id IN ($1)", [.ids(ids)]) {
        (id: $0.id(0) as PersonID, key: $0.text(1))
      }
      return try Ledger.persons(rows, connection)
    }
    return Dictionary(found.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
  }

  private static func persons(_ rows: [(id: PersonID, key: String)], _ connection: any Connection) throws -> [Person] {
    let ids = Value.ids(rows.map(\.id))
    func found<T>(_ table: String, _ columns: String, _ read: (any Row) throws -> T) throws -> [PersonID: T] {
      guard try Ledger.has(table, connection) else { return [:] }
      let pairs = try connection.query("SELECT person, \(columns) FROM \(table) WHERE person IN ($1)", [ids]) {
        ($0.id(0) as PersonID, try read($0))
      }
      return Dictionary(uniqueKeysWithValues: pairs)
    }
    let chosen = try found("preference", preferenceColumns, preferences)
    let dates = try found("last_digest", "slot_date") { CivilDate(iso8601: $0.text(1)) }
    return rows.map { row in
      Person(id: row.id, key: row.key, preferences: chosen[row.id], digestDate: dates[row.id] ?? nil)
    }
  }

  private static func preferences(_ row: any Row) -> Preferences {
    var preferences = Preferences()
    preferences.mode = row.optionalText(1).flatMap(Mode.init)
    preferences.digestPeriod = row.optionalText(2).flatMap(DigestPeriod.init)
    preferences.digestHour = row.optionalInteger(3).map(Int.init)
    preferences.digestWeekday = row.optionalInteger(4).flatMap { Weekday(isoNumber: Int($0)) }
    preferences.digestStyle = row.optionalText(5).flatMap(DigestStyle.init)
    preferences.digestFormat = row.optionalText(6).flatMap(DigestFormat.init)
    preferences.zone = row.optionalText(7)
    preferences.language = row.optionalText(8).map(Language.init(tag:))
    preferences.textOnly = row.optionalInteger(9).map { $0 != 0 }
    preferences.ownPosts = row.optionalInteger(10).map { $0 != 0 }
    preferences.pausedUntil = row.optionalMoment(11)
    return preferences
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
        ) { (id: $0.id(0) as PersonID, key: $0.text(1)) }
      }
      return try Ledger.persons(rows, connection)
    }
    return Dictionary(uniqueKeysWithValues: found.map { ($0.key, $0) })
  }

  /// Keeps a person's preferences, for a forum that cannot.
  public func setPreferences(_ chosen: Preferences, of person: PersonID) throws {
    try database.write { connection in
      try connection.run(
        """
        INSERT INTO preference (person, \(Ledger.preferenceColumns))
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (person) DO UPDATE SET mode = $2, digest_period = $3, digest_hour = $4, digest_weekday = $5,
          digest_style = $6, digest_format = $7, zone = $8, language = $9, text_only = $10, own_posts = $11,
          paused_until = $12
        """,
        [
          .id(person), .optional(chosen.mode?.rawValue), .optional(chosen.digestPeriod?.rawValue),
          .optional(chosen.digestHour.map(Int64.init)), .optional(chosen.digestWeekday.map { Int64($0.isoNumber) }),
          .optional(chosen.digestStyle?.rawValue), .optional(chosen.digestFormat?.rawValue), .optional(chosen.zone),
          .optional(chosen.language?.rawValue), .optional(chosen.textOnly.map { $0 ? 1 : 0 }),
          .optional(chosen.ownPosts.map { $0 ? 1 : 0 }), .optional(chosen.pausedUntil?.seconds),
        ])
    }
  }

  /// Whether a table has any row: many are empty, and need not be asked about thousands of people.
  static func has(_ table: String, _ connection: any Connection) throws -> Bool {
    try connection.first("SELECT 1 FROM \(table) LIMIT 1") { _ in true } != nil
  }
}
