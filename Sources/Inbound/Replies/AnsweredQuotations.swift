/// Which quoted lines stay: an interleaved answer keeps what it answers, and a person keeps what they pasted.
struct AnsweredQuotations {
  /// Lines of one kind in a row, blank ones among them.
  private struct Run {
    let isQuoted: Bool
    var range: Range<Int>
    /// Whether a program has put it there: something introduces it, or it is known. Else a person has.
    var isProgram = false
    /// What introduces it within its marks; it answers to nobody.
    var introduction = 0..<0
  }

  /// The places of the quoted lines that stay.
  private(set) var kept: Set<Int> = []

  /// Decides by the marks of all lines.
  init(_ lines: [ReplyLine]) {
    let runs = Self.runs(of: lines)
    let answers = runs.indices.filter { !runs[$0].isQuoted }
    let answered = runs.indices.filter { place in
      guard runs[place].isQuoted, place + 1 < runs.count else { return false }
      let answer = runs[place + 1].range
      // Behind our foot a mail is over: what stands there answers all of it.
      let isOver = lines[runs[place].range.upperBound..<answer.lowerBound].contains { $0.mark == .notice && $0.isSent }
      return !isOver && !ReplyTrimming.isSignOff(lines[answer])
    }
    // A quotation in front of one answer alone is the whole message, as is one down to the signature; among several
    // answers it is what they answer.
    var isInterleaved = !answered.isEmpty
    if answered.count == 1, let only = answered.first, runs[only].isProgram {
      let isBelowOwn = answers.first.map { $0 < only && !Self.isGreeting(lines[runs[$0].range]) } ?? false
      isInterleaved = isBelowOwn && !lines[runs[only].range].contains { $0.folded == "--" }
    }
    if isInterleaved {
      for run in answered.map({ runs[$0] }) {
        kept.formUnion(run.isProgram ? Self.replied(to: run.range, of: lines) : run.range)
      }
    }
    // A prompt looks like a quotation of a quotation.
    for run in runs where run.isQuoted && !run.isProgram && lines[run.range].allSatisfy({ $0.depth >= 3 }) {
      kept.formUnion(run.range)
    }
    // Nothing is there but quoted lines, and no program's words in front of them: a person has pasted them.
    if answers.isEmpty, runs.allSatisfy({ !$0.isProgram }), lines.contains(where: { $0.mark == .quoted && !$0.isBlank })
    {
      for run in runs { kept.formUnion(run.range) }
    }
    for run in runs { kept.subtract(run.introduction) }
  }

  private static func runs(of lines: [ReplyLine]) -> [Run] {
    var runs: [Run] = []
    for index in lines.indices where lines[index].mark == .own || lines[index].mark == .quoted {
      if lines[index].isBlank, lines[index].depth == 0, lines[index].mark == .own { continue }
      let isQuoted = lines[index].mark == .quoted
      if let last = runs.last, last.isQuoted == isQuoted {
        runs[runs.count - 1].range = last.range.lowerBound..<(index + 1)
      } else {
        runs.append(Run(isQuoted: isQuoted, range: index..<(index + 1)))
      }
    }
    let program = lines.firstIndex { $0.mark == .introduction || $0.mark == .other && !$0.isBlank } ?? .max
    for place in runs.indices where runs[place].isQuoted {
      let range = runs[place].range
      runs[place].introduction = introduced(within: range, of: lines)
      runs[place].isProgram =
        program < range.lowerBound || lines[range].contains(where: \.isKnown) || !runs[place].introduction.isEmpty
    }
    return runs
  }

  /// Whether lines are nothing but a greeting.
  static func isGreeting(_ run: ArraySlice<ReplyLine>) -> Bool {
    let written = run.filter { !$0.isBlank }
    guard written.count == 1, let first = written.first, first.words <= 5 else { return false }
    return [",", "!", "，", "،", ":"].contains { first.folded.hasSuffix($0) }
      || greetings.contains { first.folded.hasPrefix($0) }
  }

  private static let greetings = [
    "hi ", "hello ", "dear ", "hey ", "good morning", "good day", "hallo", "guten tag", "liebe ", "lieber ",
    "sehr geehrte",
    "bonjour", "cher ", "chère ", "hola", "estimad", "buenos días", "olá", "caro ", "cara ", "prezad", "bom dia",
    "ciao",
    "gentile ", "buongiorno", "beste ", "geachte ", "hej ", "hei ", "уважаем", "здравствуйте", "добрый день", "您好",
    "你好",
    "尊敬的", "こんにちは", "お世話に", "안녕하세요", "merhaba", "sayın ", "नमस्ते", "प्रिय ", "habari", "ndugu ", "xin chào",
    "kính gửi", "السلام عليكم", "مرحبا", "عزيزي", "عزيزتي", "السيد",
  ]

  /// Of a quotation that a program put there, what is answered: all of one or two paragraphs, of more the last one.
  private static func replied(to run: Range<Int>, of lines: [ReplyLine]) -> Range<Int> {
    let written = run.filter { !lines[$0].isBlank }
    guard let last = written.last else { return run }
    let starts = written.filter { $0 == run.lowerBound || lines[$0 - 1].isBlank }
    guard starts.count > 2, let start = starts.last else { return run }
    return start..<(last + 1)
  }

  /// How many of a quotation's first lines introduce it: a program's line, the lines of a header, or ours above a post.
  private static func introductionLength(of bare: [ReplyLine]) -> Int? {
    guard let first = bare.first else { return nil }
    if first.isByline { return 1 }
    if let found = Introduction.all(in: Array(bare.prefix(4)))[0], found.introduction.isStrong { return found.end + 1 }
    return WholeMessage.headerBlock(at: 0, of: bare)
  }

  /// The first lines of a quotation, where they are an introduction.
  private static func introduced(within run: Range<Int>, of lines: [ReplyLine]) -> Range<Int> {
    let first = run.first { !lines[$0].isBlank } ?? run.lowerBound
    let bare = lines[first..<run.upperBound].prefix(16).prefix { $0.depth <= 1 }.map { ReplyLine($0.folded) }
    guard let length = introductionLength(of: bare) else { return first..<first }
    var end = first + length
    while end < run.upperBound, lines[end].isBlank { end += 1 }
    return first..<end
  }
}
