import Text

/// Writes a tree as plain text that reads well by itself: wrapped prose, `> ` before quotations, dashes and numbers
/// before list items, links once as `text <address>`, preformatted text untouched.
struct MarkupText {
  private var output = ""
  /// What stands before each line, from the outside in; `first` is used up by the first line, nil from then on.
  private var prefixes: [(first: String?, rest: String)] = []
  /// Text of the line or paragraph under way, white space folded, forced breaks as LF.
  var inline = ""
  /// The direction of the line under way, once it has a letter.
  var direction: TextDirection?
  private var owesBlankLine = false
  /// Blocks are words among others: everything goes to one line.
  var isFlat = false
  /// Where links lead, to be said below the rows of a table; nil where each says it itself.
  var notes: TableText.Notes?
  /// The direction of words of ours in the line under way; nil where there are none.
  var ours: TextDirection?
  /// Levels of quotation and lists that are still shown as such.
  private static let depthLimit = 8

  /// LF line ends, none at the end; no line but a long word or a preformatted one is wider than 72 columns.
  static func render(_ nodes: [Markup]) -> String {
    var writer = MarkupText()
    writer.blocks(nodes)
    return writer.output.trimmingLines()
  }

  init() {}

  /// Blocks each on lines of their own; what stands between them is a paragraph.
  private mutating func blocks(_ nodes: [Markup]) {
    for node in nodes {
      switch node {
      case .text(let text): appendInline(text)
      case .element(let element):
        if element.tag.isInline { appendInline(element) } else { block(element) }
      }
    }
    flush()
  }

  /// One block, with an empty line around it where that reads better.
  mutating func block(_ element: Markup.Element) {
    if isFlat {
      appendInline(" ")
      inlines(element.children)
      return appendInline(" ")
    }
    flush()
    switch element.tag {
    case .p:
      gap()
      blocks(element.children)
      gap()
    case .h1, .h2, .h3, .h4, .h5, .h6: heading(element)
    case .blockquote:
      gap()
      within(first: "> ", rest: "> ", element.children)
      gap()
    case .ul, .ol, .dl: list(element)
    case .li: within(first: "- ", rest: "  ", element.children)
    case .dd: within(first: "    ", rest: "    ", element.children)
    case .pre: preformatted(element)
    case .hr:
      gap()
      line("* * *")
      gap()
    case .table: table(element)
    default: blocks(element.children)
    }
  }

  /// Underlined for the two highest levels, as in Markdown; a heading without words is nothing.
  private mutating func heading(_ element: Markup.Element) {
    gap()
    let title = Self.line(of: element.children)
    guard !title.isEmpty else { return }
    let lines = title.wrapped(to: width)
    for row in lines { line(row) }
    if let level = element.tag.headingLevel, level <= 2 {
      line(String(repeating: level == 1 ? "=" : "-", count: min(lines.map(\.columns).max() ?? 0, width)))
    }
    gap()
  }

  /// Numbers go on from the list's start. A list within an item has no empty lines around it.
  private mutating func list(_ element: Markup.Element) {
    let isNested = prefixes.contains { $0.rest != "> " }
    if !isNested { gap() }
    let (start, step) = element.numbers
    var number = start
    for child in element.children {
      guard case .element(let item) = child, item.tag == .li else {
        // Google Docs puts a list into the list itself.
        if case .element(let inner) = child, inner.tag == .ul || inner.tag == .ol {
          within(first: "  ", rest: "  ", [child])
        } else {
          blocks([child])
        }
        continue
      }
      number = item.attributes.value ?? number
      let sign = element.attributes.numbering?.text(number) ?? String(number)
      let mark = element.tag == .ol ? "\(sign). " : "- "
      within(first: mark, rest: String(repeating: " ", count: mark.utf8.count), item.children)
      number += step
    }
    if !isNested { gap() }
  }

  /// Writes children behind a prefix: `first` before the first line, `rest` before the others. Beyond the depth limit
  /// without one, so that hostile nesting cannot push the text off the page.
  private mutating func within(first: String, rest: String, _ children: [Markup]) {
    guard prefixes.count < Self.depthLimit else { return blocks(children) }
    // The blank line before an item belongs to what is around it.
    if owesBlankLine { blankLine() }
    prefixes.append((first, rest))
    blocks(children)
    prefixes.removeLast()
  }

  /// Neither wrapped nor folded: its columns mean something.
  private mutating func preformatted(_ element: Markup.Element) {
    gap()
    let text = Self.raw(element.children)
    for row in text.lines.trimmedOfEmpty() {
      line(String(row))
    }
    gap()
  }

  /// What stands in no cell, as a caption does, comes before the rows.
  private mutating func table(_ element: Markup.Element) {
    gap()
    let table = TableText(element.children)
    blocks(table.loose)
    for row in table.lines(within: width) { line(row) }
    for note in table.notes { line(note) }
    gap()
  }
}

// MARK: - Lines

extension MarkupText {
  /// Columns left beside the prefixes; never less than 30, so that words stay legible.
  private var width: Int { max(proseWidth - prefixes.reduce(0) { $0 + $1.rest.utf8.count }, 30) }

  /// One empty line before whatever comes next.
  private mutating func gap() { owesBlankLine = !output.isEmpty && prefixes.allSatisfy { $0.first == nil } }

  /// With the prefixes that still hold, so that a quotation's empty lines are quoted too.
  private mutating func blankLine() {
    owesBlankLine = false
    var prefix = prefixes.map(\.rest).joined()
    while prefix.last == " " { prefix.removeLast() }
    output += prefix + "\n"
  }

  /// One line behind its prefixes.
  private mutating func line(_ text: String) {
    if owesBlankLine { blankLine() }
    for index in prefixes.indices {
      output += prefixes[index].first ?? prefixes[index].rest
      prefixes[index].first = nil
    }
    output += text
    output += "\n"
  }

  /// Writes the paragraph under way, wrapped, and begins a new one.
  private mutating func flush() {
    settleOurs()
    defer { (inline, direction) = ("", nil) }
    for part in inline.lines.trimmedOfEmpty() {
      for row in part.wrapped(to: width) { line(row) }
    }
  }
}

extension Markup.Element {
  /// The number of a list's first item, and from one to the next.
  fileprivate var numbers: (first: Int, step: Int) {
    guard attributes.isReversed else { return (attributes.start ?? 1, 1) }
    let items = children.count {
      if case .element(let item) = $0 { item.tag == .li } else { false }
    }
    return (attributes.start ?? items, -1)
  }
}

extension Array where Element == Substring {
  /// Without lines at start and end that show nothing: editors write a paragraph with one space for an empty line.
  fileprivate func trimmedOfEmpty() -> ArraySlice<Substring> {
    var slice = drop { $0.showsNothing }
    while slice.last?.showsNothing == true { slice.removeLast() }
    return slice
  }
}
