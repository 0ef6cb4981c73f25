import Forum
import SQL
import TestSupport
import Testing
import Time

@testable import Jobs

/// What taking up posts tells of a mapping.
@Suite("A look back at posts that were taken up") struct LookBackTests {
  private func remarks(_ site: TestSite) throws -> [String] {
    try CollectStage(site.context, site.settings.collect).remarks()
  }

  @Test("E8: posts that were all old by their times when they came are told; not those of runs that are late together")
  func tooOld() throws {
    for (age, isTold) in [(0, false), (3600, true)] as [(Int64, Bool)] {
      let site = try TestSite()
      let thread = try site.fixture.thread()
      for _ in 1...12 {
        try site.fixture.writer.addPost(
          thread: thread, author: nil, body: "I agree.", subject: "", state: .visible, isUrgent: false,
          at: site.clock.now - age)
        try site.settle()
      }
      let told = try remarks(site)
      #expect(told.count == (isTold ? 1 : 0), "\(told)")
      #expect(told.allSatisfy { $0.hasPrefix("the last 12 posts that runs took up were each at least 58 minutes old") })
    }
    let site = try TestSite()
    let thread = try site.fixture.thread()
    for _ in 1...20 { try site.fixture.post(in: thread) }
    site.clock.advance(by: 86_400)
    try site.settle()
    #expect(try remarks(site) == [])
  }

  @Test("C2, E8: posts that can be seen and that no run has met are told")
  func lost() throws {
    let site = try TestSite()
    let thread = try site.fixture.thread()
    func add(_ id: Int64) throws {
      try site.fixture.forum.write {
        try $0.run(
          "INSERT INTO post (id, thread, body, created_at) VALUES ($1, $2, 'Hello', $3)",
          [.integer(id), .text(thread), .integer(site.clock.now.seconds)])
      }
    }
    for id: Int64 in [1, 2, 5] { try add(id) }
    try site.settle()
    // Within the day in which a gap is looked into.
    try add(3)
    #expect(try remarks(site) == [])
    for _ in 1...2 {
      site.clock.advance(by: 90_000)
      try site.settle()
    }
    try add(4)
    try site.settle()
    let told = try remarks(site)
    try site.ledger.hold(.forum, name: "", reason: "new posts stand where others stood: 1", now: site.clock.now)
    #expect(try remarks(site) == [])
    #expect(told.count == 1 && told[0].hasPrefix("1 posts can be seen that no run has taken up, such as 4 of 2026-"))
  }
}
