import CXML
import Text

/// Reads HTML as a browser would, and keeps what a mail may hold.
///
/// libxml2 parses (it recovers from anything), this walks its tree and takes over what stands on the allow-list.
/// Elements that run or load something are dropped with their content; unknown ones are dropped and their content kept.
/// Nesting beyond `depthLimit` is flattened; what lies beyond the budget, or deeper than the parser goes, is left out
/// and `isComplete` says so. It never fails.
struct HTMLReader {
  /// Levels of elements that are kept; deeper ones are dissolved into the last level.
  static let depthLimit = 48

  /// Octets of HTML that may still be written.
  private var budget: Int
  /// Where links that open with `/` belong.
  private let base: SafeURL?
  /// False as soon as anything is left out that a reader would have seen.
  private var isComplete = true
  /// Open elements from the outside in, the children collected so far in each.
  private var open: [Markup.Element] = [Markup.Element(tag: .div)]

  /// - Parameter limit: octets of HTML at which the text is cut.
  static func read(_ html: String, base: SafeURL?, limit: Int) -> (nodes: [Markup], isComplete: Bool) {
    var reader = HTMLReader(budget: limit, base: base)
    // Tags cost more than they show; what is cut here would be cut again behind the parser.
    let source = html.utf8.count > limit * 2 ? String(decoding: html.utf8.prefix(limit * 2), as: UTF8.self) : html
    if source.utf8.count < html.utf8.count { reader.isComplete = false }
    if let document = HTMLDocument(source.multiLine()) {
      reader.walk(document)
      if !document.isWhole { reader.isComplete = false }
    }
    while reader.open.count > 1 { reader.close() }
    return (reader.open[0].children, reader.isComplete)
  }

  private init(budget: Int, base: SafeURL?) {
    self.budget = budget
    self.base = base
  }

  /// Goes through the C tree without recursion, so that no depth can exhaust the stack.
  private mutating func walk(_ document: borrowing HTMLDocument) {
    guard let root = document.root else { return }
    var node = root
    while true {
      if let child = enter(node) {
        node = child
        continue
      }
      while node.pointee.next == nil || node == root {
        if node == root { return }
        node = node.pointee.parent
        leave(node)
        if node == root { return }
      }
      node = node.pointee.next
    }
  }

  /// Takes a node over; returns its first child if there is more to see within.
  private mutating func enter(_ node: xmlNodePtr) -> xmlNodePtr? {
    guard budget > 0 else {
      isComplete = false
      return nil
    }
    switch node.pointee.type {
    case XML_TEXT_NODE:
      if let content = node.pointee.content { append(String(cString: content)) }
      return nil
    case XML_ELEMENT_NODE:
      let name = String(cString: node.pointee.name).lowercased()
      if name == "img" { appendImage(node) }
      switch Policy.of(name) {
      case .drop: return nil
      case .dissolve: return node.pointee.children
      case .keep(let tag): return enter(node, as: tag)
      }
    default: return nil
    }
  }

  /// Opens an element that is kept and charges its tags to the budget; one without content is finished at once.
  private mutating func enter(_ node: xmlNodePtr, as tag: Markup.Tag) -> xmlNodePtr? {
    budget -= 2 * tag.rawValue.utf8.count + 5
    if tag.isVoid {
      open[open.count - 1].children.append(.element(tag))
      return nil
    }
    let element = Markup.Element(tag: tag, attributes: attributes(of: node, tag))
    guard node.pointee.children != nil else {
      open[open.count - 1].children.append(.element(element))
      return nil
    }
    if open.count < Self.depthLimit { open.append(element) }
    depth += 1
    return node.pointee.children
  }

  /// Kept elements above the current node, whether they found room in `open` or not.
  private var depth = 0

  /// Closes what `enter` opened, unless it was dissolved for its depth.
  private mutating func leave(_ node: xmlNodePtr) {
    guard node.pointee.type == XML_ELEMENT_NODE,
      case .keep = Policy.of(String(cString: node.pointee.name).lowercased())
    else { return }
    depth -= 1
    if open.count > depth + 1 { close() }
  }

  /// Moves the innermost open element into the one around it.
  private mutating func close() {
    let element = open.removeLast()
    open[open.count - 1].children.append(.element(element))
  }

  /// Adds text, cleaned once more (an entity may stand for a control), as far as the budget goes.
  private mutating func append(_ raw: String) {
    var text = raw.multiLine()
    let cost = text.utf8.reduce(0) { $0 + ($1 == 0x26 || $1 == 0x3C || $1 == 0x3E ? 5 : 1) }
    if cost > budget {
      text = text.cut(to: max(budget, 0))
      isComplete = false
    }
    budget -= cost
    if !text.isEmpty { open[open.count - 1].children.append(.text(text)) }
  }

