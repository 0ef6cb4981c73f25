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

  @Test("E1, F1: a post whose thread is missing waits: mended, it comes to those who watch the discussion too")
  func mended() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let (ben, eva) = (try site.fixture.participant("ben"), try site.fixture.participant("eva"))
    try site.fixture.put(Watch(scope: .discussion), on: site.fixture.discussion, by: ben)
    try site.fixture.put(Watch(scope: .everything), by: eva)
    let post = try site.fixture.post(in: thread)
    site.forum.leaveOut(["thread \(thread)"])
    for _ in 1...3 {
      site.clock.advance(by: 600)
      _ = try site.run([.collect, .fanOut, .digest, .deliver])
    }
    #expect(try site.ledger.setAsideCount() == 1 && site.decisions(post).isEmpty && site.relay.mails.isEmpty)
    // It is mended by another place: nothing refers to what was missing any more.
    let other = try site.fixture.thread()
    try site.fixture.forum.write { try $0.run("UPDATE post SET thread = \(other)") }
    site.clock.advance(by: 600)
    let report = try site.run([.collect, .fanOut, .digest, .deliver])
    #expect(report.status == .done)
    #expect(Set(site.relay.accepted.map(\.name)) == ["ben", "eva"] && site.relay.accepted.count == 2)
    #expect(try site.ledger.setAsideCount() == 0)
  }

  @Test("E1: a post whose thread is never there again waits for a week, and is hidden then")
  func neverThere() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let post = try site.fixture.post(in: thread)
    site.forum.leaveOut(["thread \(thread)"])
    try site.settle()
    site.clock.advance(by: 6 * 86_400)
    #expect(try site.fanOut().waiting == 1)
    site.clock.advance(by: 2 * 86_400)
    #expect(try site.fanOut().waiting == 0)
    #expect(try site.decisions(post) == ["ana": "instant thread"])
  }

  @Test("E1: a discussion that is never there again is shown for a week")
  func forgotten() throws {
    let site = try TestSite()
    let post = try site.fixture.post(in: site.fixture.thread())
    site.forum.leaveOut(["discussion \(site.fixture.discussion)"])
    let fault = RowFault.notThere(.discussion, key: site.fixture.discussion, query: "discussions", post: post)
    try site.ledger.setAside([SetAside(fault, since: site.clock.now)])
    for isShown in [true, false] {
      site.clock.advance(by: isShown ? 6 * 86_400 : 2 * 86_400)
      try site.collect()
      #expect(try site.ledger.setAsideCount() == (isShown ? 1 : 0))
    }
  }
}
