import Tokens

extension Markup {
  /// The same nodes without any token of ours: in their words it is masked, even where elements part it, and a link that
  /// has one leads nowhere.
  static func masked(_ nodes: [Markup], by keys: KeyRing) -> [Markup] {
    var words = ""
    var hasLink = false
    read(nodes, keys, &words, &hasLink)
    let found = keys.tokens(in: words).map { range in
      words.utf8.distance(
        from: words.startIndex, to: range.lowerBound)..<words.utf8.distance(
          from: words.startIndex, to: range.upperBound)
    }
    if found.isEmpty, !hasLink { return nodes }
    var masking = Masking(keys: keys, found: found)
    return masking.nodes(nodes)
  }

  /// All words in a row, as a reader sees them: elements within a line part none, blocks do.
  private static func read(_ nodes: [Markup], _ keys: KeyRing, _ words: inout String, _ hasLink: inout Bool) {
    for node in nodes {
      switch node {
      case .text(let text): words += text
      case .element(let element):
        if let url = element.attributes.href, !keys.tokens(in: url.value).isEmpty { hasLink = true }
        if element.parts { words += "\n" }
        read(element.children, keys, &words, &hasLink)
        if element.parts { words += "\n" }
      }
    }
  }

  /// The second pass, in the order of the first.
  private struct Masking {
    let keys: KeyRing
    /// Octets of all words in a row.
    let found: [Range<Int>]
    /// The first of them that ends behind `place`.
    var next = 0
    var place = 0

    mutating func nodes(_ nodes: [Markup]) -> [Markup] {
      nodes.map { node in
        switch node {
        case .text(let text): return .text(masked(text))
        case .element(var element):
          if let url = element.attributes.href, !keys.tokens(in: url.value).isEmpty {
            element.attributes.href = nil
            element.tag = .span
          }
          if element.parts { place += 1 }
          element.children = self.nodes(element.children)
          if element.parts { place += 1 }
          return .element(element)
        }
      }
    }

    private mutating func masked(_ text: String) -> String {
      let end = place + text.utf8.count
      defer { place = end }
      while next < found.count, found[next].upperBound <= place { next += 1 }
      var result = ""
      var at = place
      for range in found[next...].prefix(while: { $0.lowerBound < end }) {
        result += String(decoding: text.utf8.dropFirst(at - place).prefix(max(0, range.lowerBound - at)), as: UTF8.self)
        if range.lowerBound >= place { result += KeyRing.mask }
        at = min(range.upperBound, end)
      }
      return at == place ? text : result + String(decoding: text.utf8.dropFirst(at - place), as: UTF8.self)
    }
  }
}

extension Markup.Element {
  /// Whether words before it and in it are read apart.
  fileprivate var parts: Bool { !tag.isInline || tag.isVoid }
}
