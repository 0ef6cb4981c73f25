/// Quotations whose marks begin with their author's initials: `AP> `. The Bat! writes them.
enum InitialMarks {
  /// Letters in front of the mark, at most.
  private static let longest = 4

  /// The lines, of which those are quoted that have such a mark, where a line that introduces a quotation stands in front
  /// of them, or they are of the mail that is answered. Else they are a person's: `SQL> select`.
  static func read(_ lines: [ReplyLine], answering mail: AnsweredMail?) -> [ReplyLine] {
    var places: [Substring: [Int]] = [:]
    for index in lines.indices where lines[index].depth == 0 {
      if let initials = initials(of: lines[index].text) { places[initials, default: []].append(index) }
    }
    guard !places.isEmpty else { return lines }
    let introduced = Set(
      Introduction.all(in: lines).values.compactMap { found in
        lines[(found.end + 1)...].prefix(4).firstIndex { !$0.isBlank }
      })
    var lines = lines
    for (_, marked) in places {
      let quoted = marked.map { ReplyLine(withoutInitials: lines[$0]) }
      guard introduced.contains(marked[0]) || mail?.source(of: quoted[...], below: []) == .mail else { continue }
      for (place, line) in zip(marked, quoted) { lines[place] = line }
    }
    return lines
  }

  /// The letters right in front of a mark, the first of them no small one.
  private static func initials(of text: String) -> Substring? {
    let rest = text.drop { $0 == " " || $0 == "\t" }
    let letters = rest.prefix { $0.isLetter }
    guard let first = letters.first, !first.isLowercase, letters.utf8.count <= longest * 4, letters.count <= longest,
      rest[letters.endIndex...].first == ">"
    else { return nil }
    let behind = rest[letters.endIndex...].drop { $0 == ">" }
    return behind.first.map { $0 == " " || $0 == "\u{A0}" } ?? true ? letters : nil
  }
}

extension ReplyLine {
  /// The same with plain marks.
  fileprivate init(withoutInitials line: ReplyLine) {
    let start = line.text.firstIndex(of: ">") ?? line.text.startIndex
    self.init(line.text[start...], hint: line.hint)
    dropped = String(line.text[..<start])
  }
}
