import Board
import Forum
import SQL
import TestSupport
import Testing
import Time

/// No page reads more of the forum for its age: each question goes by an index.
@Suite("The board's plans") struct PlanTests {
  /// The forum, and its thread with most posts: made once, for it takes a while.
  private static let large = Result { try makeLarge() }
  private let fixture: BoardFixture
  private let recorder: ExplainingDatabase
  private let board: Board
  private let long: String

  init() throws {
    (fixture, long) = try Self.large.get()
    recorder = ExplainingDatabase(fixture.site.forum)
    board = Board(recorder)
  }

  private static func makeLarge() throws -> (BoardFixture, String) {
    let fixture = try BoardFixture()
    let long = try fixture.site.thread()
    // On PostgreSQL a plan tells something only with many rows; SQLite's does not look at them.
    let (threads, posts) = TestDatabase.isPostgres ? (1000, 200_000) : (20, 200)
    let numbers = { (count: Int) in
      TestDatabase.isPostgres
        ? "SELECT i FROM generate_series(1, \(count)) i"
        : "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count)) SELECT i FROM n"
    }
    try fixture.site.forum.write { connection in
      try connection.run(
        "INSERT INTO discussion (title, slug) SELECT 'D', 'd' || i FROM (\(numbers(20))) s")
      try connection.run(
        "INSERT INTO thread (discussion, title) SELECT 2 + i % 20, 'T' FROM (\(numbers(threads))) s")
      try connection.run(
        "INSERT INTO participant (name, address) SELECT 'P', 'p' || i || '@example.net' FROM (\(numbers(posts / 10))) s"
      )
      try connection.run(
        """
        INSERT INTO post (thread, author, body, created_at)
        SELECT CASE WHEN i % 100 = 0 THEN 1 ELSE 2 + i % \(threads) END, 1 + i % \(posts / 10),
          'body of ' || i * 7919 % 100003, i
        FROM (\(numbers(posts))) s
        """)
      try connection.run(
        "INSERT INTO post_attachment (post, name) SELECT i, 'a.pdf' FROM (\(numbers(posts / 10))) s")
    }
    if TestDatabase.isPostgres { try fixture.site.forum.write { try $0.run("ANALYZE") } }
    return (fixture, long)
  }

  /// Tables that grow with the forum, as queries call them.
  private func reads(_ plan: ExplainingDatabase.Plan) -> [String] {
    plan.steps.filter { step in
      // SQLite's look for posts that waited for the one that they answer: it is passed over where none does.
      if plan.sql.hasPrefix("INSERT INTO post "), step == "SCAN post" { return false }
      if step.contains("Seq Scan on post") || step.contains("Seq Scan on participant ") { return true }
      // How many posts a thread has is read in the index alone.
      if step.contains("USING INDEX post_place") { return true }
      // The posts that wait are few, and their index has no others; the newest first is no scan but its beginning.
      guard step.hasPrefix("SCAN "), !step.contains("post_pending"), !step.contains("VIRTUAL TABLE") else {
        return false
      }
      return ["p", "x", "q2", "post", "t", "thread", "a", "b"].contains(String(step.split(separator: " ")[1]))
    }
  }

  @Test("P3: no page reads all posts, threads or people")
  func pages() throws {
    let post = try #require(try fixture.board.thread(long, for: .guest)?.posts.first?.key)
    var plans: [ExplainingDatabase.Plan] = []
    for reader in [Reader.guest, .participant(fixture.ben), .participant(fixture.ana)] {
      plans += try recorder.plans {
        _ = try board.discussions(for: reader)
        _ = try board.discussion(slug: "d3", for: reader)
        _ = try board.threads(of: fixture.discussion, for: reader)
        _ = try board.threads(of: "5", for: reader, page: 2)
        _ = try board.thread(long, for: reader)
        _ = try board.thread(long, page: 9, for: reader)
        _ = try board.post(post, for: reader)
        _ = try board.newest(of: "5", for: reader)
        _ = try board.pending(in: fixture.discussion, for: reader)
        _ = try board.moderators(of: fixture.discussion, for: reader)
        for discussion in [nil, "5"] {
          _ = try board.search("63352", in: discussion, for: reader)
          _ = try board.search("63", in: discussion, for: reader)
        }
      }
    }
    #expect(plans.count > 60)
    for plan in plans { #expect(reads(plan).isEmpty, "\(plan)") }
  }

  @Test("P3: no change reads all posts, threads or people")
  func changes() throws {
    let now = fixture.now
    let post = try #require(try fixture.board.thread(long, for: .guest)?.posts.first?.key)
    let plans = try recorder.plans {
      _ = try board.post(NewPost(thread: long, parent: post, body: "x"), formKey: "k", by: fixture.ben, now: now)
      _ = try board.startThread(
        NewThread(discussion: fixture.discussion, title: "t", body: "x"), formKey: "t", by: fixture.ben, now: now)
      _ = try board.hide(post, by: fixture.ana)
      _ = try board.show(post, by: fixture.ana, now: now)
      _ = try board.close(thread: long, by: fixture.ana)
      _ = try board.signUp("new@example.org", now: now)
    }
    #expect(plans.count > 20)
    for plan in plans { #expect(reads(plan).isEmpty, "\(plan)") }
  }

  @Test("P3: no page asks once for each of its posts or threads")
  func fewQuestions() throws {
    func questions(_ body: () throws -> Void) throws -> Int { try recorder.plans(body).count }
    #expect(try questions { _ = try board.discussions(for: .guest) } <= 4)
    #expect(try questions { _ = try board.threads(of: "5", for: .guest) } <= 5)
    #expect(try questions { _ = try board.thread(long, for: .guest) } <= 6)
    #expect(try questions { _ = try board.newest(of: "5", for: .guest) } <= 6)
  }
}
