import Board
import Capture
import Forum
import Foundation
import SQL
import TestSupport
import Testing
import Time

@Suite("watchpost forum", .timeLimit(.minutes(10)))
struct ForumCommandTests {
  private func board(_ site: TestInstallation) throws -> Board {
    Board(try SQLiteDatabase(path: site.directory("site/forum.sqlite")))
  }

  /// The embedded forum's own tables, as if they were another program's.
  private static let mapping = """
    fragments:
      post: SELECT id, id AS ordinal, thread, 1 AS discussion, '' AS author_name, body, state, created_at FROM post
    queries:
      newest: SELECT coalesce(max(id), 0) AS ordinal FROM post
      posts_after: "{post} WHERE id > :after ORDER BY id LIMIT :limit"
      posts_within: "{post} WHERE id BETWEEN :first AND :last ORDER BY id LIMIT :limit"
      posts: "{post} WHERE id IN (:keys)"
      pending: "{post} WHERE state = 'pending'"
      threads: SELECT id, discussion, title FROM thread WHERE id IN (:keys)
      discussions: SELECT id, title FROM discussion WHERE id IN (:keys)
      watchers: |
        SELECT w.participant, w.scope, w.since, p.address FROM watch w JOIN participant p ON p.id = w.participant
        WHERE w.scope = 'thread' AND w.target = :thread AND w.target <> :discussion
          AND w.participant > CAST(:after AS INTEGER) ORDER BY w.participant LIMIT :limit
      watchers_among: |
        SELECT p.id AS participant, w.scope, w.since, p.name, p.address
        FROM participant p LEFT JOIN watch w ON w.participant = p.id AND w.scope = 'thread' AND w.target = :thread
        WHERE p.id IN (:keys) AND :discussion = :discussion ORDER BY p.id
      participants: SELECT id, name, address FROM participant WHERE id IN (:keys)
    readers: everyone

    """

