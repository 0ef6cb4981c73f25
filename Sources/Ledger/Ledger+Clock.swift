import SQL
import Time

/// What the runs have agreed on about the clock (rule E2).
extension Ledger {
  private static let clockNote = "clock"

  /// What is known of the clock; nil before the first run.
  public func agreedClock() throws -> AgreedClock? { try note(Ledger.clockNote).flatMap(AgreedClock.init) }

  /// The time to go by at a reading; writes nothing.
  public func clockState(at reading: ClockReading) throws -> ClockState {
    (try agreedClock() ?? AgreedClock(reading)).state(at: reading)
  }

  /// Takes a reading in. A clock that goes right is written every ten minutes, no more.
  public func takeClock(_ reading: ClockReading) throws -> (before: AgreedClock?, after: AgreedClock) {
    let known = try agreedClock()
    let next = Ledger.after(reading, known)
    if next == known { return (known, next) }
    // Before it is believed again: a crash between the two does no harm.
    if known?.suspect != nil, next.suspect == nil { try set(.slotsChecked, 0) }
    var taken = (before: known, after: next)
    try changeNote(Ledger.clockNote) { text in
      let before = text.flatMap(AgreedClock.init)
      taken = (before, Ledger.after(reading, before))
      return taken.after.description
    }
    return taken
  }

  private static func after(_ reading: ClockReading, _ before: AgreedClock?) -> AgreedClock {
    guard var clock = before else { return AgreedClock(reading) }
    clock.take(reading)
    return clock
  }

  /// The admin vouches for the clock as it is; returns whether it was doubted.
  public func agree(on reading: ClockReading) throws -> Bool {
    let isDoubted = try clockState(at: reading).doubt != nil
    if isDoubted { try set(.slotsChecked, 0) }
    try changeNote(Ledger.clockNote) { text in
      var clock = text.flatMap(AgreedClock.init) ?? AgreedClock(reading)
      clock.vouch(for: reading)
      return clock.description
    }
    return isDoubted
  }
}
