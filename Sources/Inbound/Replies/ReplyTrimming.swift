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
    let lines = InitialMarks.read(withWholeBylines(lines), answering: mail)
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
    for index in lines.indices {
      if lines[index].isKnown { lines[index].isSent = true }
      lines[index].isTitle = mail?.isTitle(lines[index]) ?? false
      lines[index].hasOurAddress = mail?.hasOurAddress(lines[index]) ?? false
    }
    lines = structure?.mark(lines) ?? lines
    let whole = mail.flatMap { markWhole(&lines, answering: $0) }
    let code = fenced(lines)
    for index in ReplyTail.banner(in: lines) where !code.contains(index) { lines[index].mark = .notice }
    markArmour(&lines)
    markQuoted(&lines, except: code)
    if let whole { markOther(from: whole, &lines) }
    markStructure(&lines)
    markMessages(&lines, answering: mail, except: code)
    markTitles(&lines)
    markTails(&lines, names: names, except: code)
    keepOthers(&lines, answering: mail)
    let quotations = AnsweredQuotations(lines).kept
    var own: [String] = []
    var elided: [String] = []
    var last = -1
    for index in lines.indices {
      let line = lines[index]
      if !line.dropped.isEmpty { elided.append(line.dropped) }
      guard line.mark == .own || line.mark == .quoted && quotations.contains(index) else {
        elided.append(line.text)
        continue
      }
      let (text, pictures) = withoutPictures(line.text)
      if !pictures.isEmpty {
        elided += pictures
        if text.allSatisfy(\.isWhitespace) { continue }
      }
      // Where something was taken out, one blank line is enough.
      if line.isBlank, line.depth == 0, last < index - 1, own.last?.allSatisfy(\.isWhitespace) ?? true { continue }
      if line.isContinued, last == index - 1, !own.isEmpty {
        own[own.count - 1] += text
      } else {
        own.append(text)
      }
      last = index
    }
    func has(_ isSo: (ReplyLine) -> Bool) -> Bool { lines.contains { isSo($0) && !$0.isBlank } }
    return Split(
      own: own, elided: elided, isAnswer: has { [.quoted, .introduction, .other].contains($0.mark) },
      hasProgram: has { [.introduction, .other].contains($0.mark) || $0.mark == .quoted && $0.depth > 0 },
      hasUnmarked: has { $0.mark == .other && $0.depth == 0 })
  }

  /// The lines that our mails have above a post are put together again where a program has broken them.
  private static func withWholeBylines(_ lines: [ReplyLine]) -> [ReplyLine] {
    var result: [ReplyLine] = []
    result.reserveCapacity(lines.count)
    for line in lines {
      if let last = result.last, !line.isBlank, last.depth == line.depth, line.words <= 8, last.folded.has("[#"),
        !last.isByline
      {
        let rest = line.text.drop { $0.isWhitespace || $0 == ">" }
        var whole = ReplyLine("\(last.text) \(rest)", hint: last.hint)
        if whole.isByline {
          whole.dropped = last.dropped + line.text[..<rest.startIndex]
          result[result.count - 1] = whole
          continue
        }
      }
      result.append(line)
    }
    return result
  }

  /// What OpenPGP puts around a text that is signed as it stands (RFC 9580 section 7). Within, a dash at a line's beginning
  /// is written as `- -`.
  private static func markArmour(_ lines: inout [ReplyLine]) {
    guard
      let start = lines.firstIndex(where: { $0.depth == 0 && $0.folded == "-----begin pgp signed message-----" }),
      let head = lines[start...].firstIndex(where: \.isBlank)
    else { return }
    for index in start..<head { lines[index].mark = .notice }
    let end = lines[head...].firstIndex { $0.depth == 0 && $0.folded == "-----begin pgp signature-----" } ?? lines.count
    for index in head..<end where lines[index].text.hasPrefix("- -") {
      lines[index] = ReplyLine(lines[index].text.dropFirst(2), hint: lines[index].hint)
      lines[index].dropped = "-"
    }
    let last = lines[end...].firstIndex { $0.folded == "-----end pgp signature-----" } ?? lines.count - 1
    for index in end..<max(end, last + 1) { lines[index].mark = .notice }
  }

  /// A line without what programs write where a picture stood, and that.
  private static func withoutPictures(_ text: String) -> (text: String, pictures: [String]) {
    guard text.has("[cid:") || text.has("[image: ") else { return (text, []) }
    var kept = ""
    var pictures: [String] = []
    var rest = Substring(text)
    while let open = rest.firstIndex(of: "["), let close = rest[open...].firstIndex(of: "]") {
      let inside = rest[open...close]
      kept += rest[..<open]
      if inside.hasPrefix("[cid:") || inside.hasPrefix("[image: ") {
        pictures.append(String(inside))
      } else {
        kept += inside
      }
      rest = rest[rest.index(after: close)...]
    }
    return (kept + rest, pictures)
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

  static func markQuoted(_ lines: inout [ReplyLine], except code: Set<Int>) {
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
