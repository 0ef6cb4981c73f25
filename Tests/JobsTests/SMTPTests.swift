import Capture
import Relay
import TestSupport
import Testing
import Time

@Suite("Over real SMTP")
struct SMTPTests {
  /// A server with faults, and a transport to it.
  private func server(
    _ faults: [String] = [], connections: Int = 2, now: (@Sendable () -> Timestamp)? = nil
  ) async throws -> (server: CaptureServer, transport: SMTPTransport) {
    var options = CaptureOptions()
    options.faults = try faults.map { try Fault(parsing: $0) }
    if let now { options.now = now }
    let server = try await CaptureServer.start(options)
    return (server, try transport(port: server.port, connections: connections))
  }

  private func transport(
    port: Int, connections: Int, _ change: (inout RelaySettings) -> Void = { _ in }
  ) throws -> SMTPTransport {
    var settings = RelaySettings(host: "127.0.0.1", port: port, security: .none, heloName: "forum.example.org")
    settings.connections = connections
    settings.timeouts.connect = 5
    settings.timeouts.quit = 2
    change(&settings)
    return try SMTPTransport(settings: settings)
  }

  private func mails(_ server: CaptureServer) -> [ScriptedRelay.Mail] {
    server.received.map { ScriptedRelay.Mail(delivery: 0, to: $0.recipients[0], data: $0.data, outcome: nil) }
  }

  @Test("M1, S6: every watcher gets a message of their own, over kept connections, with a return path of its own")
  func everybody() async throws {
    let (server, transport) = try await server(connections: 3)
    let site = try TestSite { $0.deliver.group = 12 }
    let names = (1...40).map { "p\($0)" }
    let thread = try site.thread(watchedBy: names)
    let posts = try site.publish(2, in: thread)
    let report = try site.deliver(over: transport)
    #expect(report.sent == 80)
    #expect(server.received.allSatisfy { $0.recipients.count == 1 })
    #expect(Set(server.received.map(\.from)).count == 80)
    #expect(server.counters.connections <= 3)
    let got = Set(mails(server).map { "\($0.name) \($0.posts)" })
    #expect(got == Set(names.flatMap { name in posts.map { "\(name) [\"\($0)\"]" } }))
    try await server.stop()
  }

