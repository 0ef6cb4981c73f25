import Forum
import Identifiers
import Mail

/// A person, as a mail needs to know them.
public struct Recipient: Sendable {
  public var person: PersonID
  public var name: String
  public var address: Address
  public var language: Language
  /// IANA time zone; an unknown one counts as UTC.
  public var zone: String
  /// Text alone, no HTML part (rule M5).
  public var textOnly: Bool
  public var style: DigestStyle
  public var format: DigestFormat

  public init(
    person: PersonID, name: String, address: Address, language: Language = .en, zone: String = "UTC",
    textOnly: Bool = false, style: DigestStyle = .full, format: DigestFormat = .alternative
  ) {
    self.person = person
    self.name = name
    self.address = address
    self.language = language
    self.zone = zone
    self.textOnly = textOnly
    self.style = style
    self.format = format
  }
}
