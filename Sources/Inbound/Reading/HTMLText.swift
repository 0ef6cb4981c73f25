/// HTML as the text that a reader sees, roughly: tags go, blocks end lines, entities are read. Linear in its input.
///
/// It is for finding words, not for showing them: nothing here is fit to be a page. What mail programs say by the
/// structure of their HTML (`HTMLStructure`) comes along, line by line.
enum HTMLText {
  /// What the structure says of a line.
  enum Hint: Sendable {
    /// Nothing.
    case none
    /// It introduces a quotation.
    case introduction
    /// It belongs to a message that is quoted whole, as does all that follows.
    case other
    /// It is of a signature.
    case signature
  }

  /// A line, quotations behind `> `.
  struct Line: Sendable {
    var text: String
    var hint: Hint
  }

  /// The text, with quotations (`blockquote`, and what mail programs mark as one) behind `> `.
  static func text(of html: String) -> String {
    lines(of: html).lazy.map(\.text).joined(separator: "\n")
  }

  /// The same in lines, with what the structure says of each.
  static func lines(of html: String) -> [Line] {
    // What is called HTML and has no tag that ends a line is plain text.
    guard hasTags(html) else {
      return html.split(separator: "\n", omittingEmptySubsequences: false).map { Line(text: String($0), hint: .none) }
    }
    var reader = HTMLReader(octets: Array(html.utf8))
    return reader.read()
  }

  private static func hasTags(_ html: String) -> Bool {
    let beginning = html.utf8.prefix(200_000)
    return String(Substring(beginning)).lowercased().hasAny(["<br", "<p", "<div", "<td", "<body", "<html", "<span"])
  }
}

/// The one pass over the octets.
private struct HTMLReader {
  let octets: [UInt8]
  private var lines: [HTMLText.Line] = []
  private var line: [UInt8] = []
  private var index = 0
  /// Elements that are open; at most 1000, deeper ones are not told apart.
  private var open: [(name: String, role: HTMLStructure.Role)] = []
  private var quotes = 0
  private var signatures = 0
  private var introductions = 0
  private var hidden = 0
  private var preformatted = 0
  /// Lists that are open, each with the number of its next item; nil where its items have none. At most 100.
  private var lists: [Int?] = []
  /// In front of an item's first word.
  private var itemMark: [UInt8] = []
  /// Whether all that follows is another message.
  private var isOther = false
  private var hint = HTMLText.Hint.none
  /// Where the link leads that is open, and what of its words is to be read in which line.
  private var link: (href: String, line: Int, start: Int)?
  private var isLineStart = true
  /// Whether the paragraph that is open has no room around it.
  private var isTight = false
  /// Octets that may still be looked at in vain for the end of what is quoted in a tag.
  private var patience = 1_000_000

  init(octets: [UInt8]) { self.octets = octets }

  mutating func read() -> [HTMLText.Line] {
    while index < octets.count {
      switch octets[index] {
      case 0x3C: tag()
      case 0x26: entity()
      case 0x0A where preformatted > 0:
        breakLine()
        index += 1
      case 0x20, 0x09, 0x0A, 0x0D:
        if preformatted > 0, !isLineStart || octets[index] == 0x20 {
          put(0x20)
        } else if !isLineStart, line.last != 0x20 {
          line.append(0x20)
        }
        index += 1
      // A blank that breaks no line.
      case 0xC2 where index + 1 < octets.count && octets[index + 1] == 0xA0:
        put(0x20)
        index += 2
      default:
        put(octets[index])
        index += 1
      }
    }
    if !isLineStart { breakLine() }
    return lines
  }

  private mutating func put(_ octet: UInt8) {
    guard hidden == 0 else { return }
    if isLineStart {
      for _ in 0..<min(quotes, 5) { line += [0x3E, 0x20] }
      isLineStart = false
      hint = isOther ? .other : introductions > 0 ? .introduction : signatures > 0 ? .signature : .none
      line += itemMark
      itemMark = []
    }
    line.append(octet)
  }

  private mutating func breakLine() {
    while line.last == 0x20 { line.removeLast() }
    if isLineStart { hint = isOther ? .other : signatures > 0 ? .signature : .none }
    lines.append(HTMLText.Line(text: String(decoding: line, as: UTF8.self), hint: hint))
    line = []
    isLineStart = true
  }

  /// Ends a line that has something on it.
  private mutating func endLine() { if !isLineStart { breakLine() } }

  /// Leaves a blank line, unless there is one.
  private mutating func endParagraph() {
    endLine()
    // The items of a list stand close together.
    guard lists.isEmpty else { return }
    if let last = lines.last, !last.text.isEmpty { breakLine() }
  }

