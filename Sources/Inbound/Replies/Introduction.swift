/// The line, or the wrapped lines, that a mail program puts in front of a quotation: `On … wrote:`.
///
/// What tells it from a person's sentence are its parts more than its words: a date or a time, an address in brackets,
/// a verb, a colon at the end.
struct Introduction {
  /// Where it begins.
  let start: Int
  /// Whether it is one whatever stands behind it; a weak one needs a quotation behind it.
  let isStrong: Bool
  /// How many octets of its first line, folded, stand in front of it and are a person's.
  let ownPrefix: Int

  /// Lines that one introduction is wrapped over, at most.
  private static let most = 5
  /// Lines of a text that could end one and are looked at closely.
  private static let mostLooks = 1000
  /// Octets of one, at most.
  private static let longest = 600

  /// All of a text, by the line in which each begins, with the line in which it ends.
  static func all(in lines: [ReplyLine]) -> [Int: (introduction: Introduction, end: Int)] {
    var result: [Int: (introduction: Introduction, end: Int)] = [:]
    var looks = 0
    for end in lines.indices where mayEnd(lines[end].folded) {
      looks += 1
      if looks > mostLooks { break }
      if let found = ending(at: end, of: lines), result[found.start] == nil { result[found.start] = (found, end) }
    }
    return result
  }

  /// Finds the one that ends with a line.
  private static func ending(at index: Int, of lines: [ReplyLine]) -> Introduction? {
    let last = lines[index]
    guard last.mayIntroduce, last.folded.utf8.count < longest else { return nil }
    var joined = ""
    var found: Introduction?
    var start = index
    while start >= max(0, index - most + 1) {
      let line = lines[start]
      // One blank line within, where the line behind it goes on with an address.
      if line.isBlank {
        guard joined.hasPrefix("<"), start > 0, !lines[start - 1].isBlank else { break }
        start -= 1
        continue
      }
      guard line.mayIntroduce else { break }
      joined = joined.isEmpty ? line.folded : line.folded + " " + joined
      guard joined.utf8.count < longest else { break }
      let parts = Parts(joined)
      if let strength = parts.strength {
        if parts.opens, strength == .strong { return Introduction(start: start, isStrong: true, ownPrefix: 0) }
        if strength == .strong, let offset = Parts.sharedLine(line.folded, with: joined) {
          return Introduction(start: start, isStrong: true, ownPrefix: offset)
        }
        // A name in front of the address may stand in the line above.
        let isOpen = joined.hasPrefix("<") || joined.hasPrefix("(")
        if found == nil || isOpen || found?.isStrong == false && strength == .strong {
          found = Introduction(start: start, isStrong: strength == .strong, ownPrefix: 0)
        }
        if isOpen, start > 0, lines[start - 1].words <= 5, !lines[start - 1].isBlank, !lines[start - 1].endsSentence {
          found = Introduction(start: start - 1, isStrong: strength == .strong, ownPrefix: 0)
        }
      }
      start -= 1
    }
    return found
  }

  /// Whether an introduction may end like that: looked at before all else, since most lines do not.
  private static func mayEnd(_ folded: String) -> Bool {
    guard let last = folded.utf8.last else { return false }
    if [0x3A, 0x3E, 0x2D, 0x2A, 0x5D, 0x29].contains(last) { return true }
    return Parts.endsWithVerb(folded) || folded.has(" gmt") || folded.has(" utc")
  }
}

/// What an introduction is made of, found in its folded text.
private struct Parts {
  enum Strength { case weak, strong }

  private let text: String
  private let signs: DateSigns
  private let verb: Bool
  private let isBracketed: Bool

  init(_ text: String) {
    self.text = text
    let bare = Self.withoutAddresses(text)
    signs = DateSigns(bare)
    verb = Self.verbs.contains { Self.hasWord(bare, $0) }
    isBracketed = text.has("@") && (text.has("<") || text.has("[mailto:") || text.has("(")) || text.has("<mailto:")
  }

  /// Nil where it is no introduction at all.
  var strength: Strength? {
    let trimmed = Self.trimmed(text)
    let isDashed = text.hasPrefix("--") && text.hasSuffix("--")
    let ends = text.hasSuffix(":") || trimmed.hasSuffix(":") || isDashed && verb
    let isDated = signs.hasYear || signs.hasTime || signs.hasDate
    if ends {
      if isBracketed, isDated { return .strong }
      // `26 May 2014, 10:00 by ana@example.org:`
      if signs.beginsWithDate, text.has("@"), text.utf8.count < 160 { return .strong }
      if verb, isBracketed { return .strong }
      if verb, isDashed { return .strong }
      if verb, text.has("@"), isDated || opens { return .strong }
      if verb, opens, signs.hasTime || signs.hasDate || signs.hasYear && namesAfterComma { return .strong }
      if verb, signs.hasTime, signs.hasYear || signs.hasDate { return .strong }
      if isBracketed, Self.quoting.contains(where: { text.hasPrefix($0) }) { return .strong }
      if verb, text.utf8.count < 200 { return .weak }
    }
    // Without a colon it must have everything: a person's sentence may be wrapped behind such a verb.
    if isBracketed, isDated, Self.endsWithVerb(trimmed) { return .strong }
    // `2011/4/7 Ana <a@b>`: old programs of Google's.
    if signs.beginsWithDate, text.hasSuffix(">"), isBracketed, text.utf8.count < 160 { return .strong }
    if signs.beginsWithDate, signs.hasTime, text.has(" gmt+") || text.has(" gmt-"), text.utf8.count < 100 {
      return .strong
    }
    return nil
  }

