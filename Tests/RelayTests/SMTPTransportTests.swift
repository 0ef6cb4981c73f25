import Glibc
import Mail
import Synchronization
import TestSupport
import Testing

@testable import Relay

@Suite("Sending over SMTP", .timeLimit(.minutes(10)))
struct SMTPTransportTests {
  @Test("S6: one connection carries all messages, and ends with QUIT")
  func keptConnection() throws {
    let server = ScriptedServer()
    defer { server.shutDown() }
    let (feed, report) = try deliver([message(1, body: ".\r\n..dots\r\n"), message(2)], to: server.port)
    #expect(feed.kinds == [1: "accepted", 2: "accepted"])
    #expect(report.accepted == 2 && report.connections == 1)
    guard case .dry = report.end else { return #expect(Bool(false), "\(report.end)") }
    let golden = """
      S: 220 scripted.example ESMTP
      C: EHLO forum.example
      S: 250-scripted.example
      S: 250-PIPELINING
      S: 250-SIZE 10240000
      S: 250 8BITMIME
      C: MAIL FROM:<bounce+1@forum.example> SIZE=25
      S: 250 2.0.0 Ok
      C: RCPT TO:<reader1@example.org>
      S: 250 2.0.0 Ok
      C: DATA
      S: 354 go on
      C: Subject: 1
      C: 
      C: ..
      C: ...dots
      C: .
      S: 250 2.0.0 Ok
      C: MAIL FROM:<bounce+2@forum.example> SIZE=21
      S: 250 2.0.0 Ok
      C: RCPT TO:<reader2@example.org>
      S: 250 2.0.0 Ok
      C: DATA
      S: 354 go on
      C: Subject: 2
      C: 
      C: Hello
      C: .
      S: 250 2.0.0 Ok
      C: QUIT
      S: 221 2.0.0 Bye
      """
    #expect(server.transcripts.map { $0.joined(separator: "\n") } == [golden])
  }

  @Test("I6: a null reverse-path goes out as MAIL FROM:<>, among messages that have one, and is accepted as they are")
  func nullReversePath() throws {
    let server = ScriptedServer()
    defer { server.shutDown() }
    let (feed, _) = try deliver([message(1), answer(2), message(3)], to: server.port)
    #expect(feed.kinds == [1: "accepted", 2: "accepted", 3: "accepted"])
    #expect(
      server.transcripts.flatMap { $0 }.filter { $0.hasPrefix("C: MAIL") } == [
        "C: MAIL FROM:<bounce+1@forum.example> SIZE=21", "C: MAIL FROM:<> SIZE=21",
        "C: MAIL FROM:<bounce+3@forum.example> SIZE=21",
      ])
  }

  @Test("S6: many messages use several connections, but not more than the limit; few do not open them all")
  func connections() throws {
    let server = ScriptedServer()
    defer { server.shutDown() }
    let (feed, report) = try deliver((1...200).map { message($0) }, to: server.port) { $0.connections = 5 }
    #expect(report.accepted == 200 && Set(feed.kinds.values) == ["accepted"])
    #expect((1...5).contains(server.mostOpen))
    let quiet = ScriptedServer()
    defer { quiet.shutDown() }
    let (_, few) = try deliver((1...3).map { message($0) }, to: quiet.port) { $0.connections = 50 }
    #expect(few.accepted == 3 && quiet.transcripts.count <= 3)
  }

  @Test("one bad recipient costs nobody else: the others go over the same connection", arguments: [true, false])
  func badRecipient(pipelining: Bool) throws {
    let server = ScriptedServer(offers: pipelining ? ["PIPELINING"] : []) { command in
      command.line.contains("<bad") ? .say("550 5.1.1 No such user") : .normal
    }
    defer { server.shutDown() }
    let messages = (1...9).map { message($0, to: $0 % 3 == 0 ? "bad" : "good") }
    let (feed, report) = try deliver(messages, to: server.port)
    #expect(report.accepted == 6 && report.refused == 3 && server.transcripts.count == 1)
    #expect(feed.outcomes[3] == [.refused(Reply(code: 550, lines: ["5.1.1 No such user"]), at: .rcpt)])
    #expect(server.messages.count == 9 - 3 + (pipelining ? 3 : 0), "a lone dot after a 354 counts with this server")
  }

