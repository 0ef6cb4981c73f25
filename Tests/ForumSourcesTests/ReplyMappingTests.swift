import Forum
import Mistakes
import SQL
import TestSupport
import Testing
import Time

@testable import ForumSources

@Suite("A mapping's section `reply`") struct ReplyMappingTests {
  private let directory: TemporaryDirectory
  private let path: String

  private static let allowed =
    "SELECT thread, moderated AS pending FROM post JOIN thread t ON t.id = thread WHERE post.id = :parent"
  private static let insert =
    "INSERT INTO post (thread, discussion, body, state, created_at, mail_key) VALUES (:thread, 'd', :body, CASE :pending WHEN 1 THEN 'pending' ELSE 'visible' END, :now, :mail_key) RETURNING id AS post"
  private static let known = "SELECT id AS post FROM post WHERE mail_key = :mail_key"

  init() throws {
    directory = try TemporaryDirectory()
    path = directory("forum.sqlite")
    try SQLiteDatabase(path: path).write { connection in
      try connection.run(
        """
        CREATE TABLE post (id INTEGER PRIMARY KEY, thread TEXT, discussion TEXT, body TEXT, state TEXT,
          created_at INTEGER, mail_key TEXT UNIQUE)
        """)
      try connection.run("CREATE TABLE thread (id TEXT, discussion TEXT, title TEXT, moderated INTEGER, posts INTEGER)")
      try connection.run("CREATE TABLE discussion (id TEXT, title TEXT, opens_at INTEGER, closes_at INTEGER)")
      try connection.run("CREATE TABLE participant (id TEXT, address TEXT)")
      try connection.run("CREATE TABLE watcher (participant TEXT, thread TEXT, scope TEXT, address TEXT)")
      try connection.run("INSERT INTO thread VALUES ('t', 'd', 'T', 0, 1)")
      try connection.run("INSERT INTO discussion VALUES ('d', 'D', 1000, 2000)")
      try connection.run("INSERT INTO post VALUES (1, 't', 'd', 'First', 'visible', 1100, NULL)")
    }
  }

  private func mapping(
    allowed: String = allowed, statements: [String] = [insert], known: String? = known, find: String? = nil
  ) throws -> Mapping {
    var lines = ["readers: everyone", "queries:"]
    lines += plainQueries.sorted { $0.key < $1.key }.map { "  \($0.key): \"\($0.value)\"" }
    lines += ["reply:", "  allowed: \"\(allowed)\"", "  statements:"] + statements.map { "    - \"\($0)\"" }
    if let known { lines.append("  known: \"\(known)\"") }
    if let find { lines.append("  find: \"\(find)\"") }
    return try Mapping(file: try directory.write("forum.yaml", lines.joined(separator: "\n") + "\n"))
  }

  private func forum(_ mapping: Mapping) throws -> SQLForum {
    SQLForum(database: try SQLiteDatabase(path: path, access: .foreign(readOnly: true)), mapping: mapping)
  }

