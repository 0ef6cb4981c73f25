import Forum
import Mistakes
import SQL
import TestSupport
import Testing
import Time

@testable import ForumSources

@Suite("The embedded forum, through its mapping") struct EmbeddedForumTests {
  private let fixture: ForumFixture
  private var source: SQLForum { fixture.source }

  init() throws { fixture = try ForumFixture() }

  @Test("C2: lists posts of every state above an ordinal and within a range, ascending")
  func posts() throws {
    let thread = try fixture.thread()
    #expect(try source.newestOrdinal() == 0)
    for state in Visibility.allCases { try fixture.post(in: thread, state: state) }
    #expect(try source.newestOrdinal() == 4)
    #expect(try source.posts(after: 0, limit: 9).map(\.visibility) == Visibility.allCases)
    #expect(try source.posts(after: 1, limit: 2).map(\.ordinal) == [2, 3])
    #expect(try source.posts(after: 4, limit: 2).isEmpty)
    #expect(try source.posts(within: 2...3, limit: 9).map(\.ordinal) == [2, 3])
    #expect(try source.posts(within: 1...4, limit: 3).map(\.ordinal) == [1, 2, 3])
    #expect(try source.pendingPosts(after: nil, limit: 500).map(\.ordinal) == [1])
    #expect(Set(try source.posts(keys: ["4", "2", "99"]).map(\.key)) == ["2", "4"])
    #expect(try source.posts(keys: []).isEmpty)
  }

  @Test("tells everything of a post")
  func wholePost() throws {
    let ana = try fixture.participant("Ana Paz")
    let thread = try fixture.thread()
    let first = try fixture.post(in: thread)
    let key = try fixture.writer.addPost(
      thread: thread, author: ana, body: "**Да** 你好\r\n", subject: "Re: fish", format: .markdown, language: "ru",
      parent: first, isUrgent: true, url: "https://forum.example.org/p/2", at: fixture.clock.now)
    let expected = Post(
      key: key, ordinal: 2, threadKey: thread, discussionKey: fixture.discussion, number: key, parentKey: first,
      authorKey: ana, authorName: "Ana Paz", subject: "Re: fish", body: "**Да** 你好\r\n", format: .markdown,
      language: "ru", visibility: .visible, createdAt: fixture.clock.now, isUrgent: true,
      url: "https://forum.example.org/p/2")
    #expect(try source.posts(keys: [key]) == [expected])
  }

