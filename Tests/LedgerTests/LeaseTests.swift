import DeliveryPolicy
import Identifiers
import Ledger
import Testing
import Time

@Suite("Leases") struct LeaseTests {
  private let bench: LedgerFixture
  private let people: [PersonID]
  private var ledger: Ledger { bench.ledger }

  init() throws {
    bench = try LedgerFixture()
    people = try bench.people("a", "b", "c", "d")
  }

  @Test("have numbers that are never used twice; a run keeps its own")
  func numbers() throws {
    try bench.copies("1", to: people)
    let first = try #require(try bench.lease(1))
    let again = try #require(try bench.lease(1, under: first.lease.id))
    let other = try #require(try bench.lease(1, by: try bench.anotherProcess()))
    #expect(first.lease.id == 1 && again.lease.id == 1 && other.lease.id == 2)
    #expect(first.lease.until == LeaseMoment(boot: nil, seconds: (bench.now + 900).seconds))
    try ledger.release(lease: 1)
    try ledger.release(lease: 2)
    #expect(try bench.lease()?.lease.id == 3)
    #expect(try bench.lease() == nil)
  }

  @Test("of two processes on one file are on different deliveries")
  func disjoint() throws {
    let copies = Set(try bench.copies("1", to: people) + bench.copies("2", to: people))
    let processes = [ledger, try bench.anotherProcess()]
    var (taken, numbers): ([DeliveryID], [LeaseID?]) = ([], [nil, nil])
    for turn in 0..<8 {
      guard let (lease, deliveries) = try bench.lease(2, under: numbers[turn % 2], by: processes[turn % 2]) else {
        break
      }
      numbers[turn % 2] = lease.id
      taken += deliveries.map(\.id)
    }
    #expect(taken.count == 8 && Set(taken) == copies)
    #expect(numbers == [1, 2])
  }

