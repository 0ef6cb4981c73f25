import Capture
import Foundation
import Mail
import Testing

@testable import Relay

@Suite("The Maildir transport")
struct MaildirTransportTests {
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "watchpost-maildir-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  private func files(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  @Test("each message is a file in new/, with its envelope and LF line ends")
  func file() throws {
    try withFolder { folder in
      let feed = QueueFeed([message(7, body: ".dot\r\nend\r\n")])
      let report = try MaildirTransport(path: folder, unique: { "run/1" }).run(feed: feed, stop: StopSignal())
      #expect(feed.outcomes == [7: [.accepted(Reply(code: 250, lines: ["2.0.0 stored as 7.run_1"]))]])
      #expect(report.accepted == 1)
      let text = try String(contentsOfFile: "\(folder)/new/7.run_1", encoding: .utf8)
      #expect(
        text == """
          Return-Path: <bounce+7@forum.example>
          Delivered-To: reader7@example.org
          X-Original-To: reader7@example.org
          Subject: 7

          .dot
          end

          """)
      #expect(try files("\(folder)/tmp") == [])
    }
  }

  @Test("I6: a null reverse-path stands as one in the file")
  func nullReversePath() throws {
    try withFolder { folder in
      let feed = QueueFeed([answer(7)])
      _ = try MaildirTransport(path: folder, unique: { "a" }).run(feed: feed, stop: StopSignal())
      let text = try String(contentsOfFile: "\(folder)/new/7.a", encoding: .utf8)
      #expect(text.hasPrefix("Return-Path: <>\nDelivered-To: reader7@example.org\n"))
    }
  }

  @Test("a message delivered twice is there twice")
  func twice() throws {
    try withFolder { folder in
      for _ in 1...3 {
        let feed = QueueFeed([message(7)])
        _ = try MaildirTransport(path: folder, unique: { "same" }).run(feed: feed, stop: StopSignal())
      }
      #expect(try files("\(folder)/new") == ["7.same", "7.same.2", "7.same.3"])
    }
  }

  @Test("what a dead run left in tmp/ is in nobody's way")
  func leftOver() throws {
    try withFolder { folder in
      try FileManager.default.createDirectory(atPath: "\(folder)/tmp", withIntermediateDirectories: true)
      try Data("half".utf8).write(to: URL(filePath: "\(folder)/tmp/7.a"))
      let feed = QueueFeed([message(7)])
      _ = try MaildirTransport(path: folder, unique: { "a" }).run(feed: feed, stop: StopSignal())
      #expect(feed.kinds == [7: "accepted"])
    }
  }

  @Test("a folder that cannot be written is the relay's trouble and names the path")
  func unwritable() throws {
    let feed = QueueFeed([message(7)])
    let report = try MaildirTransport(path: "/proc/no/such", unique: { "a" }).run(feed: feed, stop: StopSignal())
    #expect(report.trouble?.stage == .storage)
    #expect(report.trouble?.description.contains("/proc/no/such") == true)
    #expect(feed.given == 0)
  }

  @Test("S6: at the stop signal no further file is begun")
  func stop() throws {
    try withFolder { folder in
      let stop = StopSignal()
      let feed = QueueFeed((1...9).map { message($0) })
      feed.onEnded = { if $0 == 3 { stop.request() } }
      let report = try MaildirTransport(path: folder, unique: { "a" }).run(feed: feed, stop: stop)
      guard case .stopped = report.end else { return #expect(Bool(false), "\(report.end)") }
      #expect(report.accepted == 3 && feed.given == 3)
    }
  }
}