  /// Whether a name follows a comma: `On 26 May 2014, Ana wrote:`. Who tells of a meeting names no name there, but `the
  /// secretariat`.
  private var namesAfterComma: Bool {
    guard let comma = text.lastIndex(of: ",") else { return false }
    let rest = text[text.index(after: comma)...].trimmedOfWhitespace
    return rest.words <= 6 && !Self.articles.contains { rest.hasPrefix($0) }
  }

  private static let articles = [
    "the ", "a ", "we ", "they ", "he ", "she ", "it ", "der ", "die ", "das ", "wir ", "er ", "sie ", "le ", "la ",
    "les ",
    "l'", "il ", "elle ", "nous ", "el ", "los ", "las ", "o ", "os ", "as ", "lo ", "gli ", "i ", "de ", "het ", "в ",
  ]

  /// Whether it begins as such a line does: a word of time, a date, dashes.
  var opens: Bool {
    let start = String(text.drop { "-–—*_|•( ".contains($0) })
    if signs.beginsWithDate { return true }
    return Self.openings.contains { start.hasPrefix($0) }
  }

  /// Where the introduction begins in a line that begins with a person's words: `Yes. On Mon, 26 May …`.
  static func sharedLine(_ line: String, with joined: String) -> Int? {
    for opening in sharing {
      var from = line.startIndex
      var last: String.Index?
      while let range = line[from...].firstRange(of: opening) {
        let before = range.lowerBound == line.startIndex ? " " : line[line.index(before: range.lowerBound)]
        let word = line[range.upperBound...].prefix(3)
        if before == " " || before == "-" || before == ".",
          word.first?.isNumber == true || DateSigns.days.contains(String(word))
            || DateSigns.months.contains(String(word))
        {
          last = range.lowerBound
        }
        from = range.upperBound
      }
      guard let last, last > line.startIndex else { continue }
      let offset = line.utf8.distance(from: line.startIndex, to: last)
      let rest = String(joined.utf8.dropFirst(offset)) ?? ""
      if Parts(rest).strength == .strong { return offset }
    }
    return nil
  }

  private static let sharing = ["on ", "am ", "le ", "el ", "il ", "op ", "em ", "den ", "dne ", "w dniu "]

  static func endsWithVerb(_ text: String) -> Bool {
    guard let last = text.utf8.last, verbEnds.contains(last) else { return false }
    return verbs.contains { text.hasSuffix($0) && hasWord(text, $0) }
  }

  /// Without what may stand around it: dashes, stars, the colon.
  private static func trimmed(_ text: String) -> String {
    var kept = Substring(text)
    while let last = kept.last, "-–—*_ ".contains(last) { kept.removeLast() }
    return String(kept)
  }

  /// Without what stands in angle brackets, and without words that hold an `@` or begin a link: digits there are no
  /// date.
  private static func withoutAddresses(_ text: String) -> String {
    guard text.has("@") || text.has("<") || text.has("http") else { return text }
    var depth = 0
    var kept: [UInt8] = []
    for octet in text.utf8 {
      switch octet {
      case 0x3C: depth += 1
      case 0x3E: depth = max(depth - 1, 0)
      default: if depth == 0 { kept.append(octet) }
      }
    }
    return String(decoding: kept, as: UTF8.self).split(separator: " ").filter { !$0.has("@") && !$0.hasPrefix("http") }
      .joined(separator: " ")
  }

  /// Whether a word stands in it; Latin letters at its ends make it another word.
  private static func hasWord(_ text: String, _ word: String) -> Bool {
    guard let offset = text.offset(of: word) else { return false }
    let octets = text.utf8
    func isLetter(_ place: Int) -> Bool {
      guard place >= 0, place < octets.count else { return false }
      return (0x61...0x7A).contains(octets[octets.index(octets.startIndex, offsetBy: place)])
    }
    guard (0x61...0x7A).contains(word.utf8.first ?? 0) else { return true }
    return !isLetter(offset - 1) && !isLetter(offset + word.utf8.count)
  }

  private static let verbEnds = Set(verbs.compactMap(\.utf8.last))

