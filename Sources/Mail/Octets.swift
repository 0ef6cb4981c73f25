#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The octets that mail's grammar names (RFC 5234 appendix B).
extension UInt8 {
  static let tab: UInt8 = 0x09
  static let lineFeed: UInt8 = 0x0A
  static let carriageReturn: UInt8 = 0x0D
  static let space: UInt8 = 0x20
  static let hyphen: UInt8 = 0x2D
  static let dot: UInt8 = 0x2E
  static let equals: UInt8 = 0x3D

  /// ALPHA or DIGIT of RFC 5234 appendix B.1: `A`…`Z`, `a`…`z`, `0`…`9`.
  package var isLetterOrDigit: Bool { (0x61...0x7A).contains(self | 0x20) || (0x30...0x39).contains(self) }

  /// What the labels of a lower-case name are made of (RFC 1035 section 2.3.1): `a`…`z`, `0`…`9` and `-`.
  package var isNameOctet: Bool { (0x61...0x7A).contains(self) || (0x30...0x39).contains(self) || self == .hyphen }

  /// The digit of a number 0...15 in upper case, as RFC 2045 section 6.7 and RFC 2047 section 4.2 want it.
  var hexDigit: UInt8 { self < 10 ? 48 + self : 55 + self }
}

extension StringProtocol {
  /// True if any relay and any mail program can take the text as it stands.
  package var isASCII: Bool { utf8.allSatisfy { $0 < 0x80 } }
}

extension UnsafeBufferPointer<UInt8> {
  /// The first index at or after `start` that holds the byte; the C library's search, many octets at a time.
  func firstIndex(ofByte byte: UInt8, from start: Int) -> Int? {
    guard let base = baseAddress, start < count,
      let hit = memchr(base + start, Int32(byte), count - start)
    else { return nil }
    return UnsafeRawPointer(hit) - UnsafeRawPointer(base)
  }

  /// True if `From ` stands at the index, which old mailboxes take for the start of a message.
  func hasFrom(at index: Int) -> Bool {
    index + 5 <= count && self[index] == 0x46 && self[index + 1] == 0x72 && self[index + 2] == 0x6F
      && self[index + 3] == 0x6D && self[index + 4] == 0x20
  }

  /// The next run of octets that are neither control characters nor spaces, at or after an index.
  func word(from index: Int) -> Range<Int>? {
    func separates(_ octet: UInt8) -> Bool { octet <= 0x20 || octet == 0x7F }
    var start = index
    while start < count, separates(self[start]) { start += 1 }
    guard start < count else { return nil }
    var end = start
    while end < count, !separates(self[end]) { end += 1 }
    return start..<end
  }
}
