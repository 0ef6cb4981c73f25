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
      mail.source(of: lines[start...].filter(isTold)[...], below: head(at: start, of: lines)) == .mail
    else { return nil }
    for index in start..<lines.count where isTold(lines[index]) {
      lines[index].isKnown = false
      lines[index].hint = .none
    }
    markSent(from: start, &lines, mail)
    return start
  }

  /// The lines of a header that begin at a line, or behind a rule there.
  private static func head(at start: Int, of lines: [ReplyLine]) -> ArraySlice<ReplyLine> {
    WholeMessage.start(at: start, of: lines).map { lines[$0] } ?? []
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
      // GroupWise marks the introduction, not what it introduces.
      if lines[index].isDoublyMarked, index + 1 < lines.count, lines[index + 1].depth == 0 {
        lines[index].mark = .introduction
        lines[index].isCertain = true
        guard let mail, mail.source(of: lines[(index + 1)...], below: lines[index...index]) == .mail else {
          if !hasOwn { continue }
          markOther(from: index + 1, &lines)
          return
        }
        markSent(from: index + 1, &lines, mail)
        markQuoted(&lines, except: code.filter { $0 < index })
        markOther(from: index, head: index + 1, &lines)
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
    let frame = settleFrame(start, behind, &lines)
    let unknown = frame?.unknown
    let lastSent = lines[behind...].lastIndex { $0.isSent && $0.mark == .quoted } ?? start
    let firstSent = lines[behind...].firstIndex { $0.isSent && $0.mark == .quoted }
    let sentFoot = lines[behind...].lastIndex { $0.isSent && $0.mark == .notice }
    let lastFoot = frame?.foot ?? sentFoot ?? lines.count
    // What HTML calls a part of our mail stands there though it is behind the last of our words.
    for place in lines.indices.dropFirst(lastFoot + 1)
    where sentFoot != nil && lines[place].mark == .quoted && lines[place].depth == 0 {
      if lines[place].isKnown, !lines[place].isSent { (lines[place].mark, lines[place].isKnown) = (.own, false) }
    }
    var hasOwn = lines[..<start].contains { $0.mark == .own && !$0.isBlank }
    for place in start..<lines.count
    where lines[place].mark == .own || lines[place].mark == .quoted && !lines[place].isKnown {
      if lines[place].isWorkedOn, place >= behind { continue }
      let isAnswer =
        ((firstSent ?? .max) < place && (place < lastSent || !hasOwn) || lastFoot < place) && lines[place].depth == 0
        && isWritten(lines[place]) && !ReplyTail.isContact(lines[place].folded) && !lines[place].isTitle
        && !(unknown?.contains(place) ?? false)
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

  /// A mail of ours that is quoted whole, down to its foot: what is like its lines and yet another is a program's doing, and
  /// so are lines that nobody knows, unless one that somebody must have put there stands among them, or there is no
  /// other answer.
  ///
  /// - Returns: the last line of its foot, and where lines that are not known are no answers; nil where there is no foot.
  private static func settleFrame(
    _ start: Int, _ behind: Int, _ lines: inout [ReplyLine]
  ) -> (foot: Int, unknown: Range<Int>?)? {
    func isFoot(_ line: ReplyLine) -> Bool { line.isSent && line.mark == .notice && !line.isByline }
    guard lines[start...].contains(where: { $0.isByline || isFoot($0) }),
      var foot = lines[behind...].lastIndex(where: { isFoot($0) || $0.isTitle || $0.hasOurAddress }),
      lines[behind..<foot].contains(where: { $0.isLikeOurs || $0.isByline })
    else { return nil }
    func isOwn(_ line: ReplyLine) -> Bool { line.mark == .own && !line.isBlank && isWritten(line) }
    // Under words of one's own, nobody answers right below our last line.
    if lines[..<start].contains(where: isOwn) {
      while foot + 1 < lines.count, !lines[foot + 1].isBlank { foot += 1 }
    }
    for place in behind..<foot where lines[place].likeness != .none && !lines[place].isInserted {
      guard lines[place].mark == .own || lines[place].mark == .quoted else { continue }
      let isWhole = lines[place].likeness == .whole && !lines[place].isTitle
      lines[place].mark = isWhole ? .quoted : .other
      (lines[place].isKnown, lines[place].isSent, lines[place].isWorkedOn) = (isWhole, isWhole, false)
    }
    let isAnswered = lines[behind..<foot].contains { $0.isInserted && isOwn($0) && !$0.isTitle }
    let hasOther = (lines[..<start] + lines[(foot + 1)...]).contains(where: isOwn)
    return (foot, !isAnswered && hasOther ? behind..<(foot + 1) : nil)
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
      let isSent = quoted.allSatisfy { $0.isSent || $0.isBlank }
      // Much of the mail is no person's choice, whatever introduces it or not.
      if source == .mail, mail.isMuch(quoted) {
        for place in first..<end where lines[place].mark == .quoted { lines[place].isKnown = true }
      }
      // Behind our foot within its marks stands what a program adds to it: its links. And its own line may be marked.
      let last = lines[..<start].lastIndex { !$0.isBlank }
      let isBehindFoot =
        last.map { lines[$0].mark == .notice && lines[$0].isSent && lines[$0].depth > 0 } ?? false
        && quoted.allSatisfy { $0.depth > 0 || $0.isBlank }
      if isBehindFoot || isIntroduction(quoted) {
        for place in first..<end where lines[place].mark == .quoted { lines[place].mark = .notice }
        continue
      }
      let isTheirs =
        switch source {
        case .mail: false
        case .other: !(isCertain && isTail) && !isSent
        case .unknown: hasHead && !isCertain && !isSent
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

  /// Whether quoted lines are nothing but what a program puts in front of a quotation.
  private static func isIntroduction(_ quoted: ArraySlice<ReplyLine>) -> Bool {
    let bare = quoted.prefix(8).filter { !$0.isBlank }.map { ReplyLine($0.folded) }
    guard !bare.isEmpty, bare.count < 6, let found = Introduction.all(in: bare)[0] else { return false }
    return found.introduction.isStrong && found.introduction.ownPrefix == 0 && found.end == bare.count - 1
      && quoted.count { !$0.isBlank } == bare.count
  }

  /// Whether a line between those of our mail is more than what our mail has there: a link, a number.
  private static func isWritten(_ line: ReplyLine) -> Bool {
    // Words in letters that a program did not know.
    if line.folded.has("??"), !line.folded.contains(where: \.isLetter) { return false }
    return line.words > 1 || line.folded.contains(where: \.isLetter) && !line.folded.has("://") && !line.folded.has("@")
  }
}
