/// The parts of an address on the web (RFC 3986 section 3), and how one leads to another (section 5). Where the URL standard
/// says something else of `http` and `https`, it is done as browsers do.
struct WebAddress: Equatable, Sendable {
  /// `http` or `https`.
  var scheme: String
  /// Host and port as they were written, without a user's name.
  var authority: String
  /// Empty, or from its first `/` on.
  var path: String
  /// Behind `?`; nil where there is none.
  var query: String?
  /// Behind `#`; nil where there is none.
  var fragment: String?

  /// As it stands in a link.
  var text: String {
    "\(scheme)://\(authority)\(path)" + (query.map { "?\($0)" } ?? "") + (fragment.map { "#\($0)" } ?? "")
  }

  /// - Parameter rest: what stands behind `scheme:`. Of slashes in front any number may stand, as browsers have it.
  /// - Returns: nil where no host follows that could be one.
  init?(scheme: String, rest: Substring) {
    let hierarchy = rest.utf8.drop { $0 == UInt8(ascii: "/") }
    let end = hierarchy.firstIndex { "/?#\\".utf8.contains($0) } ?? hierarchy.endIndex
    // A backslash could end the host in one program and belong to it in another.
    guard hierarchy[end...].first != UInt8(ascii: "\\"), let host = Self.authority(hierarchy[..<end]) else {
      return nil
    }
    let parts = Self.parts(hierarchy[end...])
    (self.scheme, authority) = (scheme, host)
    (path, query, fragment) = (parts.path, parts.query, parts.fragment)
  }

  /// The address that a reference names where this is the page that it stands on (section 5.2). It has no scheme.
  /// - Returns: nil where it names a host that can be none, and for a path whose first part could be a scheme.
  func resolving(_ reference: Substring) -> WebAddress? {
    let opening = reference.utf8.prefix { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
    guard !opening.contains(UInt8(ascii: "\\")) else { return nil }
    if opening.count > 1 { return WebAddress(scheme: scheme, rest: reference) }
    let parts = Self.parts(reference.utf8)
    guard !parts.path.utf8.prefix(while: { $0 != UInt8(ascii: "/") }).contains(UInt8(ascii: ":")) else { return nil }
    var result = self
    result.fragment = parts.fragment
    if parts.path.isEmpty {
      result.query = parts.query ?? query
      return result
    }
    result.query = parts.query
    let folder = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[...$0]) } ?? "/"
    result.path = Self.withoutDots(opening.isEmpty ? folder + parts.path : parts.path)
    return result
  }

  /// Path, query and fragment; in the path a backslash is a slash. By octets: a combining mark behind a sign would hide it.
  private static func parts(_ text: Substring.UTF8View) -> (path: String, query: String?, fragment: String?) {
    let hash = text.firstIndex(of: UInt8(ascii: "#")) ?? text.endIndex
    let fragment = hash < text.endIndex ? String(Substring(text[hash...].dropFirst())) : nil
    let mark = text[..<hash].firstIndex(of: UInt8(ascii: "?")) ?? hash
    let query = mark < hash ? String(Substring(text[mark..<hash].dropFirst())) : nil
    let path = text[..<mark].map { $0 == UInt8(ascii: "\\") ? UInt8(ascii: "/") : $0 }
    return (String(decoding: path, as: UTF8.self), query, fragment)
  }

  /// Section 5.2.4; dots may be written as `%2e` too.
  private static func withoutDots(_ path: String) -> String {
    var kept: [String] = []
    let segments = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst()
      .map { String(Substring($0)) }
    for (index, segment) in segments.enumerated() {
      let isLast = index == segments.count - 1
      switch segment.replacing("%2e", with: ".").replacing("%2E", with: ".") {
      case ".": if isLast { kept.append("") }
      case "..":
        _ = kept.popLast()
        if isLast { kept.append("") }
      default: kept.append(segment)
      }
    }
    return "/" + kept.joined(separator: "/")
  }

  /// Host and port. A user's name before them would only let one host look like another, and goes.
  private static func authority(_ text: Substring.UTF8View) -> String? {
    let whole = text.lastIndex(of: UInt8(ascii: "@")).map { text[$0...].dropFirst() } ?? text
    var host = whole
    if let colon = whole.lastIndex(of: UInt8(ascii: ":")), !whole[colon...].contains(UInt8(ascii: "]")) {
      let port = whole[colon...].dropFirst()
      let isNumber = port.allSatisfy { (0x30...0x39).contains($0) }
      guard isNumber, port.isEmpty || UInt16(Substring(port)) != nil else { return nil }
      host = whole[..<colon]
    }
    if host.first == UInt8(ascii: "["), host.last == UInt8(ascii: "]") {
      let isNumber = host.dropFirst().dropLast().allSatisfy { $0.isHexDigit || ":.".utf8.contains($0) }
      return isNumber && host.count > 3 ? String(Substring(whole)) : nil
    }
    guard host.contains(where: { $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "-") }),
      Substring(host).unicodeScalars.allSatisfy(\.mayStandInHost)
    else { return nil }
    return String(Substring(whole))
  }
}

extension UInt8 {
  fileprivate var isHexDigit: Bool { (0x30...0x39).contains(self) || (0x61...0x66).contains(self | 0x20) }
}

extension Unicode.Scalar {
  /// Letters of all scripts and what domain names have beside them (RFC 5892).
  fileprivate var mayStandInHost: Bool {
    if value < 0x80 { return UInt8(value).isHostOctet }
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
      .spacingMark, .decimalNumber, .otherSymbol:
      return true
    default: return self == "\u{B7}" || self == "\u{30FB}"
    }
  }
}

extension UInt8 {
  fileprivate var isHostOctet: Bool {
    (0x30...0x39).contains(self) || (0x61...0x7A).contains(self | 0x20) || "-._~!$&()*+,;=".utf8.contains(self)
  }
}
