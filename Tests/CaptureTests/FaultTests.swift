import Capture
import Synchronization
import Testing
import Time

@Suite("Faults in the dialogue") struct FaultTests {
  /// Goes through a whole transaction, and gives the answer at a stage; anything but success before it is an error.
  private func answer(_ client: Client, at stage: Fault.Stage) throws -> String {
    let steps: [(Fault.Stage, said: String?, usual: String)] = [
      (.connect, nil, "220"), (.ehlo, "EHLO x", "250"), (.mail, "MAIL FROM:<a@b>", "250 2.1.0"),
      (.rcpt, "RCPT TO:<c@d>", "250 2.1.5"), (.data, "DATA", "354"), (.dot, "text\r\n.", "250 2.0.0"),
    ]
    for step in steps {
      if let said = step.said { client.send(said + "\r\n") }
      let isThere = step.0 == stage || (step.0 == .dot && [.body, .accepted].contains(stage))
      if isThere { return try client.codes(1)[0] }
      if step.0 == .ehlo { _ = try client.reply() } else { #expect(try client.codes(1) == [step.usual]) }
    }
    return "nothing"
  }

  static let refusals: [(String, String)] = [
    ("refuse", "550 5.1.1"), ("policy", "550 5.7.1"), ("defer", "451 4.3.0"), ("shutdown", "421 4.3.2"),
    ("drop", "closed"), ("answer=\"650 9.9.9 what\"", "650 9.9.9"), ("answer=\"250 2.0.0 Ok\"", "250 2.0.0"),
  ]

  @Test(
    "Each refusal strikes at each stage of a transaction", arguments: refusals,
    [Fault.Stage.ehlo, .mail, .rcpt, .data, .dot, .accepted])
  func refusal(_ refusal: (String, String), stage: Fault.Stage) async throws {
    try await withServer("\(refusal.0) at=\(stage.rawValue)") { server in
      let client = try Client(server)
      #expect(try answer(client, at: stage) == refusal.1)
      // Only at the last stage is the message kept.
      #expect(server.counters.messages == (stage == .accepted ? 1 : 0))
      #expect(server.counters.faults == 1)
      if ["closed", "421 4.3.2"].contains(refusal.1) {
        #expect(try client.reply() == nil)
      } else {
        #expect(try client.ask("NOOP") == "250 2.0.0")
      }
    }
  }

  @Test(
    "A server may fail before its greeting",
    arguments: [
      ("refuse", "554 5.3.2"), ("policy", "554 5.7.1"), ("defer", "421 4.3.2"), ("shutdown", "421 4.3.2"),
      ("drop", "closed"), ("answer=\"421 4.7.0 busy\"", "421 4.7.0"),
    ])
  func greeting(fault: String, expected: String) async throws {
    try await withServer("\(fault) at=connect times=1") { server in
      let greetings = try (0..<2).map { _ in try Client(server).codes(1)[0] }
      #expect(greetings == [expected, "220"])
    }
  }

  @Test("A server may lose what comes behind a command in one piece with it, and behind a content")
  func forgetful() async throws {
    try await withServer("forget at=mail times=1") { server in
      let client = try Client(server)
      #expect(try client.codes(1) == ["220"])
      _ = try client.ask("EHLO x")
      client.send("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n")
      #expect(try client.codes(1) == ["250 2.1.0"])
      #expect(try client.ask("NOOP") == "250 2.0.0")
      client.send("RCPT TO:<c@d>\r\nDATA\r\n")
      #expect(try client.codes(2) == ["250 2.1.5", "354"])
    }
    try await withServer("forget at=accepted times=1") { server in
      let client = try Client(server)
      #expect(try client.codes(1) == ["220"])
      _ = try client.ask("EHLO x")
      client.send("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n")
      #expect(try client.codes(3) == ["250 2.1.0", "250 2.1.5", "354"])
      client.send("text\r\n.\r\nNOOP\r\nNOOP\r\n")
      #expect(try client.codes(1) == ["250 2.0.0"])
      #expect(try client.ask("RSET") == "250 2.0.0" && server.counters.messages == 1)
    }
  }

  @Test("After a 554 greeting only QUIT is left")
  func turnedAway() async throws {
    try await withServer("refuse at=connect") { server in
      let client = try Client(server)
      #expect(try client.codes(1) == ["554 5.3.2"])
      #expect(try client.ask("EHLO x") == "503 5.5.1")
      #expect(try client.ask("QUIT") == "221 2.0.0")
      #expect(try client.reply() == nil)
    }
  }

  @Test("A stalled server is silent and stays connected", arguments: Fault.Stage.allCases)
  func stall(stage: Fault.Stage) async throws {
    try await withServer("stall at=\(stage.rawValue)") { server in
      let client = try Client(server)
      let said = "EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\ntext\r\n.\r\n"
      client.send(said)
      let counters = try await server.counters { $0.faults == 1 }
      #expect(counters.openConnections == 1)
      // The answers before the stall, and no more.
      let before: [Fault.Stage: Int] = [
        .connect: 0, .ehlo: 1, .mail: 2, .rcpt: 3, .data: 4, .body: 5, .dot: 5, .accepted: 5,
      ]
      for _ in 0..<before[stage]! { #expect(try client.reply()?.first != nil) }
      client.send("NOOP\r\n")
      #expect(client.isSilent)
      #expect(server.counters.messages == (stage == .accepted ? 1 : 0))
    }
  }

  @Test("A connection may end, or nonsense come, in the middle of the content")
  func body() async throws {
    for (fault, expected) in [("drop", "closed"), ("shutdown", "421 4.3.2")] {
      try await withServer("\(fault) at=body") { server in
        let client = try Client.greeted(server)
        client.send("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n")
        #expect(try client.codes(3) == ["250 2.1.0", "250 2.1.5", "354"])
        client.send("the first line\r\n")
        #expect(try client.codes(1) == [expected])
        #expect(server.counters.messages == 0)
      }
    }
    try await withServer("garbage at=body times=1") { server in
      let client = try Client.greeted(server)
      client.send("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n")
      #expect(try client.codes(3) == ["250 2.1.0", "250 2.1.5", "354"])
      client.send("the first line\r\n")
      #expect(try client.line()?.first?.isNumber == false)
      #expect(try client.ask(".") == "250 2.0.0")
    }
  }

  @Test("Nonsense is no reply, and the command is not carried out")
  func garbage() async throws {
    try await withServer("garbage at=mail times=1") { server in
      let client = try Client.greeted(server)
      client.send("MAIL FROM:<a@b>\r\n")
      #expect(try client.line()?.first?.isNumber == false)
      #expect(try client.ask("RCPT TO:<c@d>") == "503 5.5.1")
      #expect(try client.ask("MAIL FROM:<a@b>") == "250 2.1.0")
    }
  }

  @Test("A tarpit answers rightly, late, and in order", arguments: Fault.Stage.allCases)
  func tarpit(stage: Fault.Stage) async throws {
    try await withServer("tarpit ms=30 at=\(stage.rawValue)") { server in
      let start = ContinuousClock.now
      let client = try Client(server)
      client.send("EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\ntext\r\n.\r\nNOOP\r\n")
      #expect(try client.codes(1) == ["220"])
      _ = try client.reply()
      #expect(try client.codes(5) == ["250 2.1.0", "250 2.1.5", "354", "250 2.0.0", "250 2.0.0"])
      #expect(ContinuousClock.now - start >= .milliseconds(30))
      #expect(server.counters.messages == 1)
    }
  }

  @Test("Latency delays all answers, keeps their order, and holds back the closing")
  func latency() async throws {
    try await withServer(with: options { $0.latency = 20 }) { server in
      let start = ContinuousClock.now
      let client = try Client.greeted(server)
      client.send("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n")
      #expect(try client.codes(3) == ["250 2.1.0", "250 2.1.5", "354"])
      client.send("x\r\n.\r\nFOO\r\nQUIT\r\n")
      #expect(try client.codes(4) == ["250 2.0.0", "500 5.5.1", "221 2.0.0", "closed"])
      #expect(ContinuousClock.now - start >= .milliseconds(80))
    }
  }

  @Test("Greylisting lets the second attempt of a pair through, at the earliest after its time")
  func greylist() async throws {
    let clock = Mutex(Timestamp(1000))
    try await withServer("greylist wait=300", with: options { $0.now = { clock.withLock { $0 } } }) { server in
      let client = try Client.greeted(server)
      func attempt(_ from: String, _ to: String) throws -> String {
        #expect(try client.ask("MAIL FROM:<\(from)>") == "250 2.1.0")
        defer { _ = try? client.ask("RSET") }
        return try client.ask("RCPT TO:<\(to)>")
      }
      #expect(try attempt("bounce+1@forum.example", "ana@x.example") == "450 4.7.1")
      clock.withLock { $0 = Timestamp(1299) }
      #expect(try attempt("bounce+2@forum.example", "ana@x.example") == "450 4.7.1")
      clock.withLock { $0 = Timestamp(1300) }
      #expect(try attempt("bounce+3@FORUM.example", "Ana@x.example") == "250 2.1.5")
      #expect(try attempt("bounce+3@other.example", "ana@x.example") == "450 4.7.1")
      #expect(try attempt("", "ana@x.example") == "450 4.7.1")
      #expect(try attempt("bounce+1@forum.example", "eva@x.example") == "450 4.7.1")
      #expect(server.counters.deferred == 5)
    }
  }

  @Test("Greylisting without a time lets the next attempt through")
  func greylistOnce() async throws {
    try await withServer("greylist") { server in
      let client = try Client.greeted(server)
      _ = try client.ask("MAIL FROM:<a@b>")
      #expect(try client.ask("RCPT TO:<c@d>") == "450 4.7.1")
      #expect(try client.ask("RCPT TO:<c@d>") == "250 2.1.5")
    }
  }
}
