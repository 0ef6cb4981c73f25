import Text

/// Writes a tree as HTML: always balanced, each block on lines of its own so that quoted-printable stays readable.
struct MarkupHTML {
  /// What is written so far; every element that was opened in it is closed again before `render` returns.
  private var output = ""
  /// What is added to the level of headings, so that they stand below the mail's own.
  private let headingShift: Int
  /// Whether each block says its own direction and how it looks.
  private let isForMail: Bool

  /// - Parameters:
  ///   - headingShift: 1 makes an `h1` an `h2`; nothing goes below `h6`.
  ///   - isForMail: in a text of two directions each block names that of its first letter (rule M7), and quotations, lists, tables and headings have their looks with them: Outlook knows neither `dir="auto"` nor
  ///     logical properties, and some programs drop a mail's style sheet. Without it, the elements alone are written.
  ///   - direction: that of what stands around it; nil where nothing is known of that.
  ///   - language: likewise.
  static func render(
    _ nodes: [Markup], headingShift: Int, isForMail: Bool = false, within direction: TextDirection? = nil,
    language: LanguageTag? = nil
  ) -> String {
    var writer = MarkupHTML(headingShift: headingShift, isForMail: isForMail)
    var around = Surroundings(direction: direction, language: language)
    if let direction { around.isSettled = !Markup.holdsLetters(nodes, against: direction) }
    writer.write(isForMail ? Markup.inBlocks(nodes) : nodes, around)
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
    /// Signs are not looked at for what they mean, since they stand within `pre` or `code`.
    var isCode = false
    var isInTable = false
    var direction: TextDirection?
    var language: LanguageTag?
    /// No block finds its direction by itself: the author gave one, or all letters run the same way.
    var isSettled = false
    /// That of the list in whose item it stands: its numbers and its words stay on that side.
    var list: TextDirection?
    /// CSS pixels that quotations and lists have set it in by.
    var indent = 0
  }

  private mutating func write(_ nodes: [Markup], _ around: Surroundings) {
    for node in nodes {
      switch node {
      case .text(let text):
        // White space between blocks would only add empty lines.
        let opensLine = output.utf8.last.map { $0 == 0x0A } ?? true
        if !around.isPreformatted, opensLine, text.allSatisfy(\.isWhitespace) { continue }
        write(around.isPreformatted ? text : text.folded(), around)
      case .element(let element): write(element, around)
      }
    }
  }

  /// Paths keep the order of their parts in a line that runs the other way.
  private mutating func write(_ text: String, _ around: Surroundings) {
    var rest = text[...]
    if isForMail, around.direction == .rtl, !around.isCode {
      for path in FilePaths.ranges(in: rest) {
        String(rest[..<path.lowerBound]).appendHTMLEscaped(to: &output)
        output += "<span dir=\"ltr\">"
        String(rest[path]).appendHTMLEscaped(to: &output)
        output += "</span>"
        rest = rest[path.upperBound...]
      }
    }
    String(rest).appendHTMLEscaped(to: &output)
  }

  /// A link without an address is only its words.
  private mutating func write(_ element: Markup.Element, _ around: Surroundings) {
    if element.tag == .a, element.attributes.href == nil { return write(element.children, around) }
    if element.attributes.isOurs, !isForMail || element.attributes.isLike(around.direction, around.language) {
      return write(element.children, around)
    }
    if isForMail, !around.isSettled, let apart = element.withLinesApart { return write(apart, around) }
    if isForMail, element.tag == .table, !around.isInTable { return writeTable(element, around) }
    if isForMail, element.tag == .li { return writeItem(element, around) }
    let own = isForMail ? direction(of: element, around) : element.attributes.direction
    open(element, own.flatMap { !isForMail || says($0, of: element, around) ? $0 : nil }, around, own)
    if !element.tag.isVoid {
      write(element.children, within(element, own, around))
      output += "</\(name(of: element))>"
    }
    if !element.tag.isInline || element.tag == .br, !around.isPreformatted { output += "\n" }
  }

  private func name(of element: Markup.Element) -> String {
    element.tag.headingLevel.map { "h\(min($0 + headingShift, 6))" } ?? element.tag.rawValue
  }

