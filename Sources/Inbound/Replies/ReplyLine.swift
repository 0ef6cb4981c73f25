/// One line of a reply, with what it is taken for.
struct ReplyLine: Sendable {
  /// What a line is taken for.
  enum Mark: Sendable {
    /// The person's own words, until something else is found.
    case own
    /// Somebody else's words, line by line: behind `>`, or known to have been sent.
    case quoted
    /// What a mail program puts in front of a quotation.
    case introduction
    /// Of a message that is quoted whole, without marks.
    case other
    /// A signature, a device's advertisement, contact data.
    case signature
    /// A gateway's, a list's or a lawyer's text.
    case notice
  }

  /// As it was written.
  let text: String
  /// Without the marks of quotations, folded: lower-cased, without what is invisible, digits and spaces plain. Of a long
  /// line its beginning.
  let folded: String
  /// How many marks of quotations stand in front.
  let depth: Int
  /// What the structure of HTML says.
  var hint: HTMLText.Hint
  /// What it is taken for.
  var mark = Mark.own
  /// Whether its words are known to be somebody else's.
  var isKnown = false
  /// Whether they are so because we sent them.
  var isSent = false
  /// Of what introduces a quotation: whether a mail program wrote it beyond doubt.
  var isCertain = false
  /// What stood in front of its text, and is not of it.
  var dropped = ""
  /// Whether it goes on in the line before: both were one.
  var isContinued = false
  /// Whether the person has changed what we sent: it is theirs, wherever it stands.
  var isWorkedOn = false
  /// How much it is like what was sent, whoever changed it.
  var likeness = Likeness.none
  /// Whether it stands between words that were sent one right behind the other: somebody put it there.
  var isInserted = false

  /// Whether it is a title of the mail that is answered, or the place where its post stands, or of a digest's contents.
  var isTitle = false
  /// Whether it has an address of ours that is made for one person.
  var hasOurAddress = false

  /// Whether it was sent, whatever a person has done to the lines beside it.
  var isLikeOurs: Bool { isSent || likeness == .whole }

  /// How much of a line was sent.
  enum Likeness { case none, part, whole }

  /// Whether a mail program may have put it there: nothing is known of it, or its words alone are.
  var mayIntroduce: Bool { mark == .own || mark == .quoted && isKnown && depth == 0 }

  /// Whether it is what our mails have above a post: `[#9240] Ana Paz, 26 May, 11:50`. A time stands in it, and another
  /// number before, the day's.
  var isByline: Bool {
    guard folded.utf8.count < 400, folded.has("[#") else { return false }
    // Behind marks of quotations that only some programs write.
    let bare = folded.drop { "|»:*# ".contains($0) }
    guard bare.hasPrefix("[#"), let end = bare.firstIndex(of: "]") else { return false }
    let rest = bare[end...]
    return rest.split(whereSeparator: { !$0.isNumber }).count >= 3 && DateSigns(String(rest)).hasTime
  }

  /// Whether it names a post by its number, as the line does that says what a post answers.
  var namesPost: Bool {
    guard folded.utf8.count < 400, let start = folded.firstRange(of: "[#") else { return false }
    return folded[start.upperBound...].prefix(41).contains("]")
  }

  /// `>>> Ana Paz <ana@example.org> 26.05.2014 10:00 >>>`: the line by which GroupWise introduces what it quotes.
  var isDoublyMarked: Bool {
    guard depth == 3, folded.utf8.count < 400, folded.hasSuffix(">>>") else { return false }
    let signs = DateSigns(folded)
    return folded.has("@") || signs.hasDate || signs.hasTime
  }

  /// Whether it is one long run without blanks, such as a link that a program has broken; not in scripts without any.
  var isUnbroken: Bool {
    guard folded.utf8.count >= 36, !folded.utf8.contains(0x20) else { return false }
    let words = TextWord.all(in: folded, most: 20)
    return words.count < 20 && words.allSatisfy { $0.weight > 1 }
  }

  /// Whether there is nothing to read in it.
  var isBlank: Bool { folded.isEmpty }

  init(_ text: some StringProtocol, hint: HTMLText.Hint = .none) {
    self.text = String(text)
    self.hint = hint
    var rest = Substring(text).utf8
    var depth = 0
    while let octet = rest.first {
      // Also the full-width form.
      let isWide = octet == 0xEF && rest.starts(with: [0xEF, 0xBC, 0x9E])
      guard octet <= 0x20 || octet == 0x3E || isWide else { break }
      if octet > 0x20 { depth += 1 }
      rest.removeFirst(isWide ? 3 : 1)
    }
    self.depth = depth
    folded = Self.folded(Substring(rest))
  }

  /// Octets of a line that any rule looks at, at most: what a mail program writes is short, and a person's line is theirs
  /// by what it does not begin with.
  static let longest = 8000

