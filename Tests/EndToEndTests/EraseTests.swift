import Capture
import Foundation
import SQL
import TestSupport
import Testing
import Time

@Suite("A6: participant erase", .timeLimit(.minutes(10)))
struct EraseTests {
  /// The files of an installation in which a word stands.
  ///
  /// By another process: one that has a database open loses its locks when it opens and closes the file besides.
  private func files(with word: String, _ site: TestInstallation) async throws -> [String] {
    let found = try await Program.shell("cd \"$1\" && grep -rlF \"$2\" . || true", site.directory("site"), word)
    return found.output.split(separator: "\n").map(String.init).sorted()
  }

  @Test("A6: shows it, asks, and forgets; nothing of them is in any file, and only the others get what comes then")
  func erased() async throws {
    try await withRelay { server in
      let site = try await TestInstallation(relay: server.port)
      let thread = try site.thread(watchers: 2)
      try await site("run", "dispatch")
      let post = try site.post(thread)
      try await site("run", "dispatch")
      #expect(server.received.count == 2)
      let reason = ["--reason", "asked for it"]
      let erase = ["participant", "erase", "reader1@example.net"]
      func run(_ more: [String]) async throws -> Ended {
        try await Program.run(erase + more + ["--config", site.configuration])
      }
      let named = try await run(["--reason", "READER 1 asked", "--yes"])
      #expect(named.status == .exited(64) && named.errors.contains("without name and address"), "\(named)")
      let unasked = try await run(reason)
      #expect(unasked.status == .exited(64) && unasked.errors.contains("--yes"), "\(unasked)")
      let tried = try await run(reason + ["--dry-run"])
      #expect(
        tried.status == .exited(0) && tried.output.hasPrefix("They would be erased:\n  1 messages in all"), "\(tried)")
      #expect(tried.output.contains("Next: watchpost participant erase reader1@example.net --reason 'asked for it'\n"))
      #expect(try await files(with: "reader1@example.net", site).isEmpty == false)
      #expect(try site.number("SELECT count(*) FROM audit") == 0)
      let out = site.directory("export.json")
      let exported = try await site("participant", "export", "reader1@example.net", "--output", out)
      #expect(exported.isSilentSuccess, "\(exported)")
      let mode = try FileManager.default.attributesOfItem(atPath: out)[.posixPermissions] as? Int
      #expect(mode == 0o600)
      let object = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: out))) as? [String: Any]
      #expect((object?["attempts"] as? [[String: Any]])?.first?["address"] as? String == "reader1@example.net")
      let twice = try await site("participant", "export", "reader1@example.net", "--output", out)
      #expect(twice.status == .exited(64), "\(twice)")
      let done = try await run(reason + ["--yes"])
      #expect(
        done.status == .exited(0) && done.errors.isEmpty && done.output.hasPrefix("They are erased:\n"), "\(done)")
      for word in ["reader1@example.net", "Reader 1"] {
        #expect(try await files(with: word, site) == [], "\(word)")
        #expect(try await !files(with: word.replacing("1", with: "2"), site).isEmpty)
      }
      let next = try site.post(thread)
      let ran = try await site("run", "dispatch")
      #expect(ran.isSilentSuccess, "\(ran)")
      #expect(server.received.dropFirst(2).map { $0.recipients.joined() } == ["reader2@example.net"])
      let again = try await site("participant", "erase", "1", "--reason", "again", "--yes")
      #expect(again.status == .exited(0) && again.output.hasPrefix("They were erased at 20"), "\(again)")
      let shown = try await site("participant", "show", "1")
      #expect(shown.status == .exited(64) && shown.errors.contains("was erased on 20"), "\(shown)")
      let told = try await site("explain", "1", next)
      #expect(told.status == .exited(0) && !told.words.contains("eader1"), "\(told)")
      #expect(try await site("explain", "1", post).output.contains("try 1 to erased-"))
      let audit = try await site("audit").output
      #expect(audit.contains("\tparticipant erase\terased-") && audit.contains("asked for it"), "\(audit)")
      #expect(try site.number("SELECT count(*) FROM audit") == 1)
      let witness = try String(contentsOfFile: site.directory("site/ledger.witness"), encoding: .utf8)
      #expect(witness.contains("erased-"), "\(witness)")
    }
  }

  @Test("A6, E3: while runs hold for a restored ledger nobody is erased in it, and that is said with what to do first")
  func heldLedger() async throws {
    let site = try await TestInstallation()
    _ = try site.thread(watchers: 2)
    func erase(_ more: String...) async throws -> Ended {
      try await Program.run(["participant", "erase", "1"] + more + ["--config", site.configuration])
    }
    try site.ledger().write {
      try $0.run("INSERT INTO hold (kind, name, reason, since) VALUES ('ledger', '', 'it was further', 1)")
    }
    let refused = try await erase("--reason", "asked", "--yes")
    #expect(refused.status == .exited(75) && refused.errors.contains("first `watchpost resume"), "\(refused)")
    #expect(try site.number("SELECT count(*) FROM erased") == 0)
    #expect(try await erase("--dry-run").status == .exited(0))
    try await site("resume", "--from", "now")
    #expect(try await erase("--reason", "asked", "--yes").status == .exited(0))
  }

  @Test("A6: what a restored forum brings back is taken out again; whom nobody knows is a mistake")
  func restored() async throws {
    let site = try await TestInstallation()
    _ = try site.thread(watchers: 1)
    let erase = ["--reason", "asked", "--yes"]
    _ = try await Program.run(["participant", "erase", "1"] + erase + ["--config", site.configuration])
    let forum = try SQLiteDatabase(path: site.directory("site/forum.sqlite"))
    try forum.write { try $0.run("UPDATE participant SET name = 'Reader 1', active = 1 WHERE id = 1") }
    let again = try await Program.run(["participant", "erase", "1"] + erase + ["--config", site.configuration])
    #expect(again.status == .exited(0) && again.output.contains("The forum had them still, or again"), "\(again)")
    #expect(try forum.read { try $0.first("SELECT name FROM participant") { $0.text(0) } } == "—")
    let unknown = try await Program.run(["participant", "erase", "4711"] + erase + ["--config", site.configuration])
    #expect(unknown.status == .exited(64), "\(unknown)")
  }
}
