import Identifiers
import Ledger
import Time

/// Slots that were given by a clock that was ahead (rule E2).
extension DigestStage {
  /// Once the clock is believed again, whoever has a slot later than tomorrow gets the one that they want now: it may
  /// have been given before. A run that is stopped goes on where it was.
  func followClock(_ report: inout Report) throws {
    guard !context.doubtsClock, var after = try context.ledger.mark(.slotsChecked), after >= 0 else { return }
    while !context.isStopping() {
      let tomorrow = context.now() + 26 * 3600
      let people = try context.ledger.slotted(dueAfter: tomorrow, after: PersonID(after), limit: 2000)
      guard let last = people.last else { return try context.ledger.set(.slotsChecked, -1) }
      let slots = try context.members.slots(of: people.map(\.key)).filter { $0.due <= tomorrow }
      try context.ledger.moveSlots(slots, changesRead: nil, now: context.now())
      report.moved += slots.count
      after = last.id.rawValue
      try context.ledger.set(.slotsChecked, after)
    }
  }
}
