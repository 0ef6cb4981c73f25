import NIOCore

extension Session {
  /// Answers one command line.
  mutating func handle(_ line: [UInt8], _ output: inout ByteBuffer) -> Step {
    if case .authentication(let step) = state { return authenticate(step, line[...], &output) }
    let command = SMTPCommand(line)
    if state == .turnedAway, command.verb != .quit { return answer("503 5.5.1 Only QUIT is left", &output) }
    switch command.verb {
    case .ehlo, .helo: return greet(command, &output)
    case .mail: return mail(command.argument, &output)
    case .rcpt: return recipient(command.argument, &output)
    case .data: return data(command.argument, &output)
    case .rset:
      guard command.argument.isEmpty else { return answer("501 5.5.4 RSET has no argument", &output) }
      transaction = nil
      return answer("250 2.0.0 Ok", &output)
    case .noop: return answer("250 2.0.0 Ok", &output)
    case .quit:
      guard command.argument.isEmpty else { return answer("501 5.5.4 QUIT has no argument", &output) }
      reply("221 2.0.0 Bye", &output)
      return .close
    case .vrfy:
      guard !command.argument.isEmpty else { return answer("501 5.5.4 VRFY wants a name", &output) }
      return answer("252 2.5.0 Nobody is verified, everybody is taken", &output)
    case .help: return answer("214 2.0.0 EHLO HELO MAIL RCPT DATA RSET NOOP VRFY HELP QUIT", &output)
    case .auth: return authenticate(command.argument, &output)
    case .known: return answer("502 5.5.1 The command is not offered", &output)
    case .unknown: return answer("500 5.5.1 There is no such command", &output)
    }
  }

  /// Replies, and goes on with the next command.
  func answer(_ text: StaticString, _ output: inout ByteBuffer) -> Step {
    reply(text, &output)
    return .goOn
  }

  /// EHLO or HELO: names the client, ends a transaction (RFC 5321 section 4.1.4), and tells what is offered.
  private mutating func greet(_ command: SMTPCommand, _ output: inout ByteBuffer) -> Step {
    guard !command.argument.isEmpty, command.argument.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      return answer("501 5.5.4 EHLO and HELO want the client's name", &output)
    }
    if let fault = fault(at: .ehlo), !passes(fault) { return inflict(fault, &output) }
    greeting = String(decoding: command.argument, as: UTF8.self)
    transaction = nil
    guard command.verb == .ehlo else { return answer("250 capture.invalid", &output) }
    let options = site.options
    output.writeStaticString("250-capture.invalid\r\n")
    if options.pipelining { output.writeStaticString("250-PIPELINING\r\n") }
    if let size = options.size { output.writeString("250-SIZE \(size)\r\n") }
    if options.eightBitMIME { output.writeStaticString("250-8BITMIME\r\n") }
    if options.smtpUTF8 { output.writeStaticString("250-SMTPUTF8\r\n") }
    if options.auth { output.writeStaticString("250-AUTH PLAIN LOGIN\r\n") }
    return answer("250 ENHANCEDSTATUSCODES", &output)
  }

  /// MAIL: begins a transaction.
  private mutating func mail(_ argument: ArraySlice<UInt8>, _ output: inout ByteBuffer) -> Step {
    guard greeting != nil else { return answer("503 5.5.1 Say EHLO first", &output) }
    guard transaction == nil else { return answer("503 5.5.1 A transaction is open; RSET ends it", &output) }
    do throws(PathArgument.Wrong) {
      // The path may need SMTPUTF8, which is said only behind it.
      let isUTF8 = site.options.smtpUTF8 && Self.asksForUTF8(argument)
      let path = try PathArgument(argument, keyword: "FROM:", utf8: isUTF8)
      try check(path.parameters)
      if let fault = fault(at: .mail), !passes(fault) { return inflict(fault, &output) }
      transaction = Transaction(from: path.path, parameters: path.parameters)
      return answer("250 2.1.0 Ok", &output)
    } catch {
      return answer(error.reply, &output)
    }
  }

  /// Whether the parameters, which stand behind the path, say that the path may be UTF-8.
  private static func asksForUTF8(_ argument: ArraySlice<UInt8>) -> Bool {
    argument.contains { $0 >= 0x80 }
      && argument.split(separator: UInt8(ascii: " ")).dropFirst().contains {
        String(decoding: $0, as: UTF8.self).uppercased() == "SMTPUTF8"
      }
  }

  /// RFC 1870, 6152, 6531, 4954; anything that was not offered is refused (RFC 5321 section 4.1.1.11).
  private func check(_ parameters: [String]) throws(PathArgument.Wrong) {
    for parameter in parameters {
      let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let value = parts.count > 1 ? String(parts[1]) : nil
      switch parts[0].uppercased() {
      case "SIZE" where site.options.size != nil:
        guard let value, value.utf8.count <= 18, value.utf8.allSatisfy({ (48...57).contains($0) }),
          let size = Int(value)
        else { throw PathArgument.Wrong(reply: "501 5.5.4 SIZE wants a number of octets") }
        if let limit = site.options.size, size > limit {
          throw PathArgument.Wrong(reply: "552 5.3.4 The message is too large")
        }
      case "BODY" where site.options.eightBitMIME:
        guard let value, ["7BIT", "8BITMIME"].contains(value.uppercased()) else {
          throw PathArgument.Wrong(reply: "501 5.5.4 BODY is 7BIT or 8BITMIME")
        }
      case "SMTPUTF8" where site.options.smtpUTF8:
        guard value == nil else { throw PathArgument.Wrong(reply: "501 5.5.4 SMTPUTF8 has no value") }
      case "AUTH" where site.options.auth && value != nil: continue
      default: throw PathArgument.Wrong(reply: "555 5.5.4 A parameter was not offered")
      }
    }
  }

  /// RCPT: one more recipient.
  private mutating func recipient(_ argument: ArraySlice<UInt8>, _ output: inout ByteBuffer) -> Step {
    guard let transaction else { return answer("503 5.5.1 Say MAIL first", &output) }
    do throws(PathArgument.Wrong) {
      let isUTF8 = transaction.parameters.contains { $0.uppercased() == "SMTPUTF8" }
      let path = try PathArgument(argument, keyword: "TO:", utf8: isUTF8)
      guard !path.path.isEmpty else { return answer("501 5.1.3 The recipient is empty", &output) }
      guard path.parameters.isEmpty else { return answer("555 5.5.4 A parameter was not offered", &output) }
      guard transaction.recipients.count < Self.mostRecipients else {
        return answer("452 4.5.3 Too many recipients", &output)
      }
      if let fault = fault(at: .rcpt, [path.path]), !passes(fault) { return inflict(fault, &output) }
      self.transaction?.recipients.append(path.path)
      return answer("250 2.1.5 Ok", &output)
    } catch {
      return answer(error.reply, &output)
    }
  }

  /// DATA: the content may come.
  private mutating func data(_ argument: ArraySlice<UInt8>, _ output: inout ByteBuffer) -> Step {
    guard argument.isEmpty else { return answer("501 5.5.4 DATA has no argument", &output) }
    guard let transaction else { return answer("503 5.5.1 Say MAIL first", &output) }
    guard !transaction.recipients.isEmpty else { return answer("554 5.5.1 No recipient was accepted", &output) }
    if let fault = fault(at: .data, transaction.recipients), !passes(fault) { return inflict(fault, &output) }
    state = .content
    return answer("354 End with CR LF . CR LF", &output)
  }
}