  private mutating func tag() {
    if octets[index...].starts(with: [0x3C, 0x21, 0x2D, 0x2D]) {
      skip(behind: Array("-->".utf8))
      return
    }
    let next = index + 1 < octets.count ? octets[index + 1] : 0
    // A `<` that begins no tag is itself.
    guard (0x61...0x7A).contains(next.lowerCased) || next == 0x2F || next == 0x21 || next == 0x3F else {
      put(0x3C)
      index += 1
      return
    }
    guard let end = tagEnd() else {
      index = octets.count
      return
    }
    let inside = octets[(index + 1)..<end]
    index = end + 1
    let isClosing = inside.first == 0x2F
    let name = String(
      decoding: inside.dropFirst(isClosing ? 1 : 0).prefix {
        $0.isDigit || (0x61...0x7A).contains($0.lowerCased)
      }.prefix(12).map(\.lowerCased), as: UTF8.self)
    let attributes = isClosing ? [] : inside.dropFirst(name.utf8.count)
    lay(out: name, isClosing, attributes)
    if name == "a" || name == "img" { reference(name, isClosing, attributes) }
    if Self.containers.contains(name) {
      if isClosing { close(name) } else if inside.last != 0x2F || name == "div" { enter(name, attributes) }
    } else if name == "a" || name == "p" || name == "hr", !isClosing, HTMLStructure.role(name, attributes) == .other {
      isOther = true
    }
  }

  /// What a tag does to the lines.
  private mutating func lay(out name: String, _ isClosing: Bool, _ attributes: ArraySlice<UInt8>) {
    switch name {
    case "br": breakLine()
    case "script", "style", "title": if !isClosing { skip(behind: Array("</\(name)".utf8)) }
    case "ul", "ol":
      if isClosing { _ = lists.popLast() }
      endParagraph()
      if !isClosing, lists.count < 100 { lists.append(name == "ol" ? Self.start(attributes) : nil) }
    case "li":
      endLine()
      if !isClosing { beginItem() }
    // Word leaves no room between its paragraphs: one that is blank stands where a blank line is meant.
    case "p" where isClosing ? isTight : HTMLStructure.isTight(attributes):
      endLine()
      isTight = !isClosing
    case "p", "h1", "h2", "h3", "h4", "table", "pre":
      endParagraph()
      isTight = false
    case "div", "tr", "dd", "dt", "blockquote", "section", "article", "center", "address":
      endLine()
    case "hr":
      endLine()
      if HTMLStructure.role(name, attributes) == .other { isOther = true }
      for octet in "-----".utf8 { put(octet) }
      endLine()
    case "td", "th": if !isLineStart, line.last != 0x20 { put(0x20) }
    default: break
    }
    if name == "pre" { preformatted = max(0, preformatted + (isClosing ? -1 : 1)) }
  }

  /// An item's number or mark, further in for each list that it stands in.
  private mutating func beginItem() {
    guard let last = lists.last else { return }
    itemMark = [UInt8](repeating: 0x20, count: (lists.count - 1) * 2)
    itemMark += Array((last.map { "\($0). " } ?? "- ").utf8)
    if let number = last { lists[lists.count - 1] = number + 1 }
  }

  /// The number of a list's first item.
  private static func start(_ attributes: ArraySlice<UInt8>) -> Int {
    let text = String(decoding: attributes.prefix(200).lazy.map(\.lowerCased), as: UTF8.self)
    guard let value = text.rest(behind: " start=") else { return 1 }
    return Int(value.drop { $0 == "\"" || $0 == "'" }.prefix { $0.isASCII && $0.isNumber }.prefix(6)) ?? 1
  }

  /// Where a person's link leads stands behind its words, and what a picture says in its place: text alone has neither.
  private mutating func reference(_ name: String, _ isClosing: Bool, _ attributes: ArraySlice<UInt8>) {
    guard quotes == 0, signatures == 0, introductions == 0, hidden == 0, !isOther else { return }
    switch (name, isClosing) {
    case ("img", false):
      let alt = HTMLStructure.value(of: "alt", in: attributes)?.trimmedOfWhitespace ?? ""
      guard !alt.isEmpty, alt.utf8.count <= 300 else { return }
      // Programs write emoji as pictures.
      let isPlain = !alt.utf8.contains { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A }
      for octet in (isPlain ? alt : "[\(alt)]").utf8 { put(octet) }
    case ("a", false):
      let href = HTMLStructure.value(of: "href", in: attributes)?.trimmedOfWhitespace ?? ""
      let isLink = ["http://", "https://", "mailto:"].contains { href.lowercased().hasPrefix($0) }
      link = isLink && href.utf8.count <= 2000 ? (href, lines.count, line.count) : nil
    case ("a", true):
      guard let (href, at, start) = link else { return }
      link = nil
      let isWrapped = at != lines.count
      guard isWrapped ? !line.isEmpty : start < line.count else { return }
      let words = String(decoding: isWrapped ? line[...] : line[start...], as: UTF8.self).lowercased()
      // Words that are the address say where it leads.
      let address =
        href.lowercased().split(separator: "?", maxSplits: 1)[0].split(separator: ":", maxSplits: 1).last ?? ""
      let bare = address.drop { $0 == "/" }
      let name = bare.last == "/" ? bare.dropLast() : bare
      guard !name.isEmpty, !words.contains(name) else { return }
      for octet in " <\(href)>".utf8 { put(octet) }
    default: break
    }
  }