  @Test(
    "S5: a relay that hangs up or falls silent: what had begun has its outcome, the rest goes over a new connection",
    arguments: [
      ("MAIL", "accepted"), ("RCPT", "accepted"), ("DATA", "accepted"), (".", "uncertain"),
    ], [true, false])
  func hangUp(at stage: (verb: String, outcome: String), byClosing: Bool) throws {
    let server = ScriptedServer { command in
      guard command.connection == 1, command.verb == stage.verb, command.count == 2 else { return .normal }
      return byClosing ? .close : .stall
    }
    defer { server.shutDown() }
    let (feed, _) = try deliver((1...4).map { message($0) }, to: server.port) {
      $0.timeouts.mail = 0.3
      $0.timeouts.rcpt = 0.3
      $0.timeouts.data = 0.3
      $0.timeouts.dot = 0.3
    }
    #expect(feed.kinds == [1: "accepted", 2: stage.outcome, 3: "accepted", 4: "accepted"])
  }

  @Test(
    "421 at any stage spends nobody's attempt: the message goes over a new connection",
    arguments: ["MAIL", "RCPT", "DATA", "."])
  func serviceClosing(verb: String) throws {
    let server = ScriptedServer { command in
      command.verb == verb && command.count == 2 ? .sayAndClose("421 4.7.0 one message a connection") : .normal
    }
    defer { server.shutDown() }
    let (feed, report) = try deliver((1...5).map { message($0) }, to: server.port)
    #expect(Set(feed.kinds.values) == ["accepted"] && feed.kinds.count == 5)
    #expect(report.connections >= 5)
  }

  @Test(
    "a relay that closes after each message, on several connections: nothing is unsent, though there are two tries only"
  )
  func oneMessageAConnection() throws {
    let server = ScriptedServer { command in
      command.verb == "MAIL" && command.count == 2 ? .sayAndClose("421 4.7.0 one message a connection") : .normal
    }
    defer { server.shutDown() }
    let (feed, _) = try deliver((1...40).map { message($0) }, to: server.port) { $0.connections = 4 }
    #expect(Set(feed.kinds.values) == ["accepted"] && feed.kinds.count == 40)
  }

  @Test("a message that breaks connection after connection while others pass is told as lost, so that it waits")
  func poison() throws {
    let server = ScriptedServer { $0.line.contains("<poison") ? .close : .normal }
    defer { server.shutDown() }
    let messages = [message(1), message(2, to: "poison"), message(3), message(4), message(5)]
    let (feed, report) = try deliver(messages, to: server.port)
    #expect(report.accepted == 4 && feed.kinds[2] == "lost")
  }

  @Test("a message that breaks its connection with no other to compare with is unsent, and spends nothing")
  func poisonAlone() throws {
    let server = ScriptedServer { $0.line.contains("<poison") ? .close : .normal }
    defer { server.shutDown() }
    let (feed, _) = try deliver([message(1), message(2, to: "poison")], to: server.port)
    #expect(feed.kinds == [1: "accepted", 2: "unsent"])
    #expect(server.transcripts.count == 2)
  }

  @Test("a relay that allows one connection at a time, even while the last one says good-bye, is not down")
  func oneConnectionOnly() throws {
    let isTaken = Mutex(false)
    let server = ScriptedServer { command in
      isTaken.withLock { isTaken in
        guard command.verb == "CONNECT" else {
          if command.verb == "QUIT" { isTaken = false }
          return .normal
        }
        defer { isTaken = true }
        return isTaken ? .sayAndClose("421 4.7.0 too many connections") : .normal
      }
    }
    defer { server.shutDown() }
    let (_, report) = try deliver((1...40).map { message($0) }, to: server.port) {
      $0.connections = 4
      $0.messagesPerConnection = 5
    }
    #expect(report.accepted == 40, "\(report)")
  }

