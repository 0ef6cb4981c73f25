import Text

/// Reads Textile as Redmine has it (RedCloth). What is written of it is HTML, every text of it escaped, and goes through
/// the allow-list like anybody's, tags that stand in the Textile among it.
///
/// Macros (`{{toc}}`), wiki links (`[[Page]]`), issues (`#12`) and footnotes (`[1]`) are shown as they were written, and
/// so is a tag that HTML does not have. It takes time in the order of the text's length.
struct TextileReader {
  /// Quotations, and lists, within each other.
  private static let depthLimit = 8

  private var draft: HTMLDraft

  /// - Parameter limit: octets of Textile, and of HTML too, at which the text is cut.
  static func read(
    _ text: String, base: SafeURL?, limit: Int, words: MarkupWords = .english, language: LanguageTag? = nil
  ) -> ReadMarkup {
    let source = text.utf8.count > limit ? String(decoding: text.utf8.prefix(limit), as: UTF8.self) : text
    var reader = TextileReader(draft: HTMLDraft(limit: limit * 2))
    reader.sections(Array(source.multiLine().utf8)[...])
    var read = HTMLReader.read(reader.draft.html, base: base, limit: limit, words: words, language: language)
    if reader.draft.isCut || source.utf8.count < text.utf8.count { read.isComplete = false }
    return read
  }

  /// What stands in `<pre>` is not read; it goes on to the end where nothing closes it.
  private mutating func sections(_ source: ArraySlice<UInt8>) {
    var rest = source
    var at = source.startIndex
    while let start = rest[at...].firstRange(of: "<pre", before: [0x20, 0x3E]) {
      at = start.upperBound
      // A tag ends in its line.
      guard
        let tagEnd = rest[at...].firstIndex(where: { $0 == UInt8(ascii: ">") || $0 == UInt8(ascii: "<") || $0 == 0x0A }
        ),
        rest[tagEnd] == UInt8(ascii: ">")
      else { continue }
      blocks(rest[..<start.lowerBound].split(separator: 0x0A, omittingEmptySubsequences: false), 0)
      let content = rest[(tagEnd + 1)...]
      let end = content.firstRange(of: "</pre", before: [0x3E])
      preformatted(content[..<(end?.lowerBound ?? rest.endIndex)])
      rest = end.map { rest[($0.upperBound + 1)...] } ?? rest[rest.endIndex...]
      at = rest.startIndex
    }
    blocks(rest.split(separator: 0x0A, omittingEmptySubsequences: false), 0)
  }

  /// Without the `<code class="ruby">` that Redmine has within it.
  private mutating func preformatted(_ content: ArraySlice<UInt8>) {
    var content = content.trimmedOfLineEnds
    if content.firstRange(of: "<code", before: [0x20, 0x3E])?.lowerBound == content.startIndex,
      let end = content.dropFirst().firstIndex(where: { [0x3C, 0x3E, 0x0A].contains($0) }), content[end] == 0x3E,
      content.suffix(7).elementsEqual("</code>".utf8), end < content.endIndex - 7
    {
      content = content[(end + 1)..<(content.endIndex - 7)].trimmedOfLineEnds
    }
    draft.write("<pre>")
    draft.escape(content)
    draft.write("</pre>\n")
  }

  // MARK: Blocks

  private mutating func blocks(_ lines: [ArraySlice<UInt8>], _ depth: Int) {
    var at = 0
    while at < lines.count {
      let first = at
      let line = lines[at]
      if line.isBlank {
        at += 1
      } else if line.isRule {
        draft.write("<hr>\n")
        at += 1
      } else if line.first == UInt8(ascii: ">"), depth < Self.depthLimit {
        while at < lines.count, lines[at].first == UInt8(ascii: ">") { at += 1 }
        draft.write("<blockquote>\n")
        blocks(lines[first..<at].map { $0.dropFirst().dropFirst($0.dropFirst().first == 0x20 ? 1 : 0) }, depth + 1)
        draft.write("</blockquote>\n")
      } else if line.listMark != nil {
        at = list(lines, at)
      } else if let end = table(lines, at) {
        at = end
      } else {
        at += 1
        while at < lines.count, !lines[at].opensBlock(depth < Self.depthLimit) { at += 1 }
        paragraph(lines[first..<at])
      }
    }
  }

  /// By its signature: `h2.`, `bq.`, `fn1.`; without one it is a paragraph.
  private mutating func paragraph(_ lines: ArraySlice<ArraySlice<UInt8>>) {
    guard let first = lines.first else { return }
    let signature = TextileSignature(first)
    let content = [first[(signature?.end ?? first.startIndex)...]] + lines.dropFirst()
    switch signature?.kind {
    case .heading(let level): block("h\(level)", content)
    case .quotation:
      draft.write("<blockquote>\n")
      block("p", content)
      draft.write("</blockquote>\n")
    case .footnote(let number):
      draft.write("<p>[\(number)] ")
      inlines(content)
      draft.write("</p>\n")
    case .code: preformatted(ArraySlice(content.joined(separator: [0x0A])))
    case .paragraph: block("p", content)
    case nil:
      // Blocks of HTML make their lines themselves.
      if first.opensHTMLBlock {
        for line in content {
          inline(line)
          draft.write("\n")
        }
      } else {
        block("p", content)
      }
    }
  }

