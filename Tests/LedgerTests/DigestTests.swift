import Identifiers
import Testing
import Time

@testable import Ledger

@Suite("Digests") struct DigestTests {
  private let bench: LedgerFixture
  private let ana: PersonID
  private let ben: PersonID
  private var ledger: Ledger { bench.ledger }

  init() throws {
    bench = try LedgerFixture()
    let people = try bench.people("ana", "ben")
    (ana, ben) = (people[0], people[1])
    for key in 1...4 { try bench.decide(try bench.entry("\(key)"), digest: [ana, ben]) }
  }

  private func open(_ person: PersonID) throws -> [JournalPosition] { try ledger.openPosts(of: [person])[person] ?? [] }

  @Test("D1: are due by their slots, the longest overdue first")
  func due() throws {
    #expect(try ledger.dueSlots(now: bench.now, limit: 9).isEmpty)
    try ledger.moveSlots(
      [
        PersonSlot(person: ana, due: bench.now, date: nil, kind: .leaving),
        PersonSlot(person: ben, due: bench.now - 5, date: bench.slot.date, kind: .regular),
      ],
      changesRead: 77, now: bench.now)
    let slots = try ledger.dueSlots(now: bench.now, limit: 9)
    #expect(slots.map(\.person) == [ben, ana])
    #expect(slots.map(\.kind) == [.regular, .leaving])
    #expect(slots.map(\.date) == [bench.slot.date, nil])
    #expect(try ledger.dueSlots(now: bench.now, limit: 1).map(\.person) == [ben])
    #expect(try ledger.mark(.changesRead) == 77)
  }

  @Test("D2, F5: take their rows and use their slot up; which post is in which part is fixed")
  func write() throws {
    let plan = try bench.plan(ana) { [Array($0.prefix(3)), Array($0.dropFirst(3))] }
    #expect(try bench.write(plan) == (digests: 1, parts: 2))
    let parts = try bench.rows().values.sorted { $0.id < $1.id }
    #expect(parts.map(\.state) == [.queued, .queued] && parts.allSatisfy { $0.digest == 1 && $0.person == ana })
    #expect(try ledger.posts(ofParts: parts.map(\.id)) == [parts[0].id: [1, 2, 3], parts[1].id: [4]])
    #expect(try ledger.digests(ids: [1])[1]?.kind == .regular)
    #expect(try open(ana) == [] && open(ben) == [1, 2, 3, 4])
    #expect(try bench.slots().keys.sorted() == [ben])
    #expect(try ledger.people(ids: [ana])[ana]?.digestDate == bench.slot.date)
    try bench.decide(try bench.entry("5"), digest: [ana])
    #expect(try ledger.posts(ofParts: parts.map(\.id)) == [parts[0].id: [1, 2, 3], parts[1].id: [4]])
  }

  @Test("F5: of two runs that planned the same, one is written")
  func twice() throws {
    let plan = try bench.plan(ana)
    #expect(try bench.write(plan) == (digests: 1, parts: 1))
    #expect(try bench.write(plan) == (digests: 0, parts: 0))
    #expect(try bench.rows().count == 1)
  }

  @Test("D2: are never empty, not even when another digest has taken their posts and the slot is due again")
  func neverEmpty() throws {
    let plan = try bench.plan(ana)
    try bench.write(plan)
    try bench.decide(try bench.entry("5"), digest: [ana])
    try ledger.moveSlots(
      [PersonSlot(person: ana, due: bench.now, date: nil, kind: .lastCall)], changesRead: nil, now: bench.now)
    #expect(try bench.write(plan) == (digests: 0, parts: 0))
    #expect(try bench.rows().count == 1)
    #expect(try bench.slots()[ana]?.kind == .regular)
    #expect(try open(ana) == [5])
  }

  @Test("F5: a post that came in after the plan keeps a slot of its own")
  func meanwhile() throws {
    let plan = try bench.plan(ana)
    try bench.decide(try bench.entry("5"), digest: [ana])
    try bench.write(plan)
    #expect(try open(ana) == [5])
    #expect(try bench.slots()[ana]?.due == bench.slot.due)
  }

  @Test("F5: so does the very first post of somebody who had none when the plan was made")
  func firstMeanwhile() throws {
    try bench.write(try bench.plan(ana))
    try bench.decide(try bench.entry("5"), digest: [ana])
    try ledger.moveSlots(
      [PersonSlot(person: ana, due: bench.now, date: bench.slot.date, kind: .regular)], changesRead: nil,
      now: bench.now)
    let empty = DigestPlan(person: ana, kind: .regular, date: bench.slot.date, considered: [], next: bench.slot)
    #expect(try bench.write(empty) == (digests: 0, parts: 0))
    #expect(try bench.slots()[ana]?.due == bench.slot.due)
    #expect(try open(ana) == [5])
  }

  @Test("F4: posts that the person may no longer have are skipped with the reason")
  func skipped() throws {
    var plan = try bench.plan(ana) { [$0.filter { $0 != 2 }] }
    plan.skipped = [2: .notReadable]
    try bench.write(plan)
    #expect(try ledger.decision(post: 2, person: ana) == .skipped(.notReadable))
    #expect(try open(ana) == [])
    #expect(try bench.slots()[ana] == nil)
    #expect(try ledger.withdrawn(toAskAt: bench.now).isEmpty)
    #expect(try ledger.decision(post: 2, person: ben) == .digest(.thread))
  }

