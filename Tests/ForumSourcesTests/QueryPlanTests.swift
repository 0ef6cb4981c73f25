import SQL
import TestSupport
import Testing

@testable import ForumSources

/// An idle tick over a million old posts must cost nothing: what each run asks goes by an index.
@Suite("The embedded forum's plans on SQLite", .disabled(if: TestDatabase.isPostgres, "proved with many rows there"))
struct QueryPlanTests {
  private let fixture: ForumFixture

  init() throws { fixture = try ForumFixture() }

  private func plan(_ question: Question) throws -> [String] {
    let query = EmbeddedForum.mapping(.sqlite).queries[question]!
    let values = query.parameters.map { parameter -> Value in
      parameter == .asked("keys") ? .texts(["1", "2", "3"]) : "1"
    }
    return try fixture.forum.read { connection in
      try connection.query("EXPLAIN QUERY PLAN \(query.sql)", values) { $0.text(3) }
    }
  }

  @Test(
    "scan no table whole and sort nothing by hand",
    arguments: [
      Question.newest, .postsAfter, .postsWithin, .posts, .pending, .threads, .discussions, .closing, .watchers,
      .watchersAmong, .participants, .readers, .changes,
    ])
  func noScan(_ question: Question) throws {
    let plan = try plan(question)
    for step in plan where step.hasPrefix("SCAN") {
      // Walking an index that holds only what is asked for is no scan: posts that wait for approval.
      #expect(step == "SCAN p USING INDEX post_pending", "\(question): \(plan)")
    }
    #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(question): \(plan)")
  }

  @Test("F6: merge the three ranges of watches in the order of an index")
  func watchers() throws {
    let plan = try plan(.watchers)
    #expect(plan.contains { $0.contains("MERGE") }, "\(plan)")
    #expect(
      plan.filter { $0.hasPrefix("SEARCH w USING PRIMARY KEY (scope=? AND target=? AND participant>?)") }.count == 3,
      "\(plan)")
    #expect(plan.filter { $0.hasPrefix("SEARCH p USING INTEGER PRIMARY KEY") }.count == 3, "\(plan)")
  }
}
