import Text

/// Writes what was read of BBCode as HTML that is balanced whatever the order of its tags.
///
/// Blocks stand in each other. What marks words (bold, a link) does not: it is a set, written around the words of each
/// paragraph anew, so that `[b]a[i]b[/b]c[/i]` and a paragraph's end within `[b]` need no rule of their own.
struct BBCodeWriter {
  /// Blocks within each other; the tags of deeper ones are passed over, their words stay.
  static let depthLimit = 32

  private struct Block {
    /// The token that opened it; nil for one that HTML needs between two others.
    var token: Int?
    var tag: Markup.Tag

    /// Text in it stands in paragraphs.
    var hasParagraphs: Bool { tag == .div || tag == .blockquote }
    var isList: Bool { tag == .ul || tag == .ol }
  }

  /// A mark around words.
  private struct Mark: Equatable {
    var token: Int
    var tag: Markup.Tag
    /// With its address.
    var opening: String
  }

  private let source: [UInt8]
  private var tokens: [BBCodeToken]
  private var draft: HTMLDraft
  private var blocks: [Block] = []
  /// Those that the next words have, and those that are open in what is written.
  private var wanted: [Mark] = []
  private var written: [Mark] = []
  /// Whether the innermost block has words that a line end would part from the next.
  private var hasWords = false
  /// Line ends since the last words.
  private var lineEnds = 0

  /// - Parameters:
  ///   - source: what was typed, without controls.
  ///   - limit: octets of HTML.
  init(_ source: [UInt8], limit: Int) {
    self.source = source
    draft = HTMLDraft(limit: limit)
    tokens = BBCodeTokens.read(source)
  }

  /// The whole of it; asked for once.
  mutating func html() -> (text: String, isComplete: Bool) {
    for index in tokens.indices {
      let token = tokens[index]
      switch token.kind {
      case .text: text(source[token.range])
      case .verbatim(let content): verbatim(token, source[content], index)
      case .open: if !open(token, index) { asWritten(index) }
      case .close: if !close(token) { asWritten(index) }
      }
    }
    while !blocks.isEmpty { closeBlock() }
    endParagraph()
    return (draft.html, !draft.isCut)
  }

  // MARK: Tags

  /// - Returns: false for a tag that means nothing where it stands.
  private mutating func open(_ token: BBCodeToken, _ index: Int) -> Bool {
    guard token.partner != nil || token.meaning.needsNoEnd else { return false }
    switch token.meaning {
    case .words: break
    case .inline(let tag): mark(Mark(token: index, tag: tag, opening: "<\(tag.rawValue)>"))
    case .link: link(Self.address(token.value), index)
    case .email: link("mailto:" + token.value, index)
    case .quotation:
      openBlock(.blockquote, index)
      title(token.value)
    case .division:
      openBlock(.div, index)
      if token.name == "spoiler" { title(token.value) }
    case .list(let isOrdered):
      let style =
        token.rest.split(separator: "=").last.map { $0.trimmingPrefix("\"").prefix { !"\" ".contains($0) } } ?? ""
      let numbering = ListNumbering(rawValue: token.value) ?? ListNumbering(css: style.lowercased())
      let isCounted = isOrdered || numbering != nil || token.value == "1" || style.lowercased() == "decimal"
      openBlock(isCounted ? .ol : .ul, index, attributes: numbering.map { " type=\"\($0.rawValue)\"" } ?? "")
    case .item: return openItem(index)
    case .table: openBlock(.table, index)
    case .row: return openRow(index)
    case .cell(let tag): return openCell(tag, index)
    case .rule:
      prepareFlow()
      endParagraph()
      write("<hr>\n")
    case .image, .video, .file, .code, .literal: return false
    }
    return true
  }

  /// - Returns: false for one that ends nothing.
  private mutating func close(_ token: BBCodeToken) -> Bool {
    if token.meaning == .item { return closeItem() }
    if token.meaning == .rule { return false }
    // What opened it may have been nothing where it stood; then it is shown as it was written, and so is this.
    guard let partner = token.partner, tokens[partner].partner != nil else { return false }
    wanted.removeAll { $0.token == partner }
    if let depth = blocks.lastIndex(where: { $0.token == partner }) {
      while blocks.count > depth { closeBlock() }
    }
    return true
  }

  private mutating func asWritten(_ index: Int) {
    tokens[index].partner = nil
    text(source[tokens[index].range])
  }

  private mutating func verbatim(_ token: BBCodeToken, _ content: ArraySlice<UInt8>, _ index: Int) {
    let words = String(decoding: content, as: UTF8.self).trimmedOfSpaces
    switch token.meaning {
    case .code:
      prepareFlow()
      endParagraph()
      var content = content
      while content.first == 0x0A { content.removeFirst() }
      while content.last == 0x0A || content.last == 0x20 { content.removeLast() }
      write("<pre>")
      escape(content)
      write("</pre>\n")
    case .literal:
      if token.name == "icode" || token.name == "tt" { mark(Mark(token: index, tag: .code, opening: "<code>")) }
      text(content)
    case .link: link(Self.address(words), index, words: content)
    case .email: link("mailto:" + words, index, words: content)
    case .image:
      beginWords()
      draft.writePicture(Self.address(words), alternative: "")
    case .video:
      let address = Self.video(words, at: token.name)
      link(address, index, words: ArraySlice(String(MarkupText.bare(address)).singleLine().utf8))
    case .file: text(ArraySlice("[".utf8) + content + "]".utf8)
    default: text(source[token.range])
    }
    wanted.removeAll { $0.token == index }
  }

