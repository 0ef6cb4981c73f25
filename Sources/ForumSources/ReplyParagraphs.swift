import Forum
import Text

extension String {
  /// A plain text as HTML that is safe anywhere between tags: paragraphs at empty lines, `<br />` at line ends, quoted
  /// lines (`>`) in `blockquote`. Nothing of the text is taken for a tag. It is what Markdown makes of a text without
  /// any of its signs.
  var htmlParagraphs: String {
    Paragraphs.html(split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map { String($0) }, depth: 0)
  }
}

extension ReplyDraft {
  /// What the post says as HTML: the person's words, then a list of links.
  var html: String {
    if files.isEmpty { return body.htmlParagraphs }
    let items = files.map {
      "<li><a href=\"\($0.url.htmlEscaped)\">\($0.name.htmlEscaped)</a> (\($0.size))</li>"
    }
    let list = "<ul>\n" + items.joined(separator: "\n") + "\n</ul>"
    return body.isEmpty ? list : body.htmlParagraphs + "\n\n" + list
  }
}

private enum Paragraphs {
  /// Deeper quotations keep their marks.
  static let maxDepth = 8

  static func html(_ lines: [String], depth: Int) -> String {
    var blocks: [String] = []
    var at = 0
    while at < lines.count {
      if isBlank(lines[at]) {
        at += 1
        continue
      }
      let isQuoted = depth < maxDepth && lines[at].hasPrefix(">")
      let end =
        lines[at...].firstIndex { isBlank($0) || (depth < maxDepth && $0.hasPrefix(">")) != isQuoted } ?? lines.count
      blocks.append(isQuoted ? quotation(lines[at..<end], depth) : paragraph(lines[at..<end]))
      at = end
    }
    return blocks.joined(separator: "\n\n")
  }

  private static func isBlank(_ line: String) -> Bool { line.allSatisfy(\.isWhitespace) }

  private static func paragraph(_ lines: ArraySlice<String>) -> String {
    "<p>" + lines.map { escaped($0.trimmed) }.joined(separator: "<br />\n") + "</p>"
  }

  private static func quotation(_ lines: ArraySlice<String>, _ depth: Int) -> String {
    let inner = lines.map { line in
      let rest = line.dropFirst()
      return String(rest.first == " " ? rest.dropFirst() : rest)
    }
    let indented = html(inner, depth: depth + 1).split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.isEmpty ? "" : "  \($0)" }
    return "<blockquote>\n" + indented.joined(separator: "\n") + "\n</blockquote>"
  }

  /// Quotation marks mean nothing between tags. Octet by octet: a Character may hide a `<` under a combining mark.
  private static func escaped(_ text: String) -> String {
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "&"): bytes += "&amp;".utf8
      case UInt8(ascii: "<"): bytes += "&lt;".utf8
      case UInt8(ascii: ">"): bytes += "&gt;".utf8
      default: bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
