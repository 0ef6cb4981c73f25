import Forum
import Ledger
import Relay
import Synchronization
import TestSupport
import Testing
import Time

@testable import Jobs

/// A great fan-out stops nobody: neither small posts nor what waits to be sent.
@Suite("A great post beside small ones") struct FairnessTests {
  /// A thread that many watch, with a post in it, and then small threads with a post each.
  private func site(great: Int, small: Int, urgent: Int = 0, pages: Int = 1) throws -> (TestSite, posts: [String]) {
    let site = try TestSite {
      $0.pageSize = 4
      $0.pages = pages
    }
    let crowd = try site.thread(watchedBy: (1...great).map { "crowd\($0)" })
    var posts = [try site.fixture.post(in: crowd)]
    for index in 0..<(small + urgent) {
      let thread = try site.thread(watchedBy: ["small\(index)"])
      posts.append(try site.fixture.post(in: thread, isUrgent: index >= small))
    }
    try site.collect()
    site.clock.advance(by: 120)
    try site.collect()
    return (site, posts)
  }

  @Test("E4, C4: the urgent post is decided first, small ones while the great one is at its first turns")
  func order() throws {
    let (site, posts) = try site(great: 40, small: 10, urgent: 1, pages: 2)
    try site.fanOut()
    // Deliveries are numbered as they are decided.
    let order = try site.deliveries().compactMap(\.post)
    #expect(order.first == posts.last)
    let lastSmall = try #require(order.lastIndex { $0 != posts[0] })
    let before = order[..<lastSmall].count { $0 == posts[0] }
    // A turn is two pages of three people: the fourth row tells that there are more.
    #expect(before == 6, "\(order)")
    #expect(order.count == 51 && order.count { $0 == posts[0] } == 40)
  }

  @Test("E4: a great post has its turn, though small ones come before every run and a run has time for two turns alone")
  func noStarvation() throws {
    let (site, posts) = try site(great: 12, small: 3)
    let thread = try site.thread(watchedBy: ["more"])
    var runs = 0
    while try site.decisions(posts[0]).count < 12 {
      runs += 1
      try #require(runs < 60)
      try site.fixture.post(in: thread)
      site.clock.advance(by: 120)
      try site.collect()
      let (stop, source) = (site.stop, site.forum)
      let begun = source.questions.count { $0 == "watchers" }
      source.before { question in
        if question == "watchers", source.questions.count(where: { $0 == "watchers" }) - begun == 2 { stop.request() }
      }
      try site.fanOut()
      source.comeBack()
      site.newSignal()
    }
    try site.fanOut()
    #expect(try site.count("SELECT count(*) FROM fan_out") == 0)
  }

  @Test("F5, F6: stopped anywhere, in whatever order, everybody is decided once about every post", arguments: 1...8)
  func onceEach(_ seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let (site, posts) = try site(great: 17, small: 5, urgent: 1, pages: Int.random(in: 1...3, using: &random))
    var runs = 0
    repeat {
      runs += 1
      try #require(runs < 200)
      let (stop, source) = (site.stop, site.forum)
      let (begun, after) = (source.questions.count, Int.random(in: 2...9, using: &random))
      source.before { _ in if source.questions.count - begun >= after { stop.request() } }
      try site.fanOut()
      source.comeBack()
      site.newSignal()
    } while try site.ledger.awaitsFanOut()
    #expect(try site.decisions(posts[0]).count == 17)
    for post in posts.dropFirst() { #expect(try site.decisions(post).count == 1) }
    #expect(try site.deliveries().count == 23)
    try site.deliver()
    #expect(Set(site.relay.accepted.map { "\($0.name) \($0.posts)" }).count == 23)
    #expect(site.relay.accepted.count == 23)
  }
}

/// Steps share the time until the deadline.
@Suite("Shares of a run") struct TimeShareTests {
  @Test(
    "E4: a step takes an equal part of what is left with each later one for which something waits; else all of it",
    arguments: [
      // began, deadline, elapsed, waiting, over
      (0, 240, 239, 0, false), (0, 240, 500, 0, false), (0, 240, 119, 1, false), (0, 240, 120, 1, true),
      (0, 240, 79, 2, false), (0, 240, 80, 2, true), (60, 240, 149, 1, false), (60, 240, 150, 1, true),
      (240, 240, 240, 1, true), (0, 240, 0, 3, false),
    ])
  func shares(_ began: Int, _ deadline: Int, _ elapsed: Int, _ waiting: Int, _ isOver: Bool) {
    let share = TimeShare(began: .seconds(began), deadline: .seconds(deadline))
    #expect(share.isOver(at: .seconds(elapsed), waiting: waiting) == isOver)
  }

