import CGumbo
import Mail
import Text

/// Reads HTML as a browser would, and keeps what a mail may hold.
///
/// gumbo parses by the HTML standard, this walks its tree and does with each element what `Allowance` says. Nesting beyond
/// `depthLimit` is flattened; what lies beyond the budget is left out and `isComplete` says so; what cannot be shown is
/// left out and `isAllShown` says so. It never fails: what is too much for the parser is made simpler (`HTMLSource`).
struct HTMLReader {
  /// Levels of elements that are kept; deeper ones are dissolved into the last level.
  static let depthLimit = 48

  /// Octets of HTML that may still be written.
  var budget: Int
  /// The page that addresses without a scheme or a host belong to.
  let base: SafeURL?
  /// The text's own, as far as the forum knows.
  let language: LanguageTag?
  let words: MarkupWords
  var isComplete = true
  var isAllShown = true
  /// Open elements from the outside in, the children collected so far in each.
  private(set) var open: [Markup.Element] = [Markup.Element(tag: .div)]
  /// Open elements of HTML's tree, whether they are kept or not.
  private(set) var frames: [Frame] = []
  /// `q` in `q`.
  var quotations = 0
  /// Something was left out that a browser does not show either.
  private var hasDropped = false
  /// Nothing was written since a picture's words.
  var isBehindPicture = false
  /// What abbreviations stand for, as far as it was said.
  var spelledOut: Set<String> = []

  /// An element under way.
  struct Frame {
    let node: HTMLTree.Node
    let name: String
    /// The next of its children.
    var next = 0
    /// How many elements were begun in it.
    var elements = 0
    let closing: Closing
  }

  /// What its end does.
  enum Closing {
    /// So many of `open` are closed, then the text follows.
    case pop(Int, then: String)
    case quotation(String)
  }

  /// - Parameters:
  ///   - limit: octets of HTML at which the text is cut.
  ///   - language: the text's, which gives its quotation marks.
  static func read(
    _ html: String, base: SafeURL?, limit: Int, words: MarkupWords = .english, language: LanguageTag? = nil
  ) -> ReadMarkup {
    // Tags cost more than they show; what is cut here would be cut again behind the parser.
    var source = HTMLSource(html, limit: limit * 2)
    var reader = HTMLReader(budget: limit, base: base, language: language, words: words)
    while !source.octets.isEmpty {
      do {
        let tree = try HTMLTree(source.octets)
        reader.walk(tree.root)
        break
      } catch {
        source.simplify(after: error)
      }
    }
    let nodes = LinkFinder.linked(Markup.folded(reader.open[0].children))
    // A post of which nothing is seen has something that a mail cannot show.
    let isEmpty = reader.hasDropped && nodes.allSatisfy(\.isBlank)
    return ReadMarkup(
      nodes: nodes, isComplete: reader.isComplete && source.isWhole, isAllShown: reader.isAllShown && !isEmpty)
  }

  private init(budget: Int, base: SafeURL?, language: LanguageTag?, words: MarkupWords) {
    self.budget = budget
    self.base = base
    self.language = language
    self.words = words
  }

  /// Goes through the C tree without recursion, so that no depth can exhaust the stack.
  private mutating func walk(_ root: HTMLTree.Node) {
    frames = [Frame(node: root, name: "", closing: .pop(0, then: ""))]
    while let frame = frames.last {
      let list = frame.node.pointee.v.element.children
      guard frame.next < Int(list.length), let child = list.data[frame.next] else {
        frames.removeLast()
        close(frame.closing)
        continue
      }
      frames[frames.count - 1].next += 1
      if let entered = enter(HTMLTree.Node(child.assumingMemoryBound(to: GumboNode.self)), of: frame) {
        frames.append(entered)
      }
    }
  }

