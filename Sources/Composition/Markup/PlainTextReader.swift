import Mistakes

/// Reads a plain text: paragraphs between empty lines, quotations by their `>`, bare addresses as links, and lines that
/// somebody aligned as they are.
enum PlainTextReader {
  /// - Returns: the tree, the text itself without what is no text, and whether all of it is there.
  static func read(_ text: String, limit: Int) -> (nodes: [Markup], text: String, isComplete: Bool) {
    let isComplete = text.utf8.count <= limit
    let whole = (isComplete ? text : text.cut(to: limit)).multiLine()
    var nodes: [Markup] = []
    var paragraph: [Substring] = []
    var isQuote = false
    func flush() {
      guard !paragraph.isEmpty else { return }
      let blocks = blocks(paragraph)
      nodes += isQuote ? [.element(.blockquote, blocks)] : blocks
      paragraph = []
    }
    for line in whole.lines {
      let quoted = line.utf8.first == UInt8(ascii: ">")
      if quoted != isQuote || line.isBlank { flush() }
      isQuote = quoted
      // Behind the sign stands one space, and what is more was meant.
      var content = quoted ? line.dropFirst() : line
      if quoted, content.first == " " { content = content.dropFirst() }
      if !content.isBlank { paragraph.append(content) }
    }
    flush()
    return (nodes, whole.trimmingLines(), isComplete)
  }

  /// A paragraph's lines; those that are aligned, two or more in a row, stand as they are.
  private static func blocks(_ lines: [Substring]) -> [Markup] {
    var result: [Markup] = []
    var rest = lines[...]
    while !rest.isEmpty {
      let aligned = rest.prefix(while: \.isAligned)
      if aligned.count > 1 {
        result.append(.element(.pre, [.text(aligned.joined(separator: "\n"))]))
        rest = rest.dropFirst(aligned.count)
        continue
      }
      var end = rest.startIndex + 1
      while end < rest.endIndex, !(rest[end].isAligned && end + 1 < rest.endIndex && rest[end + 1].isAligned) {
        end += 1
      }
      result.append(.element(.p, inlines(rest[..<end])))
      rest = rest[end...]
    }
    return result
  }

  /// Each line of a paragraph stays a line: its author made it.
  private static func inlines(_ lines: ArraySlice<Substring>) -> [Markup] {
    var result: [Markup] = []
    for line in lines {
      if !result.isEmpty { result.append(.element(.br)) }
      result += LinkFinder.linked(line) { spaced($0, opensLine: $0.startIndex == line.startIndex) }
    }
    return result
  }

  /// HTML would fold the spaces that somebody aligned a line with.
  private static func spaced(_ text: Substring, opensLine: Bool) -> String {
    var result = ""
    var previous: Character? = opensLine ? " " : nil
    for letter in text {
      result += letter == "\t" ? "\u{A0}\u{A0}" : letter == " " && previous == " " ? "\u{A0}" : String(letter)
      previous = letter
    }
    return result
  }
}

extension Substring {
  fileprivate var isBlank: Bool { allSatisfy { $0 == " " || $0 == "\t" } }

  /// Whether a line's columns mean something: it has lines of a box, bars between cells, gaps between columns, or is set
  /// in as code is. Long ones are prose all the same, whose lines must wrap.
  fileprivate var isAligned: Bool {
    guard utf8.count <= 300, count <= 100 else { return false }
    if unicodeScalars.contains(where: { (0x2500...0x257F).contains($0.value) }) { return true }
    if hasPrefix("    ") || hasPrefix("\t") { return true }
    if utf8.count(where: { $0 == UInt8(ascii: "|") }) >= 2 { return true }
    let isRule = utf8.count > 3 && utf8.allSatisfy { " \t+-=|:".utf8.contains($0) }
    return isRule || gaps >= 2
  }

  /// Runs of two spaces or more, or a tab, between words; two behind the end of a sentence are how some people type.
  private var gaps: Int {
    var (gaps, run) = (0, 0)
    var last: Character?
    for letter in self {
      if letter == " " || letter == "\t" {
        run += letter == " " ? 1 : 2
        continue
      }
      if run > 1, let last, run > 2 || !".!?:;".contains(last) { gaps += 1 }
      (run, last) = (0, letter)
    }
    return gaps
  }
}

extension String {
  /// Without empty lines at start and end, nor white space at the end of lines.
  func trimmingLines() -> String {
    var lines = lines.map { line in
      var line = line
      while let last = line.last, last == " " || last == "\t" { line.removeLast() }
      return line
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines.drop { $0.isEmpty }.joined(separator: "\n")
  }
}
