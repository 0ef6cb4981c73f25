/// A message's identifier (RFC 5322 section 3.6.4), without its angle brackets.
public struct MessageID: Hashable, Sendable, CustomStringConvertible {
  /// In front of the `@` (RFC 5322 section 3.6.4).
  public let left: String
  /// Behind it: a domain.
  public let right: String

  /// An identifier of our own making; nil unless both sides are dot-atoms in ASCII, which every mail program takes,
  /// and the whole has at most 250 octets.
  public init?(left: String, domain: String) {
    guard Self.isDotAtom(left.utf8), Self.isDotAtom(domain.utf8), left.utf8.count + domain.utf8.count <= 249 else {
      return nil
    }
    self.left = left
    self.right = domain
  }

  /// An identifier of somebody else's, to be named in a header of ours: nil unless it is one by today's grammar, a
  /// dot-atom, `@`, and a dot-atom or a bracketed literal, in ASCII and at most 250 octets.
  /// - Parameter text: with its angle brackets or without; white space around it is not of it.
  public init?(strict text: String) {
    var id = text.utf8[...]
    while let first = id.first, first == .space || first == .tab { id.removeFirst() }
    while let last = id.last, last == .space || last == .tab { id.removeLast() }
    if id.first == UInt8(ascii: "<"), id.last == UInt8(ascii: ">") { id = id.dropFirst().dropLast() }
    guard id.count <= 250, let at = id.lastIndex(of: UInt8(ascii: "@")) else { return nil }
    let (left, right) = (id[..<at], id[id.index(after: at)...])
    guard Self.isDotAtom(left), Self.isDotAtom(right) || Self.isLiteral(right) else { return nil }
    self.init(foreignLeft: String(Substring(left)), right: String(Substring(right)))
  }

  /// For what others wrote, of which less is demanded.
  private init(foreignLeft left: String, right: String) {
    self.left = left
    self.right = right
  }

  /// With its angle brackets: `<left@right>`.
  public var description: String { "<\(left)@\(right)>" }

  /// The identifiers in a value of `Message-ID`, `In-Reply-To` or `References`, in their order.
  ///
  /// Tolerant, since other people's programs wrote them: whatever stands between angle brackets and holds an `@` is
  /// one, up to 900 octets, white space within removed (some programs fold there); anything outside brackets is
  /// skipped. What comes back holds no white space, control or bracket, so it can be written into a header again.
  public static func list(in value: String) -> [MessageID] {
    var found: [MessageID] = []
    var current: [UInt8]? = nil
    for byte in value.utf8 {
      switch byte {
      case UInt8(ascii: "<"): current = []
      case UInt8(ascii: ">"):
        if let id = current.flatMap(foreign) { found.append(id) }
        current = nil
      case .space, .tab, .carriageReturn, .lineFeed: continue
      case 0..<0x20, 0x7F: current = nil
      default: if (current?.count ?? 900) < 900 { current?.append(byte) } else { current = nil }
      }
    }
    return found
  }

  /// The sides are parted at the last `@`, as some programs write an address before their own. Octets that are not
  /// UTF-8 become U+FFFD, and the identifier then matches nothing.
  private static func foreign(_ bytes: [UInt8]) -> MessageID? {
    guard let at = bytes.lastIndex(of: UInt8(ascii: "@")), at > 0, at < bytes.count - 1 else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    // C1 controls and Unicode's own line ends are no part of anybody's identifier.
    for scalar in text.unicodeScalars where (0x80...0x9F).contains(scalar.value) || scalar.properties.isWhitespace {
      return nil
    }
    return MessageID(
      foreignLeft: String(decoding: bytes[..<at], as: UTF8.self),
      right: String(decoding: bytes[(at + 1)...], as: UTF8.self))
  }

  /// RFC 5322 section 3.2.3: no dot at either end, none beside another, and not empty.
  private static func isDotAtom(_ text: some Sequence<UInt8>) -> Bool {
    var afterDot = true
    for byte in text {
      if byte == .dot {
        if afterDot { return false }
        afterDot = true
      } else {
        guard byte.isAtomText else { return false }
        afterDot = false
      }
    }
    return !afterDot
  }
}

extension MessageID {
  /// RFC 5322 section 3.6.4, `no-fold-literal`.
  private static func isLiteral(_ text: Substring.UTF8View) -> Bool {
    text.count > 2 && text.first == UInt8(ascii: "[") && text.last == UInt8(ascii: "]")
      && text.dropFirst().dropLast().allSatisfy { (0x21...0x7E).contains($0) && !"[]\\<>".utf8.contains($0) }
  }
}

extension UInt8 {
  /// RFC 5322 section 3.2.3, `atext`.
  var isAtomText: Bool {
    isLetterOrDigit || "!#$%&'*+-/=?^_`{|}~".utf8.contains(self)
  }
}
