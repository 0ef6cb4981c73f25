// In a digest the line above a post says whose words follow. A post that has such a line in its own text would put words
// into somebody else's mouth: there it is marked as what it can be at best, a quotation (rule X1).

extension String {
  /// Whether a line has the form of the one that stands above posts: `[#9240] Ana Paz, 26 May, 14:50`.
  fileprivate var isByline: Bool {
    let line = drop { $0.isWhitespace || "*_\u{2066}\u{2067}\u{2068}".contains($0) }
    guard line.hasPrefix("[#"), let end = line.prefix(44).firstIndex(of: "]") else { return false }
    return line[end...].prefix(400).contains(#/[0-9][:.][0-9]{2}/#)
  }

  /// The text with such lines as quotations.
  var withoutBylines: String {
    guard contains("[#") else { return self }
    return lines.map { String($0).isByline ? "> \($0)" : String($0) }.joined(separator: "\n")
  }
}

extension Markup {
  /// The tree with such lines as quotations, whatever they are made of: bold letters, links.
  static func withoutBylines(_ nodes: [Markup]) -> [Markup] {
    var result: [Markup] = []
    var line: [Markup] = []
    func flush() {
      if line.openingText.isByline { result.append(.text("> ")) }
      result += line
      line = []
    }
    for node in nodes {
      if case .element(var element) = node, !element.tag.isInline || element.tag == .br {
        flush()
        if element.tag != .pre { element.children = withoutBylines(element.children) }
        result.append(.element(element))
      } else {
        line.append(node)
      }
    }
    flush()
    return result
  }
}

extension [Markup] {
  /// The words of a line, as far as they tell what it is.
  fileprivate var openingText: String {
    var text = ""
    for node in self where text.utf8.count < 500 {
      switch node {
      case .text(let words): text += words.prefix(500)
      case .element(let element): text += element.children.openingText
      }
    }
    return text
  }
}
