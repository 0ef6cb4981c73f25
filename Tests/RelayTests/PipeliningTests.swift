import Foundation
import Mail
import Testing

@testable import Relay

@Suite("PIPELINING that is offered and not kept", .timeLimit(.minutes(10)))
struct PipeliningTests {
  @Test(
    "S5: a relay that loses what comes behind a command or a content is sent to in lock step from the next connection on",
    arguments: ["MAIL", "."])
  func forgetful(verb: String) throws {
    let server = ScriptedServer { command in command.verb == verb ? .forgetful : .normal }
    defer { server.shutDown() }
    let (feed, report) = try deliver((1...30).map { message($0) }, to: server.port) {
      $0.timeouts.pipelining = 0.3
      $0.connections = 3
    }
    #expect(Set(feed.kinds.values) == ["accepted"] && feed.kinds.count == 30, "\(feed.kinds) \(report.end)")
    #expect(report.pipeliningFailed && server.messages.count == 30)
    // All that hung were begun before the first of them had hung for its time.
    #expect(server.transcripts.count { $0.last?.hasPrefix("S: 221") != true } <= 3)
  }

  @Test("S5: a relay that has shown that it keeps to PIPELINING has all of its time for an answer")
  func kept() throws {
    let server = ScriptedServer { command in
      if command.verb == "RCPT", command.count == 3 { usleep(1_300_000) }
      return .normal
    }
    defer { server.shutDown() }
    let (_, report) = try deliver((1...9).map { message($0) }, to: server.port) { $0.timeouts.pipelining = 1 }
    #expect(report.accepted == 9 && report.connections == 1 && !report.pipeliningFailed)
  }

  @Test("with PIPELINING turned off nothing is sent before its turn, though the relay offers it")
  func off() throws {
    let server = ScriptedServer { $0.verb == "MAIL" || $0.verb == "." ? .forgetful : .normal }
    defer { server.shutDown() }
    let (feed, report) = try deliver((1...9).map { message($0) }, to: server.port) { $0.pipelining = false }
    #expect(Set(feed.kinds.values) == ["accepted"] && report.connections == 1 && !report.pipeliningFailed)
  }

  @Test(
    "what is awaited, and behind what it was said, is known at every step; an answer shows that it can be had there")
  func places() {
    var dialogue = Dialogue(capabilities: .usual) { _ in nil }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4_096, alignment: 1)
    defer { buffer.deallocate() }
    var messages = [message(2), message(1)]
    func goOn(_ answer: String = "") {
      dialogue.received(Array(answer.utf8))
      while let action = dialogue.nextAction() {
        if case .wantMessage = action {
          if let next = messages.popLast() { dialogue.offer(next) } else { dialogue.decline() }
        }
        if case .write = action { dialogue.wrote(dialogue.takeOutput(into: buffer)) }
      }
    }
    dialogue.offer(messages.popLast()!)
    goOn()
    #expect(dialogue.wait == .mail && dialogue.pipelinedWait == nil && dialogue.keptInPipeline.isEmpty)
    goOn("250 a\r\n")
    #expect(dialogue.wait == .rcpt && dialogue.pipelinedWait == .command && dialogue.keptInPipeline.isEmpty)
    goOn("250 b\r\n")
    #expect(dialogue.wait == .data && dialogue.keptInPipeline == [.command])
    goOn("354 c\r\n")
    #expect(dialogue.wait == .dot && dialogue.pipelinedWait == nil)
    goOn("250 d\r\n")
    #expect(dialogue.wait == .mail && dialogue.pipelinedWait == .content && dialogue.keptInPipeline == [.command])
    goOn("250 a\r\n")
    #expect(dialogue.keptInPipeline == [.command, .content])
    dialogue.timedOut(after: 30)
    guard case .ended(_, .unsent(let reason), .first) = dialogue.nextAction() else {
      Issue.record("not unsent")
      return
    }
    #expect(reason == "no answer to RCPT, which was sent in one flight with the command before it, within 30 s")
  }
}
