// How wide a text stands in a fixed-width font, and where its lines may break.

extension Unicode.Scalar {
  /// Columns in a fixed-width font: 0 for marks that join the letter before, 2 for East Asian wide letters and emoji
  /// (Unicode Standard Annex 11).
  public var columns: Int {
    if value < 0x300 { return 1 }
    if isWide { return 2 }
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: return 1
    }
  }

  /// East Asian wide letters and emoji, by blocks: what is not assigned there counts as wide too, since fonts show it
  /// as a wide box. The combining marks among those blocks are not wide.
  public var isWide: Bool {
    switch value {
    case ..<0x1100, 0x302A...0x302F, 0x3099, 0x309A: false
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF,
      0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F3FA, 0x1F400...0x1F64F, 0x1F680...0x1F6FF,
      0x1F900...0x1F9FF, 0x1FA70...0x1FAFF, 0x20000...0x3FFFD:
      true
    default: false
    }
  }

  /// Joins the letter before it, whatever its width: marks, joiners, skin tones, variation selectors.
  fileprivate var joinsBefore: Bool { columns == 0 || (0x1F3FB...0x1F3FF).contains(value) }

  /// May not open a line: closing brackets and punctuation, small kana (JIS X 4051, GB/T 15834).
  fileprivate var mayNotOpenLine: Bool {
    ".,;:!?)]}>%'\"”’»›…、。〃々〉》」』】〕〗〙〛〜〞〟！），．：；？］｝～·ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ"
      .unicodeScalars.contains(self)
  }

  /// May not end a line: opening brackets and quotes.
  fileprivate var mayNotEndLine: Bool { "([{<“‘«‹〈《「『【〔〖〘〚〝（［｛#$".unicodeScalars.contains(self) }
}

extension StringProtocol {
  /// Columns in a fixed-width font.
  public var columns: Int { unicodeScalars.reduce(0) { $0 + $1.columns } }

  /// The text as lines of at most `width` columns, broken at spaces and, in scripts that are written without them,
  /// between letters where their rules allow it. What has no place to break (a long URL, or a word with the signs that
  /// French puts a space before) stays whole on a line of its own. Spaces at a break are left out.
  public func wrapped(to width: Int) -> [String] {
    var lines: [String] = []
    var line = String.UnicodeScalarView()
    var column = 0
    for word in words() {
      var isFirst = true
      for piece in word.unbreakablePieces() {
        let space = isFirst && column > 0 ? 1 : 0
        if column > 0, column + space + piece.columns > width {
          lines.append(String(line))
          line = String.UnicodeScalarView()
          column = 0
        } else if space == 1 {
          line.append(" ")
          column += 1
        }
        line.append(contentsOf: piece.scalars)
        column += piece.columns
        isFirst = false
      }
    }
    if column > 0 || lines.isEmpty { lines.append(String(line)) }
    return lines
  }

  /// What stands between spaces; a sign that closes is one with the word before it, a lone `«` with the word behind.
  private func words() -> [SubSequence] {
    var words: [SubSequence] = []
    var isOpen = false
    for word in split(separator: " " as Character, omittingEmptySubsequences: true) {
      let closes = word.unicodeScalars.first.map { ":;!?»)".unicodeScalars.contains($0) } ?? false
      if isOpen || closes, let last = words.last {
        words[words.count - 1] = self[last.startIndex..<word.endIndex]
      } else {
        words.append(word)
      }
      isOpen = word == "«"
    }
    return words
  }

  /// A word in pieces between which a line may break; one piece unless it holds wide letters.
  private func unbreakablePieces() -> [(scalars: [Unicode.Scalar], columns: Int)] {
    var pieces: [(scalars: [Unicode.Scalar], columns: Int)] = [([], 0)]
    var previous: Unicode.Scalar?
    for scalar in unicodeScalars {
      if let last = previous, last.isWide || scalar.isWide, !scalar.joinsBefore, !scalar.mayNotOpenLine,
        !last.mayNotEndLine, last.value != 0x200D, last != " ", scalar != " "
      {
        pieces.append(([], 0))
      }
      pieces[pieces.count - 1].scalars.append(scalar)
      pieces[pieces.count - 1].columns += scalar.columns
      previous = scalar
    }
    return pieces
  }
}

extension StringProtocol where SubSequence == Substring {
  /// The lines, without their LF.
  public var lines: [Substring] {
    var lines: [Substring] = []
    var start = startIndex
    while let end = utf8[start...].firstIndex(of: 0x0A) {
      lines.append(self[start..<end])
      start = utf8.index(after: end)
    }
    lines.append(self[start...])
    return lines
  }
}

/// The width that prose is wrapped to, as mail has it since RFC 1855.
public let proseWidth = 72

/// A plain text with its own line ends, each line that is too long to read wrapped behind its own quotation marks or
/// indentation.
public func wrappedLines(_ text: String, longerThan limit: Int = 78) -> String {
  var result = ""
  result.reserveCapacity(text.utf8.count + text.utf8.count / 32)
  var isFirst = true
  for line in text.lines {
    if !isFirst { result += "\n" }
    isFirst = false
    // A line of few octets is a line of few columns.
    guard line.utf8.count > limit, line.columns > limit else {
      result += line
      continue
    }
    let lead = line.prefix { $0 == ">" || $0 == " " || $0 == "\t" }.prefix(24)
    let rest = line[lead.endIndex...].wrapped(to: Swift.max(proseWidth - lead.columns, 24))
    result += rest.map { lead + $0 }.joined(separator: "\n")
  }
  return result
}
