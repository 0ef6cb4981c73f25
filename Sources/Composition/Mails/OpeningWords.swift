import Text

// The first words of a post, for lists of mails and tables of contents.

extension [Markup] {
  /// The first words that the author wrote themselves, on one line: quotations and a salutation are passed over, unless
  /// there is nothing else. Cut at a word's end, and marked so.
  /// - Parameter limit: columns; at least 20.
  func openingWords(limit: Int) -> String {
    for passesOver in [true, false] {
      var words = ""
      Self.collect(self, passesOverQuotations: passesOver, until: limit * 8, into: &words)
      var lines = words.lines.map { String($0).singleLine(limit: limit * 8) }.filter { !$0.isEmpty }
      if lines.count > 1, lines[0].isSalutation { lines.removeFirst() }
      if !lines.isEmpty { return lines.joinedAsProse.cutAtWord(columns: limit) }
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
        // Blocks and line breaks part lines.
        if !element.tag.isInline || element.tag == .br { words += "\n" }
        collect(element.children, passesOverQuotations: passesOverQuotations, until: size, into: &words)
        if !element.tag.isInline { words += "\n" }
      }
    }
  }
}

extension [String] {
  /// Lines one behind the other: with a blank between, but for scripts that have none between words.
  fileprivate var joinedAsProse: String {
    dropFirst().reduce(self[0]) { text, line in
      guard let last = text.unicodeScalars.last, let next = line.unicodeScalars.first else { return text + line }
      return text + (last.isWide || next.isWide ? "" : " ") + line
    }
  }
}

extension Unicode.Scalar {
  /// Of a script that is written without blanks, or its punctuation.
  fileprivate var isWide: Bool {
    switch value {
    case 0x3000...0x30FF, 0x3400...0x9FFF, 0xF900...0xFAFF, 0xFF00...0xFF60, 0x20000...0x3FFFF: true
    default: false
    }
  }
}

extension String {
  /// Whether a line does nothing but greet: short, and open to what follows. One that ends with an exclamation mark may
  /// be all that somebody has to say, so it has to begin as greetings do.
  fileprivate var isSalutation: Bool {
    guard let last = unicodeScalars.last, columns <= 60 else { return false }
    if ",،，:：".unicodeScalars.contains(last) { return true }
    return "!！".unicodeScalars.contains(last) && String.greetings.contains(where: lowercased().hasPrefix)
  }

  /// Of the six languages, in small letters.
  private static let greetings = [
    "dear ", "hello", "hi ", "good ", "greetings", "chers", "chère", "cher ", "bonjour", "mesdames", "estimad",
    "querid",
    "buen", "hola", "¡hola", "¡buen", "уважаем", "дорог", "здравств", "добрый", "доброе", "привет", "السلام", "الزملاء",
    "السادة", "تحية", "各位", "尊敬", "亲爱", "大家好", "您好", "你好",
  ]

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
