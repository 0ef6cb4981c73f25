import Forum
import Identifiers
import Mail

/// A person, as a mail needs to know them.
public struct Recipient: Sendable {
  /// Names them in the tokens of their mails.
  public var person: PersonID
  /// As the forum has it; hostile, may be empty.
  public var name: String
  /// The envelope's recipient and the mail's `To`.
  public var address: Address
  /// Of the mail's own words; a post keeps its own.
  public var language: Language
  /// IANA time zone; an unknown one counts as UTC.
  public var zone: String
  /// Text alone, no HTML part (rule M5).
  public var textOnly: Bool
  /// Of digests; immediate copies go without it.
  public var style: DigestStyle
  /// Of digests; immediate copies go without it.
  public var format: DigestFormat

  /// Zone and language as the caller knows them; nothing is checked, since nothing here can fail for them.
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
