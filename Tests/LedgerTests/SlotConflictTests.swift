import Forum
import Identifiers
import Testing
import Time

@testable import Ledger

/// A person has one slot at most: what becomes of it when another is given.
@Suite("A slot that is given to somebody who has one") struct SlotConflictTests {
  private let bench: LedgerFixture
  private let person: PersonID

  init() throws {
    bench = try LedgerFixture()
    person = try bench.people("a")[0]
  }

  private func slot(_ due: Int64, _ kind: DigestCause) -> PersonSlot {
    let date = kind == .regular ? CivilDate(daysSinceEpoch: due) : nil
    return PersonSlot(person: person, due: Timestamp(due), date: date, kind: kind)
  }

  @Test(
    "D1, F5: stays out, comes in only if it is earlier, or takes its place, as the giver wishes",
    arguments: [
      (.keep, 100, 50, 100), (.keep, 100, 100, 100), (.keep, 100, 150, 100),
      (.keepEarlier, 100, 50, 50), (.keepEarlier, 100, 100, 100), (.keepEarlier, 100, 150, 100),
      (.replace, 100, 50, 50), (.replace, 100, 100, 100), (.replace, 100, 150, 150),
    ] as [(Ledger.SlotConflict, Int64, Int64, Int64)])
  func conflicts(_ conflict: Ledger.SlotConflict, _ first: Int64, _ second: Int64, _ expected: Int64) throws {
    let (old, new) = (slot(first, .regular), slot(second, .catchUp))
    try bench.file.write { try Ledger.giveSlots([old], conflict, $0) }
    #expect(try bench.slots() == [person: old], "the first is given whatever the wish")
    try bench.file.write { try Ledger.giveSlots([new], conflict, $0) }
    // Of two that are due at once the wish tells which.
    let isNew = conflict == .replace || expected != first
    #expect(try bench.slots() == [person: isNew ? new : old])
    #expect(try bench.slots()[person]?.due == Timestamp(expected))
  }

  @Test("changes nobody else's")
  func others() throws {
    let other = try bench.people("b")[0]
    let slots = [slot(100, .regular), PersonSlot(person: other, due: Timestamp(7), date: nil, kind: .lastCall)]
    try bench.file.write { try Ledger.giveSlots(slots, .keep, $0) }
    try bench.file.write { try Ledger.giveSlots([slot(5, .leaving)], .replace, $0) }
    #expect(try bench.slots() == [person: slot(5, .leaving), other: slots[1]])
  }
}
