import DeliveryPolicy
import Identifiers
import Ledger
import TestSupport
import Testing
import Time

@Suite("Attempts") struct AttemptTests {
  private let bench: LedgerFixture
  private let copies: [DeliveryID]
  private let lease: LeaseID
  private var ledger: Ledger { bench.ledger }

  init() throws {
    bench = try LedgerFixture()
    copies = try bench.copies("1", to: try bench.people("a", "b", "c"))
    lease = try bench.lease()!.lease.id
  }

  @Test("S5: are written before they are made, for those deliveries alone that are still ours")
  func begin() throws {
    #expect(try bench.commitGroup(begin: [copies[0], copies[1], 99], lease: lease) == [copies[0], copies[1]])
    let row = try bench.row(copies[0])
    #expect(row.state == .sending && row.attempts == 1 && row.firstAttemptAt == bench.now.seconds)
    #expect(try bench.commitGroup(begin: copies, lease: lease) == [copies[2]])
    #expect(try bench.commitGroup(begin: copies, lease: LeaseID(lease.rawValue + 1)).isEmpty)
    #expect(try bench.commitGroup(lease: lease).isEmpty)
  }

  @Test("S5: do not begin under a lease that might end before they do")
  func margin() throws {
    bench.clock.advance(by: 900 - 60)
    #expect(try bench.commitGroup(begin: copies, lease: lease, margin: 60).isEmpty)
    #expect(try bench.commitGroup(begin: copies, lease: lease, margin: 59) == Set(copies))
  }

  @Test(
    "S2: end in a row with the whole answer and in the state that was decided",
    arguments: [
      (.accepted, .sent, nil, nil), (.transient, .deferred, nil, 300), (.permanent, .failed, nil, nil),
      (.transient, .expired, nil, nil), (.uncertain, .uncertain, nil, 300), (.uncertain, .held, .uncertain, nil),
      (.lost, .deferred, nil, 300), (.permanent, .suppressed, nil, nil),
    ] as [(AttemptEnd.Outcome, DeliveryState, HoldReason?, Int64?)])
  func ends(_ outcome: AttemptEnd.Outcome, _ state: DeliveryState, _ hold: HoldReason?, _ wait: Int64?) throws {
    try bench.commitGroup(begin: [copies[0]], lease: lease)
    bench.clock.advance(by: 5)
    let due = wait.map { bench.now + $0 }
    try bench.commitGroup([bench.end(copies[0], 1, outcome, state, due: due, hold: hold)], lease: lease)
    let row = try bench.row(copies[0])
    #expect(row.state == state && row.reason == hold?.text && row.lease == nil && row.leaseUntil == nil)
    #expect(row.endedAt == (state.isOpen ? nil : bench.now.seconds))
    #expect(row.uncertain == (outcome == .uncertain ? 1 : 0))
    #expect(due == nil || row.due == due?.seconds)
    #expect(try bench.attempts() == ["\(copies[0]).1 \(outcome.rawValue) recipient"])
    let answer = try bench.file.read { try $0.first("SELECT answer || address FROM attempt") { $0.text(0) } }
    #expect(answer == "250 2.0.0 OKa@b.example")
    #expect(try bench.row(copies[1]).state == .queued)
  }

  @Test("are recorded in groups, while the next group begins, in one commit")
  func groups() throws {
    try bench.commitGroup(begin: [copies[0], copies[1]], lease: lease)
    let ended = [bench.end(copies[0]), bench.end(copies[1], 1, .transient, .deferred, due: bench.now + 300)]
    #expect(try bench.commitGroup(ended, begin: [copies[2]], lease: lease) == [copies[2]])
    #expect(try copies.map { try bench.row($0).state } == [.sent, .deferred, .sending])
  }

