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
      self = .set(words[1..<(words.count - 1)].joined(separator: " "), setting)
    case ("signoff", 2...), ("unsubscribe", 2...): self = .signOff(words.dropFirst().joined(separator: " "))
    case ("query", 1...): self = .query
    case ("help", 1), ("info", 1): self = .help
    default: return nil
    }
  }

  /// Whether it changes something, and needs to be vouched for.
  var isChange: Bool {
    switch self {
    case .set, .signOff: true
    case .query, .help, .unknown: false
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
      } else if !hasProse {
        hasProse = true
        if found.isEmpty { found.append((line, .unknown)) }
      }
      if found.count == limit { break }
    }
    // A greeting above the commands is nothing that has to be answered.
    return found.contains { $0.command != .unknown } ? found.filter { $0.command != .unknown } : found
  }

  private static func trimmed(_ line: String) -> String {
    var rest = line[...]
    while let first = rest.first, first.isWhitespace || first == ">" { rest.removeFirst() }
    while let last = rest.last, last.isWhitespace || last == "." { rest.removeLast() }
    return String(rest)
  }
}
