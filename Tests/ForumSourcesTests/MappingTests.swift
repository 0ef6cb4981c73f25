import Testing

@testable import ForumSources

/// Queries that are enough for a mapping; each test changes one.
let plainQueries: [String: String] = [
  "newest": "SELECT max(id) AS ordinal FROM post",
  "posts_after": "SELECT * FROM post WHERE id > :after ORDER BY id LIMIT :limit",
  "posts_within": "SELECT * FROM post WHERE id BETWEEN :first AND :last ORDER BY id LIMIT :limit",
  "posts": "SELECT * FROM post WHERE id IN (:keys)",
  "pending": "SELECT * FROM post WHERE state = 'pending'",
  "threads": "SELECT * FROM thread WHERE id IN (:keys)",
  "discussions": "SELECT * FROM discussion WHERE id IN (:keys)",
  "watchers": "SELECT * FROM watcher WHERE thread = :thread AND participant > :after ORDER BY participant LIMIT :limit",
  "watchers_among": "SELECT * FROM watcher WHERE thread = :thread AND participant IN (:keys) ORDER BY participant",
  "participants": "SELECT * FROM participant WHERE id IN (:keys)",
]

@Suite("A mapping") struct MappingTests {
  /// The compiled query of one question.
  private func compiled(
    _ question: Question, _ sql: String, fragments: [String: String] = [:], constants: [String: String] = [:]
  ) throws -> Mapping.Query {
    let queries = plainQueries.merging([question.rawValue: sql]) { _, new in new }
    let mapping = try Mapping(
      name: "test", queries: queries, fragments: fragments, constants: constants,
      everyoneReads: question != .readers)
    return try #require(mapping.queries[question])
  }

  private func refusal(
    _ queries: [String: String], fragments: [String: String] = [:], everyoneReads: Bool = true
  ) -> String? {
    do {
      _ = try Mapping(
        name: "test", queries: plainQueries.merging(queries) { _, new in new }, fragments: fragments,
        everyoneReads: everyoneReads)
      return nil
    } catch {
      return error.description
    }
  }

  @Test("numbers its parameters in order of first use and reuses them")
  func parameters() throws {
    let query = try compiled(.postsWithin, "SELECT :last, :first, :last WHERE :limit > 0")
    #expect(query.sql == "SELECT $1, $2, $1 WHERE $3 > 0")
    #expect(query.parameters == [.asked("last"), .asked("first"), .asked("limit")])
  }

  @Test("binds constants like parameters, never as text (X1)")
  func constants() throws {
    let query = try compiled(
      .posts, "SELECT :site || id FROM post WHERE id IN (:keys)", constants: ["site": "'; DROP TABLE post; --"])
    #expect(query.sql == "SELECT $1 || id FROM post WHERE id IN ($2)")
    #expect(query.parameters == [.constant("'; DROP TABLE post; --"), .asked("keys")])
  }

  @Test(
    "leaves colons alone that begin no parameter",
    arguments: [
      ("SELECT id::text FROM post", "SELECT id::text FROM post"),
      ("SELECT '12:30 :keys', \":keys\"", "SELECT '12:30 :keys', \":keys\""),
      ("SELECT 'it''s :keys'", "SELECT 'it''s :keys'"),
      ("SELECT a[1:2]", "SELECT a[1:2]"),
      ("SELECT '{post}'", "SELECT '{post}'"),
      ("SELECT :keys::bigint[]", "SELECT $1::bigint[]"),
      ("SELECT 1 :", "SELECT 1 :"),
    ])
  func colons(_ sql: String, _ expected: String) throws {
    #expect(try compiled(.posts, sql).sql == expected)
  }

  @Test("leaves comments out, whatever they contain")
  func comments() throws {
    let query = try compiled(.posts, "SELECT 1 -- it's :nobody's {thing}\nFROM post /* don't */ WHERE id IN (:keys)")
    #expect(query.sql == "SELECT 1  \nFROM post   WHERE id IN ($1)")
  }

  @Test("puts fragments in, fragments within fragments too")
  func fragments() throws {
    let fragments = ["post": "SELECT {columns} FROM post", "columns": "id, :site AS url"]
    let query = try compiled(.posts, "{post} WHERE id IN (:keys)", fragments: fragments, constants: ["site": "x"])
    #expect(query.sql == "SELECT id, $1 AS url FROM post WHERE id IN ($2)")
  }

  @Test(
    "refuses what it does not know, by the query's name and in words",
    arguments: [
      ("posts", "SELECT :key", "queries.posts: unknown parameter :key; known here are :keys"),
      ("posts", "SELECT :Keys", "queries.posts: unknown parameter :Keys; known here are :keys"),
      ("newest", "SELECT :after", "queries.newest: unknown parameter :after; known here are "),
      ("posts", "{post} WHERE 1", "queries.posts: unknown fragment {post}"),
      ("posts", "SELECT {post", "queries.posts: unknown fragment {post}"),
      ("posts", "SELECT $1", "queries.posts: parameters have names: write :keys, not $1"),
      ("reply", "SELECT 1", "queries.reply: no such query; known are: newest, posts_after"),
    ])
  func unknown(_ key: String, _ sql: String, _ words: String) {
    #expect(refusal([key: sql])?.hasPrefix(words) == true, "\(refusal([key: sql]) ?? "accepted")")
  }

  @Test("refuses a fragment that contains itself")
  func recursion() {
    let fragments = ["a": "x {b}", "b": "{a}"]
    let words = refusal(["posts": "{a}"], fragments: fragments)
    #expect(words == "queries.posts: the fragment {a} contains itself")
  }

  @Test("refuses a missing query and says what it is for", arguments: Question.allCases.filter(\.isRequired))
  func missing(_ question: Question) {
    var queries = plainQueries
    queries[question.rawValue] = nil
    let error = #expect(throws: Mapping.Invalid.self) {
      try Mapping(name: "test", queries: queries, everyoneReads: true)
    }
    #expect(error?.key == "queries")
    #expect(error?.reason == "the query \"\(question.rawValue)\" is missing: \(question.purpose)")
  }

  @Test("F3: says who may read, in exactly one way")
  func readers() {
    let rights = ["readers": "SELECT id FROM participant WHERE id IN (:keys)"]
    #expect(refusal([:], everyoneReads: true) == nil)
    #expect(refusal(rights, everyoneReads: false) == nil)
    #expect(refusal([:], everyoneReads: false)?.hasPrefix("readers: give a query \"readers\"") == true)
    #expect(refusal(rights, everyoneReads: true)?.contains("contradicts") == true)
  }
}