  @Test("count once: an end that comes twice, or for an attempt that never began, is ignored")
  func twice() throws {
    try bench.commitGroup([bench.end(copies[0])], lease: lease)
    #expect(try bench.row(copies[0]).state == .queued)
    try bench.commitGroup(begin: [copies[0]], lease: lease)
    try bench.commitGroup([bench.end(copies[0], 2)], lease: lease)
    #expect(try bench.row(copies[0]).state == .sending)
    try bench.commitGroup([bench.end(copies[0], 1)], lease: lease)
    try bench.commitGroup([bench.end(copies[0], 1, .permanent, .failed)], lease: lease)
    #expect(try bench.row(copies[0]).state == .sent)
    #expect(try bench.attempts().count == 1)
  }

  @Test("S3: that came to nothing are not spent, and leave the delivery as their last attempt left it")
  func unsent() throws {
    let copy = copies[0]
    try bench.commitGroup(begin: [copy], lease: lease)
    try bench.commitGroup(unsent: [copy], lease: lease)
    let fresh = try bench.row(copy)
    #expect(fresh.state == .queued && fresh.attempts == 0 && fresh.firstAttemptAt == nil && fresh.lease == lease)
    let began = bench.now

    try bench.commitGroup(begin: [copy], lease: lease)
    try bench.commitGroup([bench.end(copy, 1, .uncertain, .uncertain, due: bench.now)], lease: lease)
    try tryAgain(expecting: .uncertain, attempts: 1)
    try endAgain(2, .transient)
    try tryAgain(expecting: .deferred, attempts: 2)
    #expect(try bench.row(copy).firstAttemptAt == began.seconds)
    #expect(try bench.attempts() == ["\(copy).1 uncertain recipient", "\(copy).2 transient recipient"])
  }

  private func tryAgain(expecting state: DeliveryState, attempts: Int) throws {
    bench.clock.advance(by: 10)
    let lease = try #require(try bench.lease()).lease.id
    try bench.commitGroup(begin: [copies[0]], lease: lease)
    try bench.commitGroup(unsent: [copies[0]], lease: lease)
    try ledger.release(lease: lease)
    let row = try bench.row(copies[0])
    #expect(row.state == state && row.attempts == attempts && row.lease == nil)
  }

  private func endAgain(_ number: Int, _ outcome: AttemptEnd.Outcome) throws {
    let lease = try #require(try bench.lease()).lease.id
    try bench.commitGroup(begin: [copies[0]], lease: lease)
    try bench.commitGroup([bench.end(copies[0], number, outcome, .deferred, due: bench.now)], lease: lease)
  }
}

@Suite("What is not sent") struct WithholdTests {
  private let bench: LedgerFixture
  private let people: [PersonID]
  private var ledger: Ledger { bench.ledger }

  init() throws {
    bench = try LedgerFixture()
    people = try bench.people("a", "b", "c")
  }

  @Test(
    "F3: is closed under the lease with its reason; what was begun is left alone",
    arguments: [
      (.dropped(.muted), .dropped, "muted"), (.suppressed, .suppressed, "suppressed"),
      (.held(.domain("b.example")), .held, "domain b.example"),
    ] as [(Ledger.Withheld.Fate, DeliveryState, String)])
  func withhold(_ fate: Ledger.Withheld.Fate, _ state: DeliveryState, _ reason: String) throws {
    try ledger.hold(.domain, name: "b.example", reason: "r", now: bench.now)
    let copies = try bench.copies("1", to: people)
    let lease = try #require(try bench.lease()).lease.id
    try bench.commitGroup(begin: [copies[0]], lease: lease)
    let withheld = copies.prefix(2).map { Ledger.Withheld($0, fate) }
    try ledger.withhold(withheld, lease: lease, now: bench.now)
    #expect(try bench.row(copies[0]).state == .sending)
    let row = try bench.row(copies[1])
    #expect(row.state == state && row.reason == reason && row.lease == nil && row.attempts == 0)
    #expect(row.endedAt == (state == .held ? nil : bench.now.seconds))
    #expect(try ledger.withdrawn(toAskAt: bench.now).isEmpty)
  }

