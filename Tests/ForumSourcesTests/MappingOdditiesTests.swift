import Forum
import SQL
import TestSupport
import Testing
import Time

@testable import ForumSources

/// Columns that are valid, contradict nothing, and are likely to be the wrong ones.
@Suite("Oddities of a mapping") struct MappingOdditiesTests {
  private let forum: WalkedForum
  private let now = Timestamp(1_770_000_600)

  init() throws { forum = try WalkedForum() }

  private func found(_ changed: [String: String] = [:], post: String? = nil) throws -> MappingFindings {
    let (source, _, _) = try forum.fileSource(changed, post: post)
    return try source.prove(places: 50, now: now)
  }

  @Test(
    "E8: are told with what follows, and stop no run",
    arguments: [
      ("m.body,", "m.body, 1 AS urgent,", "10 of 10 posts are urgent"),
      ("m.body,", "m.body, m.id AS parent,", "10 of 10 posts answer themselves by `parent`, such as 1"),
      ("m.body,", "m.body, m.topic AS number,", "posts have one `number`, 1"),
      ("m.body,", "'' AS body,", "`body` is empty in all 10 posts"),
      ("'A writer'", "'a@example.net'", "`author_name` is a mail address in 10 of 10 posts"),
      ("'A writer'", "''", "`author_name` is empty or left out in all 10 posts"),
      (
        "m.created AS", "1769990400 + (m.id - 12) * 86400 AS",
        "all 10 posts were written at the beginning of a day by `created_at`, such as 12 at 2026-02-02T00:00:00Z"
      ),
      (
        "m.created AS", "1769990400 + (m.id - 12) * 86400 - CASE WHEN m.id < 6 THEN 3600 ELSE 0 END AS",
        "all 10 posts were written at the beginning of a day by `created_at`, such as 12 at 2026-02-02T00:00:00Z"
      ),
      (
        "m.author, ", "t.id % 5 + 3 AS author, ",
        "by `author` all posts of a thread are of one person, in all 3 threads that were looked at"
      ),
    ] as [(String, String, String)])
  func odd(_ old: String, _ new: String, _ words: String) throws {
    let fragment = WalkedForum.fragments["post"]!
    #expect(fragment.contains(old))
    let findings = try found(post: fragment.replacing(old, with: new))
    #expect(findings.mistakes.isEmpty, "\(findings.mistakes)")
    #expect(findings.remarks.contains { $0.contains(words) }, "\(findings.remarks)")
    #expect(try !found().remarks.contains { $0.contains(words) })
  }

  @Test("E8: of places: closed long ago while people write, or most of them closed")
  func places() throws {
    let sql = WalkedForum.queries["discussions"]!.replacing("closes AS", with: "1577836800 AS")
    let told = try found(["discussions": sql, "closing": ""]).remarks
    #expect(
      told.contains {
        $0.contains("most posts were written after their discussion had closed by `closes_at`, such as 12 of 2026-")
          && $0.contains("closed 2020-01-01T00:00:00Z")
      }, "\(told)")
    try forum.database.write { connection in
      for id in 14...17 {
        try connection.run("INSERT INTO topic VALUES (\(id), 2, 'T\(id)')")
        try connection.run("INSERT INTO message VALUES (\(id), \(id), 3, 'I agree.', 'visible', 1770000030)")
      }
    }
    let closed = try found([
      "threads": "SELECT id, board AS discussion, title, CASE WHEN id > 13 THEN 1 ELSE 0 END AS closed "
        + "FROM topic WHERE id IN (:keys)"
    ]).remarks
    #expect(closed.contains { $0.contains("4 of 7 threads of the posts that were looked at are closed") }, "\(closed)")
  }

  @Test("E8: of people: nobody closed out, or nearly all who want their own posts")
  func people() throws {
    func changed(_ active: String) -> [String: String] {
      WalkedForum.queries.filter { $0.value.contains("{person}") || $0.key == "watchers" }.mapValues {
        $0.replacing("{person}", with: WalkedForum.fragments["person"]!).replacing("p.active", with: active)
      }
    }
    #expect(
      try found(changed("1 AS active")).remarks.contains { $0.contains("people who were looked at are active; if the") }
    )
    #expect(
      try found(changed("p.active, 1 AS own_posts")).remarks.contains {
        $0.contains("people get their own posts, by `own_posts`")
      })
  }

  @Test("E8: every post visible and some missing may be posts that wait for approval")
  func states() throws {
    try forum.database.write { connection in
      try connection.run("UPDATE message SET state = 'visible'")
      for id in 13...60 where id != 30 {
        try connection.run("INSERT INTO message VALUES (\(id), 11, 4, 'I agree.', 'visible', \(1_770_000_000 + id))")
      }
    }
    let words = "every post is `visible`, and 1 of the last "
    #expect(try found().remarks.contains { $0.contains(words) })
    try forum.database.write { try $0.run("UPDATE message SET state = 'pending' WHERE id = 40") }
    #expect(try !found().remarks.contains { $0.contains(words) })
  }

  @Test("E8: a watch on a board that is told as one on everything is a mistake where nobody has it elsewhere")
  func everything() throws {
    try forum.database.write {
      try $0.run("INSERT INTO sub SELECT 13, id, 0 FROM person WHERE id IN (7, 14, 21, 28, 35)")
    }
    // Subscriptions to topic 13, the only one of board 2, are meant for that board.
    func sql(_ question: String) -> String {
      WalkedForum.queries[question]!.replacing(
        "'thread'", with: "CASE WHEN s.topic = 13 THEN 'everything' ELSE 'thread' END")
    }
    let changed = [
      "watchers": sql("watchers"), "watchers_among": sql("watchers_among"),
      "watches": "SELECT CASE WHEN s.topic = 13 THEN 'everything' ELSE 'thread' END AS scope, "
        + "CASE WHEN s.topic = 13 THEN NULL ELSE s.topic END AS target, s.mute FROM sub s WHERE s.person = :participant",
    ]
    let (source, _, _) = try forum.fileSource(changed)
    let told = try source.prove(posts: ["11"], now: now).mistakes.map(\.description)
    #expect(
      told.contains {
        $0.contains(
          "queries.watchers_among: 5 of 5 people who watch everything by a post of discussion 2 do not by post 12 ")
          && $0.contains("`everything` is a watch on all that the forum has; one on a board is `discussion`")
      }, "\(told)")
  }

  @Test("E8: a query that is cut by a limit and has no order is a mistake", arguments: ["posts_after", "posts_within"])
  func order(_ question: String) throws {
    let sql = WalkedForum.queries[question]!.replacing("ORDER BY m.id ", with: "")
    let told = try found([question: sql]).mistakes.map(\.description)
    #expect(told.contains { $0.contains("queries.\(question): it has no ORDER BY: ") }, "\(told)")
  }
}
