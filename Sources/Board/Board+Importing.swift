import Forum
import SQL
import Text

/// What became of a file of people.
public struct ImportReport: Hashable, Sendable {
  /// How many were not there; were there and are different now; were as the file has them.
  public var added = 0, changed = 0, unchanged = 0
  /// Rows that cannot be taken for what the forum has.
  public var mistakes: [PeopleFile.Mistake] = []
  /// Nothing yet.
  public init() {}
}

extension Board {
  /// Reads a file of people by what the forum calls its roles and discussions.
  public func peopleFile(_ octets: [UInt8]) throws -> PeopleFile {
    let roles = try roles().map { ($0.name.lowercased(), $0.key) }
    let discussions = try keptDiscussions().flatMap { kept in
      [(kept.discussion.key, kept.discussion.key)]
        + (kept.discussion.slug.isEmpty ? [] : [(kept.discussion.slug.lowercased(), kept.discussion.key)])
    }
    return PeopleFile(
      octets, roles: Dictionary(roles, uniquingKeysWith: { first, _ in first }),
      discussions: Dictionary(discussions, uniquingKeysWith: { first, _ in first }))
  }

  /// Takes people in, in one transaction. Whoever has an address of the file's is changed to what the file says: the name,
  /// and language, zone and country where it says them. Roles and memberships are given, and none is taken away.
  /// - Parameters:
  ///   - isDry: only tell what would be.
  ///   - isSkipping: take the others in where some cannot be taken; else none is.
  public func take(_ people: [PeopleFile.Person], isDry: Bool = false, isSkipping: Bool = false) throws -> ImportReport
  {
    var report = ImportReport()
    if isDry {
      _ = try database.read { try sort(people, &report, $0) }
      return report
    }
    return try database.write(.serial) { connection in
      report = ImportReport()
      let sorted = try sort(people, &report, connection)
      if !report.mistakes.isEmpty, !isSkipping { return report }
      try write(sorted, connection)
      return report
    }
  }

  /// A person of the file with their row, if they have one.
  private struct Sorted {
    let person: PeopleFile.Person
    var id: Int64?
    var isChanged = false
    var isWaiting = false
  }

  /// What the forum has of a person.
  private struct Row {
    let id: Int64
    let name: String
    let language, zone, country: String?
    let isWaiting: Bool
  }

  private static let chunk = 1000

  private func sort(
    _ people: [PeopleFile.Person], _ report: inout ImportReport, _ connection: any Connection
  ) throws -> [Sorted] {
    var sorted: [Sorted] = []
    sorted.reserveCapacity(people.count)
    for start in stride(from: 0, to: people.count, by: Board.chunk) {
      let part = people[start..<min(start + Board.chunk, people.count)]
      let rows = try rows(part.map(\.address), connection)
      let ids = Value.integers(rows.values.flatMap { $0.map(\.id) })
      let roles = try pairs("role FROM participant_role", ids, connection)
      let members = try pairs("discussion FROM member", ids, connection)
      for person in part {
        let found = rows[person.address.lowercased()] ?? []
        if found.count > 1 {
          let who = found.prefix(5).map { String($0.id) }.joined(separator: ", ")
          report.mistakes.append(
            .init(line: person.line, words: "\(found.count) participants have the address \(person.address): \(who)"))
          continue
        }
        guard let row = found.first else {
          report.added += 1
          sorted.append(Sorted(person: person))
          continue
        }
        let isSame =
          row.name == person.name && (person.language == nil || row.language == person.language?.rawValue)
          && (person.zone == nil || row.zone == person.zone)
          && (person.country == nil || row.country == person.country) && !row.isWaiting
        let hasAll =
          person.roles.allSatisfy { roles.contains([row.id, Int64($0) ?? 0]) }
          && person.discussions.allSatisfy { members.contains([row.id, Int64($0) ?? 0]) }
        if isSame, hasAll {
          report.unchanged += 1
        } else {
          report.changed += 1
          sorted.append(Sorted(person: person, id: row.id, isChanged: !isSame, isWaiting: row.isWaiting))
        }
      }
    }
    return sorted
  }

