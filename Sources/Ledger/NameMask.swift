import Foundation

/// Takes what names somebody out of texts that are others', or nobody's (rule A6): their addresses wherever they stand;
/// their name, and their key where it looks like one, as whole words. Capitals make no difference.
///
/// A name of one short word, and a key that is a number, are left: they are too much like other words. So is any name
/// where the text's words are the program's own, such as in front of what somebody said.
struct NameMask {
  /// Where a text comes from, and so what in it may be somebody's words.
  enum Kind {
    /// Somebody's words.
    case words
    /// The program's words, and somebody's behind the first `: `.
    case behindColon
    /// The program's words, into which names are put.
    case told
    /// JSON: the values that are more than one word.
    case json
  }

  private struct Pattern {
    let text: String
    let isWhole: Bool
    /// Of one word, and so perhaps one of the program's.
    let isWord: Bool
  }

  private let patterns: [Pattern]
  private let pseudonym: String

  /// Letters that a name of one word has at least; characters that a key has.
  private static let least = 5

  init(addresses: [String], key: String, name: String, pseudonym: String) {
    self.pseudonym = pseudonym
    var patterns = addresses.map { Pattern(text: $0, isWhole: false, isWord: false) }
    let name = name.trimmingCharacters(in: .whitespacesAndNewlines)
    let isLong = name.count(where: \.isLetter) >= NameMask.least
    let isOfSeveral = name.split(whereSeparator: \.isWhitespace).count > 1
    if isLong || isOfSeveral { patterns.append(Pattern(text: name, isWhole: true, isWord: !isOfSeveral)) }
    if key.count >= NameMask.least, key.contains(where: \.isLetter) {
      patterns.append(Pattern(text: key, isWhole: true, isWord: true))
    }
    // The longest first: one may begin another.
    self.patterns = patterns.sorted { ($1.text.count, $0.text) < ($0.text.count, $1.text) }
  }

  /// What the text is to be; the same where nothing in it names them.
  func masked(_ text: String, _ kind: Kind) -> String {
    switch kind {
    case .words: return patterns.reduce(text, replace)
    case .told: return patterns.filter { !$0.isWord }.reduce(text, replace)
    case .behindColon:
      guard let colon = text.range(of: ": ") else { return patterns.filter { !$0.isWhole }.reduce(text, replace) }
      let own = patterns.filter { !$0.isWhole }.reduce(String(text[..<colon.upperBound]), replace)
      return own + masked(String(text[colon.upperBound...]), .words)
    case .json:
      guard (try? JSONSerialization.jsonObject(with: Data(text.utf8), options: [.fragmentsAllowed])) != nil else {
        return masked(text, .words)
      }
      return maskedValues(text)
    }
  }

  /// Every text literal of JSON, and nothing else of it.
  private func maskedValues(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    var rest = text.unicodeScalars[...]
    while let start = rest.firstIndex(of: "\"") {
      var end = rest.index(after: start)
      while end < rest.endIndex, rest[end] != "\"" {
        if rest[end] == "\\" { end = rest.index(after: end) }
        if end < rest.endIndex { end = rest.index(after: end) }
      }
      guard end < rest.endIndex else { break }
      let behind = rest.index(after: end)
      let literal = String(String.UnicodeScalarView(rest[start..<behind]))
      result += rest[..<start]
      result += self.literal(literal).unicodeScalars
      rest = rest[behind...]
    }
    result += rest
    return String(result)
  }

  private func literal(_ literal: String) -> String {
    guard let value = try? JSONDecoder().decode(String.self, from: Data(literal.utf8)) else { return literal }
    let isSaid = value.contains(where: \.isWhitespace)
    let masked = isSaid ? masked(value, .words) : patterns.filter { !$0.isWhole }.reduce(value, replace)
    guard masked != value, let data = try? JSONEncoder().encode(masked) else { return literal }
    return String(decoding: data, as: UTF8.self)
  }

  private func replace(_ text: String, _ pattern: Pattern) -> String {
    var result = ""
    var rest = text[...]
    while let found = rest.range(of: pattern.text, options: [.caseInsensitive]) {
      let stands = !pattern.isWhole || NameMask.isWhole(found, in: text)
      result += rest[..<found.lowerBound] + (stands ? pseudonym[...] : rest[found])
      rest = rest[found.upperBound...]
    }
    return result + rest
  }

  /// Neither a letter nor a digit stands beside it, nor what joins it to one, as in an address, a domain or `Anna-Lena`.
  private static func isWhole(_ found: Range<String.Index>, in text: String) -> Bool {
    func isOfWord(_ character: Character?) -> Bool { character.map { $0.isLetter || $0.isNumber } ?? false }
    func joins(_ character: Character?) -> Bool { character.map { ".-_@".contains($0) } ?? false }
    let before = text[..<found.lowerBound].suffix(2)
    let after = text[found.upperBound...].prefix(2)
    let isFree = !isOfWord(before.last) && !isOfWord(after.first)
    let isJoined =
      joins(before.last) && before.count > 1 && isOfWord(before.first)
      || joins(after.first) && after.count > 1 && isOfWord(after.last)
    return isFree && !isJoined
  }

  // MARK: Where to look

  /// What a row's text has in lower case, or as it is, if it may name them: texts for `LIKE`, with `\` for escapes. The
  /// databases know capitals of ASCII alone, or by their own rules; those are left to `masked`.
  var needles: (lower: [String], asIs: [String]) {
    var (lower, asIs): ([String], [String]) = ([], [])
    for pattern in patterns {
      let runs = pattern.text.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
      if let longest = runs.max(by: { $0.count < $1.count }), longest.count > 2 {
        lower.append("%\(longest.lowercased())%")
      } else {
        asIs += Set([pattern.text, pattern.text.lowercased(), pattern.text.uppercased()]).sorted().map { text in
          let escaped = text.map { "\\%_".contains($0) ? "\\\($0)" : "\($0)" }.joined()
          return "%\(escaped)%"
        }
      }
    }
    return (lower, asIs)
  }
}
