/// What of a reply's lines a person wrote: each line is marked by what is known of it, then the marks decide.
///
/// 1. Banners of gateways at the beginning.
/// 2. Quoted lines: behind `>`, or known to have been sent.
/// 3. Messages that are quoted whole, and introductions of quotations.
/// 4. Signatures, devices' lines and notices at the end of the person's words.
/// 5. Of the quoted lines those stay that an answer follows: an interleaved answer keeps what it answers.
enum ReplyTrimming {
  /// What stays and what goes, each in its order.
  struct Split {
    var own: [String]
    var elided: [String]
    /// Whether something was quoted.
    var isAnswer: Bool
    /// Whether something that a program wrote or marked stands there.
    var hasProgram: Bool
    /// Whether a message that is quoted whole, without marks, was found by its head alone.
    var hasUnmarked: Bool
  }

  /// Takes a reply's lines apart.
  ///
  /// - Parameters:
  ///   - names: the words of the sender's display name, folded.
  ///   - sent: what the sender was sent.
  ///   - mail: the mail that is answered, where it is known.
  ///   - structure: what the HTML that came beside the text marks as quoted, or as a signature.
  static func split(
    _ lines: [ReplyLine], names: [String] = [], sent: SentText? = nil, answering mail: AnsweredMail? = nil,
    structure: SentText? = nil
  ) -> Split {
    let lines = InitialMarks.read(lines, answering: mail)
    guard let sent else { return split(marked: lines, names, mail, structure) }
    let quotations = SentQuotations(of: sent, in: lines)
    let result = split(marked: quotations.lines, names, mail, structure)
    if quotations.isPartial, !result.hasProgram { return split(marked: lines, names, mail, structure) }
    return result
  }

  /// The same of lines of which it is known whether they were sent; and whether a program's words stand among them, or
  /// its marks.
  private static func split(
    marked lines: [ReplyLine], _ names: [String], _ mail: AnsweredMail?, _ structure: SentText?
  ) -> Split {
    var lines = lines
    for index in lines.indices where lines[index].isKnown { lines[index].isSent = true }
    lines = structure?.mark(lines) ?? lines
    let whole = mail.flatMap { markWhole(&lines, answering: $0) }
    let code = fenced(lines)
    for index in ReplyTail.banner(in: lines) where !code.contains(index) { lines[index].mark = .notice }
    markQuoted(&lines, except: code)
    if let whole { markOther(from: whole, &lines) }
    markStructure(&lines)
    markMessages(&lines, answering: mail, except: code)
    markTails(&lines, names: names, except: code)
    keepOthers(&lines, answering: mail)
    let quotations = AnsweredQuotations(lines).kept
    var own: [String] = []
    var elided: [String] = []
    var last = -1
    for index in lines.indices {
      let line = lines[index]
      guard line.mark == .own || line.mark == .quoted && quotations.contains(index) else {
        elided.append(line.text)
        continue
      }
      // Where something was taken out, one blank line is enough.
      if line.isBlank, line.depth == 0, last < index - 1, own.last?.allSatisfy(\.isWhitespace) ?? true { continue }
      if line.isContinued, last == index - 1, !own.isEmpty {
        own[own.count - 1] += line.text
      } else {
        own.append(line.text)
      }
      last = index
    }
    func has(_ isSo: (ReplyLine) -> Bool) -> Bool { lines.contains { isSo($0) && !$0.isBlank } }
    return Split(
      own: own, elided: elided, isAnswer: has { [.quoted, .introduction, .other].contains($0.mark) },
      hasProgram: has { [.introduction, .other].contains($0.mark) || $0.mark == .quoted && $0.depth > 0 },
      hasUnmarked: has { $0.mark == .other && $0.depth == 0 })
  }

  /// The lines of code between fences: they are a person's, whatever they look like.
  private static func fenced(_ lines: [ReplyLine]) -> Set<Int> {
    var found: Set<Int> = []
    var start: Int?
    for index in lines.indices where lines[index].depth == 0 && lines[index].folded.hasPrefix("```") {
      if let open = start {
        found.formUnion(open...index)
        start = nil
      } else {
        start = index
      }
    }
    return found
  }

