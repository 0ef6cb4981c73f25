/// An address that is safe to put on the wire and in a header: `local@domain` (RFC 5321 section 4.1.2), or its
/// internationalised form (RFC 6531 section 3.3).
///
/// What it refuses, it refuses because it would change the dialogue or the header it stands in (rule X1): control
/// characters, white space, angle brackets, quotes, a second `@`. Quoted local parts (`"a b"@c`) are refused with
/// them: nobody in use has one, and every one seen in the wild was an attack.
public struct Address: Hashable, Sendable, CustomStringConvertible {
  public let localPart: String
  /// As written, lower-cased in ASCII; may hold U-labels.
  public let domain: String

  /// Why a text is no address; the description says it to an admin.
  public enum Invalid: String, Error, CustomStringConvertible, Sendable {
    case empty = "the address is empty"
    case noAt = "the address has no @ or more than one"
    case character = "the address has a character that no mail address may have"
    case localPart = "the part before the @ is empty, too long (64 octets) or has misplaced dots"
    case domain = "the part after the @ is no domain name"

    public var description: String { rawValue }
  }

  public init(_ text: String) throws(Invalid) {
    guard !text.isEmpty else { throw .empty }
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2 else { throw .noAt }
    for scalar in text.unicodeScalars {
      if scalar.value <= 0x20 || (0x7F...0xA0).contains(scalar.value) { throw .character }
      if "\"(),:;<>[\\]".unicodeScalars.contains(scalar) { throw .character }
      if scalar.properties.isWhitespace || scalar.properties.generalCategory == .format { throw .character }
      if scalar.properties.generalCategory == .control || scalar.properties.isNoncharacterCodePoint { throw .character }
    }
    let local = parts[0]
    guard !local.isEmpty, local.utf8.count <= 64, local.first != ".", local.last != ".", !local.contains("..") else {
      throw .localPart
    }
    let domain = parts[1].lowercased()
    let labels = domain.split(separator: ".", omittingEmptySubsequences: false)
    guard domain.utf8.count <= 253 else { throw .domain }
    for label in labels {
      guard !label.isEmpty, label.utf8.count <= 63, label.first != "-", label.last != "-" else { throw .domain }
      for scalar in label.unicodeScalars where scalar.isASCII {
        guard scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "-" || scalar == "_"
        else { throw .domain }
      }
    }
    self.localPart = String(local)
    self.domain = domain
  }

  public var description: String { "\(localPart)@\(domain)" }

  /// True if only a relay with SMTPUTF8 (RFC 6531) can carry it as it stands.
  public var needsSMTPUTF8: Bool { !localPart.utf8.allSatisfy { $0 < 0x80 } || !domain.utf8.allSatisfy { $0 < 0x80 } }

  /// For logs below debug level (rule O3): `a…@example.org`.
  public var masked: String { "\(localPart.prefix(1))…@\(domain)" }
}

/// The two addresses of the SMTP transaction, apart from the header (RFC 5321 section 2.3.1).
public struct Envelope: Hashable, Sendable {
  /// Where bounces go; nil is the null reverse-path `<>`.
  public var reversePath: Address?
  public var recipient: Address

  public init(reversePath: Address?, recipient: Address) {
    (self.reversePath, self.recipient) = (reversePath, recipient)
  }
}
