import Relay
import TestSupport
import Testing
import Time

@testable import Jobs

@Suite("What two runs at once learn of the relay")
struct RelayHealthTests {
  private func down(_ moments: Int64...) -> RelayHealth {
    var health = RelayHealth()
    for moment in moments { health.trip(at: Timestamp(moment)) }
    return health
  }

  @Test("S3: a run that learned nothing changes nothing; of two that learned, the later one knows best")
  func merged() {
    let (start, first, second) = (RelayHealth(), down(10), down(20))
    #expect(start.merged(since: start, into: first) == first)
    #expect(first.merged(since: start, into: start) == first)
    #expect(first.merged(since: start, into: second) == second)
    #expect(second.merged(since: start, into: first) == second)
    #expect(down(10, 80).breaker.trips == 2)
  }

  @Test(
    "E7: other settings end the pause; another relay has to take a first mail anew; a release ends the pause at once")
  func settings() throws {
    let (relay, user) = (RelayIdentity(relay: "a", settings: "1"), RelayIdentity(relay: "a", settings: "2"))
    let site = try TestSite {
      ($0.deliver.relay, $0.isProven) = (relay, false)
    }
    let thread = try site.thread(watchedBy: ["ana"])
    try site.publish(in: thread)
    try site.deliver()
    #expect(try site.ledger.relayHealth(of: relay).firstAccepted == site.clock.now)
    try site.publish(in: thread)
    site.relay.answer(.down)
    #expect(try site.deliver().pausedUntil == site.clock.now + 60)
    #expect(try site.ledger.relayPausedUntil(relay) != nil && site.ledger.relayPausedUntil(user) == nil)
    #expect(try site.ledger.relayHealth(of: user).hasAccepted)
    #expect(try !site.ledger.relayHealth(of: RelayIdentity(relay: "b", settings: "1")).hasAccepted)
    #expect(try site.ledger.releaseRelay(relay, now: site.clock.now) == (true, 1))
    site.relay.answer(.accepted)
    #expect(try site.deliver().sent == 1)
    site.relay.answer(.down)
    try site.publish(in: thread)
    try site.deliver()
    site.settings.deliver.relay = user
    site.relay.answer(.accepted)
    #expect(try site.deliver().sent == 1)
  }

  @Test("E2, E4: a pause is bounded, and makes nobody wait for deliveries, whatever relay it is of")
  func pauseOfItsOwn() throws {
    let relay = RelayIdentity(relay: "a", settings: "1")
    let site = try TestSite { $0.deliver.relay = relay }
    let thread = try site.thread(watchedBy: ["ana"])
    try site.publish(in: thread)
    func hasWork() throws -> Bool {
      let stage = try #require(site.stages.all.first { $0 is DeliverStage })
      return try stage.hasWork(site.context)
    }
    #expect(try hasWork())
    site.relay.answer(.down)
    try site.deliver()
    #expect(try site.ledger.relayPausedUntil(relay) == site.clock.now + 60 && !hasWork())
    // A clock that was ahead by a year wrote it.
    let now = site.clock.now - 365 * 86_400
    #expect(try site.ledger.boundRelayHealth(at: now))
    #expect(try site.ledger.relayPausedUntil(relay) == now)
    #expect(try !site.ledger.boundRelayHealth(at: now))
  }

  @Test("E7: a relay that asks for a password fails nobody on the first evening, however few they are, nor in weeks")
  func firstEvening() throws {
    let site = try TestSite { ($0.isProven, $0.deliver.staleAfter) = (false, 90 * 86_400) }
    let thread = try site.thread(watchedBy: ["ana", "ben", "eva"])
    try site.publish(in: thread)
    site.relay.answer(.refused("550 5.7.1 Authentication required"))
    for _ in 1...30 {
      #expect(try site.deliver().failed == 0)
      site.clock.advance(by: 86_400)
    }
    #expect(try site.states().values.allSatisfy { $0 == .deferred } && site.ledger.holds().isEmpty)
    let step = try JobRun(site.stages).run(job: "dispatch", steps: [.deliver]).steps[0]
    #expect(step.words.contains { $0.contains("`watchpost release relay`") })
    site.relay.answer(.accepted)
    #expect(try site.ledger.releaseRelay(RelayIdentity(), now: site.clock.now).messages == 3)
    #expect(try site.deliver().sent == 3)
  }

  @Test("S3: what a run learned of the relay is kept though its transport throws")
  func throwing() throws {
    struct Broken: Error {}
    struct Throwing: Transport {
      let relay: ScriptedRelay
      func run(feed: any MessageFeed, stop: StopSignal) throws -> TransportReport {
        _ = try relay.run(feed: feed, stop: stop)
        throw Broken()
      }
    }
    let site = try TestSite { $0.isProven = false }
    try site.publish(in: try site.thread(watchedBy: ["ana"]))
    #expect(throws: Broken.self) { try site.deliver(over: Throwing(relay: site.relay)) }
    #expect(try site.states() == ["ana": .sent] && site.ledger.relayHealth(of: RelayIdentity()).hasAccepted)
  }

  @Test("S3: what another run found out meanwhile is kept by one that had nothing but mail taken")
  func anotherRun() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    try site.publish(in: thread)
    site.relay.onMail { _ in
      do { try site.ledger.keep(down(site.clock.now.seconds), since: RelayHealth()) } catch { Issue.record(error) }
    }
    try site.deliver()
    #expect(try site.ledger.relayPausedUntil(RelayIdentity()) == site.clock.now + 60)
  }

  @Test("E2: what another run has just written, by a clock that is a second further, is no moment that lies ahead")
  func secondAhead() throws {
    let site = try TestSite()
    for (ahead, isMended) in [(1, false), (60, false), (3600, true)] as [(Int64, Bool)] {
      try site.publish(in: try site.thread(watchedBy: ["p\(ahead)"]))
      let now = site.clock.now
      site.clock.advance(by: ahead)
      try site.deliver()
      site.clock.advance(by: -ahead)
      #expect(try site.ledger.relayLastAccepted(RelayIdentity()) == now + ahead)
      #expect(try site.ledger.boundRelayHealth(at: now) == isMended, "\(ahead)")
    }
  }
}
