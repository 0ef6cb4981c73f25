import Testing
import Time

@testable import Jobs

@Suite("Posts that leave a person's sight and come back")
struct OutOfSightTests {
  enum Move: String, CaseIterable, Sendable {
    /// Into a discussion that ana and ben may not read.
    case discussion
    /// Into a thread that nobody watches.
    case thread
    /// Nowhere: the discussion becomes private.
    case nowhere
  }

  /// Moves the post away, and back.
  private func move(_ post: String, from thread: String, _ move: Move, away: Bool, _ site: TestSite) throws {
    try site.fixture.forum.write { connection in
      switch move {
      case .discussion:
        try connection.run("UPDATE thread SET discussion = $2 WHERE id = $1", [.text(thread), away ? 2 : 1])
      case .thread:
        try connection.run("UPDATE post SET thread = $2 WHERE id = $1", [.text(post), away ? 1 : .text(thread)])
      case .nowhere: try connection.run("UPDATE discussion SET is_private = $1 WHERE id = 1", [away ? 1 : 0])
      }
    }
  }

  /// Thread 1, which nobody watches; discussion 2, where eva is the only member; thread 2, watched by ana, by ben in
  /// digests, and by eva.
  private func site() throws -> (site: TestSite, thread: String) {
    let site = try TestSite()
    try site.fixture.thread("Nobody's")
    try site.fixture.writer.addDiscussion(title: "Bureau", slug: "bureau", isPrivate: true)
    let thread = try site.thread(watchedBy: ["ana"])
    try site.fixture.watch(thread: thread, by: [site.fixture.participant("ben", mode: .digest)])
    return (site, thread)
  }

  private func dispatch(_ times: Int, _ site: TestSite) throws {
    for _ in 1...times {
      try site.dispatch()
      site.clock.advance(by: 300)
    }
  }

  @Test(
    "C6: a post that was out of a person's sight when it should have gone goes once when it is back",
    arguments: Move.allCases)
  func back(_ how: Move) throws {
    let (site, thread) = try site()
    let eva = try site.fixture.participant("eva")
    try site.fixture.watch(thread: thread, by: [eva])
    for discussion in ["1", "2"] { try site.fixture.writer.addMember(discussion: discussion, participant: eva) }
    let post = try site.publish(in: thread)[0]
    try move(post, from: thread, how, away: true, site)
    site.wait(until: "2026-05-27T07:00:00Z")
    try dispatch(3, site)
    #expect(site.relay.accepted.map(\.name) == (how == .thread ? [] : ["eva"]))
    #expect(try site.deliveries().first?.reason == (how == .thread ? "moved" : "not-readable"))
    try move(post, from: thread, how, away: false, site)
    try dispatch(4, site)
    site.wait(until: "2026-05-28T07:00:00Z")
    try dispatch(2, site)
    #expect(Set(site.relay.accepted.map(\.name)) == ["ana", "ben", "eva"])
    #expect(site.relay.accepted.allSatisfy { $0.posts == [post] } && site.relay.accepted.count == 3)
    #expect(try site.count("SELECT count(*) FROM withdrawn") == 0)
  }

  @Test(
    "C6: a post of a written digest that its reader may not read for now goes when they may", arguments: Move.allCases)
  func partOutOfSight(_ how: Move) throws {
    let (site, thread) = try site()
    let posts = try site.publish(2, in: thread)
    try site.deliver()
    site.relay.clear()
    site.wait(until: "2026-05-27T07:00:00Z")
    try site.digest()
    try move(posts[0], from: thread, how, away: true, site)
    try dispatch(3, site)
    #expect(site.relay.accepted.map(\.posts) == (how == .thread ? [[posts[1]]] : []))
    try move(posts[0], from: thread, how, away: false, site)
    try dispatch(4, site)
    site.wait(until: "2026-05-28T07:00:00Z")
    try dispatch(2, site)
    #expect(site.relay.accepted.map(\.posts) == (how == .thread ? [[posts[1]], [posts[0]]] : [posts]))
  }

