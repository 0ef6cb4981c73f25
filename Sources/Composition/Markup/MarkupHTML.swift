import Text

/// Writes a tree as HTML: always balanced, each block on lines of its own so that quoted-printable stays readable.
struct MarkupHTML {
  /// What is written so far; every element that was opened in it is closed again before `render` returns.
  private var output = ""
  /// What is added to the level of headings, so that they stand below the mail's own.
  private let headingShift: Int
  /// Whether each block finds its own direction, and says by itself how it looks.
  private let isForMail: Bool

  /// - Parameters:
  ///   - headingShift: 1 makes an `h1` an `h2`; nothing goes below `h6`.
  ///   - isForMail: each block finds its own direction (rule M7), and quotations, lists, tables and headings have their
  ///     looks with them: Outlook knows no logical properties, and some programs drop a mail's style sheet. Without it, the
  ///     elements alone are written.
  ///   - direction: the one that all of it has, and what stands around it too: then no block says it again.
  static func render(
    _ nodes: [Markup], headingShift: Int, isForMail: Bool = false, running direction: TextDirection? = nil
  ) -> String {
    var writer = MarkupHTML(headingShift: headingShift, isForMail: isForMail)
    writer.write(isForMail ? Markup.inBlocks(nodes) : nodes, Surroundings(direction: direction))
    while writer.output.last?.isWhitespace == true { writer.output.removeLast() }
    return writer.output
  }

  private init(headingShift: Int, isForMail: Bool) {
    self.headingShift = headingShift
    self.isForMail = isForMail
  }

  /// What holds for all within an element.
  private struct Surroundings {
    /// White space is kept as it is, since it stands within `pre`.
    var isPreformatted = false
    /// The direction that the author gave; nil where each block finds its own.
    var direction: TextDirection?
  }

  private mutating func write(_ nodes: [Markup], _ around: Surroundings) {
    for node in nodes {
      switch node {
      case .text(let text):
        // White space between blocks would only add empty lines.
        let opensLine = output.utf8.last.map { $0 == 0x0A } ?? true
        if !around.isPreformatted, opensLine, text.allSatisfy(\.isWhitespace) { continue }
        around.isPreformatted ? text.appendHTMLEscaped(to: &output) : text.folded().appendHTMLEscaped(to: &output)
      case .element(let element): write(element, around)
      }
    }
  }

  /// A link without an address is only its words.
  private mutating func write(_ element: Markup.Element, _ around: Surroundings) {
    if element.tag == .a, element.attributes.href == nil { return write(element.children, around) }
    if isForMail, around.direction == nil, let apart = element.withLinesApart { return write(apart, around) }
    var name = element.tag.rawValue
    if let level = element.tag.headingLevel { name = "h\(min(level + headingShift, 6))" }
    let isBlock = !element.tag.isInline
    if isBlock, !around.isPreformatted, output.utf8.last.map({ $0 != 0x0A }) ?? false { output += "\n" }
    output += "<\(name)"
    write(element.attributes)
    var within = around
    if let direction = element.attributes.direction, direction != .auto { within.direction = direction }
    if element.tag == .pre { within.isPreformatted = true }
    if isForMail { writeLooks(of: element, within.direction) }
    output += ">"
    if !element.tag.isVoid {
      write(element.children, within)
      output += "</\(name)>"
    }
    if isBlock || element.tag == .br, !around.isPreformatted { output += "\n" }
  }

  /// Only the address can hold signs of HTML; the others are made of letters, digits and hyphens.
  private mutating func write(_ attributes: Markup.Attributes) {
    if let href = attributes.href {
      output += " href=\""
      href.value.appendHTMLEscaped(to: &output)
      output += "\""
    }
    if let language = attributes.language { output += " lang=\"\(language.value)\"" }
    if let direction = attributes.direction { output += " dir=\"\(direction.rawValue)\"" }
    if let span = attributes.columnSpan { output += " colspan=\"\(span)\"" }
    if let span = attributes.rowSpan { output += " rowspan=\"\(span)\"" }
    if let start = attributes.start { output += " start=\"\(start)\"" }
  }

