import Mail
import Text

/// An address that a reader may be led to: `http`, `https`, `mailto` or `tel`, without white space, controls, quotes or
/// angle brackets, at most `limit` octets.
struct SafeURL: Equatable, Sendable {
  /// Octets; browsers and mail programs cut what is much longer.
  static let limit = 2000
  /// Ready for an attribute once `&` is escaped; may hold non-ASCII letters.
  let value: String
  /// nil for what does not lie on the web.
  private let web: WebAddress?

  /// Reads an address as the URL standard has it: tab, LF and CR are passed over, white space and controls at the ends go,
  /// within they are encoded.
  /// - Parameters:
  ///   - text: as somebody wrote it.
  ///   - base: the page that it stands on, which what has no scheme is resolved against; nil: that leads nowhere.
  init?(_ text: String, base: SafeURL? = nil) {
    // What is longer than this is no address but a picture's own octets.
    guard text.utf8.count <= 4 * Self.limit else { return nil }
    let address = Self.cleaned(text)
    guard let colon = Self.schemeEnd(of: address) else {
      guard !address.isEmpty, let found = base?.web?.resolving(address[...]) ?? Self.ofHost(address) else { return nil }
      self.init(found)
      return
    }
    let scheme = address[..<colon].lowercased()
    let rest = address[address.utf8.index(after: colon)...]
    switch scheme {
    case "http", "https":
      // `https:path` leads on from a page of that scheme.
      let page = rest.utf8.first == UInt8(ascii: "/") || base?.web?.scheme != scheme ? nil : base?.web
      guard let found = page.map({ $0.resolving(rest) }) ?? WebAddress(scheme: scheme, rest: rest) else { return nil }
      self.init(found)
    case "mailto":
      guard rest.utf8.contains(UInt8(ascii: "@")), address.utf8.count <= Self.limit else { return nil }
      self.init(value: scheme + ":" + Self.mail(rest), web: nil)
    case "tel":
      let number = rest.replacing("%20", with: "")
      let isNumber = number.utf8.allSatisfy { (0x30...0x39).contains($0) || "+-.()".utf8.contains($0) }
      guard isNumber, (3...40).contains(number.utf8.count) else { return nil }
      self.init(value: scheme + ":" + number, web: nil)
    default: return nil
    }
  }

  private init?(_ address: WebAddress) {
    let text = address.text
    guard text.utf8.count <= Self.limit else { return nil }
    self.init(value: text, web: address)
  }

  private init(value: String, web: WebAddress?) {
    self.value = value
    self.web = web
  }

  /// nil too if it leads nowhere on the web.
  init?(web text: String?) {
    guard let text, let url = SafeURL(text), url.isWeb else { return nil }
    self = url
  }

  /// One address, and the subject. Others to write to, a text and files are not what a reader sees of a link.
  private static func mail(_ rest: Substring) -> String {
    let address = rest.prefix { $0 != "?" && $0 != "," && $0 != ";" }
    let fields = rest.firstIndex(of: "?").map { rest[rest.index(after: $0)...].split(separator: "&") } ?? []
    let subject = fields.first { $0.prefix(8).lowercased() == "subject=" }
    return address + (subject.map { "?subject=" + $0.dropFirst(8) } ?? "")
  }

  /// `//host/path`, where no page says by which scheme.
  private static func ofHost(_ address: String) -> WebAddress? {
    address.utf8.starts(with: "//".utf8) ? WebAddress(scheme: "https", rest: address[...]) : nil
  }

  /// Where the scheme ends; nil where there is none.
  private static func schemeEnd(of address: String) -> String.Index? {
    let octets = address.utf8
    guard let end = octets.firstIndex(where: { ":/?#\\".utf8.contains($0) }), octets[end] == UInt8(ascii: ":") else {
      return nil
    }
    let scheme = octets[..<end]
    guard let first = scheme.first, (0x61...0x7A).contains(first | 0x20),
      scheme.allSatisfy({ $0.isLetterOrDigit || "+-.".utf8.contains($0) })
    else { return nil }
    return end
  }

  /// Without what the URL standard takes out, and with the signs encoded that no address has (RFC 3986 section 2), that
  /// nobody sees, or that could end the attribute or the angle brackets it stands in. `%` stays: what is encoded already is
  /// not encoded again.
  private static func cleaned(_ text: String) -> String {
    let kept = text.unicodeScalars.filter { $0 != "\t" && $0 != "\n" && $0 != "\r" }
    var trimmed = kept[...]
    while let first = trimmed.first, first.value <= 0x20 { trimmed.removeFirst() }
    while let last = trimmed.last, last.value <= 0x20 { trimmed.removeLast() }
    var result = ""
    for scalar in trimmed {
      switch scalar.properties.generalCategory {
      case .control, .format, .unassigned, .privateUse, .surrogate, .lineSeparator, .paragraphSeparator,
        .spaceSeparator:
        result += String(Character(scalar)).percentEncoded { _ in false }
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result.percentEncoded { !"<>\"'`^{|}".utf8.contains($0) }
  }

  /// `http` or `https`, neither `mailto` nor `tel`.
  var isWeb: Bool { web != nil }

  /// The last part of its path, decoded, where that names a file; else nil.
  var fileName: String? {
    guard let name = web?.path.split(separator: "/").last.map({ String($0).percentDecoded.singleLine(limit: 80) }),
      let dot = name.lastIndex(of: "."), dot > name.startIndex, name[dot...].utf8.count <= 6
    else { return nil }
    return name
  }

  /// `example.org` of `https://example.org/a/b`.
  var host: String? { web?.authority }

  /// What is said of it where nobody gave it words: an address of mail or a number of telephone by itself.
  var words: String {
    switch web {
    case nil: String(value.drop { $0 != ":" }.dropFirst().prefix { $0 != "?" })
    default: value
    }
  }

  /// Whether it is a place within a page.
  func leadsWithin(_ page: SafeURL?) -> Bool {
    let place = value.utf8.firstIndex(of: UInt8(ascii: "#"))
    return place.map { value[..<$0] == page.map { $0.value.prefix { $0 != "#" } } } ?? false
  }

  /// In ASCII alone, as a header needs it: other letters percent-encoded (RFC 3986 section 2.5).
  var ascii: String { value.percentEncoded { $0 < 0x80 } }
}

extension String {
  /// With each `%` and two hexadecimal digits as the octet that they name; what is no UTF-8 then becomes U+FFFD.
  var percentDecoded: String {
    guard utf8.contains(UInt8(ascii: "%")) else { return self }
    var result: [UInt8] = []
    var rest = utf8[...]
    while let octet = rest.popFirst() {
      let code = rest.prefix(2)
      if octet == UInt8(ascii: "%"), code.count == 2, let value = UInt8(Substring(code), radix: 16),
        code.first != UInt8(ascii: "+")
      {
        result.append(value)
        rest = rest.dropFirst(2)
      } else {
        result.append(octet)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
