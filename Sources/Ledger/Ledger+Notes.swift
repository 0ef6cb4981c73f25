/// Texts kept under a name, such as what is known of the relay's health.
extension Ledger {
  /// A text kept under a name, such as what is known of the relay's health.
  public func note(_ name: String) throws -> String? {
    try database.read { try $0.first("SELECT value FROM note WHERE name = $1", [.text(name)]) { $0.text(0) } }
  }

  public func setNote(_ name: String, _ value: String) throws {
    try database.write {
      try $0.run(
        "INSERT INTO note (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2",
        [.text(name), .text(value)])
    }
  }

  /// Replaces a note by what the closure makes of it, in one transaction: nobody else's is lost unseen.
  public func changeNote(_ name: String, _ change: (String?) throws -> String) throws {
    try database.write { connection in
      let old = try connection.first("SELECT value FROM note WHERE name = $1", [.text(name)]) { $0.text(0) }
      try connection.run(
        "INSERT INTO note (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2",
        [.text(name), .text(try change(old))])
    }
  }
}
