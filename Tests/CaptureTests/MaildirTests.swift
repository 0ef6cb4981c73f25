import Capture
import Foundation
import Testing

@Suite("The Maildir") struct MaildirTests {
  /// A new directory, removed after the test.
  private func withDirectory(_ body: (String) async throws -> Void) async throws {
    let path = NSTemporaryDirectory() + "/capture-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await body(path)
  }

  private func send(_ server: CaptureServer, from: String, to: [String], _ content: String) throws -> String {
    let client = try Client.greeted(server)
    _ = try client.ask("MAIL FROM:<\(from)> SMTPUTF8")
    for recipient in to { _ = try client.ask("RCPT TO:<\(recipient)>") }
    _ = try client.ask("DATA")
    return try client.ask(content + ".")
  }

  @Test("Messages are written with their envelope and LF line ends, and read again in order")
  func roundTrip() async throws {
    try await withDirectory { path in
      try await withServer(with: options { $0.maildir = path }) { (server) async throws in
        #expect(try send(server, from: "", to: ["a@b.example"], "Subject: 1\r\n\r\nx\r\n") == "250 2.0.0")
        #expect(
          try send(
            server, from: "é@b", to: ["a@b", "ü@d"], "X-Original-To: not the envelope\r\nReturn-Path: <x>\r\n\r\n..\r\n"
          ) == "250 2.0.0")
        #expect(try send(server, from: "c@d", to: ["a@b"], "") == "250 2.0.0")
        for number in 4...12 { #expect(try send(server, from: "n\(number)@d", to: ["a@b"], "x\r\n") == "250 2.0.0") }
      }
      let messages = try Maildir.messages(at: path)
      #expect(messages.map(\.from) == ["", "é@b", "c@d"] + (4...12).map { "n\($0)@d" })
      #expect(messages[0].recipients == ["a@b.example"])
      #expect(messages[1].recipients == ["a@b", "ü@d"])
      #expect(messages[0].data == Array("Subject: 1\n\nx\n".utf8))
      #expect(messages[1].data == Array("X-Original-To: not the envelope\nReturn-Path: <x>\n\n.\n".utf8))
      #expect(messages[2].data == [])
      for (index, message) in messages.enumerated() {
        #expect(message.name.wholeMatch(of: /\d{16}\.\d+_(\d+)\.capture/)?.1 == "\(index + 1)")
      }
      let first = try String(contentsOfFile: "\(path)/new/\(messages[0].name)", encoding: .utf8)
      #expect(first == "X-Original-To: a@b.example\nReturn-Path: <>\nSubject: 1\n\nx\n")
      #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/tmp").isEmpty)
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      #expect(mode == 0o700)
    }
  }

  @Test("A refused message is not written")
  func refused() async throws {
    try await withDirectory { path in
      try await withServer("refuse at=dot", with: options { $0.maildir = path }) { (server) async throws in
        #expect(try send(server, from: "a@b", to: ["c@d"], "x\r\n") == "550 5.1.1")
      }
      #expect(try Maildir.messages(at: path).isEmpty)
    }
  }

  @Test("A message that cannot be written is deferred and counted, and not reported as kept")
  func full() async throws {
    try await withDirectory { path in
      try await withServer(with: options { $0.maildir = path }) { (server) async throws in
        try FileManager.default.removeItem(atPath: path + "/new")
        #expect(try send(server, from: "a@b", to: ["c@d"], "x\r\n") == "452 4.3.1")
        #expect(server.counters.messages == 0)
        #expect(server.counters.writeFailures == 1)
        #expect(server.received.isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/tmp").isEmpty)
      }
    }
  }

  @Test("A Maildir that cannot be made or read is an error that names it")
  func impossible() async throws {
    var options = CaptureOptions()
    options.maildir = "/proc/no/maildir"
    let error = await #expect(throws: CaptureError.self) { try await CaptureServer.start(options) }
    #expect(error?.description.hasPrefix("cannot use the Maildir /proc/no/maildir: ") == true)
    #expect(throws: CaptureError.self) { try Maildir.messages(at: "/proc/no/maildir") }
  }

  @Test("Two servers may write into one Maildir")
  func shared() async throws {
    try await withDirectory { path in
      try await withServer(with: options { $0.maildir = path }) { (first) async throws in
        try await withServer(with: options { $0.maildir = path }) { (second) async throws in
          for server in [first, second, second, first] {
            #expect(try send(server, from: "a@b", to: ["c@d"], "x\r\n") == "250 2.0.0")
          }
        }
      }
      #expect(try Maildir.messages(at: path).count == 4)
    }
  }
}
