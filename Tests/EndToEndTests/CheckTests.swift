import Foundation
import SQL
import TestSupport
import Testing
import Time

/// A forum that Watchpost has not met, and the command that proves its mapping.
@Suite("Checking a mapping", .timeLimit(.minutes(10)))
struct CheckTests {
  /// The embedded forum's tables, read as somebody else's.
  private static let queries = [
    "newest": "SELECT coalesce(max(id), 0) AS ordinal FROM post",
    "posts_after": "{post} WHERE p.id > :after ORDER BY p.id LIMIT :limit",
    "posts_within": "{post} WHERE p.id BETWEEN :first AND :last ORDER BY p.id LIMIT :limit",
    "posts": "{post} WHERE p.id IN (:keys)", "pending": "{post} WHERE p.state = 'pending'",
    "threads": "SELECT id, discussion, title FROM thread WHERE id IN (:keys)",
    "discussions": "SELECT id, title, slug FROM discussion WHERE id IN (:keys)",
    "watchers": "{watch} AND w.participant > :after ORDER BY w.participant LIMIT :limit",
    "watchers_among": """
    SELECT p.id AS participant, CASE WHEN w.scope IS NULL THEN NULL ELSE 'thread' END AS scope, p.name, p.address, p.zone \
    FROM participant p LEFT JOIN watch w ON w.participant = p.id AND w.scope = 'thread' AND w.target = :thread \
    WHERE p.id IN (:keys)
    """,
    "participants": "SELECT id, name, address, zone FROM participant WHERE id IN (:keys)",
    "find_participant": "SELECT id, name, address, zone FROM participant WHERE address = :text",
  ]

  private static let fragments = [
    "post": """
    SELECT p.id, p.thread, t.discussion, p.author, 'A writer' AS author_name, p.body, p.state, p.created_at \
    FROM post p JOIN thread t ON t.id = p.thread
    """,
    "watch": """
    SELECT w.participant, 'thread' AS scope, p.address, p.zone \
    FROM watch w JOIN participant p ON p.id = w.participant WHERE w.scope = 'thread' AND w.target = :thread
    """,
  ]

  private func site(relay port: Int = 1) async throws -> TestInstallation {
    let site = try await TestInstallation(
      relay: port, settings: "collect:\n  settle: 0s\nforum:\n  source: mine\n")
    try map(site)
    return site
  }

  private func map(_ site: TestInstallation, _ changed: [String: String] = [:]) throws {
    try CheckTests.map(site, changed)
  }

  /// - Parameter number: an expression for what readers call a post; nil: by its id.
  static func map(
    _ site: TestInstallation, _ changed: [String: String] = [:], number: String? = nil
  ) throws {
    func lines(_ section: [String: String]) -> [String] {
      section.sorted { $0.key < $1.key }.map { "  \($0.key): \"\($0.value)\"" }
    }
    let queries = CheckTests.queries.merging(changed) { _, new in new }
    var fragments = CheckTests.fragments
    if let number {
      fragments["post"]! = fragments["post"]!.replacing("SELECT p.id,", with: "SELECT p.id, \(number) AS number,")
    }
    let file = ["readers: everyone", "fragments:"] + lines(fragments) + ["queries:"] + lines(queries)
    try site.directory.write("site/sources/mine.yaml", file.joined(separator: "\n"))
  }

