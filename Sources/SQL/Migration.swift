/// One step of a schema: forward only, never changed once released.
public struct Migration: Sendable {
  /// 1, 2, 3 … without a gap; the same on every database.
  public let number: Int
  /// What it brings, for whoever reads the list.
  public let name: String
  /// Statements, separated by `;` at line ends, in the words of `Dialect.schema`.
  public let sql: String
  /// Further statements that each database words in a way of its own, such as triggers.
  public let own: [Dialect: String]

  /// - Parameter own: left out where both databases take the same words.
  public init(_ number: Int, _ name: String, _ sql: String, own: [Dialect: String] = [:]) {
    self.number = number
    self.name = name
    self.sql = sql
    self.own = own
  }

  /// Split at `;` before a line end, and nowhere else: a `;` within a literal or a trigger's body stands within a line.
  fileprivate func statements(_ dialect: Dialect) -> [String] {
    [sql, own[dialect] ?? ""].flatMap { dialect.schema($0).split(separator: ";\n").map(String.init) }
      .filter { $0.contains { !$0.isWhitespace } }
  }
}

extension Database {
  /// Brings a schema up to date in one transaction (rule O6) and returns how many steps it took.
  /// - Parameters:
  ///   - schema: the name under which the version is kept, so that two schemas may share a database.
  ///   - migrations: all steps, in order.
  ///   - creating: whether a schema that is not there at all is made.
  /// - Throws: `DatabaseError` of kind `newerSchema` if a newer program has been here, `missingSchema` if nothing is
  ///   there and nothing was to be made.
  @discardableResult
  public func migrate(_ schema: String, _ migrations: [Migration], creating: Bool = true) throws -> Int {
    // Read first: a schema that is up to date, as it nearly always is, costs no write transaction.
    let at = try version(of: schema)
    if at == migrations.count { return 0 }
    guard at > 0 || creating else {
      throw DatabaseError(
        .missingSchema,
        "\(schema).database: there is no \(schema) in it; is it the right one? Then `watchpost init` makes it")
    }
    return try write { connection in
      try connection.run("CREATE TABLE IF NOT EXISTS schema_version (name TEXT PRIMARY KEY, number INTEGER NOT NULL)")
      // Asked again under the lock: another process may have done it all meanwhile.
      let at = try currentVersion(schema, connection)
      guard at <= migrations.count else {
        throw DatabaseError(
          .newerSchema,
          "the \(schema) has schema version \(at), this program knows \(migrations.count): install the newer program")
      }
      for migration in migrations.dropFirst(at) {
        for statement in migration.statements(dialect) { try connection.run(statement) }
      }
      try connection.run(
        "INSERT INTO schema_version (name, number) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET number = $2",
        [.text(schema), .integer(Int64(migrations.count))])
      return migrations.count - at
    }
  }

  private func version(of schema: String) throws -> Int {
    do {
      return try read { try currentVersion(schema, $0) }
    } catch let error as DatabaseError where error.isOfMissingTable {
      return 0  // no table yet: a new file
    }
  }

  /// 0 for a schema that nothing was ever noted of.
  private func currentVersion(_ schema: String, _ connection: any Connection) throws -> Int {
    Int(
      try connection.first("SELECT number FROM schema_version WHERE name = $1", [.text(schema)]) { $0.integer(0) } ?? 0)
  }
}
