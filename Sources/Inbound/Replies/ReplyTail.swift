/// What stands at the end of a person's words and is not part of them: signatures, contact data, the advertisements of
/// devices, legal text, the feet of lists. And, at the beginning, the banners of gateways.
struct ReplyTail {
  /// The words of the sender's display name, folded.
  let names: [String]

  /// Lines from the end that are looked at.
  private static let deepest = 150
  /// Lines of a signature behind its delimiter, at most; what is longer is a person's text below a rule.
  private static let longest = 20

  /// Where the tail of a run of the person's lines begins, and what it is; nil where there is none.
  ///
  /// - Parameter isAll: whether nothing of the person's stands in front of the run.
  func start(in run: Range<Int>, of lines: [ReplyLine], isAll: Bool) -> (index: Int, mark: ReplyLine.Mark)? {
    guard let last = run.last(where: { !lines[$0].isBlank }) else { return nil }
    // Far above the end is no tail.
    let run = max(run.lowerBound, last - Self.deepest)..<(last + 1)
    var found: (index: Int, mark: ReplyLine.Mark)?
    func keep(_ index: Int?, _ mark: ReplyLine.Mark) {
      guard let index, index < found?.index ?? Int.max else { return }
      found = (index, mark)
    }
    keep(delimiter(in: run, of: lines), .signature)
    keep(ruled(in: run, of: lines), .notice)
    keep(notice(in: run, of: lines), .notice)
    keep(device(in: run, of: lines), .signature)
    keep(card(in: run, of: lines), .signature)
    if found == nil {
      keep(behindSignOff(in: run, of: lines), .signature)
      if found == nil { keep(contact(in: run, of: lines, isAll: isAll), .signature) }
    }
    return found
  }

  /// `-- ` (RFC 3676 section 4.3) and what people write for it.
  private func delimiter(in run: Range<Int>, of lines: [ReplyLine]) -> Int? {
    run.first { index in
      guard lines[index].depth == 0, Self.delimiters.contains(lines[index].folded) else { return false }
      let behind = lines[(index + 1)..<run.upperBound].filter { !$0.isBlank }
      guard behind.count <= Self.longest else { return false }
      if lines[index].text.hasPrefix("-- ") { return true }
      // Dashes divide paragraphs too; three stand in patches.
      let isSignature = behind.isEmpty || lines[index].folded != "---" || behind.count <= 6 && isReachable(behind)
      // A question, or a sentence of a few words, is no motto.
      let isSpoken = behind.contains {
        !Self.isContact($0.folded) && ($0.folded.hasSuffix("?") && $0.words > 1 || $0.endsSentence && $0.words > 3)
      }
      return isSignature && !Self.isProse(behind) && !(isSpoken && !isReachable(behind))
    }
  }

  private static let delimiters: Set<String> = ["--", "—", "–", "__", "--- --", "---"]

  /// A rule, and what is no person's text below it.
  private func ruled(in run: Range<Int>, of lines: [ReplyLine]) -> Int? {
    run.first { index in
      guard lines[index].isRule(atLeast: 5) else { return false }
      let behind = lines[(index + 1)..<run.upperBound].filter { !$0.isBlank }
      guard behind.count <= Self.longest else { return false }
      return behind.isEmpty || Self.isNotice(behind) || !Self.isProse(behind) && isReachable(behind)
        || behind.contains { line in ReplyWords.listPhrases.contains { line.folded.has($0) } }
    }
  }

  /// Whether lines have sentences: a signature has none.
  private static func isProse(_ lines: [ReplyLine]) -> Bool {
    lines.contains { $0.endsSentence && $0.words > 6 && !isContact($0.folded) } && !isNotice(lines)
  }

  /// Whether lines say who somebody is, or how to reach them.
  private func isReachable(_ lines: [ReplyLine]) -> Bool {
    lines.contains { Self.isContact($0.folded) || isOwnName($0) }
  }

  /// The first paragraph of legal text, of a list's foot, of a scanner's advertisement.
  private func notice(in run: Range<Int>, of lines: [ReplyLine]) -> Int? {
    for index in run
    where !lines[index].isBlank
      && (index == run.lowerBound || lines[index - 1].isBlank
        || lines[index - 1].isRule(atLeast: 3) || lines[index - 1].mark != .own)
    {
      let paragraph = lines[index..<run.upperBound].prefix { !$0.isBlank }
      guard Self.isNotice(Array(paragraph)) else { continue }
      // Its heading is of it.
      if index > run.lowerBound {
        let above = lines[run.lowerBound..<index].lastIndex { !$0.isBlank } ?? index
        if ReplyWords.noticeHeadings.contains(lines[above].folded.filter { $0 != ":" && $0 != "*" })
          || lines[above].isRule(atLeast: 3)
        {
          return above
        }
      }
      return index
    }
    // Without a blank line in front.
    return run.first { Self.isLegal(lines[$0].folded) }
  }

