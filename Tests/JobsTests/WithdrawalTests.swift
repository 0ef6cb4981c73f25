import Forum
import Testing
import Time

@Suite("Posts that may not be shown any more")
struct WithdrawalTests {
  @Test(
    "C6: a post hidden or deleted before sending is not sent; shown again it goes once to whose copy was dropped",
    arguments: [Visibility.hidden, .deleted, .pending])
  func withdrawn(_ state: Visibility) throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben", "eva"])
    site.relay.answer { message, _ in
      message.envelope.recipient.localPart == "ana" ? .accepted : .refused("450 4.2.1 Later")
    }
    let post = try site.publish(in: thread)[0]
    try site.deliver()
    site.relay.answer(.accepted)
    try site.fixture.writer.setVisibility(state, ofPost: post)
    site.clock.advance(by: 3600)
    try site.dispatch()
    #expect(try site.states() == ["ana": .sent, "ben": .dropped, "eva": .dropped])
    #expect(
      try site.deliveries().map(\.reason) == [
        nil, state == .deleted ? "gone" : "hidden", state == .deleted ? "gone" : "hidden",
      ])
    try site.dispatch()
    try site.fixture.writer.setVisibility(.visible, ofPost: post)
    for _ in 1...3 {
      site.clock.advance(by: 300)
      try site.dispatch()
    }
    #expect(site.relay.accepted.map(\.name) == ["ana", "ben", "eva"])
    #expect(Set(site.relay.accepted.map(\.posts)) == [[post]])
  }

  @Test("C6, S4: the retries of a copy begin anew when its post is shown again: the days between do not count")
  func retriesBeginAnew() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    site.relay.answer(.refused("450 4.2.1 Later"))
    let post = try site.publish(in: thread)[0]
    try site.deliver()
    try site.fixture.writer.setVisibility(.hidden, ofPost: post)
    site.clock.advance(by: 3600)
    try site.dispatch()
    site.clock.advance(by: 5 * 86_400)
    try site.fixture.writer.setVisibility(.visible, ofPost: post)
    try site.dispatch()
    #expect(try site.states() == ["ana": .deferred])
    site.relay.answer(.accepted)
    site.clock.advance(by: 86_400)
    try site.dispatch()
    #expect(site.relay.accepted.map(\.posts) == [[post]])
  }

  @Test("C6: a post whose row is gone from the forum is dropped as gone")
  func rowRemoved() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let post = try site.publish(in: thread)[0]
    try site.fixture.forum.write { try $0.run("DELETE FROM post WHERE id = $1", [.text(post)]) }
    try site.deliver()
    #expect(try site.deliveries().map(\.reason) == ["gone"])
    try site.dispatch()
    #expect(site.relay.mails.isEmpty)
  }

  @Test("C6: a post that is hidden before fan-out is decided about, and goes when it is shown")
  func hiddenBeforeFanOut() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let post = try site.fixture.post(in: thread)
    site.clock.advance(by: 120)
    try site.collect()
    try site.fixture.writer.setVisibility(.hidden, ofPost: post)
    try site.dispatch()
    #expect(site.relay.mails.isEmpty)
    try site.fixture.writer.setVisibility(.visible, ofPost: post)
    try site.dispatch()
    #expect(site.relay.accepted.map(\.posts) == [[post]])
  }

  @Test("C6: a post that is not there at fan-out is decided about, and goes when it is back; not to its author")
  func absentAtFanOut() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    try site.fixture.watch(thread: thread, by: [site.fixture.participant("eva", mode: .digest)])
    let ben = try site.names().first { $0.value == "ben" }!.key
    let post = try site.fixture.post(in: thread, by: ben)
    site.clock.advance(by: 120)
    try site.collect()
    site.forum.leaveOut(["post \(post)"])
    try site.dispatch()
    #expect(site.relay.mails.isEmpty)
    site.wait(until: "2026-05-27T07:00:00Z")
    try site.dispatch()
    #expect(site.relay.mails.isEmpty)
    site.forum.leaveOut([])
    for _ in 1...3 { try site.dispatch() }
    site.wait(until: "2026-05-28T07:00:00Z")
    try site.dispatch()
    #expect(site.relay.accepted.map(\.name).sorted() == ["ana", "eva"])
    #expect(site.relay.accepted.allSatisfy { $0.posts == [post] })
    #expect(try site.count("SELECT count(*) FROM withdrawn") == 0)
  }

  @Test("C6, F3: who may read a post is not asked while it is not shown, but before it is sent")
  func readersWhileHidden() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    site.forum.readersOfShownAlone()
    let post = try site.fixture.post(in: thread)
    site.clock.advance(by: 120)
    try site.collect()
    try site.fixture.writer.setVisibility(.pending, ofPost: post)
    try site.dispatch()
    #expect(site.relay.mails.isEmpty)
    try site.fixture.writer.setVisibility(.visible, ofPost: post)
    for _ in 1...2 { try site.dispatch() }
    #expect(site.relay.accepted.map(\.posts) == [[post]])
  }

  @Test("C6: a visible post whose thread is hidden waits without work in every run, and goes when the thread is shown")
  func hiddenThread() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let post = try site.publish(in: thread)[0]
    site.forum.leaveOut(["thread \(thread)"])
    try site.dispatch()
    #expect(try site.deliveries().map(\.reason) == ["hidden"])
    let database = site.crash(atCommit: 99, .beforeCommit)
    for _ in 1...3 { try site.dispatch() }
    #expect(database.commits == 0)
    site.survive()
    site.forum.leaveOut([])
    try site.dispatch()
    #expect(site.relay.accepted.map(\.posts) == [[post]])
  }

  @Test("C6: a post moved to a private discussion goes to its members alone")
  func movedToPrivate() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    let members = try site.fixture.writer.addDiscussion(title: "Bureau", slug: "bureau", isPrivate: true)
    let ben = try site.names().first { $0.value == "ben" }!.key
    try site.fixture.writer.addMember(discussion: members, participant: ben)
    let post = try site.publish(in: thread)[0]
    try site.fixture.forum.write {
      try $0.run("UPDATE thread SET discussion = $2 WHERE id = $1", [.text(thread), .text(members)])
    }
    try site.dispatch()
    #expect(site.relay.accepted.map(\.name) == ["ben"])
    #expect(site.relay.accepted.map(\.posts) == [[post]])
    #expect(try site.deliveries().map(\.reason) == ["not-readable", nil])
  }

  @Test("C6: a post that is hidden when the digest is written waits, and goes when it is shown")
  func hiddenBeforeDigest() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"], mode: .digest)
    let posts = try site.publish(2, in: thread)
    try site.fixture.writer.setVisibility(.hidden, ofPost: posts[0])
    site.wait(until: "2026-05-27T07:00:00Z")
    try site.dispatch()
    #expect(site.relay.accepted.map(\.posts) == [[posts[1]]])
    site.clock.advance(by: 600)
    try site.fixture.writer.setVisibility(.visible, ofPost: posts[0])
    for _ in 1...3 { try site.dispatch() }
    site.wait(until: "2026-05-28T07:00:00Z")
    try site.dispatch()
    #expect(site.relay.accepted.map(\.posts) == [[posts[1]], [posts[0]]])
  }

  @Test("C6, D2: a post hidden after its digest was written is left out, and goes when it is shown")
  func hiddenAfterDigestWasWritten() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"], mode: .digest)
    let posts = try site.publish(3, in: thread)
    site.wait(until: "2026-05-27T07:00:00Z")
    try site.digest()
    try site.fixture.writer.setVisibility(.hidden, ofPost: posts[1])
    try site.deliver()
    try site.dispatch()
    #expect(site.relay.accepted.map(\.posts) == [[posts[0], posts[2]]])
    try site.fixture.writer.setVisibility(.visible, ofPost: posts[1])
    for _ in 1...3 { try site.dispatch() }
    site.wait(until: "2026-05-28T07:00:00Z")
    try site.dispatch()
    #expect(site.relay.accepted.map(\.posts) == [[posts[0], posts[2]], [posts[1]]])
  }

  @Test("C6, D2: a digest all of whose posts are hidden is not sent; they go when they are shown")
  func digestOfHiddenPosts() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"], mode: .digest)
    let posts = try site.publish(2, in: thread)
    site.wait(until: "2026-05-27T07:00:00Z")
    try site.digest()
    for post in posts { try site.fixture.writer.setVisibility(.hidden, ofPost: post) }
    try site.deliver()
    #expect(site.relay.mails.isEmpty)
    for post in posts { try site.fixture.writer.setVisibility(.visible, ofPost: post) }
    for _ in 1...3 { try site.dispatch() }
    site.wait(until: "2026-05-28T07:00:00Z")
    try site.dispatch()
    #expect(site.relay.accepted.map(\.posts) == [posts])
  }

  @Test(
    "C6, D1: a post of a digest that is shown again waits for its reader's next hour, unless the discussion closes before"
  )
  func shownBetweenHours() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"], mode: .digest)
    func hiddenOverTheHour(_ day: Int) throws -> String {
      let post = try site.publish(in: thread)[0]
      try site.fixture.writer.setVisibility(.hidden, ofPost: post)
      site.wait(until: "2026-05-\(day)T07:00:00Z")
      try site.dispatch()
      site.wait(until: "2026-05-\(day)T15:00:00Z")
      try site.fixture.writer.setVisibility(.visible, ofPost: post)
      for _ in 1...3 { try site.dispatch() }
      return post
    }
    let post = try hiddenOverTheHour(27)
    #expect(site.relay.mails.isEmpty)
    site.wait(until: "2026-05-28T06:59:59Z")
    try site.dispatch()
    #expect(site.relay.mails.isEmpty)
    site.clock.advance(by: 1)
    try site.dispatch()
    #expect(site.relay.accepted.map(\.posts) == [[post]])
    site.relay.clear()
    let closesAt = Timestamp(iso8601: "2026-05-30T05:00:00Z")!
    try site.fixture.forum.write { try $0.run("UPDATE discussion SET closes_at = \(closesAt.seconds)") }
    site.settings.digest.lastCall = 0
    let last = try hiddenOverTheHour(29)
    #expect(site.relay.accepted.map(\.posts) == [[last]])
  }

  @Test("C6: a post that is shown again does not go to somebody who has stopped watching meanwhile")
  func shownToTheRest() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    let post = try site.publish(in: thread)[0]
    try site.fixture.writer.setVisibility(.hidden, ofPost: post)
    try site.dispatch()
    let ana = try site.names().first { $0.value == "ana" }!.key
    try site.fixture.writer.removeWatch(scope: .thread, target: thread, participant: ana)
    try site.fixture.writer.setVisibility(.visible, ofPost: post)
    try site.dispatch()
    #expect(site.relay.accepted.map(\.name) == ["ben"])
  }
}
