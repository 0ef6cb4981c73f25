/// Every setting there is, by section, in the order of the sample. Adding a setting means adding a line to a section:
/// reading, errors, sample and listing follow.
public struct Catalog: Sendable {
  /// `site`: who it is that writes to the participants.
  public let site = SiteSettings()
  /// `web`: where the participants' pages are served (rule P1).
  public let web = WebSettings()
  /// `mail`: domain, prefixes, keys and templates of what is written.
  public let mail = MailSettings()
  /// `forum`: the source that posts and watches are read from.
  public let forum = ForumSettings()
  /// `ledger`: the database of our own.
  public let ledger = LedgerSettings()
  /// `smtp`: how to talk to the relay (rule S7).
  public let smtp = SMTPSettings()
  /// `delivery`: where to, how fast and for how long (rules S3 to S6).
  public let delivery = DeliverySettings()
  /// `inbound`: where mail that comes in is fetched from (rule I1).
  public let inbound = InboundSettings()
  /// `collect`: which posts are new (rules C3 to C5).
  public let collect = CollectSettings()
  /// `participants`: the mode of people who chose none (rule F2).
  public let participants = ParticipantSettings()
  /// `digest`: slots, style and parts (rules D1 to D4).
  public let digest = DigestSettings()
  /// `retention`: what is forgotten, and when (rule O7).
  public let retention = RetentionSettings()
  /// `jobs`: where the jobs' files lie (rule O5).
  public let jobs = JobSettings()
  /// `log`: what goes to standard error (rule O3).
  public let log = LogSettings()

  /// Made once, as `Configuration.catalog`: a mirror is slow, and a key must not stand for two declarations.
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
  /// What stands above the section in the sample: sentences for somebody who has never seen the program.
  var prose: String { get }
}

extension SettingSection {
  /// The section's stored properties in the order of declaration, so that none can be forgotten in a list.
  public var settings: [any AnySetting] { Mirror(reflecting: self).children.compactMap { $0.value as? any AnySetting } }
}
