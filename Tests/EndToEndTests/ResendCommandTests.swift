import Capture
import Foundation
import Glibc
import Identifiers
import Ledger
import SQL
import TestSupport
import Testing
import Time

@Suite("A1: resend", .timeLimit(.minutes(10)))
struct ResendCommandTests {
  /// A post that so many people have, of whose copies every second is made to have failed.
  private func half(_ watchers: Int, _ server: CaptureServer) async throws -> TestInstallation {
    let site = try await TestInstallation(relay: server.port)
    let thread = try site.thread(watchers: watchers)
    try await site("run", "dispatch")
    try site.post(thread)
    try await site("run", "dispatch")
    _ = try site.ledger().write { try $0.run("UPDATE delivery SET state = 'failed' WHERE id % 2 = 0") }
    return site
  }

  @Test("A1, A4: a dry run counts, names and changes nothing; the order needs a reason, and writes it down")
  func order() async throws {
    try await withRelay { server in
      let site = try await half(6, server)
      let dry = try await site("resend", "1", "--dry-run")
      #expect(dry.status == .exited(0) && dry.errors.isEmpty, "\(dry)")
      #expect(
        dry.output.hasPrefix(
          "Would be sent again: messages: 3\n  was refused for good: 3\n    [#1] Reader 2, reader2@example.net\n"))
      #expect(
        dry.output.contains(
          "Left out: 3\n  have it: 3 (--force have)\n    [#1] Reader 1, reader1@example.net: have it\n"))
      #expect(try site.number("SELECT count(*) FROM delivery") == 6)
      #expect(try site.number("SELECT count(*) FROM audit") == 0)
      let silent = try await site("resend", "1")
      #expect(silent.status == .exited(64) && silent.errors.contains("--reason"), "\(silent)")