  private final class Elapsed: Sendable {
    private let seconds = Mutex(0)
    var now: Duration { .seconds(seconds.withLock { $0 }) }
    func add(_ more: Int) -> Int {
      seconds.withLock {
        $0 += more
        return $0
      }
    }
  }

  /// A run of 100 seconds, on a forum that needs ten for each page of three watchers.
  private func run(_ site: TestSite, _ steps: [Step] = [.fanOut, .deliver]) throws -> RunReport {
    let (elapsed, stop, relay) = (Elapsed(), site.stop, site.relay)
    site.forum.before { question in
      // At the deadline the caller's timer asks the run to end.
      if question == "watchers", elapsed.add(10) >= 100 { stop.request() }
    }
    defer {
      site.forum.comeBack()
      site.newSignal()
    }
    let time = RunTime(deadline: .seconds(100), elapsed: { elapsed.now })
    let context = time.shared(by: site.context)
    let stages: [any Stage] = [
      FanOutStage(context, pageSize: 4, pages: 1),
      DigestStage(context, site.settings.digest, composer: { TestSite.composer }),
      DeliverStage(
        context, site.settings.deliver, composer: { TestSite.composer }, transport: { relay }, stop: stop,
        random: { 0 }),
    ]
    return try JobRun(context, stages, stop: stop, time).run(job: "dispatch", steps: steps)
  }

  private func site(mode: Mode = .instant) throws -> TestSite {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: (1...60).map { "p\($0)" }, mode: mode)
    try site.fixture.post(in: thread)
    try site.collect()
    site.clock.advance(by: 120)
    try site.collect()
    return site
  }

  @Test("E4, F6: a fan-out of many runs leaves each of them time to send what is queued, and loses and doubles nobody")
  func deliveries() throws {
    let site = try site()
    var sent: [Int] = []
    while sent.count < 9 {
      let report = try run(site)
      sent.append(report.steps.last?.count("sent") ?? -1)
      #expect(report.steps.map(\.step) == ["fan-out", "deliver"])
      if report.status == .done { break }
      #expect(report.status == .workLeft && report.steps.first?.status == .workLeft)
    }
    // Half of the time: five pages of three, with the one that had been read ahead.
    #expect(sent.count > 3 && sent.allSatisfy { $0 >= 12 || $0 == sent.last }, "\(sent)")
    #expect(sent.reduce(0, +) == 60 && Set(site.relay.accepted.map(\.name)).count == 60)
  }

  @Test("E4: while nothing waits to be sent, or the relay is left alone, a fan-out takes all of the time")
  func nothingWaits() throws {
    let digests = try site(mode: .digest)
    let report = try run(digests)
    // The whole run long: the deadline ended it, and no later step began.
    #expect(report.steps.map(\.step) == ["fan-out"] && report.status == .workLeft)
    #expect(report.steps.first?.count("digest") ?? 0 >= 24)
    let paused = try site()
    var health = RelayHealth()
    health.trip(at: paused.clock.now)
    try paused.ledger.keep(health, since: RelayHealth())
    #expect(try run(paused).steps.map(\.step) == ["fan-out"])
  }

  @Test("E4: digests whose hour has come get their share too")
  func digests() throws {
    let site = try site(mode: .digest)
    try site.publishAside()
    let report = try run(site, [.fanOut, .digest, .deliver])
    #expect(report.steps.map(\.step) == ["fan-out", "digest", "deliver"])
    #expect(report.steps[1].count("digests") == 1 && report.steps[2].count("sent") == 1)
  }
}

extension TestSite {
  /// Somebody's digest is due, of a post that stands beside the others.
  fileprivate func publishAside() throws {
    let thread = try thread(watchedBy: ["aside"], mode: .digest)
    let post = try fixture.post(in: thread, isUrgent: true)
    try collect()
    let entry = try #require(try ledger.journalEntries(postKeys: [post]).first)
    let person = try ledger.person(key: try #require(try names().first { $0.value == "aside" }?.key)).id
    let slot = DigestSlot.next(after: clock.now, used: nil, on: DigestSchedule())
    let row = DecisionRow(person: person, decision: .digest(.thread), slot: slot)
    try ledger.decide([row], entry: entry, next: nil, now: clock.now)
    try ledger.moveSlots(
      [PersonSlot(person: person, due: clock.now, date: nil, kind: .regular)], changesRead: nil, now: clock.now)
  }
}
