import DeliveryPolicy
import Identifiers
import Mail
import TestSupport
import Testing

@testable import Relay

@Suite("Answers that are there before their questions", .timeLimit(.minutes(10)))
struct EarlyAnswerTests {
  @Test(
    "S5: an acceptance that comes with the 354 is believed by nobody: nothing counts as taken, and no content goes out",
    arguments: [true, false])
  func acceptanceWithData(pipelining: Bool) throws {
    let server = ScriptedServer(offers: pipelining ? ["PIPELINING"] : []) { command in
      switch command.verb {
      case "DATA": .say("354 go\r\n250 2.0.0 queued")
      case ".": .say("554 5.7.1 no")
      default: .normal
      }
    }
    defer { server.shutDown() }
    let (feed, report) = try deliver((1...8).map { message($0) }, to: server.port)
    #expect(report.accepted == 0 && server.messages.isEmpty)
    #expect(Set(feed.kinds.values) == ["unsent"] && feed.kinds.count == feed.given, "\(feed.kinds)")
    #expect(report.trouble?.problem.contains("it answered before it was asked: 250 2.0.0 queued") == true)
    #expect(!server.transcripts.joined().contains("C: Hello"))
  }

  @Test("S5: a relay that does so from the third message on keeps what it took; what was in flight goes once more")
  func later() throws {
    let server = ScriptedServer { command in
      guard command.connection == 1, command.count == 3 else { return .normal }
      switch command.verb {
      case "DATA": return .say("354 go\r\n250 queued")
      case ".": return .say("554 5.7.1 no")
      default: return .normal
      }
    }
    defer { server.shutDown() }
    let (feed, report) = try deliver((1...5).map { message($0) }, to: server.port)
    #expect(Set(feed.kinds.values) == ["accepted"] && feed.kinds.count == 5)
    #expect(report.connections > 1 && server.messages.count == 5)
  }

  /// What the relay says in one piece, and how messages 1 and 2 end with and without PIPELINING.
  private static let pieces: [(said: [String], pipelined: [String], lockStep: [String])] = [
    (["250 a\r\n250 b\r\n354 c\r\n"], ["uncertain", "unsent"], ["unsent"]),
    (["250 a\r\n250 b\r\n354 c\r\n250 d\r\n"], ["unsent", "unsent"], ["unsent"]),
    (["250 a\r\n", "250 b\r\n", "354 c\r\n250 d\r\n"], ["unsent", "unsent"], ["unsent"]),
    (["250 a\r\n", "250 b\r\n", "354 c\r\n554 d\r\n"], ["unsent", "unsent"], ["unsent"]),
    (["250 a\r\n", "250 b\r\n", "354 c\r\n421 d\r\n"], ["unsent", "unsent"], ["unsent"]),
    (["250 a\r\n", "250 b\r\n", "354 c\r\n25", "0 d\r\n"], ["unsent", "unsent"], ["unsent"]),
    // Only the questions of message 2 are out behind the content.
    (
      ["250 a\r\n", "250 b\r\n", "354 c\r\n", "250 d\r\n250 a\r\n250 b\r\n354 c\r\n250 d\r\n"], ["accepted", "unsent"],
      ["accepted", "unsent"]
    ),
    (["250 a\r\n", "550 b\r\n554 c\r\n250 r\r\n"], ["refused", "unsent"], ["refused", "unsent"]),
    (["250 a\r\n550 b\r\n"], ["refused"], ["unsent"]),
  ]

  @Test("S5: what is said in one piece with the answer before it ends each message as what it is, pipelined or not")
  func table() {
    for (capabilities, isPipelined) in [(Capabilities.usual, true), (.bare, false)] {
      for (said, pipelined, lockStep) in Self.pieces {
        var rehearsal = Rehearsal(capabilities, [message(1), message(2)])
        for piece in said { rehearsal.receive(Array(piece.utf8)) }
        rehearsal.close("the end of the test")
        for (id, kind) in zip([1, 2], isPipelined ? pipelined : lockStep) {
          let ends = rehearsal.outcomes[DeliveryID(Int64(id)), default: []].map(\.kind)
          #expect(ends == [kind], "message \(id) of \(said), pipelining \(isPipelined)")
        }
      }
    }
  }

  @Test("S5: an answer that began before the content's end had left is none to it, when ever it ends")
  func begun() {
    for (rest, expected) in [(0, "lost"), (1, "uncertain")] {
      var dialogue = Dialogue(capabilities: .bare) { _ in nil }
      let body = message(1, body: String(repeating: "x", count: 900))
      dialogue.offer(body)
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 600, alignment: 1)
      defer { buffer.deallocate() }
      func goOn() { while dialogue.nextAction() != nil { dialogue.wrote(dialogue.takeOutput(into: buffer)) } }
      for answer in ["250 a\r\n", "250 b\r\n", "354 c\r\n"] {
        goOn()
        dialogue.received(Array(answer.utf8))
      }
      goOn()
      dialogue.received(Array("25".utf8))
      if rest == 1 { dialogue.wrote(dialogue.takeOutput(into: buffer)) }
      dialogue.received(Array("0 queued\r\n".utf8))
      guard case .ended(_, let outcome, _) = dialogue.nextAction() else {
        Issue.record("no end")
        continue
      }
      #expect(outcome.kind == expected)
    }
  }

  @Test("S5: a 421 within a window of content and chained commands leaves both messages unsent")
  func serviceClosing() {
    for replies in [["421 4.3.2 going"], ["250 d", "421 4.3.2 going"], ["250 d", "250 a", "421 4.3.2 going"]] {
      var rehearsal = Rehearsal(.usual, [message(1), message(2)])
      for reply in ["250 a", "250 b", "354 c"] + replies { rehearsal.receive(Array("\(reply)\r\n".utf8)) }
      #expect(rehearsal.outcomes[1]?.map(\.kind) == [replies.count == 1 ? "unsent" : "accepted"])
      #expect(rehearsal.outcomes[2]?.map(\.kind) == ["unsent"])
    }
  }
}