  private static let containers: Set<String> = [
    "div", "blockquote", "span", "table", "td", "section", "font", "article", "includetail",
  ]

  /// Where the tag ends: `>` in quotation marks does not end it, if they are closed.
  private mutating func tagEnd() -> Int? {
    var place = index + 1
    var quote: UInt8 = 0
    let limit = min(octets.count, index + min(20_000, patience))
    while place < limit {
      let octet = octets[place]
      if quote != 0 {
        if octet == quote { quote = 0 }
      } else if octet == 0x22 || octet == 0x27 {
        if octets[place - 1] == 0x3D || octets[place - 1] == 0x20 { quote = octet }
      } else if octet == 0x3E {
        return place
      }
      place += 1
    }
    patience -= limit - index
    return octets[index...].firstIndex(of: 0x3E)
  }

  private mutating func enter(_ name: String, _ attributes: ArraySlice<UInt8>) {
    guard open.count < 1000 else { return }
    let role = attributes.isEmpty && name != "blockquote" ? .none : HTMLStructure.role(name, attributes)
    open.append((name, role))
    switch role {
    case .none: break
    case .quote: quotes += 1
    case .signature: signatures += 1
    case .introduction: introductions += 1
    case .hidden: hidden += 1
    case .other: isOther = true
    }
    if role != .none, name == "span" { endLine() }
  }

  private mutating func close(_ name: String) {
    // What was not closed within is closed with it.
    guard let place = open.suffix(40).lastIndex(where: { $0.name == name }) else { return }
    for element in open[place...] {
      switch element.role {
      case .none, .other: break
      case .quote: quotes -= 1
      case .signature: signatures -= 1
      case .introduction: introductions -= 1
      case .hidden: hidden -= 1
      }
    }
    open.removeSubrange(place...)
  }

  private mutating func skip(behind end: [UInt8]) {
    var place = index + 1
    while place + end.count <= octets.count {
      if octets[place] == end[0], zip(octets[place...], end).allSatisfy({ $0.lowerCased == $1 }) {
        index = place + end.count
        if end.first == 0x3C { index = (octets[index...].firstIndex(of: 0x3E) ?? octets.count - 1) + 1 }
        return
      }
      place += 1
    }
    index = octets.count
  }

  private mutating func entity() {
    let window = octets[(index + 1)...].prefix(12)
    guard let end = window.firstIndex(of: 0x3B), end > index + 1 else {
      put(0x26)
      index += 1
      return
    }
    let name = String(decoding: octets[(index + 1)..<end], as: UTF8.self)
    index = end + 1
    let text: String
    if name.hasPrefix("#") {
      let digits = name.dropFirst()
      let value = digits.lowercased().hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
      text = value.flatMap(Unicode.Scalar.init).map { $0 == "\u{A0}" ? " " : String($0) } ?? "\u{FFFD}"
    } else {
      text = HTMLEntities.text(of: name) ?? "&\(name);"
    }
    for octet in text.utf8 { put(octet) }
  }
}

/// The named entities of HTML 4 that letters have.
private enum HTMLEntities {
  static func text(of name: String) -> String? { table[name] }

  private static let table: [String: String] = {
    var result: [String: String] = [
      "lt": "<", "gt": ">", "amp": "&", "quot": "\"", "apos": "'", "nbsp": " ", "rsquo": "’", "lsquo": "‘",
      "sbquo": "‚", "ldquo": "“", "rdquo": "”", "bdquo": "„", "ndash": "–", "mdash": "—", "hellip": "…", "bull": "•",
      "euro": "€", "trade": "™", "zwnj": "\u{200C}", "zwj": "\u{200D}", "lrm": "\u{200E}", "rlm": "\u{200F}",
      "ensp": " ", "emsp": " ", "thinsp": " ", "oelig": "œ", "OElig": "Œ", "scaron": "š", "Scaron": "Š", "rarr": "→",
      "larr": "←", "lsaquo": "‹", "rsaquo": "›", "minus": "−", "tab": " ", "Tab": " ", "NewLine": " ",
    ]
    for (offset, name) in latin.split(separator: " ").enumerated() {
      result[String(name)] = Unicode.Scalar(UInt32(0xA1 + offset)).map { String($0) }
    }
    return result
  }()

  /// U+00A1 to U+00FF, in their order.
  private static let latin = """
    iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para \
    middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave \
    Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute \
    Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave \
    iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml
    """
}
