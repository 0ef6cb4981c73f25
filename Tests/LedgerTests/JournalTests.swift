import Forum
import Identifiers
import Ledger
import Testing
import Time

@Suite("The journal") struct JournalTests {
  private let bench: LedgerFixture
  private var ledger: Ledger { bench.ledger }

  init() throws { bench = try LedgerFixture() }

  @Test("C2: a post that was journalled never becomes a candidate again, nor enters twice")
  func once() throws {
    let first = try bench.entry("7")
    var collection = CollectorUpdate()
    collection.upserts = [bench.candidate("7"), bench.candidate("8")]
    try ledger.save(collection)
    #expect(try ledger.candidates(toAskAt: bench.now).map(\.postKey) == ["8"])
    bench.clock.advance(by: 99)
    let again = [bench.candidate("7"), bench.candidate("8")].map { (candidate: $0, due: bench.now) }
    #expect(try ledger.journal(again, signingKey: 2, now: bench.now) == 1)
    #expect(try ledger.journalEntries(postKeys: ["7"]) == [first])
    #expect(try ledger.candidates(toAskAt: bench.now).isEmpty)
  }

  @Test("C2: positions are our own, dense, and in the order given")
  func positions() throws {
    let settled = ["30", "10", "20"].map { (candidate: bench.candidate($0), due: bench.now) }
    #expect(try ledger.journal(settled, signingKey: 3, now: bench.now) == 3)
    #expect(try ledger.journal(settled, signingKey: 3, now: bench.now) == 0)
    _ = try bench.entry("5")
    #expect(
      try ledger.journalEntries(positions: (1...9).map { JournalPosition($0) }).map(\.postKey) == [
        "30", "10", "20", "5",
      ])
    #expect(try ledger.journalEntries(positions: [2]).first?.signingKey == 3)
  }

  @Test("C2: a candidate keeps when it was first seen, and follows what the forum says of it")
  func candidates() throws {
    var collection = CollectorUpdate()
    collection.upserts = [bench.candidate("1", state: .pending)]
    try ledger.save(collection)
    let seenAt = bench.now
    bench.clock.advance(by: 600)
    collection.upserts = [bench.candidate("1", discussion: "e", isUrgent: true)]
    try ledger.save(collection)
    let candidate = try #require(try ledger.candidates(toAskAt: bench.now).first)
    #expect(candidate.state == .resting && candidate.isUrgent && candidate.discussionKey == "e")
    #expect(candidate.visibleAt == bench.now && candidate.seenAt == seenAt)
    collection.upserts = []
    collection.forgotten = ["1", "never known"]
    try ledger.save(collection)
    #expect(try ledger.candidates(toAskAt: bench.now).isEmpty)
  }

  @Test("C2: gaps are remembered until they are filled or given up")
  func gaps() throws {
    var collection = CollectorUpdate()
    collection.addedGaps = [Gap(3...9, seenAt: bench.now), Gap(20...20, seenAt: bench.now)]
    try ledger.save(collection)
    collection.removedGaps = [Gap(3...9, seenAt: bench.now)]
    collection.addedGaps = [Gap(3...5, seenAt: bench.now), Gap(7...9, seenAt: bench.now)]
    try ledger.save(collection)
    #expect(try ledger.gaps().map(\.range) == [3...5, 7...9, 20...20])
  }

  @Test("C1: a mark that a look did not move stays")
  func mark() throws {
    #expect(try ledger.mark(.collected) == nil)
    var collection = CollectorUpdate()
    collection.collected = 40
    try ledger.save(collection)
    collection.collected = nil
    collection.upserts = [bench.candidate("1")]
    try ledger.save(collection)
    #expect(try ledger.mark(.collected) == 40)
  }
}

@Suite("Decisions") struct DecisionTests {
  private let bench: LedgerFixture
  private var ledger: Ledger { bench.ledger }

  init() throws { bench = try LedgerFixture() }

  @Test("F4: each is a row that can be asked for afterwards, with the watch or the reason")
  func rows() throws {
    let people = try bench.people("a", "b", "c", "d")
    let entry = try bench.entry("1")
    let decisions: [Decision] = [.instant(.discussion), .digest(.everything), .skipped(.notReadable)]
    let rows = zip(people, decisions).map { DecisionRow(person: $0, decision: $1) }
    let counts = try ledger.decide(rows, entry: entry, next: nil, now: bench.now)
    #expect((counts.instant, counts.digest, counts.skipped) == (1, 1, 1))
    for (person, decision) in zip(people, decisions) {
      #expect(try ledger.decision(post: entry.position, person: person) == decision)
    }
    #expect(try ledger.decision(post: entry.position, person: people[3]) == nil)
  }

