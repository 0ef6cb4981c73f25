extension KeyRing {
  /// What is read in the place of a token that is nobody's to read.
  public static let mask = "…"

  /// A text with the mask for each token in it: what people write is shown to others, and an address or a link of ours
  /// that stands in it would do, for whoever presses it, what it was signed for (rule I2).
  public func masked(_ text: String) -> String {
    let found = tokens(in: text)
    if found.isEmpty { return text }
    var result = ""
    var index = text.startIndex
    for range in found {
      result += text[index..<range.lowerBound] + Self.mask
      index = range.upperBound
    }
    return result + text[index...]
  }

  /// Where tokens of ours stand in a text, in order: in capitals too, with letters that are percent-encoded as links
  /// have them (RFC 3986 section 2.1), and with characters between them that nobody sees.
  public func tokens(in text: String) -> [Range<String.Index>] {
    let scalars = text.unicodeScalars
    var found: [Range<String.Index>] = []
    var letters: [UInt8] = []
    var start = scalars.startIndex
    var end = start
    func close() {
      if (shortest...longest).contains(letters.count), verify(String(decoding: letters, as: UTF8.self)) != nil {
        found.append(start..<end)
      }
      letters.removeAll(keepingCapacity: true)
    }
    var index = start
    while index < scalars.endIndex {
      var next = scalars.index(after: index)
      var value = scalars[index].value
      if value == 0x25, let encoded = octet(scalars[next...]) {
        value = UInt32(encoded)
        next = scalars.index(next, offsetBy: 2)
      }
      switch value {
      case 0x61...0x7A, 0x41...0x5A, 0x32...0x37:
        if letters.isEmpty { start = index }
        // One more than the longest token may have tells that it is none.
        if letters.count <= longest { letters.append(UInt8(value) | (value > 0x40 ? 0x20 : 0)) }
        end = next
      case 0xAD, 0x61C, 0x180E, 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x2069, 0xFE00...0xFE0F, 0xFEFF: break
      default: close()
      }
      index = next
    }
    close()
    return found
  }
}

/// Letters of the shortest token: a key, a kind, a number and 80 bits; and of the longest that is read.
private let shortest = 20
private let longest = 60

/// The octet whose two hexadecimal digits stand at the beginning.
private func octet(_ scalars: Substring.UnicodeScalarView) -> UInt8? {
  let digits = scalars.prefix(2)
  guard digits.count == 2, digits.allSatisfy({ $0.properties.isASCIIHexDigit }) else { return nil }
  return UInt8(String(digits), radix: 16)
}
