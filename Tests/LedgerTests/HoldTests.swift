import DeliveryPolicy
import Forum
import Identifiers
import Testing
import Time

@testable import Ledger

@Suite("Holds") struct HoldTests {
  private let bench: LedgerFixture
  private var ledger: Ledger { bench.ledger }

  init() throws { bench = try LedgerFixture() }

  @Test("S3: a held domain holds what failed or waits because of it, until the admin's word; then it begins anew")
  func domain() throws {
    let copies = try bench.copies("1", to: try bench.people("a", "b", "c", "d"))
    let lease = try bench.begin()
    let ended = [
      bench.end(copies[0], 1, .permanent, .failed),
      bench.end(copies[1], 1, .transient, .deferred, due: bench.now + 9), bench.end(copies[2]),
    ]
    let hold = Ledger.DomainHold(domain: "b.example", reason: "5.7.1 refused", deliveries: copies)
    _ = try ledger.commitGroup(
      ended: ended, unsent: [], begin: [], domains: Ledger.DomainUpdate(holds: [hold]), lease: lease, margin: 0,
      now: bench.now)
    #expect(try copies.map { try bench.row($0).state } == [.held, .held, .sent, .sending])
    #expect(try bench.row(copies[0]).reason == "domain b.example" && bench.row(copies[0]).endedAt == nil)
    #expect(try ledger.holds() == [Hold(bench.now)])
    bench.clock.advance(by: 6 * 86_400)
    #expect(try bench.lease() == nil)
    #expect(try ledger.release(.domain("c.example"), now: bench.now) == 0)
    #expect(try ledger.release(.domain("b.example"), now: bench.now) == 2)
    #expect(try ledger.holds().isEmpty)
    let freed = try #require(try bench.lease()).deliveries
    #expect(freed.map(\.id) == [copies[0], copies[1]])
    #expect(freed.allSatisfy { $0.attempts == 1 && $0.firstAttemptAt == nil })
  }

  @Test("S3: what was found to be held when the admin had just released it is not held, and goes")
  func releasedMeanwhile() throws {
    let copies = try bench.copies("1", to: try bench.people("a", "b"))
    let lease = try #require(try bench.lease()).lease.id
    let withheld = Ledger.Withheld(copies[0], .held(.domain("b.example")))
    try ledger.withhold([withheld], lease: lease, now: bench.now)
    #expect(try bench.row(copies[0]).state == .queued)
    try ledger.hold(.domain, name: "b.example", reason: "r", now: bench.now)
    try ledger.withhold([withheld], lease: lease, now: bench.now)
    #expect(try bench.row(copies[0]).state == .held)
    #expect(try ledger.release(.domain("b.example"), now: bench.now) == 1)
  }

  @Test("C5: what was never attempted is as overdue when it is released as it was; what was attempted is due at once")
  func dueOfReleased() throws {
    let copies = try bench.copies("1", to: try bench.people("a", "b"))
    let due = bench.now
    let lease = try #require(try bench.lease()).lease.id
    try bench.commitGroup(begin: [copies[0]], lease: lease)
    try bench.commitGroup([bench.end(copies[0], 1, .transient, .deferred, due: bench.now)], lease: lease)
    let again = try #require(try bench.lease()).lease.id
    for (copy, lease) in zip(copies, [again, lease]) {
      try ledger.withhold(
        [.init(copy, .held(.uncomposed))], lease: lease, now: bench.now)
    }
    bench.clock.advance(by: 600)
    #expect(try ledger.release(.uncomposed, now: bench.now) == 2)
    #expect(try copies.map { try bench.row($0).due } == [bench.now.seconds, due.seconds])
  }