  private static func markQuoted(_ lines: inout [ReplyLine], except code: Set<Int>) {
    for index in lines.indices where !code.contains(index) && lines[index].mark == .own {
      if lines[index].isKnown {
        lines[index].mark = .quoted
        continue
      }
      guard lines[index].depth > 0 else { continue }
      // The end of an address in brackets, wrapped.
      if isOpen(lines[max(0, index - 3)..<index]) { continue }
      // A mailbox's mark in front of `From`, not a quotation's.
      let isAlone =
        (index == 0 || lines[index - 1].depth == 0) && (index + 1 == lines.count || lines[index + 1].depth == 0)
      if lines[index].text.hasPrefix(">From "), isAlone { continue }
      lines[index].mark = .quoted
    }
    // Known lines have blank ones between them.
    var last: Int?
    for index in lines.indices where !lines[index].isBlank {
      if lines[index].isKnown, let last, lines[last].isKnown {
        for blank in last..<index where lines[blank].isBlank && lines[blank].mark == .own {
          lines[blank].mark = .quoted
        }
      }
      last = index
    }
  }

  /// Whether an angle bracket is open at the end of lines, with an address or a link in it, or nothing yet.
  private static func isOpen(_ lines: ArraySlice<ReplyLine>) -> Bool {
    guard lines.last?.depth == 0, lines.contains(where: { $0.folded.utf8.contains(0x3C) }) else { return false }
    let text = lines.lazy.filter { $0.depth == 0 }.map(\.folded).joined(separator: " ")
    guard text.utf8.reduce(0, { $0 + ($1 == 0x3C ? 1 : $1 == 0x3E ? -1 : 0) }) > 0,
      let inside = text.rest(behind: "<")
    else { return false }
    return inside.has("@") || inside.has("http") || inside.utf8.allSatisfy { $0 <= 0x20 }
  }

  /// What HTML says by its structure.
  private static func markStructure(_ lines: inout [ReplyLine]) {
    for index in lines.indices where lines[index].mark == .own {
      switch lines[index].hint {
      case .none: break
      case .introduction:
        lines[index].mark = .introduction
        lines[index].isCertain = true
      case .other:
        markOther(from: index, &lines)
        return
      // A person may have written into it: then it is trimmed only where nothing else would be lost.
      case .signature: lines[index].mark = .signature
      }
    }
    let hasOwn = lines.contains { $0.mark == .own && !$0.isBlank }
    if !hasOwn {
      for index in lines.indices where lines[index].mark == .signature { lines[index].mark = .own }
    }
  }

  /// A message of ours that is quoted whole and without marks, as the structure of HTML tells: of its lines those are
  /// quoted that were sent, since a person may have answered between them.
  ///
  /// - Returns: where it begins.
  private static func markWhole(_ lines: inout [ReplyLine], answering mail: AnsweredMail) -> Int? {
    func isTold(_ line: ReplyLine) -> Bool {
      line.depth == 0 && (line.hint == .other || line.isKnown && !line.isSent)
    }
    guard let start = lines.firstIndex(where: { isTold($0) && !$0.isBlank }),
      mail.source(of: lines[start...].filter(isTold)[...], below: []) == .mail
    else { return nil }
    for index in start..<lines.count where isTold(lines[index]) {
      lines[index].isKnown = false
      lines[index].hint = .none
    }
    markSent(from: start, &lines, mail)
    return start
  }

  /// Finds what was sent among the lines from one on, unless that was done.
  private static func markSent(from start: Int, _ lines: inout [ReplyLine], _ mail: AnsweredMail) {
    guard !lines[start...].contains(where: \.isSent) else { return }
    var rest = SentQuotations(of: mail.words, in: Array(lines[start...])).lines
    for index in rest.indices where rest[index].isKnown { rest[index].isSent = true }
    lines.replaceSubrange(start..., with: rest)
  }

  /// Messages without marks that are compared with the mail that is answered, at most: each comparison reads to its end.
  private static let mostCompared = 8

