import Mistakes

/// The mailbox of a POP3 server (RFC 1939), which must know UIDL.
///
/// While it is open nobody else has it, and its messages keep their numbers. What is removed goes when the session ends
/// in order: if the connection is lost before, all of it comes again.
public final class POP3Mailbox: Mailbox {
  /// See ``Mailbox/label``.
  public let label: String

  private let settings: ServerSettings
  private let isStopped: () -> Bool
  private let pageSize: Int
  private var connection: ServerConnection?
  private var reader = POP3Reader()
  private var isOver = false
  /// What the connection ended with: all that is asked of it afterwards ends the same way.
  private var trouble: MailboxTrouble?
  /// What is listed and not yet given, the next one at the end.
  private var page: [MailboxEntry] = []
  /// The last number that was listed.
  private var lastNumber: UInt32 = 0
  private var isListed = false

  /// - Parameters:
  ///   - pageSize: how many names are kept at a time; for more the server is asked for its list again.
  ///   - isStopped: asked at least once a second while the server is waited for; true ends the run.
  /// - Throws: the first setting that cannot work, by its name in `ServerSettings`.
  public init(
    settings: ServerSettings, pageSize: Int = 5_000, isStopped: @escaping () -> Bool = { false }
  ) throws(Mistake) {
    try settings.validate()
    (self.settings, self.pageSize, self.isStopped) = (settings, pageSize, isStopped)
    label = settings.label
  }

  /// See ``Mailbox/next(passing:)``. A trouble ends all: asked again, it is thrown again.
  public func next(passing isPassed: (MailboxEntry) throws -> Bool) throws -> MailboxMessage? {
    if isOver { return nil }
    if let trouble { throw trouble }
    while true {
      if page.isEmpty {
        if isListed || isStopped() { return nil }
        page = try guarded { try nextPage($0) }.reversed()
        if page.isEmpty { return nil }
      }
      let entry = page.removeLast()
      if try isPassed(entry) { continue }
      return try guarded(entry.name) { try fetch(entry, $0) }
    }
  }

  /// See ``Mailbox/remove(_:)``. The server does it when `close` takes leave.
  public func remove(_ entry: MailboxEntry) throws(MailboxTrouble) {
    if isOver { return }
    try guarded(entry.name) { connection in
      let answer = try ask("DELE \(entry.number)", connection)
      guard answer.isOK else {
        throw MailboxTrouble(
          .folder, mailbox: label,
          problem: "a message that was recorded cannot be removed; it will be fetched again, and recognised",
          answer: answer.line)
      }
    }
  }

  /// See ``Mailbox/close()``.
  public func close() throws(MailboxTrouble) {
    defer { isOver = true }
    guard !isOver, trouble == nil, connection != nil else { return }
    try guarded { connection in
      let answer = try ask("QUIT", connection)
      connection.close()
      guard answer.isOK else {
        throw MailboxTrouble(
          .folder, mailbox: label,
          problem: "the server did not remove all that was recorded; it will be fetched again, and recognised",
          answer: answer.line)
      }
    }
  }

  /// Runs what needs the connection, which is made on first use and given up after a trouble.
  private func guarded<T>(
    _ message: String? = nil, _ body: (ServerConnection) throws -> T
  ) throws(MailboxTrouble) -> T {
    if let trouble { throw trouble }
    do {
      return try body(try connection ?? open())
    } catch {
      let told: MailboxTrouble
      switch error {
      case let error as MailboxTrouble: told = error.at(message)
      case let fault as POP3Reader.Fault:
        let problem = "the server \(fault.problem); nothing more is fetched from it this time"
        told = MailboxTrouble(.dialogue, mailbox: label, problem: problem, message: message)
      // Nothing else is thrown below.
      default: told = MailboxTrouble(.dialogue, mailbox: label, problem: "\(error)", message: message)
      }
      trouble = told
      connection?.close()
      throw told
    }
  }

  private func open() throws -> ServerConnection {
    let connection = try ServerConnection.open(settings, isStopped: isStopped)
    self.connection = connection
    return connection
  }

  // MARK: Asking

  private struct Answer {
    let isOK: Bool
    let line: String
  }