  @Test("of many processes at once are on different deliveries")
  func concurrent() async throws {
    for key in 1...10 { try bench.copies("\(key)", to: people) }
    let claims = try await withThrowingTaskGroup(of: [DeliveryID].self) { group in
      for _ in 0..<4 {
        let process = try bench.anotherProcess()
        group.addTask { [bench] in
          var (taken, number): ([DeliveryID], LeaseID?) = ([], nil)
          while let (lease, deliveries) = try bench.lease(3, under: number, by: process) {
            number = lease.id
            taken += deliveries.map(\.id)
          }
          return taken
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(claims.sorted() == (1...40).map { DeliveryID($0) })
  }

  @Test("are given on what is due, the longest overdue first, urgent posts before all (C4)")
  func order() throws {
    let late = try bench.copies("1", to: [people[0]], due: bench.now)
    let early = try bench.copies("2", to: [people[0]], due: bench.now - 50)
    let future = try bench.copies("3", to: [people[0]], due: bench.now + 1)
    let urgent = try bench.copies("4", to: [people[0]], isUrgent: true)
    #expect(try bench.lease(2)?.deliveries.map(\.id) == urgent + early)
    #expect(try bench.lease()?.deliveries.map(\.id) == late)
    #expect(try bench.lease() == nil)
    #expect(try ledger.nextDue() == bench.now + 1)
    bench.clock.advance(by: 1)
    #expect(try bench.lease()?.deliveries.map(\.id) == future)
    #expect(try ledger.nextDue() == nil)
  }

  @Test("carry what the delivery is")
  func contents() throws {
    let entry = try bench.entry("1")
    try bench.decide(entry, instant: [people[0]], digest: [people[1]])
    try bench.write(try bench.plan(people[1]))
    let found = try #require(try bench.lease()).deliveries
    #expect(found.map(\.content) == [.post(1), .digestPart(digest: 1, part: 1, parts: 1)])
    #expect(found.map(\.person) == [people[0], people[1]])
    #expect(found.allSatisfy { $0.attempts == 0 && $0.uncertain == 0 && $0.firstAttemptAt == nil })
  }

  @Test("given back free what was not begun, and that alone")
  func release() throws {
    let copies = try bench.copies("1", to: people)
    let lease = try #require(try bench.lease()).lease.id
    try bench.commitGroup(begin: [copies[0]], lease: lease)
    try ledger.release(lease: lease)
    #expect(try bench.row(copies[0]).state == .sending)
    #expect(try bench.row(copies[0]).lease == lease)
    #expect(try bench.lease()?.deliveries.map(\.id) == Array(copies.dropFirst()))
  }

  @Test("end by themselves: what was not begun is free again, and no attempt is spent")
  func expiry() throws {
    let copies = try bench.copies("1", to: people)
    _ = try bench.lease(seconds: 100)
    bench.clock.advance(by: 99)
    #expect(try ledger.rescue(now: bench.now, uncertain: .resend) == Ledger.Rescue())
    bench.clock.advance(by: 1)
    var expected = Ledger.Rescue()
    expected.returned = 4
    #expect(try ledger.rescue(now: bench.now, uncertain: .resend) == expected)
    #expect(try bench.rows().values.allSatisfy { $0.state == .queued && $0.attempts == 0 && $0.lease == nil })
    #expect(try bench.lease()?.deliveries.map(\.id) == copies)
    #expect(try bench.attempts().isEmpty)
  }
}

@Suite("A run that died") struct RescueTests {
  private let bench: LedgerFixture
  private let copy: DeliveryID
  private var ledger: Ledger { bench.ledger }

  init() throws {
    bench = try LedgerFixture()
    copy = try bench.copies("1", to: try bench.people("a"))[0]
  }

  /// A run that begins the copy and dies.
  private func die() throws {
    try bench.begin()
    bench.clock.advance(by: 900)
  }

  private func rescue(_ uncertain: UncertainPolicy = .resend) throws -> Ledger.Rescue {
    try ledger.rescue(now: bench.now, uncertain: uncertain)
  }

  @Test("S5: leaves what it was sending uncertain, with an attempt that says so")
  func uncertain() throws {
    try die()
    let rescue = try rescue()
    #expect(rescue.uncertain == 1 && rescue.held == 0 && rescue.returned == 0)
    let row = try bench.row(copy)
    #expect(row.state == .uncertain && row.uncertain == 1 && row.attempts == 1 && row.lease == nil)
    #expect(row.due == bench.now.seconds)
    #expect(try bench.attempts() == ["\(copy).1 uncertain run"])
    #expect(try self.rescue() == Ledger.Rescue())
  }

  @Test("S5: and is known to have died has its lease taken back before its time, and no other's")
  func known() throws {
    let lease = try bench.begin()
    let others = try bench.copies("2", to: try bench.people("b"))
    let other = try #require(try bench.lease()).lease.id
    let rescue = try ledger.rescue(now: bench.now, uncertain: .resend, dead: [lease])
    #expect(rescue.uncertain == 1 && rescue.returned == 0)
    #expect(try bench.row(copy).state == .uncertain)
    #expect(try bench.row(others[0]).lease == other)
  }

  @Test("S5: has its message sent again three times at most, then it is held")
  func thrice() throws {
    for time in 1...3 {
      try die()
      #expect(try rescue().uncertain == 1)
      #expect(try bench.row(copy).uncertain == time)
    }
    try die()
    #expect(try rescue().held == 1)
    let row = try bench.row(copy)
    #expect(row.state == .held && row.reason == "uncertain" && row.attempts == 4)
    #expect(try bench.lease() == nil)
    #expect(try bench.attempts().count == 4)
    #expect(try ledger.release(.uncertain, now: bench.now) == 1)
    #expect(try bench.row(copy).uncertain == 0)
    try die()
    #expect(try rescue().uncertain == 1)
  }

  @Test("S5: has its message held at once where the admin wants that")
  func noResend() throws {
    try die()
    #expect(try rescue(.hold).held == 1)
    #expect(try bench.row(copy).state == .held)
    #expect(try bench.lease() == nil)
  }

  @Test("S5: and comes back to life is not listened to, whatever became of the message meanwhile")
  func zombie() throws {
    let lease = try bench.begin()
    bench.clock.advance(by: 900)
    _ = try rescue()
    let before = try bench.dump()
    try bench.commitGroup([bench.end(copy)], lease: lease)
    try bench.commitGroup(unsent: [copy], lease: lease)
    try ledger.withhold([.init(copy, .dropped(.muted))], lease: lease, now: bench.now)
    #expect(try bench.commitGroup(begin: [copy], lease: lease).isEmpty)
    #expect(try bench.dump() == before)
    let other = try bench.begin()
    #expect(other != lease)
    try bench.commitGroup([bench.end(copy)], lease: lease)
    #expect(try bench.row(copy).state == .sending)
    try bench.commitGroup([bench.end(copy, 2)], lease: other)
    #expect(try bench.row(copy).state == .sent)
    #expect(try bench.attempts() == ["\(copy).1 uncertain run", "\(copy).2 accepted recipient"])
  }

  @Test("S5: and takes the message up again under its own lease is listened to for the new attempt alone")
  func sameNumber() throws {
    let lease = try bench.begin()
    bench.clock.advance(by: 900)
    _ = try rescue()
    _ = try bench.lease(under: lease)
    #expect(try bench.commitGroup(begin: [copy], lease: lease) == [copy])
    try bench.commitGroup([bench.end(copy, 1, .permanent, .failed)], lease: lease)
    #expect(try bench.row(copy).state == .sending)
    try bench.commitGroup([bench.end(copy, 2)], lease: lease)
    #expect(try bench.row(copy).state == .sent)
  }
}