  @Test("D1: one without posts uses up no date")
  func nothingLeft() throws {
    var plan = try bench.plan(ana) { _ in [] }
    plan.skipped = [1: .muted, 2: .muted, 3: .muted, 4: .muted]
    #expect(try bench.write(plan) == (digests: 0, parts: 0))
    #expect(try ledger.people(ids: [ana])[ana]?.digestDate == nil)
    #expect(try bench.slots()[ana] == nil)
  }

  @Test("C6: a post hidden when a digest is written stays open and comes in a catch-up digest once it is shown")
  func hidden() throws {
    try bench.write(try bench.plan(ana) { [$0.filter { $0 != 3 }] })
    #expect(try open(ana) == [3])
    #expect(try bench.slots()[ana] == nil)
    #expect(try ledger.withdrawn(toAskAt: bench.now).map(\.entry.position) == [3])
    bench.clock.advance(by: 60)
    #expect(try bench.restore(3) == 1)
    #expect(try bench.slots()[ana] == PersonSlot(ana, bench.now))
    #expect(try ledger.withdrawn(toAskAt: bench.now).isEmpty)
    try bench.write(try bench.plan(ana, kind: .catchUp))
    #expect(try open(ana) == [])
  }

  @Test("C6: shown again between plan and writing, it is found all the same")
  func shownMeanwhile() throws {
    let plan = try bench.plan(ana) { [$0.filter { $0 != 3 }] }
    try bench.withdraw(3)
    try bench.restore(3)
    try bench.write(plan)
    #expect(try open(ana) == [3])
    #expect(try ledger.withdrawn(toAskAt: bench.now).map(\.entry.position) == [3])
    try bench.restore(3)
    #expect(try bench.slots()[ana] != nil)
  }

  @Test("C6: a post hidden after the digest was written is taken out of its part and opened again")
  func reopen() throws {
    try bench.write(try bench.plan(ana))
    let part = try #require(try bench.rows().keys.first)
    try ledger.withhold([], outOfSight: [part: [1]], lease: 7, now: bench.now)
    #expect(try open(ana) == [])
    let lease = try #require(try bench.lease()).lease.id
    try bench.file.write { try $0.run("DELETE FROM withdrawn") }
    try ledger.withhold([], outOfSight: [part: [2, 4]], lease: lease, now: bench.now)
    #expect(try ledger.posts(ofParts: [part]) == [part: [1, 3]])
    #expect(try open(ana) == [2, 4])
    #expect(try ledger.withdrawn(toAskAt: bench.now).map(\.entry.position) == [2, 4])
    #expect(try open(ben) == [1, 2, 3, 4])
    try bench.restore(2)
    #expect(try bench.slots()[ana]?.kind == .catchUp)
    #expect(try bench.slots()[ben]?.kind == .regular)
  }

  @Test("D3: a last call makes due, once for each closing time, who has posts of that discussion open")
  func lastCall() throws {
    try bench.decide(try bench.entry("9", discussion: "other"), digest: try bench.people("eve"))
    try bench.write(try bench.plan(ben))
    let closesAt = bench.now + 80_000
    #expect(try ledger.lastCall(1, discussion: "d", closesAt: closesAt, now: bench.now) == 1)
    let called = try #require(try bench.slots()[ana])
    #expect(called.kind == .lastCall && called.due == bench.now && called.date == nil)
    #expect(try bench.slots().count == 2)
    try bench.write(try bench.plan(ana, kind: .lastCall))
    try bench.decide(try bench.entry("10"), digest: [ana])
    #expect(try ledger.lastCall(1, discussion: "d", closesAt: closesAt, now: bench.now) == 0)
    #expect(try bench.slots()[ana]?.kind == .regular)
    #expect(try ledger.lastCall(1, discussion: "d", closesAt: closesAt + 60, now: bench.now) == 1)
  }

  @Test("D3: a second call is for those alone whose own slot comes when the discussion has closed")
  func secondCall() throws {
    let closesAt = bench.slot.due + 1
    #expect(try ledger.lastCall(2, discussion: "d", closesAt: closesAt, now: bench.now) == 0)
    #expect(try ledger.lastCall(2, discussion: "d", closesAt: closesAt - 1, now: bench.now) == 2)
    #expect(try ledger.lastCall(2, discussion: "d", closesAt: closesAt - 1, now: bench.now) == 0)
    #expect(try ledger.lastCall(1, discussion: "d", closesAt: closesAt, now: bench.now - 1) == 2)
  }

  @Test("F5: changed preferences move the slot of who has one, and give none to who has not")
  func moveSlots() throws {
    let eve = try bench.people("eve")[0]
    try ledger.moveSlots(
      [ana, eve].map { PersonSlot(person: $0, due: bench.now, date: nil, kind: .leaving) }, changesRead: nil,
      now: bench.now)
    #expect(try bench.slots()[ana]?.kind == .leaving)
    #expect(try bench.slots()[eve] == nil)
  }
}

extension PersonSlot {
  /// A catch-up slot, as the ledger gives it.
  fileprivate init(_ person: PersonID, _ due: Timestamp) {
    self.init(person: person, due: due, date: nil, kind: .catchUp)
  }
}
