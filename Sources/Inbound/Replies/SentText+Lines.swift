extension SentText {
  /// What a block must have to be known where it is one line alone: eight words.
  static let block = 16
  /// What a sentence has at most that stands in another one: thirty words.
  private static let sentence = 60

  /// Marks the lines that are like these texts, a block at a time; a line that is so in part is cut in two or three. For
  /// what a program itself calls a quotation: words that are not known are forgiven, since nobody wrote them.
  func mark(_ lines: [ReplyLine]) -> [ReplyLine] {
    guard !isEmpty else { return lines }
    let found = Found(of: self, in: lines)
    guard found.isKnown.contains(true) || found.isFoot.contains(true) else { return lines }
    var pieces: [Piece] = []
    for (line, range) in zip(lines, found.places) { pieces += Self.pieces(of: line, range, found) }
    return Self.withoutLone(pieces)
  }

  /// A line, or a part of one, with how much is written in it.
  private typealias Piece = (line: ReplyLine, weight: Int)

  /// All words of all lines in a row, since lines are wrapped anew, and which of them are known.
  struct Found {
    var words: [TextWord] = []
    /// The words of each line.
    var places: [Range<Int>] = []
    var isKnown: [Bool]
    var isFoot: [Bool]
    /// False for what programs put into a text: numbers of lists and of links, what stands for pictures.
    private(set) var isWord: [Bool]
    /// Where enough words follow that were sent, their hash.
    private var hashes: [UInt64?]
    /// Whether a word was sent with the next one behind it.
    private var isFollowed: [Bool]

    init(of sent: SentText, in lines: [ReplyLine]) {
      /// Whether the line before is nothing but a part of something long without blanks.
      var isOpen = false
      for (index, line) in lines.enumerated() {
        let start = words.count
        // A text is a post at most; what lies beyond is nobody's quotation.
        var own = TextWord.all(in: line.text, most: max(0, 100_000 - start))[...]
        if isOpen { sent.dropRest(&own, of: line) }
        if index + 1 < lines.count, lines[index + 1].isUnbroken { sent.dropBeginning(&own, of: line) }
        words += own
        places.append(start..<words.count)
        isOpen = line.isUnbroken
      }
      isKnown = [Bool](repeating: false, count: words.count)
      isFoot = isKnown
      isFollowed = isKnown
      isWord = [Bool](repeating: true, count: words.count)
      hashes = [UInt64?](repeating: nil, count: words.count)
      for (line, range) in zip(lines, places) {
        // They stand at a line's beginning or in brackets.
        let looked = line.text.utf8.contains(0x5B) ? range : range.prefix(1)
        for place in looked where words[place].isMark(in: line.text, isFirst: place == range.lowerBound) {
          isWord[place] = false
        }
      }
      for start in words.indices {
        guard let (hash, end) = words[start...].spanned else { break }
        if sent.words.contains(hash) {
          hashes[start] = hash
          for place in start..<end { isKnown[place] = true }
          for place in start..<(end - 1) { isFollowed[place] = true }
        }
        if sent.foot.contains(hash) { for place in start..<end { isFoot[place] = true } }
      }
    }

    /// How much is written in a range of words; of those that are marked, where marks are given.
    func weight(_ range: Range<Int>, where marks: [Bool]? = nil) -> Int {
      var sum = 0
      for place in range where marks?[place] ?? true { sum += words[place].weight }
      return sum
    }

    /// What of the text that was sent begins in these ranges.
    func hashes(in ranges: some Sequence<Range<Int>>) -> Set<UInt64> {
      ranges.reduce(into: []) { result, range in
        for place in range { if let hash = hashes[place] { result.insert(hash) } }
      }
    }

    /// Whether a word stands in a range that was not sent there, or one that was is left out.
    func isChanged(_ range: Range<Int>) -> Bool {
      range.contains { place in
        guard isKnown[place] else { return isWord[place] && !isFoot[place] }
        let next = place + 1
        return next < range.upperBound && isKnown[next] && !isFoot[place] && !isFoot[next] && !isFollowed[place]
      }
    }

    /// Whether what stands in the second range was sent right behind what stands in the first.
    func isNext(_ first: Range<Int>, _ second: Range<Int>, in sent: SentText) -> Bool {
      let end = words[first].suffix(ArraySlice<TextWord>.span - 1)
      let both = (Array(end) + words[second].prefix(ArraySlice<TextWord>.span))[...]
      return both.indices.prefix(end.count).contains { start in
        both[start...].spanned.map { $0.end > end.count && sent.words.contains($0.hash) } ?? false
      }
    }
  }

  /// Takes away the words of what goes on from the line before, up to the first blank, unless it is known as it stands.
  private func dropRest(_ own: inout ArraySlice<TextWord>, of line: ReplyLine) {
    let text = line.text.drop { $0.isWhitespace || $0 == ">" }
    let end = text.firstIndex(where: \.isWhitespace) ?? text.endIndex
    if isLabel(text[..<end]) { return }
    if let hash = own.spanned?.hash, words.contains(hash) || foot.contains(hash) { return }
    own = own.drop { $0.range.lowerBound < end }
  }

  /// Takes away the last word of a line, where the next one goes on with it, unless it is known as it stands.
  private func dropBeginning(_ own: inout ArraySlice<TextWord>, of line: ReplyLine) {
    guard let last = own.indices.last, own[last].range.upperBound == line.text.endIndex else { return }
    let isKnown = own.indices.suffix(ArraySlice<TextWord>.span).contains { start in
      own[start...].spanned.map { $0.end > last && words.contains($0.hash) } ?? false
    }
    if !isKnown { own.removeLast() }
  }

  /// A line as it is, or marked, or in two parts of which one is marked.
  private static func pieces(of line: ReplyLine, _ range: Range<Int>, _ found: Found) -> [Piece] {
    var line = line
    let all = found.weight(range)
    let footed = found.weight(range, where: found.isFoot)
    if all > 0, footed * 10 >= all * 6, footed >= ArraySlice<TextWord>.span || footed == all {
      line.mark = .notice
      line.isKnown = true
      return [(line, all)]
    }
    let known = found.weight(range, where: found.isKnown)
    guard known > 0, known * 10 >= all * 6 || known >= block,
      let first = range.first(where: { found.isKnown[$0] }), let last = range.last(where: { found.isKnown[$0] })
    else { return [(line, all)] }
    // What stands before and behind the known words, if it is more than a stray word, is the person's.
    let head = found.weight(range.lowerBound..<first)
    let rest = found.weight((last + 1)..<range.upperBound)
    let within = all - head - rest
    guard known * 10 >= within * 8 else { return [(line, all)] }
    guard line.depth == 0, known >= block, head >= 4 || rest >= 4 else {
      line.isKnown = head < 4 && rest < 4 || line.depth > 0
      return [(line, all)]
    }
    // A person's sentence has theirs in it: words on both sides of them, or behind a few.
    if rest > 0, head > 0 || known < sentence { return [(line, all)] }
    if head >= 4 {
      var (own, ours) = line.cut(at: found.words[first].range.lowerBound)
      own.isKnown = false
      ours.isKnown = true
      return [(own, head), (ours, within)]
    }
    var to = found.words[last].range.upperBound
    // The mark that ends the sentence is the sentence's.
    while to < line.text.endIndex, line.text[to].isPunctuation { line.text.formIndex(after: &to) }
    var (ours, own) = line.cut(at: to)
    ours.isKnown = true
    own.isKnown = false
    return [(ours, within), (own, rest)]
  }

  /// A lone short line may be the person's: blocks are two lines, or one that is long.
  private static func withoutLone(_ pieces: [Piece]) -> [ReplyLine] {
    var lines = pieces.map(\.line)
    /// The known lines of a block, the rules and marks of quotations around them, and links behind them so far.
    var open: [Int] = []
    var around: [Int] = []
    var links: [Int] = []
    func close() {
      let weight = open.reduce(0) { $0 + pieces[$1].weight }
      let isBlock = weight >= block || open.count > 1 && weight >= ArraySlice<TextWord>.span
      for place in open where !isBlock && lines[place].mark != .notice { lines[place].isKnown = false }
      for place in around where isBlock { lines[place].isKnown = true }
      open = []
      around = []
      links = []
    }
    for index in lines.indices where !lines[index].isBlank {
      if lines[index].isKnown {
        // A link between two known lines is of the block; in front of the first or behind the last it may be an answer.
        if !open.isEmpty { around += links }
        links = []
        open.append(index)
      } else if lines[index].isDrawn {
        around.append(index)
      } else if pieces[index].weight == 0, lines[index].folded.has("://") {
        links.append(index)
      } else {
        close()
      }
    }
    close()
    return lines
  }
}
