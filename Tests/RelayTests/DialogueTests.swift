import Testing

@testable import Relay

@Suite("The SMTP dialogue")
struct DialogueTests {
  @Test("pipelining sends MAIL, RCPT and DATA in one flight, and chains the next flight behind the final dot")
  func pipelined() {
    let golden = """
      C: --
      C: MAIL FROM:<bounce+1@forum.example> SIZE=21
      C: RCPT TO:<reader1@example.org>
      C: DATA
      S: 250 2.1.0 Ok
      S: 250 2.1.5 Ok
      S: 354 go on
      C: --
      C: Subject: 1
      C: 
      C: Hello
      C: .
      C: MAIL FROM:<bounce+2@forum.example> SIZE=21
      C: RCPT TO:<reader2@example.org>
      C: DATA
      S: 250 2.0.0 queued as A
      = 1 accepted 250 2.0.0 queued as A
      S: 250 2.1.0 Ok
      S: 250 2.1.5 Ok
      S: 354 go on
      C: --
      C: Subject: 2
      C: 
      C: Hello
      C: .
      S: 250 2.0.0 queued as B
      = 2 accepted 250 2.0.0 queued as B
      """
    #expect(Rehearsal.play(.usual, [message(1), message(2)], golden) == golden)
  }

  @Test("without PIPELINING every command waits for the reply before it, and a refused recipient is cleared by RSET")
  func lockStep() {
    let golden = """
      C: --
      C: MAIL FROM:<bounce+1@forum.example>
      S: 250 Ok
      C: --
      C: RCPT TO:<reader1@example.org>
      S: 550 5.1.1 No such user
      = 1 refused at rcpt 550 5.1.1 No such user
      C: --
      C: RSET
      S: 250 Ok
      C: --
      C: MAIL FROM:<bounce+2@forum.example>
      S: 250 Ok
      C: --
      C: RCPT TO:<reader2@example.org>
      S: 250 Ok
      C: --
      C: DATA
      S: 354 go on
      C: --
      C: Subject: 2
      C: 
      C: Hello
      C: .
      S: 250 queued
      = 2 accepted 250 queued
      """
    #expect(Rehearsal.play(.bare, [message(1), message(2)], golden) == golden)
  }

  @Test("one refused recipient costs nobody else: DATA refused with it, RSET opens the next flight")
  func refusedRecipient() {
    let golden = """
      C: --
      C: MAIL FROM:<bounce+1@forum.example> SIZE=21
      C: RCPT TO:<reader1@example.org>
      C: DATA
      S: 250 2.1.0 Ok
      S: 550 5.1.1 No such user
      = 1 refused at rcpt 550 5.1.1 No such user
      S: 554 5.5.1 No valid recipients
      C: --
      C: RSET
      C: MAIL FROM:<bounce+2@forum.example> SIZE=21
      C: RCPT TO:<reader2@example.org>
      C: DATA
      S: 250 2.0.0 Ok
      S: 250 2.1.0 Ok
      S: 250 2.1.5 Ok
      S: 354 go on
      C: --
      C: Subject: 2
      C: 
      C: Hello
      C: .
      S: 250 2.0.0 queued
      = 2 accepted 250 2.0.0 queued
      """
    #expect(Rehearsal.play(.usual, [message(1), message(2)], golden) == golden)
  }

  @Test("a 354 though the recipient was refused is ended by a lone dot, whose 250 is no acceptance")
  func loneDot() {
    let golden = """
      C: --
      C: MAIL FROM:<bounce+1@forum.example> SIZE=21
      C: RCPT TO:<reader1@example.org>
      C: DATA
      S: 250 2.1.0 Ok
      S: 450 4.7.1 Greylisted
      = 1 refused at rcpt 450 4.7.1 Greylisted
      S: 354 go on
      C: --
      C: .
      C: MAIL FROM:<bounce+2@forum.example> SIZE=21
      C: RCPT TO:<reader2@example.org>
      C: DATA
      S: 250 2.0.0 queued nothing
      S: 250 2.1.0 Ok
      S: 250 2.1.5 Ok
      S: 354 go on
      C: --
      C: Subject: 2
      C: 
      C: Hello
      C: .
      S: 250 2.0.0 queued
      = 2 accepted 250 2.0.0 queued
      """
    #expect(Rehearsal.play(.usual, [message(1), message(2)], golden) == golden)
  }

  @Test("a relay that refuses MAIL but takes RCPT and DATA is hung up on: a dot might send an empty mail")
  func contradictoryRelay() {
    let golden = """
      C: --
      C: MAIL FROM:<bounce+1@forum.example> SIZE=21
      C: RCPT TO:<reader1@example.org>
      C: DATA
      S: 451 4.3.0 later
      = 1 refused at mail 451 4.3.0 later
      S: 250 2.1.5 Ok
      S: 354 go on
      = closed: the relay broke the protocol: it refused MAIL and took the rest
      """
    #expect(Rehearsal.play(.usual, [message(1)], golden) == golden)
  }