  /// A picture is not loaded: its words stand for it, and a link if it lies on the web and is not in a link already.
  private mutating func appendImage(_ node: xmlNodePtr) {
    let words = (attribute("alt", of: node) ?? "").singleLine(limit: 300)
    let url = attribute("src", of: node).flatMap { SafeURL($0, base: base) }
    budget -= words.utf8.count + (url?.value.utf8.count ?? 0) + 16
    let isInLink = open.contains { $0.attributes.href != nil }
    switch (url, words.isEmpty) {
    case (let url?, _) where url.isWeb && !isInLink:
      open[open.count - 1].children.append(.link(url, words.isEmpty ? "[…]" : "[\(words)]"))
    case (_, false): open[open.count - 1].children.append(.text("[\(words)]"))
    case (_, true) where isInLink: open[open.count - 1].children.append(.text("[…]"))
    default: break
    }
  }

  /// The few that a mail may have, each checked; all others, `style`, `class` and handlers among them, are never looked
  /// at.
  private mutating func attributes(of node: xmlNodePtr, _ tag: Markup.Tag) -> Markup.Attributes {
    var result = Markup.Attributes()
    guard node.pointee.properties != nil else { return result }
    result.direction = attribute("dir", of: node).flatMap { TextDirection(rawValue: $0.lowercased()) }
    result.language = LanguageTag(attribute("lang", of: node))
    if tag == .a { result.href = attribute("href", of: node).flatMap { SafeURL($0, base: base) } }
    if tag == .td || tag == .th {
      result.columnSpan = span("colspan", of: node)
      result.rowSpan = span("rowspan", of: node)
    }
    if tag == .ol {
      result.start = attribute("start", of: node).flatMap { Int($0) }.flatMap {
        $0 != 1 && (0...999_999_999).contains($0) ? $0 : nil
      }
    }
    budget -= 12 + (result.href?.value.utf8.count ?? 0)
    return result
  }

  /// 2...100; a table of more columns or rows is nobody's, and 1 is what it is without.
  private func span(_ name: String, of node: xmlNodePtr) -> Int? {
    attribute(name, of: node).flatMap { Int($0) }.flatMap { (2...100).contains($0) ? $0 : nil }
  }

  /// A copy of an attribute's value, entities resolved; nil if there is none.
  private func attribute(_ name: String, of node: xmlNodePtr) -> String? {
    guard let value = xmlGetNoNsProp(node, name) else { return nil }
    defer { watchpost_xml_free(value) }
    return String(cString: value)
  }
}

/// What becomes of an element of somebody's HTML.
private enum Policy {
  case keep(Markup.Tag)
  /// The element goes, its content stays.
  case dissolve
  /// The element goes with its content.
  case drop

  /// - Parameter name: lower-case. An element that nobody knows is dissolved: its words are kept.
  static func of(_ name: String) -> Policy { table[name] ?? .dissolve }

  /// What is dropped runs, loads, asks for input, or is not part of the text at all.
  private static let table: [String: Policy] = {
    var table: [String: Policy] = [:]
    for tag in Markup.Tag.allCases { table[tag.rawValue] = .keep(tag) }
    for name in [
      "section", "article", "header", "footer", "main", "nav", "aside", "address", "figure", "figcaption", "center",
      "details", "summary", "fieldset", "legend",
    ] { table[name] = .keep(.div) }
    table["strike"] = .keep(.s)
    table["tfoot"] = .keep(.tbody)
    table["tt"] = .keep(.code)
    table["kbd"] = .keep(.code)
    table["samp"] = .keep(.code)
    for name in [
      "script", "style", "iframe", "object", "applet", "svg", "math", "form", "head", "title", "link", "meta",
      "base", "template", "noscript", "textarea", "select", "option", "button", "input", "audio", "video", "canvas",
      "frame", "frameset", "noframes", "noembed", "map", "area", "param", "img", "xmp", "plaintext",
      "listing", "portal", "slot", "dialog",
    ] { table[name] = .drop }
    return table
  }()
}

/// The one owner of a tree of libxml2.
private struct HTMLDocument: ~Copyable {
  /// Freed with this value, once: the type cannot be copied.
  private let document: htmlDocPtr
  /// False if the parser gave up: elements nested deeper than it goes (256 levels).
  let isWhole: Bool

  /// nil if the parser gives no tree at all (an empty text, for one).
  init?(_ text: String) {
    _ = Self.ready
    guard let parser = htmlNewParserCtxt() else { return nil }
    defer { htmlFreeParserCtxt(parser) }
    // A tag's attributes are compared each with each other: no more names than about 5 KB, the rest is passed over.
    xmlDictSetLimit(parser.pointee.dict, 1000)
    var text = text
    let options =
      HTML_PARSE_RECOVER.rawValue | HTML_PARSE_NOERROR.rawValue | HTML_PARSE_NOWARNING.rawValue
      | HTML_PARSE_NONET.rawValue | HTML_PARSE_NODEFDTD.rawValue | HTML_PARSE_IGNORE_ENC.rawValue
    let parsed = text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) {
        htmlCtxtReadMemory(parser, $0.baseAddress, Int32($0.count), nil, "UTF-8", Int32(bitPattern: options))
      }
    }
    guard let parsed else { return nil }
    document = parsed
    isWhole = parser.pointee.disableSAX == 0
  }

  deinit { xmlFreeDoc(document) }

  /// nil for a document without any element.
  var root: xmlNodePtr? { xmlDocGetRootElement(document) }

  /// libxml2 wants its tables made before threads use it.
  private static let ready: Void = xmlInitParser()
}