  /// Whether a paragraph is a notice.
  static func isNotice(_ paragraph: [ReplyLine]) -> Bool {
    let text = paragraph.lazy.map(\.folded).joined(separator: " ")
    if ReplyWords.footBeginnings.contains(where: { text.hasPrefix($0) }) { return true }
    if ReplyWords.footPhrases.contains(where: { text.has($0) }) { return true }
    return isLegal(text) || text.utf8.count > 60 && ReplyWords.legalPhrases.contains { text.has($0) }
  }

  /// Whether a text begins as legal text does, and goes on like it.
  private static func isLegal(_ text: String) -> Bool {
    text.utf8.count > 60 && ReplyWords.legalBeginnings.contains { text.hasPrefix($0) }
      && ReplyWords.legalWords.count { text.has($0) } > 1
  }

  /// A visiting card in a table of one column, as 163.com writes it: its borders alone in their lines.
  private func card(in run: Range<Int>, of lines: [ReplyLine]) -> Int? {
    func isBorder(_ line: ReplyLine) -> Bool { !line.isBlank && line.folded.allSatisfy { $0 == "|" || $0 == " " } }
    guard let last = run.last(where: { !lines[$0].isBlank }), isBorder(lines[last]) else { return nil }
    return run.first { index in
      guard isBorder(lines[index]), index < last else { return false }
      let within = lines[index...last].filter { !$0.isBlank && !isBorder($0) }
      return within.count <= 8 && within.allSatisfy { $0.folded.utf8.count <= 90 && !$0.endsSentence }
    }
  }

  /// `Sent from my …`, alone in its line, with at most a few lines behind it.
  private func device(in run: Range<Int>, of lines: [ReplyLine]) -> Int? {
    run.first { index in
      guard Self.isDevice(lines[index].folded) else { return false }
      let behind = lines[(index + 1)..<run.upperBound].filter { !$0.isBlank }
      // Whoever goes on with a sentence has not come to the end.
      let goesOn = behind.contains { line in
        line.endsSentence && line.words > 2 && !Self.isDevice(line.folded) && !Self.isContact(line.folded)
          && !ReplyWords.excuses.contains { line.folded.has($0) } && !Self.isSignOff(line.folded)
      }
      if goesOn, !Self.isNotice(behind) { return false }
      // The first of several stands for all.
      return behind.count <= 3 || behind.count { Self.isDevice($0.folded) } * 2 >= behind.count
        || index > run.lowerBound && lines[index - 1].isBlank && behind.allSatisfy { $0.words <= 8 }
    }
  }

  /// Whether a line is a device's advertisement.
  static func isDevice(_ folded: String) -> Bool {
    guard folded.utf8.count < 260 else { return false }
    let bare = folded.drop { "<([*_-–—\"“ ".contains($0) }
    let core = String(bare.hasSuffix(".") || bare.hasSuffix("。") ? bare.dropLast() : bare)
    guard let first = core.unicodeScalars.first, let last = core.unicodeScalars.last else { return false }
    if deviceLines[first]?.contains(where: { core.hasPrefix($0) }) == true { return core.words <= 14 }
    let isFramed = { (frames: [(String, String)]?) in
      frames?.contains { core.hasPrefix($0.0) && core.hasSuffix($0.1) } == true
    }
    guard
      deviceBeginnings[first]?.contains(where: { core.hasPrefix($0) }) == true || isFramed(deviceFrames[first])
        || isFramed(deviceEnds[last])
    else { return false }
    // A person's sentence may begin like that; a program's excuses for its errors.
    let excuses = ReplyWords.excuses.contains { core.has($0) }
    if !excuses,
      core.has(": ") || core.split(separator: " ").contains(where: { ReplyWords.people.contains(String($0)) })
    {
      return false
    }
    return excuses || core.words <= 12 && !core.has(", ") && !core.has(". ") && !core.has("，")
  }

