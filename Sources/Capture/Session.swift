import NIOCore

/// One client's dialogue as a value: octets in, octets and a step out. No clock, no socket; what is shared with other
/// connections (faults, counters, kept messages) it asks of the site.
struct Session {
  /// What the connection does next.
  enum Step {
    /// Call `advance` again.
    case goOn
    /// Wait for more octets.
    case needsInput
    /// Send what there is, wait, send this too, and go on.
    case pause(milliseconds: Int, ByteBuffer)
    /// Send what there is and close at once.
    case drop
    /// Send what there is, then close in order, so that the client surely reads it.
    case close
    /// Never answer again.
    case stall
  }

  /// Octets of a command line with its CRLF; RFC 5321 section 4.5.3.1.4 asks for 512, extensions for more.
  static let longestCommand = 2048
  /// RFC 5321 section 4.5.3.1.8 asks for 100.
  static let mostRecipients = 1000

  /// What the next octets are.
  enum State: Equatable {
    /// A line with a command.
    case command
    /// Lines of a message, up to the final dot.
    case content
    case authentication(Authentication)
    /// After a 554 greeting only QUIT is left (RFC 5321 section 3.1).
    case turnedAway
  }

  /// What it shares with the other connections.
  let site: CaptureSite
  /// Its number, from 1.
  let connection: Int
  var state = State.command
  /// The client's name; nil before EHLO or HELO.
  var greeting: String?
  /// Who logged in.
  var user: String?
  /// From MAIL to the final dot, RSET or EHLO.
  var transaction: Transaction?
  /// Only used while the state is `content`.
  var content = ContentReader()
  /// Kept on this connection so far.
  private var messages = 0
  /// The present line is too long and is thrown away up to its end.
  private var isSkippingLine = false
  /// What the client has sent behind the present step is to be lost.
  private var isForgetful = false
  /// How late the answer of the present step is to be.
  private var lateness: Int?

  /// One sender, and whom the message is for.
  struct Transaction {
    let from: String
    let parameters: [String]
    var recipients: [String] = []

    /// In lower case; empty for the null reverse-path.
    var senderDomain: String { from.split(separator: "@").last.map { $0.lowercased() } ?? "" }
  }

  init(site: CaptureSite, connection: Int) {
    self.site = site
    self.connection = connection
  }

  /// The greeting; to be called once, first.
  mutating func greet(into output: inout ByteBuffer) -> Step {
    perform(&output) { session, output in
      if let fault = session.fault(at: .connect), !session.passes(fault) {
        if case .refuse = fault { return session.turnAway("554 5.3.2 No service here", &output) }
        if case .policy = fault { return session.turnAway("554 5.7.1 Your kind is not served here", &output) }
        if case .defer = fault { return session.inflict(.shutdown, &output) }
        return session.inflict(fault, &output)
      }
      session.reply("220 capture.invalid ESMTP keeps everything, delivers nothing", &output)
      return .goOn
    }
  }

  /// Deals with the next command or the next piece of content.
  mutating func advance(_ input: inout ByteBuffer, into output: inout ByteBuffer) -> Step {
    guard input.readableBytes > 0 else { return .needsInput }
    defer {
      if isForgetful { input.clear() }
      isForgetful = false
    }
    return perform(&output) { session, output in
      if session.state == .content { return session.readContent(&input, &output) }
      switch session.readLine(&input) {
      case .incomplete: return .needsInput
      case .wrong(let text):
        session.reply(text, &output)
        return .goOn
      case .line(let line):
        if !session.site.options.pipelining, input.readableBytes > 0 {
          session.reply("503 5.5.0 PIPELINING was not offered", &output)
          return .goOn
        }
        return session.handle(line, &output)
      }
    }
  }

  /// Runs a step; if a fault made its answer late, takes the answer out of the output again.
  private mutating func perform(
    _ output: inout ByteBuffer, _ body: (inout Session, inout ByteBuffer) -> Step
  ) -> Step {
    let mark = output.writerIndex
    lateness = nil
    let step = body(&self, &output)
    guard let lateness, case .goOn = step else { return step }
    let late = output.getSlice(at: mark, length: output.writerIndex - mark) ?? ByteBuffer()
    output.moveWriterIndex(to: mark)
    return .pause(milliseconds: lateness, late)
  }

  /// What the input holds.
  private enum Line {
    case incomplete
    case wrong(StaticString)
    case line([UInt8])
  }

