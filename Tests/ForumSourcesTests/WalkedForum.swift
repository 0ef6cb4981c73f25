import Forum
import SQL
import TestSupport

@testable import ForumSources

/// A forum of nobody's making with a mapping that is right: sixty people, three topics, twelve messages, of which two
/// wait. Its mails' alphabet runs against its numbers.
struct WalkedForum {
  let directory: TemporaryDirectory
  let database: any SQL.Database
  private let home: TestDatabase

  init(isEmpty: Bool = false) throws {
    directory = try TemporaryDirectory()
    home = try TestDatabase(in: directory, "forum.sqlite")
    database = try home.open()
    try database.write { connection in
      for table in [
        "person (id BIGINT PRIMARY KEY, name TEXT, mail TEXT, active INTEGER)",
        "board (id BIGINT PRIMARY KEY, title TEXT, closes BIGINT)",
        "topic (id BIGINT PRIMARY KEY, board BIGINT, title TEXT)",
        "message (id BIGINT PRIMARY KEY, topic BIGINT, author BIGINT, body TEXT, state TEXT, created BIGINT)",
        "sub (topic BIGINT, person BIGINT, mute INTEGER, PRIMARY KEY (topic, person))",
      ] {
        try connection.run("CREATE TABLE \(table)")
      }
      if isEmpty { return }
      for id in 1...60 {
        try connection.run(
          "INSERT INTO person VALUES ($1, $2, $3, $4)",
          [
            .integer(Int64(id)), .text("p\(id)"), .text("m\(100 - id)@example.net"), .integer(id % 9 == 0 ? 0 : 1),
          ])
      }
      try connection.run("INSERT INTO board VALUES (1, 'Risk', 1800000000), (2, 'Open', NULL)")
      try connection.run("INSERT INTO topic VALUES (11, 1, 'Fish'), (12, 1, 'Corn'), (13, 2, 'Mice')")
      for id in 1...12 {
        let topic = [11, 12, 13][id % 3]
        try connection.run(
          "INSERT INTO message VALUES ($1, $2, $3, 'I agree.', $4, $5)",
          [
            .integer(Int64(id)), .integer(Int64(topic)), .integer(Int64(id % 5 + 3)),
            .text(id == 5 || id == 10 ? "pending" : "visible"), .integer(1_770_000_000 + Int64(id)),
          ])
      }
      for id in 1...60 where id % 7 != 0 {
        try connection.run(
          "INSERT INTO sub VALUES (11, $1, $2)", [.integer(Int64(id)), .integer(id % 10 == 3 ? 1 : 0)])
      }
    }
  }

  static let fragments = [
    "post": """
    SELECT m.id, m.topic AS thread, t.board AS discussion, m.author, 'A writer' AS author_name, m.body, m.state, m.created AS created_at
    FROM message m JOIN topic t ON t.id = m.topic
    """,
    "person": "p.name, p.mail AS address, p.active",
  ]

  static let queries = [
    "newest": "SELECT coalesce(max(id), 0) AS ordinal FROM message",
    "posts_after": "{post} WHERE m.id > :after ORDER BY m.id LIMIT :limit",
    "posts_within": "{post} WHERE m.id BETWEEN :first AND :last ORDER BY m.id LIMIT :limit",
    "posts": "{post} WHERE m.id IN (:keys)",
    "pending": "{post} WHERE m.state = 'pending'",
    "threads": "SELECT id, board AS discussion, title FROM topic WHERE id IN (:keys)",
    "discussions": "SELECT id, title, closes AS closes_at FROM board WHERE id IN (:keys)",
    "closing": "SELECT id, title, closes AS closes_at FROM board WHERE closes >= :from AND closes < :until",
    "watchers": """
    SELECT s.person AS participant, 'thread' AS scope, s.mute, p.mail AS address, p.active
    FROM sub s JOIN person p ON p.id = s.person
    WHERE s.topic = :thread AND s.person > :after ORDER BY s.person LIMIT :limit
    """,
    "watchers_among": """
    SELECT p.id AS participant, CASE WHEN s.person IS NULL THEN NULL ELSE 'thread' END AS scope, s.mute, {person}
    FROM person p LEFT JOIN sub s ON s.person = p.id AND s.topic = :thread WHERE p.id IN (:keys) ORDER BY p.id
    """,
    "participants": "SELECT p.id, {person} FROM person p WHERE p.id IN (:keys)",
    "find_participant": "SELECT p.id, {person} FROM person p WHERE p.mail = :text",
    "watches": "SELECT 'thread' AS scope, s.topic AS target, s.mute FROM sub s WHERE s.person = :participant",
    "readers": "SELECT p.id FROM person p WHERE p.id IN (:keys) AND p.active = 1",
  ]

  /// Read through a mapping in a file, with other queries or another fragment for posts; a query that is empty is left
  /// out, and without one for `readers` everybody reads.
  /// - Returns: the forum, the file and its lines.
  func fileSource(_ changed: [String: String] = [:], post: String? = nil) throws -> (SQLForum, String, [String]) {
    let queries = WalkedForum.queries.merging(changed) { _, new in new }.filter { !$0.value.isEmpty }
    var fragments = WalkedForum.fragments
    if let post { fragments["post"] = post }
    func lines(_ section: [String: String]) -> [String] {
      section.sorted { $0.key < $1.key }.map { "  \($0.key): \"\($0.value.replacing("\n", with: " "))\"" }
    }
    let everyone = queries["readers"] == nil ? ["readers: everyone"] : []
    let file = everyone + ["fragments:"] + lines(fragments) + ["queries:"] + lines(queries)
    let path = try directory.write("walked.yaml", file.joined(separator: "\n"))
    let source = SQLForum(database: database, mapping: try Mapping(file: path))
    try source.check()
    return (source, path, file)
  }

  /// Read through the mapping, one of its queries replaced.
  func source(_ changed: [String: String] = [:], on other: (any SQL.Database)? = nil) throws -> SQLForum {
    SQLForum(
      database: other ?? database,
      mapping: try Mapping(
        name: "walked", queries: WalkedForum.queries.merging(changed) { _, new in new },
        fragments: WalkedForum.fragments))
  }
}
