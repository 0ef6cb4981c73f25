/// Commands and their answers on one IMAP connection.
///
/// It follows what the server says of the folder unasked: how many messages are there, and which have gone, so that
/// numbers of messages stay right (RFC 3501 section 7.4.1).
final class IMAPSession {
  /// The answer to a command: `OK`, `NO` or `BAD`.
  struct Answer {
    let word: String
    let code: String
    let text: String
    var isOK: Bool { word == "OK" }
    /// As the server said it.
    var line: String { "\(word) \(code.isEmpty ? "" : "[\(code)] ")\(text)" }
    /// The code's first word, in upper case.
    var kind: String { String(code.prefix { $0 != " " }).uppercased() }
  }

  /// Messages in the folder; grows while new ones arrive.
  private(set) var exists = 0
  /// How many messages from the front on are done with; moves when one of them goes.
  var position = 0
  /// How many of the messages that were there at first are left.
  private(set) var end = 0

  private let label: String
  private let connection: ServerConnection
  private var reader = IMAPReader()
  private var count = 0
  private var answers: [String: Answer] = [:]
  private var isLeaving = false

  init(_ connection: ServerConnection, label: String) { (self.connection, self.label) = (connection, label) }

  /// What is there now is what is to be read.
  func fixEnd() { end = exists }

  /// Sends a command and gives its answer.
  /// - Parameters:
  ///   - literals: octets of literals that one response may have.
  ///   - take: given what the server says before it, save what is followed here.
  func ask(
    _ command: String, literals: Int = 8_192, within seconds: Double? = nil,
    _ take: (IMAPResponse) throws -> Void = { _ in }
  ) throws -> Answer {
    try ask([command], literals: literals, within: seconds, take)[0]
  }

  /// Sends several commands in one piece, and gives their answers in order.
  func ask(
    _ commands: [String], literals: Int = 8_192, within seconds: Double? = nil,
    _ take: (IMAPResponse) throws -> Void = { _ in }
  ) throws -> [Answer] {
    var tags: [String] = []
    var octets: [UInt8] = []
    for command in commands {
      count += 1
      tags.append("W\(count)")
      octets += "W\(count) \(command)\r\n".utf8
    }
    reader.literalLimit = literals
    answers = [:]
    connection.begin(within: seconds)
    do {
      try connection.send(octets)
      while let tag = tags.first(where: { answers[$0] == nil }) {
        try connection.receive { octets in
          try reader.read(octets) { response in try follow(response, tags, tag, take) }
        }
      }
    } catch let fault as IMAPFault {
      throw MailboxTrouble(
        .dialogue, mailbox: label, problem: "the server \(fault.problem); nothing more is fetched from it this time")
    }
    return tags.map { answers[$0]! }
  }

  private func follow(
    _ response: IMAPResponse, _ tags: [String], _ awaited: String, _ take: (IMAPResponse) throws -> Void
  ) throws {
    switch response {
    case .status(let tag?, let word, let code, let text):
      guard tags.contains(tag), answers[tag] == nil, ["OK", "NO", "BAD"].contains(word) else {
        throw IMAPFault(problem: "answered a command that it was not given, \(tag)")
      }
      answers[tag] = Answer(word: word, code: code, text: text)
    case .status(nil, "BYE", _, let text):
      // LOGOUT's own.
      if isLeaving { return }
      throw MailboxTrouble(
        .dialogue, mailbox: label, problem: "the server took leave in the middle of it; the next run goes on",
        answer: "BYE \(text)")
    case .exists(let number): exists = Int(number)
    case .expunge(let number):
      let number = Int(number)
      guard number > 0, number <= exists else {
        throw IMAPFault(problem: "said that message \(number) of \(exists) has gone")
      }
      exists -= 1
      if number <= position { position -= 1 }
      if number <= end { end -= 1 }
    case .other("+"): throw IMAPFault(problem: "wants more of a command that is whole")
    default: try take(response)
    }
  }

  /// Takes leave; whatever comes of it, nothing hangs on it any more.
  func logOut() {
    isLeaving = true
    _ = try? ask("LOGOUT", within: 5)
    connection.close()
  }

  /// Ends it without a word.
  func close() { connection.close() }
}
