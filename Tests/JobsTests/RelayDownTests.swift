import Ledger
import TestSupport
import Testing
import Time

@testable import DeliveryPolicy
@testable import Jobs

@Suite("A relay that is down")
struct RelayDownTests {
  @Test("S3: a dead relay spends nobody's attempt, and the run says why")
  func spendsNothing() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben", "eva"])
    try site.publish(in: thread)
    site.relay.window(2)
    site.relay.answer { message, _ in message.envelope.recipient.localPart == "ana" ? .accepted : .down }
    let report = try site.deliver()
    #expect(report.trouble == "relay 127.0.0.1:25: connection refused")
    #expect(report.pausedUntil == site.clock.now + 60)
    #expect((report.sent, report.unsent) == (1, 2))
    #expect(try site.states() == ["ana": .sent, "ben": .queued, "eva": .queued])
    #expect(try site.deliveries().map(\.attempts) == [1, 0, 0])
    #expect(try site.deliveries().allSatisfy { !$0.isLeased })
    #expect(try site.attempts().count == 1)
  }

  @Test("S3: the pauses grow from run to run, are remembered across runs, and end with the first mail taken")
  func pausesGrow() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    try site.publish(in: thread)
    site.relay.answer(.down)
    for (trip, pause) in [60, 300, 900, 1_800, 1_800].enumerated() {
      let report = try site.deliver()
      #expect(report.pausedUntil == site.clock.now + Int64(pause))
      #expect(site.relay.runs == trip + 1)
      site.clock.advance(by: Int64(pause) - 1)
      let early = try site.deliver()
      #expect(early.pausedUntil == site.clock.now + 1)
      #expect(early.trouble == nil)
      #expect(site.relay.runs == trip + 1)
      site.clock.advance(by: 1)
    }
    #expect(try site.deliveries().map(\.attempts) == [0])
    site.relay.answer(.accepted)
    #expect(try site.deliver().pausedUntil == nil)
    #expect(try site.ledger.relayPausedUntil(RelayIdentity()) == nil)
    try site.publish(in: thread)
    site.relay.answer(.down)
    #expect(try site.deliver().pausedUntil == site.clock.now + 60)
  }

  @Test("S3, C5: what waits while the relay is down for days is not lost, and becomes one catch-up digest")
  func downForDays() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let posts = try site.publish(3, in: thread)
    site.relay.answer(.down)
    for _ in 1...60 {
      try site.dispatch()
      site.clock.advance(by: 1_800)
    }
    site.relay.answer(.accepted)
    for _ in 1...2 { try site.dispatch() }
    #expect(site.relay.accepted.map(\.posts) == [posts])
  }

  @Test("S3: a note about the relay that this program cannot read counts as none")
  func strangeNote() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    try site.publish(in: thread)
    try site.ledger.changeNote("relay") { _ in "{\"version\": 9}" }
    try site.deliver()
    #expect(try site.states() == ["ana": .sent])
  }

  @Test("S3: an idle run asks the relay nothing, and commits nothing")
  func idle() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    try site.publish(in: thread)
    try site.dispatch()
    let database = site.crash(atCommit: .max, .beforeCommit)
    try site.dispatch()
    #expect(database.commits == 0)
    #expect(site.relay.runs == 1)
  }
}

@Suite("What waits for a relay as a digest")
struct WaitingDigestTests {
  @Test("E5: while posts wait as a digest that is due, trouble with the relay lasts, though no mail is queued")
  func lasts() throws {
    let site = try TestSite()
    let thread = try site.fixture.thread()
    try site.fixture.watch(thread: thread, by: [try site.fixture.participant("ana", mode: .digest)])
    try site.publish(in: thread)
    func look() throws -> Trouble.Look? {
      try site.run([.deliver]).steps.first { $0.step == Step.deliver.rawValue }?.looks[.relay]
    }
    #expect(try look() == .idle)
    site.clock.now = try #require(try site.ledger.nextDigest())
    #expect(try look() == .lasts)
  }
}

