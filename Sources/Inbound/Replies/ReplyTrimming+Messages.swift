/// Messages that stand in a reply, and what introduces quotations: which are the mail that is answered, which a program's
/// and which the person's.
extension ReplyTrimming {
  /// What HTML says by its structure.
  static func markStructure(_ lines: inout [ReplyLine]) {
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
  static func markWhole(_ lines: inout [ReplyLine], answering mail: AnsweredMail) -> Int? {
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
  static func markSent(from start: Int, _ lines: inout [ReplyLine], _ mail: AnsweredMail) {
    guard !lines[start...].contains(where: \.isSent) else { return }
    var rest = SentQuotations(of: mail.words, in: Array(lines[start...])).lines
    for index in rest.indices where rest[index].isKnown { rest[index].isSent = true }
    lines.replaceSubrange(start..., with: rest)
  }

  /// Messages without marks that are compared with the mail that is answered, at most: each comparison reads to its end.
  private static let mostCompared = 8

  /// Where the text ends of a message that begins in front of a line: at the next quotation, or what introduces one.
  private static func endOfMessage(
    from start: Int, _ lines: [ReplyLine], _ introductions: [Int: (introduction: Introduction, end: Int)]
  ) -> Int {
    var hasWords = false
    for place in start..<lines.count {
      let line = lines[place]
      let isQuoted = line.mark == .quoted && line.depth > 0 || line.mark == .other || line.isSent
      if isQuoted || introductions[place].map({ $0.introduction.isStrong && $0.introduction.ownPrefix == 0 }) ?? false {
        return place
      }
      if hasWords, let head = WholeMessage.start(at: place, of: lines), WholeMessage.isCertain(lines[head]) {
        return place
      }
      hasWords = hasWords || !line.isBlank
    }
    return lines.count
  }

  static func markMessages(
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
      guard lines[index].mayIntroduce || lines[index].isByline, lines[index].depth == 0, !lines[index].isBlank,
        !code.contains(index)
      else {
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
  static func markOther(from start: Int, head: Int = 0, _ lines: inout [ReplyLine]) {
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
    // Blank lines are of the answer that they stand beside.
    let written = (start..<lines.count).filter { !lines[$0].isBlank }
    for (first, second) in zip(written, written.dropFirst() + [lines.count]) where second > first + 1 {
      guard lines[first].mark == .own || second < lines.count && lines[second].mark == .own else { continue }
      for place in (first + 1)..<second where lines[place].mark == .other && lines[place].depth == 0 {
        lines[place].mark = .own
      }
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
  static func keepOthers(_ lines: inout [ReplyLine], answering mail: AnsweredMail?) {
    var weak: [Range<Int>] = []
    var index = 0
    let lastOwn = lines.lastIndex { $0.mark == .own && !$0.isBlank } ?? -1
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
      let isTail = lastOwn < end
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
      // The Bat! greets in front of what it quotes, wherever the answer stands.
      if source == .mail, hasHead, isTail, let greeting = lines[..<start].lastIndex(where: { !$0.isBlank }),
        lines[greeting].mark == .own, lines[greeting].words <= 3, greeting > 0, lines[greeting - 1].isBlank,
        AnsweredQuotations.isGreeting(lines[greeting...greeting]),
        lines[..<greeting].contains(where: { $0.mark == .own && !$0.isBlank })
      {
        lines[greeting].mark = .introduction
      }
    }
    // Nothing is known; but a program introduces one quotation, and a person may several.
    guard weak.count > 1 else { return }
    for place in weak.joined() { lines[place].mark = .own }
  }

  /// Whether a line between those of our mail is more than what our mail has there: a link, a number.
  private static func isWritten(_ line: ReplyLine) -> Bool {
    line.words > 1 || line.folded.contains(where: \.isLetter) && !line.folded.has("://") && !line.folded.has("@")
  }
}