  @Test("S3: refusals by policy count until the domain takes a mail, is held, or they are too old")
  func domainRefusals() throws {
    func record(_ change: (inout Ledger.DomainUpdate) -> Void) throws {
      var news = Ledger.DomainUpdate()
      change(&news)
      _ = try ledger.commitGroup(ended: [], unsent: [], begin: [], domains: news, lease: 0, margin: 0, now: bench.now)
    }
    func known(_ domain: String) throws -> [DeliveryID] {
      try ledger.refusals(by: domain, since: Timestamp(0)).map(\.delivery)
    }
    func refusal(_ domain: String, _ delivery: DeliveryID) -> Ledger.DomainRefusal {
      Ledger.DomainRefusal(domain: domain, .init(delivery: delivery, answer: "550 5.7.1", at: bench.now))
    }
    try record { $0.refused = [refusal("b.example", 2), refusal("a.example", 3), refusal("b.example", 1)] }
    try record { $0.refused = [refusal("b.example", 2)] }
    #expect(try known("b.example") == [1, 2] && known("a.example") == [3])
    try record { $0.took = ["b.example"] }
    #expect(try known("b.example").isEmpty && known("a.example") == [3])
    try record { $0.holds = [.init(domain: "a.example", reason: "r", deliveries: [3])] }
    #expect(try known("a.example").isEmpty)
    try record { $0.refused = [refusal("a.example", 4)] }
    bench.clock.advance(by: 60)
    try record { ($0.refused, $0.forgotten) = ([refusal("a.example", 5)], bench.now) }
    #expect(try known("a.example") == [5])
  }

  @Test("S3: what failed by the relay's fault waits again, its retries begin anew, and its domain is not blamed")
  func givenBack() throws {
    let copies = try bench.copies("1", to: try bench.people("a", "b", "c"))
    let lease = try bench.begin()
    var news = Ledger.DomainUpdate()
    news.refused = [
      .init(domain: "b.example", .init(delivery: copies[0], answer: "550 5.7.1", at: bench.now))
    ]
    let ended = [bench.end(copies[0], 1, .permanent, .failed), bench.end(copies[1])]
    _ = try ledger.commitGroup(
      ended: ended, unsent: [], begin: [], domains: news, lease: lease, margin: 0, now: bench.now)
    let wait = Ledger.Wait(copies, until: bench.now + 300)
    _ = try ledger.commitGroup(
      ended: [], unsent: [], givenBack: wait, begin: [], lease: lease, margin: 0, now: bench.now)
    #expect(try copies.map { try bench.row($0).state } == [.deferred, .sent, .sending])
    let row = try bench.row(copies[0])
    #expect(row.due == bench.now.seconds + 300 && row.endedAt == nil && row.firstAttemptAt == nil && row.attempts == 1)
    #expect(try ledger.refusals(by: "b.example", since: Timestamp(0)).isEmpty)
  }

  @Test(
    "S4: by the relay's fault a delivery's time begins anew, also after tries that came to nothing; mended, it is due")
  func stopsClock() throws {
    let copies = try bench.copies("1", to: try bench.people("a", "b"))
    var ends = copies.map { bench.end($0, 1, .transient, .deferred, due: bench.now + 300) }
    (ends[0].stopsClock, ends[0].scope) = (true, .sender)
    try bench.commitGroup(ends, lease: try bench.begin())
    #expect(try copies.map { try bench.row($0).firstAttemptAt } == [nil, bench.now.seconds])
    let began = bench.now
    bench.clock.advance(by: 60)
    #expect(try ledger.hurryAfterRelay(now: bench.now) == 1)
    #expect(try bench.lease(1)?.deliveries.map(\.id) == [copies[0]])
    bench.clock.advance(by: 1000)
    _ = try ledger.rescue(now: bench.now, uncertain: .resend)
    let lease = try bench.begin()
    try bench.commitGroup(unsent: copies, lease: lease)
    #expect(try copies.map { try bench.row($0).firstAttemptAt } == [nil, began.seconds])
    #expect(try copies.map { try bench.row($0).attempts } == [1, 1])
  }

