import Forum
import Testing
import Time

@Suite("Leaving and taking up digests")
struct LeavingDigestTests {
  private func set(_ mode: Mode?, _ site: TestSite) throws {
    var preferences = Preferences()
    preferences.mode = mode
    try site.fixture.writer.set(preferences, of: try #require(try site.names().first?.key))
  }

  @Test("F5: what was pending for somebody who leaves digest mode goes out with the next run")
  func leaving() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"], mode: .digest)
    let pending = try site.publish(2, in: thread)
    try site.dispatch()
    try set(.instant, site)
    let next = try site.publish(in: thread)
    try site.dispatch()
    #expect(Set(site.relay.accepted.map(\.posts)) == [pending, next])
    #expect(site.relay.accepted.count == 2)
    #expect(site.relay.accepted.contains { $0.text.contains("Feedback-ID: leaving:") })
    site.wait(until: "2026-05-28T07:00:00Z")
    try site.dispatch()
    #expect(site.relay.accepted.count == 2)
  }

  @Test("F5: what was pending goes out when one watch leaves digest mode, too")
  func watchLeaves() throws {
    let site = try TestSite()
    let thread = try site.fixture.thread()
    let ana = try site.fixture.participant("ana", mode: .digest)
    try site.fixture.watch(thread: thread, by: [ana], mode: .digest)
    let pending = try site.publish(2, in: thread)
    try site.dispatch()
    try site.fixture.watch(thread: thread, by: [ana], mode: .instant)
    try site.dispatch()
    #expect(site.relay.accepted.map(\.posts) == [pending])
  }

  @Test("F5: what was pending goes out when a new, more specific watch is an instant one, too")
  func specificWatch() throws {
    let site = try TestSite()
    let thread = try site.fixture.thread()
    let ana = try site.fixture.participant("ana", mode: .digest)
    try site.fixture.put(Watch(scope: .discussion), on: site.fixture.discussion, by: ana)
    let pending = try site.publish(2, in: thread)
    try site.dispatch()
    #expect(site.relay.mails.isEmpty)
    try site.fixture.watch(thread: thread, by: [ana], mode: .instant)
    try site.dispatch()
    #expect(site.relay.accepted.map(\.posts) == [pending])
  }

  @Test("F5: who is back in digest mode before their last digest was written has no last digest, nor an early one")
  func backBeforeTheLast() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"], mode: .digest)
    let pending = try site.publish(2, in: thread)
    try site.dispatch()
    for mode: Mode in [.instant, .digest] { try set(mode, site) }
    try site.dispatch()
    // The next run sees that she left, and is stopped.
    try set(.instant, site)
    let stop = site.stop
    site.forum.before { if $0 == "participants" { stop.request() } }
    try site.digest()
    #expect(try site.slot(of: "ana")?.kind == "leaving")
    site.forum.comeBack()
    site.newSignal()
    try set(.digest, site)
    site.clock.advance(by: 300)
    try site.dispatch()
    #expect(site.relay.mails.isEmpty)
    site.wait(until: "2026-05-27T07:00:00Z")
    try site.dispatch()
    #expect(site.relay.accepted.map(\.posts) == [pending])
    #expect(site.relay.accepted.allSatisfy { $0.subject.contains("daily") })
  }

  @Test("F5: whoever turns mail off gets nothing of what was pending")
  func off() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"], mode: .digest)
    try site.publish(2, in: thread)
    try site.dispatch()
    try set(.off, site)
    for _ in 1...3 {
      try site.dispatch()
      site.clock.advance(by: 86_400)
    }
    #expect(site.relay.mails.isEmpty)
  }

  @Test("F5: whoever takes up digests gets what was queued as it was queued, and the rest in a digest")
  func takingUp() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let queued = try site.publish(2, in: thread)
    try set(.digest, site)
    let digested = try site.publish(2, in: thread)
    try site.dispatch()
    site.wait(until: "2026-05-27T07:00:00Z")
    try site.dispatch()
    #expect(site.relay.accepted.map(\.posts) == [[queued[0]], [queued[1]], digested])
  }

  @Test("F5: switching back and forth between two posts opens no gap and doubles nothing")
  func backAndForth() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    var posts: [String] = []
    for round in 1...8 {
      try set(round.isMultiple(of: 2) ? .digest : .instant, site)
      posts += try site.publish(in: thread)
      if round % 3 == 0 { try site.dispatch() }
      site.clock.advance(by: 3600)
    }
    for _ in 1...4 {
      try site.dispatch()
      site.clock.advance(by: 43_200)
    }
    #expect(site.relay.accepted.flatMap(\.posts).sorted() == posts)
  }
}
