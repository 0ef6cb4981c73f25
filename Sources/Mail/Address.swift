/// An address that is safe to put on the wire and in a header: `local@domain` (RFC 5321 section 4.1.2), or its
/// internationalised form (RFC 6531 section 3.3).
///
/// What it refuses, it refuses because it would change the dialogue or the header it stands in (rule X1): control
/// characters, white space, angle brackets, quotation marks, a second `@`. A quoted local part (`"a b"@c`) may have
/// spaces, and what else has no meaning outside of one; of what a quoted string may hold (RFC 5321 section 4.1.2) angle
/// brackets, `@`, quotation marks and backslashes are refused there too, since programs differ in reading them.
public struct Address: Hashable, Sendable, CustomStringConvertible {
  /// In front of the `@`, with its case, without quotation marks; at most 64 octets with those that it needs (RFC 5321
  /// section 4.5.3.1.1).
  public let localPart: String
  /// As written, lower-cased in ASCII; may hold U-labels. Or an address literal, `[192.0.2.1]` or `[ipv6:2001:db8::1]`
  /// (RFC 5321 section 4.1.3).
  public let domain: String

  /// Why a text is no address; the description says it to an admin.
  public enum Invalid: String, Error, CustomStringConvertible, Sendable {
    /// Nothing was given.
    case empty = "the address is empty"
    /// Where one text was taken for two addresses, or for none.
    case noAt = "the address has no @ or more than one"
    /// White space within, controls, what quotes or brackets, and what is invisible or turns the reading direction.
    case character = "the address has a character that no mail address may have"
    /// Its size is RFC 5321's (section 4.5.3.1.1).
    case localPart = "the part before the @ is empty, too long (64 octets) or nothing but dots"
    /// Empty or too long labels, a hyphen at a label's end, brackets that hold no IP address.
    case domain = "the part after the @ is no domain name"

    /// What is wrong, as part of a sentence.
    public var description: String { rawValue }
  }

  /// Reads an address without a display name or angle brackets; blanks around it are not of it, as a form's field leaves
  /// them. Misplaced dots, as some operators have handed them out (`a..b@`), make a local part that is written in
  /// quotation marks.
  /// - Throws: the first reason found, by the order of `Invalid`.
  public init(_ text: String) throws(Invalid) {
    if let plain = Address(plain: text) {
      self = plain
      return
    }
    // Scalars throughout: to a Character, a special with a combining mark behind it is another character.
    let scalars = Self.trimmed(text)
    guard !scalars.isEmpty else { throw .empty }
    let parts = scalars.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2 else { throw .noAt }
    let isQuoted = parts[0].count > 1 && parts[0].first == "\"" && parts[0].last == "\""
    let local = isQuoted ? Self.unquoted(parts[0].dropFirst().dropLast()) : String(parts[0])
    let isLiteral = parts[1].first == "["
    guard local.unicodeScalars.allSatisfy({ Self.isAllowed($0) || isQuoted && Self.isAllowedInQuotes($0) }),
      isLiteral || parts[1].allSatisfy(Self.isAllowed), !Self.hasLooseMark("\(local)@\(String(parts[1]))")
    else { throw .character }
    guard (1...64).contains(Self.written(local).utf8.count), local.utf8.contains(where: { $0 != .dot }) else {
      throw .localPart
    }
    let domain = String(parts[1]).lowercased()
    guard isLiteral ? Host.isLiteral(inBrackets: domain) : Self.isDomain(domain) else { throw .domain }
    self.localPart = local
    self.domain = domain
  }

  /// Without the blanks around.
  private static func trimmed(_ text: String) -> Substring.UnicodeScalarView {
    let rest = text.unicodeScalars.drop(while: \.properties.isWhitespace)
    guard let last = rest.lastIndex(where: { !$0.properties.isWhitespace }) else { return rest.prefix(0) }
    return rest[...last]
  }

  /// What a quoted string means: a backslash stands for what is behind it.
  private static func unquoted(_ text: Substring.UnicodeScalarView) -> String {
    var result = String.UnicodeScalarView()
    var isEscaped = false
    for scalar in text {
      if scalar == "\\", !isEscaped {
        isEscaped = true
        continue
      }
      result.append(scalar)
      isEscaped = false
    }
    // One without anything behind it escapes the closing mark.
    if isEscaped { result.append("\\") }
    return String(result)
  }

  /// A local part as it stands on the wire: in quotation marks where it is no dot-atom (RFC 5322 section 3.2.3).
  static func written(_ local: String) -> String {
    let isAtom = local.unicodeScalars.allSatisfy(isAllowed)
    let hasPlacedDots = !local.utf8.split(separator: .dot, omittingEmptySubsequences: false).contains(where: \.isEmpty)
    return isAtom && hasPlacedDots ? local : "\"\(local)\""
  }

