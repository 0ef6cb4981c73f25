import Mail
import Text

/// A post's text as a tree of the few elements that a mail may hold. Whatever can be said in it is harmless: it has no
/// element, attribute or address that is not listed here.
indirect enum Markup: Equatable, Sendable {
  /// Characters as they are to be read; nothing in them is markup.
  case text(String)
  /// One of the elements below with what is in it.
  case element(Element)

  /// About how many octets of memory it takes up: what is small is mostly boxes and arrays.
  var octets: Int {
    switch self {
    case .text(let text): 64 + text.utf8.count
    case .element(let element): element.children.reduce(256) { $0 + $1.octets }
    }
  }

  struct Element: Equatable, Sendable {
    var tag: Tag
    var attributes = Attributes()
    var children: [Markup] = []
  }

  /// The elements of a mail, by their HTML names.
  enum Tag: String, Sendable, CaseIterable {
    case p, br, div, span, a, strong, b, em, i, u, s, del, ins, sub, sup, blockquote, pre, code, ul, ol, li, dl, dt, dd
    case h1, h2, h3, h4, h5, h6, table, caption, thead, tbody, tr, th, td, hr

    /// Elements that neither have nor may have content.
    var isVoid: Bool { self == .br || self == .hr }

    /// Elements that stand in a line of text.
    var isInline: Bool {
      switch self {
      case .br, .span, .a, .strong, .b, .em, .i, .u, .s, .del, .ins, .sub, .sup, .code: true
      default: false
      }
    }

    /// Blocks whose text has a direction of its own.
    var opensText: Bool {
      switch self {
      case .hr, .table, .thead, .tbody, .tr: false
      default: !isInline
      }
    }

    /// 1...6 for headings.
    var headingLevel: Int? {
      switch self {
      case .h1: 1
      case .h2: 2
      case .h3: 3
      case .h4: 4
      case .h5: 5
      case .h6: 6
      default: nil
      }
    }
  }

  /// The attributes of a mail's elements; each stands only where it means something.
  struct Attributes: Equatable, Sendable {
    var href: SafeURL?
    var direction: TextDirection?
    var language: LanguageTag?
    /// 2...100
    var columnSpan: Int?
    /// 2...100
    var rowSpan: Int?
    /// The number of an ordered list's first item where it is not 1: 0...999,999,999, as CommonMark has it.
    var start: Int?
    /// How an ordered list counts; nil for plain numbers.
    var numbering: ListNumbering?
    /// An ordered list counts down.
    var isReversed = false
    /// The number of an item that does not go on from the one before: 0...999,999,999.
    var value: Int?
    /// The words are the mail's, in its language and direction, and not the author's.
    var isOurs = false
  }

  /// An element without attributes.
  static func element(_ tag: Tag, _ children: [Markup] = []) -> Markup {
    .element(Element(tag: tag, children: children))
  }

  /// A link whose words are plain text.
  static func link(_ url: SafeURL, _ text: String) -> Markup { link(url, [.text(text)]) }

  static func link(_ url: SafeURL, _ words: [Markup]) -> Markup {
    .element(Element(tag: .a, attributes: Attributes(href: url), children: words))
  }
}

/// A language tag that is safe in an attribute or a header (RFC 5646: letters, digits and hyphens).
struct LanguageTag: Equatable, Sendable {
  /// As it was written: case means nothing in it.
  let value: String

  /// nil for what could end an attribute or a header field, and for what is longer than any tag in use.
  init?(_ text: String?) {
    guard let text, (2...35).contains(text.utf8.count), text.utf8.first != UInt8(ascii: "-"),
      text.utf8.allSatisfy({ $0.isLetterOrDigit || $0 == UInt8(ascii: "-") })
    else { return nil }
    value = text
  }
}
