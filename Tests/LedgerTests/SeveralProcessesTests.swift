import Identifiers
import TestSupport
import Testing
import Time

@testable import Ledger

/// Several processes on one ledger, at the same time.
@Suite("Several processes on one ledger") struct SeveralProcessesTests {
  private let bench: LedgerFixture

  init() throws { bench = try LedgerFixture() }

  /// A ledger of its own for each thread, and what each returned.
  private func together<T: Sendable>(_ count: Int, _ body: @escaping @Sendable (Int, Ledger) throws -> T) throws -> [T]
  {
    let peers = try (0..<count).map { index in
      let ledger = try bench.anotherProcess()
      return OtherProcess { try body(index, ledger) }
    }
    return try peers.map { try $0.value() }
  }

  @Test("S5: claim deliveries past each other: each is one's, and all of them are somebody's")
  func disjoint() throws {
    let people = try bench.ledger.people(keys: (1...600).map { "p\($0)" }).values.map(\.id)
    let copies = try bench.copies("1", to: people)
    let now = bench.now
    let claimed = try together(4) { _, ledger in
      var number: LeaseID?
      var mine: [DeliveryID] = []
      while let (lease, deliveries) = try ledger.lease(limit: 25, under: number, now: now, seconds: 900) {
        number = lease.id
        mine += deliveries.map(\.id)
      }
      return (number, mine)
    }
    #expect(claimed.flatMap(\.1).sorted() == copies)
    #expect(Set(claimed.compactMap(\.0)).count == claimed.count { $0.0 != nil }, "each lease has a number of its own")
  }

  @Test("C1, C2: give positions in the order of their commits: who has seen one has seen all before it")
  func positions() throws {
    let (bench, posts) = (bench, 60)
    let writers = try (0..<3).map { writer in
      let ledger = try bench.anotherProcess()
      return OtherProcess {
        for post in 1...posts {
          _ = try ledger.journal([(bench.candidate("\(writer)-\(post)"), bench.now)], signingKey: 1, now: bench.now)
        }
      }
    }
    var seen: [(last: Int64, count: Int)] = []
    let deadline = Deadline()
    while (seen.last?.count ?? 0) < 3 * posts {
      try deadline.check("all positions")
      let positions = try bench.file.read {
        try $0.query("SELECT position FROM journal ORDER BY position") { $0.integer(0) }
      }
      if let last = positions.last { seen.append((last, positions.count)) }
    }
    for writer in writers { try writer.value() }
    let all = try bench.file.read { try $0.query("SELECT position FROM journal ORDER BY position") { $0.integer(0) } }
    for (last, count) in seen { #expect(all.count { $0 <= last } == count, "a position came in before \(last)") }
  }

  @Test("S5: of a late run and the one that takes its messages back, one writes down the end, not both")
  func lateEnd() throws {
    let people = try bench.people("a", "b", "c", "d")
    for round in 1...25 {
      let copies = try bench.copies("\(round)", to: people)
      let number = try bench.begin(seconds: 100)
      bench.clock.advance(by: 100)
      let ends = copies.map { bench.end($0) }
      let now = bench.now
      _ = try together(2) { index, ledger in
        if index == 0 {
          _ = try ledger.commitGroup(ended: ends, unsent: [], begin: [], lease: number, margin: 1, now: now)
        } else {
          _ = try ledger.rescue(now: now, uncertain: .resend)
        }
      }
      let rows = try bench.rows()
      let attempts = try bench.attempts()
      for copy in copies {
        let state = try #require(rows[copy]?.state)
        #expect([.sent, .uncertain].contains(state))
        let outcome = state == .sent ? "accepted recipient" : "uncertain run"
        #expect(attempts.filter { $0.hasPrefix("\(copy).") } == ["\(copy).1 \(outcome)"])
      }
      // Nobody's any more, or the next round would begin them too.
      try bench.file.write { try $0.run("UPDATE delivery SET state = 'sent' WHERE state = 'uncertain'") }
    }
  }

  @Test("F4: decide about posts at the same time: each person once, each copy with a number of its own")
  func deciding() throws {
    let people = try bench.ledger.people(keys: (1...200).map { "p\($0)" }).values.map(\.id)
    let entry = try bench.entry("1")
    let rows = people.map { DecisionRow(person: $0, decision: .instant(.thread)) }
    let counts = try together(3) { _, ledger in
      try ledger.decide(rows, entry: entry, next: .forum(after: "p1"), now: bench.now).instant
    }
    #expect(counts.reduce(0, +) == 200)
    #expect(try bench.rows().count == 200)
  }

  @Test("D1, F5: write a person's digest once, whoever is at it")
  func digests() throws {
    let person = try bench.people("a")[0]
    for key in ["1", "2", "3"] { try bench.decide(try bench.entry(key), digest: [person]) }
    let (plan, now) = (try bench.plan(person), bench.now)
    let written = try together(3) { _, ledger in try ledger.write([plan], signingKey: 1, now: now).digests }
    #expect(written.reduce(0, +) == 1)
  }
}
