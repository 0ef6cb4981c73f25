import Text

extension Markup {
  /// Without what only takes up room: more than two breaks in a row, more than one block in a row of which nothing is seen,
  /// more than two empty lines in preformatted text, and blanks at the ends of its lines.
  static func folded(_ nodes: [Markup]) -> [Markup] {
    var folding = Folding()
    return folding.nodes(nodes)
  }

  private struct Folding {
    /// Since anything was seen.
    var breaks = 0

    mutating func nodes(_ nodes: [Markup]) -> [Markup] {
      var result: [Markup] = []
      var isBehindEmpty = false
      for node in nodes {
        switch node {
        case .text(let text):
          if !text.showsNothing { (breaks, isBehindEmpty) = (0, false) }
          result.append(node)
        case .element(var element):
          if element.tag == .br {
            breaks += 1
            if breaks <= 2 { result.append(node) }
            continue
          }
          let isEmpty = element.tag.opensProse && element.showsNothing
          if isEmpty, isBehindEmpty { continue }
          if !element.tag.isInline { (breaks, isBehindEmpty) = (0, isEmpty) }
          if element.tag == .pre {
            var lines = Lines()
            element.children = lines.nodes(element.children)
          } else {
            element.children = self.nodes(element.children)
          }
          if !element.tag.isInline { breaks = 0 } else if !element.showsNothing { isBehindEmpty = false }
          result.append(.element(element))
        }
      }
      return result
    }
  }

  /// Lines of preformatted text, whatever elements they go through.
  private struct Lines {
    /// Line ends in a row.
    var ends = 0

    mutating func nodes(_ nodes: [Markup]) -> [Markup] {
      nodes.map { node in
        switch node {
        case .text(let text): return .text(folded(text))
        case .element(var element):
          if element.tag == .br { ends += 1 }
          element.children = self.nodes(element.children)
          return .element(element)
        }
      }
    }

    private mutating func folded(_ text: String) -> String {
      var result = ""
      result.reserveCapacity(text.utf8.count)
      for (index, line) in text.lines.enumerated() {
        if index > 0 {
          ends += 1
          if ends <= 3 { result += "\n" }
        }
        let isLast = line.endIndex == text.endIndex
        // What stands behind it may be another element's.
        let kept = isLast ? line : line.withoutBlanksBehind
        if !kept.isEmpty {
          ends = 0
          result += kept
        }
      }
      return result
    }
  }
}

extension Markup.Element {
  /// Nothing in it is seen.
  fileprivate var showsNothing: Bool {
    tag != .hr
      && children.allSatisfy { child in
        switch child {
        case .text(let text): text.showsNothing
        case .element(let element): element.showsNothing
        }
      }
  }
}

extension Markup.Tag {
  /// A block that stands among others and means nothing without words.
  fileprivate var opensProse: Bool { self == .p || self == .div || headingLevel != nil }
}

extension Substring {
  fileprivate var withoutBlanksBehind: Substring {
    var line = self
    while let last = line.last, last == " " || last == "\t" { line.removeLast() }
    return line
  }
}
