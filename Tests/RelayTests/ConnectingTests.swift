import Foundation
import Mail
import Synchronization
import Testing

@testable import Relay

@Suite("Connecting: patience, names and words", .timeLimit(.minutes(10)))
struct ConnectingTests {
  @Test("RFC 5321 section 4.5.3.2: by default nobody waits shorter than it asks for")
  func defaults() {
    let timeouts = RelaySettings.Timeouts()
    #expect(timeouts.greeting >= 300 && timeouts.hello >= 300 && timeouts.mail >= 300 && timeouts.rcpt >= 300)
    #expect(timeouts.data >= 120 && timeouts.block >= 180 && timeouts.dot >= 600)
  }

  @Test("S3: a greeting that comes later than a connection may take is waited for")
  func lateGreeting() throws {
    let server = ScriptedServer { command in
      if command.verb == "CONNECT" { usleep(400_000) }
      return .normal
    }
    defer { server.shutDown() }
    let (feed, report) = try deliver([message(1)], to: server.port) { $0.timeouts.connect = 0.2 }
    #expect(feed.kinds == [1: "accepted"], "\(report.end)")
  }

  @Test(
    "S3: each wait has its own limit, and the trouble says which setting it is",
    arguments: [
      ("CONNECT", RelayTrouble.Stage.greeting, "no greeting within 0.3 s", "smtp.greeting_timeout"),
      ("EHLO", .hello, "no answer within 0.3 s", "smtp.command_timeout"),
      ("AUTH", .hello, "no answer within 0.3 s", "smtp.command_timeout"),
    ])
  func overdue(verb: String, stage: RelayTrouble.Stage, words: String, setting: String) throws {
    let server = ScriptedServer(offers: ["AUTH PLAIN"]) { $0.verb == verb ? .stall : .normal }
    defer { server.shutDown() }
    let (feed, report) = try deliver([message(1)], to: server.port) {
      $0.timeouts.greeting = verb == "CONNECT" ? 0.3 : 30
      $0.timeouts.hello = verb == "CONNECT" ? 30 : 0.3
      $0.credentials = .init(user: "tim", secret: "secret", mechanism: .plain)
    }
    let trouble = try #require(report.trouble)
    #expect(trouble.stage == stage && feed.kinds == [1: "unsent"])
    #expect(trouble.problem.contains(words) && trouble.problem.contains(setting), "\(trouble)")
  }