  /// The rows of these addresses, by the address in small letters.
  private func rows(_ addresses: [String], _ connection: any Connection) throws -> [String: [Row]] {
    // Letters beyond ASCII are small in PostgreSQL's `lower`, and as they are in SQLite's.
    let spellings = Set(addresses.flatMap { [$0.lowercased(), $0.asciiLowercased] })
    let found = try connection.query(
      """
      SELECT id, address, name, language, zone, country,
        CASE WHEN confirmed = 0 AND name = '' AND signed_up_at IS NOT NULL THEN 1 ELSE 0 END
      FROM participant WHERE lower(trim(address)) IN \(among("TEXT"))
      """, [.texts(spellings)]
    ) { row in
      (
        row.text(1).trimmed.lowercased(),
        Row(
          id: row.integer(0), name: row.text(2), language: row.optionalText(3), zone: row.optionalText(4),
          country: row.optionalText(5), isWaiting: row.integer(6) != 0)
      )
    }
    return Dictionary(grouping: found, by: \.0).mapValues { $0.map(\.1) }
  }

  /// What people have of a table: their key, and the column's.
  private func pairs(_ columnAndTable: String, _ ids: Value, _ connection: any Connection) throws -> Set<[Int64]> {
    let sql = "SELECT participant, \(columnAndTable) WHERE participant IN \(among("BIGINT"))"
    return Set(try connection.query(sql, [ids]) { [$0.integer(0), $0.integer(1)] })
  }

  /// The list `$1`. PostgreSQL would compare each row of a table that it knows little of with each of a thousand values;
  /// as rows of their own it joins them.
  private func among(_ type: String) -> String {
    switch database.dialect {
    case .sqlite: "($1)"
    case .postgres: "(SELECT unnest(CAST($1 AS \(type)[])))"
    }
  }

  private func write(_ sorted: [Sorted], _ connection: any Connection) throws {
    let new = sorted.filter { $0.id == nil }.map(\.person)
    try connection.insert(
      into: "participant", columns: ["name", "address", "language", "zone", "country"],
      values: new.flatMap { person -> [Value] in
        [
          .text(person.name), .text(person.address), .optional(person.language?.rawValue), .optional(person.zone),
          .optional(person.country),
        ]
      })
    var ids = Dictionary(
      uniqueKeysWithValues: sorted.compactMap { one in one.id.map { (one.person.address.lowercased(), $0) } })
    for start in stride(from: 0, to: new.count, by: Board.chunk) {
      let part = new[start..<min(start + Board.chunk, new.count)]
      for (address, rows) in try rows(part.map(\.address), connection) { ids[address] = rows[0].id }
    }
    for one in sorted where one.isChanged {
      try connection.run(
        """
        UPDATE participant SET name = $2, language = coalesce($3, language), zone = coalesce($4, zone),
          country = coalesce($5, country), confirmed = CASE WHEN $6 = 1 THEN 1 ELSE confirmed END WHERE id = $1
        """,
        [
          .optional(one.id), .text(one.person.name), .optional(one.person.language?.rawValue),
          .optional(one.person.zone), .optional(one.person.country), .integer(one.isWaiting ? 1 : 0),
        ])
    }
    func give(_ table: String, _ column: String, _ keys: (PeopleFile.Person) -> [String]) throws {
      let values = sorted.flatMap { one -> [Value] in
        let id = ids[one.person.address.lowercased()]
        return keys(one.person).flatMap { [Value.optional(id), .optional(Int64($0))] }
      }
      try connection.insert(
        into: table, columns: ["participant", column], values: values, conflict: "ON CONFLICT DO NOTHING")
    }
    try give("participant_role", "role", \.roles)
    try give("member", "discussion", \.discussions)
  }
}

extension String {
  /// As SQLite's `lower` has it.
  fileprivate var asciiLowercased: String {
    String(decoding: utf8.map { (65...90).contains($0) ? $0 | 32 : $0 }, as: UTF8.self)
  }
}
