/// A pattern over addresses: `*` stands for any text, `?` for one character; case does not matter in ASCII.
package struct Glob: Sendable {
  /// In lower case, as far as ASCII goes.
  private let pattern: [UInt8]

  /// Any text is a pattern; there is no way to mean a star or a question mark itself.
  package init(_ pattern: String) { self.pattern = Self.folded(pattern) }

  /// Linear in the text for each `*`: the last star is the only one that is ever tried again.
  package func matches(_ text: String) -> Bool {
    let text = Self.folded(text)
    var (p, t) = (0, 0)
    var retry: (pattern: Int, text: Int)?
    while t < text.count {
      if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
        p += 1
        retry = (p, t)
      } else if p < pattern.count, pattern[p] == UInt8(ascii: "?") {
        p += 1
        t += Self.characterLength(text, at: t)
      } else if p < pattern.count, pattern[p] == text[t] {
        p += 1
        t += 1
      } else if let (nextPattern, nextText) = retry {
        p = nextPattern
        t = nextText + Self.characterLength(text, at: nextText)
        retry = (p, t)
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
  }

  /// Addresses are compared as octets: their domains are ASCII or UTF-8, and only ASCII has a case that counts.
  private static func folded(_ text: String) -> [UInt8] {
    text.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
  }

  /// The octets of the UTF-8 sequence at an index.
  private static func characterLength(_ text: [UInt8], at index: Int) -> Int {
    var end = index + 1
    while end < text.count, text[end] & 0xC0 == 0x80 { end += 1 }
    return end - index
  }
}