  // By how they begin, or end: most lines do neither.
  private static let deviceLines = Dictionary(grouping: ReplyWords.deviceLines) { $0.unicodeScalars.first }
  private static let deviceBeginnings = Dictionary(grouping: ReplyWords.deviceBeginnings) { $0.unicodeScalars.first }
  private static let deviceFrames = Dictionary(grouping: ReplyWords.deviceFrames) { $0.0.unicodeScalars.first }
  private static let deviceEnds = Dictionary(grouping: ReplyWords.deviceFrames.filter(\.0.isEmpty)) {
    $0.1.unicodeScalars.last
  }

  /// What stands behind a sign-off and its name: titles, organizations, telephones.
  private func behindSignOff(in run: Range<Int>, of lines: [ReplyLine]) -> Int? {
    let places = run.filter { !lines[$0].isBlank }
    guard places.count >= 3 else { return nil }
    // Thanks in the first line are the message's, not its end.
    for place in (min(max(1, places.count - 14), places.count - 2)..<(places.count - 2)).reversed()
    where Self.isSignOff(lines[places[place]].folded) {
      let rest = places[(place + 1)...]
      // A name, perhaps twice (as signed, and as the program adds it).
      let name = lines[rest[rest.startIndex]]
      guard isName(name), !Self.isSignOff(name.folded) else { continue }
      let behind = rest.dropFirst()
      guard let first = behind.first, behind.count <= 12 else { return nil }
      let block = behind.map { lines[$0] }
      let isShort = block.allSatisfy { $0.folded.utf8.count <= 100 || Self.isContact($0.folded) }
      guard isShort, !block.contains(where: { Self.isPostscript($0.folded) }) else { return nil }
      let evidence = block.count { Self.isContact($0.folded) || Self.isTitle($0.folded) || isOwnName($0) }
      return evidence > 0 ? first : nil
    }
    return nil
  }

  /// A last paragraph of contact data without a sign-off above it.
  private func contact(in run: Range<Int>, of lines: [ReplyLine], isAll: Bool) -> Int? {
    // Paragraphs from the end, while they are contact data.
    var cut: Int?
    var end = run.upperBound
    while end > run.lowerBound {
      while end > run.lowerBound, lines[end - 1].isBlank { end -= 1 }
      var start = end
      while start > run.lowerBound, !lines[start - 1].isBlank { start -= 1 }
      guard start < end else { break }
      // Nothing would be left of the person's; or the words above say that it is to be read.
      if isAll, lines[run.lowerBound..<start].allSatisfy(\.isBlank) { break }
      let block = Array(lines[start..<end])
      let above = lines[run.lowerBound..<start].last { !$0.isBlank }
      // Below a name the number alone is enough.
      let isBelowName = above.map { isName($0) || isOwnName($0) } ?? false
      let isNumber = ReplyWords.telephones.contains { block[0].folded.hasPrefix($0) }
      let isBare = isBelowName && isNumber && block.count <= 10 && block.allSatisfy { Self.isContact($0.folded) }
      guard isContactBlock(block) || isBare, above?.folded.hasSuffix(":") != true else { break }
      cut = start
      end = start
    }
    return cut
  }

  private func isContactBlock(_ block: [ReplyLine]) -> Bool {
    if block.allSatisfy({ Self.isPicture($0.folded) }) { return true }
    guard block.count <= 10, block.allSatisfy({ $0.folded.utf8.count <= 110 }),
      !block.contains(where: { Self.isSignOff($0.folded) || Self.isPostscript($0.folded) })
    else { return false }
    let contacts = block.count { Self.isContact($0.folded) }
    let titles = block.count { Self.isTitle($0.folded) }
    let isProse = block.contains {
      $0.endsSentence && $0.words > 5 && !Self.isContact($0.folded) && !Self.isTitle($0.folded)
    }
    guard !isProse else { return false }
    if isOwnName(block[0]) { return contacts + titles > 0 }
    guard block.count > 1 else { return false }
    // A link, or one address, may be what the person wants to show.
    let isReachable = block.contains { Self.isContact($0.folded) && !$0.folded.has("http") && !$0.folded.has("www.") }
    return isName(block[0]) && isReachable && contacts + titles > 1 && (contacts + titles) * 2 >= block.count - 1
  }

  /// Whether a line is the sender's name, as the header has it.
  private func isOwnName(_ line: ReplyLine) -> Bool {
    guard !names.isEmpty, line.words <= 8 else { return false }
    let words = line.folded.split { " ,.;/|()-".contains($0) }.map(String.init)
    guard !words.isEmpty else { return false }
    let own = words.count { names.contains($0) }
    return own >= min(2, names.count) && own * 2 >= words.count
  }

