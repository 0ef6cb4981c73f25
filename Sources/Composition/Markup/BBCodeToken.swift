import Mail

/// What BBCode is made of: words, and tags that are known.
struct BBCodeToken {
  enum Kind: Equatable {
    case text
    case open
    case close
    /// A tag and its end with what is between them, which is not read.
    case verbatim(content: Range<Int>)
  }

  var kind: Kind
  /// Lower-case; empty for words.
  var name = ""
  var meaning = BBCodeMeaning.words
  /// `Ana` of `[quote="Ana" pid='3']`.
  var value = ""
  /// ` pid='3'` of the same.
  var rest = ""
  /// Octets of the source that it takes up.
  var range: Range<Int>
  /// The token that closes or opens this one; nil for what has no partner.
  var partner: Int?
}

/// What a tag stands for.
enum BBCodeMeaning: Equatable {
  /// Size, colour, font: its words stay.
  case words
  /// An element within a line.
  case inline(Markup.Tag)
  case link
  case email
  case image
  case video
  /// The name of a file that the forum shows there.
  case file
  case code
  /// Words that are not read, within a line.
  case literal
  case quotation
  /// A part of the text that is set or hidden in a way that mails have not.
  case division
  case list(isOrdered: Bool)
  case item
  case table
  case row
  case cell(Markup.Tag)
  case rule

  /// Ends without a tag that closes it.
  var needsNoEnd: Bool { self == .item || self == .rule }

  /// By the tag's name, lower-case.
  static let byName: [String: BBCodeMeaning] = {
    var table: [String: BBCodeMeaning] = [
      "url": .link, "link": .link, "iurl": .link, "email": .email, "mail": .email, "img": .image, "image": .image,
      "youtube": .video, "video": .video, "media": .video, "vimeo": .video, "attachment": .file, "code": .code,
      "php": .code, "html": .code, "icode": .literal, "tt": .literal, "noparse": .literal, "plain": .literal,
      "quote": .quotation, "list": .list(isOrdered: false), "ul": .list(isOrdered: false),
      "ol": .list(isOrdered: true), "*": .item, "li": .item, "table": .table, "tr": .row, "td": .cell(.td),
      "th": .cell(.th), "hr": .rule,
    ]
    for (name, tag) in [
      ("b", Markup.Tag.b), ("strong", .b), ("i", .i), ("em", .i), ("u", .u), ("s", .s), ("strike", .s), ("del", .s),
      ("sub", .sub), ("sup", .sup),
    ] { table[name] = .inline(tag) }
    for name in ["size", "color", "colour", "font", "highlight", "bgcolor", "small", "big"] {
      table[name] = BBCodeMeaning.words
    }
    for name in ["align", "center", "left", "right", "justify", "indent", "spoiler"] { table[name] = .division }
    return table
  }()

  /// Whether what stands between such a tag and its end is taken as it is.
  func isVerbatim(value: String) -> Bool {
    switch self {
    case .code, .literal, .image, .video, .file: true
    case .link, .email: value.isEmpty
    default: false
    }
  }

  /// Whether that may be of many lines.
  var isLong: Bool { self == .code || self == .literal }
}

/// Finds the tags of a text, each octet looked at a few times at most.
struct BBCodeTokens {
  private let source: [UInt8]
  private var tokens: [BBCodeToken] = []
  /// Where words began that no token has yet.
  private var start = 0
  /// Tags of whose end there is none behind an octet, so that it is not looked for again.
  private var endless: Set<String> = []

  /// Words and tags in their order; whatever opens and closes knows its partner.
  static func read(_ source: [UInt8]) -> [BBCodeToken] {
    var reader = BBCodeTokens(source)
    reader.read()
    reader.pair()
    return reader.tokens
  }

  private init(_ source: [UInt8]) { self.source = source }

  private mutating func read() {
    var at = 0
    while at < source.count {
      guard source[at] == UInt8(ascii: "["), var token = tag(at) else {
        at += 1
        continue
      }
      if token.kind == .open, token.meaning.isVerbatim(value: token.value), let end = end(of: token) {
        token.kind = .verbatim(content: token.range.upperBound..<end.lowerBound)
        token.range = at..<end.upperBound
      }
      flush(to: at)
      tokens.append(token)
      at = token.range.upperBound
      start = at
    }
    flush(to: source.count)
  }

  private mutating func flush(to end: Int) {
    if start < end { tokens.append(BBCodeToken(kind: .text, range: start..<end)) }
  }

