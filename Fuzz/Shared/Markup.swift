@testable import Composition

/// Requires of a post's tree what a mail needs of it, whatever the post's format.
func requireHarmless(_ read: ReadMarkup, _ source: String) {
  require(depth(read.nodes) <= HTMLReader.depthLimit, "the tree is deeper than its limit")
  let html = MarkupHTML.render(read.nodes, headingShift: 1)
  require(html.utf8.count < 200_000, "\(source.utf8.count) octets became \(html.utf8.count)")
  for part in html.split(separator: "href=\"").dropFirst() {
    require(
      ["http://", "https://", "mailto:", "tel:"].contains { part.hasPrefix($0) }, "a link leads to \(part.prefix(40))")
  }
  for word in ["<script", "<style", "<img", "<iframe", "<svg"] { require(!html.contains(word), "\(word) is left") }
  let text = MarkupText.render(read.nodes)
  require(
    text.unicodeScalars.allSatisfy { $0 == "\n" || $0 == "\t" || $0.properties.generalCategory != .control },
    "a control is left")
}

private func depth(_ nodes: [Markup]) -> Int {
  nodes.reduce(0) { deepest, node in
    if case .element(let element) = node { return max(deepest, 1 + depth(element.children)) }
    return deepest
  }
}
