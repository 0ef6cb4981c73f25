import Forum
import SQL
import Testing
import Time

@testable import Jobs

/// What is in memory at once is counted, not measured: the octets and the rows of each answer of the forum.
@Suite("Memory") struct MemoryTests {
  private static let megabyte = 1_000_000
  /// A post that shows two words and has a megabyte.
  private func large(_ site: TestSite, in thread: String) throws -> String {
    let padding = String(repeating: "x", count: Self.megabyte)
    let post = try site.fixture.post(in: thread, "<p>Two words.</p><!-- \(padding) -->")
    try site.fixture.forum.write { try $0.run("UPDATE post SET format = 'html' WHERE id = $1", [.text(post)]) }
    return post
  }

  @Test("E4: the collector and fan-out read no text of any post")
  func collect() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    _ = try large(site, in: thread)
    try site.fixture.post(in: thread, "Words", subject: "A subject", state: .pending)
    for _ in 1...2 {
      try site.collect()
      try site.fanOut()
      site.clock.advance(by: 300)
    }
    #expect(try site.journal().count == 1)
    #expect(site.forum.largestAnswer.octets == 0)
  }

  @Test("E4: mails are composed of so many posts at once as memory has room for, and each is sent once")
  func deliver() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    let posts = try (1...20).map { _ in try large(site, in: thread) }
    try site.settle()
    try site.deliver()
    #expect(site.relay.mails(to: "ana").map(\.posts) == posts.map { [$0] })
    #expect(site.relay.mails(to: "ben").map(\.posts) == posts.map { [$0] })
    // How large they are is asked once, however many times it takes.
    #expect(site.forum.questions.count { $0 == "posts sized" } == 1)
    #expect(site.forum.questions.count { $0 == "posts" } > 2)
    #expect((1...8 * Self.megabyte).contains(site.forum.largestAnswer.octets))
  }

  @Test("E4, D2: a digest of large posts that show little is written and composed in parts that memory has room for")
  func digest() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"], mode: .digest)
    let posts = try (1...20).map { _ in try large(site, in: thread) }
    try site.settle()
    site.wait(until: "2026-05-27T07:00:00Z")
    #expect(try site.digest().parts == 3)
    try site.deliver()
    #expect(site.relay.accepted.flatMap(\.posts) == posts)
    #expect((1...8 * Self.megabyte).contains(site.forum.largestAnswer.octets))
  }

  @Test("E4, C3: any number of posts that wait or rest is read a page at a time, and none is passed over")
  func pages() throws {
    let site = try TestSite(hasBegun: false) { $0.collect.floodLimit = 5000 }
    let thread = try site.thread(watchedBy: [])
    let count = 1203
    try site.fixture.forum.write { connection in
      try connection.insert(
        into: "post", columns: ["thread", "body", "state", "created_at"],
        values: (0..<count).flatMap { _ -> [Value] in
          [.text(thread), .text("b"), .text("pending"), .integer(site.clock.now.seconds)]
        })
    }
    #expect(try site.collect().pending == count)
    try site.fixture.forum.write { try $0.run("UPDATE post SET state = 'visible'") }
    #expect(try site.collect().resting == count)
    site.clock.advance(by: 300)
    #expect(try site.collect().journalled == count)
    #expect(try site.journal().compactMap { Int($0) } == Array(1...count))
    // The first run's look for gaps is the longest.
    #expect(site.forum.largestAnswer.posts <= 1001)
  }
}