  /// Takes a node over; returns a frame if there is more to see within.
  private mutating func enter(_ node: HTMLTree.Node, of parent: Frame) -> Frame? {
    switch node.pointee.type {
    case GUMBO_NODE_TEXT, GUMBO_NODE_WHITESPACE, GUMBO_NODE_CDATA:
      append(String(cString: node.pointee.v.text.text))
      return nil
    case GUMBO_NODE_ELEMENT: break
    default: return nil
    }
    guard budget > 0 else {
      isComplete = false
      return nil
    }
    frames[frames.count - 1].elements += 1
    // A form that the parser makes up for HTML's first years.
    if node.pointee.parse_flags.rawValue & GUMBO_INSERTION_FROM_ISINDEX.rawValue != 0 { return nil }
    let name = node.name
    let style = InlineStyle(node["style"])
    // A page's own element is the forum's, whatever a post says of it.
    if name != "html", name != "body", style.isHidden || node["hidden"] != nil {
      hasDropped = true
      return nil
    }
    func frame(_ closing: Closing = .pop(0, then: "")) -> Frame { Frame(node: node, name: name, closing: closing) }
    if style.isListMark {
      appendListMark(node)
      return nil
    }
    if node.isFormula { return enterFormula(name, of: parent) ? frame() : nil }
    if node.isDrawing {
      return enterDrawing(node, name, isOutermost: !parent.node.isDrawing) ? frame() : nil
    }
    switch Allowance.of(name) {
    case .drop:
      // A page without scripts shows what stands for them (`HTMLSource` gives it this name); the parser makes a head for
      // every page.
      let isForOthers = name == "noframes"
      if isForOthers, !node.words(limit: 1000).showsNothing { isAllShown = false }
      if !isForOthers, name != "head" { hasDropped = true }
      return nil
    case .keep(let tag): return keep(node, name, tag, style).map { frame($0) }
    case .dissolve:
      let meaning = name == "abbr" || name == "acronym" ? spelledOut(node, at: parent) : ""
      return frame(.pop(emphasise(style), then: meaning))
    case .image:
      appendImage(node, style)
      return nil
    case .media: return enterMedia(node, name) ? frame() : nil
    case .control: return enterControl(node, name, of: parent).map { frame($0) }
    case .quotation: return frame(.quotation(openQuotation()))
    case .reading:
      let isWide = node.words(limit: 100).unicodeScalars.contains { $0.value >= 0x2E80 }
      append(isWide ? "（" : " (")
      return frame(.pop(0, then: isWide ? "）" : ")"))
    case .drawing: return nil
    }
  }

  /// Closes what `enter` opened.
  private mutating func close(_ closing: Closing) {
    switch closing {
    case .pop(let count, let text):
      for _ in 0..<count { close() }
      if !text.isEmpty { append(text) }
    case .quotation(let mark):
      quotations -= 1
      append(mark)
    }
  }

  /// Moves the innermost open element into the one around it. A link without words is its address; one that is a place to
  /// be led to within the page is nothing.
  private mutating func close() {
    if let url = open[open.count - 1].attributes.href, open[open.count - 1].children.allSatisfy(\.isBlank) {
      if url.leadsWithin(base) {
        let blank = open.removeLast()
        open[open.count - 1].children += blank.children
        return
      }
      append(url.words)
    } else if let url = open[open.count - 1].attributes.href, let host = url.host {
      let words = MarkupText.line(of: open[open.count - 1].children)
      if LinkFinder.misleads(words, to: host) { append(" (\(host))") }
    }
    let element = open.removeLast()
    open[open.count - 1].children.append(.element(element))
  }

  /// Adds text, cleaned once more (a reference may stand for a control), as far as the budget goes.
  mutating func append(_ raw: String) {
    var text = raw.multiLine()
    if open[open.count - 1].tag.holdsNoWords, text.allSatisfy(\.isWhitespace) { return }
    let cost = text.utf8.reduce(0) { $0 + ($1 == 0x26 || $1 == 0x3C || $1 == 0x3E ? 5 : 1) }
    if cost > budget {
      if !text.allSatisfy(\.isWhitespace) { isComplete = false }
      text = text.cut(to: max(budget, 0))
    }
    budget -= cost
    guard !text.isEmpty else { return }
    isBehindPicture = false
    let last = open[open.count - 1].children.count - 1
    if last >= 0, case .text(var before) = open[open.count - 1].children[last] {
      // Taken out, so that it grows where it is.
      open[open.count - 1].children[last] = .text("")
      before += text
      open[open.count - 1].children[last] = .text(before)
    } else {
      open[open.count - 1].children.append(.text(text))
    }
  }

  /// Adds a space before what stands next, and before the link or the emphasis that begins with that.
  mutating func appendSpace() {
    let index = open.lastIndex { !$0.children.isEmpty || !$0.tag.isInline } ?? 0
    open[index].children.append(.text(" "))
  }

  /// Adds a finished node.
  mutating func append(_ node: Markup, cost: Int) {
    budget -= cost
    isBehindPicture = false
    open[open.count - 1].children.append(node)
  }

  var isInLink: Bool { open.contains { $0.attributes.href != nil } }
}

// MARK: - Elements that are kept