  @Test(
    "S3: a run that is stopped while nobody has let it in for long has found the relay down; stopped soon it has not")
  func stoppedWhileWaiting() throws {
    for (connect, isDown) in [(0.1, true), (30.0, false)] {
      let stop = StopSignal()
      let server = ScriptedServer { command in
        guard command.verb == "CONNECT" else { return .normal }
        usleep(300_000)
        stop.request()
        return .stall
      }
      defer { server.shutDown() }
      let (feed, report) = try deliver([message(1)], to: server.port, stop: stop) { $0.timeouts.connect = connect }
      #expect((report.trouble != nil) == isDown && feed.kinds == [1: "unsent"], "\(report.end)")
      if let trouble = report.trouble { #expect(trouble.problem.hasPrefix("no greeting within 0.")) }
    }
  }

  @Test(
    "a greeting that lets nobody in is shown with its reason, however long",
    arguments: [
      "521 mail.example.org does not accept mail (see RFC 7504)",
      "554-5.7.1 no reverse name\r\n554 5.7.1 for your host",
      "550 \(String(repeating: "long ", count: 2_000))",
    ])
  func greeting(text: String) throws {
    let server = ScriptedServer { $0.verb == "CONNECT" ? .say(text) : .normal }
    defer { server.shutDown() }
    let (_, report) = try deliver([message(1)], to: server.port)
    let trouble = try #require(report.trouble)
    #expect(trouble.stage == .greeting && trouble.description.contains(text.dropFirst(4).prefix(20)), "\(trouble)")
  }

  @Test("a greeting of many lines, or of long ones, is a greeting", arguments: [(300, 60), (3, 1_500)])
  func longGreeting(lines: Int, length: Int) throws {
    let line = "220-" + String(repeating: "x", count: length)
    let text = (Array(repeating: line, count: lines) + ["220 ready"]).joined(separator: "\r\n")
    let server = ScriptedServer { $0.verb == "CONNECT" ? .say(text) : .normal }
    defer { server.shutDown() }
    let (feed, report) = try deliver([message(1)], to: server.port)
    #expect(feed.kinds == [1: "accepted"], "\(report.end)")
  }

  @Test("S3: of two machines behind one address the one that does not answer, or is busy, keeps nobody from the other")
  func secondMachine() throws {
    for greeting in [ScriptedServer.Reaction.stall, .say("421 4.3.2 busy")] {
      let server = ScriptedServer { $0.verb == "CONNECT" && $0.connection == 1 ? greeting : .normal }
      defer { server.shutDown() }
      let (feed, report) = try deliver([message(1), message(2)], to: server.port) {
        $0.connections = 4
        $0.timeouts.secondConnection = 0.2
      }
      #expect(feed.kinds == [1: "accepted", 2: "accepted"] && report.trouble == nil, "\(report.end)")
    }
  }

  @Test("S3: a relay of which no machine answers is down, after two tries and no more")
  func noMachine() throws {
    for greeting in [ScriptedServer.Reaction.stall, .say("421 4.3.2 busy")] {
      let connections = Mutex<Set<Int>>([])
      let server = ScriptedServer { command in
        connections.withLock { _ = $0.insert(command.connection) }
        return command.verb == "CONNECT" ? greeting : .normal
      }
      defer { server.shutDown() }
      let (feed, report) = try deliver([message(1)], to: server.port) {
        $0.connections = 4
        $0.timeouts.secondConnection = 0.1
        $0.timeouts.greeting = 0.4
      }
      #expect(report.trouble?.stage == .greeting && feed.kinds == [1: "unsent"])
      #expect(connections.withLock { $0.count } == 2)
    }
  }

  @Test("a relay that hangs up before its greeting, or says what is none, is told so", arguments: [true, false])
  func noGreeting(isSilent: Bool) throws {
    let server = ScriptedServer { $0.verb == "CONNECT" ? isSilent ? .close : .sayAndClose("hello") : .normal }
    defer { server.shutDown() }
    let (_, report) = try deliver([message(1)], to: server.port)
    let trouble = try #require(report.trouble)
    #expect(trouble.stage == .greeting && trouble.problem.contains("without a greeting"), "\(trouble)")
    #expect(trouble.problem.contains("smtps://") && !trouble.description.contains("errno"), "\(trouble)")
  }

  @Test(
    "RFC 5321 section 5.1: the next address of the name is tried where one greets with a no, or not at all",
    arguments: ["421 4.3.2 busy", "554 5.7.1 not you", nil])
  func nextAddress(greeting: String?) throws {
    for isLastGood in [true, false] {
      let bad = ScriptedServer { $0.verb == "CONNECT" ? greeting.map { .say($0) } ?? .stall : .normal }
      let good = ScriptedServer { isLastGood ? .normal : $0.verb == "CONNECT" ? .say("550 nor here") : .normal }
      defer {
        bad.shutDown()
        good.shutDown()
      }
      var settings = RelaySettings(host: "127.0.0.1", port: bad.port, security: .none, heloName: "forum.example")
      settings.connections = 1
      settings.timeouts.greeting = 0.5
      let feed = QueueFeed([message(1), message(2)])
      let (ports, start) = ([bad.port, good.port], ContinuousClock.now)
      let addresses = RelayAddresses { _ in
        ports.enumerated().map {
          RelayAddresses.Target(address: "127.0.0.\($0.offset + 1)", name: "127.0.0.1:\($0.element)")
        }
      }
      let run = SMTPRun(settings: settings, feed: feed, stop: StopSignal(), addresses: addresses) {
        let (seconds, attoseconds) = start.duration(to: .now).components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
      }
      let report = try run.run()
      #expect(feed.kinds.values.allSatisfy { $0 == (isLastGood ? "accepted" : "unsent") }, "\(report.end)")
      #expect(bad.transcripts.count == 1 && good.transcripts.count == 1)
      // Told is what the first had to say.
      if isLastGood { continue }
      #expect(
        report.trouble?.stage == .greeting && report.trouble?.reply?.code == greeting.flatMap { Int($0.prefix(3)) })
    }
  }

