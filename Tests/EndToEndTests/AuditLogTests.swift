import Capture
import Foundation
import SQL
import TestSupport
import Testing
import Time

@Suite("A1: the audit log", .timeLimit(.minutes(10)))
struct AuditLogTests {
  /// Commands that change something by an admin's word, with what is typed; in an order in which each has something to do.
  private static let changing: [(command: String, rest: [String])] = [
    ("release", ["flood"]), ("discard", ["flood", "--reason", "an import"]),
    ("queue hold", ["1", "--reason", "wait"]), ("queue release", ["1", "--reason", "go on"]),
    ("queue hold", ["1", "--reason", "wait again"]), ("queue discard", ["1"]),
    ("queue cancel", ["--person", "2", "--reason", "not to them"]),
    ("resend", ["1", "--to", "1", "--force", "cancelled", "--reason", "they ask for it"]),
    ("preview", ["1", "--to", "1", "--send-to", "office@example.org"]), ("resume", ["--from", "now", "--force"]),
    ("participant set", ["1", "--mode", "digest"]),
    ("watch add", ["1", "--everything"]), ("watch remove", ["1", "--everything"]),
    ("suppression add", ["reader1@example.net", "--reason", "asked by telephone"]),
    ("suppression lift", ["reader1@example.net"]),
    ("forum create", ["Focal points", "--slug", "focal", "--private", "--reason", "as agreed"]),
    ("forum set", ["focal", "--moderated", "yes"]), ("forum close", ["focal"]), ("forum open", ["focal"]),
    ("forum role add", ["Observer"]), ("forum role grant", ["Observer", "2"]),
    ("forum role allow", ["Observer", "focal"]), ("forum role revoke", ["Observer", "2"]),
    ("forum member add", ["focal", "2"]), ("forum member remove", ["focal", "2"]), ("forum import", [people]),
    ("participant erase", ["1", "--reason", "asked by letter", "--yes"]),
  ]

  /// Stands for a file with one person more.
  private static let people = "people.csv"

  /// All others: what shows, what cron or a mail server starts, what makes an installation.
  private static let others: Set = [
    "", "init", "demo", "settings", "run", "status", "participant", "participant show", "participant export", "watch",
    "watch list",
    "explain",
    "check", "serve", "receive", "replies", "inspect", "capture", "audit", "suppression", "suppression list",
    "queue", "queue list", "queue show", "forum", "forum list", "forum role", "forum role list", "forum member",
  ]

  @Test("A1: each command either changes something and is in the audit log's test, or changes nothing")
  func complete() {
    let changing = Set(AuditLogTests.changing.map(\.command))
    #expect(changing.isDisjoint(with: AuditLogTests.others))
    #expect(changing.union(AuditLogTests.others) == Set(HelpTests.commands))
  }

  @Test("A1: every command that changes something writes one entry, with who, what and why; what shows writes none")
  func entries() async throws {
    let site = try await TestInstallation()
    let thread = try site.thread(watchers: 2)
    try await site("run", "dispatch")
    try site.post(thread)
    // No relay answers: the copies wait.
    try await site("run", "dispatch")
    let server = try await CaptureServer.start(CaptureOptions())
    let people = site.directory(AuditLogTests.people)
    try "name,address\nCal,cal@example.net\n".write(toFile: people, atomically: true, encoding: .utf8)
    for (index, (command, rest)) in AuditLogTests.changing.enumerated() {
      if command == "preview" { try site.configure("127.0.0.1:1\n", to: "127.0.0.1:\(server.port)\n") }
      let words = command.split(separator: " ").map(String.init) + rest.map { $0 == AuditLogTests.people ? people : $0 }
      let done = try await Program.run(words + ["--config", site.configuration])
      #expect(done.status == .exited(0) && done.errors.isEmpty, "\(words): \(done)")
      let entry = try site.ledger().read {
        try $0.query("SELECT command, operator, reason, outcome FROM audit ORDER BY id") { row in
          (0..<4).map { row.text($0) }
        }
      }
      #expect(entry.count == index + 1 && entry.last?[0].hasPrefix(command) == true, "\(words): \(entry)")
      #expect(entry.last.map { !$0[1].isEmpty && !$0[3].isEmpty } == true, "\(words): \(entry)")
      let reason = rest.firstIndex(of: "--reason").map { rest[$0 + 1] } ?? ""
      #expect(entry.last?[2] == reason, "\(words)")
    }
    try await server.stop()
    for words in [
      ["audit"], ["suppression"], ["queue"], ["queue", "show", "1"], ["status"], ["participant", "show", "1"],
      ["watch", "list", "1"], ["replies"],
      ["check"], ["forum", "list"], ["forum", "role", "list"], ["explain", "1", "1"], ["preview", "1", "--to", "1"],
      ["participant", "set", "1"],
    ] {
      _ = try await Program.run(words + ["--config", site.configuration])
    }
    #expect(try site.number("SELECT count(*) FROM audit") == AuditLogTests.changing.count)
  }

