import Jobs
import Ledger
import Settings
import Tokens

/// The keys that mails were signed with: with others under their numbers no reply to them is recognised, and a mail that
/// is sent once more has another name (rule M4).
extension Installation {
  /// Whether the current key is the one of its number that runs have signed with, as far as that is known.
  static func fit(_ keys: KeyRing, _ ledger: Ledger) throws -> Bool {
    let known = try ledger.note(note(keys))
    return known == nil || known == print(of: keys)
  }

  /// Keeps what the current key is known again by.
  /// - Throws: `Failure` if it is another than the one of before.
  func proveKeys() throws {
    guard try Installation.fit(keys, ledger) else { throw Installation.foreignKeys(configuration) }
    let (note, print) = (Installation.note(keys), Installation.print(of: keys))
    if try ledger.note(note) == nil { try ledger.changeNote(note) { $0 ?? print } }
  }

  static func foreignKeys(_ configuration: Configuration) -> Failure {
    Failure(
      .configuration,
      """
      \(configuration.mail.keys): this key is not the one of its number that mails were signed with: put the file back, \
      from a backup or from the other hosts. If it is lost, give the new key a number that was never used: replies to \
      mails that are out are then recognised no more
      """)
  }

  private static func note(_ keys: KeyRing) -> String { "signing key \(keys.current)" }

  private static func print(of keys: KeyRing) -> String { keys.digest(of: "signing key") }
}
