import Forum
import Mail
import TestSupport
import Testing

@testable import Ledger

@Suite("Holds") struct HoldTests {
  private let bench: Bench
  private var ledger: Ledger { bench.ledger }

  init() throws { bench = try Bench() }

  @Test("S3: a held domain holds what failed or waits because of it, until the admin's word; then it begins anew")
  func domain() throws {
    let copies = try bench.copies("1", to: try bench.people("a", "b", "c", "d"))
    let lease = try bench.begin()
    let ended = [
      bench.end(copies[0], 1, .permanent, .failed),
      bench.end(copies[1], 1, .transient, .deferred, due: bench.now + 9), bench.end(copies[2]),
    ]
    let hold = Ledger.DomainHold(domain: "b.example", reason: "5.7.1 refused", deliveries: copies)
    _ = try ledger.advance(
      ended: ended, unsent: [], begin: [], holds: [hold], lease: lease, margin: 0, now: bench.now)
    #expect(try copies.map { try bench.row($0).state } == [.held, .held, .sent, .sending])
    #expect(try bench.row(copies[0]).reason == "domain b.example" && bench.row(copies[0]).endedAt == nil)
    #expect(try ledger.holds() == [Hold(bench.now)])
    bench.clock.advance(by: 6 * 86_400)
    #expect(try bench.lease() == nil)
    #expect(try ledger.release(domain: "c.example", now: bench.now) == 0)
    #expect(try ledger.release(domain: "b.example", now: bench.now) == 2)
    #expect(try ledger.holds().isEmpty)
    let freed = try #require(try bench.lease()).deliveries
    #expect(freed.map(\.id) == [copies[0], copies[1]])
    #expect(freed.allSatisfy { $0.attempts == 1 && $0.firstAttemptAt == nil })
  }

  @Test("S4: the retries of what could not be composed begin anew when it is released")
  func uncomposed() throws {
    let copy = try bench.copies("1", to: try bench.people("a"))[0]
    let lease = try bench.begin()
    try bench.advance([bench.end(copy, 1, .transient, .deferred, due: bench.now)], lease: lease)
    let leased = try #require(try bench.lease())
    try ledger.withhold(
      [.init(delivery: copy, state: .held, reason: Ledger.uncomposed)], lease: leased.lease.number, now: bench.now)
    bench.clock.advance(by: 6 * 86_400)
    #expect(try ledger.releaseUncomposed(now: bench.now) == 1)
    #expect(try bench.row(copy).firstAttemptAt == nil && bench.row(copy).attempts == 1)
  }

  @Test("C5: a flood is held once and let through once")
  func flood() throws {
    #expect(try !ledger.releaseFlood())
    try ledger.hold(.flood, name: "", reason: "5000 new posts", now: bench.now)
    let since = bench.now
    bench.clock.advance(by: 60)
    try ledger.hold(.flood, name: "", reason: "5001 new posts", now: bench.now)
    #expect(try ledger.holds().map(\.reason) == ["5000 new posts"])
    #expect(try ledger.holds().map(\.since) == [since])
    #expect(try ledger.mark(.floodReleased) == nil)
    #expect(try ledger.releaseFlood())
    #expect(try ledger.mark(.floodReleased) == 1)
    #expect(try ledger.holds().isEmpty)
  }

  @Test("notes are kept by name, the last one counts")
  func notes() throws {
    #expect(try ledger.note("relay") == nil)
    try ledger.setNote("relay", "down")
    try ledger.setNote("relay", "up")
    #expect(try ledger.note("relay") == "up")
  }
}

extension Hold {
  fileprivate init(_ since: Timestamp) {
    self.init(kind: .domain, name: "b.example", reason: "5.7.1 refused", since: since)
  }
}

@Suite("People's wishes and watches in the ledger") struct OwnWatchTests {
  private let bench: Bench
  private var ledger: Ledger { bench.ledger }

  init() throws { bench = try Bench() }

  @Test("every wish survives the ledger")
  func wishes() throws {
    let ana = try bench.people("ana")[0]
    var wishes = Preferences()
    wishes.mode = .digest
    wishes.digestPeriod = .weekly
    wishes.digestHour = 0
    wishes.digestWeekday = 7
    wishes.zone = "Asia/Kathmandu"
    wishes.language = "ar"
    wishes.digestStyle = .subjects
    wishes.digestFormat = .plain
    wishes.textOnly = false
    wishes.ownPosts = true
    wishes.pausedUntil = bench.now
    try ledger.set(wishes, of: ana)
    #expect(try ledger.people(keys: ["ana"])["ana"]?.preferences == wishes)
    try ledger.set(Preferences(), of: ana)
    #expect(try ledger.people(ids: [ana])[ana]?.preferences == Preferences())
  }

  @Test("F1: watches that the forum cannot keep are found by what they bear on")
  func watches() throws {
    let people = try bench.people("ana", "ben")
    let since = Timestamp(5)
    let watches: [(Int64, String, Watch)] = [
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
    func page(after: Int64, limit: Int = 9) throws -> [Int64] {
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
      try $0.run("INSERT INTO suppression VALUES ('u7@b.example', 'bounces', 1), ('u4999@b.example', 'complaint', 1)")
    }
    #expect(try ledger.suppressed(among: asked) == ["u7@b.example", "u4999@b.example"])
    #expect(try ledger.suppressed(among: ["U7@B.example", "u8@b.example"]) == ["U7@B.example"])
    #expect(try ledger.suppressed(among: []).isEmpty)
  }
}
