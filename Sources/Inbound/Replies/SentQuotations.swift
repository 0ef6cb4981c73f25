/// The lines of a reply that quote what was sent without any mark, found by their words.
///
/// A mail program changes nothing but blanks, line ends, links, quotation marks and the marks of lists: where a word was
/// added within what was sent, exchanged or left out, a person has worked on it, and it is theirs. So is a line in which
/// they stand on both sides of our words.
struct SentQuotations {
  /// The lines, of which some are in two or three parts, with what is known of them.
  private(set) var lines: [ReplyLine]
  /// Only a small part of what was sent is there, and nothing of what Watchpost puts around it: unless a program's words
  /// stand in front of it, a person has pasted it.
  private(set) var isPartial = false

  init(of sent: SentText, in lines: [ReplyLine]) {
    self.lines = lines
    guard !sent.isEmpty else { return }
    let found = SentText.Found(of: sent, in: lines)
    var pieces: [Piece] = []
    for (source, (line, range)) in zip(lines, found.places).enumerated() {
      for var piece in Self.pieces(of: line, range, found, sent) {
        piece.source = source
        pieces.append(piece)
      }
    }
    Self.releaseAbove(&pieces, found)
    Self.markHeadings(&pieces)
    var blocks = Self.blocks(of: pieces)
    let whole = found.hashes(in: pieces.lazy.filter { $0.kind == .known }.map(\.range))
    for place in blocks.indices {
      blocks[place].isWorkedOn = blocks[place].members.contains { member in
        // A phrase that stands elsewhere as it was sent is a phrase, no version of the text.
        pieces[member].kind == .changed && !found.hashes(in: [pieces[member].range]).isSubset(of: whole)
      }
      guard place > 0, blocks[place].isNear else { continue }
      let (before, behind) = (pieces[blocks[place - 1].members.last!], pieces[blocks[place].members[0]])
      // Nobody works on our foot; what stands in it that is not known is filled in.
      if before.line.mark == .notice || behind.line.mark == .notice { continue }
      if before.isCut || behind.isCut || !found.isNext(before.range, behind.range, in: sent) {
        blocks[place - 1].isWorkedOn = true
        blocks[place].isWorkedOn = true
      }
    }
    var quoted: [Range<Int>] = []
    for block in blocks {
      let known = block.members.filter { pieces[$0].kind == .known }
      let weight = known.reduce(0) { $0 + pieces[$1].weight }
      let isBlock = weight >= SentText.block || known.count > 1 && weight >= ArraySlice<TextWord>.span
      for member in block.members where pieces[member].line.mark != .notice {
        pieces[member].line.isKnown = isBlock && !block.isWorkedOn && pieces[member].kind == .known
        pieces[member].line.isWorkedOn = block.isWorkedOn
      }
      guard isBlock, !block.isWorkedOn else { continue }
      for place in block.around { pieces[place].line.isKnown = true }
      quoted += known.map { pieces[$0].range }
    }
    Self.markFramed(&pieces, sent)
    Self.markLikeness(&pieces, found, sent)
    self.lines = Self.joined(pieces, lines)
    isPartial = !self.lines.contains { $0.mark == .notice } && sent.isSmallPart(found.hashes(in: quoted))
  }
}

// MARK: Lines

extension SentQuotations {
  /// The lines of a post as it was sent, where what our mails say around it stands around them: its number above, words
  /// of ours below. However few words it has, it is known by that.
  private static func markFramed(_ pieces: inout [Piece], _ sent: SentText) {
    let written = pieces.indices.filter { !pieces[$0].line.isBlank && !pieces[$0].line.isDrawn }
    var heading: Int?
    for (place, index) in written.enumerated() {
      let piece = pieces[index]
      if piece.line.folded.hasPrefix("[#") {
        heading = place
      } else if let start = heading, piece.line.mark == .notice {
        for member in written[(start + 1)..<place] {
          pieces[member].line.isKnown = true
          pieces[member].line.isWorkedOn = false
        }
        heading = nil
      } else if isFilledIn(index, of: pieces) || isLabel(place, written, of: pieces, sent) {
        pieces[index].line.mark = .notice
        pieces[index].line.isKnown = true
      } else if piece.kind != .known || piece.isCut || piece.line.depth > 0 {
        heading = nil
      }
    }
  }

  /// Whether a short line stands right between two lines of our words: what is filled into them, a title, in a line of its
  /// own since they are wrapped.
  private static func isFilledIn(_ index: Int, of pieces: [Piece]) -> Bool {
    index > 0 && index + 1 < pieces.count && pieces[index - 1].line.mark == .notice
      && pieces[index + 1].line.mark == .notice && pieces[index].line.words <= 8
  }