  @Test("M6: knows the files of posts, in their order")
  func files() throws {
    let thread = try fixture.thread()
    let (first, second) = (try fixture.post(in: thread), try fixture.post(in: thread))
    #expect(try source.attachments(ofPosts: [first, second]) == [])
    try fixture.writer.addAttachment(post: second, name: "b.pdf", octets: 0, url: "https://e.org/b")
    try fixture.writer.addAttachment(post: first, name: "z.pdf")
    try fixture.writer.addAttachment(post: second, name: "a.pdf", octets: 2_000_000_000_000)
    let found = try source.attachments(ofPosts: [first, second, "99"])
    #expect(
      found == [
        PostAttachment(post: first, name: "z.pdf"),
        PostAttachment(post: second, name: "b.pdf", octets: 0, url: "https://e.org/b"),
        PostAttachment(post: second, name: "a.pdf", octets: 2_000_000_000_000),
      ])
    #expect(try source.attachments(ofPosts: [first]).map(\.name) == ["z.pdf"])
    for refused in ["(1, 'a', -1)", "(1, NULL, 1)", "(1, 'a', 'big')"] {
      #expect(throws: DatabaseError.self, "\(refused)") {
        try fixture.forum.write { try $0.run("INSERT INTO post_attachment (post, name, size) VALUES \(refused)") }
      }
    }
  }

  @Test("C6: shows the text and state of a post as they stand")
  func latest() throws {
    let key = try fixture.post(in: try fixture.thread(), "first")
    try fixture.writer.edit(post: key, body: "second", at: fixture.clock.advance(by: 60))
    try fixture.writer.setVisibility(.hidden, ofPost: key)
    let post = try #require(try source.posts(keys: [key]).first)
    #expect(post.body == "second")
    #expect(post.visibility == .hidden)
  }

  @Test("knows threads with their themes")
  func threads() throws {
    let theme = try fixture.writer.addTheme(discussion: fixture.discussion, title: "Theme 1")
    let plain = try fixture.thread("No theme")
    let themed = try fixture.writer.addThread(
      discussion: fixture.discussion, title: "With theme", theme: theme, url: "https://forum.example.org/t/2")
    #expect(
      Set(try source.threads(keys: [plain, themed, "77"])) == [
        Thread(key: plain, discussionKey: fixture.discussion, title: "No theme"),
        Thread(
          key: themed, discussionKey: fixture.discussion, title: "With theme", theme: "Theme 1",
          url: "https://forum.example.org/t/2"),
      ])
  }

  @Test("M3: has no two discussions that would share From and List-Id; empty slugs take their id")
  func slugs() throws {
    func add(_ slug: String) throws { try fixture.writer.addDiscussion(title: "Another", slug: slug) }
    for taken in ["risk", "Risk"] {
      let error = #expect(throws: DatabaseError.self) { try add(taken) }
      #expect(error?.kind == .constraint)
    }
    for free in ["risk-2", "", ""] { try add(free) }
  }

  @Test("D3: finds discussions that close within a span, its end not included")
  func closing() throws {
    let now = fixture.clock.now
    let keys = try [0, 100, 200].map {
      try fixture.writer.addDiscussion(title: "closes \($0)", slug: "c\($0)", opensAt: now - 9, closesAt: now + $0)
    }
    #expect(try source.discussions(closingWithin: now..<(now + 200)).map(\.key) == [keys[0], keys[1]])
    #expect(try source.discussions(closingWithin: (now + 1)..<(now + 201)).map(\.key) == [keys[1], keys[2]])
    let first = try #require(try source.discussions(keys: [keys[1]]).first)
    #expect(first.opensAt == now - 9)
    #expect(first.closesAt == now + 100)
    #expect(try source.discussions(keys: [fixture.discussion]).first?.closesAt == nil)
  }

  @Test("knows participants with every wish, and finds them by address")
  func participants() throws {
    let ana = try fixture.participant("ana", mode: .digest, isActive: false, isConfirmed: false) {
      $0.digestPeriod = .weekly
      $0.digestHour = 18
      $0.digestWeekday = .friday
      $0.zone = "Africa/Nairobi"
      $0.language = .fr
      $0.digestStyle = .subjects
      $0.digestFormat = .mime
      $0.textOnly = true
      $0.ownPosts = false
      $0.pausedUntil = Timestamp(1_800_000_000)
    }
    let ben = try fixture.participant("ben")
    let found = try source.participants(keys: [ana, ben, "9"]).sorted { $0.key < $1.key }
    #expect(found.map(\.key) == [ana, ben])
    let preferences = found[0].preferences
    #expect(!found[0].isActive && !found[0].isConfirmed && found[1].isActive && found[1].isConfirmed)
    #expect(found[1].preferences == Preferences())
    #expect(preferences.digestPeriod == .weekly && preferences.digestHour == 18 && preferences.digestWeekday == .friday)
    #expect(preferences.zone == "Africa/Nairobi" && preferences.language == .fr && preferences.digestStyle == .subjects)
    #expect(preferences.digestFormat == .mime && preferences.textOnly == true && preferences.ownPosts == false)
    #expect(preferences.pausedUntil == Timestamp(1_800_000_000) && preferences.mode == .digest)
    #expect(try source.participants(named: "ben@example.net").map(\.key) == [ben])
    #expect(try source.participants(named: "nobody@example.net").isEmpty)
  }

  @Test("F3: a private discussion is read by its members alone, a public one by everybody")
  func readers() throws {
    let (ana, ben) = (try fixture.participant("ana"), try fixture.participant("ben"))
    let closed = try fixture.writer.addDiscussion(title: "Closed", slug: "closed", isPrivate: true)
    try fixture.writer.addMember(discussion: closed, participant: ana)
    let open = try #require(
      try source.posts(keys: [try fixture.post(in: try fixture.thread())]).first)
    let secret = try #require(
      try source.posts(keys: [try fixture.post(in: try fixture.thread(in: closed))]).first)
    #expect(try source.readers(of: open, among: [ana, ben]) == .everyone)
    #expect(try source.readers(of: secret, among: [ana, ben]) == .only([ana].distinctKeys))
    #expect(try source.readers(of: secret, among: [ben]) == .only([]))
    try fixture.writer.removeMember(discussion: closed, participant: ana)
    #expect(try source.readers(of: secret, among: [ana, ben]) == .only([]))
  }

  @Test("F5: tells whose wishes or watches changed after a mark, each change once")
  func changes() throws {
    let (ana, ben) = (try fixture.participant("ana"), try fixture.participant("ben"))
    let thread = try fixture.thread()
    try fixture.watch(thread: thread, by: [ana, ben])
    var mark: Int64 = 0
    func changed(limit: Int = 100) throws -> [String] {
      try fixture.awaitOlderTransactions()
      let changes = try source.changes(after: mark, limit: limit)
      mark = changes.mark
      return changes.participants
    }
    #expect(try changed() == [ana, ben])
    #expect(try changed() == [])
    var preferences = Preferences()
    preferences.mode = .instant
    try fixture.writer.set(preferences, of: ben)
    try fixture.writer.set(preferences, of: ben)
    #expect(try changed() == [ben])
    try fixture.put(Watch(scope: .thread, mode: .digest), on: thread, by: ana)
    #expect(try changed() == [ana])
    try fixture.writer.removeWatch(scope: .thread, target: thread, participant: ben)
    try fixture.writer.set(preferences, of: ana)
    #expect(try changed(limit: 1) == [ben])
    #expect(try changed(limit: 1) == [ana])
    #expect(try changed() == [])
  }

  @Test("F5: changes are noted once for each person, and none for what is no wish, such as a developer's own column")
  func fewChanges() throws {
    let ana = try fixture.participant("ana")
    func rows() throws -> Int { try fixture.forum.read { try $0.query("SELECT 1 FROM wish_change") { _ in 1 }.count } }
    try fixture.forum.write { connection in
      try connection.run("ALTER TABLE participant ADD COLUMN seen_at BIGINT")
      try connection.run("UPDATE participant SET seen_at = 5, name = 'Ana', address = 'ana@example.com', active = 0")
    }
    #expect(try rows() == 0)
    for hour in 0...9 {
      try fixture.forum.write { try $0.run("UPDATE participant SET digest_hour = $1", [.integer(Int64(hour))]) }
    }
    try fixture.forum.write {
      // A trigger must not take over the policy of the statement that fires it.
      let insert = "(scope, target, participant, since) VALUES ('thread', 1, $1, 0)"
      try $0.run(
        TestDatabase.isPostgres
          ? "INSERT INTO watch \(insert) ON CONFLICT DO NOTHING" : "INSERT OR IGNORE INTO watch \(insert)", [.text(ana)]
      )
    }
    // On PostgreSQL whoever reads makes one of them.
    #expect(try rows() == (TestDatabase.isPostgres ? 11 : 1))
    try fixture.awaitOlderTransactions()
    #expect(try source.changes(after: 10, limit: 9).participants == [ana])
  }

  @Test("lists a participant's watches with what they are on")
  func watches() throws {
    let ana = try fixture.participant("ana")
    let thread = try fixture.thread("Fish")
    try fixture.put(Watch(scope: .everything, mode: .digest, since: Timestamp(5)), by: ana)
    try fixture.put(Watch(scope: .discussion, isMute: true, since: Timestamp(6)), on: fixture.discussion, by: ana)
    try fixture.put(Watch(scope: .thread, since: Timestamp(7)), on: thread, by: ana)
    #expect(
      try source.watches(of: ana) == [
        .init(
          watch: Watch(scope: .discussion, isMute: true, since: Timestamp(6)), target: fixture.discussion,
          title: "Risk assessment"),
        .init(watch: Watch(scope: .everything, mode: .digest, since: Timestamp(5)), target: "", title: ""),
        .init(watch: Watch(scope: .thread, since: Timestamp(7)), target: thread, title: "Fish"),
      ])
  }

  @Test(
    "refuses states, modes and hours outside their lists by itself",
    arguments: [
      "UPDATE post SET state = 'approved'", "UPDATE participant SET mode = 'sometimes'",
      "UPDATE participant SET digest_hour = 24", "UPDATE post SET format = 'rtf'",
      "INSERT INTO watch (scope, target, participant, since) VALUES ('everything', 1, 1, 0)",
    ])
  func checked(_ sql: String) throws {
    try fixture.participant("ana")
    try fixture.post(in: try fixture.thread())
    let error = #expect(throws: DatabaseError.self) { try fixture.forum.write { try $0.run(sql) } }
    #expect(error?.kind == .constraint)
  }

  @Test(
    "D1: an hour or weekday out of range, as a foreign forum may have it, counts as the nearest that there is",
    arguments: [(0, 99, Weekday.monday, 23), (99, -5, .sunday, 0), (3, 7, .wednesday, 7)])
  func outOfRange(day: Int, hour: Int, weekday: Weekday, nearest: Int) throws {
    let mapping = try Mapping(
      name: "odd",
      queries: EmbeddedForum.queries.merging([
        "participants": """
        SELECT id, address, \(day) AS digest_weekday, \(hour) AS digest_hour FROM participant WHERE id IN (:keys)
        """
      ]) { $1 }, fragments: EmbeddedForum.fragments)
    let ana = try fixture.participant("ana")
    let found = try SQLForum(database: fixture.forum, mapping: mapping).participants(keys: [ana])
    #expect(found.map(\.preferences.digestWeekday) == [weekday])
    #expect(found[0].preferences.resolved(with: EffectivePreferences()).digest.hour == nearest)
  }

  @Test("a key that a person typed and that no key looks like is nobody's")
  func typedKeys() throws {
    let typed = ["ana@typo.example", "99999999999999999999", ""]
    for text in typed {
      #expect(try ForumError.foundByTyped { try source.participants(keys: [text]) }.isEmpty, "\(text)")
      #expect(try ForumError.foundByTyped { try source.posts(keys: [text]) }.isEmpty, "\(text)")
    }
  }
}
