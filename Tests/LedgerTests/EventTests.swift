import DeliveryPolicy
import Forum
import Identifiers
import SQL
import TestSupport
import Testing
import Time

@testable import Ledger

@Suite("A2: what happened to posts on their way") struct EventTests {
  private let bench: LedgerFixture
  private let ana: PersonID
  private let ben: PersonID
  private var ledger: Ledger { bench.ledger }

  init() throws {
    bench = try LedgerFixture()
    (ana, ben) = (try bench.people("ana")[0], try bench.people("ben")[0])
  }

  /// As a line: `held 1/1 domain b.example`, the post and the message between; `-` for none.
  private func lines(after last: Int64 = 0) throws -> [String] {
    try bench.events(after: last).map { _, event in
      let post = event.post.map { "\($0.rawValue)" } ?? "-"
      let delivery = event.delivery.map { "\($0.rawValue)" } ?? "-"
      return "\(event.kind.rawValue) \(post)/\(delivery) \(event.detail)"
    }
  }

  private func lease() throws -> LeaseID { try #require(try bench.lease()).lease.id }

  @Test("A2: what follows the common way from a decision to a mail that was taken tells nothing more")
  func commonWay() throws {
    try bench.copies("1", to: [ana, ben])
    let lease = try bench.begin()
    try bench.commitGroup([bench.end(1), bench.end(2, 1, .transient, .deferred, due: bench.now)], lease: lease)
    try bench.decide(try bench.entry("2"), digest: [ana], skipped: [ben])
    try bench.write(try bench.plan(ana))
    try ledger.release(lease: lease)
    #expect(try lines() == [])
  }

  @Test("A2: a decision keeps its moment, whatever becomes of it")
  func decidedAt() throws {
    func moments() throws -> [Int64?] {
      try bench.file.read { try $0.query("SELECT decided_at FROM decision") { $0.optionalInteger(0) } }
    }
    let moment = bench.now
    try bench.copies("1", to: [ana])
    bench.clock.advance(by: 90_000)
    #expect(try ledger.fold(overdueSince: bench.now - 86_400, now: bench.now, limit: 9) == 1)
    #expect(try moments() == [moment.seconds])
    #expect(try ledger.decision(post: 1, person: ana) == .digest(.thread))
  }

  @Test("A2: copies that are late and are left to a digest are told, with the digest that has them")
  func folded() throws {
    try bench.copies("1", to: [ana, ben])
    bench.clock.advance(by: 90_000)
    _ = try ledger.fold(overdueSince: bench.now - 86_400, now: bench.now, limit: 9)
    #expect(try lines() == ["folded 1/1 late", "folded 1/2 late"])
    #expect(try ledger.events(of: ana, post: 1).map(\.at) == [bench.now])
  }

  @Test("A2: what may not go out when it is to be sent is told with its reason, and what waits with what is waited for")
  func withheld() throws {
    try bench.copies("1", to: [ana, ben])
    try ledger.withhold(
      [.init(1, .dropped(.paused)), .init(2, .held(.uncomposed))], lease: try lease(), now: bench.now)
    #expect(try Set(lines()) == ["withheld 1/1 paused", "held 1/2 uncomposed"])
    #expect(try ledger.release(.uncomposed, by: .admin("kofi"), now: bench.now) == 1)
    #expect(try ledger.events(of: 2).map(\.detail) == ["uncomposed", "admin kofi"])
    try ledger.withhold([.init(2, .suppressed)], lease: try lease(), now: bench.now)
    #expect(try ledger.events(of: 2).map(\.kind) == [.held, .released, .withheld])
  }

  @Test("A2: a post taken out of a part is told with the part; so is one that comes back into sight")
  func outOfSight() throws {
    for key in ["1", "2"] { try bench.decide(try bench.entry(key), digest: [ana]) }
    try bench.write(try bench.plan(ana))
    let id = try lease()
    try ledger.withhold([.init(1, .dropped(.hidden))], outOfSight: [1: [2]], lease: id, now: bench.now)
    #expect(try lines() == ["reopened 2/1 out-of-sight", "withheld -/1 hidden"])
    bench.clock.advance(by: 60)
    try bench.withdraw(1)
    _ = try ledger.requeueHidden(1, now: bench.now)
    #expect(try lines().last == "requeued -/1 ")
  }

  @Test(
    "A2: a post that a digest leaves out for good is told with the reason, and with the watch that it was to come by")
  func skipped() throws {
    try bench.decide(try bench.entry("1"), digest: [ana])
    var plan = try bench.plan(ana)
    plan.skipped = [1: .muted]
    try bench.write(plan)
    #expect(try lines() == ["skipped 1/- muted thread"])
    // Told once: it is open for nobody any more.
    var again = try bench.plan(ana)
    again.skipped = [1: .paused]
    try bench.write(again)
    #expect(try lines() == ["skipped 1/- muted thread"])
  }

  @Test("A2: a domain's hold is told with the words that led to it, and its end with who ended it")
  func domain() throws {
    try bench.copies("1", to: [ana])
    try bench.commitGroup([bench.end(1, 1, .permanent, .failed)], lease: try bench.begin())
    let said = String(repeating: "x", count: 600)
    let hold = Ledger.DomainHold(domain: "b.example", reason: said, deliveries: [1])
    _ = try ledger.commitGroup(
      ended: [], unsent: [], begin: [], domains: Ledger.DomainUpdate(holds: [hold]), lease: 0, margin: 0,
      now: bench.now)
    #expect(try lines() == ["held 1/1 " + String("domain b.example: \(said)".prefix(500))])
    var update = Ledger.DomainUpdate()
    update.liftedSince = bench.now
    _ = try ledger.commitGroup(
      ended: [], unsent: [], begin: [], domains: update, lease: 0, margin: 0, now: bench.now)
    #expect(try lines().last == "released 1/1 relay")
  }

  @Test("A2: a post's pause, its end by time, by a mail that was taken and by the admin, and what is discarded")
  func pause() throws {
    try bench.copies("1", to: [ana])
    func change(_ body: (inout Ledger.DomainUpdate) -> Void) throws {
      var update = Ledger.DomainUpdate()
      body(&update)
      _ = try ledger.commitGroup(
        ended: [], unsent: [], begin: [], domains: update, lease: 0, margin: 0, now: bench.now)
    }
    func pause() throws { try change { $0.pauses = [.init(.post(1), reason: "554 spam", deliveries: [1])] } }
    try pause()
    try change { $0.ended = [.post(1)] }
    try pause()
    #expect(try ledger.release(.post(1), by: .admin(""), now: bench.now) == 1)
    try pause()
    #expect(try ledger.discard(post: 1, by: .admin("kofi"), now: bench.now) == 1)
    let held = "held 1/1 post 1: 554 spam"
    #expect(try lines() == [held, "released 1/1 taken", held, "released 1/1 admin", held, "discarded 1/1 admin kofi"])
  }

  @Test("A2: a message whose run died, and one that was given up, are told")
  func ends() throws {
    try bench.copies("1", to: [ana, ben])
    let lease = try bench.begin(seconds: 100)
    try bench.commitGroup([bench.end(2, 1, .transient, .expired)], lease: lease)
    bench.clock.advance(by: 101)
    _ = try ledger.rescue(now: bench.now, uncertain: .resend)
    _ = try bench.begin(seconds: 100)
    bench.clock.advance(by: 101)
    _ = try ledger.rescue(now: bench.now, uncertain: .hold)
    #expect(try lines() == ["expired 1/2 ", "rescued 1/1 again", "rescued 1/1 held"])
    #expect(try ledger.release(.uncertain, now: bench.now) == 1)
    #expect(try lines().last == "released 1/1 admin")
  }

  @Test("A2: a refusal that was the relay's is told where it had ended a message, and not where it waited")
  func givenBack() throws {
    try bench.copies("1", to: [ana, ben])
    let ends = [bench.end(1, 1, .permanent, .failed), bench.end(2, 1, .transient, .deferred, due: bench.now)]
    try bench.commitGroup(ends, lease: try bench.begin())
    _ = try ledger.commitGroup(
      ended: [], unsent: [], givenBack: .init([1, 2], until: bench.now), begin: [], lease: 0, margin: 0, now: bench.now)
    #expect(try lines() == ["given-back 1/1 "])
  }

  @Test(
    "A2: an address that is stopped, and one that is mailed again with what had waited, copy by copy and post by post")
  func address() throws {
    try bench.decide(try bench.entry("1"), digest: [ana])
    try bench.write(try bench.plan(ana))
    try bench.copies("2", to: [ana])
    let id = try lease()
    #expect(
      try ledger.suppress("a@b.example", .failures, person: ana, reason: "5.1.1 no such user", now: bench.now))
    #expect(try !ledger.suppress("a@b.example", .admin, person: ana, reason: "again", now: bench.now))
    try ledger.withhold([.init(1, .suppressed), .init(2, .suppressed)], lease: id, now: bench.now)
    #expect(try ledger.lift("a@b.example", by: .admin("kofi"), now: bench.now)?.posts == 2)
    let events = try lines()
    #expect(events.first == "stopped -/- failures: 5.1.1 no such user")
    #expect(events.suffix(3) == ["lifted -/- admin kofi", "folded 2/2 lifted", "reopened 1/1 lifted"])
    #expect(try ledger.addressEvents(of: ana).map(\.kind) == [.stopped, .lifted])
    #expect(try ledger.addressEvents(of: ben).isEmpty)
  }

