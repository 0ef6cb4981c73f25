import Membership

/// A command by mail, in LISTSERV's words (rule I8).
enum ListCommand: Hashable {
  /// `SET forum DIGEST`; the name as it was written, `*` or `ALL` for everything.
  case set(String, Members.DiscussionSetting)
  /// `SIGNOFF forum`
  case signOff(String)
  /// `QUERY`
  case query
  /// `HELP`
  case help
  /// A word that asks for an end of mail, in any of the languages, and does not say of what: it is told how.
  case stop
  /// Words that are no command.
  case unknown

  /// At most so many of one message are obeyed.
  static let limit = 20

  /// A line as a command; nil if it is none.
  init?(_ line: String) {
    let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
    let verb = words.first?.lowercased()
    switch (verb, words.count) {
    case ("set", 3...):
      // A discussion may be called by a title of several words.
      guard let setting = Members.DiscussionSetting(rawValue: words.last!.lowercased()) else { return nil }
      self = .set(Self.name(words[1..<(words.count - 1)]), setting)
    case _ where StopWords.areAll(of: line): self = .stop
    case ("signoff", 2...), ("unsubscribe", 2...): self = .signOff(Self.name(words.dropFirst()))
    case ("query", 1...): self = .query
    case (let word?, 1) where Self.helps.contains(word.filter { !$0.isPunctuation && !$0.isSymbol }): self = .help
    default: return nil
    }
  }

  /// What asks for the list of commands.
  private static let helps: Set<String> = [
    "help", "info", "aide", "ayuda", "помощь", "справка", "帮助", "幫助", "مساعدة", "hilfe", "ajuda", "aiuto",
  ]

  /// The name of a discussion, without the marks in which a title may stand.
  private static func name(_ words: some Sequence<String>) -> String {
    let name = words.joined(separator: " ")
    let marks: Set<Character> = ["\"", "'", "“", "”", "„", "«", "»", "‘", "’", "「", "」", "<", ">", " ", "\u{A0}"]
    let bare = name.drop { marks.contains($0) }
    let end = bare.lastIndex { !marks.contains($0) }
    return end.map { String(bare[...$0]) } ?? name
  }

  /// Whether a line that is no command was meant as one: its first word is one's.
  private static func isMeant(_ line: String) -> Bool {
    let words = line.split(whereSeparator: \.isWhitespace)
    return words.count <= 6 && words.first.map { ["set", "signoff", "unsubscribe"].contains($0.lowercased()) } ?? false
  }

  /// Whether it changes something, and needs to be vouched for.
  var isChange: Bool {
    switch self {
    case .set, .signOff: true
    case .query, .help, .stop, .unknown: false
    }
  }

  /// The commands of a message, each with its line: the subject's, then one a line. Behind a signature nothing is looked
  /// for, and prose is one unknown command, not many.
  static func read(subject: String, text: String) -> [(line: String, command: ListCommand)] {
    var found: [(line: String, command: ListCommand)] = []
    var bare = subject
    while let colon = bare.firstIndex(of: ":"), bare.distance(from: bare.startIndex, to: colon) <= 3 {
      bare = String(bare[bare.index(after: colon)...])
    }
    if let command = ListCommand(bare) { found.append((trimmed(bare), command)) }
    var hasProse = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let line = trimmed(String(line))
      if line == "--" || line == "quit" || line == "QUIT" { break }
      if line.isEmpty { continue }
      if let command = ListCommand(line) {
        if !found.contains(where: { $0.command == command }) { found.append((line, command)) }
      } else if isMeant(line) {
        found.append((line, .unknown))
      } else if !hasProse {
        hasProse = true
        if found.isEmpty { found.append((line, .unknown)) }
      }
      if found.count == limit { break }
    }
    // A greeting above the commands is nothing that has to be answered.
    return found.contains { $0.command != .unknown }
      ? found.filter { $0.command != .unknown || isMeant($0.line) } : found
  }

  /// What stands in a text besides commands, up to the signature.
  static func rest(of text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .prefix { !["--", "quit", "QUIT"].contains(trimmed(String($0))) }
      .filter { ListCommand(trimmed(String($0))) == nil }.joined(separator: "\n")
  }

  private static func trimmed(_ line: String) -> String {
    var rest = line[...]
    while let first = rest.first, first.isWhitespace || first == ">" { rest.removeFirst() }
    while let last = rest.last, last.isWhitespace || last == "." { rest.removeLast() }
    return String(rest)
  }
}
