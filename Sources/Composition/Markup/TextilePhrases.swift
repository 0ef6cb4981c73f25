import Mail
import Text

/// Reads a line of Textile: what is bold, a link, a picture, code. What opens and is not closed is shown as it was
/// written.
struct TextilePhrases {
  private enum Piece {
    case html(String)
    case text(Range<Int>)
    /// Signs that mark words, with the tag that they turned out to be; nil while nothing closes them.
    case sign(Range<Int>, html: String?)
  }

  private struct Opening {
    var sign: [UInt8]
    var piece: Int
    /// Where the words behind it begin.
    var end: Int
  }

  private let line: ArraySlice<UInt8>
  private let isInLink: Bool
  private var pieces: [Piece] = []
  /// At most one of each kind.
  private var open: [Opening] = []
  private var textStart: Int
  private var at: Int
  /// What would end something, and does not stand behind `at`: so that it is not looked for again.
  private var missing: Set<String> = []

  /// Adds a line as HTML.
  static func write(_ line: ArraySlice<UInt8>, to draft: inout HTMLDraft) {
    var reader = TextilePhrases(line, isInLink: false)
    reader.read()
    for piece in reader.pieces {
      switch piece {
      case .html(let html), .sign(_, let html?): draft.write(html)
      case .text(let range), .sign(let range, nil): draft.escape(line[range], keeping: .all)
      }
    }
  }

  private init(_ line: ArraySlice<UInt8>, isInLink: Bool) {
    self.line = line
    self.isInLink = isInLink
    textStart = line.startIndex
    at = line.startIndex
  }

  private mutating func read() {
    while at < line.endIndex {
      let start = at
      switch line[at] {
      case UInt8(ascii: "\""): link()
      case UInt8(ascii: "!"): picture()
      case UInt8(ascii: "@"): code()
      case UInt8(ascii: "<"): html()
      case UInt8(ascii: "["): asWritten(through: UInt8(ascii: "]"))
      case UInt8(ascii: "{"): asWritten(through: UInt8(ascii: "}"))
      case UInt8(ascii: "h"): address()
      case UInt8(ascii: "*"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "^"),
        UInt8(ascii: "~"), UInt8(ascii: "?"), UInt8(ascii: "%"):
        phrase()
      default: break
      }
      if at == start { at += 1 }
    }
    flush(to: line.endIndex)
  }

  private mutating func flush(to end: Int) {
    if textStart < end { pieces.append(.text(textStart..<end)) }
  }

  /// What stands between `textStart` and here is text, then comes HTML, and reading goes on at `end`.
  private mutating func put(_ html: String, through end: Int) {
    flush(to: at)
    pieces.append(.html(html))
    at = end
    textStart = end
  }

  private func octet(_ index: Int) -> UInt8? { line.indices.contains(index) ? line[index] : nil }

  /// Whether words may be marked from here on: a line's start, or behind a space or an opening sign.
  private var mayOpen: Bool {
    guard let before = octet(at - 1) else { return true }
    if before < 0x80 { return !before.isLetterOrDigit && !")]}.,;:!/&#=\\".utf8.contains(before) }
    return Self.parts(String(decoding: line[..<at].suffix(4), as: UTF8.self).unicodeScalars.last)
  }

  /// Whether marked words may end before an octet: a line's end, a space, punctuation of any script.
  private func mayEnd(before index: Int) -> Bool {
    guard let next = octet(index) else { return true }
    if next < 0x80 { return !next.isLetterOrDigit }
    return Self.parts(String(decoding: line[index...].prefix(4), as: UTF8.self).unicodeScalars.first)
  }

  /// Whether a sign stands between words and in none.
  private static func parts(_ scalar: Unicode.Scalar?) -> Bool {
    scalar.map { $0.properties.isWhitespace || Character($0).isPunctuation } ?? true
  }

  private func string(_ range: Range<Int>) -> String { String(decoding: line[range], as: UTF8.self) }

  // MARK: Marks

  private static let tags: [String: String] = [
    "*": "strong", "**": "b", "_": "em", "__": "i", "-": "del", "+": "ins", "^": "sup", "~": "sub", "??": "em",
    "%": "span",
  ]

