import Forum
import Identifiers
import Testing
import Time

@testable import Ledger

@Suite("Why a delivery is held") struct HoldReasonTests {
  private let bench: LedgerFixture
  private var ledger: Ledger { bench.ledger }

  init() throws { bench = try LedgerFixture() }

  @Test(
    "S3: comes back from its text, whatever the domain is called",
    arguments: [
      .uncertain, .uncomposed, .ordered, .post(12), .domain("b.example"), .domain(""), .domain("uncertain"),
      .domain("domain x"),
      .domain(" xn--bcher-kva.example "), .domain("bücher.example"),
    ] as [HoldReason])
  func roundTrip(_ reason: HoldReason) { #expect(HoldReason(text: reason.text) == reason) }

  @Test("is none of the reasons of deliveries that were dropped", arguments: SkipReason.allCases.map(\.rawValue))
  func others(_ text: String) { #expect(HoldReason(text: text) == nil) }

  @Test("is no text that only looks like one", arguments: ["", "Uncertain", "domain", "domainb.example", " uncertain"])
  func unlike(_ text: String) { #expect(HoldReason(text: text) == nil) }

  /// Copies that are held: two of each domain, one uncertain, one uncomposed; the first of each was attempted.
  private func held() throws -> [HoldReason: [DeliveryID]] {
    let reasons: [HoldReason] = [.domain("a.example"), .domain("b.example"), .uncertain, .uncomposed]
    let copies = try bench.copies("1", to: try bench.people("a", "b", "c", "d", "e", "f", "g", "h"))
    let lease = try #require(try bench.lease()).lease.id
    let attempted = stride(from: 0, to: 8, by: 2).map { copies[$0] }
    try bench.commitGroup(begin: attempted, lease: lease)
    for reason in reasons { if case .domain(let name) = reason { try hold(name) } }
    for (index, reason) in reasons.enumerated() {
      try bench.commitGroup([bench.end(attempted[index], 1, .uncertain, .held, hold: reason)], lease: lease)
      try ledger.withhold([.init(copies[2 * index + 1], .held(reason))], lease: lease, now: bench.now)
    }
    return Dictionary(
      uniqueKeysWithValues: reasons.enumerated().map { ($1, [copies[2 * $0], copies[2 * $0 + 1]]) })
  }

  private func hold(_ domain: String) throws { try ledger.hold(.domain, name: domain, reason: "r", now: bench.now) }

  @Test("S3, S5: lets go what is held for it and nothing else; the retry schedule begins anew", arguments: 0..<4)
  func release(_ index: Int) throws {
    let held = try held()
    let due = bench.now
    let reason = ([.domain("a.example"), .domain("b.example"), .uncertain, .uncomposed] as [HoldReason])[index]
    bench.clock.advance(by: 600)
    #expect(try ledger.heldCounts() == held.mapValues(\.count))
    #expect(try ledger.release(reason, now: bench.now) == 2)
    for (other, copies) in held {
      let rows = try copies.map { try bench.row($0) }
      guard other == reason else {
        #expect(rows.allSatisfy { $0.state == .held && $0.reason == other.text })
        continue
      }
      #expect(rows.allSatisfy { $0.state == .queued && $0.reason == nil && $0.firstAttemptAt == nil })
      #expect(rows.map(\.attempts) == [1, 0])
      // What was never attempted stays as overdue as it was, unless its fate is not known.
      #expect(rows.map(\.due) == [bench.now.seconds, reason == .uncertain ? bench.now.seconds : due.seconds])
      #expect(rows.map(\.uncertain) == [reason == .uncertain ? 0 : 1, 0])
    }
    let names = try ledger.holds().map(\.name)
    #expect(names == ["a.example", "b.example"].filter { HoldReason.domain($0) != reason })
    #expect(try ledger.release(reason, now: bench.now) == 0)
  }
}

@Suite("What is withheld") struct WithheldTests {
  @Test("S1: moves to a state with the reason that stands beside it")
  func columns() {
    func columns(_ fate: Ledger.Withheld.Fate) -> String { "\(fate.columns.state) \(fate.columns.reason)" }
    for reason in SkipReason.allCases { #expect(columns(.dropped(reason)) == "dropped \(reason.rawValue)") }
    #expect(columns(.suppressed) == "suppressed suppressed")
    #expect(columns(.held(.uncomposed)) == "held uncomposed")
    #expect(columns(.held(.domain("b.example"))) == "held domain b.example")
  }

  @Test(
    "C6: is remembered as withdrawn where it may come back into sight, and only there", arguments: SkipReason.allCases)
  func outOfSight(_ reason: SkipReason) throws {
    let bench = try LedgerFixture()
    let copies = try bench.copies("1", to: try bench.people("a"))
    let lease = try #require(try bench.lease()).lease.id
    try bench.ledger.withhold([.init(copies[0], .dropped(reason))], lease: lease, now: bench.now)
    let row = try bench.row(copies[0])
    #expect(row.state == .dropped && row.reason == reason.rawValue && row.endedAt == bench.now.seconds)
    #expect(row.lease == nil && row.leaseUntil == nil)
    let withdrawn = try bench.ledger.withdrawn(toAskAt: bench.now)
    #expect(withdrawn.map(\.entry.postKey) == (reason.isOutOfSight ? ["1"] : []))
  }

  @Test("S5: is left alone when its attempt has begun, or the lease is another's")
  func others() throws {
    let bench = try LedgerFixture()
    let copies = try bench.copies("1", to: try bench.people("a", "b"))
    let lease = try #require(try bench.lease()).lease.id
    try bench.commitGroup(begin: [copies[0]], lease: lease)
    for (copy, lease) in [(copies[0], lease), (copies[1], LeaseID(lease.rawValue + 1))] {
      let before = try bench.row(copy)
      for fate in [.dropped(.paused), .suppressed, .held(.uncomposed)] as [Ledger.Withheld.Fate] {
        try bench.ledger.withhold([.init(copy, fate)], lease: lease, now: bench.now)
      }
      #expect(try bench.row(copy) == before)
    }
  }
}