  /// As forums take it: an address that begins with `www.` is one of the web.
  private static func address(_ text: String) -> String {
    text.trimmedOfSpaces.lowercased().hasPrefix("www.") ? "http://" + text.trimmedOfSpaces : text
  }

  /// Forums take the mere name of a video too.
  private static func video(_ text: String, at name: String) -> String {
    if text.contains("/") || text.contains(".") || text.isEmpty { return address(text) }
    return (name == "vimeo" ? "https://vimeo.com/" : "https://www.youtube.com/watch?v=") + text
  }

  // MARK: Blocks

  private mutating func openBlock(_ tag: Markup.Tag, _ token: Int?, attributes: String = "") {
    if tag != .li, tag != .tr, tag != .td, tag != .th { prepareFlow() }
    endParagraph()
    guard blocks.count < Self.depthLimit else { return }
    blocks.append(Block(token: token, tag: tag))
    write("<\(tag.rawValue)\(attributes)>")
    if tag != .td, tag != .th, tag != .li { write("\n") }
  }

  private mutating func closeBlock() {
    endParagraph()
    guard let block = blocks.popLast() else { return }
    write("</\(block.tag.rawValue)>\n")
    // What follows within an item stands in a line of its own already.
    hasWords = false
  }

  /// Text and blocks cannot stand in a list or a table but in an item or a cell.
  private mutating func prepareFlow() {
    guard let tag = blocks.last?.tag else { return }
    switch tag {
    case .ul, .ol: openBlock(.li, nil)
    case .table, .tr:
      if tag == .table { openBlock(.tr, nil) }
      openBlock(.td, nil)
    default: break
    }
  }

  private mutating func openItem(_ index: Int) -> Bool {
    if blocks.last?.tag == .li { closeBlock() }
    guard blocks.last?.isList == true else { return false }
    openBlock(.li, index)
    return true
  }

  private mutating func closeItem() -> Bool {
    guard blocks.last?.tag == .li else { return false }
    closeBlock()
    return true
  }

  private mutating func openRow(_ index: Int) -> Bool {
    guard let table = blocks.lastIndex(where: { ![.tr, .td, .th].contains($0.tag) }), blocks[table].tag == .table
    else { return false }
    while blocks.count > table + 1 { closeBlock() }
    openBlock(.tr, index)
    return true
  }

  private mutating func openCell(_ tag: Markup.Tag, _ index: Int) -> Bool {
    if let last = blocks.last?.tag, last == .td || last == .th { closeBlock() }
    if blocks.last?.tag == .table { openBlock(.tr, nil) }
    guard blocks.last?.tag == .tr else { return false }
    openBlock(tag, index)
    return true
  }

  /// Who is quoted, or what a part is called, in a line of its own.
  private mutating func title(_ words: String) {
    let words = words.trimmedOfSpaces
    guard !words.isEmpty else { return }
    write("<p><b>")
    escape(ArraySlice(words.utf8))
    write(":</b></p>\n")
  }

  // MARK: Words

  private mutating func text(_ octets: ArraySlice<UInt8>) {
    for (number, line) in octets.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      if number > 0 { lineEnds += 1 }
      let isBlank = line.allSatisfy { $0 == 0x20 || $0 == 0x09 }
      if line.isEmpty || isBlank && (lineEnds > 0 || !hasWords) { continue }
      beginWords()
      escape(line)
    }
  }

  /// Opens what the next words need: a paragraph, a line, their marks.
  private mutating func beginWords() {
    prepareFlow()
    let hasParagraphs = blocks.last?.hasParagraphs ?? true
    if hasWords, lineEnds > 1, hasParagraphs { endParagraph() }
    if !hasWords, hasParagraphs { write("<p>") }
    let same = zip(written, wanted).prefix { $0 == $1 }.count
    closeMarks(downTo: same)
    if hasWords, lineEnds > 0 { write(lineEnds > 1 ? "<br><br>" : "<br>") }
    lineEnds = 0
    hasWords = true
    for mark in wanted[same...] {
      write(mark.opening)
      written.append(mark)
    }
  }

  private mutating func endParagraph() {
    closeMarks(downTo: 0)
    if hasWords, blocks.last?.hasParagraphs ?? true { write("</p>\n") }
    hasWords = false
    lineEnds = 0
  }

  private mutating func closeMarks(downTo count: Int) {
    while written.count > count { write("</\(written.removeLast().tag.rawValue)>") }
  }

  /// One of a kind is enough.
  private mutating func mark(_ mark: Mark) {
    if !wanted.contains(where: { $0.tag == mark.tag }) { wanted.append(mark) }
  }

  private mutating func link(_ address: String, _ index: Int) {
    mark(Mark(token: index, tag: .a, opening: "<a href=\"\(address.trimmedOfSpaces.htmlEscaped)\">"))
  }

  private mutating func link(_ address: String, _ index: Int, words: ArraySlice<UInt8>) {
    link(address, index)
    text(words)
  }

  private mutating func write(_ html: String) { draft.write(html) }

  /// References by number stay: MyBB keeps signs so that its tables cannot hold.
  private mutating func escape(_ text: ArraySlice<UInt8>) { draft.escape(text, keeping: .numbers) }
}

extension String {
  fileprivate var trimmedOfSpaces: String { String(self[...].trimmingSpaces()) }
}