  /// Lower-cased; white space is one space, none at the ends; invisible characters are gone; digits of any script and
  /// full-width forms are ASCII. It ends behind `longest` octets.
  static func folded(_ text: Substring) -> String {
    // Some programs leave this in plain text.
    if text.has("&nbsp;") { return folded(Substring(text.replacing("&nbsp;", with: " "))) }
    if let plain = foldedASCII(text) { return plain }
    var size = 0
    var scalars = String.UnicodeScalarView()
    var isSpace = true
    for scalar in text.unicodeScalars {
      let value = scalar.value
      if value <= 0x20 || value == 0x7F || value > 0x7F && isWide(value) {
        if !isSpace { scalars.append(" ") }
        isSpace = true
        continue
      }
      size += UTF8.width(scalar)
      if size > longest { break }
      isSpace = false
      switch value {
      case 0x41...0x5A: scalars.append(Unicode.Scalar(UInt8(value | 0x20)))
      case 0..<0x80: scalars.append(scalar)
      case 0xAD, 0x61C, 0x180E, 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x2069, 0xFE00...0xFE0F, 0xFEFF: break
      case 0x660...0x669: scalars.append(digit(value - 0x660))
      case 0x6F0...0x6F9: scalars.append(digit(value - 0x6F0))
      case 0x966...0x96F: scalars.append(digit(value - 0x966))
      case 0xFF01...0xFF5E:
        let ascii = UInt8(value - 0xFEE0)
        scalars.append(Unicode.Scalar(ascii.lowerCased))
      case 0x2018, 0x2019: scalars.append("'")
      // One after another: together, the room for them would be counted anew from the text's first letter.
      case 0xC0..<0x250, 0x370..<0x530:
        for lower in scalar.properties.lowercaseMapping.unicodeScalars { scalars.append(lower) }
      default: scalars.append(scalar)
      }
    }
    if isSpace, scalars.last == " " { scalars.removeLast() }
    return String(scalars)
  }

  /// The same in one pass over octets, for a text that is nothing but ASCII; nil for others.
  private static func foldedASCII(_ text: Substring) -> String? {
    let octets = text.utf8
    guard octets.allSatisfy({ $0 < 0x80 }) else { return nil }
    return String(unsafeUninitializedCapacity: min(octets.count, longest)) { buffer in
      var count = 0
      var isSpace = true
      for octet in octets {
        if count == buffer.count { break }
        if octet <= 0x20 || octet == 0x7F {
          if isSpace { continue }
          isSpace = true
          buffer[count] = 0x20
        } else {
          isSpace = false
          buffer[count] = octet.lowerCased
        }
        count += 1
      }
      return isSpace && count > 0 ? count - 1 : count
    }
  }

  private static func digit(_ value: UInt32) -> Unicode.Scalar { Unicode.Scalar(UInt8(0x30 + value)) }

  private static func isWide(_ value: UInt32) -> Bool {
    switch value {
    case 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
    default: false
    }
  }
}

extension ReplyLine {
  /// It in two.
  func cut(at place: String.Index) -> (ReplyLine, ReplyLine) {
    var rest = ReplyLine(text[place...], hint: hint)
    rest.isContinued = true
    var first = ReplyLine(text[..<place], hint: hint)
    first.isContinued = isContinued
    first.dropped = dropped
    return (first, rest)
  }

  /// The characters that rules are drawn with.
  private static let drawn: Set<UInt8> = [0x2D, 0x5F, 0x3D, 0x2A, 0x7E, 0x23]

  /// Whether it is a rule: at least so many of one drawing character, and nothing else but blanks.
  func isRule(atLeast count: Int) -> Bool {
    guard let first = folded.utf8.first else { return false }
    if Self.drawn.contains(first) {
      let drawn = folded.utf8.count { $0 == first }
      return drawn >= count && folded.utf8.allSatisfy { $0 == first || $0 == 0x20 }
    }
    return folded.unicodeScalars.count >= count
      && folded.unicodeScalars.allSatisfy {
        (0x2010...0x2015).contains($0.value) || (0x2500...0x257F).contains($0.value)
      }
  }

  /// Whether it has nothing but what rules and the marks of quotations are drawn with.
  var isDrawn: Bool {
    !isBlank
      && folded.unicodeScalars.allSatisfy { scalar in
        "|>-_=*~#• ".unicodeScalars.contains(scalar) || (0x2010...0x2015).contains(scalar.value)
          || (0x2500...0x257F).contains(scalar.value)
      }
  }

  /// How many words it has; scripts without spaces count one for four characters.
  var words: Int {
    let spaces = folded.utf8.count { $0 == 0x20 }
    return max(spaces + 1, folded.utf8.count { $0 >= 0xE3 && $0 < 0xEE } / 4)
  }

  /// Whether it ends as a sentence does.
  var endsSentence: Bool {
    folded.last.map { ".!?。！？؟।…".contains($0) } ?? false
  }
}
