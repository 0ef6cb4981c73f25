import DeliveryPolicy
import Forum
import Ledger
import Mail
import Relay
import TestSupport
import Testing
import Time

@testable import Jobs

private let day: Int64 = 86_400

/// Single things that a wrong clock did, or would do.
@Suite("A clock that is wrong")
struct ClockTests {
  private static let jumps: [Int64] = [-3650 * day, -400 * day, -2 * day, -1500, 1500, 2 * day, 400 * day, 3650 * day]

  /// A site whose clock has been agreed on, with a thread that these people watch.
  private func site(_ names: [String] = ["ana"], mode: Mode? = nil) throws -> (site: TestSite, thread: String) {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: names, mode: mode)
    site.clock.advance(by: 600)
    try site.run()
    return (site, thread)
  }

  /// One run under a clock that is wrong by so much, then it is right again and a minute has passed.
  @discardableResult
  private func runWrong(_ site: TestSite, by jump: Int64, _ change: () throws -> Void = {}) throws -> RunReport {
    site.clock.step(by: jump)
    try change()
    let report = try site.run()
    site.clock.step(by: -jump)
    site.clock.advance(by: 60)
    return report
  }

  @Test(
    "E2: a run counts the seconds that the wall clock counts, and is never ahead of it",
    arguments: [
      (0, 0, 0), (0, 999, 0), (0, 1000, 1), (900, 99, 0), (900, 100, 1), (900, 1099, 1), (900, 1100, 2), (999, 1, 1),
    ])
  func seconds(begun: Int64, elapsed: Int64, passed: Int64) throws {
    let wall = Timestamp(1_700_000_000)
    // The steady clock's own second ends at another moment than the wall clock's.
    let reading = ClockReading(wall: wall, boot: 1, steady: 77)
    let clock = RunClock(reading, begun: begun * 1_000_000, AgreedClock(reading).state(at: reading)) {
      elapsed * 1_000_000
    }
    #expect(clock.now() == wall + passed)
    #expect(clock.agreed() == wall + passed)
  }

  @Test("E2: a post taken up while the clock is wrong is sent within minutes of its settling", arguments: jumps)
  func post(jump: Int64) throws {
    let (site, thread) = try site()
    var post = ""
    try runWrong(site, by: jump) { post = try site.fixture.post(in: thread) }
    site.clock.advance(by: 60)
    try site.run()
    site.clock.advance(by: 120)
    try site.run()
    #expect(site.relay.accepted.map(\.posts) == [[post]])
    #expect(site.relay.accepted.first?.isDigest == false)
  }

  @Test("E2: a post whose forum's clock is right is not older than a watch because ours is behind", arguments: jumps)
  func watchOfBefore(jump: Int64) throws {
    let (site, thread) = try site()
    let post = try site.fixture.post(in: thread)
    try runWrong(site, by: jump)
    site.clock.advance(by: 120)
    try site.run()
    try site.run()
    #expect(site.relay.accepted.map(\.posts) == [[post]])
  }

  @Test("E2: a watch set while the clock was wrong hears of what comes after it", arguments: jumps)
  func watch(jump: Int64) throws {
    let (site, thread) = try site()
    let dan = try site.fixture.participant("dan", mode: .digest)
    try runWrong(site, by: jump) {
      try site.fixture.writer.put(Watch(scope: .thread), target: thread, participant: dan, now: site.clock.now)
    }
    let post = try site.fixture.post(in: thread)
    for _ in 1...30 {
      site.clock.advance(by: 3600)
      try site.run()
    }
    #expect(site.relay.mails(to: "dan").map(\.posts) == [[post]])
    #expect(site.relay.mails(to: "ana").map(\.posts) == [[post]])
  }

  @Test("E2, C5: copies that wait are neither folded nor late for it", arguments: jumps)
  func fold(jump: Int64) throws {
    let (site, thread) = try site()
    let post = try site.fixture.post(in: thread)
    site.clock.advance(by: 120)
    try site.run([.collect, .fanOut])
    let report = try runWrong(site, by: jump)
    #expect(report.steps.allSatisfy { $0.count("folded") == 0 })
    try site.run()
    #expect(site.relay.accepted.map(\.posts) == [[post]])
    #expect(site.relay.accepted.map(\.isDigest) == [false])
  }

  @Test("E2: what was deferred while the clock was ahead comes again within its longest wait", arguments: jumps)
  func deferred(jump: Int64) throws {
    let (site, thread) = try site()
    site.relay.answer(.refused("450 4.2.1 Later"))
    var post = ""
    try runWrong(site, by: jump) { post = try site.fixture.post(in: thread, isUrgent: true) }
    #expect(try site.states() == ["ana": .deferred])
    site.relay.answer(.accepted)
    let tried = site.clock.now
    while site.relay.accepted.isEmpty, site.clock.now - tried < day {
      try site.run()
      site.clock.advance(by: 300)
    }
    #expect(site.relay.accepted.map(\.posts) == [[post]])
    #expect(site.clock.now - tried <= 5 * 3600)
    // It does not live longer, or shorter, for having been tried first under a wrong clock.
    #expect(try site.count("SELECT count(*) FROM delivery WHERE first_attempt_at > \(site.clock.now.seconds)") == 0)
  }

  @Test("E2: a relay that was down while the clock was ahead is asked again within its longest pause", arguments: jumps)
  func pause(jump: Int64) throws {
    let (site, thread) = try site()
    var post = ""
    site.relay.answer(.down)
    let report = try runWrong(site, by: jump) { post = try site.fixture.post(in: thread, isUrgent: true) }
    #expect(report.status == .unavailable)
    site.relay.answer(.accepted)
    site.clock.advance(by: 1800)
    try site.run()
    #expect(site.relay.accepted.map(\.posts) == [[post]])
  }

  @Test("E2: a digest comes at its hour and once, whatever one run made of the clock", arguments: jumps)
  func digest(jump: Int64) throws {
    let (site, thread) = try site(["dan"], mode: .digest)
    let posts = try [site.fixture.post(in: thread), site.fixture.post(in: thread)]
    site.clock.advance(by: 120)
    try site.run()
    try runWrong(site, by: jump)
    site.wait(until: "2026-05-27T06:50:00Z")
    try site.run()
    #expect(site.relay.accepted.isEmpty)
    site.wait(until: "2026-05-27T07:00:00Z")
    try site.run()
    #expect(site.relay.accepted.map(\.posts) == [posts])
    // The next one too.
    let next = try site.fixture.post(in: thread)
    site.clock.advance(by: 120)
    try site.run()
    site.wait(until: "2026-05-28T07:00:00Z")
    try site.run()
    #expect(site.relay.accepted.map(\.posts) == [posts, [next]])
  }

  @Test("E2: who has paused gets nothing, whatever one run made of the clock", arguments: jumps)
  func paused(jump: Int64) throws {
    let (site, thread) = try site(["ana"])
    let ana = try site.names().first { $0.value == "ana" }!.key
    var preferences = Preferences()
    preferences.pausedUntil = site.clock.now + 7 * day
    try site.fixture.writer.set(preferences, of: ana)
    let post = try site.fixture.post(in: thread)
    site.clock.advance(by: 120)
    try runWrong(site, by: jump)
    site.clock.advance(by: 120)
    try site.run()
    #expect(site.relay.accepted.isEmpty)
    // Where the pause seemed to be over nobody knew, and it was left to the sending.
    #expect(try site.decisions(post) == ["ana": jump > 7 * day ? "instant thread" : "skipped paused"])
  }

  @Test("E2: a pause that ended during a standstill is over, before the clock is believed again")
  func pauseEnded() throws {
    let (site, thread) = try site()
    let ana = try site.names().first { $0.value == "ana" }!.key
    var preferences = Preferences()
    preferences.pausedUntil = site.clock.now + day
    try site.fixture.writer.set(preferences, of: ana)
    site.clock.advance(by: 3 * day)
    site.clock.reboot()
    let post = try site.fixture.post(in: thread)
    for _ in 1...2 {
      site.clock.advance(by: 120)
      try site.run()
    }
    #expect(site.relay.accepted.map(\.posts) == [[post]])
  }

  @Test("E2: a watch set while the clock was ahead hears at once of what a forum whose clock is right shows")
  func watchWhileAhead() throws {
    let (site, thread) = try site([])
    let ana = try site.fixture.participant("ana")
    let post = try site.fixture.post(in: thread, isUrgent: true)
    try runWrong(site, by: 1500) {
      try site.fixture.writer.put(Watch(scope: .thread), target: thread, participant: ana, now: site.clock.now)
    }
    #expect(site.relay.accepted.map(\.posts) == [[post]])
  }

  @Test(
    "E2: nothing expires, is forgotten or given up under a doubted clock; after an hour of it, it is",
    arguments: [true, false])
  func hour(isVouchedFor: Bool) throws {
    let (site, thread) = try site(["ana", "ben"])
    site.relay.answer { message, _ in
      message.envelope.recipient.localPart == "ben" ? .refused("450 4.2.1 Later") : .accepted
    }
    let post = try site.fixture.post(in: thread)
    // Passed over: its transaction is still open.
    try site.fixture.forum.write {
      try $0.run("UPDATE post SET id = $1 WHERE id = $2", [.integer(9), .text(post)])
    }
    site.clock.advance(by: 120)
    try site.run()
    let gaps = try site.count("SELECT count(*) FROM gap")
    #expect(gaps > 0)
    // Seven months later by its clock: everything is old.
    site.clock.step(by: 200 * day)
    let first = try site.run()
    #expect(first.status == .workLeft)
    #expect(first.steps.first?.step == "clock" && first.steps.first?.words.count == 1)
    #expect(first.steps.first?.words.first?.contains("watchpost release clock") == true)
    for _ in 1...5 {
      site.clock.advance(by: 600)
      let report = try site.run()
      // Told once; the status lasts.
      #expect(report.status == .workLeft && report.steps.flatMap(\.words).isEmpty)
    }
    #expect(try site.states() == ["ana": .sent, "ben": .deferred])
    #expect(try site.count("SELECT count(*) FROM gap") == gaps)
    #expect(try site.count("SELECT count(*) FROM attempt WHERE delivery = 1") == 1)
    if isVouchedFor {
      #expect(try site.ledger.agree(on: site.clock.reading))
    } else {
      site.clock.advance(by: 600)
    }
    let report = try site.run()
    #expect(report.status != .workLeft)
    #expect((report.steps.first?.words.first?.contains("is believed again") ?? false) == !isVouchedFor)
    #expect(try site.count("SELECT count(*) FROM gap") == 0)
    #expect(try site.count("SELECT count(*) FROM attempt WHERE delivery = 1") == 0)
    site.clock.advance(by: 3 * 3600)
    #expect(try site.run().steps.last { $0.step == "deliver" }?.count("expired") == 1)
  }

  @Test("E2, C5: after a standstill of days what is overdue waits an hour for the clock, and is folded then")
  func standstill() throws {
    let (site, thread) = try site()
    let old = try [site.fixture.post(in: thread), site.fixture.post(in: thread)]
    site.clock.advance(by: 120)
    try site.run([.collect, .fanOut])
    site.clock.advance(by: 3 * day)
    site.clock.reboot()
    let new = try site.fixture.post(in: thread)
    for _ in 1...6 {
      site.clock.advance(by: 600)
      try site.run()
      #expect(site.relay.accepted.map(\.posts) == [[new]])
    }
    site.clock.advance(by: 600)
    for _ in 1...2 { try site.run() }
    #expect(site.relay.accepted.map(\.posts) == [[new], old])
    #expect(site.relay.accepted.map(\.isDigest) == [false, true])
  }

  @Test(
    "E2, D3: a discussion is called for the last time by a clock that is believed", arguments: [2 * day, 400 * day])
  func lastCall(jump: Int64) throws {
    let site = try TestSite()
    let closing = try site.fixture.writer.addDiscussion(
      title: "Closing", slug: "closing", url: nil, closesAt: site.clock.now + jump + day / 2)
    let thread = try site.fixture.thread(in: closing)
    let dan = try site.fixture.participant("dan", mode: .digest) { $0.digestPeriod = .weekly }
    try site.fixture.watch(thread: thread, by: [dan])
    try site.run()
    let post = try site.fixture.post(in: thread)
    site.clock.advance(by: 120)
    try site.run()
    try runWrong(site, by: jump)
    #expect(site.relay.accepted.isEmpty)
    #expect(try site.count("SELECT count(*) FROM last_call") == 0)
    _ = post
  }
}
