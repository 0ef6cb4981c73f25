import Testing

@Suite("The dialogue") struct DialogueTests {
  @Test("A message is kept with its envelope, as it was sent")
  func keeps() async throws {
    try await withServer { server in
      let client = try Client.greeted(server)
      #expect(try client.ask("MAIL FROM:<a@b.example> SIZE=20 BODY=8BITMIME") == "250 2.1.0")
      #expect(try client.ask("RCPT TO:<c@d.example>") == "250 2.1.5")
      #expect(try client.ask("rcpt to:<e@f.example>") == "250 2.1.5")
      #expect(try client.ask("DATA") == "354")
      #expect(try client.ask("Subject: x\r\n\r\nhello\r\n.") == "250 2.0.0")
      #expect(try client.ask("QUIT") == "221 2.0.0")
      #expect(try client.reply() == nil)
      let message = try #require(try await server.messages(atLeast: 1).first)
      #expect(message.from == "a@b.example")
      #expect(message.recipients == ["c@d.example", "e@f.example"])
      #expect(message.parameters == ["SIZE=20", "BODY=8BITMIME"])
      #expect(String(decoding: message.data, as: UTF8.self) == "Subject: x\r\n\r\nhello\r\n")
      #expect(message.greeting == "client.example")
      #expect(message.user == nil)
      #expect((message.arrival, message.connection, message.order) == (1, 1, 1))
    }
  }

  @Test("Messages are numbered over the server and over their connection")
  func numbers() async throws {
    try await withServer { server in
      let first = try Client.greeted(server)
      let second = try Client.greeted(server)
      for client in [first, second, second, first] {
        client.send("MAIL FROM:<>\r\nRCPT TO:<postmaster>\r\nDATA\r\n")
        #expect(try client.codes(3) == ["250 2.1.0", "250 2.1.5", "354"])
        #expect(try client.ask(".") == "250 2.0.0")
      }
      let messages = try await server.messages(atLeast: 4)
      #expect(messages.map(\.arrival) == [1, 2, 3, 4])
      #expect(messages.map(\.connection) == [1, 2, 2, 1])
      #expect(messages.map(\.order) == [1, 1, 2, 2])
      #expect(messages.allSatisfy { $0.data.isEmpty && $0.from.isEmpty })
    }
  }

  @Test(
    "EHLO offers what is on",
    arguments: [
      (true, true, true, true, 1000, "PIPELINING|SIZE 1000|8BITMIME|SMTPUTF8|AUTH PLAIN LOGIN|ENHANCEDSTATUSCODES"),
      (false, false, false, false, nil, "ENHANCEDSTATUSCODES"),
    ] as [(Bool, Bool, Bool, Bool, Int?, String)])
  func offers(pipelining: Bool, eightBit: Bool, utf8: Bool, auth: Bool, size: Int?, expected: String) async throws {
    let options = options {
      ($0.pipelining, $0.eightBitMIME, $0.smtpUTF8, $0.auth, $0.size) = (pipelining, eightBit, utf8, auth, size)
    }
    try await withServer(with: options) { server in
      let client = try Client(server)
      #expect(try client.reply()?.hasPrefix("220 ") == true)
      client.send("EHLO x\r\n")
      let lines = try #require(try client.reply()).split(separator: "|")
      #expect(lines.dropFirst().map { $0.dropFirst(4) }.joined(separator: "|") == expected)
    }
  }

