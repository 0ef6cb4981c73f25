import Time

/// Slots worked out once for all people who have the same hour and used up the same date.
///
/// A page of fan-out has thousands of people and a few dozen schedules. Nothing is ever thrown out: it lives as long as
/// one run or one call.
public struct DigestSlotCache: Sendable {
  /// All that `DigestSlot.next` goes by.
  private struct Key: Hashable {
    let schedule: DigestSchedule
    let used: CivilDate?
    let now: Timestamp
  }
  private var known: [Key: DigestSlot] = [:]

  /// It knows none.
  public init() {}

  /// As `DigestSlot.next(after:used:on:)`.
  public mutating func next(after now: Timestamp, used: CivilDate?, on schedule: DigestSchedule) -> DigestSlot {
    let key = Key(schedule: schedule, used: used, now: now)
    if let slot = known[key] { return slot }
    let slot = DigestSlot.next(after: now, used: used, on: schedule)
    known[key] = slot
    return slot
  }
}
