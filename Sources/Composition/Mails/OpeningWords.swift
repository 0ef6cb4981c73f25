import Text

// The first words of a post, for lists of mails and tables of contents.

extension [Markup] {
  /// The first words that the author wrote themselves, on one line: quotations are passed over, unless there is nothing
  /// else. Cut at a word's end, and marked so.
  /// - Parameter limit: columns; at least 20.
  func openingWords(limit: Int) -> String {
    for passesOver in [true, false] {
      var words = ""
      Self.collect(self, passesOverQuotations: passesOver, until: limit * 8, into: &words)
      let line = words.singleLine(limit: limit * 8)
      if !line.isEmpty { return line.cutAtWord(columns: limit) }
    }
    return ""
  }

  /// - Parameter size: octets after which enough is found.
  private static func collect(
    _ nodes: [Markup], passesOverQuotations: Bool, until size: Int, into words: inout String
  ) {
    for node in nodes where words.utf8.count < size {
      switch node {
      case .text(let text): words += text.cut(to: size)
      case .element(let element):
        if passesOverQuotations, element.tag == .blockquote { continue }
        // Blocks and line breaks part words.
        if !element.tag.isInline || element.tag == .br { words += " " }
        collect(element.children, passesOverQuotations: passesOverQuotations, until: size, into: &words)
        if !element.tag.isInline { words += " " }
      }
    }
  }
}

extension String {
  /// A line of at most so many columns; cut between words where one ends near enough, and marked `…` if it `isMarked`.
  func cutAtWord(columns limit: Int, isMarked: Bool = true) -> String {
    guard columns > limit else { return self }
    var room = limit - 1
    var end = startIndex
    while end < endIndex {
      room -= String(self[end]).columns
      if room < 0 { break }
      end = index(after: end)
    }
    var kept = self[..<end]
    if self[end] != " ", let space = kept.lastIndex(of: " "), kept[space...].count < limit / 3 { kept = kept[..<space] }
    while let last = kept.last, last == " " || last == "," { kept.removeLast() }
    return kept + (isMarked ? "…" : "")
  }
}