  /// What is said after EHLO, and the answer to the last of it.
  static let exchanges: [(String, String)] = [
    ("NOOP", "250 2.0.0"), ("NOOP whatever", "250 2.0.0"), ("RSET", "250 2.0.0"), ("RSET x", "501 5.5.4"),
    ("VRFY ana", "252 2.5.0"), ("VRFY", "501 5.5.4"), ("HELP", "214 2.0.0"), ("QUIT", "221 2.0.0"),
    ("QUIT x", "501 5.5.4"), ("HELO x", "250"), ("EHLO", "501 5.5.4"), ("HELO a b", "501 5.5.4"),
    ("EXPN list", "502 5.5.1"), ("STARTTLS", "502 5.5.1"), ("BDAT 1 LAST", "502 5.5.1"), ("AUTH PLAIN", "502 5.5.1"),
    ("FOO", "500 5.5.1"), ("", "500 5.5.1"), ("DATALINE", "500 5.5.1"), ("MAILFROM:<a@b>", "500 5.5.1"),
    ("NO\u{0}OP", "500 5.5.2"), ("NOOP \u{7}", "500 5.5.2"),
    ("DATA", "503 5.5.1"), ("RCPT TO:<a@b>", "503 5.5.1"),
    ("MAIL FROM:<a@b>\nMAIL FROM:<a@b>", "503 5.5.1"), ("MAIL FROM:<a@b>\nDATA", "554 5.5.1"),
    ("MAIL FROM:<a@b>\nRSET\nRCPT TO:<a@b>", "503 5.5.1"), ("MAIL FROM:<a@b>\nEHLO x\nRCPT TO:<a@b>", "503 5.5.1"),
    ("MAIL FROM:<a@b>\nRCPT TO:<c@d>\nDATA now", "501 5.5.4"),
    ("mail from:<a@b>", "250 2.1.0"), ("MAIL FROM:<>", "250 2.1.0"), ("MAIL", "501 5.5.4"),
    ("MAIL FROM: <a@b>", "501 5.5.4"), ("MAIL FROM:a@b", "501 5.5.4"), ("MAIL FROM:<a@b", "501 5.5.4"),
    ("MAIL FROM:<a@b>x", "501 5.5.4"), ("MAIL TO:<a@b>", "501 5.5.4"), ("MAIL FROM:<a>", "501 5.1.3"),
    ("MAIL FROM:<@b>", "501 5.1.3"), ("MAIL FROM:<a@>", "501 5.1.3"), ("MAIL FROM:<a b@c>", "501 5.1.3"),
    ("MAIL FROM:<a@b c>", "501 5.1.3"), ("MAIL FROM:<a@b@c>", "501 5.1.3"), ("MAIL FROM:<@r:a@b>", "501 5.1.3"),
    ("MAIL FROM:<\"a b\"@c>", "250 2.1.0"), ("MAIL FROM:<\"a>\\\"b\"@c>", "250 2.1.0"),
    ("MAIL FROM:<a@[127.0.0.1]>", "250 2.1.0"),
    ("MAIL FROM:<\(String(repeating: "l", count: 65))@b>", "501 5.1.3"),
    ("MAIL FROM:<a@\(String(repeating: "d", count: 300))>", "501 5.1.3"),
    ("MAIL FROM:<é@b>", "553 5.6.7"), ("MAIL FROM:<é@b> SMTPUTF8", "250 2.1.0"),
    ("MAIL FROM:<a@b> SMTPUTF8=1", "501 5.5.4"), ("MAIL FROM:<a@b>\nRCPT TO:<é@b>", "553 5.6.7"),
    ("MAIL FROM:<a@b> SMTPUTF8\nRCPT TO:<é@b>", "250 2.1.5"),
    ("MAIL FROM:<a@b> SIZE=1000", "250 2.1.0"), ("MAIL FROM:<a@b> SIZE=1001", "552 5.3.4"),
    ("MAIL FROM:<a@b> SIZE=999999999999999999", "552 5.3.4"),
    ("MAIL FROM:<a@b> SIZE=99999999999999999999", "501 5.5.4"),
    ("MAIL FROM:<a@b> SIZE=-1", "501 5.5.4"), ("MAIL FROM:<a@b> SIZE", "501 5.5.4"),
    ("MAIL FROM:<a@b> body=7bit", "250 2.1.0"), ("MAIL FROM:<a@b> BODY=BINARYMIME", "501 5.5.4"),
    ("MAIL FROM:<a@b> RET=FULL", "555 5.5.4"), ("MAIL FROM:<a@b> AUTH=<>", "555 5.5.4"),
    ("MAIL FROM:<a@b>\nRCPT TO:<>", "501 5.1.3"), ("MAIL FROM:<a@b>\nRCPT TO:<Postmaster>", "250 2.1.5"),
    ("MAIL FROM:<a@b>\nRCPT TO:<c@d> NOTIFY=NEVER", "555 5.5.4"),
  ]

  @Test("Commands are answered by the book", arguments: exchanges)
  func command(said: String, expected: String) async throws {
    try await withServer(with: options { $0.size = 1000 }) { server in
      let client = try Client.greeted(server)
      var answer = ""
      for line in said.split(separator: "\n", omittingEmptySubsequences: false) {
        answer = try client.ask(String(line))
      }
      #expect(answer == expected)
    }
  }

  @Test("What is not offered is refused")
  func notOffered() async throws {
    try await withServer(with: options { ($0.eightBitMIME, $0.smtpUTF8, $0.size) = (false, false, nil) }) { server in
      let client = try Client.greeted(server)
      for parameter in ["SIZE=1", "BODY=8BITMIME", "SMTPUTF8"] {
        #expect(try client.ask("MAIL FROM:<a@b> \(parameter)") == "555 5.5.4")
      }
      #expect(try client.ask("MAIL FROM:<é@b> SMTPUTF8") == "553 5.6.7")
    }
  }

  @Test("MAIL before EHLO is out of turn")
  func noGreeting() async throws {
    try await withServer { server in
      let client = try Client(server)
      _ = try client.reply()
      #expect(try client.ask("MAIL FROM:<a@b>") == "503 5.5.1")
    }
  }

  @Test("A thousand recipients are taken, no more")
  func recipients() async throws {
    try await withServer { server in
      let client = try Client.greeted(server)
      client.send("MAIL FROM:<a@b>\r\n" + (0...1000).map { "RCPT TO:<r\($0)@b>\r\n" }.joined())
      let codes = try client.codes(1002)
      #expect(codes.dropFirst().dropLast().allSatisfy { $0 == "250 2.1.5" })
      #expect(codes.last == "452 4.5.3")
    }
  }

