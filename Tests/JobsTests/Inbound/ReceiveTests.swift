import Foundation
import Identifiers
import Ledger
import Mailboxes
import TestSupport
import Testing
import Time

@testable import Jobs

@Suite("Taking mail out of a mailbox")
struct ReceiveTests {
  /// A Maildir with these messages.
  private func maildir(_ site: TestSite, _ letters: [String]) throws -> String {
    let path = site.fixture.directory.path + "/maildir"
    for folder in ["new", "cur", "tmp"] {
      try FileManager.default.createDirectory(atPath: "\(path)/\(folder)", withIntermediateDirectories: true)
    }
    for (index, letter) in letters.enumerated() {
      try Data(letter.utf8).write(to: URL(fileURLWithPath: "\(path)/new/177980000\(index).M\(index)P1.host"))
    }
    return path
  }

  private func left(_ path: String) throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: "\(path)/new").count
  }

  private func receive(_ site: TestSite, _ path: String, maxSize: Int = 100_000) throws -> ReceiveStage.Report {
    try ReceiveStage(site.context) { MaildirMailbox(path: path, maxSize: maxSize) }.runOnce()
  }

  @Test("I1: a message leaves its mailbox once it is recorded; what a dead run had recorded is removed by the next")
  func recordedFirst() throws {
    let site = try TestSite()
    let letters = (1...3).map { Letter(from: "a@b.example", to: "x@y.example", text: "\($0)", id: "\($0)@x").raw }
    let path = try maildir(site, letters)
    for (moment, leftOver, waiting) in [(FaultingDatabase.Moment.beforeCommit, 2, 1), (.afterCommit, 2, 2)] {
      // The second commit of this process.
      site.crash(atCommit: moment == .beforeCommit ? 2 : 1, moment)
      #expect(throws: (any Error).self) { try receive(site, path) }
      site.survive()
      #expect(try left(path) == leftOver)
      #expect(try site.ledger.receivedCounts().waiting == waiting)
    }
    let report = try receive(site, path)
    #expect(report.taken == 1 && report.known == 1)
    #expect(try left(path) == 0)
    #expect(try site.ledger.receivedCounts().waiting == 3)
  }

  @Test("X3: a message without an octet is recorded, once, and nothing follows")
  func empty() throws {
    let site = try TestSite()
    #expect(try site.receive("") != nil)
    #expect(try site.receive("") == nil)
    #expect(try site.handle() == [.other: 1])
    #expect(try site.ledger.receivedCounts().waiting == 0)
  }

  @Test("I1, I7: what is too large is recorded by its header, and its author is told")
  func tooLarge() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    try site.publish(in: thread)
    try site.deliver()
    let copy = try #require(site.relay.mails(to: "ana").first)
    site.relay.clear()
    let large = Letter(
      from: "ana@example.net", to: copy.field("Reply-To"), text: String(repeating: "large ", count: 50_000))
    let path = try maildir(site, [large.raw])
    #expect(try receive(site, path).tooLarge == 1)
    #expect(try site.handle() == [.refused: 1])
    try site.deliver()
    #expect(site.relay.accepted.map(\.name) == ["ana"])
    #expect(try site.bodies(in: thread).count == 1)
  }

  @Test("X3: a reply with more text than anybody answers and quotes is refused, and not taken apart")
  func tooMuchText() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    try site.publish(in: thread)
    try site.deliver()
    let copy = try #require(site.relay.mails(to: "ana").first)
    func letter(_ lines: Int) -> Letter {
      let quoted = String(repeating: "\r\n> The deadline is Friday, and no day later.", count: lines)
      return Letter(
        from: "ana@example.net", to: copy.field("Reply-To"),
        text: "I agree.\r\n\r\nOn 26 May 2026, at 10:00, Bo <bo@example.net> wrote:\(quoted)",
        id: "\(lines)@example.net")
    }
    try site.receive(letter(20_000).raw)
    #expect(try site.handle() == [.refused: 1])
    try site.receive(letter(100).raw)
    #expect(try site.handle() == [.reply: 1])
  }

  @Test("X3: of a mail that anybody may have sent little is kept, of a participant's all that came")
  func bounded() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    try site.publish(in: thread)
    try site.deliver()
    let copy = try #require(site.relay.mails(to: "ana").first)
    let text = String(repeating: "Words and words. ", count: 10_000)
    let senders = [
      ("eve@evil.example", "nobody@forum.example.org"), ("eve@evil.example", copy.field("Reply-To")),
      ("ana@example.net", copy.field("Reply-To")),
    ]
    for (index, (from, to)) in senders.enumerated() {
      // One that waits for its sender's word is small enough to be posted, and came with a large header.
      var letter = Letter(from: from, to: to, text: index == 1 ? "My words." : text, id: "\(index)@x")
      if index == 1 { letter.more = [String](repeating: "X-Filler: " + String(repeating: "x", count: 900), count: 100) }
      try site.receive(letter.raw)
    }
    #expect(try site.handle() == [.stranger: 1, .parked: 1, .refused: 1])
    let kept = try site.fixture.ledgerFile.read {
      try $0.query("SELECT length(raw) FROM received ORDER BY id") { $0.integer(0) }
    }
    #expect(kept.prefix(2) == [65_536, 65_536] && kept[2] > 160_000)
  }
}