  /// Where the text ends of a message that begins in front of a line: at the next quotation with marks, or what
  /// introduces one.
  private static func endOfMessage(
    from start: Int, _ lines: [ReplyLine], _ introductions: [Int: (introduction: Introduction, end: Int)]
  ) -> Int {
    (start..<lines.count).first { place in
      lines[place].mark == .quoted && lines[place].depth > 0
        || introductions[place].map { $0.introduction.isStrong && $0.introduction.ownPrefix == 0 } ?? false
    } ?? lines.count
  }

  private static func markMessages(
    _ lines: inout [ReplyLine], answering mail: AnsweredMail?, except code: Set<Int>
  ) {
    var hasOwn = false
    var index = 0
    var compared = 0
    var introductions = Introduction.all(in: lines)
    var wasCut = false
    while index < lines.count {
      defer { index += 1 }
      // `>>> Ana Paz <ana@example.org> 26.05.2014 10:00 >>>`: GroupWise marks the introduction, not what it introduces.
      if lines[index].mark == .quoted, lines[index].depth == 3, hasOwn, lines[index].folded.hasSuffix(">>>"),
        index + 1 < lines.count, lines[index + 1].depth == 0
      {
        markOther(from: index, &lines)
        return
      }
      guard lines[index].mayIntroduce, lines[index].depth == 0, !lines[index].isBlank, !code.contains(index) else {
        continue
      }
      if let head = WholeMessage.start(at: index, of: lines) {
        if isQuoted(behind: head.upperBound, of: lines), !isKnown(behind: head.upperBound, of: lines) {
          let isCertain = WholeMessage.isCertain(lines[head])
          for place in head {
            lines[place].mark = .introduction
            lines[place].isCertain = isCertain
          }
          index = head.upperBound - 1
          continue
        }
        if let mail, compared < mostCompared {
          compared += 1
          let end = endOfMessage(from: head.upperBound, lines, introductions)
          if mail.source(of: lines[head.upperBound..<end], below: lines[head]) == .mail {
            markSent(from: head.upperBound, &lines, mail)
            markQuoted(&lines, except: code.filter { $0 < index })
          } else if WholeMessage.isForward(lines[index].folded) {
            // Who passes on a message that was never ours wants it to be read.
            hasOwn = true
            index = end - 1
            continue
          } else if !WholeMessage.isCertain(lines[head]) {
            hasOwn = true
            index = head.upperBound - 1
            continue
          }
        }
        markOther(from: heading(above: index, head: head.upperBound, of: lines), head: head.upperBound, &lines)
        return
      }
      // One line is cut in two, no more: it takes a look at all of them.
      if let (found, end) = introductions[index], found.ownPrefix == 0 || !wasCut {
        let isFollowed =
          isQuoted(behind: end + 1, of: lines) && !(hasOwn && isKnown(behind: end + 1, of: lines))
        let isEnd = lines[(end + 1)...].allSatisfy(\.isBlank)
        if isFollowed || found.isStrong && (isEnd || !hasOwn && found.ownPrefix == 0) {
          index = markIntroduction(found, end, &lines) - 1
          hasOwn = hasOwn || found.ownPrefix > 0
          if found.ownPrefix > 0 {
            introductions = Introduction.all(in: lines)
            wasCut = true
          }
          continue
        }
        if found.isStrong, hasOwn || found.ownPrefix > 0 {
          markOther(from: markIntroduction(found, end, &lines), &lines)
          return
        }
      }
      hasOwn = hasOwn || lines[index].mark == .own
    }
  }

  /// Marks its lines; gives where the next line stands.
  private static func markIntroduction(_ found: Introduction, _ end: Int, _ lines: inout [ReplyLine]) -> Int {
    var range = found.start...end
    if found.ownPrefix > 0 {
      // The line is the person's in its first part.
      let parts = parted(lines[found.start].text, folded: lines[found.start].folded, at: found.ownPrefix)
      lines[found.start] = ReplyLine(parts.rest)
      lines.insert(ReplyLine(parts.own), at: found.start)
      range = (found.start + 1)...(end + 1)
    }
    for place in range {
      lines[place].mark = .introduction
      lines[place].isCertain = found.isStrong
    }
    return range.upperBound + 1
  }