  @Test("S2, S3: refusals, policy and late answers lead to their states, and their answers are kept")
  func faults() async throws {
    let (server, transport) = try await server([
      "refuse to=gone@*", "answer=\"452 4.2.2 Mailbox full\" to=full@*", "policy to=*@bad.example at=dot",
    ])
    let site = try TestSite { $0.deliver.domainHold = 3 }
    let thread = try site.thread(watchedBy: ["ana", "gone", "full"])
    for number in 1...3 {
      let key = try site.fixture.writer.addParticipant(name: "bad\(number)", address: "bad\(number)@bad.example")
      try site.fixture.watch(thread: thread, by: [key])
    }
    try site.publish(in: thread)
    let report = try site.deliver(over: transport)
    #expect(
      try site.states() == [
        "ana": .sent, "gone": .failed, "full": .deferred, "bad1": .held, "bad2": .held, "bad3": .held,
      ])
    #expect(report.heldDomains == ["bad.example"])
    let answers = Dictionary(uniqueKeysWithValues: try site.attempts().map { ($0.address, $0.answer) })
    #expect(answers["gone@example.net"]?.hasPrefix("rcpt: 550 5.1.1") == true)
    #expect(answers["full@example.net"] == "rcpt: 452 4.2.2 Mailbox full")
    #expect(answers["bad1@bad.example"]?.hasPrefix("dot: 550 5.7.1") == true)
    #expect(answers["ana@example.net"]?.hasPrefix("250 2.") == true)
    try await server.stop()
  }

  @Test(
    "S5: a relay that offers PIPELINING and loses commands gets everything in one run, none of it by a second attempt")
  func forgetful() async throws {
    for fault in ["forget", "forget at=accepted"] {
      let (server, _) = try await server([fault])
      let transport = try transport(port: server.port, connections: 2) { $0.timeouts.pipelining = 0.3 }
      let site = try TestSite()
      let thread = try site.thread(watchedBy: (1...20).map { "p\($0)" })
      try site.publish(in: thread)
      let report = try site.deliver(over: transport)
      #expect(report.sent == 20 && report.deferred + report.uncertain + report.unsent == 0, "\(fault): \(report)")
      #expect(server.counters.messages == 20)
      #expect(try site.attempts().count == 20)
      try await server.stop()
    }
  }

  @Test("S7: a relay without SMTPUTF8 takes mail to an IDN domain, and gets none to a local part beyond ASCII")
  func international() async throws {
    var options = CaptureOptions()
    options.smtpUTF8 = false
    let server = try await CaptureServer.start(options)
    let site = try TestSite()
    let people = try ["rene@bücher.example", "rené@example.net"].map {
      try site.fixture.writer.addParticipant(name: "René", address: $0)
    }
    let thread = try site.fixture.thread()
    try site.fixture.watch(thread: thread, by: people)
    try site.publish(in: thread)
    let report = try site.deliver(over: transport(port: server.port, connections: 1))
    #expect(report.sent == 1 && report.deferred == 1)
    // A relay may misstate what it offers; after a day it does not.
    site.clock.advance(by: 86_400)
    #expect(try site.deliver(over: transport(port: server.port, connections: 1)).failed == 1)
    #expect(server.received.map(\.recipients) == [["rene@xn--bcher-kva.example"]])
    try await server.stop()
  }

  @Test("S4: greylisting is waited out, and everybody has their copy once")
  func greylisting() async throws {
    let site = try TestSite()
    let clock = site.clock
    let (server, transport) = try await server(["greylist wait=300"], now: { clock.now })
    let thread = try site.thread(watchedBy: ["ana", "ben", "eva"])
    try site.publish(in: thread)
    #expect(try site.deliver(over: transport).deferred == 3)
    clock.advance(by: 301)
    #expect(try site.deliver(over: transport).sent == 3)
    #expect(mails(server).map(\.name).sorted() == ["ana", "ben", "eva"])
    try await server.stop()
  }

  @Test("S5: an answer lost after the message was kept leaves it in doubt; it comes again with the same Message-ID")
  func lostAnswer() async throws {
    let (server, transport) = try await server(["drop at=accepted to=ben@* times=1"], connections: 1)
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben", "eva"])
    try site.publish(in: thread)
    let report = try site.deliver(over: transport)
    #expect(report.uncertain == 1)
    #expect(try site.states() == ["ana": .sent, "ben": .uncertain, "eva": .sent])
    site.clock.advance(by: 3600)
    #expect(try site.deliver(over: transport).sent == 1)
    let got = mails(server)
    #expect(got.map(\.name).sorted() == ["ana", "ben", "ben", "eva"])
    #expect(Set(got.filter { $0.name == "ben" }.map(\.messageID)).count == 1)
    #expect(try site.deliveries().allSatisfy { $0.state == .sent })
    try await server.stop()
  }

  @Test("S4: 421 again and again for one recipient of many, or for the only one, is kept, backs off and expires")
  func closesOnOne() async throws {
    for names in [["ana", "ben", "eva"], ["ana"]] {
      let (server, transport) = try await server(["shutdown at=rcpt to=ana@*"], connections: 1)
      let site = try TestSite { $0.deliver.staleAfter = 30 * 86_400 }
      try site.publish(in: try site.thread(watchedBy: names))
      let report = try site.deliver(over: transport)
      #expect((report.sent, report.deferred, report.unsent) == (names.count - 1, 1, 0))
      #expect(report.lastRelayRefusal?.hasPrefix("rcpt: 421") == true)
      let ana = try #require(try site.deliveries().first { $0.name == "ana" })
      #expect(ana.state == .deferred && ana.attempts == 1 && ana.due == site.clock.now + 300)
      #expect(try site.attempts().last { $0.address.hasPrefix("ana") }?.answer.hasPrefix("rcpt: 421") == true)
      site.clock.advance(by: 5 * 86_400)
      #expect(try site.deliver(over: transport).expired == 1)
      try await server.stop()
    }
  }

  @Test("S5: a connection lost within the content spends an attempt; what was chained behind it spends none")
  func lostContent() async throws {
    let (server, transport) = try await server(["drop at=body to=ana@* times=1"], connections: 1)
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben", "eva"])
    try site.publish(in: thread)
    _ = try site.deliver(over: transport)
    site.clock.advance(by: 3600)
    _ = try site.deliver(over: transport)
    let attempts = Dictionary(uniqueKeysWithValues: try site.deliveries().map { ($0.name, $0.attempts) })
    #expect(attempts["ben"] == 1 && attempts["eva"] == 1)
    #expect(try site.deliveries().allSatisfy { $0.state == .sent })
    #expect(mails(server).map(\.name).sorted() == ["ana", "ben", "eva"])
    try await server.stop()
  }

  @Test("S3: copies that the relay never takes, at the head of the queue, do not stop all mail behind them")
  func headOfQueue() async throws {
    let (server, transport) = try await server(["answer=\"451 4.3.0 Lookup failed\" to=bad*@*"], connections: 1)
    for domains in [["bad.example"], ["bad.example", "worse.example"]] {
      let site = try TestSite()
      let thread = try site.fixture.thread()
      for number in 1...6 {
        let address = "bad\(number)@\(domains[number % domains.count])"
        let key = try site.fixture.writer.addParticipant(name: "bad\(number)", address: address)
        try site.fixture.watch(thread: thread, by: [key])
      }
      for name in ["ana", "ben"] { try site.fixture.watch(thread: thread, by: [site.fixture.participant(name)]) }
      try site.publish(in: thread)
      // One domain's troubles are not taken for the relay's; those of several are.
      let report = try site.deliver(over: transport)
      #expect((report.sent == 2, report.trouble == nil) == (domains.count == 1, domains.count == 1))
      site.clock.advance(by: 60)
      try site.deliver(over: transport)
      #expect(try site.states()["ana"] == .sent && site.states()["ben"] == .sent)
    }
    try await server.stop()
  }

  @Test("S3: an address that the relay takes for none fails alone")
  func noAddress() async throws {
    let (server, transport) = try await server(["answer=\"504 5.5.2 need fully-qualified address\" to=bad*@*"])
    let site = try TestSite()
    let thread = try site.thread(watchedBy: (1...6).map { "bad\($0)" } + ["ana"])
    try site.publish(in: thread)
    let report = try site.deliver(over: transport)
    #expect((report.sent, report.failed + report.deferred) == (1, 6) && report.trouble == nil)
    try await server.stop()
  }

  @Test("S3: a relay that nobody listens at spends no attempt and is left alone for a while")
  func nobodyListens() async throws {
    let (server, _) = try await server()
    let port = server.port
    try await server.stop()
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    try site.publish(in: thread)
    let report = try site.deliver(over: transport(port: port, connections: 2))
    #expect(report.trouble?.contains("127.0.0.1:\(port)") == true)
    #expect(report.pausedUntil == site.clock.now + 60)
    #expect(try site.deliveries().allSatisfy { $0.state == .queued && $0.attempts == 0 && !$0.isLeased })
  }

  @Test("S5: rows with an attempt begun and no end recorded are never more than the group, over several connections")
  func bound() async throws {
    var options = CaptureOptions()
    let site = try TestSite { $0.deliver.group = 16 }
    options.onMessage = { _ in
      do {
        let sending = try site.count("SELECT count(*) FROM delivery WHERE state = 'sending'")
        #expect(sending <= 16)
      } catch { Issue.record(error) }
    }
    let server = try await CaptureServer.start(options)
    let thread = try site.thread(watchedBy: (1...60).map { "p\($0)" })
    try site.publish(2, in: thread)
    #expect(try site.deliver(over: transport(port: server.port, connections: 4)).sent == 120)
    #expect(server.received.count == 120)
    try await server.stop()
  }

  @Test("S6: asked to stop, a run ends with its connections closed properly and nothing in doubt")
  func stops() async throws {
    var options = CaptureOptions()
    let site = try TestSite { $0.deliver.group = 8 }
    let stop = site.stop
    options.onMessage = { if $0.arrival == 5 { stop.request() } }
    let server = try await CaptureServer.start(options)
    let thread = try site.thread(watchedBy: (1...50).map { "p\($0)" })
    try site.publish(in: thread)
    let report = try site.deliver(over: transport(port: server.port, connections: 2))
    #expect((5..<50).contains(report.sent))
    #expect(report.sent == server.received.count)
    #expect(try site.deliveries().allSatisfy { $0.state == .sent || ($0.state == .queued && $0.attempts == 0) })
    try await server.counters { $0.openConnections == 0 }
    try await server.stop()
  }
}
