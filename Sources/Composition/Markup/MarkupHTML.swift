/// Writes a tree as HTML: always balanced, each block on lines of its own so that quoted-printable stays readable.
struct MarkupHTML {
  /// What is written so far; every element that was opened in it is closed again before `render` returns.
  private var output = ""
  /// What is added to the level of headings, so that they stand below the mail's own.
  private let headingShift: Int
  /// Whether blocks say `dir="auto"`.
  private let isMixed: Bool

  /// - Parameters:
  ///   - headingShift: 1 makes an `h1` an `h2`; nothing goes below `h6`.
  ///   - isMixed: the text may hold scripts of both directions: each block finds its own (rule M7).
  static func render(_ nodes: [Markup], headingShift: Int, isMixed: Bool = false) -> String {
    var writer = MarkupHTML(headingShift: headingShift, isMixed: isMixed)
    writer.write(nodes, isPreformatted: false)
    while writer.output.last?.isWhitespace == true { writer.output.removeLast() }
    return writer.output
  }

  private init(headingShift: Int, isMixed: Bool) {
    self.headingShift = headingShift
    self.isMixed = isMixed
  }

  /// - Parameter isPreformatted: white space is kept as it is, since it stands within `pre`.
  private mutating func write(_ nodes: [Markup], isPreformatted: Bool) {
    for node in nodes {
      switch node {
      case .text(let text):
        // White space between blocks would only add empty lines.
        if !isPreformatted, output.utf8.last.map({ $0 == 0x0A }) ?? true, text.allSatisfy(\.isWhitespace) { continue }
        isPreformatted ? text.appendHTMLEscaped(to: &output) : text.folded().appendHTMLEscaped(to: &output)
      case .element(let element): write(element, isPreformatted: isPreformatted)
      }
    }
  }

  /// A link without an address is only its words.
  private mutating func write(_ element: Markup.Element, isPreformatted: Bool) {
    if element.tag == .a, element.attributes.href == nil {
      write(element.children, isPreformatted: isPreformatted)
      return
    }
    var name = element.tag.rawValue
    if let level = element.tag.headingLevel { name = "h\(min(level + headingShift, 6))" }
    let isBlock = !element.tag.isInline
    if isBlock, !isPreformatted, output.utf8.last.map({ $0 != 0x0A }) ?? false { output += "\n" }
    output += "<\(name)"
    write(element.attributes)
    if isMixed, element.tag.opensText, element.attributes.direction == nil { output += " dir=\"auto\"" }
    output += ">"
    if !element.tag.isVoid {
      write(element.children, isPreformatted: isPreformatted || element.tag == .pre)
      output += "</\(name)>"
    }
    if isBlock || element.tag == .br, !isPreformatted { output += "\n" }
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