  /// Sends a command and reads its answer.
  /// - Parameters:
  ///   - hasLines: where it goes well, lines follow.
  ///   - take: given what they hold, piece by piece.
  private func ask(
    _ command: String, hasLines: Bool = false, _ connection: ServerConnection,
    _ take: (UnsafeRawBufferPointer) throws -> Void = { _ in }
  ) throws -> Answer {
    reader.begin(hasLines: hasLines)
    connection.begin()
    try connection.send(Array("\(command)\r\n".utf8))
    while !reader.isThrough {
      try connection.receive { octets in try reader.read(octets, take) }
    }
    return Answer(isOK: reader.isOK, line: reader.answer ?? "")
  }

  /// A list of `number word` lines.
  private func list(
    _ command: String, _ connection: ServerConnection, _ take: (UInt32, Substring) throws -> Void
  ) throws -> Answer {
    var line: [UInt8] = []
    return try ask(command, hasLines: true, connection) { octets in
      for octet in octets {
        guard octet == UInt8(ascii: "\n") else {
          guard line.count < POP3Reader.lineLimit else { throw POP3Reader.Fault(problem: "sent a line without an end") }
          line.append(octet)
          continue
        }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        let text = String(decoding: line, as: UTF8.self)
        let words = text.split(separator: " ")
        line = []
        guard words.count >= 2, let number = UInt32(words[0]), number > 0 else {
          throw POP3Reader.Fault(problem: "sent a list that is none: \(text.prefix(200))")
        }
        try take(number, words[1])
      }
    }
  }

  // MARK: Listing and fetching

  /// The next messages that there are; empty: no more. Names come before sizes, since a name there must be.
  private func nextPage(_ connection: ServerConnection) throws -> [MailboxEntry] {
    var names: [(number: UInt32, name: String)] = []
    var isFull = false
    let named = try list("UIDL", connection) { number, name in
      guard number > lastNumber else { return }
      guard names.count < pageSize else {
        isFull = true
        return
      }
      // 1 to 70 printable octets (RFC 1939 section 7); some servers have more.
      guard name.utf8.count <= 500, name.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
        number > names.last?.number ?? 0
      else { throw POP3Reader.Fault(problem: "named a message in a way that is none: \(number) \(name.prefix(200))") }
      names.append((number, String(name)))
    }
    guard named.isOK else {
      throw MailboxTrouble(
        .dialogue, mailbox: label,
        problem: "the server gives messages no lasting names (UIDL); fetch by IMAP, imaps:// in inbound.mailbox",
        answer: named.line)
    }
    isListed = !isFull
    guard let first = names.first?.number, let last = names.last?.number else { return [] }
    lastNumber = last
    var sizes: [UInt32: Int] = [:]
    let sized = try list("LIST", connection) { number, size in
      if (first...last).contains(number), size.utf8.count <= 18, let size = Int(size), size >= 0 {
        sizes[number] = size
      }
    }
    guard sized.isOK else {
      throw MailboxTrouble(
        .dialogue, mailbox: label, problem: "the server does not list the messages", answer: sized.line)
    }
    return names.map { MailboxEntry(name: $0.name, size: sizes[$0.number], arrived: nil, number: $0.number) }
  }

  private func fetch(_ entry: MailboxEntry, _ connection: ServerConnection) throws -> MailboxMessage {
    let isTooLarge = (entry.size ?? 0) > settings.maxSize
    let limit = isTooLarge ? MailboxMessage.headerLimit : settings.maxSize
    var octets: [UInt8] = []
    octets.reserveCapacity(min(entry.size ?? 0, limit))
    var count = 0
    let command = isTooLarge ? "TOP \(entry.number) 0" : "RETR \(entry.number)"
    let answer = try ask(command, hasLines: true, connection) { piece in
      count += piece.count
      octets.append(contentsOf: UnsafeRawBufferPointer(rebasing: piece.prefix(limit - octets.count)))
    }
    if isTooLarge || count > settings.maxSize {
      return MailboxMessage(entry, .tooLarge(header: MailboxMessage.header(of: octets)))
    }
    guard answer.isOK else {
      return MailboxMessage(entry, .unreadable("the server does not give it: \(answer.line)"))
    }
    return MailboxMessage(entry, whole: octets)
  }
}