  @Test("S3: a relay that is not there is down; no message is spent")
  func relayDown() throws {
    let (listener, port) = listenOnLoopback()
    close(listener)
    let (feed, report) = try deliver([message(1), message(2)], to: port)
    let trouble = try #require(report.trouble)
    #expect(trouble.stage == .connect && trouble.description.contains("127.0.0.1:\(port)"))
    #expect(feed.kinds.values.allSatisfy { $0 == "unsent" } && feed.outcomes.count == feed.given)
  }

  @Test(
    "S3: trouble before the first message never reaches one",
    arguments: [
      ("CONNECT", ScriptedServer.Reaction.say("554 5.3.2 not today"), RelayTrouble.Stage.greeting),
      ("CONNECT", .say("garbage"), .greeting), ("CONNECT", .close, .greeting), ("CONNECT", .stall, .greeting),
      ("EHLO", .sayAndClose("421 4.3.2 too busy"), .hello), ("EHLO", .close, .hello),
    ])
  func troubleBefore(verb: String, reaction: ScriptedServer.Reaction, stage: RelayTrouble.Stage) throws {
    let server = ScriptedServer { $0.verb == verb || $0.verb == "HELO" ? reaction : .normal }
    defer { server.shutDown() }
    let (feed, report) = try deliver([message(1)], to: server.port) { $0.timeouts.greeting = 0.5 }
    #expect(report.trouble?.stage == stage, "\(report.end)")
    #expect(feed.kinds == [1: "unsent"])
  }

  @Test("S3: a relay that refuses our sender again and again stops the run; the waiting are not tried")
  func refusedSender() throws {
    let server = ScriptedServer { $0.verb == "MAIL" ? .say("530 5.7.0 Authentication required") : .normal }
    defer { server.shutDown() }
    let (feed, report) = try deliver((1...50).map { message($0) }, to: server.port)
    #expect(report.trouble?.reply?.code == 530)
    #expect(report.refused <= 7 && feed.given <= 10)
    #expect(feed.kinds.count == feed.given)
  }

  @Test("S5: several uncertain in a row pause the relay")
  func manyUncertain() throws {
    let server = ScriptedServer { $0.verb == "." ? .close : .normal }
    defer { server.shutDown() }
    let (feed, report) = try deliver((1...50).map { message($0) }, to: server.port)
    #expect(report.uncertain == 5 && report.trouble?.stage == .dialogue)
    #expect(feed.kinds.count == feed.given)
  }