  /// Whether a line could be a name: a few words, no sentence.
  private func isName(_ line: ReplyLine) -> Bool {
    line.words <= 5 && (!line.endsSentence || line.folded.hasSuffix(".") && line.folded.has(","))
      && !line.folded.has("@") && !line.folded.hasSuffix(":")
      && line.folded.utf8.count < 60 && !line.folded.utf8.contains(where: \.isDigit)
  }

  /// Whether a line is contact data: a telephone number, a link or an address alone.
  static func isContact(_ folded: String) -> Bool {
    guard folded.utf8.count <= 160 else { return false }
    let digits = folded.utf8.count { $0.isDigit }
    let words = folded.split(separator: " ")
    if folded.has("@"), words.count <= 5 { return true }
    if folded.has("www.") || folded.has("http"), words.count <= 4 { return true }
    guard digits >= 5 else { return false }
    if ReplyWords.telephones.contains(where: { folded.hasPrefix($0) }) { return digits >= 5 && words.count <= 14 }
    if ReplyWords.telephones.contains(where: { folded.has(" " + $0) || folded.has("|" + $0) }), digits >= 7 {
      return true
    }
    let letters = folded.utf8.count { (0x61...0x7A).contains($0) || $0 > 0x7F }
    // A number alone, not a date or an amount.
    return digits >= 7 && letters <= 4 && digits <= 32 && !folded.has(":") && (digits > 8 || !DateSigns(folded).hasDate)
  }

  /// Whether a line stands for a picture: `[cid:image001.png@…]`, `[image: Logo]`, `<image001.png>`.
  private static func isPicture(_ folded: String) -> Bool {
    ["[cid:", "[image", "[logo", "<image0", "[http"].contains { folded.hasPrefix($0) }
      && (folded.hasSuffix("]") || folded.hasSuffix(">"))
  }

  /// Whether a line names an office or an organization.
  static func isTitle(_ folded: String) -> Bool {
    guard folded.utf8.count <= 110, folded.words <= 12 else { return false }
    let words = folded.split { " ,.;:/|()&-–·".contains($0) }
    return words.contains { ReplyWords.titles.contains(String($0)) }
      || ReplyWords.wideTitles.contains { folded.has($0) }
  }

  /// `Best regards,` and the like, alone in their line.
  static func isSignOff(_ folded: String) -> Bool {
    guard folded.utf8.count <= 90, folded.words <= 6, !folded.hasSuffix("?") else { return false }
    return ReplyWords.signOffs.contains { folded.hasPrefix($0) }
  }

  private static func isPostscript(_ folded: String) -> Bool {
    ["ps", "p.s", "p. s", "nb:", "n.b", "pd:", "p.d", "з.ы", "追伸"].contains { prefix in
      folded.hasPrefix(prefix) && folded.dropFirst(prefix.count).first.map { !$0.isLetter } ?? true
    }
  }

  /// The lines at the beginning that a gateway put there.
  static func banner(in lines: [ReplyLine]) -> [Int] {
    var found: [Int] = []
    var paragraphs = 0
    var index = 0
    while index < lines.count, paragraphs < 3 {
      guard !lines[index].isBlank else {
        index += 1
        continue
      }
      let start = index
      while index < lines.count, !lines[index].isBlank { index += 1 }
      paragraphs += 1
      let text = lines[start..<index].lazy.map(\.folded).joined(separator: " ")
      guard text.utf8.count < 1500 else { break }
      if isBanner(text), index - start <= 6 {
        found += start..<index
      } else {
        // A banner without a blank line behind it: its own lines alone.
        let own = (start..<index).prefix { isBanner(lines[$0].folded) }
        found += own
        if own.count < index - start { break }
      }
    }
    return found
  }

  private static func isBanner(_ text: String) -> Bool {
    let start = String(text.drop { "[*!-⚠️ ".contains($0) })
    return ReplyWords.bannerSure.contains { text.has($0) }
      || ReplyWords.bannerTopics.contains { text.has($0) } && ReplyWords.bannerWords.contains { text.has($0) }
      || ReplyWords.bannerBeginnings.contains { start.hasPrefix($0) }
        && ReplyWords.bannerWords.contains { text.has($0) }
  }
}

extension StringProtocol {
  /// How many words stand in a folded text.
  var words: Int { utf8.count { $0 == 0x20 } + 1 }
}