  /// The opening tag.
  /// - Parameters:
  ///   - said: the direction that stands in it.
  ///   - own: the one that the element has, said or not.
  ///   - looks: of its style, what others of its kind have not.
  private mutating func open(
    _ element: Markup.Element, _ said: TextDirection?, _ around: Surroundings, _ own: TextDirection?,
    looks: [String] = []
  ) {
    let opensLine = output.utf8.last.map { $0 == 0x0A } ?? true
    if !element.tag.isInline, !around.isPreformatted, !opensLine { output += "\n" }
    output += "<\(name(of: element))"
    write(element.attributes, said)
    if isForMail { writeLooks(of: element, own ?? around.direction, around, looks) }
    output += ">"
  }

  private func within(_ element: Markup.Element, _ own: TextDirection?, _ around: Surroundings) -> Surroundings {
    var within = around
    within.direction = own ?? around.direction
    within.language = element.attributes.language ?? around.language
    if let given = element.attributes.direction, given != .auto { within.isSettled = true }
    switch element.tag {
    case .pre: (within.isPreformatted, within.isCode) = (true, true)
    case .code: within.isCode = true
    case .table: (within.isInTable, within.list) = (true, nil)
    case .blockquote: within.list = nil
    case .li: within.list = within.direction
    default: break
    }
    within.indent += Self.indent(of: element.tag, around)
    return within
  }

  /// Only the address can hold signs of HTML; the others are made of letters, digits and hyphens.
  private mutating func write(_ attributes: Markup.Attributes, _ direction: TextDirection?) {
    if let href = attributes.href {
      output += " href=\""
      href.value.appendHTMLEscaped(to: &output)
      output += "\""
    }
    if let language = attributes.language { output += " lang=\"\(language.value)\"" }
    if let direction { output += " dir=\"\(direction.rawValue)\"" }
    if let span = attributes.columnSpan { output += " colspan=\"\(span)\"" }
    if let span = attributes.rowSpan { output += " rowspan=\"\(span)\"" }
    if let numbering = attributes.numbering { output += " type=\"\(numbering.rawValue)\"" }
    if let start = attributes.start { output += " start=\"\(start)\"" }
    if attributes.isReversed { output += " reversed=\"reversed\"" }
    if let value = attributes.value { output += " value=\"\(value)\"" }
  }

  // MARK: Directions

  /// The direction that an element of a mail has by itself; nil where it has that of what stands around. What holds
  /// blocks goes by its first letter too, for the side that its bar, its numbers or its first column are on.
  private func direction(of element: Markup.Element, _ around: Surroundings) -> TextDirection? {
    let given = element.attributes.direction
    if let given, given != .auto { return given }
    switch element.tag {
    case .code where around.isCode: return nil
    // Its signs would be scrambled, even where there is no letter among them.
    case .code, .pre: return Markup.direction(of: element.children) ?? .ltr
    case .blockquote, .ul, .ol, .dl, .table: break
    default:
      let holdsWords = element.children.contains { $0.isInLine }
      guard given == .auto || element.tag.opensText && holdsWords else { return nil }
    }
    return around.isSettled && given == nil ? nil : Markup.direction(of: element.children)
  }

  /// Whether it has to say it: each block does in a text of two directions, since Word hands none down for certain.
  private func says(_ own: TextDirection, of element: Markup.Element, _ around: Surroundings) -> Bool {
    if let given = element.attributes.direction, given != .auto { return true }
    if own != around.direction || !element.tag.isInline && !around.isSettled { return true }
    return element.tag == .code && Markup.holdsLetters(element.children, against: own)
  }

  /// An item with another direction than its list would have its number on that side, outside of the list: its words have
  /// it.
  private mutating func writeItem(_ item: Markup.Element, _ around: Surroundings) {
    var item = item
    let given = item.attributes.direction
    item.attributes.direction = nil
    open(item, around.isSettled ? nil : around.direction, around, nil)
    var within = within(item, nil, around)
    if let given, given != .auto {
      within.isSettled = true
      if given != around.direction {
        let isInline = !item.children.contains { $0.isBlock }
        let wrapping = Markup.Element(
          tag: isInline ? .span : .div, attributes: Markup.Attributes(direction: given), children: item.children)
        item.children = [.element(wrapping)]
      }
      write(item.children, within)
    } else if around.isSettled {
      write(item.children, within)
    } else {
      for run in item.children.split(before: { $0.isBlock != $1.isBlock }) {
        let direction = run[0].isBlock ? nil : Markup.direction(of: run)
        if let direction, direction != around.direction {
          output += "<span dir=\"\(direction.rawValue)\">"
          var inside = within
          inside.direction = direction
          write(run, inside)
          output += "</span>"
        } else {
          write(run, within)
        }
      }
    }
    output += "</li>\n"
  }