  private mutating func block(_ tag: String, _ lines: [ArraySlice<UInt8>]) {
    draft.write("<\(tag)>")
    inlines(lines)
    draft.write("</\(tag)>\n")
  }

  /// Each line end is a break.
  private mutating func inlines(_ lines: [ArraySlice<UInt8>]) {
    for (number, line) in lines.enumerated() {
      if number > 0 { draft.write("<br>") }
      inline(line)
    }
  }

  private mutating func inline(_ line: ArraySlice<UInt8>) { TextilePhrases.write(line, to: &draft) }

  // MARK: Lists and tables

  /// - Returns: the line behind it.
  private mutating func list(_ lines: [ArraySlice<UInt8>], _ start: Int) -> Int {
    var open: [String] = []
    var at = start
    while at < lines.count, let mark = lines[at].listMark {
      let tag = mark.last == UInt8(ascii: "#") ? "ol" : "ul"
      let level = min(mark.count, open.count + 1, Self.depthLimit)
      while open.count > level { draft.write("</li>\n</\(open.removeLast())>\n") }
      if open.count == level {
        draft.write("</li>\n")
        if open[level - 1] != tag {
          draft.write("</\(open[level - 1])>\n<\(tag)>\n")
          open[level - 1] = tag
        }
      } else {
        draft.write("\n<\(tag)>\n")
        open.append(tag)
      }
      let first = at
      at += 1
      while at < lines.count, !lines[at].opensBlock(true) { at += 1 }
      draft.write("<li>")
      inlines([lines[first].dropFirst(mark.count + 1)] + lines[(first + 1)..<at])
    }
    while let tag = open.popLast() { draft.write("</li>\n</\(tag)>\n") }
    return at
  }

  /// - Returns: the line behind it; nil if there is none.
  private mutating func table(_ lines: [ArraySlice<UInt8>], _ start: Int) -> Int? {
    var at = start
    // `table(class). ` says how it looks.
    if lines[at].starts(with: "table".utf8), lines[at].trimmedOfSpaces.last == UInt8(ascii: "."), at + 1 < lines.count {
      at += 1
    }
    guard lines[at].isRow else { return nil }
    draft.write("<table>\n")
    while at < lines.count, lines[at].isRow {
      draft.write("<tr>")
      for cell in lines[at].trimmedOfSpaces.dropFirst().dropLast().cells { self.cell(cell) }
      draft.write("</tr>\n")
      at += 1
    }
    draft.write("</table>\n")
    return at
  }

  /// `_. Head`, `\2. over two columns`, `/3. over three rows`.
  private mutating func cell(_ cell: ArraySlice<UInt8>) {
    var tag = "td"
    var attributes = ""
    var at = cell.startIndex
    var content = cell
    while at < cell.endIndex, at - cell.startIndex < 40 {
      let octet = cell[at]
      at += 1
      if octet == UInt8(ascii: "_") {
        tag = "th"
      } else if octet == UInt8(ascii: "\\") || octet == UInt8(ascii: "/") {
        let digits = cell[at...].prefix(3).prefix { (0x30...0x39).contains($0) }
        attributes +=
          " \(octet == UInt8(ascii: "\\") ? "colspan" : "rowspan")=\"\(String(decoding: digits, as: UTF8.self))\""
        at = digits.endIndex
      } else if octet == UInt8(ascii: "{") || octet == UInt8(ascii: "(") {
        let end = UInt8(ascii: octet == UInt8(ascii: "{") ? "}" : ")")
        guard let found = cell[at...].prefix(200).firstIndex(of: end) else { break }
        at = found + 1
      } else if octet == UInt8(ascii: "."), at < cell.endIndex, cell[at] == 0x20, at > cell.startIndex + 1 {
        content = cell[(at + 1)...]
        break
      } else if !"<>=^~-".utf8.contains(octet) {
        break
      }
    }
    let isPlain = content.startIndex == cell.startIndex
    draft.write(isPlain ? "<td>" : "<\(tag)\(attributes)>")
    inline(content.trimmedOfSpaces)
    draft.write(isPlain ? "</td>" : "</\(tag)>")
  }
}

/// What a block is said to be, before its words.
struct TextileSignature {
  enum Kind: Equatable {
    case heading(Int)
    case paragraph
    case quotation
    case footnote(String)
    case code
  }

  let kind: Kind
  /// Where the words begin.
  let end: Int

