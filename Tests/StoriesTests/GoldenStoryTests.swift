import DeliveryPolicy
import Forum
import Foundation
import Identifiers
import Stories
import Testing
import Time

@testable import Ledger

/// Stories as admins read them, each a file in `Golden`. With WATCHPOST_RECORD=1 in the environment the files are written
/// anew; look at the difference before you commit it.
@Suite("A2: golden stories") struct GoldenStoryTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
  static let isRecording = ProcessInfo.processInfo.environment["WATCHPOST_RECORD"] == "1"

  @Test(
    "A2: the story of each decision, skip reason, state and event is what it was", arguments: Tales.all.keys.sorted())
  func golden(_ name: String) throws {
    let told = Story(try #require(Tales.all[name])).lines.joined(separator: "\n") + "\n"
    let file = Self.folder.appending(path: "\(name).txt")
    if Self.isRecording { try Data(told.utf8).write(to: file) }
    #expect(try String(contentsOf: file, encoding: .utf8) == told, "WATCHPOST_RECORD=1 writes it anew")
  }

  @Test(
    "A2: every skip reason, state of a message, hold, kind of event and of incoming mail has its story, and no file is left over"
  )
  func complete() throws {
    var wanted: Set<String> = ["decision-instant", "decision-digest"]
    wanted.formUnion(SkipReason.allCases.map { "skipped-\($0.rawValue)" })
    wanted.formUnion(DeliveryState.allCases.map { "state-\($0.rawValue)" })
    wanted.formUnion(StoryEvent.Kind.allCases.map { "event-\($0.rawValue)" })
    wanted.formUnion(Received.Outcome.allCases.map { "incoming-\($0.rawValue)" })
    wanted.formUnion(MailedReply.State.allCases.map { "reply-\($0.rawValue)" })
    wanted.formUnion(Tales.undecided.keys)
    wanted.formUnion(["erased", "held-ordered", "held-uncomposed"])
    wanted.formUnion([
      "stopped-all", "forgotten-rows", "digest-hidden", "digest-paused", "queued-stopped", "digest-moved",
      "stopped-elsewhere", "relay-paused", "watches-now",
    ])
    wanted.formUnion(Tales.others.keys)
    #expect(Set(Tales.all.keys) == wanted)
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path()).map {
      $0.replacing(".txt", with: "")
    }
    #expect(Set(files) == wanted)
  }

  @Test("A2: every story that is told has its words, and says no more than one thing of where it stands")
  func sound() {
    for (name, rows) in Tales.all {
      let story = Story(rows)
      #expect(!story.summary.isEmpty && !story.summary.contains("Optional"), "\(name)")
      #expect(story.lines.count { $0.hasPrefix("Now: ") } == 1, "\(name)")
      #expect(story.entries.allSatisfy { !$0.words.isEmpty && !$0.words.contains("Optional(") }, "\(name)")
      #expect(story.next.allSatisfy { $0.hasPrefix("watchpost ") }, "\(name)")
    }
  }

  @Test("A2: what happened is told in its order, whatever order the rows are in")
  func order() {
    for (name, rows) in Tales.all {
      var turned = rows
      turned.attempts.reverse()
      turned.failures.reverse()
      turned.deliveries.reverse()
      let moments = Story(turned).entries.compactMap(\.at)
      #expect(moments == moments.sorted(), "\(name)")
      #expect(Story(turned).outcome == Story(rows).outcome, "\(name)")
    }
  }

  @Test("A2: nothing that a forum or a server says makes a line of its own, or steers a terminal")
  func hostile() {
    var rows = Tales.sent
    rows.reader.name = "Eve\nNow: all is well\u{1B}[2J"
    rows.reader.key = "7; rm -rf /"
    rows.reader.address = "a\n@b.example"
    rows.attempts[0].answer = "250-first\r\n250 \u{202E}second"
    let lines = Story(rows).lines
    #expect(lines.count { $0.hasPrefix("Now: ") } == 1)
    #expect(lines.allSatisfy { !$0.contains("\u{1B}") && !$0.contains("\u{202E}") })
    rows.decisions = [.init(decision: .skipped(.modeOff), decidedAt: Tales.start)]
    #expect(Story(rows).next == ["watchpost participant show '7; rm -rf /'"])
    rows.reader.key = "it's"
    #expect(Story(rows).next == ["watchpost participant show 'it'\\''s'"])
  }

  @Test("A4: the keys of the JSON are an interface; what is not known is left out")
  func json() throws {
    func object(_ rows: StoryRows) throws -> [String: Any] {
      try #require(try JSONSerialization.jsonObject(with: JSONEncoder().encode(Story(rows))) as? [String: Any])
    }
    let sent = try object(Tales.sent)
    #expect(
      Set(sent.keys) == [
        "participant", "post", "outcome", "entries", "summary", "advice", "next", "today", "todayBecause", "watches",
      ])
    #expect(sent["outcome"] as? String == "sent" && sent["today"] as? String == "instant")
    let entry = try #require((sent["entries"] as? [[String: Any]])?.last)
    #expect(Set(entry.keys) == ["at", "local", "kind", "delivery", "words", "answer"])
    #expect(entry["at"] as? String == "2026-06-01T09:03:00Z" && entry["local"] as? String == "2026-06-01 12:03:00")
    let skipped = try object(try #require(Tales.all["skipped-muted"]))
    #expect(skipped["reason"] as? String == "muted" && skipped["outcome"] as? String == "skipped")
    let deferred = try object(try #require(Tales.all["state-deferred"]))
    #expect(deferred["reason"] as? String != nil && deferred["due"] as? String != nil, "\(deferred)")
    #expect(try object(try #require(Tales.all["state-failed"]))["reason"] as? String == "recipient")
    #expect(try object(try #require(Tales.all["digest-moved"]))["reason"] as? String == "moved")
    let post = try #require(skipped["post"] as? [String: Any])
    #expect(Set(post.keys) == ["key", "number", "state"])
  }
}
