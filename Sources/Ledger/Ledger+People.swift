import Forum
import Identifiers
import SQL
import Time

/// The people whom the ledger knows, and what it keeps of their choices.
extension Ledger {
  /// How many keys a statement is asked about at once.
  static let chunk = 4096

  /// The people of these keys, in no order; those not yet known are given a number.
  /// - Parameter isRecording: false leaves them out instead, and writes nothing.
  public func people(keys: [String], isRecording: Bool = true) throws -> [ForumKey: Person] {
    var people: [ForumKey: Person] = [:]
    people.reserveCapacity(keys.count)
    for chunk in keys.chunks(of: Ledger.chunk) {
      for person in try persons(keys: Array(chunk), isRecording) { people[person.key] = person }
    }
    return people
  }

  /// One person; given a number if not yet known.
  public func person(key: String) throws -> Person {
    guard let person = try people(keys: [key])[key] else { preconditionFailure("no number was given to \(key)") }
    return person
  }

  /// Nearly always all are known, and nothing is written. A run that gives the same people numbers at this moment gives
  /// them first: its rows are read, and one person never has two.
  private func persons(keys: [String], _ isRecording: Bool) throws -> [Person] {
    let known = try database.read { try Ledger.persons(keys, $0) }
    if known.count == keys.count || !isRecording { return known }
    let knownKeys = known.map(\.key).distinctKeys
    let missing = keys.filter { !knownKeys.contains($0) }
    return try database.write { connection in
      // Erased since they were looked for.
      let erased = try Ledger.erasedPersons(missing, connection)
      let erasedKeys = erased.map(\.key).distinctKeys
      let missing = missing.filter { !erasedKeys.contains($0) }
      try connection.insert(
        into: "person", columns: ["person_key"], values: missing.map(Value.text),
        conflict: "ON CONFLICT (person_key) DO NOTHING")
      return try known + erased + Ledger.persons(missing, connection)
    }
  }

  /// Answered from the index of keys alone; few people have preferences here, or a digest's date.
  private static func persons(_ keys: [String], _ connection: any Connection) throws -> [Person] {
    let known = try persons(where: "person_key IN ($1)", [.texts(keys)], connection)
    if known.count == keys.count { return known }
    let knownKeys = known.map(\.key).distinctKeys
    return try known + erasedPersons(keys.filter { !knownKeys.contains($0) }, connection)
  }

  /// Those of these keys whose people were erased: they have the key that they were asked for by.
  private static func erasedPersons(_ keys: [String], _ connection: any Connection) throws -> [Person] {
    try erased(keys: keys, connection).map { key, one in
      Person(id: one.person, key: key.text, preferences: nil, digestDate: nil, isStopped: false, isErased: true)
    }
  }

  /// The people of these numbers; of those who were erased, the key is their pseudonym.
  public func people(ids: some Sequence<PersonID>) throws -> [PersonID: Person] {
    let found = try database.read { try Ledger.persons(where: "id IN ($1)", [.ids(ids)], $0) }
    return Dictionary(found.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The people of a condition, with what is kept of them.
  private static func persons(
    where condition: String, _ arguments: [Value], _ connection: any Connection
  ) throws -> [Person] {
    let rows = try connection.query("SELECT id, person_key FROM person WHERE \(condition)", arguments) {
      (id: $0.id(0) as PersonID, key: $0.text(1))
    }
    let ids = Value.ids(rows.map(\.id))
    func found<T>(_ table: String, _ columns: String, _ read: (any Row) throws -> T) throws -> [PersonID: T] {
      guard try Ledger.has(table, connection) else { return [:] }
      let pairs = try connection.query("SELECT person, \(columns) FROM \(table) WHERE person IN ($1)", [ids]) {
        ($0.id(0) as PersonID, try read($0))
      }
      return Dictionary(uniqueKeysWithValues: pairs)
    }
    let chosen = try found("preference", Preferences.columnNames.joined(separator: ", "), preferences)
    let dates = try found("last_digest", "slot_date") { CivilDate(iso8601: $0.text(1)) }
    let stopped = try found("stopped", "since") { _ in true }
    let erased = try erased(among: rows.lazy.map(\.id), connection)
    return rows.map { row in
      Person(
        id: row.id, key: row.key, preferences: chosen[row.id], digestDate: dates[row.id] ?? nil,
        isStopped: stopped[row.id] ?? false, isErased: erased[row.id] != nil)
    }
  }

  /// Reads the columns of `Preferences.columnNames`, behind one with the person. They are the ledger's own: what cannot
  /// be read was written by a newer program, and is left to the configuration.
  private static func preferences(_ row: any Row) -> Preferences {
    Preferences(text: { row.optionalText($0 + 1) }, number: { row.optionalInteger($0 + 1) })
  }

  /// Those of these people who have a digest due some time, by key.
  public func slotted(keys: [String]) throws -> [ForumKey: Person] {
    let hasSlot = "EXISTS (SELECT 1 FROM digest_slot s WHERE s.person = person.id)"
    let found = try database.read { connection in
      try keys.chunks(of: Ledger.chunk).flatMap {
        try Ledger.persons(where: "person_key IN ($1) AND \(hasSlot)", [.texts($0)], connection)
      }
    }
    return Dictionary(uniqueKeysWithValues: found.map { (ForumKey($0.key), $0) })
  }

  /// Changes a person's preferences, for a forum that cannot keep them: what changes is written and nothing else, so that
  /// a page and a command at the same moment undo nothing of each other's.
  public func changePreferences(of person: PersonID, _ change: (inout Preferences) throws -> Void) throws {
    let columns = Preferences.columnNames.joined(separator: ", ")
    try database.write { connection in
      if try Ledger.isErased(person, connection) { return }
      let before =
        try connection.first("SELECT person, \(columns) FROM preference WHERE person = $1", [.id(person)]) {
          Ledger.preferences($0)
        } ?? Preferences()
      var after = before
      try change(&after)
      let changed = after.changedColumns(since: before, Value.optional, Value.optional)
      if changed.isEmpty { return }
      let updates = changed.map { "\($0.name) = excluded.\($0.name)" }.joined(separator: ", ")
      try connection.insert(
        into: "preference", columns: ["person"] + changed.map(\.name), values: [.id(person)] + changed.map(\.value),
        conflict: "ON CONFLICT (person) DO UPDATE SET \(updates)")
    }
  }

  /// A page of people with their keys, in the order of their numbers.
  /// - Parameter page: a query for their numbers, in a column `person`, in order and limited.
  func peoplePage(_ page: String, _ arguments: [Value]) throws -> [(id: PersonID, key: String)] {
    try database.read {
      try $0.query(
        "SELECT w.person, p.person_key FROM (\(page)) w JOIN person p ON p.id = w.person ORDER BY w.person", arguments
      ) { ($0.id(0), $0.text(1)) }
    }
  }

  /// Whether a table has any row: many are empty, and need not be asked about thousands of people.
  static func has(_ table: String, _ connection: any Connection) throws -> Bool {
    try connection.exists("SELECT 1 FROM \(table) LIMIT 1")
  }
}
