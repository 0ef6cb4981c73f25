import Text

/// Words in a line: emphasis by signs, where links lead, and what runs the other way.
extension MarkupText {
  /// They stand between these two until the line's end tells whether they run the other way: no text holds them.
  private static let oursBegin = Unicode.Scalar(0xFDD0 as UInt32)!
  private static let oursEnd = Unicode.Scalar(0xFDD1 as UInt32)!

  /// Folds white space; none stands at the start of a line. Paths keep their order in a line from right to left.
  mutating func appendInline(_ text: String) {
    var rest = text[...]
    for path in FilePaths.ranges(in: rest) {
      fold(rest[..<path.lowerBound])
      appendIsolated(String(rest[path]))
      rest = rest[path.upperBound...]
    }
    fold(rest)
  }

  private mutating func fold(_ text: Substring) {
    for scalar in text.unicodeScalars {
      if scalar == " " || scalar == "\n" || scalar == "\t" || isFlat && scalar.properties.isWhitespace {
        if let last = inline.utf8.last, last != 0x20, last != 0x0A { inline += " " }
      } else if !isFlat || !scalar.reachesOn {
        inline.unicodeScalars.append(scalar)
        if direction == nil { direction = TextDirection.strong(of: scalar) }
      }
    }
  }

  /// What is ready to stand in the line.
  private mutating func append(_ words: String) {
    inline += words
    if direction == nil { direction = words.firstDirection }
  }

  /// Words that run from left to right by their nature, as code does, and keep their order in a line that runs the
  /// other way.
  private mutating func appendIsolated(_ words: String) {
    append(direction == .rtl ? words.isolated(within: .rtl) : words)
  }

  /// Emphasis by the signs that people use in plain text.
  mutating func appendInline(_ element: Markup.Element) {
    switch element.tag {
    case .br where isFlat: appendInline(" ")
    case .br:
      while inline.utf8.last == 0x20 { inline.removeLast() }
      settleOurs()
      (inline, direction) = (inline + "\n", nil)
    case .a: appendLink(element)
    case .strong, .b: mark("*", element)
    case .em, .i: mark("_", element)
    case .s, .del: mark("~~", element)
    case .sup: mark("^", element, closing: "")
    case .code: code(element)
    case .span where element.attributes.isOurs:
      ours = element.attributes.direction
      inline.unicodeScalars.append(Self.oursBegin)
      inline += Self.raw(element.children)
      inline.unicodeScalars.append(Self.oursEnd)
    default: inlines(element.children)
    }
  }

  /// Words of ours have no say in the direction of a line: they stand between isolates where it runs the other way.
  mutating func settleOurs() {
    guard let own = ours else { return }
    let isIsolated = direction != nil && direction != own
    // What stands before the line has been settled.
    let start = inline.utf8.lastIndex(of: 0x0A).map { inline.utf8.index(after: $0) } ?? inline.startIndex
    var line = String.UnicodeScalarView()
    for scalar in inline[start...].unicodeScalars {
      switch scalar {
      case Self.oursBegin: if isIsolated { line.append("\u{2068}") }
      case Self.oursEnd: if isIsolated { line.append("\u{2069}") }
      default: line.append(scalar)
      }
    }
    inline.replaceSubrange(start..., with: String(line))
    ours = nil
  }

  /// What stands in a line; a block within it, as a `div` in a link, opens lines of its own all the same.
  mutating func inlines(_ nodes: [Markup]) {
    for node in nodes {
      switch node {
      case .text(let text): appendInline(text)
      case .element(let element):
        if element.tag.isInline { appendInline(element) } else { block(element) }
      }
    }
  }