  private func poster(_ mapping: Mapping) throws -> SQLReplyPoster {
    let path = path
    return try #require(
      SQLReplyPoster(try forum(mapping)) { try SQLiteDatabase(path: path, access: .foreign(readOnly: false)) })
  }

  private func draft(_ mailKey: String = "k1", arrived: Int64 = 1500) -> ReplyDraft {
    ReplyDraft(
      mailKey: mailKey, author: "p", parent: "1", body: "I agree.", arrivedAt: Timestamp(arrived), now: Timestamp(1600))
  }

  /// Mistakes of file or check, the file's line within `reply` first: `+1` is the one below `reply:`.
  private func mistakes(_ make: () throws -> Mapping) throws -> [String] {
    do {
      let source = try forum(try make())
      try source.check()
      return []
    } catch let error as ConfigurationError {
      let first = plainQueries.count + 3
      return error.mistakes.map { "+\(($0.line ?? 0) - first) \($0.key ?? ""): \($0.message)" }
    }
  }

  @Test("I5: posts once by its key, in one transaction, whose statements see what those before them returned")
  func posted() throws {
    let poster = try poster(
      try mapping(statements: [
        ReplyMappingTests.insert, "UPDATE thread SET posts = posts + 1, title = title || :post WHERE id = :thread",
      ]))
    #expect(poster.isExact)
    for _ in 1...2 { #expect(try poster.post(draft()) == .posted(key: "2", isPending: false)) }
    #expect(try poster.post(draft("k2")) == .posted(key: "3", isPending: false))
    let title = try SQLiteDatabase(path: path).read {
      try $0.query("SELECT title, posts FROM thread") { $0.text(0) + $0.text(1) }
    }
    #expect(title == ["T233"])
  }

  @Test("I5: a failing statement leaves nothing of those before it, and is named")
  func rolledBack() throws {
    let poster = try poster(
      try mapping(statements: [ReplyMappingTests.insert, "INSERT INTO post (id) VALUES (:post)"]))
    let error = #expect(throws: ForumError.self) { try poster.post(draft()) }
    #expect(error?.description.hasPrefix("forum, reply.statements[2]: ") == true, "\(String(describing: error))")
    #expect(try SQLiteDatabase(path: path).read { try $0.query("SELECT 1 FROM post") { _ in }.count } == 1)
  }

  @Test(
    "I7: whether the discussion was open is judged by when the mail arrived",
    arguments: [(999, ReplyRefusal.notOpenYet), (1000, nil), (1999, nil), (2000, .discussionClosed)]
      as [(Int64, ReplyRefusal?)])
  func moment(_ arrived: Int64, _ refusal: ReplyRefusal?) throws {
    let answer = try poster(try mapping()).post(draft(arrived: arrived))
    #expect(answer == refusal.map(ReplyAnswer.refused) ?? .posted(key: "2", isPending: false))
  }

  @Test(
    "I5: `allowed` says why not, and whether a moderator is waited for",
    arguments: [
      ("SELECT 't' AS thread, 0 AS pending WHERE 1 = 0", .refused(.noRight)),
      ("SELECT 't' AS thread, 0 AS pending, 'thread-closed' AS refused", .refused(.threadClosed)),
      ("SELECT 't' AS thread, '' AS refused, 1 AS pending", .posted(key: "2", isPending: true)),
    ] as [(String, ReplyAnswer)])
  func answers(_ allowed: String, _ answer: ReplyAnswer) throws {
    #expect(try poster(try mapping(allowed: allowed)).post(draft()) == answer)
  }

  @Test(
    "I5: an answer that makes no sense posts nothing",
    arguments: [
      "SELECT 't' AS thread, 'never' AS refused", "SELECT 't' AS thread, 'perhaps' AS pending",
      "SELECT 't' AS thread UNION ALL SELECT 't'",
    ])
  func nonsense(_ allowed: String) throws {
    #expect(throws: ForumError.self) { try poster(try mapping(allowed: allowed)).post(draft()) }
  }

  @Test("I5, E8: what `known` knows must be able to be the reply")
  func knownWrongly() throws {
    let poster = try poster(
      try mapping(known: "SELECT id AS post FROM post WHERE mail_key IS NOT NULL OR :mail_key = ''"))
    _ = try poster.post(draft())
    var other = draft("k2")
    other.body = "On the contrary!"
    let error = #expect(throws: ForumError.self) { try poster.post(other) }
    let words = error?.description ?? ""
    #expect(
      words.contains("forum.yaml:") && words.contains(": reply.known: post 2, read back by `posts`, does not have"),
      "\(words)")
  }

  @Test("I5: nothing but a text of a text's own reaches the database: no body is taken for SQL")
  func hostile() throws {
    let poster = try poster(try mapping())
    var reply = draft()
    reply.body = "'); DROP TABLE post; -- :author $1 {x}"
    _ = try poster.post(reply)
    #expect(
      try SQLiteDatabase(path: path).read { try $0.query("SELECT body FROM post WHERE id = 2") { $0.text(0) } } == [
        reply.body
      ])
  }

  @Test("O2: that is right is taken")
  func good() throws {
    #expect(try mistakes { try mapping() } == [])
    #expect(
      try mistakes {
        try mapping(known: nil, find: "SELECT id AS post FROM post WHERE body = :body AND created_at >= :since")
      } == [])
  }

  @Test("O2: mistakes are told with file, line and key")
  func wrong() throws {
    #expect(
      try mistakes { try mapping(allowed: "SELECT :authr") } == [
        "+1 reply.allowed: unknown parameter :authr; known here are \(ReplyStatements.parameters.map { ":\($0)" }.joined(separator: ", "))"
      ])
    #expect(try mistakes { try mapping(known: nil) }.first?.hasPrefix("+0 reply: give `known`") == true)
    #expect(
      try mistakes { try mapping(statements: [ReplyMappingTests.insert, "UPDATE thread SET posts = :pots"]) }
        == ["+4 reply.statements[2]: unknown parameter :pots"])
    #expect(
      try mistakes { try mapping(statements: ["UPDATE thread SET pots = 1", ReplyMappingTests.insert]) }
        .map { $0.replacing(path, with: "forum") } == ["+3 reply.statements[1]: forum: no such column: pots"])
    #expect(
      try mistakes { try mapping(statements: ["UPDATE thread SET posts = 1"]) }
        == ["+2 reply.statements: none of them returns the key of the new post"])
    #expect(
      try mistakes { try mapping(allowed: "SELECT 't' AS thread, 0 AS pending, 1 AS body") }
        == ["+1 reply.allowed: the column `body` has the name of a parameter"])
    #expect(
      try mistakes { try mapping(known: "SELECT id FROM post") } == ["+4 reply.known: the result has no column `post`"])
  }

  @Test(
    "plain text becomes safe paragraphs",
    arguments: [
      ("a", "<p>a</p>"), ("a\nb \n\n\nc", "<p>a<br />\nb</p>\n\n<p>c</p>"), ("", ""),
      ("<script>&'\"", "<p>&lt;script&gt;&amp;'\"</p>"), ("<\u{301}b>", "<p>&lt;\u{301}b&gt;</p>"),
      (
        "> a\n>> b\nc",
        "<blockquote>\n  <p>a</p>\n\n  <blockquote>\n    <p>b</p>\n  </blockquote>\n</blockquote>\n\n<p>c</p>"
      ),
    ])
  func paragraphs(_ text: String, _ html: String) {
    #expect(text.htmlParagraphs == html)
  }

  @Test(
    "X1: what is typed by mail marks nothing in a forum of BBCode or Textile",
    arguments: [
      ("[b]x[/b] a[1] [*] [", "[\u{200B}b]x[\u{200B}/b] a[1] [\u{200B}*] [", "[b]x[/b] a[1] [&#42;] ["),
      ("*x* a_b_c -1 2 * 3", "*x* a_b_c -1 2 * 3", "&#42;x* a_b_c &#45;1 2 * 3"),
      (
        "* a\n# b\n|c|\nh1. d\n> e\n> * f", "* a\n# b\n|c|\nh1. d\n> e\n> * f",
        "&#42; a\n&#35; b\n&#124;c|\n&#104;1. d\n> e\n> &#42; f"
      ),
      (
        "\"a\":https://e.org \"b\" great! !c.png!", "\"a\":https://e.org \"b\" great! !c.png!",
        "\"a&#34;:https://e.org \"b\" great! &#33;c.png!"
      ),
      (
        "<b>1 < 2</b> &amp; [[P]] {{m}} x@e.org", "<b>1 < 2</b> &amp; [[\u{200B}P]] {{m}} x@e.org",
        "&#60;b>1 &#60; 2&#60;/b> &#38;amp; &#91;[P]] &#123;{m}} x@e.org"
      ),
      ("&#65; &lt;", "&\u{200B}#65; &lt;", "&#38;#65; &#38;lt;"),
      ("p. 12 and part of it. Yes", "p. 12 and part of it. Yes", "&#112;. 12 and part of it. Yes"),
    ])
  func otherMarkup(_ text: String, _ bbcode: String, _ textile: String) {
    var draft = draft()
    draft.body = text
    #expect(draft.bbcode == bbcode)
    #expect(draft.textile == textile)
  }

  @Test("I4, X1: kept files stand in a reply's text as lines, and in its HTML as links; no name gets out of either")
  func files() {
    var draft = draft()
    draft.body = "Words <b>"
    #expect(draft.text == "Words <b>" && draft.html == "<p>Words &lt;b&gt;</p>")
    draft.files = [
      PostedFile(name: "a\"><script>.pdf", octets: 1, url: "https://x.example/a?\"'"),
      PostedFile(name: "b.png", octets: 2_350_001, url: "https://x.example/b"),
    ]
    let list = """
      <ul>
      <li><a href="https://x.example/a?&quot;&#39;">a&quot;&gt;&lt;script&gt;.pdf</a> (1 KB)</li>
      <li><a href="https://x.example/b">b.png</a> (2.4 MB)</li>
      </ul>
      """
    #expect(draft.html == "<p>Words &lt;b&gt;</p>\n\n" + list)
    #expect(
      draft.text.hasSuffix(
        "\n\n- a\"><script>.pdf (1 KB): https://x.example/a?\"'\n- b.png (2.4 MB): https://x.example/b"))
    #expect(draft.bbcode.hasSuffix("[*][url=https://x.example/b]b.png[/url] (2.4 MB)\n[/list]"))
    #expect(draft.textile.hasSuffix("\n* \"b.png\":https://x.example/b (2.4 MB)"))
    draft.body = ""
    #expect(draft.html == list && draft.text.hasPrefix("- a"))
  }
}
