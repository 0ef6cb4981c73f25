import Testing
import Time

@testable import Jobs

@Suite("Posts of closed threads") struct ClosedThreadTests {
  @Test("I5: a thread that is locked, and a discussion that has closed by the time of sending, offer no answer")
  func closed() throws {
    let site = try TestSite()
    let closesAt = site.clock.now + 600
    let discussion = try site.fixture.writer.addDiscussion(title: "Short", slug: "short", closesAt: closesAt)
    let threads = try [
      site.fixture.thread(), site.fixture.thread("Locked"), site.fixture.thread("Over", in: discussion),
    ]
    let ana = try site.fixture.participant("ana")
    for thread in threads { try site.fixture.watch(thread: thread, by: [ana]) }
    try site.fixture.forum.write { try $0.run("UPDATE thread SET closed = 1 WHERE id = $1", [.text(threads[1])]) }
    for thread in threads { try site.fixture.post(in: thread) }
    try site.settle()
    site.clock.now = closesAt - 1
    try site.deliver()
    #expect(site.relay.accepted.map { $0.text.contains("Reply-To: ") } == [true, false, true])
    site.relay.clear()
    let late = try site.fixture.post(in: threads[2])
    try site.settle()
    try site.deliver()
    #expect(site.relay.accepted.map(\.posts) == [[late]])
    #expect(site.relay.accepted.allSatisfy { !$0.text.contains("Reply-To: ") })
  }

  @Test("S3: one message whose MAIL parameters are refused is deferred, and is no relay that refuses mail; several are")
  func poison() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    site.relay.answer(.refused("501 5.5.4 Syntax error in parameters", at: .mail))
    try site.publish(in: thread)
    let alone = try site.deliver()
    #expect(alone.deferred == 1 && alone.lastRelayRefusal == nil && alone.pausedUntil == nil)
    try site.publish(2, in: thread)
    let several = try site.deliver()
    #expect(several.deferred == 2 && several.lastRelayRefusal != nil)
    site.relay.answer(.refused("550 No", at: .mail))
    try site.publish(in: thread)
    #expect(try site.deliver().lastRelayRefusal != nil)
  }
}