  /// nil for a line that has none.
  init?(_ line: ArraySlice<UInt8>) {
    let name = line.prefix(8).prefix { $0.isLetterOrDigit }
    switch String(decoding: name, as: UTF8.self) {
    case "p": kind = .paragraph
    case "bq": kind = .quotation
    case "bc", "pre": kind = .code
    case let text where text.count == 2 && text.first == "h":
      guard let level = text.last?.wholeNumberValue, (1...6).contains(level) else { return nil }
      kind = .heading(level)
    case let text where text.hasPrefix("fn") && text.dropFirst(2).allSatisfy(\.isNumber) && text.count > 2:
      kind = .footnote(String(text.dropFirst(2)))
    default: return nil
    }
    // Classes, styles, a language, and how it is set.
    var at = name.endIndex
    while at < line.endIndex, at - line.startIndex < 300 {
      switch line[at] {
      case UInt8(ascii: "{"), UInt8(ascii: "("), UInt8(ascii: "["):
        let close =
          line[at] == UInt8(ascii: "{")
          ? UInt8(ascii: "}") : line[at] == UInt8(ascii: "(") ? UInt8(ascii: ")") : UInt8(ascii: "]")
        at = (line[at...].prefix(200).firstIndex(of: close) ?? at) + 1
      case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "="), UInt8(ascii: ")"): at += 1
      case UInt8(ascii: "."):
        at += 1
        if at < line.endIndex, line[at] == UInt8(ascii: ".") { at += 1 }
        if at < line.endIndex, line[at] == UInt8(ascii: ":") {
          at = line[at...].firstIndex(of: 0x20) ?? line.endIndex
        }
        guard at == line.endIndex || line[at] == 0x20 else { return nil }
        end = min(at + 1, line.endIndex)
        return
      default: return nil
      }
    }
    return nil
  }
}

extension ArraySlice<UInt8> {
  /// The first place of a tag's beginning, in either case, with one of some octets behind it.
  fileprivate func firstRange(of tag: String, before next: [UInt8]) -> Range<Int>? {
    let name = Array(tag.utf8)
    var at = startIndex
    while let start = self[at...].firstIndex(of: name[0]), start + name.count < endIndex {
      if next.contains(self[start + name.count]), zip(name, self[start...]).allSatisfy({ $0 == $1 || $0 == $1 | 0x20 })
      {
        return start..<(start + name.count)
      }
      at = start + 1
    }
    return nil
  }

  var isBlank: Bool { allSatisfy { $0 == 0x20 || $0 == 0x09 } }

  var trimmedOfSpaces: ArraySlice<UInt8> {
    guard let first = firstIndex(where: { $0 != 0x20 && $0 != 0x09 }),
      let last = lastIndex(where: { $0 != 0x20 && $0 != 0x09 })
    else { return self[endIndex...] }
    return self[first...last]
  }

  fileprivate var trimmedOfLineEnds: ArraySlice<UInt8> {
    let start = firstIndex { $0 != 0x0A } ?? endIndex
    let end = lastIndex { $0 != 0x0A && $0 != 0x20 }.map { $0 + 1 } ?? start
    return self[start..<Swift.max(start, end)]
  }

  /// `---`, `***` or `___` and nothing else.
  fileprivate var isRule: Bool {
    let line = trimmedOfSpaces
    return line.count >= 3 && "-*_".utf8.contains(line.first!) && line.allSatisfy { $0 == line.first }
  }

  /// `##` of a list's item.
  fileprivate var listMark: ArraySlice<UInt8>? {
    let mark = prefix { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "#") }
    return !mark.isEmpty && mark.endIndex < endIndex && self[mark.endIndex] == 0x20 ? mark : nil
  }

  fileprivate var isRow: Bool {
    guard first == UInt8(ascii: "|") else { return false }
    let line = trimmedOfSpaces
    return line.count > 1 && line.last == UInt8(ascii: "|")
  }

  /// A line that a paragraph before it does not take in.
  fileprivate func opensBlock(_ readsQuotations: Bool) -> Bool {
    isBlank || isRule || listMark != nil || isRow || readsQuotations && first == UInt8(ascii: ">")
  }

  fileprivate var opensHTMLBlock: Bool {
    guard let tag = TextilePhrases.tag(self), let name = Markup.Tag(rawValue: tag.name) else { return false }
    return !name.isInline
  }

  /// Parted at each `|` that does not stand in a wiki link.
  fileprivate var cells: [ArraySlice<UInt8>] {
    var cells: [ArraySlice<UInt8>] = []
    var start = startIndex
    var isInLink = false
    for at in indices {
      let next = at + 1 < endIndex ? self[at + 1] : 0
      if self[at] == UInt8(ascii: "["), next == self[at] { isInLink = true }
      if self[at] == UInt8(ascii: "]") { isInLink = false }
      if self[at] == UInt8(ascii: "|"), !isInLink {
        cells.append(self[start..<at])
        start = at + 1
      }
    }
    return cells + [self[start...]]
  }
}
