import TestSupport
import Testing

@Suite("The content of a message") struct ContentTests {
  /// Sends a transaction up to DATA.
  private func open(_ client: Client) throws {
    client.send("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n")
    #expect(try client.codes(3) == ["250 2.1.0", "250 2.1.5", "354"])
  }

  @Test(
    "Dots that SMTP added are taken away, others stay",
    arguments: [
      ("..\r\n", ".\r\n"), ("...\r\n", "..\r\n"), (".x\r\n", "x\r\n"), ("x.\r\n", "x.\r\n"),
      ("x\r\n..y\r\n", "x\r\n.y\r\n"),
      ("\r\n..\r\n\r\n", "\r\n.\r\n\r\n"), ("a.b\r\n. \r\n", "a.b\r\n \r\n"), ("", ""), ("\r\n", "\r\n"),
      ("..a\r\n..b\r\nc\r\n..d\r\n", ".a\r\n.b\r\nc\r\n.d\r\n"),
    ])
  func dots(sent: String, kept: String) async throws {
    try await withServer { server in
      let client = try Client.greeted(server)
      try open(client)
      #expect(try client.ask(sent + ".") == "250 2.0.0")
      #expect(server.received.map { String(decoding: $0.data, as: UTF8.self) } == [kept])
    }
  }

  @Test(
    "No end but CR LF . CR LF ends a message, and one with a bare LF is refused (SMTP smuggling)",
    arguments: ["x\n.\n", "x\n.\r\n", "x\r\n.\n", "x\r.\r", "\n.\r\n", "x\r\n.\r\r\n", "x\ny\r\n"])
  func smuggling(sequence: String) async throws {
    try await withServer { server in
      let client = try Client.greeted(server)
      try open(client)
      client.send(sequence + "MAIL FROM:<evil@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nevil\r\n.\r\nNOOP\r\n")
      let hasBareLF = sequence.contains("\n") || sequence.unicodeScalars.contains("\n")
      let isClean = sequence == "x\r.\r" || sequence == "x\r\n.\r\r\n"
      #expect(hasBareLF || isClean)
      #expect(try client.codes(2) == [isClean ? "250 2.0.0" : "554 5.6.0", "250 2.0.0"])
      #expect(server.counters.messages == (isClean ? 1 : 0))
    }
  }

  @Test("A dialogue cut into pieces at any octet gives the same message and the same answers")
  func split() async throws {
    let dialogue = Array(
      "EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n.\r\n.x\r\n..\r\nDATA\r\n\r\n.y\r\n.\r\nQUIT\r\n".utf8)
    // The first DATA ends at once; what follows it is refused as commands.
    try await withServer { server in
      var expected: [String]?
      for cut in 0...dialogue.count {
        let client = try Client(server)
        client.send(dialogue[..<cut])
        if cut > 9 { _ = try client.line() }
        client.send(dialogue[cut...])
        var answers: [String] = cut > 9 ? ["220 capture.invalid ESMTP keeps everything, delivers nothing"] : []
        while let line = try client.line() { answers.append(line.replacing("message \(cut + 1)", with: "message N")) }
        if let expected { #expect(answers == expected, "cut at \(cut)") } else { expected = answers }
      }
      #expect(expected?.last == "221 2.0.0 Bye")
      #expect(server.counters.messages == dialogue.count + 1)
    }
  }

  @Test("A content that arrives octet by octet is whole")
  func trickle() async throws {
    try await withServer { server in
      let client = try Client.greeted(server)
      try open(client)
      for octet in Array("..a\r\n.b\r\n\r\n.\r\r\nend\r\n.\r\n".utf8) { client.send([octet]) }
      #expect(try client.codes(1) == ["250 2.0.0"])
      #expect(server.received.map { String(decoding: $0.data, as: UTF8.self) } == [".a\r\nb\r\n\r\n\r\r\nend\r\n"])
    }
  }

  @Test("A line of 998 octets is taken, a longer one is refused; an added dot does not count")
  func longLines() async throws {
    try await withServer { server in
      let client = try Client.greeted(server)
      for (line, code) in [
        (String(repeating: "x", count: 998), "250 2.0.0"), (String(repeating: "x", count: 999), "554 5.6.0"),
        ("." + String(repeating: ".", count: 998), "250 2.0.0"),
      ] {
        try open(client)
        #expect(try client.ask("a\r\n\(line)\r\nb\r\n.") == code)
      }
    }
  }

  @Test(
    "A content over the limit is refused however it comes, and the dialogue goes on", arguments: [100, 5000, 3_000_000])
  func size(count: Int) async throws {
    try await withServer(with: options { $0.size = 99 }) { server in
      let client = try Client.greeted(server)
      let line = String(repeating: "x", count: 48) + "\r\n"
      for _ in 0..<2 {
        try open(client)
        #expect(try client.ask(String(repeating: line, count: count / 50) + ".") == "552 5.3.4")
      }
      try open(client)
      #expect(try client.ask(line + ".") == "250 2.0.0")
      #expect(server.counters.messages == 1)
    }
  }

  @Test("A large message is kept whole")
  func large() async throws {
    try await withServer { server in
      let client = try Client.greeted(server)
      try open(client)
      let body = String(repeating: "0123456789.0123456789.\r\n", count: 400_000)
      #expect(try client.ask(body + ".") == "250 2.0.0")
      #expect(server.received.first?.data == Array(body.utf8))
      #expect(server.counters.octets == body.utf8.count)
    }
  }

  @Test("Whatever is sent, the server answers the next client")
  func hostile() async throws {
    var random = SplitMix64(seed: 5)
    let pieces = [
      "EHLO x\r\n", "MAIL FROM:<a@b>\r\n", "RCPT TO:<c@d>\r\n", "DATA\r\n", "\r\n.\r\n", ".\r\n", "RSET\r\n",
      "AUTH PLAIN\r\n",
      "AUTH LOGIN\r\n", "=\r\n", "MAIL FROM:", "<", ">", "\"", "\\", "\0", "\r", "\n", "é", "\u{FFFF}", " SIZE=", "9",
      String(repeating: "x", count: 3000), "RCPT TO:<\"\\",
    ].map { Array($0.utf8) }
    try await withServer(
      "garbage at=mail rate=0.1", "defer rate=0.2", with: options { ($0.auth, $0.size) = (true, 2000) }
    ) {
      server in
      for round in 0..<200 {
        let client = try Client(server)
        for _ in 0..<30 {
          if round.isMultiple(of: 3) {
            client.send((0..<50).map { _ in UInt8.random(in: 0...255, using: &random) })
          } else {
            client.send(pieces.randomElement(using: &random)!)
          }
        }
        // Left in mid-word: the connection is closed here.
      }
      let client = try Client.greeted(server)
      #expect(try client.ask("NOOP") == "250 2.0.0")
      try await server.counters { $0.connections == 201 && $0.openConnections == 1 }
    }
  }
}
