/// The lines of a text that a mail program has broken at a width, put together again as the HTML beside it has them. Such
/// breaks are nobody's: on a narrow screen they make a comb.
enum JoinedLines {
  /// Lines of HTML that are looked at for the one that a line of the text begins.
  private static let reach = 100

  /// The lines as their author wrote them, as far as the HTML tells; quoted ones stay as they are.
  static func read(_ lines: [ReplyLine], by html: [ReplyLine]) -> [ReplyLine] {
    let paragraphs = html.filter { $0.depth == 0 && !$0.isBlank }.map { letters(of: $0.text) }
    var result: [ReplyLine] = []
    result.reserveCapacity(lines.count)
    var next = 0
    /// What of a paragraph the last line has left for the next one.
    var rest: ArraySlice<UInt8> = []
    for line in lines {
      let own = line.depth == 0 ? letters(of: line.text) : []
      if !own.isEmpty, !rest.isEmpty, rest.starts(with: own), let last = result.last {
        rest = rest.dropFirst(own.count)
        result[result.count - 1] = ReplyLine(joined(last.text, line.text), hint: line.hint)
        continue
      }
      rest = []
      if !own.isEmpty, let place = paragraphs[next...].prefix(reach).firstIndex(where: { $0.starts(with: own) }) {
        rest = paragraphs[place].dropFirst(own.count)
        next = place + 1
      }
      result.append(line)
    }
    return result
  }

  /// Scripts without spaces have none where a line was broken.
  private static func joined(_ first: String, _ second: String) -> String {
    let (first, second) = (first.trimmedOfWhitespace, second.trimmedOfWhitespace)
    let isWide = { (character: Character?) in
      character?.unicodeScalars.first.map {
        (0x2E80...0x9FFF).contains($0.value) || (0xFF00...0xFFEF).contains($0.value)
      }
        ?? false
    }
    return first + (isWide(first.last) && isWide(second.first) ? "" : " ") + second
  }

  /// What both forms of a text have: without marks, blanks, and the links that are written out in brackets.
  private static func letters(of text: String) -> [UInt8] {
    var kept = ""
    var rest = Substring(text)
    while let open = rest.firstIndex(of: "<"), let close = rest[open...].firstIndex(of: ">") {
      kept += rest[..<open]
      if !rest[open...close].has(":") { kept += rest[open...close] }
      rest = rest[rest.index(after: close)...]
    }
    kept += rest
    return Array(kept.filter { $0.isLetter || $0.isNumber }.utf8)
  }
}
