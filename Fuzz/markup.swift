import Text

@testable import Composition

/// X1, M5: whatever a post holds, its mail has only what stands on the allow-list, balanced and harmless, and what the
/// mail's HTML says is what was read. The first octet says of which format the post is.
func fuzz(_ input: [UInt8]) {
  guard let kind = input.first else { return }
  let text = String(decoding: input.dropFirst(), as: UTF8.self)
  let page = SafeURL("https://forum.example.org/thread/7/")
  let read =
    switch kind & 3 {
    case 0: MarkdownReader.read(text, base: page, limit: 100_000)
    case 1:
      ReadMarkup(nodes: PlainTextReader.read(text, limit: 100_000).nodes, isComplete: true, isAllShown: true)
    default: HTMLReader.read(text, base: page, limit: 100_000)
    }
  let html = MarkupHTML.render(read.nodes, headingShift: 1, isForMail: true)
  requireOnList(html)
  require(html.utf8.count < 1_000_000, "\(html.utf8.count) octets of HTML")
  // Reading one's own HTML changes no word: nothing in it is read otherwise than it was written.
  let again = HTMLReader.read(html, base: nil, limit: 1_000_000)
  require(words(of: again.nodes) == words(of: read.nodes), "its own HTML is read otherwise: \(html)")
  let shown = MarkupText.render(read.nodes)
  require(shown.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\n" || $0 == "\t" }, "a control in the text")
}

private func words(of nodes: [Markup]) -> String {
  nodes.reduce(into: "") { text, node in
    switch node {
    case .text(let content): text += content.filter { !String($0).showsNothing }
    case .element(let element): text += words(of: element.children)
    }
  }
}

/// Every sign that opens a tag opens one of the list, with attributes of the list, and every element is closed again. By
/// octets, as a browser reads it.
private func requireOnList(_ html: String) {
  var open: [String] = []
  for piece in html.utf8.split(separator: UInt8(ascii: "<"), omittingEmptySubsequences: false).dropFirst() {
    let tag = require(piece.firstIndex(of: UInt8(ascii: ">")).map { piece[..<$0] }, "a tag without an end")
    if tag.first == UInt8(ascii: "/") {
      require(open.popLast() == String(Substring(tag.dropFirst())), "not balanced at \(Substring(tag))")
      continue
    }
    let name = tag.prefix { $0 != 0x20 }
    let known = require(Markup.Tag(rawValue: String(Substring(name))), "<\(Substring(name))>")
    if !known.isVoid { open.append(known.rawValue) }
    requireOnList(attributes: tag[name.endIndex...])
  }
  require(open.isEmpty, "left open: \(open)")
}

private func requireOnList(attributes: Substring.UTF8View) {
  var rest = attributes
  while rest.first == 0x20 {
    let attribute = rest.dropFirst().prefix { $0 != UInt8(ascii: "=") }
    let name = String(Substring(attribute))
    let names: Set = [
      "href", "lang", "dir", "colspan", "rowspan", "start", "type", "reversed", "value", "style", "border",
      "cellpadding",
    ]
    require(names.contains(name), "the attribute \(name)")
    let value = rest[attribute.endIndex...].dropFirst(2).prefix { $0 != UInt8(ascii: "\"") }
    if name == "href" {
      let schemes = ["http://", "https://", "mailto:", "tel:"]
      require(schemes.contains { value.starts(with: $0.utf8) }, "a link to \(Substring(value))")
      let isPlain = Substring(value).unicodeScalars.allSatisfy { !$0.properties.isWhitespace && $0.value > 0x20 }
      require(isPlain, "a link to \(Substring(value))")
    }
    rest = rest[value.endIndex...].dropFirst()
  }
  require(rest.isEmpty, "in a tag: \(Substring(rest))")
}