  /// Whether a line is one of our shortest phrases, and stands beside words of ours, or above a link alone that was wrapped.
  private static func isLabel(_ place: Int, _ written: [Int], of pieces: [Piece], _ sent: SentText) -> Bool {
    let line = pieces[written[place]].line
    guard line.folded.utf8.count < 100, sent.isLabel(line.folded[...]) else { return false }
    let isBeside = [place - 1, place + 1].contains { other in
      written.indices.contains(other) && pieces[written[other]].line.mark == .notice
        && !pieces[written[other]].line.isByline
    }
    guard !isBeside, place + 1 < written.count, line.folded.hasSuffix(":") else { return isBeside }
    let next = pieces[written[place + 1]]
    return next.line.words == 1 && (next.line.folded.has("://") || next.line.folded.has("@"))
  }

  private enum Kind {
    /// The person's, or nobody knows whose.
    case own
    /// As it was sent.
    case known
    /// As it was sent but for some words.
    case changed
    /// Nothing but what a program puts into a text.
    case mark
  }

  /// A line, or a part of one, with how much is written in it.
  private struct Piece {
    var line: ReplyLine
    var weight: Int
    var range: Range<Int>
    var kind = Kind.own
    /// Whether the rest of its line is the person's.
    var isCut = false
    /// The line that it is of.
    var source = 0
  }

  /// The pieces as lines; one that was cut for nothing is whole again.
  private static func joined(_ pieces: [Piece], _ lines: [ReplyLine]) -> [ReplyLine] {
    var result: [ReplyLine] = []
    var start = 0
    while start < pieces.count {
      let parts = pieces[start...].prefix { $0.source == pieces[start].source }
      if parts.count == 1 || parts.contains(where: \.line.isKnown) {
        result += parts.map(\.line)
      } else {
        var line = lines[pieces[start].source]
        line.isWorkedOn = parts.contains(where: \.line.isWorkedOn)
        line.likeness = .part
        line.isInserted = parts.contains(where: \.line.isInserted)
        result.append(line)
      }
      start += parts.count
    }
    return result
  }

  /// A line as it is, or marked, or in two parts of which one is marked.
  private static func pieces(
    of line: ReplyLine, _ range: Range<Int>, _ found: SentText.Found, _ sent: SentText
  ) -> [Piece] {
    var line = line
    let all = found.weight(range)
    var piece = Piece(line: line, weight: all, range: range)
    guard all > 0 else { return [piece] }
    if line.isByline {
      line.mark = .notice
      line.isKnown = true
      return [Piece(line: line, weight: all, range: range, kind: .known)]
    }
    if found.weight(range, where: found.isWord) == 0 {
      piece.kind = .mark
      return [piece]
    }
    func isOurs(_ place: Int) -> Bool { found.isKnown[place] || found.isFoot[place] }
    let own = (
      head: found.weight(range.lowerBound..<(range.first(where: isOurs) ?? range.upperBound), where: found.isWord),
      rest: found.weight(((range.last(where: isOurs) ?? range.lowerBound) + 1)..<range.upperBound, where: found.isWord)
    )
    let footed = found.weight(range, where: found.isFoot)
    // What is filled into our phrases stands behind their first words.
    let isFoot =
      footed * 10 >= all * 6 && (footed >= ArraySlice<TextWord>.span || footed == all) && own.head < 4
      || footed >= ArraySlice<TextWord>.span && own.head == 0 && isFilled(line, range, found)
    if isFoot || sent.isLabelled(line, found.words[range]) {
      line.mark = .notice
      line.isKnown = true
      return [Piece(line: line, weight: all, range: range, kind: .known)]
    }
    let known = found.weight(range, where: found.isKnown)
    guard known > 0, known * 10 >= all * 6 || known >= SentText.block,
      let first = range.first(where: isOurs), let last = range.last(where: isOurs)
    else { return [piece] }
    if line.depth > 0 {
      piece.kind = .known
      return [piece]
    }
    let within = first..<(last + 1)
    if found.isChanged(within) {
      piece.kind = known * 10 >= found.weight(within) * 6 ? .changed : .own
      return [piece]
    }
    if own.head == 0, own.rest == 0 {
      piece.kind = .known
      return [piece]
    }
    guard known >= SentText.block, own.head == 0 || own.rest == 0 else { return [piece] }
    // The beginning of a post that our HTML has for lists of mails ends where there was no more room.
    if own.head == 0, own.rest < ArraySlice<TextWord>.span, line.text.hasSuffix("…") {
      piece.kind = .known
      return [piece]
    }
    if own.head > 0 {
      let (mine, sent) = line.cut(at: found.words[first].range.lowerBound)
      return [
        Piece(line: mine, weight: own.head, range: range.lowerBound..<first),
        Piece(line: sent, weight: all - own.head, range: first..<range.upperBound, kind: .known, isCut: true),
      ]
    }
    var end = found.words[last].range.upperBound
    // The mark that ends the sentence is the sentence's.
    while end < line.text.endIndex, line.text[end].isPunctuation { line.text.formIndex(after: &end) }
    let (sent, mine) = line.cut(at: end)
    return [
      Piece(
        line: sent, weight: all - own.rest, range: range.lowerBound..<(last + 1), kind: .known, isCut: true),
      Piece(line: mine, weight: own.rest, range: (last + 1)..<range.upperBound),
    ]
  }

