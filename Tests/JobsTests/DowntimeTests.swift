import Forum
import Testing

@Suite("After downtime")
struct DowntimeTests {
  @Test("C5: instant copies overdue and never attempted reach each person as one catch-up digest")
  func catchUp() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    let posts = try site.publish(4, in: thread)
    site.clock.advance(by: 86_401)
    try site.dispatch()
    try site.dispatch()
    #expect(site.relay.accepted.map(\.name) == ["ana", "ben"])
    #expect(site.relay.accepted.map(\.posts) == [posts, posts])
    #expect(site.relay.accepted.allSatisfy { $0.isDigest && $0.text.contains("Feedback-ID: catch-up:") })
    #expect(
      try site.deliveries().filter { $0.post != nil }.allSatisfy { $0.state == .dropped && $0.reason == "folded" })
  }

  @Test("C5: copies not overdue by more than the limit go out as they are")
  func notStale() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let posts = try site.publish(2, in: thread)
    site.clock.advance(by: 86_400)
    try site.dispatch()
    #expect(site.relay.accepted.map(\.posts) == posts.map { [$0] })
    #expect(site.relay.accepted.map(\.isDigest) == [false, false])
  }

  @Test("C5: a copy that was attempted stays a copy of its own")
  func attempted() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let tried = try site.publish(in: thread)
    site.relay.answer(.refused("450 4.2.1 Later"))
    try site.deliver()
    let untried = try site.publish(2, in: thread)
    site.relay.answer(.accepted)
    site.relay.clear()
    site.clock.advance(by: 90_000)
    try site.dispatch()
    try site.dispatch()
    #expect(site.relay.accepted.map(\.posts) == [tried, untried])
    #expect(site.relay.accepted.map(\.isDigest) == [false, true])
  }

  @Test("C5: an urgent post of before the downtime is in the catch-up digest; a new one goes at once")
  func urgent() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let old = try site.fixture.post(in: thread, isUrgent: true)
    try site.collect()
    try site.fanOut()
    site.clock.advance(by: 2 * 86_400)
    let new = try site.fixture.post(in: thread, isUrgent: true)
    try site.dispatch()
    try site.dispatch()
    #expect(site.relay.accepted.map(\.posts) == [[new], [old]])
    #expect(site.relay.accepted.map(\.isDigest) == [false, true])
  }

  @Test("C5: what waits in a digest and what is overdue reach a person in one mail")
  func foldedIntoDigest() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let ana = try site.names().first { $0.value == "ana" }!.key
    let first = try site.publish(in: thread)
    var preferences = Preferences()
    preferences.mode = .digest
    preferences.digestPeriod = .weekly
    try site.fixture.writer.set(preferences, of: ana)
    let second = try site.publish(in: thread)
    site.clock.advance(by: 90_000)
    try site.dispatch()
    try site.dispatch()
    #expect(site.relay.accepted.map(\.posts) == [first + second])
  }

  @Test("C5: posts made during a long downtime are not lost, and do not flood: one mail each")
  func downForThreeDays() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    var posts: [String] = []
    for _ in 1...6 {
      posts.append(try site.fixture.post(in: thread))
      site.clock.advance(by: 6 * 3600)
    }
    site.clock.advance(by: 2 * 86_400)
    for _ in 1...3 { try site.dispatch() }
    #expect(site.relay.mails(to: "ana").map(\.posts) == [posts])
    #expect(site.relay.mails(to: "ben").map(\.posts) == [posts])
  }
}
