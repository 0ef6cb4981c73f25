import Foundation
import Time

/// When a person's next digest is due (rule D1).
///
/// A slot belongs to a local date, not to an interval: whatever daylight saving does to the day, it has one. An hour
/// that the clocks skip is taken at the first moment after the gap; an hour that comes twice is taken the first time.
/// A date that the zone never had, such as 30 December 2011 in Samoa, has no slot.
public struct DigestSlot: Hashable, Sendable {
  /// From when on the digest may be written; one that was missed is written late, never left out.
  public let due: Timestamp
  /// The local date that the slot uses up.
  public let date: CivilDate

  /// The first slot after `now` whose local date is later than `used`.
  /// - Parameter used: the date of the last slot that a digest was written for. One more than two days ahead was
  ///   written under a wrong clock and counts for nothing, or its reader would wait for that day.
  public static func next(after now: Timestamp, used: CivilDate?, on schedule: DigestSchedule) -> DigestSlot {
    let zone = TimeZone(identifier: schedule.zone) ?? .gmt
    let today = localDate(of: now, zone: zone)
    let used = used.flatMap { $0.daysSinceEpoch > today.daysSinceEpoch + 2 ? nil : $0 }
    var day = today.daysSinceEpoch - 1  // a zone that moved across the date line may owe the day before
    while true {
      let date = CivilDate(daysSinceEpoch: day)
      day += 1
      guard schedule.hasSlot(on: date) else { continue }
      if let used, date <= used { continue }
      let due = moment(of: date, hour: schedule.hour, zone: zone)
      if due > now, exists(date, due: due, zone: zone) { return DigestSlot(due: due, date: date) }
    }
  }

  /// The date that the wall clock shows.
  private static func localDate(of moment: Timestamp, zone: TimeZone) -> CivilDate {
    let offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(moment.seconds)))
    return (moment + Int64(offset)).utcDate
  }

  /// Whether the zone had the date; only one whose slot fell to another date may be missing.
  private static func exists(_ date: CivilDate, due: Timestamp, zone: TimeZone) -> Bool {
    localDate(of: due, zone: zone) == date
      || localDate(of: moment(of: date, hour: 0, zone: zone), zone: zone) == date
  }

  /// The first moment of the local date at which the wall clock shows `hour` or more.
  static func moment(of date: CivilDate, hour: Int, zone: TimeZone) -> Timestamp {
    let wall = date.daysSinceEpoch * 86_400 + Int64(hour) * 3600
    // The offsets in force around that wall time; the earlier moment that shows it, else the end of the gap.
    let before = Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(wall - 86_400))))
    let after = Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(wall + 86_400))))
    for offset in [max(before, after), min(before, after)] {
      let moment = wall - offset
      if Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(moment)))) == offset {
        return Timestamp(moment)
      }
    }
    let start = Date(timeIntervalSince1970: Double(wall - max(before, after) - 86_400))
    let transition = zone.nextDaylightSavingTimeTransition(after: start)
    return transition.map { Timestamp(Int64($0.timeIntervalSince1970)) } ?? Timestamp(wall - before)
  }
}

extension DigestSchedule {
  /// Whether a digest comes on the date.
  fileprivate func hasSlot(on date: CivilDate) -> Bool {
    switch period {
    case .daily: true
    case .weekly: date.weekday == weekday
    }
  }
}
