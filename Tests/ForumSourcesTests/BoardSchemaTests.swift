import Forum
import SQL
import TestSupport
import Testing
import Time

@testable import ForumSources

@Suite("The embedded forum's schema for discussion pages") struct BoardSchemaTests {
  /// What a site's own pages wrote before there was anything of ours.
  private static let old = [
    "INSERT INTO participant (name, address) VALUES ('Ana', 'ana@example.net')",
    "INSERT INTO discussion (title, slug, is_private) VALUES ('D', '', 1)",
    "INSERT INTO member (discussion, participant) VALUES (1, 1)",
    "INSERT INTO thread (discussion, title) VALUES (1, 'T')",
    "INSERT INTO post (thread, author, body, created_at) VALUES (1, 1, 'an elephant', 5)",
    "INSERT INTO post_attachment (post, name, size) VALUES (1, 'a.pdf', 5)",
    "INSERT INTO watch (scope, target, participant, since) VALUES ('thread', 1, 1, 0)",
  ]

  @Test("O6: a forum of the version before is upgraded with its rows, and what its pages write goes on as before")
  func upgrade() throws {
    let directory = try TemporaryDirectory()
    let file = try TestDatabase(in: directory, "forum.sqlite")
    let forum = try file.open()
    try forum.migrate("forum", Array(EmbeddedForum.migrations.prefix(7)))
    try forum.write { connection in for sql in Self.old { try connection.run(sql) } }
    #expect(try EmbeddedForum.migrate(forum) == EmbeddedForum.migrations.count - 7)
    let reader = SQLForum(database: forum, mapping: EmbeddedForum.mapping(forum.dialect))
    let post = try #require(try reader.posts(keys: ["1"]).first)
    #expect(try reader.readers(of: post, among: ["1"]) == .only(["1"].distinctKeys))
    #expect(try reader.discussions(keys: ["1"]).first?.isClosed == false)
    // Another program, of the old version, with a connection of its own.
    let other = try file.open()
    try other.write { connection in
      for sql in Self.old { if !sql.contains(" member") && !sql.contains("watch") { try connection.run(sql) } }
    }
    try other.write { try $0.run("UPDATE post SET state = 'hidden', body = 'a mouse' WHERE id = 2") }
    #expect(try reader.posts(keys: ["1", "2"]).map(\.visibility) == [.visible, .hidden])
    if !TestDatabase.isPostgres {
      func found(_ trigram: String) throws -> [Int64] {
        try forum.read {
          try $0.query("SELECT rowid FROM post_text WHERE post_text MATCH $1 ORDER BY rowid", [.text(trigram)]) {
            $0.integer(0)
          }
        }
      }
      #expect(try found("ele") == [1])
      #expect(try found("mou") == [2])
      try forum.write { try $0.run("INSERT INTO post_text (post_text) VALUES ('integrity-check')") }
      try other.write { try $0.run("DELETE FROM post_attachment; ") }
      try other.write { try $0.run("DELETE FROM post WHERE id = 1") }
      #expect(try found("ele") == [])
      try forum.write { try $0.run("INSERT INTO post_text (post_text) VALUES ('integrity-check')") }
    }
  }

  @Test("F3: a discussion closed by hand takes no reply by mail; a role leads in and out of one at once")
  func rights() throws {
    let site = try ForumFixture()
    let (ana, bo) = (try site.participant("ana"), try site.participant("bo"))
    try site.forum.write { connection in
      try connection.run("UPDATE discussion SET is_private = 1")
      try connection.run("INSERT INTO forum_role (name) VALUES ('Focal point')")
      try connection.run("INSERT INTO discussion_role (discussion, role) VALUES (1, 1)")
      try connection.run("INSERT INTO member (discussion, participant) VALUES (1, $1)", [.text(bo)])
      try connection.run("INSERT INTO participant_role (participant, role) VALUES ($1, 1)", [.text(bo)])
    }
    let thread = try site.thread()
    let root = try site.post(in: thread, by: bo)
    let post = try #require(try site.source.posts(keys: [root]).first)
    func readers() throws -> Readers { try site.source.readers(of: post, among: [ana, bo, "99"]) }
    var replies = 0
    func reply() throws -> ReplyAnswer {
      replies += 1
      return try site.writer.post(
        ReplyDraft(
          mailKey: "\(replies)", author: ana, parent: root, body: "x",
          arrivedAt: site.clock.now,
          now: site.clock.now))
    }
    #expect(try readers() == .only([bo].distinctKeys))
    #expect(try reply() == .refused(.noRight))
    try site.forum.write { try $0.run("INSERT INTO participant_role (participant, role) VALUES ($1, 1)", [.text(ana)]) }
    #expect(try readers() == .only([ana, bo].distinctKeys))
    guard case .posted = try reply() else { return #expect(Bool(false)) }
    try site.forum.write { try $0.run("UPDATE discussion SET posting = 'invited'") }
    guard case .posted = try reply() else { return #expect(Bool(false)) }
    try site.forum.write { try $0.run("UPDATE discussion_role SET may_post = 0") }
    #expect(try reply() == .refused(.noRight))
    try site.forum.write { try $0.run("UPDATE discussion SET closed = 1") }
    #expect(try reply() == .refused(.discussionClosed))
    #expect(try site.source.discussions(keys: ["1"]).first?.takesAnswers(at: site.clock.now) == false)
    try site.forum.write { try $0.run("DELETE FROM participant_role") }
    #expect(try readers() == .only([bo].distinctKeys))
  }

  @Test("A6: who is erased holds no role and has no country")
  func erased() throws {
    let site = try ForumFixture()
    let ana = try site.participant("ana")
    try site.forum.write { connection in
      try connection.run("INSERT INTO forum_role (name) VALUES ('Focal point')")
      try connection.run("INSERT INTO participant_role (participant, role) VALUES ($1, 1)", [.text(ana)])
      try connection.run("UPDATE participant SET country = 'KE', signed_up_at = 5")
    }
    #expect(try site.writer.eraseParticipant(ana))
    let left = try site.forum.read {
      try $0.query(
        "SELECT country, signed_up_at, (SELECT count(*) FROM participant_role) FROM participant"
      ) { row in
        "\(row.text(0))|\(row.text(1))|\(row.text(2))"
      }
    }
    #expect(left == ["||0"])
    #expect(try !site.writer.eraseParticipant(ana))
  }
}