  private mutating func phrase() {
    let octet = line[at]
    let run = line[at...].prefix { $0 == octet }
    let length =
      octet == UInt8(ascii: "?") ? 2 : octet == UInt8(ascii: "*") || octet == UInt8(ascii: "_") ? run.count : 1
    let sign = Array(run)
    guard run.count == length, let tag = Self.tags[String(decoding: sign, as: UTF8.self)] else {
      at = run.endIndex
      return
    }
    let end = run.endIndex
    if let index = open.lastIndex(where: { $0.sign == sign }), at > open[index].end, let before = self.octet(at - 1),
      before != 0x20, before != 0x09, mayEnd(before: end)
    {
      if case .sign(let range, _) = pieces[open[index].piece] {
        pieces[open[index].piece] = .sign(range, html: "<\(tag)>")
      }
      open.removeSubrange(index...)
      put("</\(tag)>", through: end)
      return
    }
    guard mayOpen, let next = self.octet(end), next != 0x20, next != 0x09, !open.contains(where: { $0.sign == sign })
    else {
      at = end
      return
    }
    // `%{color:red}…%`: how it looks.
    var behind = end
    if next == UInt8(ascii: "{"), let close = line[end...].prefix(200).firstIndex(of: UInt8(ascii: "}")) {
      behind = close + 1
    }
    flush(to: at)
    open.append(Opening(sign: sign, piece: pieces.count, end: behind))
    pieces.append(.sign(at..<behind, html: nil))
    at = behind
    textStart = behind
  }

  // MARK: Links and pictures

  /// `"words":https://…`
  private mutating func link() {
    guard !isInLink, mayOpen, let close = line[(at + 1)...].firstIndex(of: UInt8(ascii: "\"")), close > at + 1,
      octet(close + 1) == UInt8(ascii: ":")
    else { return }
    let url = addressEnd(close + 2)
    let address = string(close + 2..<url)
    guard ["http://", "https://", "mailto:", "/", "#", "www."].contains(where: address.lowercased().hasPrefix) else {
      return
    }
    let words = line[(at + 1)..<close]
    put("<a href=\"\(Self.withScheme(address).htmlEscaped)\">", through: close)
    var inner = TextilePhrases(words, isInLink: true)
    inner.read()
    pieces += inner.pieces
    pieces.append(.html("</a>"))
    at = url
    textStart = url
  }

  /// `https://…` that stands in the text by itself.
  private mutating func address() {
    let rest = line[at...]
    guard rest.starts(with: "http://".utf8) || rest.starts(with: "https://".utf8),
      octet(at - 1).map({ !$0.isLetterOrDigit }) ?? true
    else { return }
    let end = addressEnd(at)
    if isInLink || end - at > SafeURL.limit {
      at = end
    } else {
      put("<a href=\"\(string(at..<end).htmlEscaped)\">\(string(at..<end).htmlEscaped)</a>", through: end)
    }
  }

  private static func withScheme(_ address: String) -> String {
    address.lowercased().hasPrefix("www.") ? "http://" + address : address
  }

  /// Where an address ends: not with the punctuation of the sentence, nor with a bracket that it does not open.
  private func addressEnd(_ start: Int) -> Int {
    let run = line[start...].prefix { $0 > 0x20 && !"<>\"|".utf8.contains($0) }
    var unopened = 0
    for octet in run { unopened += octet == UInt8(ascii: ")") ? 1 : octet == UInt8(ascii: "(") ? -1 : 0 }
    var end = run.endIndex
    while end > start {
      let last = line[end - 1]
      if last == UInt8(ascii: ")"), unopened > 0 {
        unopened -= 1
      } else if !".,;:!?'*_+^~%@]}".utf8.contains(last) {
        break
      }
      end -= 1
    }
    return end
  }

  /// `!https://…/map.png(A map)!`, with a link behind it or without. A mere name is that of a file in the forum.
  private mutating func picture() {
    guard !isInLink, mayOpen else { return }
    var start = at + 1
    while let octet = octet(start), "<>=".utf8.contains(octet) { start += 1 }
    if octet(start) == UInt8(ascii: "{") {
      guard let close = line[start...].prefix(200).firstIndex(of: UInt8(ascii: "}")) else { return }
      start = close + 1
    }
    let name = line[start...].prefix { $0 > 0x20 && !"!()<>\"|".utf8.contains($0) }
    guard name.contains(UInt8(ascii: ".")) || name.contains(UInt8(ascii: "/")) else { return }
    var end = name.endIndex
    var alternative = ""
    if octet(end) == UInt8(ascii: "(") {
      guard let close = line[end...].prefix(500).firstIndex(of: UInt8(ascii: ")")) else { return }
      alternative = string(end + 1..<close)
      end = close + 1
    }
    guard octet(end) == UInt8(ascii: "!") else { return }
    end += 1
    let source = string(name.startIndex..<name.endIndex)
    var picture = HTMLDraft(limit: .max)
    if source.contains("/") {
      picture.writePicture(Self.withScheme(source), alternative: alternative)
    } else {
      picture.write("[\((alternative.isEmpty ? source : alternative).htmlEscaped)]")
    }
    var html = picture.html
    if octet(end) == UInt8(ascii: ":") {
      let url = addressEnd(end + 1)
      let address = string(end + 1..<url)
      if address.hasPrefix("/") || address.hasPrefix("http") {
        html = "<a href=\"\(address.htmlEscaped)\">\(html)</a>"
        end = url
      }
    }
    put(html, through: end)
  }

