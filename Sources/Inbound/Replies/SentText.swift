/// What was mailed to a person, kept so that a quotation of it is recognised by what it says (rule I4), whatever marks,
/// or none, a mail program puts in front of it, and however it wraps the lines anew.
///
/// Kept are no words, but hashes of 64 bits: one of each few words in a row. It is a pure value; who keeps it, keeps
/// `octets`. It grows with the text: eight octets for each word, or for each character where words have no spaces.
public struct SentText: Sendable, Equatable {
  /// Of the text itself.
  private var words: Set<UInt64>
  /// Of what we put around every text: nobody answers it.
  private var foot: Set<UInt64>

  /// Texts as they were mailed, in any of their forms, and the lines that Watchpost adds to every mail.
  public init(_ texts: [String], foot: [String] = []) {
    words = Set(texts.flatMap { Self.hashes(Self.tokens($0)) })
    self.foot = Set(foot.flatMap { Self.hashes(Self.tokens($0)) })
  }

  /// Both together.
  public func union(_ other: SentText) -> SentText {
    var result = self
    result.words.formUnion(other.words)
    result.foot.formUnion(other.foot)
    return result
  }

  /// Whether nothing can be recognised by it: no text, or one of a few words alone.
  public var isEmpty: Bool { words.isEmpty && foot.isEmpty }

  // MARK: As octets

  private static let version: UInt8 = 1

  /// For keeping: a version, two counts of 32 bits, then the hashes in order, the largest octet first.
  public var octets: [UInt8] {
    var result = [Self.version]
    result.reserveCapacity(9 + (words.count + foot.count) * 8)
    for count in [words.count, foot.count] {
      for shift in stride(from: 24, through: 0, by: -8) { result.append(UInt8(truncatingIfNeeded: count >> shift)) }
    }
    for hashes in [words, foot] {
      for hash in hashes.sorted() {
        for shift in stride(from: 56, through: 0, by: -8) { result.append(UInt8(truncatingIfNeeded: hash >> shift)) }
      }
    }
    return result
  }

  /// Reads what `octets` gave; nil if it is anything else.
  public init?(octets: [UInt8]) {
    guard octets.count >= 9, octets[0] == Self.version else { return nil }
    func number(_ start: Int, _ size: Int) -> UInt64 {
      octets[start..<(start + size)].reduce(0) { $0 << 8 | UInt64($1) }
    }
    let counts = (Int(number(1, 4)), Int(number(5, 4)))
    guard octets.count == 9 + (counts.0 + counts.1) * 8 else { return nil }
    let all = stride(from: 9, to: octets.count, by: 8).map { number($0, 8) }
    words = Set(all[..<counts.0])
    foot = Set(all[counts.0...])
    guard words.count == counts.0, foot.count == counts.1 else { return nil }
  }

  // MARK: Words

  /// A word, or a character of a script without spaces.
  private struct Token {
    let hash: UInt64
    /// A word counts two, a character one.
    let weight: Int
    /// Where it stands.
    let range: Range<String.Index>
  }

  /// How much is hashed together: four words, or eight characters.
  private static let span = 8
  /// What a block must have to be cut where it is one line alone: eight words.
  private static let block = 16

  /// The words of a text, without links, which programs rewrite, and without marks of any kind.
  private static func tokens(_ text: String) -> [Token] {
    var result: [Token] = []
    let scalars = text.unicodeScalars
    var index = scalars.startIndex
    var start = index
    var hash = Self.seed
    var isLink = false
    var bracket = false
    func isEnd(_ place: String.Index) -> Bool { place == scalars.endIndex }
    func close(_ end: String.Index) {
      if start < end, !isLink { result.append(Token(hash: hash, weight: 2, range: start..<end)) }
      hash = Self.seed
      isLink = false
    }
    while !isEnd(index) {
      let scalar = scalars[index]
      let next = scalars.index(after: index)
      if isLink {
        // A link goes to the next white space, or to the bracket that it began behind.
        if scalar.value <= 0x20 || scalar == ">" || scalar == "]" && bracket {
          close(index)
          start = next
        }
        index = next
        continue
      }
      if let folded = Self.folded(scalar) {
        if Self.isAlone(scalar.value) {
          close(index)
          result.append(Token(hash: Self.mixed(Self.seed, folded), weight: 1, range: index..<next))
          start = next
        } else {
          if folded == 0 {
            // Invisible: as if it were not there.
            if hash == Self.seed { start = next }
          } else {
            if hash == Self.seed { start = index }
            hash = Self.mixed(hash, folded)
          }
        }
      } else if scalar == ":", hash == Self.mailto || scalars[next...].starts(with: "//".unicodeScalars) {
        isLink = true
        bracket = start > scalars.startIndex && scalars[scalars.index(before: start)] == "["
      } else {
        if hash != Self.seed { close(index) }
        start = next
        hash = Self.seed
      }
      index = next
    }
    if hash != Self.seed || isLink { close(index) }
    return result
  }

  private static let mailto = "mailto".unicodeScalars.reduce(seed) { mixed($0, $1.value) }
  private static let seed: UInt64 = 0xCBF2_9CE4_8422_2325