  /// A line in two, where its folded text is; the second part is left out.
  private static func parted(_ text: String, folded: String, at offset: Int) -> (own: String, rest: String) {
    let wanted = ReplyLine.folded(Substring(String(decoding: folded.utf8.prefix(offset), as: UTF8.self)))
    // The shortest beginning that has as much in it; by halves, since a line may be long.
    let places = Array(text.indices) + [text.endIndex]
    var low = 0
    var high = places.count - 1
    while low < high {
      let middle = (low + high) / 2
      if ReplyLine.folded(text[..<places[middle]]).utf8.count < wanted.utf8.count {
        low = middle + 1
      } else {
        high = middle
      }
    }
    let end = places[low]
    var own = text[..<end]
    while let last = own.last, "-–— ".contains(last) { own.removeLast() }
    return (String(own), String(text[own.endIndex...]))
  }

  /// Where the title of our mail stands right above its head, as in HTML, that one's place; else the head's.
  private static func heading(above start: Int, head end: Int, of lines: [ReplyLine]) -> Int {
    guard lines[end...].prefix(12).contains(where: \.isSent),
      let last = lines[..<start].lastIndex(where: { !$0.isBlank }), lines[last].depth == 0
    else { return start }
    let first = lines[..<last].lastIndex(where: \.isBlank).map { $0 + 1 } ?? 0
    return lines[first...last].suffix(3).lastIndex { $0.folded.hasPrefix("[#") && !$0.isWorkedOn } ?? start
  }

  private static func isQuoted(behind index: Int, of lines: [ReplyLine]) -> Bool {
    guard index < lines.count, let next = lines[index...].first(where: { !$0.isBlank || $0.depth > 0 }) else {
      return false
    }
    return next.mark == .quoted
  }

  /// Whether a line without a mark is next, that was sent.
  private static func isKnown(behind index: Int, of lines: [ReplyLine]) -> Bool {
    guard index < lines.count, let next = lines[index...].first(where: { !$0.isBlank }) else { return false }
    return next.isKnown && next.depth == 0
  }

  /// The rest is another message. Where it is known what was sent, words between its lines are answers, and so are those
  /// behind our own last words, with which our mail ends.
  private static func markOther(from start: Int, head: Int = 0, _ lines: inout [ReplyLine]) {
    let behind = max(start, head)
    let lastSent = lines[behind...].lastIndex { $0.isSent && $0.mark == .quoted } ?? start
    let firstSent = lines[behind...].firstIndex { $0.isSent && $0.mark == .quoted }
    let lastFoot = lines[behind...].lastIndex { $0.isSent && $0.mark == .notice } ?? lines.count
    var hasOwn = lines[..<start].contains { $0.mark == .own && !$0.isBlank }
    for place in start..<lines.count
    where lines[place].mark == .own || lines[place].mark == .quoted && !lines[place].isKnown {
      if lines[place].isWorkedOn, place >= behind { continue }
      let isAnswer =
        ((firstSent ?? .max) < place && (place < lastSent || !hasOwn) || lastFoot < place) && lines[place].depth == 0
        && isWritten(lines[place]) && !ReplyTail.isContact(lines[place].folded)
      if !isAnswer { lines[place].mark = .other }
      // Who answers between the lines answers behind the last of them too.
      if isAnswer, place < lastSent { hasOwn = false }
    }
    // A post's last words are too few to be known where an answer stands in front of them: a sign-off above our foot.
    for foot in behind..<lines.count where lines[foot].mark == .notice {
      let end = (lines[behind..<foot].lastIndex { !$0.isBlank } ?? foot) + 1
      guard end <= foot, lines[end - 1].mark == .own else { continue }
      let start = (lines[behind..<end].lastIndex { $0.isBlank || $0.mark != .own } ?? behind - 1) + 1
      if start < end, isSignOff(lines[start..<end]) { for place in start..<end { lines[place].mark = .other } }
    }
  }

