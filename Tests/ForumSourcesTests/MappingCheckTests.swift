import Mistakes
import SQL
import Synchronization
import TestSupport
import Testing
import Time

@testable import ForumSources

@Suite("The queries of a mapping, shown to the database") struct MappingCheckTests {
  private let directory: TemporaryDirectory
  private let database: SQLiteDatabase

  init() throws {
    directory = try TemporaryDirectory()
    database = try SQLiteDatabase(path: directory("forum.sqlite"))
    try database.write {
      try $0.run(
        "CREATE TABLE post (id INTEGER, thread TEXT, discussion TEXT, body TEXT, state TEXT, created_at INTEGER)")
      try $0.run("CREATE TABLE thread (id TEXT, discussion TEXT, title TEXT)")
      try $0.run("CREATE TABLE discussion (id TEXT, title TEXT)")
      try $0.run("CREATE TABLE participant (id TEXT, address TEXT)")
      try $0.run("CREATE TABLE watcher (participant TEXT, thread TEXT, scope TEXT, address TEXT)")
    }
  }

  /// The problems of a mapping file with these queries instead of the plain ones, by key and line within `queries`.
  private func mistakes(_ queries: [String: String], _ database: (any Database)? = nil) throws -> [String] {
    let all = plainQueries.merging(queries) { _, new in new }.sorted { $0.key < $1.key }
    let lines = ["readers: everyone", "queries:"] + all.map { "  \($0.key): \"\($0.value)\"" }
    let path = try directory.write("plain.yaml", lines.joined(separator: "\n"))
    let source = SQLForum(database: database ?? self.database, mapping: try Mapping(file: path))
    do {
      try source.check()
      return []
    } catch let error as ConfigurationError {
      return error.mistakes.map { problem in
        #expect(problem.place == path)
        let key = problem.key ?? ""
        #expect(problem.line == lines.firstIndex { $0.hasPrefix("  \(key.dropFirst("queries.".count)): ") }! + 1)
        return "\(key): \(problem.message.replacing(self.database.path, with: "forum.sqlite"))"
      }
    }
  }

  @Test("O2: that are right are taken, and nothing is run")
  func good() throws {
    let optional = [
      "closing": "SELECT * FROM discussion WHERE :from < :until", "changes": "SELECT 1 AS mark, 2 AS participant",
      "find_participant": "SELECT * FROM participant WHERE address = :text",
      "watches": "SELECT scope, thread AS target FROM watcher WHERE participant = :participant",
      "open": "SELECT 1 WHERE :post = :thread OR :discussion = ''",
      // Run, it would fail: an integer overflows.
      "newest": "SELECT abs(-9223372036854775807 - 1) AS ordinal",
    ]
    #expect(try mistakes(optional) == [])
  }

  @Test(
    "O2: with a typo, a missing column or no result at all are mistakes of the file, with the query's line",
    arguments: [
      ("posts", "SELECT * FROM pots WHERE id IN (:keys)", "forum.sqlite: no such table: pots"),
      ("pending", "SELECT * FROM post WHERE stat = 'pending'", "forum.sqlite: no such column: stat"),
      ("threads", "SELEC * FROM thread WHERE id IN (:keys)", "forum.sqlite: near 'SELEC': syntax error"),
      ("posts", "SELECT id, thread, discussion, body, state FROM post", "the result has no column `created_at`"),
      ("discussions", "SELECT id FROM discussion", "the result has no column `title`"),
      ("participants", "SELECT id, address AS adress FROM participant", "the result has no column `address`"),
      ("watchers", "SELECT participant, scope AS scoop, address FROM watcher", "the result has no column `scope`"),
      ("changes", "SELECT participant FROM watcher", "the result has no column `mark`"),
      ("watches", "SELECT scope FROM watcher", "the result has no column `target`"),
      ("newest", "DELETE FROM post", "it has no result; write a SELECT"),
      (
        "newest", "SELECT id, id AS ordinal FROM post",
        "the result has the columns id, ordinal; only one is read"
      ),
    ])
  func wrong(_ key: String, _ sql: String, _ words: String) throws {
    let found = try mistakes([key: sql]).map { $0.replacing("\"", with: "'") }
    #expect(found == ["queries.\(key): \(words)"])
  }