  /// Everything within as words of the line under way; they are still to be appended to it.
  private mutating func words(of nodes: [Markup]) -> (text: String, direction: TextDirection?) {
    var writer = MarkupText()
    (writer.isFlat, writer.direction) = (true, direction)
    // Held once, so that they grow where they are.
    swap(&writer.notes, &notes)
    writer.inlines(nodes)
    swap(&writer.notes, &notes)
    if let own = writer.ours { ours = own }
    return (String(writer.inline[...].trimmingSpaces()), writer.direction)
  }

  /// Marks a few words; what holds lines or nothing is left unmarked.
  private mutating func mark(_ sign: String, _ element: Markup.Element, closing: String? = nil) {
    guard !element.children.contains(where: \.holdsLines) else { return inlines(element.children) }
    let (text, direction) = words(of: element.children)
    guard !text.isEmpty else { return appendInline(" ") }
    if case .text(let first)? = element.children.first, first.first?.isWhitespace == true { appendInline(" ") }
    inline += sign + text + (closing ?? sign)
    self.direction = direction
    if case .text(let last)? = element.children.last, last.last?.isWhitespace == true { appendInline(" ") }
  }

  private mutating func code(_ element: Markup.Element) {
    guard direction == .rtl, !element.children.contains(where: \.holdsLines) else { return inlines(element.children) }
    appendIsolated(words(of: element.children).text)
  }

  /// The address is said once: a link whose words are its address is that address alone. One without words is the
  /// address in angle brackets.
  private mutating func appendLink(_ element: Markup.Element) {
    guard let url = element.attributes.href else { return inlines(element.children) }
    var address = url.value
    if address.hasPrefix("mailto:") { address = String(address.dropFirst(7)) }
    guard !element.children.contains(where: \.holdsBlock) else {
      inlines(element.children)
      if Self.bare(Self.raw(element.children).singleLine()) != Self.bare(address) { appendAddress(address) }
      return
    }
    let (text, direction) = words(of: element.children)
    if text.isEmpty {
      appendIsolated("<\(address)>")
    } else if Self.bare(text) == Self.bare(address) {
      append(address.hasPrefix("tel:") ? text : address)
    } else {
      inline += text
      self.direction = direction
      appendAddress(address)
    }
  }

  /// Where the words before it lead.
  private mutating func appendAddress(_ address: String) {
    appendInline(" ")
    guard let number = notes?.number(of: address) else { return appendIsolated("<\(address)>") }
    append("[\(number)]")
  }

  /// An address as people write it and browsers show it: decoded, without scheme, `www.` and last slash.
  static func bare(_ address: String) -> Substring {
    var rest = address.percentDecoded[...]
    if rest.hasPrefix("tel:") || rest.first == "+" { rest = Substring(rest.filter { $0.isNumber || $0 == "+" }) }
    for prefix in ["https://", "http://", "mailto:", "www."] where rest.hasPrefix(prefix) {
      rest = rest.dropFirst(prefix.count)
    }
    return rest.last == "/" ? rest.dropLast() : rest
  }

  /// Everything within as one line.
  static func line(of nodes: [Markup]) -> String {
    var notes: TableText.Notes?
    return line(of: nodes, notes: &notes)
  }

  /// - Parameter notes: grow by where links in it lead; nil: each address stands beside its words.
  static func line(of nodes: [Markup], notes: inout TableText.Notes?) -> String {
    var writer = MarkupText()
    writer.isFlat = true
    swap(&writer.notes, &notes)
    writer.inlines(nodes)
    writer.settleOurs()
    swap(&writer.notes, &notes)
    return String(writer.inline[...].trimmingSpaces()).cut(to: 100_000)
  }

  /// All words within, white space untouched.
  static func raw(_ nodes: [Markup]) -> String {
    nodes.reduce(into: "") { text, node in
      switch node {
      case .text(let content): text += content
      case .element(let element): text += element.tag == .br ? "\n" : raw(element.children)
      }
    }
  }
}

extension Unicode.Scalar {
  /// An embedding, an override or an isolate: it would reach beyond the few words that hold it.
  fileprivate var reachesOn: Bool { (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value) }
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
