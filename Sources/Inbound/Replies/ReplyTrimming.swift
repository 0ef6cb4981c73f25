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
  ///   - structure: what the HTML that came beside the text marks as quoted, or as a signature.
  static func split(
    _ lines: [ReplyLine], names: [String] = [], sent: SentText? = nil, structure: SentText? = nil
  ) -> Split {
    guard let sent else { return split(marked: lines, names, structure) }
    let quotations = SentQuotations(of: sent, in: lines)
    let result = split(marked: quotations.lines, names, structure)
    if quotations.isPartial, !result.hasProgram { return split(marked: lines, names, structure) }
    return result
  }

  /// The same of lines of which it is known whether they were sent; and whether a program's words stand among them, or
  /// its marks.
  private static func split(
    marked lines: [ReplyLine], _ names: [String], _ structure: SentText?
  ) -> Split {
    var lines = lines
    for index in lines.indices where lines[index].isKnown { lines[index].isSent = true }
    lines = structure?.mark(lines) ?? lines
    let code = fenced(lines)
    for index in ReplyTail.banner(in: lines) where !code.contains(index) { lines[index].mark = .notice }
    markQuoted(&lines, except: code)
    markStructure(&lines)
    markMessages(&lines, except: code)
    markTails(&lines, names: names, except: code)
    let quotations = AnsweredQuotations(lines).kept
    var own: [String] = []
    var elided: [String] = []
    for index in lines.indices {
      let isOwn = lines[index].mark == .own || lines[index].mark == .quoted && quotations.contains(index)
      if isOwn { own.append(lines[index].text) } else { elided.append(lines[index].text) }
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
      case .introduction: lines[index].mark = .introduction
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

  private static func markMessages(_ lines: inout [ReplyLine], except code: Set<Int>) {
    var hasOwn = false
    var index = 0
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
          for place in head { lines[place].mark = .introduction }
          index = head.upperBound - 1
          continue
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
    for place in range { lines[place].mark = .introduction }
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