  /// Whether there is nothing else in a line of our foot than what is filled into it: our own words, or an address.
  private static func isFilled(_ line: ReplyLine, _ range: Range<Int>, _ found: SentText.Found) -> Bool {
    guard let last = range.last(where: { found.isFoot[$0] || found.isKnown[$0] }),
      (range.lowerBound..<last).allSatisfy({ found.isFoot[$0] || found.isKnown[$0] })
    else { return false }
    let rest = line.text[found.words[last].range.upperBound...].drop { $0.isPunctuation || $0.isWhitespace }
    return rest.isEmpty || (rest.contains("@") || rest.contains("://")) && !rest.contains(where: \.isWhitespace)
  }

  /// Our mails begin with the line that says who wrote the post: what stands above it is the person's, be it a sentence
  /// of the post, unless it is most of it or its beginning, which our HTML has for lists of mails.
  private static func releaseAbove(_ pieces: inout [Piece], _ found: SentText.Found) {
    guard let byline = pieces.firstIndex(where: { $0.line.isByline }), pieces[byline].line.depth == 0 else { return }
    let post = pieces[(byline + 1)...].prefix { $0.line.mark != .notice }
    let below = found.hashes(in: post.lazy.map(\.range))
    let above = pieces[..<byline].indices.filter { pieces[$0].kind == .known && pieces[$0].line.mark != .notice }
    let isMost = below.intersection(found.hashes(in: above.map { pieces[$0].range })).count * 2 >= below.count
    if isMost || above.contains(where: { pieces[$0].line.text.hasSuffix("…") }) { return }
    for place in above { pieces[place].kind = .own }
  }

  /// In a digest each post has a heading: `[#9240]` and its title, then who, when and where.
  private static func markHeadings(_ pieces: inout [Piece]) {
    for start in pieces.indices where pieces[start].kind == .known && pieces[start].line.folded.hasPrefix("[#") {
      let fields = pieces[(start + 1)...].prefix(6).prefix { !$0.line.isBlank && $0.kind != .changed }
      guard fields.contains(where: { WholeMessage.field($0.line) != nil }) else { continue }
      for place in fields.indices where pieces[place].kind == .own {
        pieces[place].line.mark = .notice
        pieces[place].line.isKnown = true
        pieces[place].kind = .known
      }
    }
  }
}

// MARK: Likeness

extension SentQuotations {
  /// Pieces between two known ones that are looked at; more of them are no answer to one line.
  private static let longestRun = 60

  /// Says of each line how much of it was sent, and which of the others somebody put among those that were.
  private static func markLikeness(_ pieces: inout [Piece], _ found: SentText.Found, _ sent: SentText) {
    var last: Int?
    var run: [Int] = []
    for index in pieces.indices where !pieces[index].line.isBlank {
      switch pieces[index].kind {
      case .known, .changed:
        pieces[index].line.likeness = pieces[index].kind == .known ? .whole : .part
        markInserted(run, between: last, and: index, &pieces, found, sent)
        (last, run) = (index, [])
      case .own:
        // Neither a link nor a part of one is an answer to what stands in front of it.
        if pieces[index].weight == 0, pieces[index].line.folded.contains(where: \.isLetter) { continue }
        let known = found.weight(pieces[index].range, where: found.isKnown)
        if goesOn(pieces[index], found) {
          pieces[index].line.isInserted = true
        } else if known >= ArraySlice<TextWord>.span, known * 10 >= pieces[index].weight * 3 {
          pieces[index].line.likeness = .part
        }
        // Behind a sentence of ours in its line, or in front of it, not where a word stands in place of another.
        let source = pieces[index].source
        let isRest = [index - 1, index + 1].contains { other in
          pieces.indices.contains(other) && pieces[other].isCut && pieces[other].source == source
            && pieces[min(index, other)].line.text.last { !$0.isWhitespace }.map { Self.ends.contains($0) } ?? false
        }
        if isRest { pieces[index].line.isInserted = true }
        run.append(index)
      case .mark: break
      }
    }
    markInserted(run, between: last, and: nil, &pieces, found, sent)
  }