  @Test("S6: at the stop signal no new message begins, and those under way are finished and told")
  func stop() throws {
    let server = ScriptedServer()
    defer { server.shutDown() }
    let stop = StopSignal()
    let feed = QueueFeed((1...1_000).map { message($0) })
    feed.onNext = { if $0 == 20 { stop.request() } }
    let (_, report) = try deliver([], to: server.port, feed: feed, stop: stop) { $0.connections = 3 }
    guard case .stopped = report.end else { return #expect(Bool(false), "\(report.end)") }
    // One message for each connection that is being made may have been at hand already; it ends unsent.
    #expect((20...22).contains(feed.given) && feed.kinds.count == feed.given)
    #expect(feed.kinds.values.allSatisfy { $0 == "accepted" || $0 == "unsent" })
    #expect(server.messages.count == report.accepted)
    let used = server.transcripts.filter { $0.contains { $0.hasPrefix("C: MAIL") } }
    #expect(used.allSatisfy { $0.suffix(2) == ["C: QUIT", "S: 221 2.0.0 Bye"] })
  }

  @Test("S6: a connection whose last message is the run's last is left with QUIT and its answer, not broken off")
  func farewell() throws {
    // So long an answer that a client which does not wait for it is gone before it is said.
    let answer = String(repeating: "221-2.0.0 until then\r\n", count: 5_000) + "221 2.0.0 Bye"
    let server = ScriptedServer { $0.verb == "QUIT" ? .say(answer) : .normal }
    defer { server.shutDown() }
    let (_, report) = try deliver([message(1)], to: server.port) {
      $0.messagesPerConnection = 1
      $0.connections = 2
    }
    #expect(report.accepted == 1)
    #expect(server.transcripts.map(\.last) == ["S: 221 2.0.0 Bye"])
  }

  @Test("S6: the stop signal wakes a run that waits for its rate")
  func stopWhileWaiting() throws {
    let server = ScriptedServer()
    defer { server.shutDown() }
    let stop = StopSignal()
    let feed = QueueFeed((1...5).map { message($0) })
    feed.onEnded = { _ in stop.request() }
    let start = ContinuousClock.now
    let (_, report) = try deliver([], to: server.port, feed: feed, stop: stop) { $0.rate = 0.01 }
    #expect(report.accepted == 1 && ContinuousClock.now - start < .seconds(5))
  }

  @Test("S6: setting the stop signal, once or twice, makes its descriptor readable")
  func signal() {
    let stop = StopSignal()
    var watched = pollfd(fd: stop.descriptor, events: Int16(POLLIN), revents: 0)
    #expect(!stop.requested && poll(&watched, 1, 0) == 0)
    stop.request()
    stop.request()
    #expect(stop.requested && poll(&watched, 1, 0) == 1)
  }

  @Test("S6: with a rate, messages are taken from the feed when their time has come, not before")
  func rateFetch() throws {
    let server = ScriptedServer()
    defer { server.shutDown() }
    let stop = StopSignal()
    let feed = QueueFeed((1...9).map { message($0) })
    feed.onEnded = { if $0 == 2 { stop.request() } }
    _ = try deliver([], to: server.port, feed: feed, stop: stop) { $0.rate = 5 }
    #expect(feed.given == 2)
  }

  @Test("S6: a rate is kept over all connections")
  func rate() throws {
    let server = ScriptedServer()
    defer { server.shutDown() }
    let start = ContinuousClock.now
    let (_, report) = try deliver((1...13).map { message($0) }, to: server.port) {
      $0.rate = 20
      $0.connections = 3
    }
    #expect(report.accepted == 13)
    #expect(ContinuousClock.now - start >= .milliseconds(500))
  }

  @Test("messagesPerConnection: after so many a connection is ended with QUIT and the next one opened")
  func messagesPerConnection() throws {
    let server = ScriptedServer()
    defer { server.shutDown() }
    let (_, report) = try deliver((1...7).map { message($0) }, to: server.port) { $0.messagesPerConnection = 3 }
    #expect(report.accepted == 7 && server.transcripts.count == 3)
    #expect(server.transcripts.allSatisfy { $0.filter { $0.hasPrefix("C: MAIL") }.count <= 3 })
  }

  @Test("a large message goes out whole, whatever the socket takes at a time")
  func largeMessage() throws {
    let server = ScriptedServer()
    defer { server.shutDown() }
    let body = String(repeating: "." + String(repeating: "x", count: 70) + "\r\n", count: 40_000)
    let (feed, _) = try deliver([message(1, body: body), message(2)], to: server.port)
    #expect(feed.kinds == [1: "accepted", 2: "accepted"])
    #expect(server.messages.first?.utf8.count == body.utf8.count + "Subject: 1\n\n".utf8.count - 1)
  }

  @Test("an error of the feed lets those under way finish and is then thrown on")
  func feedError() throws {
    struct DiskFull: Error {}
    let server = ScriptedServer()
    defer { server.shutDown() }
    let feed = QueueFeed((1...9).map { message($0) })
    feed.onNext = { if $0 == 4 { throw DiskFull() } }
    #expect(throws: DiskFull.self) { try deliver([], to: server.port, feed: feed) }
    #expect(feed.kinds == [1: "accepted", 2: "accepted", 3: "accepted"])
  }
}