  @Test("RFC 5321 section 5.1: an address that was reached is not tried again; else the first of each kind is not")
  func addresses() {
    let all = [("2001:db8::1", true), ("2001:db8::2", true), ("192.0.2.1", false), ("192.0.2.2", false)].map {
      RelayAddresses.Target(address: $0.0, isIPv6: $0.1, name: $0.0)
    }
    var settings = RelaySettings(host: "relay.example", port: 25, security: .none, heloName: "forum.example")
    for (used, tried) in [
      ("192.0.2.1", ["2001:db8::1", "2001:db8::2", "192.0.2.2"]), (nil, ["2001:db8::2", "192.0.2.2"]),
    ] as [(String?, [String])] {
      var addresses = RelayAddresses { _ in all }
      var found: [String] = []
      while addresses.goOn(settings, after: used) { found.append(addresses.present?.address ?? "") }
      #expect(found == tried)
    }
    settings.host = "127.0.0.1"
    #expect(RelayAddresses.lookUp(settings).map(\.name) == ["127.0.0.1:25"])
    settings.host = "::1"
    #expect(RelayAddresses.lookUp(settings).map(\.name) == ["[::1]:25"])
  }

  @Test(
    "a relay that hangs up at EHLO or STARTTLS is told so, without numbers of errors", arguments: ["EHLO", "STARTTLS"])
  func hangsUp(verb: String) throws {
    let server = ScriptedServer(offers: ["STARTTLS"]) { $0.verb == verb ? .close : .normal }
    defer { server.shutDown() }
    let (_, report) = try deliver([message(1)], to: server.port) {
      if verb == "STARTTLS" { $0.security = .startTLS }
    }
    let trouble = try #require(report.trouble)
    #expect(trouble.problem.contains("closed the connection") && !trouble.description.contains("errno"), "\(trouble)")
  }

  @Test("RFC 5321 section 4.1.4: whatever EHLO is answered with, HELO is tried", arguments: [500, 501, 502, 504, 550])
  func fallsBack(code: Int) throws {
    let server = ScriptedServer { $0.verb == "EHLO" ? .say("\(code) what") : .normal }
    defer { server.shutDown() }
    let (feed, report) = try deliver([message(1)], to: server.port)
    #expect(feed.kinds == [1: "accepted"], "\(report.end)")
  }

  @Test(
    "RFC 5321 section 4.1.3: an address literal is said as it is", arguments: ["[192.0.2.1]", "[IPv6:2001:db8::1]"])
  func literal(name: String) throws {
    let server = ScriptedServer()
    defer { server.shutDown() }
    let (feed, report) = try deliver([message(1)], to: server.port) { $0.heloName = name }
    #expect(feed.kinds == [1: "accepted"], "\(report.end)")
    #expect(server.transcripts.first?.contains("C: EHLO \(name)") == true, "\(server.transcripts)")
  }

  @Test("words: what a setting is called in the file stands in the trouble that it can mend")
  func words() {
    var settings = RelaySettings(host: "relay.example", port: 465, security: .startTLS, heloName: "forum.example")
    let silence = RelayTrouble(overdue: 300, isConnected: true, replies: [], settings: settings)
    #expect(silence.problem.contains("port 465 is for TLS from the start; write smtps:// in delivery.transport"))
    #expect(settings.greetingLimit == settings.timeouts.connect)
    settings.port = 587
    #expect(settings.greetingLimit == settings.timeouts.greeting)
    let other = RelayTrouble(overdue: 300, isConnected: true, replies: [], settings: settings)
    #expect(other.stage == .greeting && other.problem.contains("if this port is for TLS from the start"))
    #expect(RelayTrouble(overdue: 30, isConnected: false, replies: [], settings: settings).stage == .connect)
    settings.security = .implicit
    #expect(RelayTrouble(overdue: 300, isConnected: true, replies: [], settings: settings).stage == .tls)
  }

  @Test(
    "S7: AUTH that a relay offers only behind STARTTLS is told so, where STARTTLS is off", arguments: [true, false])
  func authBehindTLS(offersTLS: Bool) throws {
    let server = ScriptedServer(offers: offersTLS ? ["STARTTLS"] : ["SIZE"])
    defer { server.shutDown() }
    let (_, report) = try deliver([message(1)], to: server.port) {
      $0.credentials = .init(user: "tim", secret: "secret", mechanism: .plain)
    }
    let problem = try #require(report.trouble?.problem)
    #expect(problem.contains(offersTLS ? "set smtp.starttls: required" : "set smtp.auth: none"), "\(problem)")
  }
}