  /// Direction and style. What holds blocks that find their own direction goes by its first letter, for the side that its
  /// bar, its numbers or its first column are on: `dir="auto"` does not look into them.
  private mutating func writeLooks(of element: Markup.Element, _ given: TextDirection?) {
    let isHolder = [.blockquote, .ul, .ol, .dl, .table].contains(element.tag)
    let direction = given ?? (isHolder ? Markup.direction(of: element.children) : nil)
    if element.attributes.direction == nil, given == nil {
      if isHolder {
        if let direction { output += " dir=\"\(direction.rawValue)\"" }
      } else if element.tag.opensText, element.children.isEmpty || element.children.contains(where: \.isInLine) {
        output += " dir=\"auto\""
      }
    }
    let side = direction == .rtl ? "right" : "left"
    switch element.tag {
    case .blockquote: output += " style=\"margin:.6em 0;padding-\(side):.8em;border-\(side):3px solid #888\""
    case .ul, .ol: output += " style=\"margin:.6em 0;padding:0;padding-\(side):1.8em\""
    case .table: output += " border=\"1\" cellpadding=\"4\" style=\"border-collapse:collapse\""
    // The mail's own title is larger than any of them.
    case .h1: output += " style=\"font-size:1.15em\""
    case .h2: output += " style=\"font-size:1.1em\""
    case .h3, .h4, .h5, .h6: output += " style=\"font-size:1em\""
    default: break
    }
  }
}

// MARK: - Directions

extension Markup {
  /// The direction of the first letter within, nil where there is none (Unicode UAX #9, P2).
  static func direction(of nodes: some Sequence<Markup>) -> TextDirection? {
    for node in nodes {
      switch node {
      case .text(let text): if let direction = text.firstDirection { return direction }
      case .element(let element):
        if let direction = element.attributes.direction, direction != .auto { return direction }
        if let direction = direction(of: element.children) { return direction }
      }
    }
    return nil
  }

  /// Whether letters stand within that run the other way, or anybody gave a direction.
  static func holdsLetters(_ nodes: [Markup], against direction: TextDirection) -> Bool {
    nodes.contains { node in
      switch node {
      case .text(let text): text.holdsLetters(against: direction)
      case .element(let element):
        element.attributes.direction != nil || holdsLetters(element.children, against: direction)
      }
    }
  }

  /// What stands in no block in blocks of its own, so that it can have a direction.
  fileprivate static func inBlocks(_ nodes: [Markup]) -> [Markup] {
    var result: [Markup] = []
    var run: [Markup] = []
    func flush() {
      if run.contains(where: { !$0.isBlank }) { result.append(.element(.div, run)) }
      run = []
    }
    for node in nodes {
      if case .element(let element) = node, !element.tag.isInline {
        flush()
        result.append(node)
      } else {
        run.append(node)
      }
    }
    flush()
    return result
  }

  fileprivate var isBlank: Bool {
    switch self {
    case .text(let text): text.allSatisfy(\.isWhitespace)
    case .element(let element): element.tag != .br && element.children.allSatisfy(\.isBlank)
    }
  }
}

extension Markup.Element {
  /// The same with lines (`<br>`) of another direction than those before them in blocks of their own: a block has one
  /// direction, its first letter's, and a line of the other script would be scrambled. nil where all are alike.
  fileprivate var withLinesApart: Self? {
    guard [.p, .div, .li, .td, .th, .dd, .blockquote].contains(tag),
      attributes.direction == nil || attributes.direction == .auto,
      children.contains(where: \.isBreak), !children.contains(where: { $0.isBlock })
    else { return nil }
    var groups: [(direction: TextDirection?, nodes: [Markup])] = []
    for line in children.split(omittingEmptySubsequences: false, whereSeparator: \.isBreak) {
      let direction = Markup.direction(of: line)
      // A value of the last group beside it would have its nodes copied for each line.
      if let before = groups.last.map(\.direction), direction == nil || before == nil || direction == before {
        groups[groups.count - 1].nodes.append(.element(.br))
        groups[groups.count - 1].nodes += line
        if before == nil { groups[groups.count - 1].direction = direction }
      } else {
        groups.append((direction, Array(line)))
      }
    }
    guard groups.count > 1 else { return nil }
    // A paragraph holds no blocks.
    var result = self
    if tag == .p { result.tag = .div }
    result.children = groups.map { .element(.div, $0.nodes) }
    return result
  }
}

extension Markup {
  fileprivate var isBreak: Bool {
    if case .element(let element) = self { element.tag == .br } else { false }
  }

  /// Words, or what stands among them.
  fileprivate var isInLine: Bool { !isBlock && !isBlank }

  fileprivate var isBlock: Bool {
    if case .element(let element) = self { !element.tag.isInline } else { false }
  }
}

extension String {
  /// Runs of white space as one space, as HTML shows them.
  fileprivate func folded() -> String {
    var result = String.UnicodeScalarView()
    result.reserveCapacity(utf8.count)
    var afterSpace = false
    for scalar in unicodeScalars {
      let isSpace = scalar == " " || scalar == "\n" || scalar == "\t"
      if isSpace, afterSpace { continue }
      result.append(scalar == "\t" ? " " : scalar)
      afterSpace = isSpace
    }
    return String(result)
  }
}
