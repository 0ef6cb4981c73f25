import Forum
import Ledger
import SQL
import TestSupport
import Testing

@testable import Jobs

/// A post's body, which the collector does not ask for, can be what is wrong with it.
@Suite("Bodies that cannot be read") struct UnreadableBodyTests {
  @Test("E1: a post without a body is told once, however many runs meet it, and goes when it has one")
  func missing() throws {
    let site = try TestSite()
    let post = try site.fixture.post(in: try site.thread(watchedBy: ["ana"]))
    try site.fixture.forum.write { connection in
      switch site.fixture.forum.dialect {
      // The table as a forum has it that asks nothing of its rows.
      case .sqlite:
        for sql in ["CREATE TABLE copy AS SELECT * FROM post", "DROP TABLE post", "ALTER TABLE copy RENAME TO post"] {
          try connection.run(sql)
        }
      case .postgres: try connection.run("ALTER TABLE post ALTER COLUMN body DROP NOT NULL")
      }
      try connection.run("UPDATE post SET body = NULL WHERE id = \(post)")
    }
    func settle() throws -> [String] {
      var told: [String] = []
      for _ in 1...3 {
        let run = try JobRun(site.stages).run(job: "dispatch", steps: [.collect, .fanOut, .deliver])
        told += run.steps.flatMap(\.warnings)
        site.clock.advance(by: 300)
      }
      return told
    }
    let told = try settle()
    #expect(told.count == 1 && told.first?.contains("post \(post): `NULL` in column `body`") == true, "\(told)")
    #expect(try settle() == [])
    #expect(try site.ledger.setAside(limit: 9).map(\.fault.column) == ["body"])
    try site.fixture.forum.write { try $0.run("UPDATE post SET body = 'Here it is.' WHERE id = \(post)") }
    #expect(try settle() == [])
    #expect(site.relay.accepted.map(\.posts) == [[post]])
    #expect(try site.ledger.setAsideCount() == 0)
  }
}
