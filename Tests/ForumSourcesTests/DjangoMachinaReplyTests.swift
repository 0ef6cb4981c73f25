import Forum
import SQL
import TestSupport
import Testing
import Time

@testable import ForumSources

@Suite("Replies into django-machina, through its mapping") struct DjangoMachinaReplyTests {
  private let forum: MachinaForum
  private let poster: SQLReplyPoster
  private let now = Timestamp(iso8601: "2026-05-27T08:30:00Z")!

  init() throws {
    forum = try MachinaForum()
    let database = forum.database
    poster = try #require(SQLReplyPoster(forum.source) { database })
    try forum.forum(1)
    try forum.user(1, "ana")
    try forum.user(2, "ben")
    try forum.topic(1)
    try forum.post(1, by: 2)
    try forum.post(2, by: 2, created: "2026-05-26 13:00:00.5")
    try allow([4, 9])
  }

  /// Rules for everybody who signed in.
  private func allow(_ permissions: [Int64]) throws {
    var rules = MachinaPermissions()
    rules.users = permissions.map { .init(permission: $0, isGranted: true, forum: nil, whom: .everybody) }
    try forum.set(rules)
  }

  private func draft(_ body: String = "I agree.", author: String = "1", parent: String = "1") -> ReplyDraft {
    ReplyDraft(mailKey: "k1", author: author, parent: parent, body: body, arrivedAt: now - 60, now: now)
  }

  /// Every row that a reply may touch.
  private func contents() throws -> [String] {
    let tables = ["forum_conversation_post", "forum_conversation_topic", "forum_forum", "forum_member_forumprofile"]
    return try forum.database.read { connection in
      try tables.flatMap { table in
        try connection.query("SELECT * FROM \(table)") { row in
          row.columns.indices.map { row.text($0) }.joined(separator: "|")
        }
      }
    }
  }

  private func row(_ sql: String) throws -> [String] {
    try forum.database.read { connection in
      try connection.query(sql) { row in row.columns.indices.map { row.isNull($0) ? "NULL" : row.text($0) } }.first
        ?? []
    }
  }