  @Test("A3, E8: check shows who would get which post and why not, on any forum; nothing is sent or recorded")
  func shown() async throws {
    let site = try await TestInstallation()
    let thread = try site.thread(watchers: 30)
    let ana = try site.forum.addParticipant(name: "Ana", address: "no address")
    try site.forum.put(.init(scope: .thread), target: thread, participant: ana, now: TestInstallation.now - 60)
    let late = try site.forum.addParticipant(name: "Late", address: "late@example.net")
    try site.forum.put(.init(scope: .everything), target: "", participant: late, now: TestInstallation.now - 5)
    let post = try site.forum.addPost(thread: thread, author: nil, body: "I agree.", at: TestInstallation.now - 30)
    let told = try await site("check", "--people", "31")
    #expect(told.status == .exited(0) && told.errors.isEmpty, "\(told)")
    for words in [
      "post \(post) of 20", "in thread \(thread) “Living modified fish”, discussion 1 “Risk assessment”\n",
      "  at once 30, in a digest 0, nothing 2\n", "    1 × the address is none that mail can be sent to\n",
      "    1 × watches since later\n", "    id    gets     because ",
      "    1     at once  watches the thread ", "reader1@example.net\n", "    and 1 more\n",
      "\nwho may read, by the newest post of each discussion:\n",
      "  discussion 1 “Risk assessment”, post \(post): 32 of 32 watchers may read\n",
      "\nwhat the columns hold, in the rows that were read:\n  posts, 1 read\n    state           visible 1\n",
      "\nwatchers  ", "Replies by mail are posted.\n", "The queries' answers agree.\n",
    ] {
      #expect(told.output.contains(words), "\(words)\n\(told.output)")
    }
    let report = try JSONSerialization.jsonObject(with: Data(try await site("check", post, "--json").output.utf8))
    let json = try #require(report as? [String: Any])
    #expect(
      Set(json.keys) == ["mistakes", "remarks", "takesReplies", "posts", "discussions", "rows", "queries"])
    let place = try #require((json["discussions"] as? [[String: Any]])?.first)
    #expect(
      Set(place.keys) == [
        "discussion", "post", "title", "watchers", "readers", "complete", "others", "otherReaders",
      ])
    let rows = try #require((json["rows"] as? [[String: Any]])?.first)
    #expect(Set(rows.keys) == ["kind", "count", "columns", "leftOut"] && rows["kind"] as? String == "posts")
    let column = try #require((rows["columns"] as? [[String: Any]])?.first { $0["column"] as? String == "state" })
    #expect(column["values"] as? [String: Int] == ["visible": 1] && column["words"] as? String == "visible 1")
    let first = try #require((json["posts"] as? [[String: Any]])?.first)
    #expect(
      Set(first.keys) == [
        "post", "thread", "discussion", "threadTitle", "discussionTitle", "state", "createdAt", "journalled",
        "instant", "digest", "skipped", "people",
      ])
    #expect(first["skipped"] as? [String: Int] == ["bad-address": 1, "older-than-watch": 1])
    let people = try #require(first["people"] as? [[String: String]])
    #expect(
      people.count == 20
        && people[0] == [
          "participant": "1", "address": "reader1@example.net", "gets": "instant", "watch": "thread",
          "because": "watches the thread",
        ])
    #expect(try site.number("SELECT count(*) FROM person") == 0 && site.number("SELECT count(*) FROM delivery") == 0)
    let unknown = try await site("check", "99")
    #expect(unknown.status == .exited(64) && unknown.errors.contains("no post \"99\""), "\(unknown)")
  }

  @Test("E8: check tells what contradicts itself with file and line, beside who would get the post")
  func mistaken() async throws {
    let site = try await site()
    _ = try site.post(site.thread(watchers: 5))
    let right = try await site("check")
    #expect(right.status == .exited(0) && right.output.contains("Replies by mail are not taken, "), "\(right)")
    try map(site, ["find_participant": "SELECT id, name, address, zone FROM participant WHERE name = :text"])
    let told = try await site("check")
    #expect(told.status == .exited(78))
    #expect(told.output.contains("  at once 5, in a digest 0, nothing 0\n"), "\(told)")
    #expect(
      told.errors.contains("/sources/mine.yaml:7: queries.find_participant: participant 1 is not found by the address"),
      "\(told)")
    #expect(!told.output.contains("answers agree"))
  }

  @Test(
    "E1, E8: check is content with no row that it could not read; a run sets the row aside, and the others' mail goes")
  func unreadable() async throws {
    try await withRelay { server in
      let site = try await site(relay: server.port)
      #expect(try await site("run", "dispatch").isSilentSuccess)
      try site.post(site.thread(watchers: 5))
      let fragment = CheckTests.fragments["watch"]!.replacing(
        "p.zone ", with: "p.zone, CASE WHEN p.id = 4 THEN 7 ELSE 1 END AS active ")
      let among = CheckTests.queries["watchers_among"]!.replacing(
        "p.zone", with: "p.zone, CASE WHEN p.id = 4 THEN 7 ELSE 1 END AS active")
      try map(
        site,
        ["watchers": CheckTests.queries["watchers"]!.replacing("{watch}", with: fragment), "watchers_among": among])
      let told = try await site("check")
      #expect(told.status == .exited(78) && !told.output.contains("answers agree"), "\(told)")
      #expect(
        told.errors.contains(
          "queries.watchers: participant 4: `7` in column `active` must be 0 or 1; let the query say what it means; such a "
            + "row is set aside"), "\(told)")
      #expect(told.output.contains("  at once 4, in a digest 0, nothing 1\n"), "\(told)")
      #expect(try await site("run", "dispatch", "-v").output.contains("sent 4"))
    }
  }

  @Test("A3, E8: what check prints stands whole before the mistakes, where both go to one place")
  func oneAfterTheOther() async throws {
    let site = try await site()
    try site.post(site.thread(watchers: 60))
    try map(site, ["find_participant": "SELECT id, name, address, zone FROM participant WHERE address = :text || 'x'"])
    let told = try await Program.shell("\"$0\" check --people 60 --config \"$1\" 2>&1", site.configuration)
    let lines = told.output.split(separator: "\n")
    let last = try #require(lines.firstIndex { $0.contains("queries.find_participant: ") })
    #expect(told.output.utf8.count > 4096 && lines[last].hasPrefix("watchpost: "), "\(told)")
    #expect(try #require(lines.firstIndex { $0.hasPrefix("Replies by mail ") }) < last)
  }

  @Test("E8: a query's mistake is not taken for a forum without posts")
  func nothingFound() async throws {
    let site = try await site()
    try site.post(site.thread(watchers: 1))
    try map(site, ["posts": "{post} WHERE p.id IN (:keys) AND p.id < 0"])
    let told = try await site("check")
    #expect(told.status == .exited(78) && told.errors.contains("and not by its key"), "\(told)")
    #expect(!told.output.contains("nothing is proved"))
    try site.forumFile().write { try $0.run("DELETE FROM post") }
    try map(site)
    #expect(
      try await site("check").output.contains("remark: the forum has no post that can be seen: nothing is proved"))
  }

  @Test("E8: the first run with a mapping that contradicts itself consumes nothing; mended, everybody has the post")
  func proved() async throws {
    try await withRelay { server in
      let site = try await site(relay: server.port)
      let thread = try site.thread(watchers: 5)
      let wrong = CheckTests.queries["watchers_among"]!.replacing("p.id IN", with: "p.id + 0 IN")
      let proofs = "SELECT count(*) FROM note WHERE name = 'mapping'"
      // The journal begins with a forum that is empty.
      #expect(try await site("run", "dispatch").isSilentSuccess)
      // At the beginning, and when it is changed later on.
      for round in 0...1 {
        try site.post(thread)
        try map(site, ["watchers_among": wrong])
        let stopped = try await site("run", "dispatch")
        #expect(stopped.status == .exited(78), "\(stopped)")
        #expect(
          stopped.errors.contains(
            "queries.watchers_among: participant 1 is found by page (`watchers`), and not by key"),
          "\(stopped)")
        #expect(try site.number("SELECT count(*) FROM journal") == round && site.number(proofs) == round)
        #expect(try site.number("SELECT count(*) FROM delivery") == 5 * round)
        try map(site)
        #expect(try await site("run", "dispatch", "-v").output.contains("sent 5"))
        #expect(try site.number(proofs) == 1)
      }
    }
  }

  @Test("E8: a mapping that was refused stays refused, whatever rows come next, until it changes or check accepts it")
  func refused() async throws {
    try await withRelay { server in
      let site = try await site(relay: server.port)
      #expect(try await site("run", "dispatch").isSilentSuccess)
      let thread = try site.thread(watchers: 5)
      try site.post(thread)
      try map(site, ["participants": CheckTests.queries["participants"]! + " AND id <> 3"])
      let words = "queries.participants: participant 3 is found by page (`watchers`), and not by key"
      let stopped = try await site("run", "dispatch")
      #expect(stopped.status == .exited(78) && stopped.errors.contains(words), "\(stopped)")
      // The next walk would not meet that person.
      try site.forumFile().write { try $0.run("DELETE FROM watch WHERE participant = 3") }
      let again = try await site("run", "dispatch", "-v")
      #expect(again.status == .exited(78) && again.errors.contains(words), "\(again)")
      #expect(again.errors.contains("mine.yaml: it was refused at 20"), "\(again)")
      #expect(try site.number("SELECT count(*) FROM journal") == 0)
      let told = try await site("check")
      #expect(told.status == .exited(0) && told.output.contains("remark: a run refused this mapping at 20"), "\(told)")
      #expect(try await site("run", "dispatch", "-v").output.contains("sent 4"))
    }
  }

  @Test("E8: a forum without posts is proved as soon as it has some")
  func empty() async throws {
    let site = try await site()
    let wrong = ["threads": "SELECT id, discussion, title FROM thread WHERE id IN (:keys) AND id < 0"]
    try map(site, wrong)
    #expect(try await site("run", "dispatch").isSilentSuccess)
    try site.post(site.thread(watchers: 1))
    let stopped = try await site("run", "dispatch")
    #expect(stopped.status == .exited(78) && stopped.errors.contains("queries.threads: it finds none of"), "\(stopped)")
  }

  @Test("E8: that nobody watches is said by check, and by no run")
  func unwatched() async throws {
    let site = try await site()
    #expect(try await site("run", "dispatch").isSilentSuccess)
    try site.post(site.thread(watchers: 1))
    try site.forumFile().write { try $0.run("DELETE FROM watch") }
    let told = try await site("check")
    #expect(told.status == .exited(0) && told.output.contains("remark: nobody watches these posts"), "\(told)")
    for _ in 1...2 { #expect(try await site("run", "dispatch").isSilentSuccess) }
  }

  @Test("participant set says where the forum's own word holds; what people put into their names is shown cleaned")
  func overruled() async throws {
    let site = try await site()
    _ = try site.thread(watchers: 1)
    try site.forumFile().write {
      try $0.run("UPDATE participant SET name = $1, zone = 'Europe/Paris'", ["A\u{1B}[2Jna\r\u{202E}x"])
    }
    let set = try await site("participant", "set", "1", "--zone", "Africa/Nairobi", "--hour", "6")
    #expect(set.status == .exited(0))
    #expect(set.errors.hasPrefix("watchpost: zone: the forum says Europe/Paris, and its word holds; "), "\(set)")
    #expect(set.output.contains("zone        Europe/Paris\n") && !set.errors.contains("hour"))
    let shown = try await site("participant", "show", "1").output
    #expect(shown.contains("participant 1, A [2Jna x\n"), "\(shown)")
    #expect(!shown.unicodeScalars.contains { $0.value == 0x1B || $0.value == 0x0D || $0.value == 0x202E })
  }
}

extension TestInstallation {
  /// The forum's own file.
  fileprivate func forumFile() throws -> SQLiteDatabase { try SQLiteDatabase(path: directory("site/forum.sqlite")) }
}
