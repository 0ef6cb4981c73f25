import Text

/// An address that a reader may be led to: `http`, `https` or `mailto`, without white space, controls, quotes or angle
/// brackets, at most `limit` octets.
struct SafeURL: Equatable, Sendable {
  /// Octets; browsers and mail programs cut what is much longer.
  static let limit = 2000
  /// Ready for an attribute once `&` is escaped; may hold non-ASCII letters.
  let value: String

  /// - Parameters:
  ///   - text: as somebody wrote it. White space and controls inside are taken out first, since browsers do so
  ///     (`java&#9;script:`).
  ///   - base: where a path that opens with `/` belongs: the origin of this address is put before it.
  init?(_ text: String, base: SafeURL? = nil) {
    var address = Self.cleaned(text)
    if address.hasPrefix("//") {
      address = "https:" + address
    } else if address.hasPrefix("/"), let origin = base?.origin {
      address = origin + address
    }
    guard address.utf8.count <= Self.limit, let colon = address.firstIndex(of: ":") else { return nil }
    let scheme = address[..<colon].lowercased()
    let rest = address[address.index(after: colon)...]
    switch scheme {
    case "http", "https":
      guard rest.hasPrefix("//"), let host = rest.dropFirst(2).first, !"/?#:@".contains(host) else { return nil }
    case "mailto": guard rest.contains("@") else { return nil }
    default: return nil
    }
    value = scheme + ":" + rest
  }

  /// nil too if it leads nowhere on the web.
  init?(web text: String?) {
    guard let text, let url = SafeURL(text), url.isWeb else { return nil }
    self = url
  }

  /// Without what a browser passes over and what nobody sees, and with the signs encoded that no address has (RFC 3986
  /// section 2) and that could end the attribute or the angle brackets it stands in. `%` stays: what is encoded already
  /// is not encoded again.
  private static func cleaned(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .unassigned, .privateUse, .surrogate, .lineSeparator, .paragraphSeparator,
        .spaceSeparator:
        continue
      default: scalars.append(scalar)
      }
    }
    return String(scalars).percentEncoded { !"<>\"'`\\^{|}".utf8.contains($0) }
  }

  /// `http` or `https`, not `mailto`.
  var isWeb: Bool { value.hasPrefix("http") }

  /// `https://example.org` of `https://example.org/a/b`.
  private var origin: Substring? {
    guard isWeb, let slashes = value.firstIndex(of: "/") else { return nil }
    let host = value.index(slashes, offsetBy: 2)
    return value[..<(value[host...].firstIndex { "/?#".contains($0) } ?? value.endIndex)]
  }

  /// In ASCII alone, as a header needs it: other letters percent-encoded (RFC 3986 section 2.5).
  var ascii: String { value.percentEncoded { $0 < 0x80 } }
}
