import Ledger
import SQL
import TestSupport
import Testing
import Time

/// A hand-over of the ledger, on a bench that has something for each of them to do.
struct Handover: Sendable, CustomTestStringConvertible {
  let name: String
  let prepare: @Sendable (LedgerFixture) throws -> Void
  let body: @Sendable (LedgerFixture, Ledger) throws -> Void
  var testDescription: String { name }

  init(
    _ name: String, after prepare: @escaping @Sendable (LedgerFixture) throws -> Void,
    then body: @escaping @Sendable (LedgerFixture, Ledger) throws -> Void
  ) {
    (self.name, self.prepare, self.body) = (name, prepare, body)
  }

  /// Two people with copies (deliveries 1 and 2) and two with open digest rows of the posts 1 and 2.
  static func filled(_ bench: LedgerFixture) throws {
    let people = try bench.people("a", "b", "c", "d")
    for key in ["1", "2"] {
      try bench.decide(
        try bench.entry(key), instant: key == "1" ? [people[0], people[1]] : [], digest: [people[2], people[3]])
    }
  }

  static func leased(_ bench: LedgerFixture) throws {
    try filled(bench)
    _ = try bench.lease()
  }

  static let all: [Handover] = [
    Handover("record a look at the forum") { _ in
    } then: { bench, ledger in
      var collection = CollectorUpdate()
      collection.upserts = [bench.candidate("8"), bench.candidate("9", state: .pending)]
      collection.addedGaps = [Gap(3...7, seenAt: bench.now)]
      collection.collected = 9
      try ledger.save(collection)
    },
    Handover("journal") { bench in
      var collection = CollectorUpdate()
      collection.upserts = [bench.candidate("8")]
      try bench.ledger.save(collection)
    } then: { bench, ledger in
      _ = try ledger.journal([(bench.candidate("8"), due: bench.now)], signingKey: 1, now: bench.now)
    },
    Handover("decide a page") { bench in
      _ = try (bench.entry("1"), bench.people("a", "b", "c"))
    } then: { bench, ledger in
      _ = try ledger.decide(
        page(bench), entry: try bench.ledger.nextFanOut()!.entry, next: .forum(after: "c"), now: bench.now)
    },
    Handover("decide the last page") { bench in
      _ = try (bench.entry("1"), bench.people("a", "b", "c"))
    } then: { bench, ledger in
      _ = try ledger.decide(page(bench), entry: try bench.ledger.nextFanOut()!.entry, next: nil, now: bench.now)
    },
    Handover("lease", after: filled, then: { bench, ledger in _ = try bench.lease(by: ledger) }),
    Handover(
      "begin", after: leased,
      then: { bench, ledger in
        _ = try ledger.commitGroup(ended: [], unsent: [], begin: [1, 2], lease: 1, margin: 60, now: bench.now)
      }),
    Handover("end one and begin another") { bench in
      try leased(bench)
      try bench.commitGroup(begin: [1], lease: 1)
    } then: { bench, ledger in
      let end = bench.end(1, 1, .transient, .deferred, due: bench.now + 300)
      _ = try ledger.commitGroup(ended: [end], unsent: [], begin: [2], lease: 1, margin: 60, now: bench.now)
    },
    Handover(
      "withhold", after: leased,
      then: { bench, ledger in
        try ledger.withhold([.init(1, .dropped(.hidden))], lease: 1, now: bench.now)
      }),
    Handover("rescue") { bench in
      try filled(bench)
      try bench.begin()
      bench.clock.advance(by: 900)
    } then: { bench, ledger in
      _ = try ledger.rescue(now: bench.now, uncertain: .resend)
    },
    Handover("fold") { bench in
      try filled(bench)
      bench.clock.advance(by: 100_000)
    } then: { bench, ledger in
      _ = try ledger.fold(overdueSince: bench.now - 86_400, now: bench.now, limit: 10)
    },
    Handover(
      "write digests", after: filled,
      then: { bench, ledger in
        let plans = try bench.slots().keys.sorted().map {
          DigestPlan(
            person: $0, kind: .regular, date: bench.slot.date, parts: [[1], [2]], considered: [1, 2], next: bench.slot)
        }
        _ = try ledger.write(plans, signingKey: 1, now: Timestamp(.max))
      }),
    Handover("restore") { bench in
      try leased(bench)
      try bench.ledger.withhold([.init(1, .dropped(.hidden))], lease: 1, now: bench.now)
    } then: { bench, ledger in
      _ = try ledger.requeueHidden(1, now: bench.now)
    },
    Handover(
      "last call", after: filled,
      then: { bench, ledger in
        _ = try ledger.lastCall(1, discussion: "d", closesAt: bench.now + 9, now: bench.now)
      }),
    Handover("release a domain") { bench in
      try bench.ledger.hold(.domain, name: "b.example", reason: "r", now: bench.now)
    } then: { bench, ledger in
      _ = try ledger.release(.domain("b.example"), now: bench.now)
    },
  ]

  private static func page(_ bench: LedgerFixture) -> [DecisionRow] {
    [
      DecisionRow(person: 1, decision: .instant(.thread)),
      DecisionRow(person: 2, decision: .digest(.thread), slot: bench.slot),
      DecisionRow(person: 3, decision: .skipped(.muted)),
    ]
  }
}

@Suite("C1: each hand-over is one commit") struct CommitTests {
  private func bench(_ handover: Handover) throws -> LedgerFixture {
    let bench = try LedgerFixture()
    try handover.prepare(bench)
    return bench
  }

  @Test("C1: a crash leaves all of it or nothing, its mark included", arguments: Handover.all)
  func allOrNothing(_ handover: Handover) throws {
    let whole = try bench(handover)
    let before = try whole.dump()
    let counting = FaultingDatabase(whole.file)
    try handover.body(whole, Ledger(counting))
    let after = try whole.dump()
    #expect(counting.commits == 1)
    #expect(before != after)
    for moment in FaultingDatabase.Moment.allCases {
      let bench = try bench(handover)
      let dying = FaultingDatabase(bench.file)
      dying.crash(atCommit: 1, moment)
      #expect(throws: FaultingDatabase.Crash.self) { try handover.body(bench, Ledger(dying)) }
      #expect(try bench.dump() == (moment == .beforeCommit ? before : after))
    }
  }

  @Test("O6: the ledger's schema is made in one commit and refused by an older program")
  func schema() throws {
    let bench = try LedgerFixture()
    #expect(try bench.ledger.migrate() == 0)
    try bench.file.write { try $0.run("UPDATE schema_version SET number = number + 1 WHERE name = 'ledger'") }
    let error = #expect(throws: DatabaseError.self) { try bench.ledger.migrate() }
    #expect(error?.kind == .newerSchema)
    #expect(error?.description.contains("install the newer program") == true)
  }
}
