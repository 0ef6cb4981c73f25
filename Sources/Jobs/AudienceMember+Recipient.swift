import Composition
import Mail
import Membership

extension AudienceMember {
  /// The person as a mail addresses them; nil if their address is none.
  func recipient() -> Recipient? {
    guard let address = try? Address(watcher.participant.address) else { return nil }
    return Recipient(
      person: person.id, name: watcher.participant.name, address: address, language: preferences.language,
      zone: preferences.digest.zone, textOnly: preferences.textOnly, style: preferences.digestStyle,
      format: preferences.digestFormat)
  }
}
