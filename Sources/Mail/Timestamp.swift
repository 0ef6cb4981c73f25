/// A moment in time: whole seconds since 1970-01-01T00:00:00Z, as every database here keeps it.
///
/// Deliberately not `Foundation.Date`: no fractions that a database would round, no hidden "now". The present moment
/// comes in as a parameter, from `Clock` values at the edge of the program.
public struct Timestamp: Hashable, Comparable, Sendable, Codable {
  /// Seconds since the epoch; negative before 1970.
  public var seconds: Int64

  public init(_ seconds: Int64) { self.seconds = seconds }

  public static func < (a: Timestamp, b: Timestamp) -> Bool { a.seconds < b.seconds }
  /// Moves by a number of seconds.
  public static func + (a: Timestamp, seconds: Int64) -> Timestamp { Timestamp(a.seconds + seconds) }
  /// Moves back by a number of seconds.
  public static func - (a: Timestamp, seconds: Int64) -> Timestamp { Timestamp(a.seconds - seconds) }
  /// Seconds between two moments.
  public static func - (a: Timestamp, b: Timestamp) -> Int64 { a.seconds - b.seconds }
}

extension Timestamp: CustomStringConvertible {
  /// ISO 8601 in UTC: `2026-05-26T12:00:00Z`.
  public var description: String {
    let civil = CivilDate(daysSinceEpoch: seconds.floorDivided(by: 86_400))
    let time = seconds - seconds.floorDivided(by: 86_400) * 86_400
    return "\(civil)T\(padded(time / 3600)):\(padded(time / 60 % 60)):\(padded(time % 60))Z"
  }

  /// The `Date` field's value in UTC (RFC 5322 section 3.3): `Tue, 26 May 2026 12:00:00 +0000`.
  public var rfc5322: String {
    let days = seconds.floorDivided(by: 86_400)
    let civil = CivilDate(daysSinceEpoch: days)
    let time = seconds - days * 86_400
    let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][Int(((days % 7) + 7) % 7)]
    let month = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ][civil.month - 1]
    let clock = "\(padded(time / 3600)):\(padded(time / 60 % 60)):\(padded(time % 60))"
    return "\(weekday), \(civil.day) \(month) \(civil.year) \(clock) +0000"
  }

  /// Reads ISO 8601 in UTC: `2026-05-26`, `2026-05-26 12:00:00` or `2026-05-26T12:00:00[.fff][Z|+00:00]`; nil for
  /// anything else. This is also how SQLite's own date functions and Django write a moment.
  public init?(iso8601 text: String) {
    var parts = text.utf8[...]
    func number(_ digits: Int) -> Int64? {
      guard parts.count >= digits else { return nil }
      var value: Int64 = 0
      for byte in parts.prefix(digits) {
        guard byte >= 48, byte <= 57 else { return nil }
        value = value * 10 + Int64(byte - 48)
      }
      parts = parts.dropFirst(digits)
      return value
    }
    func skip(_ allowed: String) -> Bool {
      guard let first = parts.first, allowed.utf8.contains(first) else { return false }
      parts = parts.dropFirst()
      return true
    }
    guard let year = number(4), skip("-"), let month = number(2), skip("-"), let day = number(2),
      (1...12).contains(month), (1...31).contains(day)
    else { return nil }
    let date = CivilDate(year: Int(year), month: Int(month), day: Int(day))
    guard CivilDate(daysSinceEpoch: date.daysSinceEpoch) == date else { return nil }
    var time: Int64 = 0
    if skip("T ") {
      guard let hour = number(2), skip(":"), let minute = number(2), hour < 24, minute < 60 else { return nil }
      time = hour * 3600 + minute * 60
      if skip(":") {
        guard let second = number(2), second < 61 else { return nil }
        time += second
        if skip(".") { while let byte = parts.first, byte >= 48, byte <= 57 { parts = parts.dropFirst() } }
      }
      guard ["", "Z", "+00", "+00:00", "+0000"].contains(String(parts)) else { return nil }
    } else if !parts.isEmpty {
      return nil
    }
    self.init(date.daysSinceEpoch * 86_400 + time)
  }
}

/// A day of the proleptic Gregorian calendar, without a time or a zone.
public struct CivilDate: Hashable, Comparable, Sendable, CustomStringConvertible {
  public let year: Int
  /// 1...12
  public let month: Int
  /// 1...31
  public let day: Int

  /// The caller vouches for the ranges: a day that the month does not have is another day.
  public init(year: Int, month: Int, day: Int) {
    (self.year, self.month, self.day) = (year, month, day)
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

  /// ISO 8601 weekday: 1 is Monday, 7 is Sunday.
  public var isoWeekday: Int { Int(((daysSinceEpoch + 3) % 7 + 7) % 7) + 1 }

  public static func < (a: CivilDate, b: CivilDate) -> Bool { a.daysSinceEpoch < b.daysSinceEpoch }

  /// `2026-05-26`
  public var description: String { "\(padded(Int64(year), width: 4))-\(padded(Int64(month)))-\(padded(Int64(day)))" }
}

extension Int64 {
  /// Division that rounds towards negative infinity; `divisor` must be positive.
  fileprivate func floorDivided(by divisor: Int64) -> Int64 {
    self >= 0 ? self / divisor : (self - divisor + 1) / divisor
  }
}

private func padded(_ value: Int64, width: Int = 2) -> String {
  let digits = String(value)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
