/// An address that a reader may be led to: `http`, `https` or `mailto`, without white space, controls, quotes or angle
/// brackets, at most `limit` octets.
struct SafeURL: Equatable, Sendable {
  static let limit = 2000
  /// Ready for an attribute once `&` is escaped; may hold non-ASCII letters.
  let value: String

  /// - Parameters:
  ///   - text: as somebody wrote it. White space and controls inside are taken out first, since browsers do so
  ///     (`java&#9;script:`).
  ///   - base: where a path that opens with `/` belongs: the origin of this address is put before it.
  init?(_ text: String, base: SafeURL? = nil) {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .unassigned, .privateUse, .surrogate, .lineSeparator, .paragraphSeparator,
        .spaceSeparator:
        continue
      default: break
      }
      if let code = Self.percentEncoded[scalar] {
        scalars.append(contentsOf: code.unicodeScalars)
      } else {
        scalars.append(scalar)
      }
    }
    var address = String(scalars)
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

  private static let percentEncoded: [Unicode.Scalar: String] = [
    "<": "%3C", ">": "%3E", "\"": "%22", "'": "%27", "`": "%60", "\\": "%5C", "^": "%5E", "{": "%7B", "|": "%7C",
    "}": "%7D",
  ]

  var isWeb: Bool { value.hasPrefix("http") }

  /// `https://example.org` of `https://example.org/a/b`.
  private var origin: Substring? {
    guard isWeb, let slashes = value.firstIndex(of: "/") else { return nil }
    let host = value.index(slashes, offsetBy: 2)
    return value[..<(value[host...].firstIndex { "/?#".contains($0) } ?? value.endIndex)]
  }

  /// In ASCII alone, as a header needs it: other letters percent-encoded (RFC 3986 section 2.5).
  var ascii: String {
    if value.utf8.allSatisfy({ $0 < 0x80 }) { return value }
    let digits = Array("0123456789ABCDEF".utf8)
    var result: [UInt8] = []
    for byte in value.utf8 {
      if byte < 0x80 {
        result.append(byte)
      } else {
        result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