  @Test(
    "E8: with a column that means nothing are mistakes, with the one that was meant",
    arguments: [
      ("participants", "SELECT id, address, 1 AS is_active FROM participant", "is_active", "did you mean `active`?"),
      ("posts", "SELECT id, thread, discussion, body, state, created_at, id AS uid FROM post", "uid", "leave it out."),
      ("threads", "SELECT id, discussion, title, 1 AS link FROM thread", "link", "leave it out."),
      ("watchers", "SELECT *, 1 AS mode_of_watch FROM watcher", nil, ""),
      ("watchers", "SELECT *, 1 AS watchmode FROM watcher", "watchmode", "did you mean `watch_mode`?"),
      ("discussions", "SELECT *, count(*) FROM discussion", nil, ""),
    ] as [(String, String, String?, String)])
  func unknownColumns(_ key: String, _ sql: String, _ column: String?, _ advice: String) throws {
    let found = try mistakes([key: sql])
    guard let column else {
      #expect(found == [])
      return
    }
    #expect(found.count == 1)
    #expect(
      found.first?.hasPrefix("queries.\(key): the column `\(column)` means nothing here; \(advice) Known are: ")
        == true,
      "\(found)")
  }

  @Test("E8: that tell somebody's wishes in one place and not in the other are mistakes: what decides must tell them")
  func preferencesInOnePlace() throws {
    let person = "SELECT id, address, 'digest' AS mode, 'fr' AS language FROM participant WHERE id IN (:keys)"
    let words = "`, and this query does not: let it, for what it tells is what holds"
    #expect(
      try mistakes(["participants": person]) == [
        "queries.watchers: `participants` tells `mode\(words)",
        "queries.watchers_among: `participants` tells `mode\(words)",
      ])
    let watchers = plainQueries["watchers"]!.replacing("*", with: "participant, scope, address, 'digest' AS mode")
    let among = plainQueries["watchers_among"]!.replacing("*", with: "participant, scope, address, 'digest' AS mode")
    #expect(
      try mistakes(["participants": person, "watchers": watchers, "watchers_among": among]) == [
        "queries.watchers_among: `participants` tells `language\(words)"
      ])
  }

  @Test("O2: that are wrong are named all at once")
  func several() throws {
    let found = try mistakes(["posts": "SELECT 1", "newest": "SELECT max(uid) FROM post", "threads": "SELECT 1 AS id"])
    #expect(found.map { $0.prefix { $0 != ":" } } == ["queries.newest", "queries.posts", "queries.threads"])
  }

  @Test("O2: are no mistakes while the database cannot be asked")
  func unavailable() throws {
    #expect(try mistakes(["posts": "SELECT nonsense"], UnavailableDatabase()) == [])
  }

  @Test("have arguments of the types with which they are asked")
  func types() throws {
    let fixture = try ForumFixture()
    let noting = NotingDatabase(fixture.forum)
    let source = SQLForum(database: noting, mapping: EmbeddedForum.mapping(noting.dialect))
    try source.check()
    let shown = noting.types()
    let thread = try fixture.thread()
    try fixture.post(in: thread)
    let post = try #require(try source.posts(after: 0, limit: 9).first)
    _ = try (source.newestOrdinal(), source.posts(within: 0...1, limit: 9), source.posts(keys: ["1"]))
    _ = try (source.pendingPosts(after: nil, limit: 500), source.threads(keys: ["1"]), source.discussions(keys: ["1"]))
    _ = try (source.discussions(closingWithin: Timestamp(0)..<Timestamp(1)), source.participants(keys: ["1"]))
    _ = try source.watchers(thread: thread, discussion: "1", after: nil, limit: 9)
    _ = try source.watchers(thread: thread, discussion: "1", among: ["1"])
    _ = try (source.participants(named: "x"), source.watches(of: "1"), source.changes(after: 0, limit: 9))
    _ = try source.readers(of: post, among: ["1"])
    try fixture.forum.write { try $0.run("UPDATE discussion SET is_private = 1") }
    _ = try source.readers(of: post, among: ["1"])
    _ = try source.visiblePostCount()
    #expect(shown.count == Question.allCases.count)
    // Posts are also asked for without their bodies, by a query around the mapping's own.
    #expect(noting.types().filter { shown.keys.contains($0.key) } == shown)
  }
}

/// A database that is down.
private struct UnavailableDatabase: Database {
  var dialect: Dialect { .sqlite }
  func read<T>(_ body: (any Connection) throws -> T) throws -> T { throw DatabaseError(.unavailable, "it is down") }
  func write<T>(_ order: WriteOrder, _ body: (any Connection) throws -> T) throws -> T {
    throw DatabaseError(.unavailable, "it is down")
  }
  func exclusively<T>(_ name: String, _ body: () throws -> T) throws -> T? { try body() }
  func clock() throws -> Int64? { nil }
}

/// A database that notes the types of the arguments that each statement is given.
private final class NotingDatabase: Database {
  private let base: any Database
  private let noted = Mutex<[String: [String]]>([:])
  var dialect: Dialect { base.dialect }

  init(_ base: any Database) { self.base = base }

  /// By the text of the statement; the last ones count.
  func types() -> [String: [String]] { noted.withLock { $0 } }

  func read<T>(_ body: (any Connection) throws -> T) throws -> T {
    try base.read { connection in
      try body(NotingConnection(connection) { sql, types in self.noted.withLock { $0[sql] = types } })
    }
  }

  func write<T>(_ order: WriteOrder, _ body: (any Connection) throws -> T) throws -> T { try base.write(order, body) }
  func exclusively<T>(_ name: String, _ body: () throws -> T) throws -> T? { try base.exclusively(name, body) }
  func clock() throws -> Int64? { try base.clock() }
}

private final class NotingConnection: Connection {
  private let base: any Connection
  private let note: (String, [String]) -> Void

  init(_ base: any Connection, _ note: @escaping (String, [String]) -> Void) { (self.base, self.note) = (base, note) }

  private func note(_ sql: String, _ arguments: [Value]) {
    note(
      sql,
      arguments.map { argument in
        switch argument {
        case .null: "null"
        case .integer: "integer"
        case .text: "text"
        case .octets: "octets"
        case .list(let values): "list of \(values.allSatisfy { if case .text = $0 { true } else { false } })"
        }
      })
  }

  func run(_ sql: String, _ arguments: [Value]) throws -> Int { try base.run(sql, arguments) }
  func query<T>(_ sql: String, _ arguments: [Value], _ read: (any Row) throws -> T) throws -> [T] {
    note(sql, arguments)
    return try base.query(sql, arguments, read)
  }
  func columns(of sql: String, _ arguments: [Value]) throws -> [String] {
    note(sql, arguments)
    return try base.columns(of: sql, arguments)
  }
  func insert(into table: String, columns: [String], values: [Value], conflict: String) throws {
    try base.insert(into: table, columns: columns, values: values, conflict: conflict)
  }
}