  @Test("C6: a copy dropped because its post was hidden goes out when the post is shown again; others stay dropped")
  func restore() throws {
    let copies = try bench.copies("1", to: people)
    let lease = try #require(try bench.lease()).lease.id
    try bench.commitGroup(begin: [copies[2]], lease: lease)
    try bench.commitGroup([bench.end(copies[2])], lease: lease)
    try ledger.withhold(
      [
        .init(copies[0], .dropped(.hidden)),
        .init(copies[1], .dropped(.muted)),
      ], lease: lease, now: bench.now)
    #expect(try ledger.withdrawn(toAskAt: bench.now).map(\.entry.postKey) == ["1"])
    bench.clock.advance(by: 500)
    #expect(try bench.restore(1) == 1)
    #expect(try bench.restore(1) == 0)
    #expect(try ledger.withdrawn(toAskAt: bench.now).isEmpty)
    #expect(try copies.map { try bench.row($0).state } == [.queued, .dropped, .sent])
    #expect(try bench.row(copies[0]).reason == nil)
    #expect(try bench.lease()?.deliveries.map(\.id) == [copies[0]])
  }

  @Test("C5: copies overdue and never attempted become one catch-up digest a person")
  func fold() throws {
    let old = try (1...3).flatMap { try bench.copies("\($0)", to: people) }
    let tried = old[0]
    let lease = try #require(try bench.lease(1)).lease.id
    try bench.commitGroup(begin: [tried], lease: lease)
    try bench.commitGroup([bench.end(tried, 1, .transient, .deferred, due: bench.now)], lease: lease)
    bench.clock.advance(by: 86_401)
    let fresh = try bench.copies("4", to: people)
    #expect(try ledger.fold(overdueSince: bench.now - 86_400, now: bench.now, limit: 5) == 5)
    #expect(try ledger.fold(overdueSince: bench.now - 86_400, now: bench.now, limit: 5) == 3)
    #expect(try ledger.fold(overdueSince: bench.now - 86_400, now: bench.now, limit: 5) == 0)
    let rows = try bench.rows()
    #expect(rows.values.count { $0.state == .dropped && $0.reason == "folded" } == 8)
    #expect(try bench.lease()?.deliveries.map(\.id) == [tried] + fresh)
    let slots = try bench.slots()
    #expect(slots.keys.sorted() == people)
    #expect(slots.values.allSatisfy { $0.kind == .catchUp && $0.due == bench.now && $0.date == nil })
    #expect(
      try ledger.openPosts(of: people) == [
        people[0]: [2, 3], people[1]: [1, 2, 3], people[2]: [1, 2, 3],
      ])
    #expect(try ledger.decision(post: 1, person: people[1]) == .digest(.thread))
  }

  @Test("C4: an urgent copy is overdue by when its post became visible, not because it goes first")
  func urgentIsNotStale() throws {
    try bench.copies("1", to: people, isUrgent: true)
    #expect(try ledger.fold(overdueSince: bench.now - 86_400, now: bench.now, limit: 5) == 0)
    bench.clock.advance(by: 86_401)
    #expect(try ledger.fold(overdueSince: bench.now - 86_400, now: bench.now, limit: 5) == 3)
  }

  @Test("C5: a slot that the fold makes due takes the digest rows that waited for a later one")
  func foldMovesSlot() throws {
    try bench.copies("1", to: [people[0]])
    try bench.decide(try bench.entry("2"), digest: [people[0]])
    bench.clock.advance(by: 86_401)
    _ = try ledger.fold(overdueSince: bench.now - 86_400, now: bench.now, limit: 5)
    let slot = try #require(try bench.slots()[people[0]])
    #expect(slot.kind == .catchUp && slot.due == bench.now)
    #expect(try ledger.openPosts(of: people)[people[0]] == [1, 2])
  }
}