  @Test("F3: who holds a role of a private discussion is mailed at once, and not any more when it is taken away")
  func roles() async throws {
    try await withRelay { server in
      let site = try await TestInstallation(relay: server.port)
      let made = try await site(
        "forum", "create", "Focal points", "--slug", "focal", "--private", "--posting", "invited", "--moderated")
      #expect(made.status == .exited(0) && made.output.contains("private, moderated, invited people post"), "\(made)")
      let discussion = try #require(try board(site).keptDiscussion("focal")).discussion.key
      let thread = try site.forum.addThread(discussion: discussion, title: "Fish")
      var people: [String] = []
      for name in ["holder", "member", "nobody", "chair"] {
        let person = try site.forum.addParticipant(name: name, address: "\(name)@example.net")
        try site.forum.put(
          .init(scope: .discussion), target: discussion, participant: person, now: TestInstallation.now - 60)
        people.append(person)
      }
      for words in [
        ["role", "add", "Focal point"], ["role", "allow", "focal POINT", "focal"],
        ["role", "grant", "Focal point", "holder@example.net"], ["member", "add", "focal", "member@example.net"],
        ["member", "add", discussion, "chair@example.net", "--moderator"],
      ] {
        let ended = try await Program.run(["forum"] + words + ["--config", site.configuration])
        #expect(ended.status == .exited(0) && ended.errors.isEmpty, "\(words) \(ended)")
      }
      func mailed() async throws -> [String] {
        let before = server.received.count
        let ran = try await site("run", "dispatch")
        #expect(ran.isSilentSuccess, "\(ran)")
        return server.received.dropFirst(before).flatMap(\.recipients).sorted()
      }
      func post(_ author: String, _ key: String) throws -> PostOutcome {
        try board(site).post(
          NewPost(thread: thread, body: "I agree."), formKey: key, by: author, now: TestInstallation.now)
      }
      #expect(try await mailed() == [])
      #expect(try post(people[2], "0") == .refused(.gone))
      // Waits, and is mailed when a moderator shows it.
      guard case .posted(let waiting, _, true) = try post(people[0], "1") else { return #expect(Bool(false)) }
      #expect(try await mailed() == [])
      #expect(try board(site).approve(waiting, by: people[3], now: TestInstallation.now) == .done)
      #expect(try await mailed() == ["chair@example.net", "member@example.net"])
      // A moderator's own waits for nobody.
      guard case .posted(_, _, false) = try post(people[3], "2") else { return #expect(Bool(false)) }
      #expect(try await mailed() == ["holder@example.net", "member@example.net"])
      try await site("forum", "role", "revoke", "Focal point", "holder@example.net")
      _ = try post(people[3], "3")
      #expect(try await mailed() == ["member@example.net"])
      try await site("forum", "role", "grant", "Focal point", "holder@example.net")
      _ = try post(people[3], "4")
      #expect(try await mailed() == ["holder@example.net", "member@example.net"])
      try await site("forum", "role", "allow", "Focal point", "focal", "--remove")
      try await site("forum", "member", "remove", "focal", "member@example.net")
      _ = try post(people[3], "5")
      #expect(try await mailed() == [])
      // Hidden before its mail left, and moved to where its reader may not read: nothing goes.
      try await site("forum", "member", "add", "focal", "member@example.net")
      guard case .posted(let hidden, _, _) = try post(people[3], "6") else { return #expect(Bool(false)) }
      #expect(try board(site).hide(hidden, by: people[3]) == .done)
      #expect(try await mailed() == [])
      #expect(try board(site).show(hidden, by: people[3], now: TestInstallation.now) == .done)
      #expect(try await mailed() == ["member@example.net"])
      try await site("forum", "create", "Other", "--slug", "other", "--private")
      try await site("forum", "member", "add", "other", "chair@example.net", "--moderator")
      let other = try #require(try board(site).keptDiscussion("other")).discussion.key
      _ = try post(people[3], "7")
      #expect(try board(site).move(thread: thread, toDiscussion: other, by: people[3]) == .done)
      #expect(try await mailed() == [])
    }
  }

  @Test("P3: discussions are made, changed, opened and closed; what makes no sense is refused; the audit log has it")
  func discussions() async throws {
    let site = try await TestInstallation()
    let none = try await site("forum", "list")
    #expect(none.output.contains("Next: watchpost forum create"))
    let made = try await site(
      "forum", "create", "Risk assessment", "--slug", "risk", "--opens", "2026-06-01", "--closes",
      "2026-06-15T12:00:00Z",
      "--theme", "Fish", "--theme", "Trees", "--reason", "the decision of May")
    #expect(made.status == .exited(0), "\(made)")
    for (words, said) in [
      (["create", "Again", "--slug", "risk"], "another discussion has \"risk\""),
      (["create", "Again", "--slug", "Risk Assessment"], "at most 40 small letters"),
      (["create", " ", "--slug", "x"], "1 to 200 characters"),
      (["create", "X", "--slug", "x", "--opens", "2026-06-02", "--closes", "2026-06-01"], "before it opens"),
      (["create", "X", "--slug", "x", "--opens", "soon"], "is no time"),
      (["set", "nowhere", "--title", "x"], "no discussion \"nowhere\""), (["set", "risk"], "Say what to change"),
      (["set", "risk", "--private", "perhaps"], "write yes or no"),
      (["set", "risk", "--closes", "2026-05-01"], "before it opens"),
      (["close", "risk", "--at", "2026-05-01"], "before it opens"),
      (["role", "allow", "none", "risk"], "no role \"none\""), (["role", "add", "a;b"], "no semicolon"),
      (["member", "add", "risk", "nobody@example.net"], "nobody@example.net"),
      (["member", "add", "risk", "x", "--moderator", "--read-only"], "--moderator posts too"),
    ] {
      let ended = try await Program.run(["forum"] + words + ["--config", site.configuration])
      #expect(ended.status == .exited(64) && ended.errors.contains(said), "\(words) \(ended)")
    }
    func listed() async throws -> [String: Any] {
      let json = try await site("forum", "list", "--json").output
      return try #require((try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]])?.first)
    }
    var one = try await listed()
    #expect(one["closes"] as? String == "2026-06-15T12:00:00Z" && one["themes"] as? [String] == ["Fish", "Trees"])
    #expect(
      one["state"] as? String == (TestInstallation.now < Timestamp(iso8601: "2026-06-01")! ? "not open yet" : "closed"))
    try await site("forum", "open", "risk")
    one = try await listed()
    #expect(one["state"] as? String == "open")
    try await site("forum", "close", "RISK")
    one = try await listed()
    #expect(one["state"] as? String == "closed")
    let again = try await site("forum", "close", "1", "--json")
    #expect(again.output.contains("Nothing was to be changed."), "\(again)")
    try await site("forum", "open", "risk", "--at", "2100-01-01")
    one = try await listed()
    #expect(one["state"] as? String == "not open yet")
    let set = try await site(
      "forum", "set", "risk", "--title", "Risks", "--opens", "none", "--private", "yes", "--moderated", "yes",
      "--posting",
      "invited", "--theme", "Fish", "--theme", "Birds")
    #expect(set.status == .exited(0), "\(set)")
    one = try await listed()
    #expect(
      one["title"] as? String == "Risks" && one["private"] as? Bool == true && one["posting"] as? String == "invited")
    #expect(one["themes"] as? [String] == ["Fish", "Trees", "Birds"] && one["opens"] == nil)
    let audit = try await site("audit").output
    #expect(audit.contains("forum create") && audit.contains("the decision of May") && audit.contains("forum close"))
  }

  @Test("P3: people come in from a file, once however often; wrong rows are told with their line, and none goes in")
  func importing() async throws {
    let site = try await TestInstallation()
    try await site("forum", "create", "Risk", "--slug", "risk", "--private")
    try await site("forum", "role", "add", "Focal point")
    let known = try site.forum.addParticipant(name: "Old Name", address: "Known@example.net")
    let good = """
      \u{FEFF}name,address,language,zone,country,roles,discussions\r
      "Paz, ""Ana"" B.",ana@example.net,es,America/Lima,PE,focal point;,risk\r
      李伟,li@example.net,zh,Asia/Shanghai,cn,,\r
      \r
      New Name,known@EXAMPLE.net,,,,Focal Point,\r

      """
    try site.directory.write("people.csv", good)
    let file = site.directory("people.csv")
    let dry = try await site("forum", "import", file, "--dry-run")
    #expect(dry.output.hasPrefix("It would be: 2 added, 1 changed, 0 unchanged. Nothing was imported."), "\(dry)")
    let bad =
      good + "No Address,,,,,,\r\nX,x@example.net,de,Paris,Peru,Chair,nowhere\r\nToo,few\r\nY,ana@example.net,,,,,\r\n"
    try site.directory.write("bad.csv", bad)
    let refused = try await site("forum", "import", site.directory("bad.csv"))
    #expect(refused.status == .exited(64) && refused.output.hasPrefix("Nothing was imported: 4 rows are wrong."))
    for words in [
      "bad.csv:6: \"\" is no mail address", "bad.csv:7: language \"de\"; write one of ar, en, es, fr, ru, zh",
      "did you mean Europe/Paris?", "country \"Peru\"; write two letters",
      "no role \"Chair\": `watchpost forum role add NAME`",
      "no discussion \"nowhere\": `watchpost forum list`", "bad.csv:8: 2 cells, and the first line has 7",
      "bad.csv:9: the address stands on line 2 already",
    ] { #expect(refused.errors.contains(words), "\(words)\n\(refused.errors)") }
    let done = try await site("forum", "import", file, "--reason", "the list of May")
    #expect(done.output.hasPrefix("Imported: 2 added, 1 changed, 0 unchanged."), "\(done)")
    let twice = try await site("forum", "import", file, "--json")
    #expect(twice.output.contains("\"unchanged\":3") && twice.output.contains("\"added\":0"), "\(twice)")
    let skipped = try await site("forum", "import", site.directory("bad.csv"), "--skip-bad")
    #expect(
      skipped.status == .exited(0) && skipped.output.hasPrefix("Imported: 0 added, 0 changed, 3 unchanged; 4 rows"))
    let shown = try await site("participant", "show", "known@example.net").output
    #expect(shown.contains("New Name") && shown.contains(known), "\(shown)")
    let board = try board(site)
    #expect(try board.role(named: "focal point")?.holders == 2)
    #expect(try board.keptDiscussions().first?.members == 1)
    #expect(try await site("audit").output.contains("2 added, 1 changed, 0 left out"))
  }

  @Test("P3: a foreign forum has none of these commands, and they say so")
  func foreign() async throws {
    let site = try await TestInstallation(
      settings: "forum:\n  source: own\n  database: forum.sqlite\n")
    try site.directory.write("site/sources/own.yaml", Self.mapping)
    for words in [["list"], ["create", "X", "--slug", "x"], ["role", "list"], ["import", "/dev/null"]] {
      let ended = try await Program.run(["forum"] + words + ["--config", site.configuration])
      #expect(ended.status == .exited(64) && ended.errors.contains("read through the mapping own"), "\(ended)")
    }
  }
}
