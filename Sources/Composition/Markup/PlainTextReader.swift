import Mistakes

/// Reads a plain text: paragraphs between empty lines, quotations by their `>`, bare addresses as links, and lines that
/// somebody aligned as they are.
enum PlainTextReader {
  /// - Returns: the tree, the text itself without what is no text, and whether all of it is there.
  static func read(_ text: String, limit: Int) -> (nodes: [Markup], text: String, isComplete: Bool) {
    let isComplete = text.utf8.count <= limit
    let whole = (isComplete ? text : text.cut(to: limit)).multiLine()
    // What each level of quotation holds so far, from the outside in.
    var levels: [[Markup]] = [[]]
    var paragraph: [Substring] = []
    func close(to depth: Int) {
      while levels.count > depth + 1, let inner = levels.popLast() {
        levels[levels.count - 1].append(.element(.blockquote, inner))
      }
    }
    func flush() {
      levels[levels.count - 1] += blocks(paragraph)
      paragraph = []
    }
    for line in whole.lines {
      let (depth, content) = line.quoted
      if depth + 1 != levels.count || content.isBlank { flush() }
      // An empty line within a quotation ends nothing but its paragraph.
      if depth == 0 || !content.isBlank { close(to: depth) }
      guard !content.isBlank else { continue }
      while levels.count <= depth { levels.append([]) }
      paragraph.append(content)
    }
    flush()
    close(to: 0)
    return (levels[0], FilePaths.isolated(whole.trimmingLines()), isComplete)
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
  /// Levels of quotation, at most 8, and the line without their signs. Behind the last of them stands one space, and what
  /// is more was meant.
  fileprivate var quoted: (depth: Int, content: Substring) {
    var (depth, rest) = (0, self)
    while rest.utf8.first == UInt8(ascii: ">") || depth > 0 && rest.hasPrefix(" >") {
      rest = rest.drop { $0 == " " }.dropFirst()
      depth = Swift.min(depth + 1, 8)
    }
    return (depth, depth > 0 && rest.first == " " ? rest.dropFirst() : rest)
  }

  fileprivate var isBlank: Bool { showsNothing }

  /// Whether a line's columns mean something: it has lines of a box, bars between cells, gaps between columns, is a drawing
  /// made of signs, or is set in and no item of a list. Long ones are prose all the same, whose lines must wrap.
  fileprivate var isAligned: Bool {
    guard utf8.count <= 300, count <= 100 else { return false }
    if unicodeScalars.contains(where: { (0x2500...0x257F).contains($0.value) }) { return true }
    if hasPrefix("    ") || hasPrefix("\t") || hasPrefix(" ") && !opensItem { return true }
    if utf8.count(where: { $0 == UInt8(ascii: "|") }) >= 2 { return true }
    let isRule = utf8.count > 3 && utf8.allSatisfy { " \t+-=|:".utf8.contains($0) }
    return isRule || gaps >= 2 || isDrawing
  }

  /// `- `, `• `, `1. ` or `a) ` behind its blanks.
  private var opensItem: Bool {
    let words = drop { $0 == " " }
    let mark = words.prefix { $0 != " " }
    guard mark.count <= 4, mark.endIndex < endIndex, let last = mark.last else { return false }
    if mark.count == 1 { return "-*+•–—·◦▪".contains(last) }
    return ".)".contains(last) && mark.dropLast().allSatisfy { $0.isLetter || $0.isNumber || $0 == "(" }
  }

  /// Slashes, bars and the like, with few words among them.
  private var isDrawing: Bool {
    let signs = utf8.count { "/\\|_-+=<>^'`~()[]{}.:*".utf8.contains($0) }
    return utf8.contains { "/\\|_".utf8.contains($0) } && signs * 2 > utf8.count { $0 != UInt8(ascii: " ") }
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
  /// Without empty lines at start and end, more than two in a row, and white space at the end of lines. A line of which
  /// nothing is seen is empty.
  func trimmingLines() -> String {
    var lines: [Substring] = []
    var empty = 0
    for line in self.lines {
      var line = line
      while let last = line.last, last == " " || last == "\t" { line.removeLast() }
      empty = line.showsNothing ? empty + 1 : 0
      if empty <= 2 { lines.append(empty > 0 ? "" : line) }
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines.drop { $0.isEmpty }.joined(separator: "\n")
  }
}
