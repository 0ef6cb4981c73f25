import CCmark

/// Reads CommonMark with GitHub's tables, strikethrough, task lists and footnotes. The HTML that cmark writes goes through
/// the allow-list like anybody's, and so does what HTML a text has in it; what only looks like a tag (`Map<String>`) is
/// shown as it was written (`MarkdownTags`).
enum MarkdownReader {
  /// Octets of Markdown at which a text is cut: some take cmark time that grows with the square of their length.
  static let sourceLimit = 100_000
  /// Cells that tables may have together. cmark fills each row up to the width of its table, so that a text of 60 KB
  /// could hold a hundred million.
  static let cellLimit = 100_000
  /// Octets that link reference definitions may grow to together: cmark copies one whole for every `[a]` that names it.
  static let definitionLimit = 4_000_000

  /// - Parameter limit: octets of HTML, and of Markdown too, at which the text is cut.
  static func read(
    _ text: String, base: SafeURL?, limit: Int, words: MarkupWords = .english, language: LanguageTag? = nil
  ) -> ReadMarkup {
    let octets = min(limit, sourceLimit)
    let source = text.utf8.count > octets ? String(decoding: text.utf8.prefix(octets), as: UTF8.self) : text
    let clean = withoutLongDefinitions(source.multiLine())
    let html = MarkdownDocument(clean, extensions: extensions(for: clean)).html
    var read = HTMLReader.read(html, base: base, limit: limit, words: words, language: language)
    if source.utf8.count < text.utf8.count { read.isComplete = false }
    return read
  }

  /// What GitHub adds to CommonMark, without what would take the parser too long on this text. Bare addresses are left to
  /// `LinkFinder`.
  private static func extensions(for text: String) -> [String] {
    let lines = text.lines
    // No table has more columns than its widest line, nor more rows than the text has lines.
    let columns = lines.reduce(1) { max($0, 1 + $1.utf8.count { $0 == UInt8(ascii: "|") }) }
    return ["strikethrough", "tasklist"] + (columns * lines.count <= cellLimit ? ["table"] : [])
  }
}

extension MarkdownReader {
  /// The text with every `]:` escaped, so that nothing is defined there, in paragraphs so long that their definitions
  /// could grow beyond the limit. No definition goes on behind an empty line, and none is named more often than there
  /// are opening brackets.
  private static func withoutLongDefinitions(_ text: String) -> String {
    let references = text.utf8.count { $0 == UInt8(ascii: "[") }
    guard text.utf8.count * references > definitionLimit else { return text }
    var result: [UInt8] = []
    var paragraph: [UInt8] = []
    func flush() {
      result += paragraph.count * references > definitionLimit ? withoutDefinitions(paragraph) : paragraph
      paragraph.removeAll(keepingCapacity: true)
    }
    for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }) { flush() }
      paragraph += line
      paragraph.append(UInt8(ascii: "\n"))
    }
    flush()
    return String(decoding: result.dropLast(), as: UTF8.self)
  }

  /// A backslash before the colon makes `[a]:` plain words, which show as they were written.
  private static func withoutDefinitions(_ paragraph: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    for octet in paragraph {
      if octet == UInt8(ascii: ":"), result.last == UInt8(ascii: "]") { result.append(UInt8(ascii: "\\")) }
      result.append(octet)
    }
    return result
  }
}

/// The one owner of a parser and a tree of cmark.
private struct MarkdownDocument: ~Copyable {
  /// Keeps the list of extensions, which writing HTML needs too: freed after the tree.
  private let parser: OpaquePointer
  /// nil if cmark gives no tree.
  private let root: OpaquePointer?

  /// Parses; cmark takes any octets, and those that are not UTF-8 become U+FFFD.
  init(_ text: String, extensions: [String]) {
    _ = Self.ready
    let parser = cmark_parser_new(CMARK_OPT_VALIDATE_UTF8 | CMARK_OPT_HARDBREAKS | CMARK_OPT_FOOTNOTES)!
    for name in extensions {
      if let found = cmark_find_syntax_extension(name) { cmark_parser_attach_syntax_extension(parser, found) }
    }
    var text = text
    text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { cmark_parser_feed(parser, $0.baseAddress, $0.count) }
    }
    root = cmark_parser_finish(parser)
    self.parser = parser
    if let root { MarkdownTags.settle(in: root) }
  }

  deinit {
    if let root { cmark_node_free(root) }
    cmark_parser_free(parser)
  }

  /// Raw HTML is in it, and addresses as they were written: nothing but the allow-list may read it. Each line end of a
  /// paragraph is a break, as people who write mails mean it.
  var html: String {
    guard let root,
      let text = cmark_render_html(
        root, CMARK_OPT_UNSAFE | CMARK_OPT_HARDBREAKS | CMARK_OPT_FOOTNOTES, cmark_parser_get_syntax_extensions(parser))
    else { return "" }
    defer { watchpost_cmark_free(text) }
    return String(cString: text)
  }

  /// The extensions register themselves once for the process.
  private static let ready: Void = cmark_gfm_core_extensions_ensure_registered()
}