  @Test("I5: a reply writes the post, the counters and last posts of its topic and forum, and its author's profile")
  func posted() throws {
    #expect(try poster.post(draft("Da & <nu>\nsi\n\n> vechi\n\nnou")) == .posted(key: "3", isPending: false))
    #expect(
      try row("SELECT * FROM forum_conversation_post WHERE id = 3") == [
        "3", "2026-05-27 08:30:00", "2026-05-27 08:30:00", "Re: Fish", "Da & <nu>\nsi\n\n> vechi\n\nnou", "NULL", "1",
        "NULL", "0",
        "<p>Da &amp; &lt;nu&gt;<br />\nsi</p>\n\n<blockquote>\n  <p>vechi</p>\n</blockquote>\n\n<p>nou</p>", "1", "1",
        "NULL", "NULL", "1",
      ])
    #expect(
      try row("SELECT posts_count, first_post_id, last_post_id, last_post_on, updated FROM forum_conversation_topic")
        == ["3", "1", "3", "2026-05-27 08:30:00", "2026-05-27 08:30:00"])
    #expect(
      try row("SELECT direct_posts_count, direct_topics_count, last_post_id, last_post_on, updated FROM forum_forum")
        == ["3", "1", "3", "2026-05-27 08:30:00", "2026-05-27 08:30:00"])
    #expect(try row("SELECT * FROM forum_member_forumprofile") == ["1", "NULL", "1", "NULL", "1", ""])
    _ = try poster.post(draft("More."))
    #expect(try row("SELECT posts_count FROM forum_member_forumprofile") == ["2"])
    #expect(try forum.source.posts(keys: ["3"]).map(\.visibility) == [.visible])
  }

  @Test("I5: without the right to post unapproved it waits for a moderator, and counts nowhere")
  func pending() throws {
    try allow([4])
    #expect(try poster.post(draft()) == .posted(key: "3", isPending: true))
    #expect(try row("SELECT posts_count, last_post_id FROM forum_conversation_topic") == ["2", "2"])
    #expect(try row("SELECT posts_count FROM forum_member_forumprofile") == ["0"])
    #expect(try forum.source.posts(keys: ["3"]).map(\.visibility) == [.pending])
  }

  @Test(
    "I5: one that the forum does not take leaves nothing behind",
    arguments: [
      ("no right to reply", "DELETE FROM forum_permission_userforumpermission WHERE permission_id = 4", .noRight),
      ("shut out", "UPDATE auth_user SET is_active = 0 WHERE id = 1", .noRight),
      ("locked", "UPDATE forum_conversation_topic SET status = 1", .threadClosed),
      ("hidden", "UPDATE forum_conversation_post SET approved = 0", .postGone),
      ("gone", "DELETE FROM forum_conversation_post", .postGone),
    ] as [(String, String, ReplyRefusal)])
  func refused(_ name: String, _ change: String, _ refusal: ReplyRefusal) throws {
    try forum.database.write { try $0.run(change) }
    let before = try contents()
    #expect(try poster.post(draft()) == .refused(refusal))
    #expect(try contents() == before)
  }

  @Test("I5: after a crash a reply is found by author, topic, text and time, and nothing else is")
  func found() throws {
    #expect(try poster.posts(like: draft(), since: now - 60) == [])
    _ = try poster.post(draft())
    #expect(!poster.isExact)
    #expect(try poster.posts(like: draft(), since: now - 60) == ["3"])
    #expect(try poster.posts(like: draft("I do not."), since: now - 60) == [])
    #expect(try poster.posts(like: draft(author: "2"), since: now - 60) == [])
    #expect(try poster.posts(like: draft(), since: now + 1) == [])
  }

  @Test("I5: who may reply, and who unapproved, agrees with machina's own algorithm", arguments: 1...6, [true, false])
  func permissions(_ seed: UInt64, _ byDefault: Bool) throws {
    var random = SplitMix64(seed: seed)
    let forum = try MachinaForum(everybodyReads: byDefault, everybodyReplies: byDefault)
    let database = forum.database
    let poster = try #require(SQLReplyPoster(forum.source) { database })
    let (users, groups): ([Int64], [Int64]) = (Array(1...5), [1, 2, 3])
    for id in Int64(1)...2 { try forum.forum(id) }
    for id in groups { try forum.group(id) }
    var members: [Int64: Set<Int64>] = [:]
    for id in users {
      try forum.user(id, "u\(id)")
      members[id] = Set(groups.filter { _ in random.once(in: 2) })
      for group in members[id]! { try forum.join(id, group) }
    }
    try forum.topic(1)
    try forum.post(1)
    var kinds: [String: Int] = [:]
    for round in 1...60 {
      // The random rules are about reading: each permission has its own.
      var all = MachinaPermissions()
      for permission in [MachinaPermissions.read, 4, 9] {
        var one = MachinaPermissions.random(users: users, groups: groups, forums: [1, 2], using: &random)
        one.users = one.users.filter { $0.permission == MachinaPermissions.read }
        one.groups = one.groups.filter { $0.permission == MachinaPermissions.read }
        all.users += one.users.map {
          .init(permission: permission, isGranted: $0.isGranted, forum: $0.forum, whom: $0.whom)
        }
        all.groups += one.groups.map {
          .init(permission: permission, isGranted: $0.isGranted, forum: $0.forum, whom: $0.whom)
        }
      }
      all.defaults = byDefault ? [MachinaPermissions.read, 4, 9] : []
      try forum.set(all)
      for id in users {
        func has(_ permission: Int64) -> Bool {
          all.has(permission, user: id, groups: members[id]!, forum: 1)
        }
        let answer = try poster.post(draft("round \(round)", author: "\(id)"))
        let expected =
          !has(MachinaPermissions.read) || !has(4) ? "refused" : has(9) ? "visible" : "pending"
        let found =
          switch answer {
          case .refused, .unlike: "refused"
          case .posted(_, let isPending): isPending ? "pending" : "visible"
          }
        #expect(found == expected, "seed \(seed), round \(round), user \(id): \(all)")
        kinds[found, default: 0] += 1
      }
    }
    #expect(kinds.values.allSatisfy { $0 > 5 } && kinds.count == 3, "\(kinds)")
  }
}
