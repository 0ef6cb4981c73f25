import TestSupport
import Testing

@testable import ForumSources

/// What every run asks of the embedded forum goes by an index on PostgreSQL too, beside a million posts and watchers.
@Suite("The embedded forum's plans on PostgreSQL", .enabled(if: TestDatabase.isPostgres, "no PostgreSQL server"))
struct PostgresPlanTests {
  private let fixture: ForumFixture
  private let rows = 1_000_000

  init() throws {
    fixture = try ForumFixture()
    let numbers = "FROM generate_series(1, \(rows)) i"
    try fixture.forum.write { connection in
      try connection.run("INSERT INTO thread (discussion, title) VALUES (1, 'T')")
      try connection.run("INSERT INTO participant (name, address) SELECT 'P', 'p' || i || '@example.net' \(numbers)")
      try connection.run("INSERT INTO post (thread, body, created_at) SELECT 1, 'old', 1 \(numbers)")
      // Without a million notes of who changed a wish.
      try connection.run("ALTER TABLE watch DISABLE TRIGGER USER")
      try connection.run("INSERT INTO watch (scope, target, participant, since) SELECT 'thread', 1, i, 0 \(numbers)")
      try connection.run("ALTER TABLE watch ENABLE TRIGGER USER")
    }
    try fixture.forum.write { try $0.run("ANALYZE") }
  }

  @Test("F6: read no large table whole, and no page of watchers by more than its own rows")
  func noScan() throws {
    let recorder = ExplainingDatabase(fixture.forum)
    let source = SQLForum(database: recorder, mapping: EmbeddedForum.mapping(.postgres))
    let keys = (1...1000).map(String.init)
    let plans = try recorder.plans {
      _ = try source.newestOrdinal()
      _ = try source.posts(after: Int64(rows), limit: 500)
      _ = try source.posts(within: 5...500, limit: 500)
      _ = try source.posts(keys: Array(keys.prefix(20)))
      _ = try source.pendingPosts(after: nil, limit: 500)
      _ = try source.threads(keys: ["1"])
      _ = try source.discussions(keys: ["1"])
      _ = try source.changes(after: 0, limit: 2000)
      _ = try source.watchers(thread: "1", discussion: "1", after: "\(rows / 2)", limit: 4000)
      _ = try source.watchers(thread: "1", discussion: "1", among: keys)
      _ = try source.participants(keys: keys)
    }
    for plan in plans {
      let scans = plan.steps.filter { step in
        ["post", "participant", "watch"].contains {
          step.contains("Seq Scan on \($0) ") || step.hasSuffix("Seq Scan on \($0)")
        }
      }
      #expect(scans.isEmpty, "\(plan)")
      // Of the three ranges of watches, each page is read in the order of the index.
      if plan.sql.contains("UNION ALL") {
        #expect(plan.steps.count { $0.contains("Index") && $0.contains("on watch") } == 3, "\(plan)")
        #expect(plan.steps.count { $0.contains("Sort") && !$0.contains("Sort Key") } <= 1, "\(plan)")
      }
    }
  }
}