  // MARK: What is not read

  /// `@code@`
  private mutating func code() {
    guard mayOpen, let next = octet(at + 1), next != 0x20, !missing.contains("@") else { return }
    var end = at + 1
    while end < line.endIndex, line[end] != UInt8(ascii: "@") || end == at + 1 || !mayEnd(before: end + 1) { end += 1 }
    guard end < line.endIndex else {
      missing.insert("@")
      return
    }
    put("<code>\(string(at + 1..<end).htmlEscaped)</code>", through: end + 1)
  }

  /// Wiki links and macros: `[[…]]`, `{{…}}`.
  private mutating func asWritten(through close: UInt8) {
    guard octet(at + 1) == line[at], !missing.contains("\(close)") else { return }
    var end = at + 2
    while end + 1 < line.endIndex, line[end] != close || line[end + 1] != close { end += 1 }
    if end + 1 < line.endIndex { at = end + 2 } else { missing.insert("\(close)") }
  }

  /// A tag that HTML has goes through as a tag, with the attributes that a mail may have; `<code>` and its like are not
  /// read up to their end.
  private mutating func html() {
    guard let tag = Self.tag(line[at...]) else { return }
    guard ["code", "kbd", "notextile"].contains(tag.name), !tag.closes else {
      if tag.name != "notextile" { put(tag.html, through: tag.end) }
      return
    }
    let end = Array("</\(tag.name)>".utf8)
    guard !missing.contains(tag.name) else { return }
    var close = tag.end
    while close + end.count <= line.endIndex, !line[close...].starts(with: end) { close += 1 }
    guard close + end.count <= line.endIndex else {
      missing.insert(tag.name)
      return
    }
    if tag.name == "notextile" {
      put("", through: tag.end)
      at = close
      put("", through: close + end.count)
    } else {
      put("<code>\(string(tag.end..<close).htmlEscaped)</code>", through: close + end.count)
    }
  }
}

extension TextilePhrases {
  /// A tag as it may stand in HTML.
  struct Tag {
    /// Lower-case.
    var name: String
    var closes: Bool
    /// With its attributes written anew.
    var html: String
    /// Of the line, behind it.
    var end: Int
  }

  private static let names: Set<String> = Set(
    Markup.Tag.allCases.map(\.rawValue) + ["kbd", "tt", "strike", "center", "font", "big", "small", "img", "notextile"])
  private static let attributes: Set<String> = ["href", "src", "alt", "dir", "lang", "colspan", "rowspan", "start"]

  /// The tag that a text begins with; nil where it is none that HTML has, or not whole.
  static func tag(_ text: ArraySlice<UInt8>) -> Tag? {
    guard text.first == UInt8(ascii: "<") else { return nil }
    var at = text.startIndex + 1
    func octet() -> UInt8? { at < text.endIndex ? text[at] : nil }
    func skipSpaces() { while octet() == 0x20 || octet() == 0x09 { at += 1 } }
    let closes = octet() == UInt8(ascii: "/")
    if closes { at += 1 }
    let letters = text[at...].prefix(10).prefix { $0.isLetterOrDigit }
    let name = String(decoding: letters, as: UTF8.self).lowercased()
    guard names.contains(name) else { return nil }
    at = letters.endIndex
    var html = "<\(closes ? "/" : "")\(name)"
    let limit = text.startIndex + 2500
    while at < limit {
      let start = at
      skipSpaces()
      if octet() == UInt8(ascii: "/") { at += 1 }
      if octet() == UInt8(ascii: ">") { return Tag(name: name, closes: closes, html: html + ">", end: at + 1) }
      let key = text[at...].prefix {
        $0.isLetterOrDigit || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ":")
      }
      guard at > start, !key.isEmpty, !closes else { return nil }
      at = key.endIndex
      skipSpaces()
      guard octet() == UInt8(ascii: "=") else { continue }
      at += 1
      skipSpaces()
      guard let quote = octet() else { return nil }
      let value: ArraySlice<UInt8>
      if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
        guard let end = text[(at + 1)...].prefix(2100).firstIndex(of: quote) else { return nil }
        value = text[(at + 1)..<end]
        at = end + 1
      } else {
        value = text[at...].prefix { $0 > 0x20 && !"<>\"'`=".utf8.contains($0) }
        at = value.endIndex
      }
      let attribute = String(decoding: key, as: UTF8.self).lowercased()
      if attributes.contains(attribute) {
        html += " \(attribute)=\"\(String(decoding: value, as: UTF8.self).replacing("&amp;", with: "&").htmlEscaped)\""
      }
    }
    return nil
  }
}
