/// What somebody looks for: words that must all stand in a post, in whatever case.
struct SearchWords {
  /// In small letters; each once.
  let words: [String]

  /// A word of so many signs can be found by the index, which knows three signs in a row.
  static let indexed = 3
  /// More words, or longer ones, are no search.
  static let most = 8, longest = 60

  /// - Parameter text: as it was typed.
  init(_ text: String) {
    var words: [String] = []
    for part in text.split(whereSeparator: { $0.isWhitespace || $0 == "\0" }) {
      let word = String(String.UnicodeScalarView(part.lowercased().unicodeScalars.prefix(Self.longest)))
      if !word.isEmpty, !words.contains(word) { words.append(word) }
      if words.count == Self.most { break }
    }
    self.words = words
  }

  /// Those that the index can find.
  var long: [String] { words.filter { $0.unicodeScalars.count >= Self.indexed } }

  /// For SQLite's FTS5: every three signs in a row of each word that has three; nil if none has.
  var trigrams: String? {
    var parts: [String] = []
    for word in long {
      let scalars = Array(word.unicodeScalars)
      for start in 0...(scalars.count - Self.indexed) {
        let part = String(String.UnicodeScalarView(scalars[start..<(start + Self.indexed)]))
        let quoted = "\"\(part.replacing("\"", with: "\"\""))\""
        if !parts.contains(quoted) { parts.append(quoted) }
      }
    }
    return parts.isEmpty ? nil : parts.joined(separator: " AND ")
  }

  /// For `ILIKE`, one for each word that the index can find.
  var patterns: [String] {
    long.map { word in
      "%" + word.flatMap { "\\%_".contains($0) ? ["\\", $0] : [$0] } + "%"
    }
  }

  /// Whether all stand in a text.
  func areAll(in texts: [String]) -> Bool {
    let octets = texts.map { Array($0.lowercased().utf8) }
    return words.allSatisfy { word in octets.contains { Self.contains($0, Array(word.utf8)) } }
  }

  private static func contains(_ text: [UInt8], _ word: [UInt8]) -> Bool {
    guard let first = word.first, text.count >= word.count else { return false }
    return text.withUnsafeBufferPointer { text in
      word.withUnsafeBufferPointer { word in
        var at = 0
        while at <= text.count - word.count {
          if text[at] == first {
            var length = 1
            while length < word.count, text[at + length] == word[length] { length += 1 }
            if length == word.count { return true }
          }
          at += 1
        }
        return false
      }
    }
  }
}
