/// A day of the proleptic Gregorian calendar, without a time or a zone.
public struct CivilDate: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Astronomical: 0 is 1 BC.
  public let year: Int
  /// 1...12
  public let month: Int
  /// 1...31
  public let day: Int

  /// The caller vouches for the ranges: a day that the month does not have is another day.
  public init(year: Int, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  /// Howard Hinnant's `civil_from_days` (chrono-Compatible Low-Level Date Algorithms).
  public init(daysSinceEpoch: Int64) {
    let z = daysSinceEpoch + 719_468
    let era = z.floorDivided(by: 146_097)
    let dayOfEra = z - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    day = Int(dayOfYear - (153 * shifted + 2) / 5 + 1)
    month = Int(shifted < 10 ? shifted + 3 : shifted - 9)
    year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
  }

  /// Days since 1970-01-01 (Hinnant's `days_from_civil`).
  public var daysSinceEpoch: Int64 {
    let y = Int64(month <= 2 ? year - 1 : year)
    let era = y.floorDivided(by: 400)
    let yearOfEra = y - era * 400
    let dayOfYear = (153 * Int64(month > 2 ? month - 3 : month + 9) + 2) / 5 + Int64(day) - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  /// The day of the week that it is.
  public var weekday: Weekday { Weekday.allCases[Int(((daysSinceEpoch + 3) % 7 + 7) % 7)] }

  /// The date that a text names as `description` writes it; nil for anything else, a day that the month does not have
  /// included.
  public init?(iso8601 text: String) {
    guard let midnight = Timestamp(iso8601: text), midnight.utcDate.description == text else { return nil }
    self = midnight.utcDate
  }

  /// The first moment of the date in UTC.
  public var midnight: Timestamp { Timestamp(daysSinceEpoch * secondsPerDay) }

  /// 1...366: January the first is 1.
  public var dayOfYear: Int { Int(daysSinceEpoch - CivilDate(year: year, month: 1, day: 1).daysSinceEpoch) + 1 }

  /// The earlier day first; days that the calendar does not have count as those they stand for.
  public static func < (a: CivilDate, b: CivilDate) -> Bool { a.daysSinceEpoch < b.daysSinceEpoch }

  /// `2026-05-26`
  public var description: String { "\(padded(Int64(year), width: 4))-\(padded(Int64(month)))-\(padded(Int64(day)))" }
}

/// Seconds of a day of the calendar, without leap seconds.
public let secondsPerDay: Int64 = 86_400

extension Int64 {
  /// Division that rounds towards negative infinity; `divisor` must be positive.
  func floorDivided(by divisor: Int64) -> Int64 {
    self >= 0 ? self / divisor : (self - divisor + 1) / divisor
  }
}

/// A number in decimal digits, with zeros before it up to a width: `07`. A longer number stays whole.
public func padded(_ value: Int64, width: Int = 2) -> String {
  let digits = String(value)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
