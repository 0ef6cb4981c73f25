/// HTML as the text that a reader sees, roughly: tags go, blocks end lines, entities are read. Linear in its input.
///
/// It is for finding words, not for showing them: nothing here is fit to be a page.
enum HTMLText {
  /// The text, with quotations (`blockquote`, and what Gmail, Yahoo and Outlook mark as one) behind `> `.
  static func text(of html: String) -> String {
    let lower = html.lowercased()
    // What is called HTML and has no tag that ends a line is plain text.
    guard lower.hasAny(["<br", "<p", "<div", "<td", "<body", "<html"]) else { return html }
    var reader = Reader(octets: Array(html.utf8))
    return reader.read()
  }

  /// The one pass over the octets.
  private struct Reader {
    let octets: [UInt8]
    var output: [UInt8] = []
    var index = 0
    /// Depth of quotations, in blocks that are open.
    var quotes = 0
    /// Blocks that are open, with whether each is a quotation; at most 1000, deeper ones are not told apart.
    var blocks: [(name: String, isQuote: Bool)] = []
    var isLineStart = true

    init(octets: [UInt8]) { self.octets = octets }

    mutating func read() -> String {
      while index < octets.count {
        switch octets[index] {
        case 0x3C: tag()
        case 0x26: entity()
        case 0x20, 0x09, 0x0A, 0x0D:
          if !isLineStart, output.last != 0x20 { output.append(0x20) }
          index += 1
        default:
          put(octets[index])
          index += 1
        }
      }
      return String(decoding: output, as: UTF8.self)
    }

    private mutating func put(_ octet: UInt8) {
      if isLineStart {
        for _ in 0..<min(quotes, 5) { output += [0x3E, 0x20] }
        isLineStart = false
      }
      output.append(octet)
    }

    private mutating func breakLine() {
      while output.last == 0x20 { output.removeLast() }
      output.append(0x0A)
      isLineStart = true
    }

    /// Ends a line that has something on it.
    private mutating func endLine() { if !isLineStart { breakLine() } }

    private mutating func tag() {
      if octets[index...].starts(with: [0x3C, 0x21, 0x2D, 0x2D]) {
        skip(behind: Array("-->".utf8))
        return
      }
      guard let end = octets[index...].firstIndex(of: 0x3E) else {
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
      switch name {
      case "br": breakLine()
      case "script", "style", "title": if !isClosing { skip(behind: Array("</\(name)".utf8)) }
      case "p", "h1", "h2", "h3", "h4", "ul", "ol", "table", "pre":
        endLine()
        if output.suffix(2) != [0x0A, 0x0A], !output.isEmpty { breakLine() }
      case "div", "tr", "li", "dd", "dt", "blockquote", "section":
        endLine()
      case "hr":
        endLine()
        for octet in "-----".utf8 { put(octet) }
        endLine()
      case "td", "th": if !isLineStart { put(0x20) }
      default: break
      }
      if name == "div" || name == "blockquote" { block(name, isClosing, inside) }
    }

    private mutating func block(_ name: String, _ isClosing: Bool, _ inside: ArraySlice<UInt8>) {
      if isClosing {
        guard let open = blocks.last, open.name == name else { return }
        blocks.removeLast()
        if open.isQuote { quotes -= 1 }
      } else if blocks.count < 1000 {
        let attributes = String(decoding: inside.prefix(500), as: UTF8.self).lowercased()
        let isQuote =
          name == "blockquote"
          || attributes.hasAny(["gmail_quote", "yahoo_quoted", "moz-cite-prefix", "gmail_extra", "protonmail_quote"])
        blocks.append((name, isQuote))
        if isQuote { quotes += 1 }
      }
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
      let window = octets[(index + 1)...].prefix(10)
      guard let end = window.firstIndex(of: 0x3B) else {
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
        text = HTMLText.entities[name] ?? "&\(name);"
      }
      for octet in text.utf8 { put(octet) }
    }
  }

  private static let entities = [
    "lt": "<", "gt": ">", "amp": "&", "quot": "\"", "apos": "'", "nbsp": " ", "auml": "ä", "ouml": "ö", "uuml": "ü",
    "Auml": "Ä", "Ouml": "Ö", "Uuml": "Ü", "szlig": "ß", "eacute": "é", "egrave": "è", "agrave": "à", "ccedil": "ç",
    "ntilde": "ñ", "oacute": "ó", "iacute": "í", "aacute": "á", "uacute": "ú", "rsquo": "’", "lsquo": "‘",
    "ldquo": "“", "rdquo": "”", "ndash": "–", "mdash": "—", "hellip": "…", "copy": "©", "ecirc": "ê", "acirc": "â",
    "atilde": "ã", "otilde": "õ", "ocirc": "ô",
  ]
}
