/// The six languages of the United Nations, in which mails and pages are written (rule M7).
public enum Language: String, CaseIterable, Sendable {
  case ar, en, es, fr, ru, zh

  /// The language of a BCP 47 tag (`fr-CA` is French); nil where the tag names none of the six: who reads German is
  /// written to in the site's language.
  public init?(tag: String) {
    self.init(rawValue: String(tag.lowercased().prefix { $0 != "-" && $0 != "_" }))
  }

  /// Whether it is written from right to left.
  public var isRightToLeft: Bool { self == .ar }
}
