import Capture
import Foundation
import SQL
import TestSupport
import Testing
import Time

@Suite("A2: explain", .timeLimit(.minutes(10)))
struct ExplainTests {
  /// How many rows each table of the ledger has, and what became of its deliveries.
  private func state(_ site: TestInstallation) throws -> [String] {
    try site.ledger().read { connection in
      let tables = try connection.query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name") {
        $0.text(0)
      }
      return try tables.flatMap { table in
        try connection.query("SELECT * FROM \(table)") { row in
          "\(table) " + row.columns.indices.map { row.optionalText($0) ?? "-" }.joined(separator: "|")
        }
      }
    }
  }

  @Test("A2, I8: of later posts it tells that they stopped by mail; watch add does not undo their no unasked")
  func stoppedByMail() async throws {
    try await withRelay { server in
      let site = try await TestInstallation(relay: server.port)
      let thread = try site.thread(watchers: 2)
      try await site("run", "dispatch")
      try site.post(thread)
      try await site("run", "dispatch")
      func write(_ address: Substring, from: Int) async throws {
        let line = """
          printf 'From: reader\(from)@example.net\\r\\nTo: %s\\r\\nSubject: stop\\r\\nMessage-ID: <\(from)@x.example>\\r\\n\\r\\nstop\\r\\n' "$2" \
            | "$0" receive --config "$1" "$2"
          """
        let taken = try await Program.shell(line, site.configuration, String(address))
        #expect(taken.isSilentSuccess, "\(taken)")
        try await site("run", "inbound")
      }
      func address(_ pattern: Regex<(Substring, Substring)>, of reader: Int) throws -> Substring {
        let mail = try #require(server.received.first { $0.recipients == ["reader\(reader)@example.net"] })
        let text = String(decoding: mail.data, as: UTF8.self).replacing("\r\n ", with: "")
        return try #require(text.firstMatch(of: pattern)?.1)
      }
      try await write(address(#/(stop\+[a-z2-7]+@[^\s>?]+)/#, of: 1), from: 1)
      let post = try site.post(thread)
      try await site("run", "dispatch")
      let told = try await site("explain", "1", post).output
      #expect(told.contains("the person stopped mail of a thread by the address of another message"), "\(told)")
      #expect(told.contains("; they stopped mail of a thread themselves, by mail, at 20"), "\(told)")
      // Somebody who has stopped all mail.
      try site.ledger().write {
        try $0.run("INSERT INTO stopped (person, since) SELECT id, 1 FROM person WHERE person_key = '2'")
      }
      let add = ["watch", "add", "2", "--thread", thread, "--mode", "instant", "--config", site.configuration]
      let refused = try await Program.run(add)
      #expect(refused.status == .exited(64) && refused.errors.contains("they have stopped all mail"), "\(refused)")
      #expect(refused.errors.contains("participant set 2 --mode MODE"), "\(refused)")
      #expect(try site.number("SELECT count(*) FROM stopped") == 1)
      let muted = try await site("watch", "add", "2", "--everything", "--mute")
      #expect(muted.status == .exited(0), "\(muted)")
      let forced = try await Program.run(add + ["--force"])
      #expect(forced.status == .exited(0), "\(forced)")
      #expect(try await site("audit").output.contains("watch of thread \(thread), instant, forced"))
    }
  }

  @Test(
    "A2: a post that was sent is told by person and post, by its message's number, its Message-ID and its addresses")
  func sent() async throws {
    try await withRelay { server in
      let site = try await TestInstallation(relay: server.port)
      let thread = try site.thread(watchers: 1)
      try await site("run", "dispatch")
      let post = try site.post(thread)
      try await site("run", "dispatch")
      let mail = try #require(server.received.first)
      let before = try state(site)
      let text = String(decoding: mail.data, as: UTF8.self)
      let told = try await site("explain", "reader1@example.net", post)
      #expect(told.status == .exited(0) && told.errors.isEmpty, "\(told)")
      let lines = told.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      #expect(lines.first == "Reader 1, participant 1, reader1@example.net", "\(told.output)")
      #expect(lines.dropFirst().first == "post [#\(post)], visible")
      for words in [
        "  the post could be seen\n", "  a run took it up; ",
        "  decided: a copy at once, by the watch of its thread, the most specific that bears on it\n",
        "  message 1, try 1 to reader1@example.net: taken by the relay\n",
        "\nNow: message 1 was taken by the relay at ",
      ] {
        #expect(told.output.contains(words), "\(words)\n\(told.output)")
      }
      let reply = try #require(text.firstMatch(of: #/(reply\+[a-z2-7]+@[^\s>]+)/#)?.1)
      let id = try #require(text.firstMatch(of: #/(?m)^Message-ID: +(\S+)\r?$/#)?.1)
      let sender = mail.from
      let names = [
        "1", "#1", String(id), String(id.dropFirst().dropLast()), "mailto:\(reply)", "<\(sender)>", sender,
        reply.uppercased(), "[#\(post)]", "Re: [#\(post)] A thread", "[# \(post) ]",
      ]
      for person in ["Reader 1 <reader1@example.net>", "mailto:reader1@example.net?subject=x", "<READER1@example.net>"]
      {
        #expect(try await site("explain", person, post).output == told.output, "\(person)")
      }
      for name in names {
        let again =
          name.contains("[") ? try await site("explain", "1", name) : try await site("explain", name)
        #expect(again.output == told.output, "\(name): \(again)")
      }
      let json = try #require(
        try JSONSerialization.jsonObject(with: Data(try await site("explain", "1", "--json").output.utf8))
          as? [String: Any])
      #expect(json["outcome"] as? String == "sent" && (json["participant"] as? [String: Any])?["key"] as? String == "1")
      #expect(try state(site) == before, "nothing is recorded")
    }
  }

  @Test("A2: what was not sent has its reason, what it takes, and the command to type; what is undecided says why")
  func nothing() async throws {
    let site = try await TestInstallation()
    let thread = try site.thread(watchers: 1)
    try await site("run", "dispatch")
    try await site("participant", "set", "1", "--mode", "off")
    let ana = try site.forum.addParticipant(name: "Ana", address: "ana@example.net")
    let post = try site.post(thread)
    func told(_ person: String, _ post: String) async throws -> String {
      let ended = try await site("explain", person, post)
      #expect(ended.status == .exited(0) && ended.errors.isEmpty, "\(ended)")
      return ended.output
    }
    let unseen = try await told("1", post)
    #expect(unseen.contains("Now: no run has met the post\n"), "\(unseen)")
    #expect(unseen.contains("Decided today it would be: nothing, wants no mail (mode off)\n"), "\(unseen)")
    try await site("run", "dispatch")
    let off = try await told("1", post)
    #expect(off.contains("  decided: nothing: wants no mail (mode off)\n"), "\(off)")
    #expect(off.hasSuffix("Next: watchpost participant show 1\n"), "\(off)")
    let unwatched = try await told("ana@example.net", post)
    #expect(unwatched.contains("Now: nothing was sent: when it was decided"), "\(unwatched)")
    #expect(unwatched.hasSuffix("Next: watchpost watch list \(ana)\n"), "\(unwatched)")
    #expect(try site.number("SELECT count(*) FROM person WHERE person_key = '\(ana)'") == 0)
  }

  @Test("A2: who, or what, is not there is 64, and says what to give")
  func unknown() async throws {
    let site = try await TestInstallation()
    let thread = try site.thread(watchers: 1)
    let post = try site.post(thread)
    for (arguments, words) in [
      (["nobody@example.net", post], "the forum knows no participant \"nobody@example.net\""),
      (["1", "99"], "neither the forum nor the ledger has a post \"99\""),
      (["1", "key:99"], "the forum has no post with the id \"99\""),
      (["1", "#99"], "no post with the number #99"), (["99"], "the ledger has no message 99"),
      (["reply+abc@example.org"], "names no mail that the keys of this installation signed"),
      (["soon"], "is no message"),
    ] {
      let ended = try await Program.run(["explain"] + arguments + ["--config", site.configuration])
      #expect(ended.status == .exited(64) && ended.output.isEmpty && ended.errors.contains(words), "\(ended)")
    }
  }

  @Test("A2: the number that readers see is no post's id; where one number is two posts, the command says so")
  func numbers() async throws {
    let site = try await TestInstallation(settings: "collect:\n  settle: 0s\nforum:\n  source: mine\n")
    try CheckTests.map(site, number: "p.id + 1")
    let thread = try site.thread(watchers: 1)
    try await site("run", "dispatch")
    for _ in 1...3 { try site.post(thread) }
    try await site("run", "dispatch")
    func post(_ name: String) async throws -> String {
      let ended = try await site("explain", "1", name)
      return ended.status == .exited(0)
        ? ended.output.split(separator: "\n").dropFirst().first.map(String.init) ?? "" : ended.errors
    }
    #expect(try await post("[#3]") == "post [#3], key 2, visible")
    #expect(try await post("#4") == "post [#4], key 3, visible")
    #expect(try await post("key:3") == "post [#4], key 3, visible")
    #expect(try await post("4") == "post [#4], key 3, visible")
    #expect(try await post("1") == "post [#2], key 1, visible")
    #expect(
      try await post("3").contains("3 is the number of one post (key:2) and the id of another: write #3 or key:3"))
  }
}