  @Test(
    "S3: what is left alone is held until its time is over, or the admin's word; a mail that is taken ends it",
    arguments: 1...4)
  func leftAlone(_ which: Int) throws {
    let copies = try bench.copies("1", to: try bench.people("a", "b"))
    let lease = try bench.begin()
    let ended = copies.map { bench.end($0, 1, .permanent, .deferred) }
    let post = try #require(try ledger.position(ofPost: "1"))
    var update = Ledger.DomainUpdate()
    update.pauses = [
      Ledger.PauseOrder(.post(post), reason: "dot: 554", deliveries: [copies[0]]),
      Ledger.PauseOrder(.domain("b.example"), reason: "rcpt: 550", deliveries: [copies[1]]),
    ]
    func commit(_ update: Ledger.DomainUpdate, _ ended: [AttemptEnd] = []) throws {
      _ = try ledger.commitGroup(
        ended: ended, unsent: [], begin: [], domains: update, lease: lease, margin: 0, now: bench.now)
    }
    try commit(update, ended)
    let held: Set<HoldReason> = [.post(post), .domain("b.example")]
    #expect(try ledger.heldSubjects(now: bench.now) == held && Set(ledger.heldCounts().keys) == held)
    #expect(try ledger.postKey(at: post) == "1")
    try ledger.endPauses(now: bench.now)
    #expect(try Set(ledger.heldCounts().keys) == held)
    switch which {
    case 1:
      bench.clock.advance(by: 900)
      try ledger.endPauses(now: bench.now)
      #expect(try ledger.pauses().isSuspect(.post(post)) && ledger.heldSubjects(now: bench.now).isEmpty)
    case 2:
      for reason in held { #expect(try ledger.release(reason, now: bench.now) == 1) }
      #expect(try ledger.pauses() == Pauses())
    case 3:
      update = Ledger.DomainUpdate()
      update.ended = [.post(post), .domain("b.example")]
      try commit(update)
      #expect(try ledger.pauses() == Pauses())
    default:
      #expect(try ledger.hurryAfterRelay(now: bench.now) == 2)
      #expect(try ledger.pauses() == Pauses())
    }
    #expect(try copies.map { try bench.row($0).state } == [.queued, .queued] && ledger.heldCounts().isEmpty)
  }

  @Test("S3: what is held of a post is sent to nobody after the admin's word, and the post is left alone no more")
  func discarded() throws {
    let copies = try bench.copies("1", to: try bench.people("a", "b"))
    let lease = try bench.begin()
    let post = try #require(try ledger.position(ofPost: "1"))
    var update = Ledger.DomainUpdate()
    update.pauses = [Ledger.PauseOrder(.post(post), reason: "x", isSure: true, deliveries: copies)]
    _ = try ledger.commitGroup(
      ended: copies.map { bench.end($0, 1, .permanent, .failed) }, unsent: [], begin: [], domains: update, lease: lease,
      margin: 0, now: bench.now)
    bench.clock.advance(by: 90 * 86_400)
    try ledger.endPauses(now: bench.now)
    #expect(try ledger.discard(post: post, now: bench.now) == 2)
    #expect(try copies.map { try bench.row($0).state } == [.dropped, .dropped] && ledger.pauses() == Pauses())
  }

  @Test(
    "S3: whose last mail was taken within the time is known; a delivery's refusals count since its retries began anew")
  func known() throws {
    let people = try bench.people("a", "b", "c")
    let copies = try bench.copies("1", to: people)
    var lease = try bench.begin()
    try bench.commitGroup(
      [bench.end(copies[0], 1, .accepted, .sent), bench.end(copies[1], 1, .permanent, .failed)], lease: lease)
    #expect(try ledger.lastTaken(of: people, since: bench.now - 60) == [people[0]])
    #expect(try ledger.lastTaken(of: people, since: bench.now + 60) == [])
    let more = try bench.copies("2", to: people)
    lease = try bench.begin()
    try bench.commitGroup(
      [bench.end(more[0], 1, .permanent, .deferred, due: bench.now), bench.end(more[1], 1, .accepted, .sent)],
      lease: lease)
    #expect(try ledger.lastTaken(of: people, since: bench.now - 60) == [people[0], people[1]])
    let again = try #require(try bench.lease()?.deliveries.first { $0.id == more[0] })
    #expect(try ledger.refusals(of: again) == 1)
  }

  @Test("S3: a domain that was held for the relay's words is held no more, and what was held with it is queued")
  func lifted() throws {
    let copies = try bench.copies("1", to: try bench.people("a", "b"))
    let lease = try bench.begin()
    let ended = copies.map { bench.end($0, 1, .permanent, .failed) }
    let hold = Ledger.DomainHold(domain: "b.example", reason: "5.7.1", deliveries: copies)
    _ = try ledger.commitGroup(
      ended: ended, unsent: [], begin: [], domains: .init(holds: [hold]), lease: lease, margin: 0, now: bench.now)
    #expect(try copies.map { try bench.row($0).state } == [.held, .held])
    var update = Ledger.DomainUpdate()
    update.liftedSince = bench.now + 1
    _ = try ledger.commitGroup(
      ended: [], unsent: [], begin: [], domains: update, lease: lease, margin: 0, now: bench.now)
    #expect(try copies.map { try bench.row($0).state } == [.held, .held], "held before that moment")
    update.liftedSince = bench.now
    _ = try ledger.commitGroup(
      ended: [], unsent: [], begin: [], domains: update, lease: lease, margin: 0, now: bench.now)
    #expect(try copies.map { try bench.row($0).state } == [.queued, .queued] && ledger.holds().isEmpty)
    #expect(try bench.lease()?.deliveries.map(\.attemptsBefore) == [1, 1])
  }

  @Test("S4: the retries of what could not be composed begin anew when it is released")
  func uncomposed() throws {
    let copy = try bench.copies("1", to: try bench.people("a"))[0]
    let lease = try bench.begin()
    try bench.commitGroup([bench.end(copy, 1, .transient, .deferred, due: bench.now)], lease: lease)
    let leased = try #require(try bench.lease())
    try ledger.withhold(
      [.init(copy, .held(.uncomposed))], lease: leased.lease.id, now: bench.now)
    bench.clock.advance(by: 6 * 86_400)
    #expect(try ledger.release(.uncomposed, now: bench.now) == 1)
    #expect(try bench.row(copy).firstAttemptAt == nil && bench.row(copy).attempts == 1)
  }

  @Test("C5: a flood is held once and let through once")
  func flood() throws {
    #expect(try !ledger.releaseFlood())
    try ledger.hold(.flood, name: "", reason: "5000 new posts", now: bench.now)
    let since = bench.now
    bench.clock.advance(by: 60)
    try ledger.hold(.flood, name: "", reason: "5001 new posts", now: bench.now)
    #expect(try ledger.holds().map(\.reason) == ["5001 new posts"])
    #expect(try ledger.holds().map(\.since) == [since])
    #expect(try ledger.mark(.floodReleased) == nil)
    #expect(try ledger.releaseFlood())
    // The word is for what has been seen: there is nothing here.
    #expect(try ledger.mark(.floodReleased) == nil)
    #expect(try ledger.holds().isEmpty)
  }

  @Test("notes are kept by name, the last one counts")
  func notes() throws {
    #expect(try ledger.note("relay") == nil)
    try ledger.changeNote("relay") { _ in "down" }
    try ledger.changeNote("relay") { _ in "up" }
    #expect(try ledger.note("relay") == "up")
    try ledger.changeNote("relay") { ($0 ?? "") + "!" }
    try ledger.changeNote("other") { ($0 ?? "") + "!" }
    #expect(try ledger.note("relay") == "up!" && ledger.note("other") == "!")
  }
}

extension Hold {
  fileprivate init(_ since: Timestamp) {
    self.init(kind: .domain, name: "b.example", reason: "5.7.1 refused", since: since)
  }
}

@Suite("People's preferences and watches in the ledger") struct OwnWatchTests {
  private let bench: LedgerFixture
  private var ledger: Ledger { bench.ledger }

