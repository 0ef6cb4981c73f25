import Capture
import TestSupport
import Testing

@Suite("The server") struct ServerTests {
  @Test("Nothing but a loopback address is listened on unless that is asked for", arguments: ["0.0.0.0", "::"])
  func loopback(host: String) async throws {
    var options = CaptureOptions()
    options.host = host
    await #expect(throws: CaptureError.notLoopback(host: host)) { try await CaptureServer.start(options) }
  }

  @Test("All of 127.0.0.0/8 and the name localhost are loopback", arguments: ["127.0.0.1", "127.0.0.53", "localhost"])
  func loopbacks(host: String) async throws {
    var options = CaptureOptions()
    options.host = host
    let server = try await CaptureServer.start(options)
    #expect(server.port > 0)
    try await server.stop()
  }

  @Test("A port in use, or an address that does not exist, is an error that names it")
  func occupied() async throws {
    try await withServer { server in
      var options = CaptureOptions()
      options.port = server.port
      let error = await #expect(throws: CaptureError.self) { try await CaptureServer.start(options) }
      #expect(
        error?.description
          == "cannot listen on 127.0.0.1 port \(server.port): another program listens there already; stop it, or take "
          + "another port")
    }
    var options = CaptureOptions()
    options.host = "no such host.invalid"
    let error = await #expect(throws: CaptureError.self) { try await CaptureServer.start(options) }
    #expect(error?.description == "cannot listen on no such host.invalid port 0: there is no such address")
  }

  @Test("Waiting ends when the server stops, or the task is cancelled")
  func waiting() async throws {
    let server = try await CaptureServer.start()
    let cancelled = Task { try await server.messages(atLeast: 1) }
    cancelled.cancel()
    await #expect(throws: CancellationError.self) { try await cancelled.value }
    let waiting = Task { try await server.messages(atLeast: 1) }
    try await server.stop()
    await #expect(throws: CaptureError.stopped) { try await waiting.value }
    await #expect(throws: CaptureError.stopped) { try await server.counters { $0.messages == 1 } }
    #expect(try await server.counters { $0.messages == 0 }.messages == 0)
  }

  @Test("Whoever waits for messages gets them, in order of arrival")
  func messages() async throws {
    try await withServer { server in
      async let waited = server.messages(atLeast: 3)
      let client = try Client.greeted(server)
      for number in 1...3 {
        client.send("MAIL FROM:<a\(number)@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n")
        _ = try client.codes(3)
        #expect(try client.ask(".") == "250 2.0.0")
      }
      #expect(try await waited.map(\.from) == ["a1@b", "a2@b", "a3@b"])
    }
  }

  @Test("Stopping closes the connections")
  func stopping() async throws {
    let server = try await CaptureServer.start()
    let client = try Client.greeted(server)
    try await server.stop()
    #expect(try client.reply() == nil)
    #expect(server.counters.openConnections == 0)
    // A second time does no harm.
    try await server.stop()
  }

  @Test("Answers are counted by their kind")
  func counters() async throws {
    try await withServer("defer to=later@*", "refuse to=no@*") { server in
      let client = try Client.greeted(server)
      _ = try client.ask("MAIL FROM:<a@b>")
      for name in ["later", "no", "no", "yes"] { _ = try client.ask("RCPT TO:<\(name)@d>") }
      _ = try client.ask("DATA")
      _ = try client.ask("x\r\n.")
      let counters = server.counters
      #expect((counters.connections, counters.openConnections) == (1, 1))
      #expect((counters.refused, counters.deferred, counters.faults) == (2, 1, 3))
      #expect((counters.messages, counters.octets, counters.writeFailures) == (1, 3, 0))
    }
  }

  @Test("Without memory, messages are still counted and reported")
  func forgetful() async throws {
    try await confirmation { confirm in
      let options = options {
        $0.keepsInMemory = false
        $0.onMessage = { _ in confirm() }
      }
      try await withServer(with: options) { server in
        let client = try Client.greeted(server)
        client.send("MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n")
        _ = try client.codes(3)
        #expect(try client.ask(".") == "250 2.0.0")
        #expect(server.received.isEmpty)
        #expect(server.counters.messages == 1)
      }
    }
  }
}
