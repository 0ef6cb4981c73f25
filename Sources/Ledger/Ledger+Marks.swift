import SQL

/// Numbers kept under a name, such as how far a forum was read.
extension Ledger {
  /// A number kept under a name, such as how far a forum was read; nil before the first time.
  public func mark(_ name: Mark) throws -> Int64? { try database.read { try Ledger.mark(name, $0) } }

  public func set(_ name: Mark, _ value: Int64) throws { try database.write { try Ledger.set(name, value, $0) } }

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

/// What the ledger counts by name.
public enum Mark: String, Sendable, CaseIterable {
  /// The largest ordinal of the forum that the collector has seen.
  case collected
  /// The last journal position that fan-out has dealt with: its checkpoint.
  case fannedOut = "fanned-out"
  /// How far the forum's changes of people's preferences and watches were read.
  case changesRead = "wishes"
  /// The number of the last lease given.
  case lease
  /// The number of the last delivery.
  case delivery
  /// The last journal position whose skip reasons were forgotten.
  case skipsPruned = "skips-pruned"
  /// Set by the admin: the next flood is let through (rule C5).
  case floodReleased = "flood-released"
}
