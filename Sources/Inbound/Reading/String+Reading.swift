import Glibc

extension StringProtocol {
  /// Without white space and controls at both ends.
  var trimmedOfWhitespace: String {
    let kept = Substring(self).utf8.drop { $0 <= 0x20 }
    var end = kept.endIndex
    while end > kept.startIndex, kept[kept.index(before: end)] <= 0x20 { end = kept.index(before: end) }
    return String(Substring(kept[..<end]))
  }

  /// Equal but for the case of ASCII letters.
  func equalsIgnoringCase(_ other: some StringProtocol) -> Bool {
    utf8.count == other.utf8.count && zip(utf8, other.utf8).allSatisfy { $0 == $1 || $0.lowerCased == $1.lowerCased }
  }

  /// Whether the other text stands in it, octet for octet.
  func has(_ other: String) -> Bool { offset(of: other) != nil }

  /// Whether one of the texts stands in it.
  func hasAny(_ others: [String]) -> Bool { others.contains { has($0) } }

  /// Where the other text begins, in octets of UTF-8.
  func offset(of other: String) -> Int? {
    var this = String(self)
    var other = other
    return this.withUTF8 { hay in
      other.withUTF8 { needle in
        guard let start = hay.baseAddress, let wanted = needle.baseAddress else { return needle.isEmpty ? 0 : nil }
        // memchr is what makes it quick: most lines do not have the rarest of its octets.
        let pick = needle.indices.max { needle[$0].rarity < needle[$1].rarity } ?? 0
        var from = 0
        while from + needle.count <= hay.count,
          let found = memchr(start + from + pick, Int32(needle[pick]), hay.count - needle.count - from + 1)
        {
          let offset = UnsafeRawPointer(found) - UnsafeRawPointer(start) - pick
          if memcmp(start + offset, wanted, needle.count) == 0 { return offset }
          from = offset + 1
        }
        return nil
      }
    }
  }

  /// What stands behind the other text's first occurrence.
  func rest(behind other: String) -> Substring? {
    guard let offset = offset(of: other) else { return nil }
    return Substring(self).utf8.dropFirst(offset + other.utf8.count).asSubstring
  }
}

extension Substring.UTF8View {
  var asSubstring: Substring { Substring(self) }
}

extension UInt8 {
  /// An ASCII letter's lower case; any other octet as it is.
  var lowerCased: UInt8 { (0x41...0x5A).contains(self) ? self | 0x20 : self }
  var isDigit: Bool { (0x30...0x39).contains(self) }
  /// How rare it is in what people write, roughly.
  var rarity: Int {
    switch self {
    case 0x20: 0
    // The letters of `etaoinsr`, and what begins a letter of other scripts.
    case 0x61, 0x65, 0x69, 0x6E, 0x6F, 0x72, 0x73, 0x74, 0xC2...0xF4: 1
    case 0x63, 0x64, 0x68, 0x6C, 0x6D, 0x75, 0x2C...0x39: 2
    default: 3
    }
  }
}
