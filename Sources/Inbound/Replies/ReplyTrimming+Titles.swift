/// Titles that stand above our mail in a reply: of a discussion, of threads, in a digest of both.
extension ReplyTrimming {
  /// Where the title of our mail stands right above its head, as in HTML, that one's place; in a digest those of
  /// discussion and thread, with rules and links between; else the head's.
  static func heading(above start: Int, head end: Int, of lines: [ReplyLine]) -> Int {
    guard lines[end...].prefix(12).contains(where: \.isLikeOurs),
      let last = lines[..<start].lastIndex(where: { !$0.isBlank }), lines[last].depth == 0
    else { return start }
    let top = titles(above: start, of: lines)
    if top < start { return top }
    let first = lines[..<last].lastIndex(where: \.isBlank).map { $0 + 1 } ?? 0
    return lines[first...last].suffix(3).lastIndex { $0.folded.hasPrefix("[#") && !$0.isWorkedOn } ?? start
  }

  /// Where the titles begin that stand above a line of a digest, with rules, links and words of ours between; the line's
  /// own place where there are none.
  private static func titles(above start: Int, of lines: [ReplyLine]) -> Int {
    var (top, place, isDigest) = (start, start, false)
    while let above = lines[..<place].lastIndex(where: { !$0.isBlank }), start - above <= mostHeading {
      let line = lines[above]
      let isLink = line.folded.has("://") && line.words == 1
      let isOurs = line.isTitle || line.mark == .notice && line.isSent
      guard line.depth == 0, isOurs || line.isDrawn || isLink else { break }
      isDigest = isDigest || !line.isTitle || line.folded.has("›")
      if isOurs { top = above }
      place = above
    }
    return isDigest ? top : start
  }

  /// Titles above what was sent, where no line of a header and none of ours leads to it.
  static func markTitles(_ lines: inout [ReplyLine]) {
    var last: Int?
    for index in lines.indices where !lines[index].isBlank {
      defer { last = index }
      guard let last, lines[last].mark == .own, lines[last].isTitle || lines[last].isDrawn, lines[index].isSent,
        lines[index].mark == .notice || lines[index].mark == .quoted
      else { continue }
      for place in titles(above: index, of: lines)..<index where lines[place].mark == .own {
        lines[place].mark = .notice
      }
    }
  }

  /// Lines from the first title of a digest to its first post.
  private static let mostHeading = 200
}