  // MARK: Looks

  private mutating func writeLooks(
    of element: Markup.Element, _ direction: TextDirection?, _ around: Surroundings, _ more: [String]
  ) {
    let side = direction == .rtl ? "right" : "left"
    var looks: [String] = []
    let isSetIn = Self.indent(of: element.tag, around) > 0
    switch element.tag {
    case .blockquote:
      looks = ["margin:.6em 0"] + (isSetIn ? ["padding-\(side):.8em"] : []) + ["border-\(side):3px solid #888"]
    case .ul, .ol: looks = ["margin:.6em 0", "padding:0"] + (isSetIn ? ["padding-\(side):1.8em"] : [])
    case .dd: looks = ["margin:0"] + (isSetIn ? ["margin-\(side):1.8em"] : [])
    case .table:
      output += " border=\"1\" cellpadding=\"4\""
      looks = ["border-collapse:collapse"]
    // A long line would make a phone show all of the mail small, and be cut on paper.
    case .pre: looks = ["white-space:pre-wrap", "overflow-wrap:anywhere"]
    // The mail's own title is larger than any of them.
    case .h1: looks = ["font-size:1.15em"]
    case .h2: looks = ["font-size:1.1em"]
    case .h3, .h4, .h5, .h6: looks = ["font-size:1em"]
    default: break
    }
    if let list = around.list, let direction, direction != list,
      [.p, .div].contains(element.tag)
        || element.tag.headingLevel != nil
    {
      looks.append("text-align:\(list == .rtl ? "right" : "left")")
    }
    looks += more
    if !looks.isEmpty { output += " style=\"\(looks.joined(separator: ";"))\"" }
  }

  /// CSS pixels that a phone and a sheet of paper have at least for what is set in by nothing.
  private static let (phone, paper) = (290, 620)
  /// CSS pixels that a text may be set in by; quotations and lists that are nested deeper stand where those around do.
  private static let indentLimit = 150

  private static func indent(of tag: Markup.Tag, _ around: Surroundings) -> Int {
    let own =
      switch tag {
      case .blockquote: 16
      case .ul, .ol, .dd: 29
      default: 0
      }
    return around.indent + own <= indentLimit ? own : 0
  }

  /// A table that a phone has no room for is moved by itself, not all of the mail with it. One too wide for paper has
  /// its words broken.
  private mutating func writeTable(_ table: Markup.Element, _ around: Surroundings) {
    let own = direction(of: table, around)
    let said = own.flatMap { says($0, of: table, around) ? $0 : nil }
    let width = TableWidth.of(table)
    let scrolls = width > Self.phone - around.indent
    if scrolls {
      if output.utf8.last.map({ $0 != 0x0A }) ?? false { output += "\n" }
      // It is seen from the side of its first column.
      output += "<div" + (said.map { " dir=\"\($0.rawValue)\"" } ?? "") + " style=\"overflow-x:auto\">\n"
    }
    let looks = width > Self.paper ? ["min-width:36em", "overflow-wrap:anywhere"] : []
    open(table, scrolls ? nil : said, around, own, looks: looks)
    write(table.children, within(table, own, around))
    output += scrolls ? "</table>\n</div>\n" : "</table>\n"
  }
}

extension Markup.Attributes {
  /// Whether words of that language and direction need no mark among others.
  fileprivate func isLike(_ direction: TextDirection?, _ language: LanguageTag?) -> Bool {
    guard direction == self.direction else { return false }
    return language == nil || self.language?.isOneLanguage(with: language) ?? true
  }
}

extension Collection {
  /// Neighbours that belong together, in their order.
  fileprivate func split(before parts: (Element, Element) -> Bool) -> [[Element]] {
    reduce(into: []) { runs, element in
      if let last = runs.last?.last, !parts(last, element) {
        runs[runs.count - 1].append(element)
      } else {
        runs.append([element])
      }
    }
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