  /// Whether a line begins with a whole sentence that was sent, and goes on with another one.
  private static func goesOn(_ piece: Piece, _ found: SentText.Found) -> Bool {
    let sentence = piece.range.prefix { found.isKnown[$0] || !found.isWord[$0] }
    guard let last = sentence.last, last + 1 < piece.range.upperBound,
      found.weight(sentence, where: found.isKnown) >= ArraySlice<TextWord>.span
    else { return false }
    return piece.line.text[found.words[last].range.upperBound...].first.map { ends.contains($0) } ?? false
  }

  /// What ends a sentence, or a name in front of an answer.
  private static let ends: Set<Character> = [".", "?", "!", "。", "？", "！", "؟", ":", "]"]

  /// Where what stands behind a run of other lines was sent right behind what stands in front of it, the run was put
  /// there; or its first or last lines, where the others are of what was sent, too few words to be known by themselves.
  private static func markInserted(
    _ run: [Int], between first: Int?, and last: Int?, _ pieces: inout [Piece], _ found: SentText.Found,
    _ sent: SentText
  ) {
    guard !run.isEmpty, run.count <= longestRun else { return }
    func isNext(_ one: Int, _ other: Int) -> Bool { found.isNext(pieces[one].range, pieces[other].range, in: sent) }
    if let first, let last, isNext(first, last) {
      for place in run { pieces[place].line.isInserted = true }
      return
    }
    var (start, end) = (0, run.count)
    if let first, let next = run.indices.dropFirst().first(where: { isNext(first, run[$0]) }) { end = next }
    if first != nil, let last, let next = run.indices.dropLast().last(where: { isNext(run[$0], last) }) {
      start = next + 1
    }
    guard start < end, start > 0 || end < run.count else { return }
    for place in run[start..<end] { pieces[place].line.isInserted = true }
    for place in run[..<start] + run[end...] { pieces[place].line.likeness = .part }
  }
}

// MARK: Blocks

extension SentQuotations {
  /// Lines that were sent, with nothing but blank lines, rules and links between them.
  private struct Block {
    var members: [Int] = []
    /// Rules, and links between its lines.
    var around: [Int] = []
    /// Own words stand between it and the block before, and with one of both in one paragraph.
    var isNear = false
    /// A person has changed what was sent.
    var isWorkedOn = false
  }

  private static func blocks(of pieces: [Piece]) -> [Block] {
    var blocks: [Block] = []
    var open = Block()
    var links: [Int] = []
    /// What stood above: a block's line, own words, or a blank line; and whether own words touch the last block.
    var isBehindBlock = false
    var isBehindOwn = false
    var isTouched = false
    /// Our mails have fields there, in a digest between two posts.
    var hasField = false
    func close() {
      if !open.members.isEmpty { blocks.append(open) }
      open = Block()
      links = []
    }
    for (index, piece) in pieces.enumerated() {
      if piece.line.isBlank {
        isBehindBlock = false
        isBehindOwn = false
      } else if piece.kind == .known || piece.kind == .changed {
        if open.members.isEmpty { open.isNear = !blocks.isEmpty && (isTouched || isBehindOwn) && !hasField }
        // A link between two known lines is of the block; in front of the first or behind the last it may be an answer.
        if !open.members.isEmpty { open.around += links }
        links = []
        open.members.append(index)
        (isBehindBlock, isBehindOwn, isTouched, hasField) = (true, false, false, false)
      } else if piece.kind == .mark || piece.line.isDrawn {
        open.around.append(index)
      } else if piece.weight == 0, piece.line.folded.has("://") || piece.line.isUnbroken {
        links.append(index)
      } else {
        close()
        isTouched = isTouched || isBehindBlock
        hasField = hasField || WholeMessage.field(piece.line) != nil
        (isBehindBlock, isBehindOwn) = (false, true)
      }
    }
    close()
    return blocks
  }
}