  /// Takes a line out of the input, if it is whole. A line that ends in a bare LF is refused: a relay that takes one
  /// invites smuggling, and a sender that writes one should hear of it here.
  private mutating func readLine(_ input: inout ByteBuffer) -> Line {
    let end = input.withUnsafeReadableBytes { $0.firstIndex(ofByte: UInt8(ascii: "\n"), from: 0) }
    guard let end else {
      if input.readableBytes >= Self.longestCommand {
        isSkippingLine = true
        input.clear()
      }
      return .incomplete
    }
    let line = input.readBytes(length: end + 1)!
    if isSkippingLine || line.count > Self.longestCommand {
      isSkippingLine = false
      return .wrong("500 5.5.2 The line is longer than 2048 octets")
    }
    guard line.count >= 2, line[end - 1] == UInt8(ascii: "\r") else {
      return .wrong("500 5.5.2 A line must end in CR LF")
    }
    let text = Array(line[..<(end - 1)])
    guard text.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
      return .wrong("500 5.5.2 The line has a control character")
    }
    return .line(text)
  }

  // MARK: Content

  /// Takes in what there is of a content. The fault `body` strikes once, at the first octet.
  private mutating func readContent(_ input: inout ByteBuffer, _ output: inout ByteBuffer) -> Step {
    if !content.hasBegun {
      content.hasBegun = true
      if let fault = fault(at: .body, transaction?.recipients ?? []) {
        let step = inflict(fault, &output)
        if lateness != nil { return .goOn }
        guard case .goOn = step else { return step }
      }
    }
    switch content.read(&input, limit: site.options.size) {
    case .incomplete: return .needsInput
    case .complete(let result):
      state = .command
      content = ContentReader()
      defer { transaction = nil }
      return finish(result, &output)
    }
  }

  /// The final dot came: keeps the message or says why not.
  private mutating func finish(_ result: Result<[UInt8], ContentReader.Flaw>, _ output: inout ByteBuffer) -> Step {
    guard let transaction, let greeting else { preconditionFailure("content outside of a transaction") }
    if let fault = fault(at: .dot, transaction.recipients), !passes(fault) { return inflict(fault, &output) }
    let data: [UInt8]
    switch result {
    case .success(let content): data = content
    case .failure(let flaw):
      reply(flaw.reply, &output)
      return .goOn
    }
    messages += 1
    // The number is given when it is kept, so that a message that was refused leaves no hole.
    var number = 0
    let isKept = site.keep { arrival in
      number = arrival
      return CapturedMessage(
        arrival: arrival, connection: connection, order: messages, greeting: greeting, from: transaction.from,
        recipients: transaction.recipients, parameters: transaction.parameters, user: user, data: data)
    }
    guard isKept else {
      messages -= 1
      reply("452 4.3.1 The message could not be written", &output)
      return .goOn
    }
    if let fault = fault(at: .accepted, transaction.recipients), !passes(fault) { return inflict(fault, &output) }
    output.writeString("250 2.0.0 Kept as message \(number)\r\n")
    return .goOn
  }

  // MARK: Faults and answers

  func fault(at stage: Fault.Stage, _ recipients: [String] = []) -> Fault.Kind? {
    site.fault(
      FaultPlan.Event(stage: stage, senderDomain: transaction?.senderDomain ?? "", recipients: recipients), at: stage)
  }

  /// True for a fault that lets the command through: late, or as if nothing stood behind it.
  mutating func passes(_ fault: Fault.Kind) -> Bool {
    if case .forget = fault {
      isForgetful = true
      return true
    }
    guard case .tarpit(let milliseconds) = fault else { return false }
    lateness = (lateness ?? 0) + milliseconds
    return true
  }

  /// Lets a fault happen in place of the command.
  mutating func inflict(_ fault: Fault.Kind, _ output: inout ByteBuffer) -> Step {
    switch fault {
    case .refuse: reply("550 5.1.1 No such user here", &output)
    case .policy: reply("550 5.7.1 Refused by policy", &output)
    case .defer: reply("451 4.3.0 Try again later", &output)
    case .greylist: reply("450 4.7.1 Greylisted, try again later", &output)
    case .garbage: output.writeStaticString("\u{1}\u{7F}25x what? \u{0}\u{FFFD} no reply\r\n")
    case .tarpit, .forget: _ = passes(fault)
    case .answer(let text):
      count(text.utf8.first)
      output.writeString(text)
      output.writeStaticString("\r\n")
    case .drop: return .drop
    case .stall: return .stall
    case .shutdown:
      reply("421 4.3.2 The server is going down", &output)
      return .close
    }
    return .goOn
  }

  /// A greeting that lets nobody in.
  private mutating func turnAway(_ text: StaticString, _ output: inout ByteBuffer) -> Step {
    state = .turnedAway
    reply(text, &output)
    return .goOn
  }

  /// One reply, counted by its first digit.
  func reply(_ text: StaticString, _ output: inout ByteBuffer) {
    count(text.utf8Start.pointee)
    output.writeStaticString(text)
    output.writeStaticString("\r\n")
  }

  /// 4 and 5 alone; what a fault says counts like any reply.
  private func count(_ first: UInt8?) {
    switch first {
    case UInt8(ascii: "4"): site.log.note { $0.deferred += 1 }
    case UInt8(ascii: "5"): site.log.note { $0.refused += 1 }
    default: break
    }
  }
}
