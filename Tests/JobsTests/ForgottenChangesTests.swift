import Forum
import Jobs
import TestSupport
import Testing

/// What the forum noted of people's changes does not pile up.
@Suite("Changes that have been dealt with") struct ForgottenChangesTests {
  @Test("F5, O7: are forgotten by the prune step, those that no digest run has read stay")
  func forgotten() throws {
    let site = try TestSite()
    func notes() throws -> Int {
      try site.fixture.forum.read { try $0.first("SELECT count(*) FROM wish_change") { Int($0.integer(0)) } ?? 0 }
    }
    func prune() throws -> Int {
      let report = try JobRun(site.stages).run(job: "maintain", steps: [.prune])
      return try #require(report.steps.first).count("changes")
    }
    _ = try site.thread(watchedBy: ["ana", "ben"])
    #expect(try prune() == 0)
    #expect(try notes() == 2)
    try site.digest()
    // They may be forgotten once no older transaction is under way, whoever's.
    try site.fixture.awaitOlderTransactions()
    _ = try site.thread(watchedBy: ["eva"])
    #expect(try prune() == (TestDatabase.isPostgres ? 2 : 0))
    #expect(try notes() == (TestDatabase.isPostgres ? 1 : 3))
    #expect(try prune() == 0)
  }
}