extension HTMLReader {
  /// Opens an element and charges its tags to the budget.
  /// - Returns: what its end does; nil if there is nothing within to go through.
  private mutating func keep(_ node: HTMLTree.Node, _ name: String, _ tag: Markup.Tag, _ style: InlineStyle) -> Closing?
  {
    if tag.isVoid {
      append(.element(tag), cost: tag.rawValue.utf8.count + 2)
      return nil
    }
    if tag == .a, isFootnote(node) { return nil }
    var element = Markup.Element(tag: tag, attributes: attributes(of: node, tag, style))
    switch tag {
    case .b where style.isNotBold, .strong where style.isNotBold:
      return .pop(emphasise(style), then: "")
    // Once is enough; in the text part each would have its sign.
    case .b, .strong, .i, .em, .u, .s, .del, .ins, .code:
      let isAgain = open.contains { $0.tag == tag } && element.attributes == Markup.Attributes()
      if isAgain { return .pop(0, then: "") }
    // Small upon small nobody could read.
    case .sub, .sup: if open.contains(where: { $0.tag == .sub || $0.tag == .sup }) { return .pop(0, then: "") }
    case .span where element.attributes == Markup.Attributes(): return .pop(emphasise(style), then: "")
    case .a:
      guard let url = element.attributes.href else { return .pop(emphasise(style), then: "") }
      // A link in a link is two for some programs and one for others.
      if isInLink {
        let isOuter = open.contains { $0.attributes.href == url }
        return .pop(0, then: isOuter || !url.isWeb ? "" : " <\(url.value)>")
      }
    // Quill has one kind of list, whose items say what they are.
    case .ol:
      let first = node.children.first { $0.isElement }
      if first?["data-list"] == "bullet" { (element.tag, element.attributes.numbering) = (.ul, nil) }
    default: break
    }
    budget -= 2 * element.tag.rawValue.utf8.count + 5
    let lists = openList(for: tag)
    let isOpen = push(element)
    if name == "li", let list = node["data-list"] {
      if list == "checked" { append("☑ ") }
      if list == "unchecked" { append("☐ ") }
    }
    if isOpen { return .pop(1 + lists, then: "") }
    for _ in 0..<lists { close() }
    if !tag.isInline { append(" ") }
    return .pop(0, then: tag.isInline ? "" : " ")
  }

  /// An item that stands in no list gets one, or goes on with the one right before: written without, it could be read as
  /// the end of an item around it.
  /// - Returns: how many were opened.
  private mutating func openList(for tag: Markup.Tag) -> Int {
    let parent = open[open.count - 1]
    let list: Markup.Tag
    switch tag {
    case .li where parent.tag != .ul && parent.tag != .ol: list = .ul
    case .dt where parent.tag != .dl, .dd where parent.tag != .dl:
      if parent.tag == .div, open.count > 1, open[open.count - 2].tag == .dl { return 0 }
      list = .dl
    default: return 0
    }
    guard push(Markup.Element(tag: list)) else { return 0 }
    let around = open.count - 2
    // In place: what stands before it may be long.
    var before = open[around].children.count - 1
    while before >= 0, open[around].children[before].isBlank, !open[around].children[before].isBlock { before -= 1 }
    if before >= 0, case .element(let last) = open[around].children[before], last.tag == list {
      open[around + 1] = last
      open[around].children.removeSubrange(before...)
    }
    return 1
  }

  /// - Returns: false if it is too deep to be an element of its own.
  private mutating func push(_ element: Markup.Element) -> Bool {
    guard open.count < Self.depthLimit else { return false }
    // A paragraph holds no block: written so, it would be read as two.
    if !element.tag.isInline {
      isBehindPicture = false
      for index in open.indices where open[index].tag == .p { open[index].tag = .div }
    }
    open.append(element)
    return true
  }

  /// Emphasis that a style speaks of, as elements.
  /// - Returns: how many were opened.
  private mutating func emphasise(_ style: InlineStyle) -> Int {
    var count = 0
    // A link is underlined anyhow.
    for tag in style.emphasis where !(tag == .u && isInLink) && !open.contains(where: { $0.tag == tag }) {
      guard push(Markup.Element(tag: tag)) else { break }
      budget -= 2 * tag.rawValue.utf8.count + 5
      count += 1
    }
    return count
  }

  /// Footnotes of Markdown: their number stays, and the arrow that leads back within the page goes.
  private mutating func isFootnote(_ node: HTMLTree.Node) -> Bool {
    if node["data-footnote-backref"] != nil || node["class"] == "footnote-backref" { return true }
    guard node["data-footnote-ref"] != nil else { return false }
    append("[\(node.words(limit: 20))]")
    return true
  }

  /// Word writes the sign of a list item as text in a font of signs, with spaces behind it for its place.
  private mutating func appendListMark(_ node: HTMLTree.Node) {
    let mark = node.words(limit: 40).replacing("\u{A0}", with: " ").singleLine(limit: 40)
    guard !mark.isEmpty else { return }
    append((["·", "o", "§", "Ø", "ü", "v", "q", "à"].contains(mark) ? "•" : mark) + " ")
  }
}

extension Markup.Tag {
  /// White space in them is only how the HTML was written.
  fileprivate var holdsNoWords: Bool {
    switch self {
    case .table, .thead, .tbody, .tr, .ul, .ol, .dl: true
    default: false
    }
  }
}
