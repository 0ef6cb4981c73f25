import Identifiers
import SQL
import Time

/// Who has stopped all mail (rules P2, B4). What they had chosen before stays, and holds again when they have mail again.
extension Ledger {
  static let stoppedTable = Migration(
    18, "who has stopped all mail",
    """
    CREATE INDEX sign_in_address ON sign_in (address, created_at);
    CREATE TABLE stopped (person BIGINT PRIMARY KEY, since BIGINT NOT NULL);
    -- What older programs signed, they signed for whatever ledger.
    INSERT INTO note (name, value) SELECT 'tokens', 'any ledger' WHERE EXISTS (SELECT 1 FROM person);
    """)

  /// Stops all mail of posts to a person.
  /// - Returns: false if it was stopped before.
  public func stopMail(of person: PersonID, now: Timestamp) throws -> Bool {
    try database.write {
      if try Ledger.isErased(person, $0) { return false }
      return try $0.run(
        "INSERT INTO stopped (person, since) VALUES ($1, $2) ON CONFLICT (person) DO NOTHING",
        [.id(person), .integer(now.seconds)]) > 0
    }
  }

  /// Since when mail to a person is stopped; nil: it is not.
  public func stoppedSince(_ person: PersonID) throws -> Timestamp? {
    try database.read { try $0.first("SELECT since FROM stopped WHERE person = $1", [.id(person)]) { $0.moment(0) } }
  }

  /// Lets mail go to a person again, as they had chosen.
  /// - Returns: false if it was not stopped.
  public func resumeMail(of person: PersonID) throws -> Bool {
    try database.write { try $0.run("DELETE FROM stopped WHERE person = $1", [.id(person)]) > 0 }
  }
}
