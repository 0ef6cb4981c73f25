import SQL

/// Numbers kept under a name, such as how far a forum was read.
extension Ledger {
  /// A number kept under a name, such as how far a forum was read; nil before the first time.
  public func mark(_ name: Mark) throws -> Int64? { try database.read { try Ledger.mark(name, $0) } }

  /// Keeps a number under a name, in the place of what was there.
  public func set(_ name: Mark, _ value: Int64) throws { try database.write { try Ledger.set(name, value, $0) } }

  /// The journal has not begun after all, unless it has gone on since.
  public func forgetEmptyBeginning() throws {
    try database.write { connection in
      try connection.run("DELETE FROM mark WHERE name = $1", [.text(Mark.begunEmpty.rawValue)])
      try connection.run(
        """
        DELETE FROM mark WHERE name = $1 AND value = 0 AND NOT EXISTS (SELECT 1 FROM journal)
          AND NOT EXISTS (SELECT 1 FROM candidate)
        """, [.text(Mark.collected.rawValue)])
    }
  }

  static func mark(_ name: Mark, _ connection: any Connection) throws -> Int64? {
    try connection.first("SELECT value FROM mark WHERE name = $1", [.text(name.rawValue)]) { $0.integer(0) }
  }

  /// Adds to a count and returns what it is then; nobody else gets the same, nor anything of it before the commit.
  static func increment(_ name: Mark, by step: Int64, _ connection: any Connection) throws -> Int64 {
    try connection.first(
      """
      INSERT INTO mark (name, value) VALUES ($1, $2)
      ON CONFLICT (name) DO UPDATE SET value = mark.value + excluded.value RETURNING value
      """, [.text(name.rawValue), .integer(step)]
    ) { $0.integer(0) }!
  }

  static func set(_ name: Mark, _ value: Int64, _ connection: any Connection) throws {
    try connection.run(
      "INSERT INTO mark (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2",
      [.text(name.rawValue), .integer(value)])
  }
}