  /// FNV-1a, four octets at a time.
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
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .titlecaseLetter:
        return scalar.properties.lowercaseMapping.unicodeScalars.first?.value ?? value
      case .lowercaseLetter, .modifierLetter, .otherLetter, .decimalNumber, .letterNumber, .nonspacingMark,
        .spacingMark:
        return value
      default: return nil
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

  /// For each place where so many words follow, their hash.
  private static func hashes(_ tokens: [Token]) -> [UInt64] {
    tokens.indices.compactMap { spanned(tokens, from: $0)?.hash }
  }

  private static func spanned(_ tokens: [Token], from start: Int) -> (hash: UInt64, end: Int)? {
    var hash = seed
    var weight = 0
    var index = start
    while weight < span {
      guard index < tokens.count else { return nil }
      hash = (hash ^ tokens[index].hash) &* 0x9E37_79B9_7F4A_7C15
      hash ^= hash >> 29
      weight += tokens[index].weight
      index += 1
    }
    return (hash, index)
  }

  // MARK: Recognising

  /// Marks the lines that were sent, a block at a time; a line that was sent in part is cut in two or three.
  func mark(_ lines: [ReplyLine]) -> [ReplyLine] {
    guard !isEmpty else { return lines }
    // All words of all lines in a row, since lines are wrapped anew.
    var tokens: [Token] = []
    var places: [Range<Int>] = []
    for line in lines {
      let start = tokens.count
      tokens += Self.tokens(line.text)
      places.append(start..<tokens.count)
    }
    var isKnown = [Bool](repeating: false, count: tokens.count)
    var isFoot = isKnown
    for start in tokens.indices {
      guard let (hash, end) = Self.spanned(tokens, from: start) else { break }
      if words.contains(hash) { for place in start..<end { isKnown[place] = true } }
      if foot.contains(hash) { for place in start..<end { isFoot[place] = true } }
    }
    guard isKnown.contains(true) || isFoot.contains(true) else { return lines }
    func weight(_ range: Range<Int>, where known: [Bool]? = nil) -> Int {
      var sum = 0
      for place in range where known?[place] ?? true { sum += tokens[place].weight }
      return sum
    }
    var result: [ReplyLine] = []
    /// How much is written in each line of the result.
    var weights: [Int] = []
    func keep(_ line: ReplyLine, _ weight: Int) {
      result.append(line)
      weights.append(weight)
    }
    for (line, range) in zip(lines, places) {
      var line = line
      let all = weight(range)
      let footed = weight(range, where: isFoot)
      if all > 0, footed * 10 >= all * 6, footed >= Self.span || footed == all {
        line.mark = .notice
        line.isKnown = true
        keep(line, all)
        continue
      }
      let known = weight(range, where: isKnown)
      guard known > 0, known * 10 >= all * 6 || known >= Self.block else {
        keep(line, all)
        continue
      }
      // What stands before and behind the known words, if it is more than a stray word, is the person's.
      let first = range.first { isKnown[$0] } ?? range.lowerBound
      let last = range.last { isKnown[$0] } ?? range.lowerBound
      let head = weight(range.lowerBound..<first)
      let rest = weight((last + 1)..<range.upperBound)
      let within = all - head - rest
      if known * 10 < within * 8 {
        keep(line, all)
      } else if line.depth == 0, known >= Self.block, head >= 4 || rest >= 4 {
        let from = head >= 4 ? tokens[first].range.lowerBound : line.text.startIndex
        var to = rest >= 4 ? tokens[last].range.upperBound : line.text.endIndex
        // The mark that ends the sentence is the sentence's.
        while rest >= 4, to < line.text.endIndex, line.text[to].isPunctuation { line.text.formIndex(after: &to) }
        if head >= 4 { keep(ReplyLine(line.text[..<from], hint: line.hint), head) }
        var middle = ReplyLine(line.text[from..<to], hint: line.hint)
        middle.isKnown = true
        keep(middle, within)
        if rest >= 4 { keep(ReplyLine(line.text[to...], hint: line.hint), rest) }
      } else {
        line.isKnown = head < 4 && rest < 4 || line.depth > 0
        keep(line, all)
      }
    }
    return Self.withoutLone(result, weights)
  }

  /// A lone short line may be the person's: blocks are two lines, or one that is long.
  private static func withoutLone(_ lines: [ReplyLine], _ weights: [Int]) -> [ReplyLine] {
    var lines = lines
    var block: [Int] = []
    /// Lines without words, behind the block so far.
    var between: [Int] = []
    func close() {
      let weight = block.reduce(0) { $0 + weights[$1] }
      if weight < Self.block, block.count < 2 || weight < span {
        for place in block where lines[place].mark != .notice { lines[place].isKnown = false }
      }
      block = []
      between = []
    }
    for index in lines.indices where !lines[index].isBlank {
      if weights[index] == 0 {
        between.append(index)
      } else if lines[index].isKnown {
        // A rule, or a picture, between two known lines is of the block.
        if !block.isEmpty { for place in between { lines[place].isKnown = true } }
        between = []
        block.append(index)
      } else {
        close()
      }
    }
    close()
    return lines
  }
}
