import CCmark

/// Tells the tags that Markdown has in it from what only looks like them. Markdown takes all for a tag that is written
/// like one, of any name; people write `Vec<u8>` and `p<q and r>s`, and want it read.
enum MarkdownTags {
  /// Elements without an end tag.
  private static let void: Set<String> = [
    "br", "hr", "img", "input", "wbr", "meta", "link", "area", "base", "col", "embed", "param", "source", "track",
  ]
  /// Nodes behind a tag that are looked through for its end.
  private static let reach = 50

  /// Makes text of what is no tag, all through a tree of cmark.
  static func settle(in root: OpaquePointer) {
    var inline: [OpaquePointer] = []
    var blocks: [OpaquePointer] = []
    let iterator = cmark_iter_new(root)
    while true {
      let event = cmark_iter_next(iterator)
      if event == CMARK_EVENT_DONE { break }
      guard event == CMARK_EVENT_ENTER, let node = cmark_iter_get_node(iterator) else { continue }
      let type = cmark_node_get_type(node)
      if type == CMARK_NODE_HTML_INLINE {
        inline.append(node)
      } else if type == CMARK_NODE_HTML_BLOCK {
        blocks.append(node)
      }
    }
    cmark_iter_free(iterator)
    let ended = Set(inline.compactMap { Tag(literal($0)) }.filter(\.isEnd).map(\.name))
    for node in inline where !isMarkup(node, ended: ended) {
      // With its type a node loses its text.
      let text = literal(node)
      cmark_node_set_type(node, CMARK_NODE_TEXT)
      cmark_node_set_literal(node, text)
    }
    for node in blocks { cmark_node_set_literal(node, settled(literal(node))) }
  }

  private static func literal(_ node: OpaquePointer) -> String {
    cmark_node_get_literal(node).map { String(cString: $0) } ?? ""
  }

  /// - Parameter ended: names of which there is an end tag anywhere.
  private static func isMarkup(_ node: OpaquePointer, ended: Set<String>) -> Bool {
    let text = literal(node)
    // Comments, declarations and instructions are whole here, else they would be text.
    guard let tag = Tag(text) else { return true }
    guard Allowance.isTag(tag.name) else { return false }
    if tag.isEnd { return true }
    guard tag.bareAttributes.allSatisfy({ Allowance.flags.contains($0) || $0.contains(":") || $0.hasPrefix("data-") })
    else { return false }
    if Allowance.rawText.contains(tag.name) { return hasEnd(tag.name, after: node) }
    // `List<Button>`: nothing ends it, and a word goes before it.
    if void.contains(tag.name) || ended.contains(tag.name) || text.hasSuffix("/>") { return true }
    guard let before = cmark_node_previous(node), cmark_node_get_type(before) == CMARK_NODE_TEXT,
      let last = literal(before).unicodeScalars.last
    else { return true }
    return !last.properties.isAlphabetic && !(0x30...0x39).contains(last.value)
  }

  private static func hasEnd(_ name: String, after node: OpaquePointer) -> Bool {
    var next = cmark_node_next(node)
    for _ in 0..<reach {
      guard let node = next else { return false }
      if cmark_node_get_type(node) == CMARK_NODE_HTML_INLINE, let tag = Tag(literal(node)), tag.isEnd, tag.name == name
      {
        return true
      }
      next = cmark_node_next(node)
    }
    return false
  }

  /// HTML that stands by itself, with `&lt;` for the signs that open no tag, nor a comment that ends. What HTML reads as
  /// text up to its end tag, and has none, would swallow all that follows in the post.
  static func settled(_ html: String) -> String {
    var result = ""
    var rest = html[...]
    // Where each end stands next, so that none is looked for over and over.
    var ends: [String: String.Index] = [:]
    func hasEnd(_ mark: String, in text: Substring) -> Bool {
      if let known = ends[mark], known >= text.startIndex { return known < text.endIndex }
      let end = text.firstRange(ofASCII: mark) ?? text.endIndex
      ends[mark] = end
      return end < text.endIndex
    }
    while let start = rest.utf8.firstIndex(of: UInt8(ascii: "<")) {
      result += rest[..<start]
      rest = rest[start...]
      // By octets: a combining mark behind a sign would hide it.
      let isMarkup =
        if rest.utf8.starts(with: "<!--".utf8) {
          hasEnd("-->", in: rest)
        } else if let tag = Tag(Substring(rest.utf8.prefix(60))) {
          Allowance.isTag(tag.name)
            && (tag.isEnd || !Allowance.rawText.contains(tag.name) || hasEnd("</\(tag.name)", in: rest))
        } else {
          rest.utf8.starts(with: "<!".utf8) || rest.utf8.starts(with: "<?".utf8)
        }
      result += isMarkup ? "<" : "&lt;"
      rest = rest[rest.utf8.index(after: start)...]
    }
    return result + rest
  }

  /// A start or end tag, as far as its name and its attributes without a value go.
  private struct Tag {
    let name: String
    let isEnd: Bool
    private let rest: Substring.UTF8View

    /// nil for what is none.
    init?(_ text: some StringProtocol) {
      let octets = Substring(text).utf8
      guard octets.first == UInt8(ascii: "<") else { return nil }
      let body = octets.dropFirst()
      isEnd = body.first == UInt8(ascii: "/")
      let content = isEnd ? body.dropFirst() : body
      let name = content.prefix { $0 > 0x20 && $0 != UInt8(ascii: ">") && $0 != UInt8(ascii: "/") }
      guard let first = name.first, (0x61...0x7A).contains(first | 0x20) else { return nil }
      self.name = String(Substring(name)).lowercased()
      rest = content[name.endIndex...]
    }

    /// Names of attributes without `=`, lower-case.
    var bareAttributes: [String] {
      var names: [String] = []
      var octets = rest
      func isSpace(_ octet: UInt8) -> Bool { octet <= 0x20 || octet == UInt8(ascii: "/") }
      while true {
        octets = octets.drop(while: isSpace)
        guard let first = octets.first, first != UInt8(ascii: ">") else { return names }
        let name = octets.prefix { !isSpace($0) && $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: ">") }
        octets = octets[name.endIndex...].drop(while: isSpace)
        guard octets.first == UInt8(ascii: "=") else {
          names.append(String(Substring(name)).lowercased())
          continue
        }
        octets = octets.dropFirst().drop { $0 <= 0x20 }
        if let quote = octets.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
          octets = octets.dropFirst().drop { $0 != quote }.dropFirst()
        } else {
          octets = octets.drop { $0 > 0x20 && $0 != UInt8(ascii: ">") }
        }
      }
    }
  }
}

extension Substring {
  /// Where a text of ASCII stands first, in letters of either case.
  fileprivate func firstRange(ofASCII mark: String) -> Index? {
    let (octets, sought) = (utf8, mark.utf8)
    let first = sought[sought.startIndex]
    var index = octets.startIndex
    while let start = octets[index...].firstIndex(of: first) {
      if octets[start...].prefix(sought.count).elementsEqual(sought, by: { $0 | 0x20 == $1 | 0x20 }) { return start }
      index = octets.index(after: start)
    }
    return nil
  }
}