  /// Quotations of what was never mailed are the person's, with the line that leads to them: a mail program quotes
  /// nothing else than the mail that is answered, or puts what it quotes, with date and author, at the end.
  private static func keepOthers(_ lines: inout [ReplyLine], answering mail: AnsweredMail?) {
    var weak: [Range<Int>] = []
    var index = 0
    while index < lines.count {
      guard lines[index].mark == .introduction || lines[index].mark == .quoted else {
        index += 1
        continue
      }
      let start = index
      func skip(_ mark: ReplyLine.Mark) {
        while index < lines.count, lines[index].mark == mark || lines[index].isBlank { index += 1 }
      }
      skip(.introduction)
      let first = index
      skip(.quoted)
      let quoted = lines[first..<index]
      guard quoted.contains(where: { $0.mark == .quoted && !$0.isBlank }) else { continue }
      let end = (lines[..<index].lastIndex { !$0.isBlank } ?? start) + 1
      let head = lines[start..<first]
      let hasHead = head.contains { !$0.isBlank }
      let isTail = !lines[end...].contains { $0.mark == .own && !$0.isBlank }
      // What HTML calls quoted, a mail program has put there.
      let isCertain = head.contains(where: \.isCertain) || quoted.contains { $0.depth == 0 && $0.isKnown && !$0.isSent }
      guard let mail else {
        if hasHead, !isCertain, !isTail { weak.append(start..<end) }
        continue
      }
      let source = mail.source(of: quoted, below: head)
      // Much of the mail is no person's choice, whatever introduces it or not.
      if source == .mail, mail.isMuch(quoted) {
        for place in first..<end where lines[place].mark == .quoted { lines[place].isKnown = true }
      }
      let isTheirs =
        switch source {
        case .mail: false
        case .other: !(isCertain && isTail)
        case .unknown: hasHead && !isCertain
        }
      if isTheirs { for place in start..<end { lines[place].mark = .own } }
    }
    // Nothing is known; but a program introduces one quotation, and a person may several.
    guard weak.count > 1 else { return }
    for place in weak.joined() { lines[place].mark = .own }
  }

  /// Whether a line between those of our mail is more than what our mail has there: a link, a number.
  private static func isWritten(_ line: ReplyLine) -> Bool {
    line.words > 1 || line.folded.contains(where: \.isLetter) && !line.folded.has("://") && !line.folded.has("@")
  }

  /// Tails behind one another, and runs of lines with nothing else, at most.
  private static let mostCuts = 8

  /// Trims the last run of the person's lines, then the one in front of it if nothing is left, and so on.
  private static func markTails(_ lines: inout [ReplyLine], names: [String], except code: Set<Int>) {
    let tail = ReplyTail(names: names)
    var end = lines.count
    for _ in 0..<mostCuts {
      // The last run of own lines, blank ones within.
      guard let last = lines[..<end].lastIndex(where: { $0.mark == .own && !$0.isBlank }) else { return }
      var start = last
      while start > 0, lines[start - 1].mark == .own { start -= 1 }
      let isAll = !lines[..<start].contains { $0.mark == .own && !$0.isBlank }
      var cut = last + 1
      for _ in 0..<mostCuts {
        guard let found = tail.start(in: start..<cut, of: lines, isAll: isAll), !code.contains(found.index) else {
          break
        }
        for place in found.index..<cut { lines[place].mark = found.mark }
        cut = found.index
        guard cut > start else { break }
      }
      if lines[start..<cut].contains(where: { !$0.isBlank }) {
        // A sign-off alone below a quotation answers nothing; the words in front of it may have a tail too.
        guard isSignOff(lines[start..<cut]), !isAll else { return }
      }
      end = start
      if end == 0 { return }
    }
  }

  /// Whether lines are nothing but a sign-off with a name.
  static func isSignOff(_ run: ArraySlice<ReplyLine>) -> Bool {
    let written = run.filter { !$0.isBlank }
    guard written.count <= 3, let first = written.first else { return false }
    return ReplyTail.isSignOff(first.folded) && written.dropFirst().allSatisfy { $0.words <= 5 && !$0.endsSentence }
  }
}
