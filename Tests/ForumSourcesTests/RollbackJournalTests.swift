import Foundation
import SQL
import TestSupport
import Testing

@testable import ForumSources

/// A foreign SQLite forum that is not in WAL mode: whoever reads it keeps its writers out.
@Suite("A forum with a rollback journal") struct RollbackJournalTests {
  private let directory: TemporaryDirectory
  private let path: String
  /// The forum's own program.
  private let program: SQLiteDatabase

  init() throws {
    directory = try TemporaryDirectory()
    path = directory.path + "/forum.sqlite"
    try Data().write(to: URL(fileURLWithPath: path))
    program = try SQLiteDatabase(path: path, access: .foreign(readOnly: false))
    try EmbeddedForum.migrate(program)
    let writer = EmbeddedForumWriter(program)
    let thread = try writer.addThread(discussion: writer.addDiscussion(title: "D", slug: "d"), title: "T")
    try program.write { connection in
      for id in 1...20 {
        try connection.run("INSERT INTO participant (name, address) VALUES ('p', 'p\(id)@example.net')")
        try connection.run(
          "INSERT INTO watch (scope, target, participant, since) VALUES ('thread', $1, $2, 0)",
          [.text(thread), .integer(Int64(id))])
      }
    }
  }

  private func source() throws -> SQLForum {
    var mapping = EmbeddedForum.mapping(.sqlite)
    mapping.origin = ("forum.yaml", [:], [:])
    return SQLForum(database: try SQLiteDatabase(path: path, access: .foreign(readOnly: true)), mapping: mapping)
  }

  @Test("E4: each page of its watchers is a transaction of its own: between two of them a writer need not wait")
  func betweenPages() throws {
    let source = try source()
    try #require(try program.read { try $0.first("PRAGMA journal_mode") { $0.text(0) } } == "delete")
    _ = try program.read { try $0.query("PRAGMA busy_timeout = 0") { _ in } }
    var after: String?
    var (found, pages) = (0, 0)
    repeat {
      let page = try source.watchers(thread: "1", discussion: "1", after: after, limit: 6)
      try program.write { try $0.run("UPDATE participant SET name = name || 'x'") }
      (found, pages) = (found + page.watchers.count, pages + 1)
      after = page.next
    } while after != nil
    #expect(found == 20 && pages > 2)
  }

  @Test("E8: the check advises WAL mode, once, and not where the forum has it")
  func advice() throws {
    func advised() throws -> Int { try source().prove().remarks.count { $0.contains("PRAGMA journal_mode = WAL") } }
    #expect(try advised() == 1)
    _ = try SQLiteDatabase(path: path, access: .existing).read { try $0.query("SELECT 1") { _ in } }
    #expect(try advised() == 0)
  }
}
