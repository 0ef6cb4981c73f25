import Mail

/// A relay as RFC 5321 has it: hears what the client hands to the kernel, knows which question each answer was for, and so
/// what became of every message. Ends the process where the client speaks out of turn.
struct RelayModel {
  /// What the relay heard of a message, and answered.
  struct Mail {
    var sender: Reply?
    var recipient: Reply?
    var data: Reply?
    /// As on the wire, the final dot's line included.
    var content: [UInt8] = []
    var isWhole = false
    var dot: Reply?

    /// Sender and recipient were taken: what comes as content reaches a person.
    var isForSomebody: Bool { isTaken(sender) && isTaken(recipient) }
    var isDelivered: Bool { isForSomebody && isWhole && isTaken(dot) }
    private func isTaken(_ reply: Reply?) -> Bool { reply.map { $0.code / 100 == 2 } ?? false }
  }

  private enum Question { case sender, recipient, data, dot, other }

  private(set) var mails: [Int64: Mail] = [:]
  /// An answer came before its question: nobody can know what it was for.
  private(set) var isOutOfStep = false
  /// 421 came, which may answer anything.
  private(set) var hasHungUp = false

  private let pipelining: Bool
  /// Heard and not answered, with the octets heard by their ends.
  private var questions: [(Question, Int64, end: Int)] = []
  /// Octets heard.
  private(set) var heard = 0
  /// Octets heard before the last content.
  private var contentStart = 0
  private var line: [UInt8] = []
  /// The message of the last MAIL.
  private var current: Int64 = 0
  private var hearsContent = false

  init(pipelining: Bool) { self.pipelining = pipelining }

  mutating func hear(_ octets: some Sequence<UInt8>) {
    for octet in octets {
      heard += 1
      if hearsContent { hearContent(octet) } else { hearCommand(octet) }
    }
  }

  /// RFC 5321 section 4.1.1.4.
  private mutating func hearContent(_ octet: UInt8) {
    mails[current]!.content.append(octet)
    guard octet == 10 else { return }
    let end = mails[current]!.content.suffix(5)
    guard end.elementsEqual("\r\n.\r\n".utf8) || end.elementsEqual(".\r\n".utf8) else { return }
    hearsContent = false
    mails[current]!.isWhole = true
    questions.append((.dot, current, heard))
  }

  private mutating func hearCommand(_ octet: UInt8) {
    require(pipelining || questions.isEmpty, "without PIPELINING something was said before the answer had come")
    require(questions.last?.0 != .data, "something was said between DATA and its answer (RFC 2920 section 3.1)")
    line.append(octet)
    guard line.suffix(2) == [13, 10] else { return }
    let command = String(decoding: line.dropLast(2), as: UTF8.self)
    line = []
    require(isOneLine(command), "\(command.debugDescription) is no command")
    if command.hasPrefix("MAIL FROM:<") {
      let number = command.split { $0 == "+" || $0 == "@" }.dropFirst().first.flatMap { Int64($0) }
      current = require(number, "whose message is \(command)?")
      require(mails[current] == nil, "message \(current) begins twice")
      mails[current] = Mail()
      questions.append((.sender, current, heard))
    } else if command.hasPrefix("RCPT TO:<") {
      questions.append((.recipient, current, heard))
    } else if command == "DATA" {
      questions.append((.data, current, heard))
    } else {
      require(command == "RSET" || command == "QUIT", "\(command.debugDescription) is no command")
      questions.append((.other, current, heard))
    }
  }

  /// The relay answers.
  /// - Parameter after: the octets that it had heard when it began to.
  mutating func say(_ reply: Reply, after: Int) {
    if hasHungUp || isOutOfStep { return }
    hasHungUp = reply.code == 421
    if hasHungUp { return }
    isOutOfStep = questions.first.map { $0.end > after } ?? true
    if isOutOfStep {
      // A refusal that comes while the content is on its way can be about nothing else.
      let isOfContent = questions.first.map { $0.0 == .dot } ?? hearsContent
      if isOfContent, after > contentStart, reply.code >= 400 { mails[questions.first?.1 ?? current]?.dot = reply }
      return
    }
    let (question, id, _) = questions.removeFirst()
    switch question {
    case .sender: mails[id]?.sender = reply
    case .recipient: mails[id]?.recipient = reply
    case .dot: mails[id]?.dot = reply
    case .other: break
    case .data:
      mails[id]?.data = reply
      hearsContent = reply.code / 100 == 3
      contentStart = heard
    }
  }
}

/// RFC 5321 section 4.5.2, octet by octet: every line end CRLF, dots at the start of a line doubled, the final dot.
func dataOctets(of message: [UInt8]) -> [UInt8] {
  var octets: [UInt8] = []
  var startsLine = true
  var index = 0
  while index < message.count {
    let octet = message[index]
    index += 1
    if octet == 13 || octet == 10 {
      if octet == 13, index < message.count, message[index] == 10 { index += 1 }
      octets += [13, 10]
      startsLine = true
    } else {
      if startsLine, octet == UInt8(ascii: ".") { octets.append(octet) }
      octets.append(octet)
      startsLine = false
    }
  }
  return octets + (startsLine ? [] : [13, 10]) + Array(".\r\n".utf8)
}
