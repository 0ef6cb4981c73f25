import Forum

/// A reply in the words of forums that store BBCode or Textile. What a person wrote by mail is plain text: nothing of it
/// is to be taken for markup.
extension ReplyDraft {
  /// As BBCode, with a list of links for kept files. BBCode has no sign that makes another mean itself: behind the
  /// bracket of what looks like a tag stands a space without width (U+200B), and so it does in `&#65;`, which MyBB reads.
  var bbcode: String {
    let items = files.map { "[*][url=\($0.url.withoutBrackets)]\($0.name.bbcodeWords)[/url] (\($0.size))" }
    return joined(body.bbcodeWords, items.isEmpty ? [] : ["[list]"] + items + ["[/list]"])
  }

  /// As Textile, with a list of links for kept files. Signs that would mark something are written by their number
  /// (`&#42;`); `>` before quoted lines means there what it means in mails.
  var textile: String {
    joined(body.textileWords, files.map { "* \"\($0.name.textileWords)\":\($0.url) (\($0.size))" })
  }

  private func joined(_ words: String, _ list: [String]) -> String {
    [words, list.joined(separator: "\n")].filter { !$0.isEmpty }.joined(separator: "\n\n")
  }
}

extension String {
  /// Fit to stand in a tag of BBCode.
  fileprivate var withoutBrackets: String { replacing("[", with: "%5B").replacing("]", with: "%5D") }

  fileprivate var bbcodeWords: String {
    var bytes: [UInt8] = []
    for byte in utf8 {
      let isTag =
        bytes.last == UInt8(ascii: "[") && (byte.isLetter || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "*"))
      let isReference = bytes.last == UInt8(ascii: "&") && byte == UInt8(ascii: "#")
      if isTag || isReference { bytes += "\u{200B}".utf8 }
      bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  fileprivate var textileWords: String {
    split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map { Self.textile(Array($0.utf8)) }
      .joined(separator: "\n")
  }

  /// - Parameter line: without its end.
  private static func textile(_ line: [UInt8]) -> String {
    var result: [UInt8] = []
    let words = line.drop { $0 == 0x20 || $0 == 0x09 }
    // What only means something at the start of a line, behind quotation marks too.
    let start = line.firstIndex { $0 != UInt8(ascii: ">") && $0 != 0x20 } ?? line.count
    let isSignature = line[start...].isSignature || words.isSignature
    for (index, byte) in line.enumerated() {
      let before = index > 0 ? line[index - 1] : 0x20
      let next = index + 1 < line.count ? line[index + 1] : 0x20
      let opens = !before.isLetter && !before.isDigit && next != 0x20
      let isMark: Bool =
        switch byte {
        case UInt8(ascii: "*"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "^"),
          UInt8(ascii: "~"), UInt8(ascii: "%"), UInt8(ascii: "@"), UInt8(ascii: "!"):
          opens || index == start && byte != UInt8(ascii: "!")
        case UInt8(ascii: "?"), UInt8(ascii: "="), UInt8(ascii: "["), UInt8(ascii: "{"): next == byte
        case UInt8(ascii: "#"), UInt8(ascii: "|"): index == start
        case UInt8(ascii: "\""): next == UInt8(ascii: ":")
        case UInt8(ascii: "<"), UInt8(ascii: "&"): true
        default: index == start && isSignature
        }
      if isMark { result += "&#\(byte);".utf8 } else { result.append(byte) }
    }
    return String(decoding: result, as: UTF8.self)
  }
}

extension ArraySlice<UInt8> {
  /// `h1.`, `bq(x).`, `table.`: what says of a block how it looks.
  fileprivate var isSignature: Bool {
    let name = String(decoding: prefix(12).prefix { $0.isLetter || $0.isDigit }, as: UTF8.self)
    let known = ["p", "bq", "bc", "pre", "table", "notextile", "h1", "h2", "h3", "h4", "h5", "h6"]
    guard known.contains(name) || name.hasPrefix("fn"), let dot = firstIndex(of: UInt8(ascii: ".")) else {
      return false
    }
    let attributes = self[index(startIndex, offsetBy: name.utf8.count)..<dot]
    return attributes.isEmpty || "{([<>=".utf8.contains(attributes.first!)
  }
}

extension UInt8 {
  fileprivate var isLetter: Bool { (0x61...0x7A).contains(self | 0x20) }
  fileprivate var isDigit: Bool { (0x30...0x39).contains(self) }
}