  @Test("a refusal after the dot leaves the chained message alone")
  func refusedContent() {
    let golden = """
      C: --
      C: MAIL FROM:<bounce+1@forum.example> SIZE=21
      C: RCPT TO:<reader1@example.org>
      C: DATA
      S: 250 Ok
      S: 250 Ok
      S: 354 go on
      C: --
      C: Subject: 1
      C: 
      C: Hello
      C: .
      C: MAIL FROM:<bounce+2@forum.example> SIZE=21
      C: RCPT TO:<reader2@example.org>
      C: DATA
      S: 554-5.7.1 We do not like
      S: 554 5.7.1 this
      = 1 refused at dot 554 5.7.1 We do not like / 5.7.1 this
      S: 250 Ok
      S: 250 Ok
      S: 354 go on
      C: --
      C: Subject: 2
      C: 
      C: Hello
      C: .
      S: 250 queued
      = 2 accepted 250 queued
      """
    #expect(Rehearsal.play(.usual, [message(1), message(2)], golden) == golden)
  }

  @Test("S5: a connection lost after the dot makes that message uncertain, and the one chained behind it unsent")
  func lostAfterDot() {
    let golden = """
      C: --
      C: MAIL FROM:<bounce+1@forum.example> SIZE=21
      C: RCPT TO:<reader1@example.org>
      C: DATA
      S: 250 Ok
      S: 250 Ok
      S: 354 go on
      C: --
      C: Subject: 1
      C: 
      C: Hello
      C: .
      C: MAIL FROM:<bounce+2@forum.example> SIZE=21
      C: RCPT TO:<reader2@example.org>
      C: DATA
      S: <close>
      = 1 uncertain: the relay closed the connection
      = 2 unsent: chained behind a message whose connection was lost: the relay closed the connection
      = closed: the relay closed the connection
      """
    #expect(Rehearsal.play(.usual, [message(1), message(2)], golden) == golden)
  }

  @Test("S5: what the kernel had taken when the connection went decides: unsent, lost or uncertain")
  func boundaryOfLoss() {
    let content = "Subject: 1\r\n\r\nHello\r\n.\r\n".utf8.count
    for (handed, expected) in [(0, "unsent"), (1, "lost"), (content - 1, "lost"), (content, "uncertain")] {
      var dialogue = Dialogue(capabilities: .usual) { _ in nil }
      dialogue.offer(message(1))
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4_096, alignment: 1)
      defer { buffer.deallocate() }
      dialogue.wrote(dialogue.takeOutput(into: buffer))
      dialogue.received(Array("250 a\r\n250 b\r\n354 c\r\n".utf8))
      while let action = dialogue.nextAction() { if case .wantMessage = action { dialogue.decline() } }
      #expect(dialogue.takeOutput(into: buffer) == content)
      if handed > 0 { dialogue.wrote(handed) }
      #expect(dialogue.wait == (handed == content ? .dot : .block))
      dialogue.closed(reason: "gone")
      guard case .ended(_, let outcome, _) = dialogue.nextAction() else {
        Issue.record("no outcome after \(handed) octets")
        continue
      }
      #expect(outcome.kind == expected, "after \(handed) octets")
    }
  }

  @Test("an answer that comes before the whole content: a refusal counts, an acceptance does not")
  func earlyAnswer() {
    for (answer, expected) in [("552 5.3.4 too big", "refused"), ("250 2.0.0 queued", "lost"), ("421 busy", "unsent")] {
      var dialogue = Dialogue(capabilities: .usual) { _ in nil }
      dialogue.offer(message(1, body: String(repeating: "x", count: 5_000)))
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1_000, alignment: 1)
      defer { buffer.deallocate() }
      dialogue.wrote(dialogue.takeOutput(into: buffer))
      dialogue.received(Array("250 a\r\n250 b\r\n354 c\r\n".utf8))
      while let action = dialogue.nextAction() { if case .wantMessage = action { dialogue.decline() } }
      dialogue.wrote(dialogue.takeOutput(into: buffer))
      dialogue.received(Array("\(answer)\r\n".utf8))
      guard case .ended(_, let outcome, _) = dialogue.nextAction(), case .close = dialogue.nextAction() else {
        Issue.record("\(answer) does not end the message and the connection")
        continue
      }
      #expect(outcome.kind == expected, "\(answer)")
    }
  }

  @Test("QUIT is said when idle, and its answer closes")
  func quit() {
    var rehearsal = Rehearsal(.usual, [])
    rehearsal.quit()
    rehearsal.receive(Array("221 Bye\r\n".utf8))
    #expect(rehearsal.transcript == ["C: --", "C: QUIT", "= closed: the relay closed: 221 Bye"])
  }

  @Test("a relay that closes an idle connection, with or without 421, ends nobody's message")
  func idleClose() {
    var rehearsal = Rehearsal(.usual, [])
    rehearsal.receive(Array("421 4.4.2 idle too long\r\n".utf8))
    #expect(rehearsal.transcript == ["= closed: the relay closed: 421 4.4.2 idle too long"])
    var silent = Rehearsal(.usual, [])
    silent.close("the relay closed the connection")
    #expect(silent.transcript == ["= closed: the relay closed the connection"])
  }
}