  /// The addresses that nearly everybody has, in one pass over their octets: letters, digits, `+`, `-`, `_` and single
  /// dots before the `@`, a lower-case name of letters, digits and hyphens behind it. nil says nothing.
  private init?(plain text: String) {
    var text = text
    guard let at = text.withUTF8(Self.at(inPlain:)) else { return nil }
    localPart = String(decoding: text.utf8.prefix(at), as: UTF8.self)
    domain = String(decoding: text.utf8.dropFirst(at + 1), as: UTF8.self)
  }

  /// Where the `@` of a plain address stands; nil if it is not plain. `previous` is a dot where a label begins, so that
  /// an empty label and two dots in a row are one case.
  private static func at(inPlain bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    guard (3...300).contains(bytes.count) else { return nil }
    var at: Int?
    var previous = UInt8.dot
    for (index, byte) in bytes.enumerated() {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): break
      case .dot:
        if previous == .dot || at != nil && previous == .hyphen { return nil }
      case .hyphen:
        if at != nil, previous == .dot { return nil }
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "+"), UInt8(ascii: "_"):
        if at != nil { return nil }
      case UInt8(ascii: "@"):
        if at != nil || previous == .dot { return nil }
        at = index
        previous = .dot
        continue
      default: return nil
      }
      previous = byte
    }
    guard let at, at <= 64, bytes.count - at - 1 <= 63, previous != .dot, previous != .hyphen else { return nil }
    return at
  }

  /// What may stand on either side of the `@`, dots among it. Beyond ASCII all but white space, C1 controls,
  /// noncharacters and format characters (zero-width and bidirectional ones), since nobody sees those.
  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII {
      return scalar.value > 0x20 && scalar.value != 0x7F && !"\"(),:;<>[\\]".unicodeScalars.contains(scalar)
    }
    let properties = scalar.properties
    if scalar.value <= 0xA0 || properties.isWhitespace || properties.isNoncharacterCodePoint { return false }
    return properties.generalCategory != .format
  }

  /// What a local part may have in quotation marks besides.
  private static func isAllowedInQuotes(_ scalar: Unicode.Scalar) -> Bool { " (),:;[]".unicodeScalars.contains(scalar) }

  /// True for a combining mark that opens a label or the local part, where it would cling to `@` or a dot (RFC 5891
  /// section 4.2.3.2).
  private static func hasLooseMark(_ text: String) -> Bool {
    var previous: Unicode.Scalar = "."
    for scalar in text.unicodeScalars {
      if !scalar.isASCII, previous == "." || previous == "@" || previous == " " {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return true
        default: break
        }
      }
      previous = scalar
    }
    return false
  }

  /// Lower-case labels, `_` too, which hosts on private networks have; U-labels go through as they are.
  private static func isDomain(_ domain: String) -> Bool {
    guard domain.utf8.count <= 253 else { return false }
    return Host.hasGoodLabels(domain) { $0.isNameOctet || $0 == UInt8(ascii: "_") || $0 >= 0x80 }
  }

  /// On the wire and in a header it stands like this.
  public var description: String { "\(Self.written(localPart))@\(domain)" }

  /// True if only a relay with SMTPUTF8 (RFC 6531) can carry it as it stands.
  public var needsSMTPUTF8: Bool { !localPart.isASCII || !domain.isASCII }

  /// For logs below debug level (rule O3): `a…@example.org`.
  public var masked: String { "\(localPart.prefix(1))…@\(domain)" }

  /// A text in which whatever may be an address is masked likewise, for what a server said: `550 <a…@example.org>: no`.
  public static func masked(in text: String) -> String {
    var parts = text.unicodeScalars.split(separator: "@", omittingEmptySubsequences: false)[...]
    var result = String.UnicodeScalarView()
    while parts.count > 1, let part = parts.popFirst() {
      if part.last == "\"" {
        result += maskedQuotes(part)
      } else {
        let start = part.lastIndex { !isAllowed($0) }.map(part.index(after:)) ?? part.startIndex
        result += part[..<start]
        if start < part.endIndex { result += [part[start], "…"] }
      }
      result.append("@")
    }
    return String(result + parts[parts.startIndex])
  }

  /// A text that ends in a quoted local part, of which one letter is left behind the opening mark. Where that is missing,
  /// all may be the local part.
  private static func maskedQuotes(_ text: Substring.UnicodeScalarView) -> String.UnicodeScalarView {
    let content = text.dropLast()
    let start = content.lastIndex(of: "\"").map(content.index(after:)) ?? content.startIndex
    return String.UnicodeScalarView(content[..<start]) + [content[start...].first(where: isAllowed) ?? "_", "…"]
  }
}

/// The two addresses of the SMTP transaction, apart from the header (RFC 5321 section 2.3.1).
public struct Envelope: Hashable, Sendable {
  /// Where bounces go; nil is the null reverse-path `<>`.
  public var reversePath: Address?
  /// `RCPT TO`; one, since every copy is one person's own.
  public var recipient: Address

  /// - Parameter reversePath: nil for an answer that nobody may answer (rule I6).
  public init(reversePath: Address?, recipient: Address) {
    self.reversePath = reversePath
    self.recipient = recipient
  }
}
