import Forum
import Mistakes
import SQL
import TestSupport
import Testing
import Time

@testable import ForumSources

/// Mappings that contradict nothing, and are wrong all the same.
@Suite("What all rows of a mapping have in common") struct MappingCrowdTests {
  private let forum: WalkedForum
  private let now = Timestamp(1_770_000_600)

  init() throws { forum = try WalkedForum() }

  /// What is found by queries of which some are changed, each told with its file and its line.
  private func found(_ changed: [String: String], post: String? = nil) throws -> (mistakes: [String], remarks: [String])
  {
    let (source, path, file) = try forum.fileSource(changed, post: post)
    let findings = try source.prove(now: now)
    for told in findings.mistakes.map(\.description) + findings.remarks where told.contains("queries.") {
      let key = told.split(separator: ": ")[1].dropFirst("queries.".count)
      let line = file.firstIndex { $0.hasPrefix("  \(key): ") }! + 1
      #expect(told.hasPrefix("\(path):\(line): queries.\(key): ") && told.contains("; "), "\(told)")
    }
    return (findings.mistakes.map(\.description), findings.remarks.filter { $0.contains("queries.") })
  }

  /// All queries with something else for a piece of them.
  private func replaced(_ piece: String, with other: String) -> [String: String] {
    WalkedForum.queries.filter { $0.value.contains(piece) }.mapValues { $0.replacing(piece, with: other) }
  }

  private func people(_ old: String, _ new: String) -> [String: String] {
    var queries: [String: String] = [:]
    for (name, sql) in WalkedForum.queries {
      let whole = sql.replacing("{person}", with: WalkedForum.fragments["person"]!)
      if whole.contains(old), name != "readers" { queries[name] = whole.replacing(old, with: new) }
    }
    return queries
  }

  @Test("E8: is nothing to tell of where the mapping is right")
  func right() throws {
    let found = try found([:])
    #expect(found.mistakes == [] && found.remarks == [])
  }

  @Test(
    "E8: is a mistake where it keeps mail from everybody",
    arguments: [
      ("p.active", "0 AS active", "people who were looked at are not active"),
      ("p.active", "p.active, 0 AS confirmed", "people who were looked at have not confirmed their address"),
      ("p.mail AS address", "'' AS address", "people who were looked at have no address that mail can be sent to"),
      ("p.mail AS address", "p.name AS address", "people who were looked at have no address that mail can be sent to"),
    ])
  func everybody(_ old: String, _ new: String, _ words: String) throws {
    let found = try found(people(old, new).filter { $0.key != "find_participant" })
    #expect(found.mistakes.contains { $0.contains("queries.participants: all 53 ") && $0.contains(words) }, "\(found)")
  }

