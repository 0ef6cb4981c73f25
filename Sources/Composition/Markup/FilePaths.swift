import Mail

/// Finds where a file lies among words, `/srv/forum/map.pdf` or `C:\docs\draft.docx`: in a line from right to left its parts
/// would be seen in the wrong order. Addresses of the web are none.
enum FilePaths {
  /// Octets of a path that is looked for; a longer one is no help to anybody.
  private static let limit = 300

  /// In their order; none of them holds white space.
  static func ranges(in text: Substring) -> [Range<Substring.Index>] {
    let octets = text.utf8
    guard octets.contains(where: { isSeparator($0) }) else { return [] }
    var result: [Range<Substring.Index>] = []
    var rest = octets
    while let start = rest.firstIndex(where: { isPart($0) }) {
      let run = rest[start...].prefix { isPart($0) }
      rest = octets[run.endIndex...]
      var path = run
      while let first = path.first, ",:=".utf8.contains(first) { path.removeFirst() }
      while let last = path.last, ".,:=".utf8.contains(last) { path.removeLast() }
      if path.count <= limit, isPath(path) { result.append(path.startIndex..<path.endIndex) }
    }
    return result
  }

  /// A text with its paths isolated, line by line, where the line runs from right to left.
  static func isolated(_ text: String) -> String {
    guard text.utf8.contains(where: { isSeparator($0) }), text.holdsLetters(against: .ltr) else { return text }
    return text.lines.map { line -> String in
      guard line.firstDirection == .rtl else { return String(line) }
      var (result, rest) = ("", line)
      for path in ranges(in: line) {
        result += rest[..<path.lowerBound] + String(rest[path]).isolated(within: .rtl)
        rest = rest[path.upperBound...]
      }
      return result + rest
    }.joined(separator: "\n")
  }

  private static func isSeparator(_ octet: UInt8) -> Bool { octet == UInt8(ascii: "/") || octet == UInt8(ascii: "\\") }

  private static func isPart(_ octet: UInt8) -> Bool {
    octet.isLetterOrDigit || isSeparator(octet) || "._~+%@=,:$-".utf8.contains(octet)
  }

  /// Several parts with a letter among them, and neither `://` nor `www.`.
  private static func isPath(_ octets: Substring.UTF8View) -> Bool {
    guard octets.count(where: { isSeparator($0) }) > 1,
      octets.contains(where: { $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A })
    else { return false }
    let text = Substring(octets)
    return !text.contains("://") && !text.hasPrefix("www.")
  }
}
