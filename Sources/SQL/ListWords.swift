/// What may stand before a list.
enum ListWords {
  case within, notWithin
  /// `ANY (`, `unnest (`, `CAST (` and the like, which take an array as it is.
  case array

  /// Reads the words at the end of a text.
  ///
  /// It looks back from the list over white space, one parenthesis, `IN` and perhaps `NOT`, in any case. A name that
  /// only ends with these letters (`margin (`) is none of them.
  /// - Returns: the words with how many of the text's octets they take up; nil if there is no parenthesis.
  static func atEnd(of text: [UInt8]) -> (words: ListWords, count: Int)? {
    var end = text.count
    func skipSpace() { while end > 0, [32, 9, 10, 13].contains(text[end - 1]) { end -= 1 } }
    func skip(_ word: String) -> Bool {
      let start = end - word.utf8.count
      guard start >= 0, text[start..<end].elementsEqual(word.utf8, by: { $0 | 32 == $1 | 32 }) else { return false }
      guard start == 0 || !isWordByte(text[start - 1]) else { return false }
      end = start
      return true
    }
    skipSpace()
    guard end > 0, text[end - 1] == UInt8(ascii: "(") else { return nil }
    end -= 1
    skipSpace()
    guard skip("in") else { return (.array, 0) }
    let withinStart = end
    skipSpace()
    if skip("not") { return (.notWithin, text.count - end) }
    return (.within, text.count - withinStart)
  }

  /// What compares with a list, in the place of the words: PostgreSQL compares with an array.
  func comparison(_ dialect: Dialect) -> String {
    switch (dialect, self) {
    case (_, .array): ""
    case (.sqlite, .within): "IN ("
    case (.sqlite, .notWithin): "NOT IN ("
    case (.postgres, .within): "= ANY ("
    case (.postgres, .notWithin): "<> ALL ("
    }
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    (97...122).contains(byte | 32) || byte.isDigit || byte == UInt8(ascii: "_")
  }
}
