import Text

/// Writes a tree as plain text that reads well by itself: wrapped prose, `> ` before quotations, dashes and numbers
/// before list items, links once as `text <address>`, preformatted text untouched.
struct MarkupText {
  private var output = ""
  /// What stands before each line, from the outside in; `first` is used up by the first line, nil from then on.
  private var prefixes: [(first: String?, rest: String)] = []
  /// Text of the line or paragraph under way, white space folded, forced breaks as LF.
  private var inline = ""
  private var owesBlankLine = false
  /// Blocks are words among others: everything goes to one line.
  private var isFlat = false
  /// Levels of quotation and lists that are still shown as such.
  private static let depthLimit = 8

  /// LF line ends, none at the end; no line but a long word or a preformatted one is wider than 72 columns.
  static func render(_ nodes: [Markup]) -> String {
    var writer = MarkupText()
    writer.blocks(nodes)
    return writer.output.trimmingLines()
  }

  private init() {}

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
  private mutating func block(_ element: Markup.Element) {
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
    var number = element.attributes.start ?? 1
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
      let mark = element.tag == .ol ? "\(number). " : "- "
      within(first: mark, rest: String(repeating: " ", count: mark.utf8.count), item.children)
      number += 1
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
    defer { inline = "" }
    for part in inline.lines.trimmedOfEmpty() {
      for row in part.wrapped(to: width) { line(row) }
    }
  }
}

// MARK: - Text in a line

extension MarkupText {
  /// Folds white space; none stands at the start of a line.
  private mutating func appendInline(_ text: String) {
    for scalar in text.unicodeScalars {
      if scalar == " " || scalar == "\n" || scalar == "\t" {
        if let last = inline.utf8.last, last != 0x20, last != 0x0A { inline += " " }
      } else {
        inline.unicodeScalars.append(scalar)
      }
    }
  }

  /// Emphasis by the signs that people use in plain text.
  private mutating func appendInline(_ element: Markup.Element) {
    switch element.tag {
    case .br where isFlat: appendInline(" ")
    case .br:
      while inline.utf8.last == 0x20 { inline.removeLast() }
      inline += "\n"
    case .a: appendLink(element)
    case .strong, .b: mark("*", element)
    case .em, .i: mark("_", element)
    case .s, .del: mark("~~", element)
    case .sup: mark("^", element, closing: "")
    default: inlines(element.children)
    }
  }

  /// What stands in a line; a block within it, as a `div` in a link, opens lines of its own all the same.
  private mutating func inlines(_ nodes: [Markup]) {
    for node in nodes {
      switch node {
      case .text(let text): appendInline(text)
      case .element(let element):
        if element.tag.isInline { appendInline(element) } else { block(element) }
      }
    }
  }

  /// Marks a few words; what holds lines or nothing is left unmarked.
  private mutating func mark(_ sign: String, _ element: Markup.Element, closing: String? = nil) {
    guard !element.children.contains(where: \.holdsLines) else { return inlines(element.children) }
    let text = Self.line(of: element.children)
    guard !text.isEmpty else { return appendInline(" ") }
    if case .text(let first)? = element.children.first, first.first?.isWhitespace == true { appendInline(" ") }
    inline += sign + text + (closing ?? sign)
    if case .text(let last)? = element.children.last, last.last?.isWhitespace == true { appendInline(" ") }
  }

  /// The address is said once: a link whose words are its address is that address alone. One without words is the
  /// address in angle brackets.
  private mutating func appendLink(_ element: Markup.Element) {
    guard let url = element.attributes.href else { return inlines(element.children) }
    var address = url.value
    if address.hasPrefix("mailto:") { address = String(address.dropFirst(7)) }
    guard !element.children.contains(where: \.holdsBlock) else {
      inlines(element.children)
      if Self.bare(Self.raw(element.children).singleLine()) != Self.bare(address) {
        appendInline(" ")
        inline += "<\(address)>"
      }
      return
    }
    let text = Self.line(of: element.children)
    if text.isEmpty {
      inline += "<\(address)>"
    } else if Self.bare(text) == Self.bare(address) {
      inline += address.hasPrefix("tel:") ? text : address
    } else {
      inline += "\(text) <\(address)>"
    }
  }

  /// An address as people write it and browsers show it: decoded, without scheme, `www.` and last slash.
  private static func bare(_ address: String) -> Substring {
    var rest = address.percentDecoded[...]
    if rest.hasPrefix("tel:") || rest.first == "+" { rest = Substring(rest.filter { $0.isNumber || $0 == "+" }) }
    for prefix in ["https://", "http://", "mailto:", "www."] where rest.hasPrefix(prefix) {
      rest = rest.dropFirst(prefix.count)
    }
    return rest.last == "/" ? rest.dropLast() : rest
  }

  /// Everything within as one line.
  static func line(of nodes: [Markup]) -> String {
    var writer = MarkupText()
    writer.isFlat = true
    writer.inlines(nodes)
    return writer.inline.singleLine(limit: 100_000)
  }

  /// All words within, white space untouched.
  private static func raw(_ nodes: [Markup]) -> String {
    nodes.reduce(into: "") { text, node in
      switch node {
      case .text(let content): text += content
      case .element(let element): text += element.tag == .br ? "\n" : raw(element.children)
      }
    }
  }
}

extension Markup {
  /// A break or a block.
  fileprivate var holdsLines: Bool {
    guard case .element(let element) = self else { return false }
    return !element.tag.isInline || element.tag == .br || element.children.contains(where: \.holdsLines)
  }

  fileprivate var holdsBlock: Bool {
    guard case .element(let element) = self else { return false }
    return !element.tag.isInline || element.children.contains(where: \.holdsBlock)
  }
}

extension Array where Element == Substring {
  /// Without lines at start and end that show nothing: editors write a paragraph with one space for an empty line.
  fileprivate func trimmedOfEmpty() -> ArraySlice<Substring> {
    var slice = drop { $0.allSatisfy(\.isWhitespace) }
    while slice.last?.allSatisfy(\.isWhitespace) == true { slice.removeLast() }
    return slice
  }
}
