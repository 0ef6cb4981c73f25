import SQL

/// All rows of a database, to be put back later: what a restored backup does to whoever reads on. The index of the posts'
/// texts is left to the triggers that keep it.
public struct DatabaseSnapshot: Sendable {
  private struct Table: Sendable {
    let name: String
    let columns: [String]
    let rows: [[Value]]
  }
  /// The columns of octets; to libpq every value is a text.
  private static let octets: Set = ["sent_text.words", "received.raw", "post_attachment.content"]
  private let tables: [Table]
  /// PostgreSQL's: by the name of a sequence, the last number that it gave; SQLite's are rows of a table.
  private let sequences: [(name: String, last: Int64?)]

  /// Reads everything.
  public init(_ database: any SQL.Database) throws {
    sequences = try database.read { connection in
      guard database.dialect == .postgres else { return [] }
      let sql = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = current_schema()"
      return try connection.query(sql) { ($0.text(0), $0.optionalInteger(1)) }
    }
    tables = try database.read { connection in
      let names =
        switch database.dialect {
        case .sqlite:
          """
          SELECT name FROM sqlite_master WHERE type = 'table' AND (name NOT LIKE 'sqlite%' OR name = 'sqlite_sequence')
            AND name NOT GLOB 'post_text*'
          """
        case .postgres: "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
        }
      return try connection.query(names) { $0.text(0) }.map { name in
        var columns: [String] = []
        let rows = try connection.query("SELECT * FROM \(name)") { row in
          columns = row.columns
          return row.columns.indices.map { column -> Value in
            if row.isNull(column) { return .null }
            if DatabaseSnapshot.octets.contains("\(name).\(columns[column])") { return .octets(row.octets(column)) }
            return row.wholeNumber(column).map(Value.integer) ?? .text(row.text(column))
          }
        }
        return Table(name: name, columns: columns, rows: rows)
      }
    }
  }

  /// Puts every row back as it was, and lets numbers go on from there. References are not seen to: all rows come from
  /// one moment; nor does what triggers note on the way stay.
  public func restore(_ database: any SQL.Database) throws {
    try database.write { connection in
      switch database.dialect {
      case .sqlite: try connection.run("PRAGMA defer_foreign_keys = ON")
      case .postgres: try connection.run("SET LOCAL session_replication_role = replica")
      }
      for table in tables { try connection.run("DELETE FROM \(table.name)") }
      let numbers = tables.filter { $0.name == "sqlite_sequence" }
      for table in tables.filter({ $0.name != "sqlite_sequence" }) + numbers {
        try connection.run("DELETE FROM \(table.name)")
        if table.rows.isEmpty { continue }
        guard table.columns.contains(where: { DatabaseSnapshot.octets.contains("\(table.name).\($0)") }) else {
          try connection.insert(into: table.name, columns: table.columns, values: table.rows.flatMap(\.self))
          continue
        }
        // Octets go one row at a time.
        let marks = table.columns.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        for row in table.rows {
          try connection.run(
            "INSERT INTO \(table.name) (\(table.columns.joined(separator: ", "))) VALUES (\(marks))", row)
        }
      }
      for one in sequences {
        _ = try connection.query("SELECT setval('\(one.name)', \(one.last ?? 1), \(one.last != nil))") { _ in }
      }
    }
  }
}