      let done = try await site("resend", "1", "--reason", "the relay had lost them", "--json")
      let told = try #require(try JSONSerialization.jsonObject(with: Data(done.output.utf8)) as? [String: Any])
      #expect(told["messages"] as? Int == 3 && told["order"] as? Int == 1, "\(done)")
      #expect(told["sent"] as? [String: Int] == ["failed": 3])
      try await site("run", "dispatch")
      #expect(server.received.count == 9)
      let again = server.received.suffix(3).map { String(decoding: $0.data, as: UTF8.self) }
      #expect(again.allSatisfy { $0.contains("\r\nWatchpost-Resend: 1\r\n") })
      #expect(
        again.allSatisfy { $0.contains("sent to you at the request of the administrators") })
      let audit = try site.ledger().read {
        try $0.query("SELECT command, subject, reason, outcome FROM audit") { row in (0..<4).map { row.text($0) } }
      }
      #expect(audit == [["resend", "post 1", "the relay had lost them", "resend 1, messages: 3"]])
      let none = try await site("resend", "1", "--reason", "once more")
      #expect(
        none.output.hasPrefix("Nothing is to be sent again.\nLeft out: 6\n  have it: 6 (--force have)\n"), "\(none)")
      let story = try await site("explain", "reader2@example.net", "1")
      #expect(story.output.contains("it is sent again as message 7, resend 1, by the admin's word"), "\(story.output)")
    }
  }

  @Test("A1: a post that is named twice is one post; who may not read it gets it only where they are named")
  func twice() async throws {
    try await withRelay { server in
      let site = try await half(4, server)
      for words in [["1", "1"], ["1", "#1", "key:1"]] {
        let dry = try await Program.run(["resend"] + words + ["--dry-run", "--config", site.configuration])
        #expect(dry.status == .exited(0) && dry.output.hasPrefix("Would be sent again: messages: 2\n"), "\(dry)")
      }
      let message = try await site("resend", "--message", "2", "--message", "2", "--dry-run")
      #expect(message.output.hasPrefix("Would be sent again: messages: 1\n"), "\(message)")
      let all = try await site("resend", "1", "--force", "right", "--dry-run")
      #expect(all.status == .exited(64) && all.errors.contains("--force right: say to whom, with --to"), "\(all)")
      let one = try await site("resend", "1", "--force", "right", "--to", "2", "--dry-run")
      #expect(one.status == .exited(0) && one.output.hasPrefix("Would be sent again: messages: 1\n"), "\(one)")
    }
  }

  @Test("A1, A3: what an admin took out of the queue is left out, with who and why, until it is said to count no more")
  func cancelled() async throws {
    try await withRelay { server in
      let site = try await half(4, server)
      try site.ledger().write { try $0.run("UPDATE delivery SET state = 'queued' WHERE id IN (1, 3)") }
      try await site("queue", "cancel", "1", "--reason", "legal said no")
      try await site("queue", "hold", "3", "--reason", "wait")
      try await site("queue", "discard", "3", "--reason", "legal said no")
      let admin = try site.ledger().read { try $0.first("SELECT operator FROM audit") { $0.text(0) } } ?? ""
      let dry = try await site("resend", "1", "--dry-run")
      #expect(dry.output.hasPrefix("Would be sent again: messages: 2\n  was refused for good: 2\n"), "\(dry)")
      #expect(
        dry.output.contains(
          """
          Left out: 2
            an admin took it out of the queue: 1 (--force cancelled)
            the admin discarded its mail: 1 (--force cancelled)
              2 by \(admin): legal said no

          """), "\(dry)")
      let forced = try await site("resend", "1", "--force", "cancelled", "--dry-run")
      #expect(forced.output.hasPrefix("Would be sent again: messages: 4\n"), "\(forced)")
      #expect(forced.output.contains("    2 by \(admin): legal said no\n"), "\(forced)")
      try await site("resend", "1", "--force", "cancelled", "--reason", "legal said yes")
      try await site("run", "dispatch")
      #expect(server.received.count == 8)
    }
  }

  @Test("A1: more than 100 messages ask for a word; an order of a key is carried out once")
  func many() async throws {
    try await withRelay { server in
      let site = try await half(202, server)
      let refused = try await site("resend", "--failed", "--reason", "lost")
      #expect(
        refused.status == .exited(64) && refused.errors.contains("101 messages would be sent again: say --yes"),
        "\(refused)")
      #expect(try site.number("SELECT count(*) FROM delivery") == 202)
      let sent = try await site("resend", "--failed", "--reason", "lost", "--yes", "--key", "monday")
      #expect(sent.status == .exited(0) && sent.output.hasPrefix("Queued as resend 1: messages: 101\n"), "\(sent)")
      let again = try await site("resend", "--failed", "--reason", "lost", "--yes", "--key", "monday")
      #expect(again.output.contains("carried out (messages: 101); nothing is sent now"), "\(again)")
      let other = try await site("resend", "1", "--force", "have", "--reason", "x", "--yes", "--key", "monday")
      #expect(other.status == .exited(64) && other.errors.contains("is the name of another order"), "\(other)")
      #expect(try site.number("SELECT count(*) FROM delivery") == 303)
    }
  }

  @Test("A1, S5: killed while it queues and given again, also by three at once, exactly the other half is sent")
  func killed() async throws {
    try await withRelay { server in
      let site = try await half(1000, server)
      for round in 0..<6 {
        _ = try? await site("resend", "1", "--reason", "lost", "--yes") { pid in
          // Somewhere within the command, elsewhere each time: when so many are queued.
          while try site.number("SELECT count(*) FROM delivery") < 1000 + round * 90 + 1 {
            if kill(pid, 0) != 0 { return }
            await Task.yield()
          }
          kill(pid, SIGKILL)
        }
      }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<3 {
          group.addTask { _ = try await site("resend", "1", "--reason", "lost", "--yes") }
        }
        try await group.waitForAll()
      }
      try await site("run", "dispatch")
      let copies = Dictionary(grouping: server.received, by: \.recipients).mapValues(\.count)
      #expect(copies.count == 1000)
      #expect(copies.values.filter { $0 == 2 }.count == 500, "the other half once more")
      #expect(copies.values.allSatisfy { $0 <= 2 })
      #expect(try site.number("SELECT count(*) FROM delivery WHERE state = 'failed'") == 0)
    }
  }

  @Test(
    "A1: what is wrong on the command line is told with what to write",
    arguments: [
      (["resend", "--reason", "x"], "say what: posts, --to"),
      (["resend", "9", "--dry-run"], "neither the forum nor the ledger has a post \"9\""),
      (["resend", "--failed", "--uncertain", "--dry-run"], "not both"),
      (["resend", "--since", "yesterday", "--dry-run"], "is no time; write 2026-06-01"),
      (
        ["resend", "--failed", "--force", "all", "--dry-run"],
        "is none of have, watch, mode, right, suppressed, cancelled"
      ),
      (["resend", "--thread", "9", "--dry-run"], "the forum has no thread \"9\""),
      (["resend", "--to", "nobody", "--dry-run"], "the forum knows no participant \"nobody\""),
      (["resend", "--message", "nonsense", "--dry-run"], "is no message"),
      (["resend", "--message", "9999", "--dry-run"], "the ledger has no message 9999"),
      (["resend", "--failed", "--reason", " "], "say why: --reason"),
      (["resend", "--failed", "--key", "", "--dry-run"], "--key: give it a name"),
      (["resend", "--since", "2026-06-02", "--until", "2026-06-01", "--dry-run"], "--since is later than --until"),
    ])
  func usage(_ arguments: [String], _ words: String) async throws {
    let site = try await TestInstallation()
    let ended = try await Program.run(arguments + ["--config", site.configuration])
    #expect(ended.status == .exited(64) && ended.errors.contains(words), "\(ended)")
  }
}