  /// "Wrote", as mail programs say it.
  private static let verbs = [
    "wrote", "writes", "schrieb", "schrieben", "geschrieben", "schreibt", "a écrit", "écrit", "escribió", "escribio",
    "escreveu", "ha scritto", "schreef", "geschreven", "написал", "написала", "написал(а)", "пишет", "писал",
    "писал(а)", "написав", "пише", "пользователь", "写道", "寫道", "撰写", "のメール", "書きました", "さんは書きました", "작성", "님이 작성",
    "님이 씀", "yazdı", "yazmış", "şunu yazdı", "كتب", "كتبت", "كتابة", "ने लिखा", "aliandika", "ameandika", "đã viết",
    "skrev", "skrev følgende", "kirjoitti", "napisał", "napisała", "napisał(a)", "pisze", "said", "írta", "napsal",
    "napsala", "napsal(a)", "napísal", "napísal(a)", "a scris", "έγραψε", "menulis", "נכתב", "כתב", "כתבה", "نوشت",
    "เขียนว่า", "va escriure", "написа", "je napisao", "je napisala", "rašė", "parašė", "rakstīja", "kirjutas",
    "het volgende", "ezt írta",
  ]

  /// How they begin where a word stands in front of the date.
  private static let openings = [
    "on ", "at ", "am ", "le ", "el ", "em ", "às ", "il ", "in data", "op ", "в ", "на ", "у ", "於", "在", "den ",
    "dne ", "dňa ", "w dniu", "dnia ", "vào ", "lúc ", "dia ", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "в ",
    "في ", "بتاريخ", "mnamo ", "tarehe ", "pada ", "în ", "la ", "στις ", "בתאריך", "ב-", "در ", "ในวันที่",
    "da ", "date:", "der ", "från ",
  ]

  /// Programs that name only the person.
  private static let quoting = [
    "quoting ", "zitat von ", "citando ", "quotando ", "citaat van ", "cytowanie ", "цитирую ", "цитирование ",
    "цитата ",
    "引用", "اقتباس ", "citation de ", "cita de ", "citat från ", "alıntı ",
  ]
}

/// What of a date stands in a folded text.
struct DateSigns {
  /// A year from 1970 to 2099.
  private(set) var hasYear = false
  /// Hours and minutes.
  private(set) var hasTime = false
  /// Three numbers with points, dashes or strokes between.
  private(set) var hasDate = false
  /// Whether it begins with a date, or a number and a month.
  private(set) var beginsWithDate = false

  static let days: Set<String> = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
  static let months: Set<String> = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
  ]

  init(_ text: String) {
    let octets = Array(text.utf8)
    var index = 0
    /// The numbers of a date so far, and where the last one ended.
    var numbers = 0
    var previousEnd = -9
    var dateStart = 0
    while index < octets.count {
      guard octets[index].isDigit else {
        index += 1
        continue
      }
      let start = index
      while index < octets.count, octets[index].isDigit { index += 1 }
      let count = index - start
      if count == 4,
        octets[start] == 0x31 && octets[start + 1] == 0x39 || octets[start] == 0x32 && octets[start + 1] == 0x30
      {
        hasYear = true
      }
      // Between two numbers of a date: one of `./-`, a blank behind it at most; or 年, 월 and the like.
      let gap = previousEnd >= 0 ? octets[previousEnd..<start] : []
      let joins =
        (1...2).contains(gap.count) && [0x2E, 0x2F, 0x2D].contains(gap.first ?? 0)
        || (3...4).contains(gap.count) && (gap.first ?? 0) >= 0xE3
      if joins, count <= 4 {
        numbers += 1
      } else {
        numbers = 1
        dateStart = start
      }
      previousEnd = index
      if numbers == 3 {
        hasDate = true
        if dateStart <= 3 { beginsWithDate = true }
      }
      // 10:00, 10.00, 10h00, 10時00分.
      if count <= 2, index + 2 < octets.count + 0, isTimeMark(octets, index) {
        var minute = index + 1
        if octets[index] >= 0xE0 { minute = index + 3 }
        if minute + 1 < octets.count, octets[minute].isDigit, octets[minute + 1].isDigit,
          minute + 2 >= octets.count || !octets[minute + 2].isDigit
        {
          hasTime = true
        }
      }
    }
    // `26 mai 2014 …`, `26 мая …`: a day, a word, a year.
    if let first = octets.first, first.isDigit, hasYear, hasTime || hasDate { beginsWithDate = true }
    if let first = octets.first, first.isDigit, hasTime { beginsWithDate = true }
  }

  private func isTimeMark(_ octets: [UInt8], _ index: Int) -> Bool {
    switch octets[index] {
    case 0x3A, 0x68: true
    case 0x2E: index + 3 >= octets.count || octets[index + 3] != 0x2E
    // 時, 时, 点, 시
    case 0xE6, 0xE7, 0xEC: true
    default: false
    }
  }
}
