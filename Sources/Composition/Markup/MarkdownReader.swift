import CCmark

/// Reads CommonMark with GitHub's tables, strikethrough and bare links. The HTML that cmark writes (its own raw HTML and
/// dangerous links are off) goes through the allow-list like anybody's.
enum MarkdownReader {
  static func read(_ text: String, base: SafeURL?, limit: Int) -> (nodes: [Markup], isComplete: Bool) {
    // No more than is shown: some texts take cmark time that grows with the square of their length.
    let source = text.utf8.count > limit ? String(decoding: text.utf8.prefix(limit), as: UTF8.self) : text
    let html = MarkdownDocument(source.multiLine()).html
    let read = HTMLReader.read(html, base: base, limit: limit)
    return (read.nodes, read.isComplete && source.utf8.count == text.utf8.count)
  }
}

/// The one owner of a parser and a tree of cmark.
private struct MarkdownDocument: ~Copyable {
  private let parser: OpaquePointer
  private let root: OpaquePointer?

  init(_ text: String) {
    _ = Self.ready
    let parser = cmark_parser_new(CMARK_OPT_VALIDATE_UTF8 | CMARK_OPT_HARDBREAKS)!
    for name in ["table", "strikethrough", "autolink"] {
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
