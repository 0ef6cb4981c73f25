/// Every setting there is, by section, in the order of the sample. Adding a setting means adding a line to a section:
/// reading, errors, sample and listing follow.
public struct Catalog: Sendable {
  public let site = SiteSettings()
  public let mail = MailSettings()
  public let forum = ForumSettings()
  public let ledger = LedgerSettings()
  public let smtp = SMTPSettings()
  public let delivery = DeliverySettings()
  public let collect = CollectSettings()
  public let participants = ParticipantSettings()
  public let digest = DigestSettings()
  public let retention = RetentionSettings()
  public let jobs = JobSettings()
  public let log = LogSettings()

  init() {}

  /// The sections, as declared above.
  public var sections: [any SettingSection] {
    Mirror(reflecting: self).children.compactMap { $0.value as? any SettingSection }
  }

  /// Every setting in the sample's order.
  public var settings: [any AnySetting] { sections.flatMap(\.settings) }
}

/// The settings under one key of the file.
public protocol SettingSection: Sendable {
  /// The key in the file.
  var name: String { get }
  var prose: String { get }
}

extension SettingSection {
  /// The section's stored properties in the order of declaration, so that none can be forgotten in a list.
  public var settings: [any AnySetting] { Mirror(reflecting: self).children.compactMap { $0.value as? any AnySetting } }
}
