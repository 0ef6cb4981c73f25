import DeliveryPolicy
import Identifiers
import Mail
import Synchronization
import Testing

@testable import Relay

@Suite("A relay that takes so many messages a connection", .timeLimit(.minutes(10)))
struct SessionLimitTests {
  @Test(
    "S6: it says so with 4xx at any stage and leaves hanging up to us: all are sent in this run, and none spends a try",
    arguments: ["MAIL", "RCPT", "DATA", "."], [1, 3])
  func limit(verb: String, connections: Int) throws {
    let server = server(of: 10, verb: verb)
    defer { server.shutDown() }
    let (feed, report) = try deliver((1...60).map { message($0) }, to: server.port) { $0.connections = connections }
    #expect(Set(feed.kinds.values) == ["accepted"] && feed.kinds.count == 60, "\(feed.kinds) \(report.end)")
    #expect(report.accepted == 60 && report.refused == 0 && report.trouble == nil)
    // Hung up on with QUIT, not by breaking off.
    let used = server.transcripts.filter { $0.contains { $0.hasPrefix("C: MAIL") } }
    #expect(used.allSatisfy { $0.last == "S: 221 2.0.0 Bye" })
  }

  @Test("S6: once two connections have shown the limit, no more messages are tried in vain")
  func learned() throws {
    let server = server(of: 5, verb: "RCPT")
    defer { server.shutDown() }
    let (_, report) = try deliver((1...60).map { message($0) }, to: server.port)
    #expect(report.accepted == 60)
    #expect(server.transcripts.joined().count { $0.contains("452 4.5.3 session limit") } <= 4)
  }

  @Test(
    "S6: nor does one that says so for good, at MAIL or in words that are never about a recipient",
    arguments: [
      ("MAIL", "550 5.7.1 No more in this session"), ("RCPT", "554 5.5.3 Too many recipients in this session"),
    ])
  func forGood(verb: String, answer: String) throws {
    let server = server(of: 3, verb: verb, answer)
    defer { server.shutDown() }
    let (feed, report) = try deliver((1...30).map { message($0) }, to: server.port)
    #expect(Set(feed.kinds.values) == ["accepted"] && feed.kinds.count == 30, "\(feed.kinds) \(report.end)")
    #expect(report.accepted == 30 && report.trouble == nil)
  }

  /// Takes so many messages a connection.
  private func server(
    of most: Int, verb: String, _ answer: String = "452 4.5.3 session limit, come back later"
  ) -> ScriptedServer {
    ScriptedServer { command in
      guard command.count > most else { return .normal }
      if command.verb == verb { return .say(answer) }
      return verb == "MAIL" && ["RCPT", "DATA"].contains(command.verb) ? .say("503 5.5.1 MAIL first") : .normal
    }
  }

  @Test(
    "S4: greylisting and full mailboxes keep their meaning behind accepted messages: told as they are, one connection more",
    arguments: [
      ("450 4.7.1 Greylisted", 2), ("452 4.2.2 Mailbox full", 1), ("451 please try later", 2),
      ("450 4.1.2 no such host", 1),
    ])
  func ordinary(answer: String, connections: Int) throws {
    let server = ScriptedServer { $0.line.contains("<later") ? .say(answer) : .normal }
    defer { server.shutDown() }
    let messages = (1...40).map { message($0, to: $0.isMultiple(of: 2) ? "later" : "reader") }
    let (feed, report) = try deliver(messages, to: server.port)
    #expect(report.accepted == 20 && report.refused == 20 && report.trouble == nil)
    #expect(feed.kinds.allSatisfy { $0.value == ($0.key.rawValue.isMultiple(of: 2) ? "refused" : "accepted") })
    #expect(server.transcripts.count == connections)
  }

  @Test("S4: many wordings cannot make a run ask for ever: a bound on connections, each message refused once")
  func bounded() throws {
    let words = (1...40).map { number in String(UnicodeScalar(UInt8(97 + number % 26))) + (number > 26 ? "x" : "y") }
    let server = ScriptedServer { command in
      guard let number = command.line.firstMatch(of: /<later(\d+)@/).flatMap({ Int($0.1) }) else { return .normal }
      return .say("450 \(words[number / 2 % 40]) later")
    }
    defer { server.shutDown() }
    let messages = (1...40).map { message($0, to: $0.isMultiple(of: 2) ? "later" : "reader") }
    let (feed, report) = try deliver(messages, to: server.port)
    #expect(report.accepted == 20 && report.refused == 20 && feed.kinds.count == 40)
    #expect(server.transcripts.count <= 1 + SessionLimit.mostQuestions)
  }

  @Test("a message that is refused on its fresh connection, too, is told so, though others were sent by then")
  func givenBackOnce() throws {
    // Greylisting that lets the first one through at once seems a limit; the others are told after one more try each.
    let first = Mutex<String?>(nil)
    let server = ScriptedServer { command in
      guard command.verb == "RCPT", command.line.contains("<later") else { return .normal }
      return first.withLock { first in
        if first == nil { first = command.line } else if first == command.line { return .normal }
        return .say("450 4.7.1 Greylisted")
      }
    }
    defer { server.shutDown() }
    let messages = (1...20).map { message($0, to: $0.isMultiple(of: 2) ? "later" : "reader") }
    let (feed, report) = try deliver(messages, to: server.port)
    #expect(report.accepted == 11 && report.refused == 9 && feed.kinds.count == 20)
    #expect(server.transcripts.count <= 4)
  }

  private func refused(_ text: String, at stage: SMTPStage = .rcpt) -> Outcome {
    .refused(Reply(code: Int(text.prefix(3))!, lines: [String(text.dropFirst(4))]), at: stage)
  }

  @Test("what is given back: a 4xx behind accepted messages that is not about the recipient, once a message")
  func given() {
    var limit = SessionLimit()
    func givesBack(_ id: DeliveryID, _ outcome: Outcome, accepted: Int) -> Bool {
      limit.givesBack(id, outcome, accepted: accepted)
    }
    let full = refused("452 4.5.3 too many messages")
    #expect(!givesBack(1, full, accepted: 0))
    #expect(givesBack(1, full, accepted: 10) && !givesBack(1, full, accepted: 10))
    #expect(!givesBack(2, refused("550 5.7.1 no"), accepted: 10))
    #expect(!givesBack(2, refused("452 4.2.2 too many messages"), accepted: 10))
    #expect(!givesBack(2, .accepted(Reply(code: 250, lines: [])), accepted: 10))
    #expect(!givesBack(2, .lost(reason: "x"), accepted: 10))
    // While the answer is out, others are given back as well.
    #expect(givesBack(3, full, accepted: 10))
    limit.ended(1, .accepted(Reply(code: 250, lines: [])), accepted: 0)
    #expect(limit.known == nil && givesBack(4, full, accepted: 10))
    limit.ended(3, .accepted(Reply(code: 250, lines: [])), accepted: 0)
    #expect(limit.known == 10)
    // The relay means it: a fresh connection does not help.
    limit.ended(4, full, accepted: 0)
    #expect(!givesBack(5, full, accepted: 10))
  }
}
