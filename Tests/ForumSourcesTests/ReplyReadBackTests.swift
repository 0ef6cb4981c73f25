import Forum
import SQL
import TestSupport
import Testing
import Time

@testable import ForumSources

/// A reply is believed to be posted when the mapping's own query shows it, and is taken back otherwise.
@Suite("A reply that is read back") struct ReplyReadBackTests {
  private static let now = Timestamp(1_770_001_000)
  private static let insert = """
    INSERT INTO message (id, topic, author, body, state, created)
    SELECT max(id) + 1, CAST(:topic AS BIGINT), CAST(:author AS BIGINT), CAST(:body AS TEXT),
      CASE WHEN CAST(:pending AS INTEGER) = 1 THEN 'pending' ELSE 'visible' END, CAST(:now AS BIGINT)
    FROM message RETURNING id AS post
    """

  /// Posts a reply of participant 4 to post 12 of thread 11, by statements that differ from the right one.
  private func post(
    _ walked: WalkedForum, _ change: (old: String, new: String)? = nil, pending: Int = 0, more: [String] = [],
    find: String = "SELECT id AS post FROM message WHERE body = :body"
  ) throws -> (poster: SQLReplyPoster, draft: ReplyDraft) {
    let insert = change.map { ReplyReadBackTests.insert.replacing($0.old, with: $0.new) } ?? ReplyReadBackTests.insert
    #expect(change == nil || insert != ReplyReadBackTests.insert)
    let sql = ReplySQL(
      allowed: "SELECT topic, \(pending) AS pending FROM message WHERE id = CAST(:parent AS BIGINT)",
      statements: [insert] + more, find: find)
    let mapping = try Mapping(
      name: "corp", queries: WalkedForum.queries, fragments: WalkedForum.fragments,
      everyoneReads: WalkedForum.queries["readers"] == nil, reply: sql)
    let database = walked.database
    let poster = try #require(SQLReplyPoster(SQLForum(database: database, mapping: mapping)) { database })
    let now = ReplyReadBackTests.now
    return (
      poster,
      ReplyDraft(mailKey: "k", author: "4", parent: "12", body: "I agree with all.", arrivedAt: now - 60, now: now)
    )
  }

  private func count(_ walked: WalkedForum) throws -> Int64? {
    try walked.database.read { try $0.first("SELECT count(*) FROM message") { $0.integer(0) } }
  }

  @Test("I5, E8: what the statements write is read back, and stays where it is the reply", arguments: [0, 1])
  func right(_ pending: Int) throws {
    let walked = try WalkedForum()
    let (poster, draft) = try post(walked, pending: pending)
    #expect(try poster.post(draft) == .posted(key: "13", isPending: pending == 1))
    #expect(try count(walked) == 13)
  }

  @Test(
    "I5, E8: statements that write something else are told by their key, and leave nothing behind",
    arguments: [
      (
        "CAST(:author AS BIGINT)", "NULL", 0,
        "post 13, read back by `posts`, is of nobody, and the reply of participant 4"
      ),
      ("CAST(:author AS BIGINT)", "5", 0, "is of participant 5, and the reply of participant 4"),
      ("CAST(:topic AS BIGINT)", "12", 0, "stands in thread 12, and what it answers in 11"),
      ("CAST(:body AS TEXT)", "substr(CAST(:body AS TEXT), 1, 5)", 0, "does not have the reply's text"),
      ("THEN 'pending'", "THEN 'visible'", 1, "is visible, and was said to be pending"),
      ("ELSE 'visible'", "ELSE 'pending'", 0, "is pending, and was said to be visible"),
      ("CAST(:now AS BIGINT)", "CAST(:now AS BIGINT) + 3600", 0, "is of 2026-02-02T03:56:40Z by `created_at`"),
      ("RETURNING id", "RETURNING topic", 0, "post 11, read back by `posts`, "),
      ("RETURNING id", "RETURNING id + 1", 0, "post 14, read back by `posts`, is not found by its id"),
    ] as [(String, String, Int, String)])
  func wrong(_ old: String, _ new: String, _ pending: Int, _ words: String) throws {
    let walked = try WalkedForum()
    let (poster, draft) = try post(walked, (old, new), pending: pending)
    let error = #expect(throws: ForumError.self) { try poster.post(draft) }
    #expect(error?.kind == .query)
    let told = error?.description ?? ""
    #expect(told.hasPrefix("corp: reply.statements: ") && told.contains(words), "\(told)")
    #expect(try count(walked) == 12)
  }

  @Test("I5, E8: statements that take the answered post away are undone")
  func deleted() throws {
    let walked = try WalkedForum()
    let (poster, draft) = try post(
      walked, more: ["DELETE FROM message WHERE id <> CAST(:post AS BIGINT) AND topic = CAST(:topic AS BIGINT)"])
    let error = #expect(throws: ForumError.self) { try poster.post(draft) }
    #expect(error?.description.contains("the post that is answered, 12, is not shown any more") == true)
    #expect(try count(walked) == 12)
  }

  @Test("I5, E8: what is to know the reply again after a crash must find it at once, or nothing is posted")
  func notFound() throws {
    let walked = try WalkedForum()
    let (poster, draft) = try post(
      walked, find: "SELECT id AS post FROM message WHERE body = :body AND created > CAST(:since AS BIGINT) + 3600")
    let error = #expect(throws: ForumError.self) { try poster.post(draft) }
    #expect(
      error?.description.hasPrefix("corp: reply.find: it does not find post 13, which was made of a reply ") == true)
    #expect(try count(walked) == 12)
  }

  @Test("E2, E8: under a clock that is doubted nothing is said of the new post's time")
  func doubted() throws {
    let walked = try WalkedForum()
    var (poster, draft) = try post(walked, ("CAST(:now AS BIGINT)", "CAST(:now AS BIGINT) + 86400"))
    draft.isTimeKnown = false
    #expect(try poster.post(draft) == .posted(key: "13", isPending: false))
  }

  @Test("I5, E8: what `find` finds must be able to be the reply")
  func found() throws {
    let walked = try WalkedForum()
    var (poster, draft) = try post(walked)
    _ = try poster.post(draft)
    #expect(try poster.posts(like: draft, since: draft.arrivedAt) == ["13"])
    // One that finds whatever comes before.
    (poster, draft) = try post(walked, find: "SELECT max(id) - 1 AS post FROM message")
    let error = #expect(throws: ForumError.self) { try poster.posts(like: draft, since: draft.arrivedAt) }
    #expect(error?.description.hasPrefix("corp: reply.find: post 12, read back by `posts`, ") == true)
  }
}
