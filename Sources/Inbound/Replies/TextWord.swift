/// A word of a text as `SentText` compares it, or a character of a script without spaces.
struct TextWord {
  /// Of its letters and digits in lower case; links, marks and what nobody sees are no part of it.
  let hash: UInt64
  /// A word counts two, a character one.
  let weight: Int
  /// Where it stands.
  let range: Range<String.Index>

  /// The words of a text, so many at most, without links, which programs rewrite, and without marks of any kind.
  static func all(in text: String, most: Int) -> [TextWord] {
    var scanner = Scanner(text.unicodeScalars)
    return scanner.words(most: most)
  }

  /// The one pass over the scalars.
  private struct Scanner {
    private let scalars: String.UnicodeScalarView
    private var index: String.Index
    /// Where the word that is open began.
    private var start: String.Index
    private var hash = TextWord.seed
    /// How many characters it has.
    private var size = 0
    private var found: [TextWord] = []

    init(_ scalars: String.UnicodeScalarView) {
      self.scalars = scalars
      index = scalars.startIndex
      start = index
    }

    mutating func words(most: Int) -> [TextWord] {
      while index < scalars.endIndex, found.count < most {
        var scalar = scalars[index]
        var next = scalars.index(after: index)
        if scalar == "&", let reference = reference() { (scalar, next) = reference }
        switch TextWord.folded(scalar) {
        case let folded? where TextWord.isAlone(scalar.value):
          close()
          found.append(TextWord(hash: TextWord.mixed(TextWord.seed, folded), weight: 1, range: index..<next))
          start = next
        case 0?:
          // Nobody sees it: as if it were not there.
          if hash == TextWord.seed { start = next }
        case let folded?:
          if hash == TextWord.seed { start = index }
          hash = TextWord.mixed(hash, folded)
          size += 1
        case nil where scalar == ":" && (hash == TextWord.mailto || scalars[next...].starts(with: "//".unicodeScalars)):
          skipLink()
          continue
        case nil:
          close()
          start = next
        }
        index = next
      }
      if found.count < most { close() }
      return found
    }

    /// Ends the word that is open. What is too long to be one, programs break anywhere: it is passed over like a link.
    private mutating func close() {
      if hash != TextWord.seed, start < index, size <= TextWord.longest {
        found.append(TextWord(hash: hash, weight: 2, range: start..<index))
      }
      hash = TextWord.seed
      size = 0
    }

    /// The character that a numeric reference of HTML stands for, and where it ends: programs write them into plain text.
    private func reference() -> (scalar: Unicode.Scalar, end: String.Index)? {
      let rest = scalars[index...].prefix(11)
      guard rest.starts(with: "&#".unicodeScalars), let end = rest.firstIndex(of: ";") else { return nil }
      let digits = String(rest[..<end].dropFirst(2)).lowercased()
      let value = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
      return value.flatMap(Unicode.Scalar.init).map { ($0, scalars.index(after: end)) }
    }

    /// A link goes to the next white space, or to the bracket that it began behind.
    private mutating func skipLink() {
      let isBracketed = start > scalars.startIndex && scalars[scalars.index(before: start)] == "["
      while index < scalars.endIndex {
        let scalar = scalars[index]
        if scalar.value <= 0x20 || scalar == ">" || scalar == "]" && isBracketed { break }
        index = scalars.index(after: index)
      }
      hash = TextWord.seed
      size = 0
      start = index
    }
  }

  /// Characters of a word, at most.
  private static let longest = 30

  private static let seed: UInt64 = 0xCBF2_9CE4_8422_2325
  private static let mailto = "mailto".unicodeScalars.reduce(seed) { mixed($0, $1.value) }

  /// FNV-1a, a scalar at a time.
  private static func mixed(_ hash: UInt64, _ value: UInt32) -> UInt64 {
    (hash ^ UInt64(value)) &* 0x0000_0100_0000_01B3
  }

  /// A letter's or digit's lower case; 0 for what nobody sees; nil for everything else.
  private static func folded(_ scalar: Unicode.Scalar) -> UInt32? {
    let value = scalar.value
    switch value {
    case 0x30...0x39, 0x61...0x7A: return value
    case 0x41...0x5A: return value | 0x20
    case 0..<0x80: return nil
    case 0xAD, 0x61C, 0x180E, 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x2069, 0xFE00...0xFE0F, 0xFEFF: return 0
    // Han and kana need no look at their properties.
    case 0x3041...0x30FF, 0x3400...0x9FFF: return value
    default:
      let category = scalar.properties.generalCategory
      // What programs send in many ways, or leave out: pictures, and what nobody sees.
      if category == .format || value == 0xFFFD { return 0 }
      switch category {
      case .uppercaseLetter, .titlecaseLetter:
        return scalar.properties.lowercaseMapping.unicodeScalars.first?.value ?? value
      case .lowercaseLetter, .modifierLetter, .otherLetter, .decimalNumber, .letterNumber, .nonspacingMark,
        .spacingMark:
        return value
      default: return value > 0xFFFF ? 0 : nil
      }
    }
  }

  /// Scripts that write no spaces between words: kana, Han, Thai, Lao, Khmer, Burmese.
  private static func isAlone(_ value: UInt32) -> Bool {
    switch value {
    case 0x3041...0x30FF, 0x3400...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF, 0xE00...0xEFF, 0x1000...0x109F,
      0x1780...0x17FF:
      true
    default: false
    }
  }
}

extension TextWord {
  /// Whether it is put into a text around what somebody wrote: the number of a list's item, of a link or of a post, or
  /// what stands for a picture.
  func isMark(in text: String, isFirst: Bool) -> Bool {
    let word = text[range].utf8
    if text[..<range.lowerBound].hasSuffix("[#") { return true }
    let next = text[range.upperBound...].unicodeScalars.first
    if word.count <= 3, word.allSatisfy({ (0x30...0x39).contains($0) }) {
      if isFirst, let next, ".)\t".unicodeScalars.contains(next) { return true }
      return next == "]" && text[..<range.lowerBound].unicodeScalars.last == "["
    }
    if isFirst, word.count == 1, let next, ".)\t".unicodeScalars.contains(next) { return true }
    // Word's bullet.
    if isFirst, word.elementsEqual("o".utf8) { return text[range.upperBound...].hasPrefix("  ") }
    // As far as such a name reaches.
    let before = text[..<range.lowerBound].unicodeScalars.suffix(120)
    guard let open = before.lastIndex(of: "["), !before[open...].contains("]") else { return false }
    let inside = text[open...].dropFirst().prefix(6).lowercased()
    return inside.hasPrefix("cid:") || inside.hasPrefix("image")
  }
}

extension ArraySlice<TextWord> {
  /// How much is hashed together: four words, or eight characters.
  static let span = 8

  /// The hash of all of them.
  var combined: UInt64 {
    reduce(0x9E37_79B9_7F4A_7C15) { hash, word in
      let hash = (hash ^ word.hash) &* 0x9E37_79B9_7F4A_7C15
      return hash ^ hash >> 29
    }
  }

  /// The hash of so many words from the first on, and where they end; nil if there are fewer.
  var spanned: (hash: UInt64, end: Int)? {
    var hash: UInt64 = 0x9E37_79B9_7F4A_7C15
    var weight = 0
    for index in indices {
      hash = (hash ^ self[index].hash) &* 0x9E37_79B9_7F4A_7C15
      hash ^= hash >> 29
      weight += self[index].weight
      if weight >= Self.span { return (hash, index + 1) }
    }
    return nil
  }
}