  @Test("A2, E3: what the admin's word about a restored ledger ends is told, message by message and post by post")
  func resumed() throws {
    try bench.copies("1", to: [ana])
    try bench.decide(try bench.entry("2"), digest: [ben])
    _ = try bench.begin()
    bench.clock.advance(by: 3 * 86_400)
    _ = try ledger.resume(mailedUntil: bench.now, witness: nil, isForced: true, now: bench.now)
    #expect(
      try lines() == ["rescued 1/1 again", "withheld 1/1 mailed-before", "skipped 2/- mailed-before thread"])
  }

  @Test("O7: what happened goes by its age, and with the last decision about the post and the person")
  func retention() throws {
    let pruning = Ledger.Pruning(now: bench.now + 90_100, page: 2)
    try folded()
    for key in ["2", "3"] { try bench.decide(try bench.entry(key), digest: [ana]) }
    try bench.write(try bench.plan(ana))
    try ledger.withhold([.init(3, .dropped(.paused))], lease: try lease(), now: bench.now)
    #expect(try lines().count == 3)
    #expect(try ledger.pruneEvents(before: bench.now, pruning) == 0)
    bench.clock.advance(by: 60)
    _ = try ledger.pruneRows(
      discussion: "d", journalledBefore: bench.now, withdrawnBefore: bench.now, pruning)
    // Post 1 is in Ana's part, which ended; it is open for Ben still.
    #expect(try lines() == ["folded 1/2 late", "withheld -/3 paused"])
    _ = try ledger.pruneDigests(endedBefore: bench.now, pruning)
    #expect(try lines() == ["folded 1/2 late"])
    #expect(try ledger.pruneEvents(before: bench.now, pruning) == 1)
    #expect(try lines() == [])
  }

  @Test("A2: what a later program tells is passed over")
  func unknown() throws {
    try bench.copies("1", to: [ana])
    try bench.file.write {
      try $0.run(
        "INSERT INTO event (happened_at, person, post, delivery, kind, detail) VALUES (1, 1, 1, 1, 'cloned', '')")
    }
    #expect(try ledger.events(of: ana, post: 1).isEmpty)
    #expect(ReleasedBy(text: "moon") == nil)
    for one: ReleasedBy in [.admin(""), .admin("kofi"), .owner, .time, .taken, .relay, .probe, .excused] {
      #expect(ReleasedBy(text: one.text) == one)
    }
  }
}
