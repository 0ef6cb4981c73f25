import SQL

/// Texts kept under a name, such as what is known of the relay's health.
extension Ledger {
  /// The text; nil before the first time.
  public func note(_ name: String) throws -> String? {
    try database.read { try Ledger.note(name, $0) }
  }

  /// Replaces a note by what the closure makes of it, in one transaction: nobody else's is lost unseen.
  /// - Parameter change: given nil before the first time; what it throws leaves the note as it was.
  public func changeNote(_ name: String, _ change: (String?) throws -> String) throws {
    try database.write { try Ledger.setNote(name, try change(Ledger.note(name, $0)), $0) }
  }

  static func note(_ name: String, _ connection: any Connection) throws -> String? {
    try connection.first("SELECT value FROM note WHERE name = $1", [.text(name)]) { $0.text(0) }
  }

  static func setNote(_ name: String, _ value: String, _ connection: any Connection) throws {
    try connection.run(
      "INSERT INTO note (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2",
      [.text(name), .text(value)])
  }
}
