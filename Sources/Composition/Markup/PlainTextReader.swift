import Mistakes

/// Reads a plain text: paragraphs between empty lines, quotations by their `>`, bare web addresses as links.
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
      let lines = Markup.element(.p, inlines(paragraph))
      nodes.append(isQuote ? .element(.blockquote, [lines]) : lines)
      paragraph = []
    }
    for line in whole.lines {
      let quoted = line.utf8.first == UInt8(ascii: ">")
      if quoted != isQuote || line.allSatisfy({ $0 == " " || $0 == "\t" }) { flush() }
      isQuote = quoted
      let content = quoted ? line.dropFirst().drop { $0 == " " } : line
      if !content.allSatisfy({ $0 == " " || $0 == "\t" }) { paragraph.append(content) }
    }
    flush()
    return (nodes, whole.trimmingLines(), isComplete)
  }

  /// Each line of a paragraph stays a line: its author made it.
  private static func inlines(_ lines: [Substring]) -> [Markup] {
    var result: [Markup] = []
    for (index, line) in lines.enumerated() {
      if index > 0 { result.append(.element(.br)) }
      var rest = line[...]
      while let found = firstAddress(in: rest) {
        if found.range.lowerBound > rest.startIndex {
          result.append(.text(spaced(rest[..<found.range.lowerBound], opensLine: rest.startIndex == line.startIndex)))
        }
        result.append(.link(found.url, String(rest[found.range])))
        rest = rest[found.range.upperBound...]
      }
      if !rest.isEmpty { result.append(.text(spaced(rest, opensLine: rest.startIndex == line.startIndex))) }
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

  /// The first `http://…` or `https://…`, without the punctuation of the sentence around it.
  private static func firstAddress(in text: Substring) -> (range: Range<Substring.Index>, url: SafeURL)? {
    var search = text
    while let start = search.utf8.firstIndex(of: UInt8(ascii: "h")) {
      let candidate = text[start...]
      if candidate.hasPrefix("http://") || candidate.hasPrefix("https://") {
        let run = candidate.firstIndex { $0.isWhitespace || "<>\"「」『』（）《》，。；！？、".contains($0) } ?? text.endIndex
        if text[start..<run].utf8.count <= SafeURL.limit {
          let end = trimmed(text[start..<run]).endIndex
          if let url = SafeURL(String(text[start..<end])) { return (start..<end, url) }
        }
        // No address starts within what is none: else a long row of them would be read over and over.
        search = text[run...]
        continue
      }
      search = text[text.utf8.index(after: start)...]
    }
    return nil
  }

  /// Without the sentence's punctuation; a bracket is the address's own if it opens there.
  private static func trimmed(_ address: Substring) -> Substring {
    let signs = address.contains("(") ? ".,;:!?'*_" : ".,;:!?'*_)"
    var address = address
    while let last = address.last, signs.contains(last) { address.removeLast() }
    return address
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