  @Test("C6: whoever gave up their watch while the post was away does not get it when it is back")
  func gaveUp() throws {
    let (site, thread) = try site()
    let post = try site.publish(in: thread)[0]
    try move(post, from: thread, .discussion, away: true, site)
    try dispatch(2, site)
    for (key, _) in try site.names() {
      try site.fixture.writer.removeWatch(scope: .thread, target: thread, participant: key)
    }
    try move(post, from: thread, .discussion, away: false, site)
    try dispatch(3, site)
    #expect(site.relay.mails.isEmpty)
    #expect(try site.count("SELECT count(*) FROM withdrawn") == 0)
  }

  @Test("C6: who waits is looked for in pages, and a run that is stopped half-way leaves the rest to the next")
  func pages() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: (1...1003).map { "p\($0)" })
    let post = try site.publish(in: thread)[0]
    try move(post, from: thread, .nowhere, away: true, site)
    try site.deliver()
    try move(post, from: thread, .nowhere, away: false, site)
    let (source, stop) = (site.forum, site.stop)
    source.before { if $0 == "watchers among" { stop.request() } }
    try site.collect()
    #expect(try site.count("SELECT count(*) FROM delivery WHERE state = 'queued'") == 500)
    source.comeBack()
    site.newSignal()
    #expect(try site.collect().restored == 1)
    #expect(try site.count("SELECT count(*) FROM delivery WHERE state = 'queued'") == 1003)
    #expect(try site.count("SELECT count(*) FROM withdrawn") == 0)
  }

  @Test("C6, S5: a post of a digest that may have arrived does not go again in another when it was hidden meanwhile")
  func uncertainPart() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"], mode: .digest)
    let posts = try site.publish(2, in: thread)
    site.wait(until: "2026-05-27T07:00:00Z")
    site.relay.answer(.uncertain)
    try site.dispatch()
    #expect(try site.states() == ["ana": .uncertain])
    try site.fixture.writer.setVisibility(.hidden, ofPost: posts[0])
    site.relay.answer(.accepted)
    site.clock.advance(by: 3600)
    try dispatch(2, site)
    try site.fixture.writer.setVisibility(.visible, ofPost: posts[0])
    try dispatch(3, site)
    #expect(site.relay.mails.map(\.posts) == [posts, [posts[1]]])
    #expect(Set(site.relay.mails.map(\.messageID)).count == 1)
  }

  @Test(
    "C6, S5: a digest in doubt all of whose posts were hidden comes again under its own Message-ID when they are shown"
  )
  func uncertainDigest() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"], mode: .digest)
    let posts = try site.publish(2, in: thread)
    site.wait(until: "2026-05-27T07:00:00Z")
    site.relay.answer(.uncertain)
    try site.dispatch()
    for post in posts { try site.fixture.writer.setVisibility(.hidden, ofPost: post) }
    site.relay.answer(.accepted)
    site.clock.advance(by: 3600)
    try dispatch(2, site)
    #expect(try site.states() == ["ana": .dropped])
    for post in posts { try site.fixture.writer.setVisibility(.visible, ofPost: post) }
    try dispatch(3, site)
    #expect(site.relay.mails.map(\.posts) == [posts, posts])
    #expect(Set(site.relay.mails.map(\.messageID)).count == 1)
  }

  @Test("C6, C1: what a check takes out of a digest is written with what it closes, in one commit")
  func oneCommit() throws {
    let site = try TestSite { $0.digest.partSize = 1 }
    let thread = try site.thread(watchedBy: ["ana"], mode: .digest)
    let posts = try site.publish(6, in: thread)
    site.wait(until: "2026-05-27T07:00:00Z")
    try site.digest()
    for post in posts { try site.fixture.writer.setVisibility(.hidden, ofPost: post) }
    // The lease, what is closed, the lease given back.
    let database = site.crash(atCommit: 99, .beforeCommit)
    try site.deliver()
    #expect(database.commits == 3)
    #expect(try site.count("SELECT count(*) FROM decision WHERE delivery IS NULL") == 6)
  }

  @Test(
    "C6: a post that stays hidden or pending is asked about in every run of a week, then ever more seldom, but always"
  )
  func everMoreSeldom() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let post = try site.publish(in: thread)[0]
    try site.fixture.writer.setVisibility(.hidden, ofPost: post)
    try site.deliver()
    let pending = try site.fixture.post(in: thread, state: .pending)
    try site.collect()
    func asked(days: Int) throws -> Int {
      let before = site.forum.questions.count { $0.hasPrefix("posts") && $0 != "posts after" }
      for _ in 1...(days * 24) {
        site.clock.advance(by: 3600)
        try site.collect()
      }
      // In every run the posts that were journalled last are looked at besides.
      return site.forum.questions.count { $0.hasPrefix("posts") && $0 != "posts after" } - before - days * 24
    }
    #expect(try asked(days: 6) == 2 * 6 * 24)
    let second = try asked(days: 30)
    #expect((60...160).contains(second), "\(second)")
    let database = site.crash(atCommit: 999, .beforeCommit)
    try site.collect()
    #expect(database.commits == 0)
    site.survive()
    site.clock.advance(by: 2 * 86_400)
    for post in [post, pending] { try site.fixture.writer.setVisibility(.visible, ofPost: post) }
    try site.settle()
    try site.deliver()
    #expect(site.relay.accepted.map(\.posts) == [[post], [pending]])
  }

  @Test(
    "C6: the next question comes in the next run, later after a 32nd of the age, and at the latest after a month"
  )
  func nextAsk() {
    let since = Timestamp(1_000_000)
    let day: Int64 = 86_400
    func wait(_ age: Int64) -> Int64 { CollectStage.nextAsk(since: since, now: since + age) - (since + age) }
    #expect(wait(0) <= 0 && wait(7 * day - 1) <= 0)
    #expect(wait(7 * day) == 7 * day / 32 && wait(64 * day) == 2 * day)
    #expect(wait(10_000 * day) == 30 * day)
    // Who waits for a post that is shown is looked for less eagerly.
    #expect(CollectStage.nextAsk(since: since, now: since + 3599, eagerFor: 3600) == since)
    #expect(CollectStage.nextAsk(since: since, now: since + 3600, eagerFor: 3600) == since + 3712)
  }

  @Test("C6: a post that was put off for one person's sake is asked about at once when another's copy waits for it")
  func anotherWaits() throws {
    let (site, thread) = try site()
    let post = try site.publish(in: thread)[0]
    try move(post, from: thread, .nowhere, away: true, site)
    try dispatch(2, site)
    site.wait(until: "2026-05-27T06:50:00Z")
    try site.dispatch()
    site.wait(until: "2026-05-27T07:00:00Z")
    #expect(try site.ledger.withdrawn(toAskAt: site.clock.now).isEmpty)
    try site.digest()
    #expect(try site.ledger.withdrawn(toAskAt: site.clock.now).map(\.entry.postKey) == [post])
    try move(post, from: thread, .nowhere, away: false, site)
    try dispatch(3, site)
    site.wait(until: "2026-05-28T07:00:00Z")
    try dispatch(2, site)
    #expect(Set(site.relay.accepted.map(\.name)) == ["ana", "ben"])
    #expect(site.relay.accepted.count == 2)
  }

  @Test("C6: a question put off under a clock years ahead is asked all the same")
  func clockWasAhead() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let pending = try site.fixture.post(in: thread, state: .pending)
    try site.collect()
    let now = site.clock.now
    site.clock.advance(by: 5 * 365 * 86_400)
    try site.collect()
    site.clock.now = now + 600
    try site.fixture.writer.setVisibility(.visible, ofPost: pending)
    try site.settle()
    #expect(try site.journal() == [pending])
  }
}
