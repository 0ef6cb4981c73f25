import Mistakes
import Phrases

/// Checks the tags of a template before anything is sent with it.
struct TemplateChecker {
  /// Says which tags there are.
  let name: TemplateName
  /// For mistakes, as the admin knows it.
  let file: String
  private(set) var mistakes: [Mistake] = []
  /// Tags that stand outside of sections, or within their own: whatever a mail lacks, they are there if it has them.
  private var seen: Set<String> = []
  /// Sections that are open here, from the outside in.
  private var sections: [String] = []

  /// Everything that is wrong with a template's tags; none for a template that mails can be sent with. Sections that
  /// are not closed are left to the library, which finds them itself.
  static func mistakes(in source: String, name: TemplateName, file: String) -> [Mistake] {
    var checker = TemplateChecker(name: name, file: file)
    checker.check(source)
    return checker.mistakes
  }

  private init(name: TemplateName, file: String) {
    self.name = name
    self.file = file
  }

  /// Goes from tag to tag and counts lines on the way. A tag that never closes ends the search: what is behind it
  /// cannot be told from its name.
  private mutating func check(_ source: String) {
    var rest = source[...]
    var line = 1
    var lineStart = source.startIndex
    while let open = rest.firstRange(of: "{{") {
      line += rest[..<open.lowerBound].lineCount
      lineStart = rest[..<open.lowerBound].lastLineStart ?? lineStart
      let isTriple = rest[open.upperBound...].hasPrefix("{")
      let inner = rest[open.upperBound...]
      guard let close = inner.firstRange(of: isTriple ? "}}}" : "}}") else {
        report(line, "the tag that opens here is never closed; write }} behind its name")
        return
      }
      let tag = inner[..<close.lowerBound].dropFirst(isTriple ? 1 : 0)
      let before = source[lineStart..<open.lowerBound]
      let after = inner[close.upperBound...].prefix { $0 != "\n" }
      let isAlone = before.allSatisfy(\.isWhitespace) && after.allSatisfy(\.isWhitespace)
      check(String(tag), isTriple: isTriple, isAlone: isAlone, line: line)
      line += tag.lineCount
      lineStart = tag.lastLineStart ?? lineStart
      rest = inner[close.upperBound...]
    }
    for missing in name.requiredTags.subtracting(seen).sorted() {
      mistakes.append(
        Mistake(
          file,
          "\(shown(missing)) is missing outside of other tags' sections; every mail must have it"))
    }
  }

  /// One tag, by the sign at its front: comments are passed over, sections open and close, names must be known.
  private mutating func check(_ tag: String, isTriple: Bool, isAlone: Bool, line: Int) {
    let sign = tag.first
    if sign == "!" { return }
    if let sign, "=<>$%&*".contains(sign) {
      report(
        line, "{{\(tag)}}: tags with `\(sign)` are not used here; templates have {{name}}, {{#name}} and {{^name}}")
      return
    }
    let isSection = sign.map { "#^/".contains($0) } ?? false
    let key = String((isSection ? tag.dropFirst() : tag[...]).trimmingSpaces())
    switch sign {
    case "#": sections.append(key)
    case "^": sections.append("^" + key)
    case "/": _ = sections.popLast()
    default: break
    }
    if let phrase = key.hasPrefix("words.") ? Phrase(rawValue: String(key.dropFirst(6))) : nil {
      if !phrase.isForTemplates { report(line, "{{\(key)}} has to be filled in and cannot be used here") }
    } else if key.hasPrefix("words.") {
      report(line, "{{\(key)}}: there is no such phrase; `words.en` has all of them")
    } else if name.textTags.contains(key) || name.markupTags.contains(key) {
      if !isSection { checkBraces(key, isTriple: isTriple, isAlone: isAlone, line: line) }
    } else {
      let known = name.textTags.union(name.markupTags).sorted().joined(separator: ", ")
      report(line, "there is no tag {{\(key)}} in \(name.rawValue); there are \(known), and words.…")
    }
  }

  /// Two braces escape and three do not: text in three would let HTML in (rule X1), HTML in two would show its own
  /// tags.
  private mutating func checkBraces(_ key: String, isTriple: Bool, isAlone: Bool, line: Int) {
    if sections.allSatisfy({ $0 == key }) { seen.insert(key) }
    if name.isHTML, isTriple, !name.markupTags.contains(key) {
      report(line, "{{{\(key)}}} holds text that may have signs of HTML in it; write {{\(key)}}")
    }
    if name.isHTML, !isTriple, name.markupTags.contains(key) {
      report(line, "{{\(key)}} holds finished HTML; write {{{\(key)}}}")
    }
    if name.blockTags.contains(key), !isAlone {
      report(line, "\(shown(key)) is filled with many lines; give it a line of its own")
    }
  }

  /// The tag as it must be written in this template.
  private func shown(_ key: String) -> String {
    name.isHTML && name.markupTags.contains(key) ? "{{{\(key)}}}" : "{{\(key)}}"
  }

  private mutating func report(_ line: Int, _ text: String) {
    mistakes.append(Mistake(file, line: line, text))
  }
}

extension StringProtocol {
  fileprivate var lineCount: Int { utf8.reduce(0) { $0 + ($1 == 0x0A ? 1 : 0) } }

  /// Behind the last LF; nil if there is none.
  fileprivate var lastLineStart: Index? { lastIndex(of: "\n").map { index(after: $0) } }

  /// Where a text of ASCII stands for the first time.
  fileprivate func firstRange(of text: String) -> Range<Index>? {
    let pattern = Array(text.utf8)
    var start = utf8.startIndex
    while let first = utf8[start...].firstIndex(of: pattern[0]) {
      if utf8[first...].starts(with: pattern) { return first..<utf8.index(first, offsetBy: pattern.count) }
      start = utf8.index(after: first)
    }
    return nil
  }
}
