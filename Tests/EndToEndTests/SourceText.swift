/// A Swift or C source taken apart: its comments and its texts, without the code around them.
struct SourceText {
  enum Kind: Hashable {
    case comment
    /// The title of a test or a suite.
    case title
    /// Any other text in quotation marks.
    case literal
  }

  struct Piece: Hashable {
    let kind: Kind
    /// As it is written; `\n` and `\t` are line ends, and `{}` stands for what is interpolated.
    let text: String
    /// Where it begins, counted from 1.
    let line: Int
  }

  /// A text that does not end on its line. What follows would be taken for what it is not.
  struct Unreadable: Error, CustomStringConvertible {
    let description: String
  }

  private let file: String
  private let bytes: [UInt8]
  private var position = 0
  private var line = 1
  private var pieces: [Piece] = []

  private init(_ source: String, _ file: String) { (bytes, self.file) = (Array(source.utf8), file) }

  /// The pieces in the order in which they end.
  static func pieces(of source: String, in file: String) throws -> [Piece] {
    var text = SourceText(source, file)
    try text.readCode(isInterpolated: false)
    return text.pieces
  }

  /// Reads to the end, or behind the parenthesis that closes an interpolation.
  private mutating func readCode(isInterpolated: Bool) throws {
    var depth = 0
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "/") where isAt(Array("//".utf8)): readLineComment()
      case UInt8(ascii: "/") where isAt(Array("/*".utf8)): readBlockComment()
      case UInt8(ascii: "#") where isAt(Array("#/".utf8)): skipRegex()
      case UInt8(ascii: "#"), UInt8(ascii: "\""):
        if let hashes = hashesBeforeQuote { try readLiteral(hashes) } else { advance() }
      case UInt8(ascii: "("):
        depth += 1
        advance()
      case UInt8(ascii: ")"):
        advance()
        if isInterpolated, depth == 0 { return }
        depth -= 1
      default: advance()
      }
    }
  }

  private mutating func readLineComment() {
    let (start, first) = (position, line)
    while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { advance() }
    add(.comment, bytes[start..<position], first)
  }

  /// They nest.
  private mutating func readBlockComment() {
    let (start, first) = (position, line)
    let (opening, closing) = (Array("/*".utf8), Array("*/".utf8))
    var depth = 0
    repeat {
      if isAt(opening) {
        depth += 1
        advance(2)
      } else if isAt(closing) {
        depth -= 1
        advance(2)
      } else {
        advance()
      }
    } while depth > 0 && position < bytes.count
    add(.comment, bytes[start..<position], first)
  }

  /// `#/…/#`
  private mutating func skipRegex() {
    let closing = Array("/#".utf8)
    advance(2)
    while position < bytes.count, !isAt(closing) { advance() }
    advance(2)
  }

  private mutating func readLiteral(_ hashes: Int) throws {
    let (kind, first) = (opensTitle ? Kind.title : .literal, line)
    advance(hashes)
    let isLong = isAt(Array("\"\"\"".utf8))
    let quote = Array((isLong ? "\"\"\"" : "\"").utf8)
    let marks = [UInt8](repeating: UInt8(ascii: "#"), count: hashes)
    let (closing, escape) = (quote + marks, [UInt8(ascii: "\\")] + marks)
    advance(quote.count)
    var text: [UInt8] = []
    while !isAt(closing) {
      let isEscaped = isAt(escape)
      if isEscaped { advance(escape.count) }
      guard position < bytes.count, isLong || bytes[position] != UInt8(ascii: "\n") else {
        throw Unreadable(description: "\(file):\(first): a text that does not end on its line")
      }
      let byte = bytes[position]
      advance()
      switch byte {
      case UInt8(ascii: "(") where isEscaped:
        try readCode(isInterpolated: true)
        text += Array("{}".utf8)
      case UInt8(ascii: "n") where isEscaped, UInt8(ascii: "t") where isEscaped, UInt8(ascii: "\n"):
        text.append(UInt8(ascii: "\n"))
      default:
        if isEscaped { text.append(UInt8(ascii: "\\")) }
        text.append(byte)
      }
    }
    advance(closing.count)
    add(kind, text, first)
  }

  /// `@Test(` or `@Suite(` stands before it.
  private var opensTitle: Bool {
    guard let end = bytes[..<position].lastIndex(where: { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\n") })
    else { return false }
    return ["@Test(", "@Suite("].contains { bytes[...end].suffix($0.utf8.count).elementsEqual($0.utf8) }
  }

  /// How many `#` stand here before a quotation mark; nil if none follows.
  private var hashesBeforeQuote: Int? {
    var end = position
    while end < bytes.count, bytes[end] == UInt8(ascii: "#") { end += 1 }
    return end < bytes.count && bytes[end] == UInt8(ascii: "\"") ? end - position : nil
  }

  private func isAt(_ mark: [UInt8]) -> Bool {
    guard bytes.count - position >= mark.count else { return false }
    for index in mark.indices where bytes[position + index] != mark[index] { return false }
    return true
  }

  private mutating func advance(_ count: Int = 1) {
    for _ in 0..<count where position < bytes.count {
      if bytes[position] == UInt8(ascii: "\n") { line += 1 }
      position += 1
    }
  }

  private mutating func add(_ kind: Kind, _ text: some Collection<UInt8>, _ line: Int) {
    pieces.append(Piece(kind: kind, text: String(decoding: text, as: UTF8.self), line: line))
  }
}