  init() throws { bench = try LedgerFixture() }

  @Test("every wish survives the ledger")
  func preferences() throws {
    let ana = try bench.people("ana")[0]
    var preferences = Preferences()
    preferences.mode = .digest
    preferences.digestPeriod = .weekly
    preferences.digestHour = 0
    preferences.digestWeekday = .sunday
    preferences.zone = "Asia/Kathmandu"
    preferences.language = .ar
    preferences.digestStyle = .subjects
    preferences.digestFormat = .plain
    preferences.textOnly = false
    preferences.ownPosts = true
    preferences.pausedUntil = bench.now
    try ledger.changePreferences(of: ana) { $0 = preferences }
    #expect(try ledger.people(keys: ["ana"])["ana"]?.preferences == preferences)
    try ledger.changePreferences(of: ana) { $0 = Preferences() }
    #expect(try ledger.people(ids: [ana])[ana]?.preferences == Preferences())
  }

  @Test("F1: watches that the forum cannot keep are found by what they bear on")
  func watches() throws {
    let people = try bench.people("ana", "ben")
    let since = Timestamp(5)
    let watches: [(PersonID, String, Watch)] = [
      (people[0], "t", Watch(scope: .thread, isMute: true, since: since)),
      (people[0], "d", Watch(scope: .discussion, mode: .digest, since: since)),
      (people[1], "", Watch(scope: .everything, since: since)),
      (people[1], "t2", Watch(scope: .thread, since: since)),
      (people[1], "t", Watch(scope: .discussion, since: since)),
    ]
    for (person, target, watch) in watches { try ledger.put(.init(person: person, target: target, watch: watch)) }
    let found = try ledger.ownWatches(of: people, thread: "t", discussion: "d")
    #expect(Set(found[people[0]] ?? []) == Set(watches.prefix(2).map(\.2)))
    #expect(found[people[1]] == [watches[2].2])
    #expect(try ledger.ownWatches(of: [people[1]], thread: "t", discussion: "d") == [people[1]: [watches[2].2]])
    func page(after: PersonID, limit: Int = 9) throws -> [PersonID] {
      try ledger.ownWatchers(thread: "t", discussion: "d", after: after, limit: limit).map(\.id)
    }
    #expect(try page(after: 0) == people)
    #expect(try page(after: 0, limit: 1) == [people[0]] && page(after: people[0]) == [people[1]])
    #expect(try ledger.ownWatchers(thread: "t", discussion: "d", after: 0, limit: 1).first?.key == "ana")
    #expect(try ledger.ownWatches(of: people[0]).map(\.watch) == [watches[1].2, watches[0].2])
    #expect(try ledger.removeOwnWatch(person: people[0], scope: .thread, target: "t"))
    #expect(try !ledger.removeOwnWatch(person: people[0], scope: .thread, target: "t"))
    #expect(try ledger.ownWatches(of: people[0]).count == 1)
  }

  @Test("F3: suppressed addresses are found among thousands")
  func suppressed() throws {
    let asked = (1...5000).map { "u\($0)@b.example" }
    #expect(try ledger.suppressed(among: asked).isEmpty)
    try bench.file.write {
      try $0.run(
        "INSERT INTO suppression (address, reason, since) VALUES ('u7@b.example', '', 1), ('u4999@b.example', '', 1)")
    }
    #expect(try ledger.suppressed(among: asked) == ["u7@b.example", "u4999@b.example"])
    #expect(try ledger.suppressed(among: ["U7@B.example", "u8@b.example"]) == ["U7@B.example"])
    #expect(try ledger.suppressed(among: []).isEmpty)
  }
}