@Suite("Retries")
struct RetryTests {
  /// The waits between the attempts at one message, in minutes, while it is refused.
  private func waits(_ answer: ScriptedRelay.Answer, random: Double) throws -> (minutes: [Int64], site: TestSite) {
    let site = try TestSite { $0.random = random }
    let thread = try site.thread(watchedBy: ["ana"])
    try site.publish(in: thread)
    site.relay.answer(answer)
    var minutes: [Int64] = []
    while case let row = try #require(try site.deliveries().first), row.state.isOpen {
      if row.attempts > 0 {
        minutes.append((row.due - site.clock.now) / 60)
        site.clock.now = row.due - 1
        try site.deliver()
        #expect(site.relay.mails.count == row.attempts)
        site.clock.now = row.due
      }
      try site.deliver()
      try #require(minutes.count < 200)
    }
    return (minutes, site)
  }

  @Test("S4: retries after 5, 15, 30 and 60 minutes, then every two hours, and up with the fifth day")
  func shortest() throws {
    let start = TestClock().now
    let (minutes, site) = try waits(.refused("450 4.2.1 Later"), random: 0)
    #expect(minutes.prefix(6) == [5, 15, 30, 60, 120, 120])
    #expect(minutes.dropFirst(4).dropLast().allSatisfy { $0 == 120 })
    #expect(minutes.reduce(0, +) == 5 * 24 * 60)
    let row = try #require(try site.deliveries().first)
    #expect(row.state == .expired)
    #expect(site.clock.now - start == 432_000 + 120)
    #expect(try site.attempts().count == minutes.count + 1)
    try site.deliver()
    #expect(site.relay.mails.count == minutes.count + 1)
  }

  @Test("S4: jitter only ever adds, up to a fifth, and to four hours later on")
  func longest() throws {
    let (minutes, site) = try waits(.refused("450 4.2.1 Later"), random: 0.999_999)
    #expect(minutes.prefix(6) == [5, 17, 35, 71, 239, 239])
    #expect(try site.deliveries().first?.state == .expired)
  }

  @Test("S4: greylisting is waited out")
  func greylisting() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    try site.publish(in: thread)
    site.relay.answer { _, earlier in earlier == 0 ? .refused("450 4.7.1 Greylisted") : .accepted }
    #expect(try site.deliver().deferred == 2)
    site.clock.advance(by: 299)
    try site.deliver()
    #expect(site.relay.accepted.isEmpty)
    site.clock.advance(by: 1)
    #expect(try site.deliver().sent == 2)
  }

  @Test("S4: the five days are counted from the first attempt, not from the post")
  func lifetimeFromFirstAttempt() throws {
    let site = try TestSite { $0.deliver.staleAfter = 30 * 86_400 }
    let thread = try site.thread(watchedBy: ["ana"])
    try site.publish(in: thread)
    site.clock.advance(by: 6 * 86_400)
    site.relay.answer(.refused("450 4.2.1 Later"))
    #expect(try site.deliver().deferred == 1)
  }

  @Test("S5: a message in doubt is sent again with the same Message-ID three times, then held")
  func uncertain() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    try site.publish(in: thread)
    site.relay.answer(.uncertain)
    var states: [DeliveryState] = []
    for _ in 1...6 {
      try site.deliver()
      states.append(try #require(try site.deliveries().first).state)
      site.clock.advance(by: 86_400)
    }
    #expect(states == [.uncertain, .uncertain, .uncertain, .held, .held, .held])
    #expect(site.relay.mails.count == 4)
    #expect(Set(site.relay.mails.map(\.messageID)).count == 1)
    #expect(try site.attempts().map(\.outcome) == ["uncertain", "uncertain", "uncertain", "uncertain"])
    #expect(try site.deliveries().first?.reason == "uncertain")
    site.relay.answer(.accepted)
    #expect(try site.ledger.release(.uncertain, now: site.clock.now) == 1)
    try site.deliver()
    #expect(try site.states() == ["ana": .sent])
    #expect(Set(site.relay.mails.map(\.messageID)).count == 1)
  }

  @Test("S5: with the setting to hold, a message in doubt is held at once")
  func uncertainHeld() throws {
    let site = try TestSite { $0.deliver.uncertain = .hold }
    let thread = try site.thread(watchedBy: ["ana"])
    try site.publish(in: thread)
    site.relay.answer(.uncertain)
    #expect(try site.deliver().held == 1)
    #expect(try site.states() == ["ana": .held])
  }

  @Test("S5: a part of a digest in doubt is sent again with the same Message-ID and the same posts")
  func uncertainDigest() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"], mode: .digest)
    try site.publish(2, in: thread)
    site.wait(until: "2026-05-27T07:00:00Z")
    site.relay.answer { _, earlier in earlier == 0 ? .uncertain : .accepted }
    try site.dispatch()
    try site.publish(in: thread)
    site.clock.advance(by: 3600)
    try site.dispatch()
    let mails = site.relay.mails
    #expect(mails.map(\.posts) == [["1", "2"], ["1", "2"]])
    #expect(Set(mails.map(\.messageID)).count == 1)
  }
}
