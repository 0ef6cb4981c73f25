import Identifiers
import Ledger
import Testing
import Time

/// Whose turn it is among the posts about which not everybody is decided.
@Suite("Turns of fan-out") struct FanOutTurnTests {
  private let bench: LedgerFixture
  private let people: [PersonID]
  private var ledger: Ledger { bench.ledger }

  init() throws {
    bench = try LedgerFixture()
    people = try bench.people("a", "b", "c", "d", "e", "f")
  }

  /// Decides one page of whose turn it is; returns the post. A post is done when its page is its last.
  private func take(after turn: Int64 = 0, _ next: String?) throws -> String? {
    guard let turn = try ledger.nextFanOut(after: turn) else { return nil }
    try bench.decide(turn.entry, instant: [people[0]], next: next)
    return turn.entry.postKey
  }

  @Test("E4: a page puts its post behind all others that wait; an urgent one is before them all")
  func order() throws {
    for key in ["1", "2", "3"] { _ = try bench.entry(key) }
    #expect(try take("a") == "1")
    #expect(try take("a") == "2")
    _ = try bench.entry("4")
    _ = try bench.entry("5", isUrgent: true)
    #expect(try take("a") == "5")
    _ = try bench.entry("6", isUrgent: true)
    #expect(try [take("a"), take(nil), take(nil)] == ["5", "6", "5"])
    #expect(try [take(nil), take(nil), take("b"), take(nil), take(nil)] == ["3", "1", "2", "4", "2"])
    #expect(try take(nil) == nil)
    #expect(try !ledger.awaitsFanOut())
  }

  @Test("E4: whoever goes on from a turn misses nothing that waits, and begins again where there is nothing behind it")
  func goesOn() throws {
    for key in ["1", "2", "3"] { _ = try bench.entry(key) }
    let first = try #require(try ledger.nextFanOut())
    #expect(try ledger.nextFanOut(after: first.turn)?.entry.postKey == "2")
    try bench.decide(first.entry, instant: [people[0]], next: "a")
    let last = try #require(try ledger.nextFanOut(after: first.turn + 2))
    #expect(last.entry.postKey == "1" && last.cursor == .forum(after: "a"))
    #expect(try ledger.nextFanOut(after: last.turn)?.entry.postKey == "2")
  }

  @Test("C1: a post waits from the commit that journals it; known ones that come again wait for nobody")
  func fromTheJournal() throws {
    let again = [bench.candidate("1"), bench.candidate("2")].map { (candidate: $0, due: bench.now) }
    let entry = try bench.entry("1")
    try bench.decide(entry, instant: people)
    #expect(try ledger.journal(again, signingKey: 1, now: bench.now) == 1)
    #expect(try ledger.nextFanOut()?.entry.postKey == "2")
    #expect(try take(nil) == "2")
    #expect(try take(nil) == nil)
  }

  @Test("O7: nothing is forgotten behind a post that still waits for its people")
  func pruning() throws {
    let (first, second) = (try bench.entry("1"), try bench.entry("2"))
    try bench.decide(first, skipped: [people[0]], next: "a")
    try bench.decide(second, skipped: [people[0]])
    bench.clock.advance(by: 60)
    let pruning = Ledger.Pruning(now: bench.now, page: 10)
    #expect(try ledger.pruneSkips(journalledBefore: bench.now, pruning) == 0)
    try bench.decide(first, skipped: [people[1]])
    #expect(try ledger.pruneSkips(journalledBefore: bench.now, pruning) == 3)
  }
}