  @Test("F4: every reason of the closed list survives the ledger", arguments: SkipReason.allCases)
  func reasons(_ reason: SkipReason) throws {
    let person = try bench.people("a")[0]
    _ = try ledger.decide(
      [DecisionRow(person: person, decision: .skipped(reason))], entry: try bench.entry("1"), next: nil,
      now: bench.now)
    #expect(try ledger.decision(post: 1, person: person) == .skipped(reason))
  }

  @Test("F4: fall once per person and post, though a page brings somebody twice or again")
  func once() throws {
    let people = try bench.people("a", "b", "c")
    let entry = try bench.entry("1")
    #expect(try bench.decide(entry, instant: [people[0], people[1], people[0]], next: "b") == 2)
    #expect(try bench.decide(entry, instant: [people[1], people[2]], digest: [people[0]]) == 1)
    #expect(try ledger.decision(post: 1, person: people[0]) == .instant(.thread))
    #expect(try bench.rows().values.map(\.person).sorted() == people)
  }

  @Test("F6: an interrupted fan-out goes on where its last page ended; then nothing waits")
  func pages() throws {
    let people = try bench.people("a", "b")
    let entry = try bench.entry("1")
    func next() throws -> FanOutCursor? { try #require(try ledger.nextFanOut()).cursor }
    #expect(try next() == nil)
    try bench.decide(entry, instant: [people[0]], next: "a")
    #expect(try next() == .forum(after: "a"))
    try ledger.decide([], entry: entry, next: .ledger(after: 7), now: bench.now)
    #expect(try next() == .ledger(after: 7))
    try bench.decide(entry, instant: [people[1]])
    #expect(try ledger.nextFanOut() == nil)
    #expect(try !ledger.awaitsFanOut())
  }

  @Test("C1: a late page of a post that another run has finished changes nothing, nor makes it wait again")
  func late() throws {
    let people = try bench.people("a", "b")
    let (first, second) = (try bench.entry("1"), try bench.entry("2"))
    try bench.decide(first, instant: [people[0]])
    try bench.decide(second, instant: [people[0]])
    let before = try bench.dump()
    #expect(try bench.decide(first, instant: [people[1]]) == 0)
    #expect(try bench.decide(first, instant: [people[1]], next: "b") == 0)
    #expect(try bench.dump() == before)
  }

  @Test("A1: a later generation of an old post makes it wait for nobody")
  func generations() throws {
    let person = try bench.people("a")[0]
    let (first, second) = (try bench.entry("1"), try bench.entry("2"))
    try bench.decide(first, instant: [person])
    try bench.decide(second, instant: [person])
    let rows = [DecisionRow(person: person, decision: .instant(.thread))]
    #expect(try ledger.decide(rows, entry: first, generation: 1, next: nil, now: bench.now).instant == 1)
    #expect(try ledger.decide(rows, entry: first, generation: 1, next: nil, now: bench.now) == DecisionCounts())
    #expect(try !ledger.awaitsFanOut())
    #expect(try bench.rows().count == 3)
  }

  @Test("D1: a digest decision gives a slot to who has none, and leaves one that is there")
  func slots() throws {
    let people = try bench.people("a", "b")
    try bench.decide(try bench.entry("1"), digest: [people[0]])
    let first = try bench.slots()[people[0]]
    bench.clock.advance(by: 200_000)
    try bench.decide(try bench.entry("2"), digest: people)
    #expect(try bench.slots()[people[0]] == first)
    #expect(try bench.slots()[people[1]]?.due == bench.slot.due)
    #expect(try bench.slots()[people[1]]?.kind == .regular)
  }

  @Test("people keep the number they were given, in thousands too")
  func people() throws {
    let keys = (1...9000).map { "key \($0)" }
    let first = try ledger.people(keys: keys)
    #expect(first.count == 9000 && Set(first.values.map(\.id)).count == 9000)
    #expect(try ledger.people(keys: keys + ["one more"]).filter { $0.key != "one more" } == first)
    #expect(try ledger.people(ids: [first["key 5"]!.id]).values.map(\.key) == ["key 5"])
    #expect(try ledger.people(keys: []).isEmpty)
  }

  @Test("C2: a post that a mapping gives twice in one look is one candidate, as it was given last")
  func givenTwice() throws {
    let bench = try LedgerFixture()
    var collection = CollectorUpdate()
    collection.upserts = [bench.candidate("1", state: .pending), bench.candidate("1")]
    try bench.ledger.save(collection)
    #expect(try bench.ledger.candidates(toAskAt: bench.now).map(\.state) == [.resting])
  }
}