  /// The tag that opens at a bracket; nil for words in brackets. An argument ends with its line or at the next bracket,
  /// unless it stands in quotation marks.
  private func tag(_ bracket: Int) -> BBCodeToken? {
    var at = bracket + 1
    let closes = at < source.count && source[at] == UInt8(ascii: "/")
    if closes { at += 1 }
    let nameStart = at
    while at < source.count, at - nameStart < 12, source[at].isLetterOrDigit || source[at] == UInt8(ascii: "*") {
      at += 1
    }
    let name = String(decoding: source[nameStart..<at], as: UTF8.self).lowercased()
    guard at < source.count, let meaning = BBCodeMeaning.byName[name] else { return nil }
    var token = BBCodeToken(kind: closes ? .close : .open, name: name, meaning: meaning, range: bracket..<at)
    if !closes, source[at] == UInt8(ascii: "=") {
      let quote = at + 1 < source.count ? source[at + 1] : 0
      if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
        let first = at + 2
        guard let last = source[first...].prefix(2000).firstIndex(where: { $0 == quote || $0 == 0x0A }),
          source[last] == quote
        else { return nil }
        token.value = String(decoding: source[first..<last], as: UTF8.self)
        at = last + 1
      } else {
        at += 1
        guard let end = bracketEnd(at) else { return nil }
        (token.value, token.rest) = Self.parted(source[at..<end])
        at = end
      }
    }
    if !closes, at < source.count, source[at] == UInt8(ascii: " ") {
      guard let end = bracketEnd(at) else { return nil }
      token.rest += String(decoding: source[at..<end], as: UTF8.self)
      at = end
    }
    guard at < source.count, source[at] == UInt8(ascii: "]") else { return nil }
    token.range = bracket..<(at + 1)
    return token
  }

  /// The `]` that ends a tag whose argument goes on at an octet.
  private func bracketEnd(_ at: Int) -> Int? {
    source[at...].prefix(2000).firstIndex { $0 == UInt8(ascii: "]") || $0 == UInt8(ascii: "[") || $0 == 0x0A }
      .flatMap { source[$0] == UInt8(ascii: "]") ? $0 : nil }
  }

  /// `Ana Paz` and ` post_id=3` of `Ana Paz post_id=3`.
  private static func parted(_ argument: ArraySlice<UInt8>) -> (value: String, rest: String) {
    var space: Int?
    for (index, octet) in zip(argument.indices, argument) {
      if octet == UInt8(ascii: " ") {
        space = index
      } else if octet == UInt8(ascii: "="), let space, index > space + 1 {
        return (
          String(decoding: argument[..<space], as: UTF8.self), String(decoding: argument[space...], as: UTF8.self)
        )
      } else if !octet.isLetterOrDigit, octet != UInt8(ascii: "_") {
        space = nil
      }
    }
    return (String(decoding: argument, as: UTF8.self), "")
  }

  /// Where the tag stands that ends one whose content is not read. Code goes on to the first one; of the others none
  /// goes beyond its line, nor over another of its kind.
  private mutating func end(of token: BBCodeToken) -> Range<Int>? {
    guard !endless.contains(token.name) else { return nil }
    let name = Array(token.name.utf8)
    var at = token.range.upperBound
    while at < source.count {
      if source[at] == UInt8(ascii: "[") {
        if matches(name, at + 1, next: UInt8(ascii: "]")), !token.meaning.isLong { return nil }
        if at + 1 < source.count, source[at + 1] == UInt8(ascii: "/"), matches(name, at + 2, next: UInt8(ascii: "]")) {
          return at..<(at + name.count + 3)
        }
      } else if source[at] == 0x0A, !token.meaning.isLong {
        return nil
      }
      at += 1
    }
    if token.meaning.isLong { endless.insert(token.name) }
    return nil
  }

  private func matches(_ name: [UInt8], _ at: Int, next: UInt8) -> Bool {
    at + name.count < source.count && source[at + name.count] == next
      && zip(name, source[at...]).allSatisfy { $0 == $1 | 0x20 || $0 == $1 }
  }

  /// Each tag that closes ends the last one of its name that is open.
  private mutating func pair() {
    var open: [String: [Int]] = [:]
    for index in tokens.indices where !tokens[index].meaning.needsNoEnd {
      switch tokens[index].kind {
      case .open: open[tokens[index].name, default: []].append(index)
      case .close:
        guard let partner = open[tokens[index].name]?.popLast() else { continue }
        tokens[index].partner = partner
        tokens[partner].partner = index
      default: break
      }
    }
  }
}