  @Test("A1: audit shows the last first, of a time, of a person, so many; what failed changed nothing and is not there")
  func audit() async throws {
    let site = try await TestInstallation()
    _ = try site.thread(watchers: 2)
    #expect(try await site("audit").output == "Nothing was changed by a command.\n")
    try await site("participant", "set", "1", "--mode", "digest", "--reason", "by\ttelephone")
    try await site("watch", "add", "2", "--everything")
    try await site("release", "nobody.example")
    try await site("participant", "set", "1", "--mode", "sometimes")
    let lines = try await site("audit").output.split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
      .filter { $0.count > 1 }
    #expect(lines.first == ["time", "operator", "command", "subject", "outcome", "reason"])
    #expect(lines.dropFirst().map { $0[2] } == ["watch add", "participant set"], "\(lines)")
    #expect(lines.last.map { Array($0.dropFirst(3)) } == ["participant 1", "mode digest", "by telephone"], "\(lines)")
    let json = try #require(
      try JSONSerialization.jsonObject(
        with: Data(try await site("audit", "--json", "--person", "reader1@example.net").output.utf8))
        as? [[String: Any]])
    #expect(json.map { $0["command"] as? String } == ["participant set"] && json[0]["participant"] as? String == "1")
    #expect(
      Set(json[0].keys) == [
        "number", "at", "operator", "command", "subject", "outcome", "reason", "participant",
      ])
    #expect(try await site("audit", "--since", "2999-01-01").output == "Nothing was changed by a command.\n")
    let first = try await site("audit", "--limit", "1").output
    #expect(
      first.hasSuffix("\nThere are more: watchpost audit --limit 4\nNext: watchpost audit --person PERSON\n"),
      "\(first)")
    for wrong in [["--since", "soon"], ["--limit", "0"], ["--person", "nobody@example.net"]] {
      let refused = try await Program.run(["audit"] + wrong + ["--config", site.configuration])
      #expect(refused.status == .exited(64) && refused.output.isEmpty && !refused.errors.isEmpty, "\(refused)")
    }
  }

  @Test("B4, A3: an address is stopped by a word, listed, and mailed again; release and suppression lift do the same")
  func suppressions() async throws {
    let site = try await TestInstallation()
    let thread = try site.thread(watchers: 2)
    let none = try await site("suppression").output
    #expect(
      none == "No address is stopped.\nNext: watchpost suppression add ADDRESS --reason WORDS\n", "\(none)")
    let added = try await site("suppression", "add", "READER1@example.net", "--reason", "asked to")
    #expect(
      added.output == """
        Nothing is mailed to reader1@example.net any more. It is participant 1's.
        Next: watchpost suppression lift reader1@example.net\n
        """, "\(added)")
    let again = try await site("suppression", "add", "reader1@example.net", "--reason", "asked to")
    #expect(again.status == .exited(64) && again.errors.contains("is stopped since "), "\(again)")
    try await site("suppression", "add", "elsewhere@example.org", "--reason", "a list")
    try await site("run", "dispatch")
    try site.post(thread)
    try await site("run", "dispatch")
    let skipped = try site.number("SELECT count(*) FROM decision WHERE detail = 'suppressed'")
    #expect(skipped == 1)
    let listed = try await site("suppression", "list").output.split(separator: "\n").map(String.init)
    #expect(listed.count == 6 && listed[0] == "Addresses that are not mailed: 2", "\(listed)")
    #expect(listed[1] == "address\tparticipant\tsince\tby\ttried again\tlast answer")
    #expect(listed[3].hasPrefix("reader1@example.net\t1 Reader 1\t") && listed[3].hasSuffix("\tan admin\t-\tasked to"))
    #expect(listed[2].hasPrefix("elsewhere@example.org\t-\t"), "\(listed)")
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(try await site("suppression", "list", "--json").output.utf8))
        as? [[String: Any]])
    #expect(Set(json[1].keys) == ["address", "participant", "name", "since", "cause", "reason"])
    let lifted = try await site("suppression", "lift", "Reader1@example.net", "--json")
    let report = try #require(try JSONSerialization.jsonObject(with: Data(lifted.output.utf8)) as? [String: Any])
    #expect(report["outcome"] as? String == "Reader1@example.net is mailed again.", "\(lifted)")
    #expect(try await site("release", "elsewhere@example.org").output == "elsewhere@example.org is mailed again.\n")
    for words in [["suppression", "lift"], ["release"]] {
      let none = try await Program.run(words + ["reader1@example.net", "--config", site.configuration])
      #expect(none.status == .exited(64) && none.errors.contains("is not stopped"), "\(none)")
    }
    for wrong in [["nobody", "--reason", "x"], ["a@b.example"], ["a@b.example", "--reason", " "]] {
      let refused = try await Program.run(["suppression", "add"] + wrong + ["--config", site.configuration])
      #expect(refused.status == .exited(64), "\(refused)")
    }
    #expect(try site.number("SELECT count(*) FROM suppression") == 0)
  }

  @Test("A4: on a terminal a listing has a bold heading and columns; in a pipe there are tabs and no escapes")
  func terminal() async throws {
    let site = try await TestInstallation()
    _ = try site.thread(watchers: 1)
    try await site("watch", "add", "1", "--everything")
    let shown = try await Program.shell(
      "TERM=xterm script -qec \"'$0' audit --config '$1'\" /dev/null", site.configuration)
    let lines = shown.output.split(whereSeparator: \.isNewline).map(String.init)
    #expect(lines.first?.hasPrefix("\u{1B}[1mtime                  operator") == true, "\(shown)")
    #expect(lines.first?.hasSuffix("\u{1B}[0m") == true && lines[1].contains("\u{1B}") == false, "\(shown)")
    #expect(lines[1].contains("Z  ") && !shown.output.contains("\t"), "\(shown)")
    let piped = try await site("audit").output
    #expect(piped.hasPrefix("time\toperator\t") && !piped.contains("\u{1B}"), "\(piped)")
  }

  @Test("A4: release, discard, participant, watch and replies have JSON; an error stays text on standard error")
  func json() async throws {
    let site = try await TestInstallation()
    _ = try site.thread(watchers: 1)
    func object(_ words: String...) async throws -> Any {
      let ended = try await Program.run(words + ["--json", "--config", site.configuration])
      #expect(ended.status == .exited(0) && ended.errors.isEmpty, "\(ended)")
      return try JSONSerialization.jsonObject(with: Data(ended.output.utf8))
    }
    let released = try #require(try await object("release", "uncertain", "--reason", "asked") as? [String: Any])
    #expect(released["count"] as? Int == 0 && released["reason"] as? String == "asked")
    #expect(Set(released.keys) == ["command", "subject", "outcome", "count", "reason"])
    let discarded = try #require(try await object("discard", "flood") as? [String: Any])
    #expect(Set(discarded.keys) == ["command", "subject", "outcome"])
    let person = try #require(try await object("participant", "show", "1") as? [String: Any])
    #expect(
      Set(person.keys) == [
        "participant", "name", "address", "account", "stopped", "preferences", "watches",
      ])
    let mode = try #require((person["preferences"] as? [String: [String: Any]])?["mode"])
    #expect(mode["value"] as? String == "instant" && mode["isDefault"] as? Bool == true)
    let watches = try #require(try await object("watch", "list", "1") as? [[String: Any]])
    #expect(Set(watches[0].keys) == ["scope", "target", "title", "mute", "since", "keptBy"])
    #expect(try await object("replies") as? [String] == [])
    let wrong = try await site("release", "nothing.example", "--json")
    #expect(wrong.status == .exited(64) && wrong.output.isEmpty && wrong.errors.hasPrefix("watchpost: "), "\(wrong)")
  }
}
