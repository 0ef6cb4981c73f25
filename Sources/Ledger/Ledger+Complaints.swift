import Identifiers
import SQL

/// "This is spam" (rule B4): what came in as one counts until somebody takes it back.
extension Ledger {
  /// Whether a person's complaint counts. For few people: it looks at all mail that came in.
  public func hasComplained(_ person: PersonID) throws -> Bool {
    try database.read {
      try $0.exists(
        "SELECT 1 FROM received WHERE outcome = 'complaint' AND person = $1 AND detail = ''", [.id(person)])
    }
  }

  /// The person wants mail again, as their own page or the admin says: their complaints count no more.
  public func takeBackComplaints(of person: PersonID) throws {
    try database.write {
      _ = try $0.run(
        "UPDATE received SET detail = 'taken back' WHERE outcome = 'complaint' AND person = $1 AND detail = ''",
        [.id(person)])
    }
  }
}
