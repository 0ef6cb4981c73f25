import CCmark

/// Reads CommonMark with GitHub's tables, strikethrough and bare links. The HTML that cmark writes (its own raw HTML and
/// dangerous links are off) goes through the allow-list like anybody's.
enum MarkdownReader {
  /// Octets of Markdown at which a text is cut: some take cmark time that grows with the square of their length.
  static let sourceLimit = 100_000
  /// Cells that tables may have together. cmark fills each row up to the width of its table, so that a text of 60 KB
  /// could hold a hundred million.
  static let cellLimit = 100_000
  /// Octets without a space in which bare links are still looked for: the brackets at a link's end are counted over and
  /// over.
  static let wordLimit = 10_000

  static func read(_ text: String, base: SafeURL?, limit: Int) -> (nodes: [Markup], isComplete: Bool) {
    let octets = min(limit, sourceLimit)
    let source = text.utf8.count > octets ? String(decoding: text.utf8.prefix(octets), as: UTF8.self) : text
    let clean = source.multiLine()
    let html = MarkdownDocument(clean, extensions: extensions(for: clean)).html
    let read = HTMLReader.read(html, base: base, limit: limit)
    return (read.nodes, read.isComplete && source.utf8.count == text.utf8.count)
  }

  /// What GitHub adds to CommonMark, without what would take the parser too long on this text.
  private static func extensions(for text: String) -> [String] {
    let lines = text.lines
    // No table has more columns than its widest line, nor more rows than the text has lines.
    let columns = lines.reduce(1) { max($0, 1 + $1.utf8.count { $0 == UInt8(ascii: "|") }) }
    let longestWord = lines.reduce(0) { longest, line in
      line.utf8.split(separator: UInt8(ascii: " ")).reduce(longest) { max($0, $1.count) }
    }
    return ["strikethrough"] + (columns * lines.count <= cellLimit ? ["table"] : [])
      + (longestWord <= wordLimit ? ["autolink"] : [])
  }
}

/// The one owner of a parser and a tree of cmark.
private struct MarkdownDocument: ~Copyable {
  private let parser: OpaquePointer
  private let root: OpaquePointer?

  init(_ text: String, extensions: [String]) {
    _ = Self.ready
    let parser = cmark_parser_new(CMARK_OPT_VALIDATE_UTF8 | CMARK_OPT_HARDBREAKS)!
    for name in extensions {
      if let found = cmark_find_syntax_extension(name) { cmark_parser_attach_syntax_extension(parser, found) }
    }
    var text = text
    text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { cmark_parser_feed(parser, $0.baseAddress, $0.count) }
    }
    root = cmark_parser_finish(parser)
    self.parser = parser
  }

  deinit {
    if let root { cmark_node_free(root) }
    cmark_parser_free(parser)
  }

  var html: String {
    guard let root,
      let text = cmark_render_html(
        root, CMARK_OPT_DEFAULT | CMARK_OPT_HARDBREAKS, cmark_parser_get_syntax_extensions(parser))
    else { return "" }
    defer { watchpost_cmark_free(text) }
    return String(cString: text)
  }

  /// The extensions register themselves once for the process.
  private static let ready: Void = cmark_gfm_core_extensions_ensure_registered()
}
