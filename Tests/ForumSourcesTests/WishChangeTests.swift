import Forum
import SQL
import TestSupport
import Testing
import Time

@testable import ForumSources

/// Notes of changes on a server, where many transactions are under way at once.
@Suite("Notes of changes on PostgreSQL", .enabled(if: TestDatabase.isPostgres, "on SQLite writers follow one another"))
struct WishChangeTests {
  private let fixture: ForumFixture

  init() throws { fixture = try ForumFixture() }

  private func rows() throws -> [String] {
    try fixture.forum.read {
      try $0.query("SELECT participant FROM wish_change ORDER BY mark, participant") { $0.text(0) }
    }
  }

  private func changed(after mark: Int64 = 0) throws -> (participants: [String], mark: Int64) {
    try fixture.awaitOlderTransactions()
    return try fixture.source.changes(after: mark, limit: 100)
  }

  @Test("F5: transactions of the forum's that change the same people in another order do not wait for each other")
  func noWaiting() throws {
    let (ana, ben) = (try fixture.participant("ana"), try fixture.participant("ben"))
    let other = try fixture.anotherForum()
    func watch(_ thread: Int64, _ person: String, _ connection: any Connection) throws {
      // Whoever would wait for the other here would wait for ever: both are this thread's.
      try connection.run("SET LOCAL lock_timeout = '1s'")
      try connection.run(
        "INSERT INTO watch (scope, target, participant, since) VALUES ('thread', $1, $2, 0)",
        [.integer(thread), .text(person)])
    }
    try other.write(.concurrent) { second in
      try fixture.forum.write(.concurrent) { first in
        try watch(2, ben, second)
        try watch(1, ana, first)
        try watch(1, ben, first)
        try watch(2, ana, second)
      }
      // The one that is under way began before: nothing is told that would pass it over.
      #expect(try fixture.source.changes(after: 0, limit: 100).participants.isEmpty)
    }
    let found = try changed()
    #expect(found.participants == [ana, ben])
    #expect(try rows().count == 4)
    #expect(try changed(after: found.mark).participants.isEmpty)
  }

  @Test("F5: what was read is forgotten, a page at a time; what was not, stays")
  func forgotten() throws {
    let people = try (1...5).map { try fixture.participant("p\($0)") }
    let thread = try fixture.thread()
    try fixture.watch(thread: thread, by: people)
    let read = try changed().mark
    try fixture.watch(thread: thread, by: [people[0]])
    try fixture.awaitOlderTransactions()
    #expect(try fixture.writer.forgetChanges(readTo: read, limit: 3) == 3)
    #expect(try fixture.writer.forgetChanges(readTo: read, limit: 3) == 2)
    #expect(try fixture.writer.forgetChanges(readTo: read, limit: 3) == 0)
    #expect(try rows() == [people[0]])
    #expect(try changed(after: read).participants == [people[0]])
  }

  @Test("F5: a mark of another server, which this database was copied from, forgets nothing and has all read anew")
  func copied() throws {
    let ana = try fixture.participant("ana")
    try fixture.watch(thread: try fixture.thread(), by: [ana])
    let ahead = try changed().mark + 1_000_000_000
    #expect(try fixture.writer.forgetChanges(readTo: ahead, limit: 100) == 0)
    #expect(try changed(after: ahead).participants == [ana])
  }
}

/// Tables of an older program, with rows in them.
@Suite("An embedded forum that is upgraded") struct EmbeddedForumUpgradeTests {
  @Test("O6, M5: from schema 5 takes BBCode and Textile, refuses other formats still, and keeps a site's own view")
  func formats() throws {
    let directory = try TemporaryDirectory()
    let database = try TestDatabase(in: directory, "forum.sqlite")
    let (forum, site) = (try database.open(), try database.open())
    try forum.migrate("forum", Array(EmbeddedForum.migrations.prefix(5)))
    let writer = EmbeddedForumWriter(forum)
    let discussion = try writer.addDiscussion(title: "Risk", slug: "risk")
    let thread = try writer.addThread(discussion: discussion, title: "Fish")
    func post(_ format: String, _ forum: any Database) throws {
      try forum.write {
        try $0.run(
          "INSERT INTO post (thread, body, format, created_at) VALUES ($1, 'x', $2, 5)", [.text(thread), .text(format)])
      }
    }
    try site.write { try $0.run("CREATE VIEW written AS SELECT id, format FROM post") }
    try post("markdown", site)
    #expect(throws: DatabaseError.self) { try post("bbcode", site) }
    #expect(try EmbeddedForum.migrate(forum) > 0)
    for format in BodyFormat.allCases { try post(format.rawValue, site) }
    for other in ["rst", "BBCODE", ""] {
      for database in [site, forum] { #expect(throws: DatabaseError.self) { try post(other, database) } }
    }
    #expect(
      try site.read { try $0.query("SELECT format FROM written ORDER BY id") { $0.text(0) } }
        == ["markdown"] + BodyFormat.allCases.map(\.rawValue))
    let found = try SQLForum(database: forum, mapping: EmbeddedForum.mapping(forum.dialect)).posts(after: 0, limit: 9)
    #expect(found.map(\.format) == [.markdown] + BodyFormat.allCases)
  }

  @Test("O6, F5: from schema 1 keeps people, watches and the changes that nobody has read, and notes new ones")
  func unread() throws {
    let directory = try TemporaryDirectory()
    let database = try TestDatabase(in: directory, "forum.sqlite")
    let forum = try database.open()
    try forum.migrate("forum", Array(EmbeddedForum.migrations.prefix(1)))
    let writer = EmbeddedForumWriter(forum)
    let (ana, ben) = (
      try writer.addParticipant(name: "ana", address: "ana@example.net"),
      try writer.addParticipant(name: "ben", address: "ben@example.net")
    )
    let watch = Watch(scope: .thread, since: nil)
    try writer.put(watch, target: "1", participant: ana, now: Timestamp(5))
    #expect(try EmbeddedForum.migrate(forum) == EmbeddedForum.migrations.count - 1)
    #expect(try EmbeddedForum.migrate(forum) == 0)
    try writer.put(watch, target: "2", participant: ana, now: Timestamp(5))
    try writer.put(watch, target: "2", participant: ben, now: Timestamp(5))
    func rows() throws -> [String] {
      try forum.read { try $0.query("SELECT participant FROM wish_change ORDER BY mark") { $0.text(0) } }
    }
    #expect(try rows() == (TestDatabase.isPostgres ? [ana, ana, ben] : [ana, ben]))
  }
}