  @Test("Pipelined and chained commands are answered in their order")
  func pipelined() async throws {
    try await withServer("refuse to=no@*") { server in
      let client = try Client.greeted(server)
      client.send("MAIL FROM:<a@b>\r\nRCPT TO:<no@b>\r\nRCPT TO:<yes@b>\r\nDATA\r\n")
      #expect(try client.codes(4) == ["250 2.1.0", "550 5.1.1", "250 2.1.5", "354"])
      client.send("one\r\n.\r\nMAIL FROM:<a@b>\r\nRCPT TO:<no@b>\r\nDATA\r\nRSET\r\nNOOP\r\nQUIT\r\n")
      #expect(
        try client.codes(7) == [
          "250 2.0.0", "250 2.1.0", "550 5.1.1", "554 5.5.1", "250 2.0.0", "250 2.0.0", "221 2.0.0",
        ])
      #expect(server.received.map { String(decoding: $0.data, as: UTF8.self) } == ["one\r\n"])
    }
  }

  @Test("Without PIPELINING, a command behind another is not carried out")
  func notPipelined() async throws {
    try await withServer(with: options { $0.pipelining = false }) { server in
      let client = try Client.greeted(server)
      client.send("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n")
      #expect(try client.codes(2) == ["503 5.5.0", "503 5.5.1"])
      for (said, code) in [("MAIL FROM:<a@b>", "250 2.1.0"), ("RCPT TO:<c@d>", "250 2.1.5"), ("DATA", "354")] {
        #expect(try client.ask(said) == code)
      }
      #expect(try client.ask("text\r\n.") == "250 2.0.0")
    }
  }

  @Test(
    "AUTH takes any credentials, and the message says whose",
    arguments: [
      (["AUTH PLAIN AGFuYQBzZWNyZXQ="], ["235 2.7.0"], "ana"),
      (["AUTH PLAIN", "AGFuYQBzZWNyZXQ="], ["334", "235 2.7.0"], "ana"),
      (["AUTH LOGIN", "YW5h", "c2VjcmV0"], ["334", "334", "235 2.7.0"], "ana"),
      (["auth login YW5h", "="], ["334", "235 2.7.0"], "ana"),
      (["AUTH PLAIN AGFuYQBzZWNyZXQ=", "AUTH PLAIN AGFuYQBzZWNyZXQ="], ["235 2.7.0", "503 5.5.1"], "ana"),
      (["AUTH LOGIN", "*"], ["334", "501 5.7.0"], nil), (["AUTH PLAIN", "!!!!"], ["334", "501 5.5.2"], nil),
      (["AUTH PLAIN YW5h"], ["501 5.5.2"], nil), (["AUTH PLAIN YW5"], ["501 5.5.2"], nil),
      (["AUTH CRAM-MD5"], ["504 5.5.4"], nil), (["AUTH"], ["501 5.5.4"], nil),
    ] as [([String], [String], String?)])
  func auth(said: [String], expected: [String], user: String?) async throws {
    try await withServer(with: options { $0.auth = true }) { server in
      let client = try Client.greeted(server)
      #expect(try said.map(client.ask) == expected)
      client.send("MAIL FROM:<a@b> AUTH=<>\r\nRCPT TO:<c@d>\r\nDATA\r\n")
      #expect(try client.codes(3) == ["250 2.1.0", "250 2.1.5", "354"])
      #expect(try client.ask(".") == "250 2.0.0")
      #expect(server.received.first?.user == user)
    }
  }

  @Test("A client that sends without a pause and reads late gets every answer")
  func endless() async throws {
    try await withServer(with: options { $0.keepsInMemory = false }) { server in
      let client = try Client.greeted(server)
      let transaction = "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n\(String(repeating: "x", count: 900))\r\n.\r\n"
      client.send(String(repeating: transaction, count: 1000))
      let codes = try client.codes(4000)
      #expect(codes.allSatisfy { ["250 2.1.0", "250 2.1.5", "354", "250 2.0.0"].contains($0) })
      #expect(server.counters.messages == 1000)
    }
  }

  @Test("A command line of 2048 octets is read, a longer one refused, and the dialogue goes on")
  func longLines() async throws {
    try await withServer { server in
      let client = try Client.greeted(server)
      #expect(try client.ask("NOOP " + String(repeating: "x", count: 2041)) == "250 2.0.0")
      #expect(try client.ask("NOOP " + String(repeating: "x", count: 2042)) == "500 5.5.2")
      #expect(try client.ask(String(repeating: "x", count: 1_000_000)) == "500 5.5.2")
      #expect(try client.ask("NOOP") == "250 2.0.0")
      client.send("NOOP\nNOOP\r\n")
      #expect(try client.codes(2) == ["500 5.5.2", "250 2.0.0"])
    }
  }
}
