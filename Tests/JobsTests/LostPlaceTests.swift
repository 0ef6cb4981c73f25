import Forum
import Ledger
import TestSupport
import Testing

@testable import Jobs

/// Posts that stand in a thread whose discussion the forum does not have.
@Suite("Discussions that are not there") struct LostPlaceTests {
  @Test(
    "E1, F3: a place that is missing at fan-out takes its post from nobody: that is told, and heals when it is back",
    arguments: [true, false])
  func missingAtFanOut(_ isDiscussion: Bool) throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    let post = try site.fixture.post(in: thread)
    func settle() throws -> [String] {
      try (1...3).flatMap { _ in
        site.clock.advance(by: 600)
        return try JobRun(site.stages).run(job: "dispatch", steps: [.collect, .fanOut, .digest, .deliver])
          .steps.flatMap(\.words)
      }
    }
    site.forum.leaveOut([isDiscussion ? "discussion \(site.fixture.discussion)" : "thread \(thread)"])
    let told = try settle()
    #expect(told.count == 1 && told[0].contains("is not in its answer, and post \(post), which is visible"), "\(told)")
    #expect(site.relay.accepted.isEmpty)
    site.forum.leaveOut([])
    site.clock.advance(by: 3600)
    #expect(try settle() == [])
    #expect(site.relay.accepted.map(\.posts) == [[post], [post]])
    #expect(try site.ledger.setAsideCount() == 0)
  }

  @Test("E1: a discussion that is never there again is shown for a week")
  func forgotten() throws {
    let site = try TestSite()
    let fault = RowFault.notThere(.discussion, key: "88", query: "discussions", post: "1")
    try site.ledger.setAside([SetAside(fault, since: site.clock.now)])
    for isShown in [true, false] {
      site.clock.advance(by: isShown ? 6 * 86_400 : 2 * 86_400)
      try site.collect()
      #expect(try site.ledger.setAsideCount() == (isShown ? 1 : 0))
    }
  }
}