  @Test("E8: is a remark where it keeps mail from most")
  func most() throws {
    // The wrong way round: the few who are not active are the only ones who are.
    let inactive = try found(people("p.active", "1 - p.active AS active"))
    #expect(inactive.mistakes == [])
    #expect(
      inactive.remarks.contains { $0.contains("47 of 53 people who were looked at are not active") }, "\(inactive)")
    let mute = try found(people("s.mute", "1 - s.mute AS mute"))
    #expect(
      mute.remarks.contains { $0.contains("46 of 52 watchers who were looked at mute what they watch") }, "\(mute)")
    let since = try found(people("s.mute", "s.mute, 1770000500 AS since"))
    #expect(since.remarks.contains { $0.contains("all 52 watchers who were looked at watch since later") }, "\(since)")
  }

  @Test("E1, E8: addresses that are texts of another kind have the query at fault; one in a hundred have none in peace")
  func addresses() throws {
    let some = "CASE WHEN p.id < 14 THEN p.name ELSE p.mail END AS address"
    let wrong = try found(people("p.mail AS address", some).filter { $0.key != "find_participant" })
    #expect(
      wrong.mistakes.contains {
        $0.contains(
          "13 of 53 people who were looked at have an address that mail cannot be sent to, such as participant 1: `p1`")
      }, "\(wrong)")
    try forum.database.write { try $0.run("UPDATE person SET mail = '' WHERE id < 14") }
    let none = try found([:])
    #expect(none.mistakes == [])
    #expect(none.remarks.count == 1 && none.remarks[0].contains("13 of 53 people who were looked at have no address"))
    try forum.database.write { try $0.run("UPDATE person SET mail = 'x@example.net' WHERE id < 4") }
    #expect(try found([:]).remarks == [])
  }

  @Test("E8: a wrong key in one branch of what is watched is found by what people are shown to watch")
  func branches() throws {
    try forum.database.write { connection in
      try connection.run("CREATE TABLE board_sub (board BIGINT, person BIGINT)")
      for person in 20...40 { try connection.run("INSERT INTO board_sub VALUES (2, \(person))") }
    }
    func queries(_ board: String, among: String) -> [String: String] {
      [
        "watchers": """
        SELECT x.* FROM (SELECT s.person AS participant, 'thread' AS scope, s.mute, p.mail AS address, p.active
          FROM sub s JOIN person p ON p.id = s.person WHERE s.topic = :thread AND s.person > CAST(:after AS BIGINT)
          UNION ALL SELECT b.person, 'discussion', 0, p.mail, p.active
          FROM board_sub b JOIN person p ON p.id = b.person WHERE b.board = \(board) AND b.person > CAST(:after AS BIGINT)
        ) x ORDER BY participant LIMIT :limit
        """,
        "watchers_among": """
        SELECT p.id AS participant, w.scope, w.mute, p.name, p.mail AS address, p.active FROM person p LEFT JOIN (
          SELECT s.person, 'thread' AS scope, s.mute FROM sub s WHERE s.topic = :thread
          UNION ALL SELECT b.person, 'discussion', 0 FROM board_sub b WHERE b.board = \(among)
        ) w ON w.person = p.id WHERE p.id IN (:keys) ORDER BY p.id
        """,
        "watches": """
        SELECT 'thread' AS scope, s.topic AS target, s.mute FROM sub s WHERE s.person = :participant
        UNION ALL SELECT 'discussion', b.board, 0 FROM board_sub b WHERE b.person = :participant
        """,
      ]
    }
    let right = try found(queries(":discussion", among: ":discussion"))
    #expect(right.mistakes == [] && right.remarks == [], "\(right)")
    let both = try found(queries(":thread", among: ":thread"))
    for query in ["watchers", "watchers_among"] {
      #expect(
        both.mistakes.contains {
          $0.contains(
            "queries.\(query): of 12 watches on a discussion that `watches` lists it does not find 12: participant")
            && $0.contains("has a watch on discussion 2; see that each branch compares with what it is for")
        }, "\(query): \(both)")
    }
    let one = try found(queries(":thread", among: ":discussion"))
    #expect(one.mistakes.contains { $0.contains("queries.watchers: of 12 watches on a discussion") }, "\(one)")
  }

  @Test("E8: a `newest` far beyond all posts is told")
  func newest() throws {
    let time = try found(["newest": "SELECT max(created) AS ordinal FROM message"])
    #expect(
      time.mistakes.contains {
        $0.contains("queries.newest: it is 1770000012, and the largest ordinal that `posts_after` gives is 12; ")
      }, "\(time)")
    // What the first run looks into, it finds; what lies further back it never would.
    for more in [1, 500, 1000] {
      let found = try found(["newest": "SELECT max(id) + \(more) AS ordinal FROM message"])
      #expect(found.mistakes == [])
      #expect(found.remarks.contains { $0.contains("it is \(12 + more), and the largest ordinal") }, "\(found)")
    }
    let far = try found(["newest": "SELECT max(id) + 1001 AS ordinal FROM message"])
    #expect(far.mistakes.contains { $0.contains("it is 1013, and the largest ordinal") }, "\(far)")
  }

  @Test("E8: posts that one query loses are found by the others; gaps that none explains are counted")
  func lost() throws {
    try forum.database.write { connection in
      try connection.run("CREATE TABLE extra (message BIGINT)")
      for id in 13...299 {
        try connection.run(
          "INSERT INTO message VALUES (\(id), 11, 3, 'I agree.', '\(id % 50 == 0 ? "hidden" : "visible")', 1770000020)")
        if id % 4 != 0 { try connection.run("INSERT INTO extra VALUES (\(id))") }
      }
    }
    let whole = try found([:])
    #expect(whole.mistakes == [] && whole.remarks == [], "\(whole)")
    let shown = "m.state <> 'hidden' AND"
    for (query, words) in [
      ("posts_after", "post 100 is found by `posts_within`, and not by `posts_after` (and 4 more alike); "),
      ("posts_within", "post 100 is found by `posts_after`, and not by `posts_within` (and 4 more alike); "),
      ("posts", "post 100 is found by `posts_after` or `posts_within`, and not by its key (and 4 more alike); "),
    ] {
      let found = try found([query: WalkedForum.queries[query]!.replacing("WHERE", with: "WHERE \(shown)")])
      #expect(found.mistakes.contains { $0.contains("queries.\(query): \(words)") }, "\(query): \(found)")
    }
    let ordinals = replaced("{post} WHERE m.id", with: "{post} WHERE \(shown) m.id").filter { $0.key != "posts" }
    #expect(
      try found(ordinals).mistakes.contains { $0.contains("post 50 is found by its key, and not by its ordinal 50") })
    let joined = try found([:], post: WalkedForum.fragments["post"]! + " JOIN extra e ON e.message = m.id")
    #expect(joined.mistakes == [], "\(joined)")
    #expect(
      joined.remarks.contains {
        $0.contains("of 287 ordinals from 13 to 299 71 (24 %) are given by no query for posts, such as 16, 20, 24; ")
      }, "\(joined)")
    // The more are lost, the louder.
    var percents: [Int] = []
    for kept in [4, 12, 24, 96] {
      try forum.database.write {
        try $0.run("DELETE FROM extra WHERE message NOT IN (13, 299) AND message % \(kept) <> 1")
      }
      let few = try found([:], post: WalkedForum.fragments["post"]! + " JOIN extra e ON e.message = m.id").remarks
      let percent = few.compactMap {
        $0.firstMatch(of: #/most posts may be lost: of 287 ordinals from 13 to 299 \d+ \((\d+) %\)/#).flatMap {
          Int($0.1)
        }
      }
      percents += percent
      #expect(percent.count == 1, "\(kept): \(few)")
    }
    #expect(percents == [74, 91, 95, 98])
    let last = try found(
      [:], post: WalkedForum.fragments["post"]! + " JOIN extra e ON e.message = m.id AND e.message < 299")
    #expect(last.remarks.contains { $0.contains("queries.newest: it is 299, and the largest ordinal") }, "\(last)")
  }

  @Test("E8: authors whom a join loses are told; one who is gone is not")
  func authors() throws {
    try forum.database.write { try $0.run("UPDATE message SET author = 900 WHERE author = 5") }
    #expect(try found([:]).remarks == [])
    try forum.database.write { try $0.run("UPDATE message SET author = 900 + author WHERE author IN (3, 4)") }
    let told = try found([:]).remarks
    #expect(
      told.count == 1 && told[0].contains("it does not find 3 of the 5 authors of the newest posts, such as 900; "),
      "\(told)")
  }

  @Test("E8: one slug or one link for all is told")
  func faces() throws {
    let slug = try found([
      "discussions": "SELECT id, title, closes AS closes_at, 'forum' AS slug FROM board WHERE id IN (:keys)",
      "threads": "SELECT id, board AS discussion, title, 'https://f.example/' AS url FROM topic WHERE id IN (:keys)",
    ])
    #expect(slug.mistakes == [])
    #expect(slug.remarks.contains { $0.contains("2 of 2 rows have one `slug`, `forum`, such as 1 and 2; ") }, "\(slug)")
    #expect(
      slug.remarks.contains {
        $0.contains("queries.threads: 3 of 3 rows have one `url`, `https://f.example/`, such as 11")
      },
      "\(slug)")
    let post = WalkedForum.fragments["post"]!.replacing("m.body,", with: "m.body, 'https://f.example/p' AS url,")
    let links = try found([:], post: post)
    #expect(links.remarks.contains { $0.contains("queries.posts: 3 of 3 rows have one `url`") }, "\(links)")
  }

  @Test("E8: a join that doubles posts is told as that, and not as one that loses some")
  func doubled() throws {
    try forum.database.write { connection in
      try connection.run("CREATE TABLE file (message BIGINT)")
      for id in 13...299 {
        try connection.run("INSERT INTO message VALUES (\(id), 11, 3, 'I agree.', 'visible', 1770000020)")
        for _ in 1...2 { try connection.run("INSERT INTO file VALUES (\(id))") }
      }
    }
    let found = try found([:], post: WalkedForum.fragments["post"]! + " LEFT JOIN file f ON f.message = m.id")
    #expect(
      found.mistakes.contains { $0.contains("queries.posts_after: 13 comes twice; a join has several rows") },
      "\(found)")
    #expect(!found.mistakes.contains { $0.contains("LEFT JOIN") || $0.contains("and not by") }, "\(found)")
  }

  @Test("E8: zones that nobody knows are told, be it all or some; one person's mistyped one is not")
  func zones() throws {
    func remarks(_ zone: String) throws -> [String] {
      try found(people("p.active", "p.active, \(zone) AS zone")).remarks
    }
    #expect(
      try remarks("'1.00'").contains {
        $0.contains("53 of the 53 people who have a zone have one that is not known, such as participant 1: `1.00`; ")
      })
    #expect(
      try remarks("CASE WHEN p.id < 4 THEN 'Paris' WHEN p.id < 30 THEN 'Europe/Paris' END").contains {
        $0.contains("3 of the 26 people who have a zone") && $0.contains("`Paris`; their digests go by UTC; let `zone`")
      })
    #expect(try remarks("CASE WHEN p.id = 4 THEN 'Paris' ELSE 'Europe/Paris' END") == [])
  }

  @Test("E8: authors of nobody, modes that are all off and places that are all closed are told")
  func empty() throws {
    for author in ["CAST(NULL AS BIGINT) AS author,", ""] {
      let nobody = try found([:], post: WalkedForum.fragments["post"]!.replacing("m.author,", with: author))
      #expect(nobody.mistakes == [])
      #expect(
        nobody.remarks.contains {
          $0.contains(
            "queries.posts: `author` is empty or left out in all 10 posts that were looked at: whoever watches")
        }, "\(nobody)")
    }
    let all = try found(people(", p.active", "")).remarks
    #expect(all.count == 1 && all[0].contains("queries.watchers: there is no column `active`: who is banned"), "\(all)")
    let off = try found(people("p.active", "p.active, 'off' AS mode"))
    #expect(off.remarks.contains { $0.contains("all 52 watchers who were looked at want no mail, by their mode") })
    let most = try found(people("p.active", "p.active, CASE WHEN p.id < 50 THEN 'off' END AS mode"))
    #expect(most.remarks.contains { $0.contains("of 52 watchers who were looked at want no mail, by their mode") })
    func closed(_ word: String) throws -> [String] {
      try found(["threads": "SELECT id, board AS discussion, title, \(word) AS closed FROM topic WHERE id IN (:keys)"])
        .remarks
    }
    #expect(try closed("1").contains { $0.contains("all 3 threads of the posts that were looked at are closed") })
    #expect(try closed("CASE WHEN id = 11 THEN 0 ELSE 1 END") == [])
  }

  @Test("E8: a watch is told with its target before its mode and its moment")
  func words() throws {
    let walk = MappingWalk(try forum.source(), people: 1, now: nil)
    let watch = Watch(scope: .thread, mode: .digest, since: Timestamp(0))
    #expect(walk.words([watch], on: "11") == "a watch on thread 11 in mode digest since 1970-01-01T00:00:00Z")
  }
}
