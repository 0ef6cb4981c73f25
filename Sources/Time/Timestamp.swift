/// A moment in time: whole seconds since 1970-01-01T00:00:00Z, as every database here keeps it.
///
/// Deliberately not `Foundation.Date`: no fractions that a database would round, no hidden "now". The present moment
/// comes in as a parameter, from `Clock` values at the edge of the program.
public struct Timestamp: Hashable, Comparable, Sendable, Codable {
  /// Seconds since the epoch; negative before 1970.
  public var seconds: Int64

  /// - Parameter seconds: since 1970-01-01T00:00:00Z, leap seconds left out; negative before.
  public init(_ seconds: Int64) { self.seconds = seconds }

  /// The earlier moment first.
  public static func < (a: Timestamp, b: Timestamp) -> Bool { a.seconds < b.seconds }
  /// Moves by a number of seconds.
  public static func + (a: Timestamp, seconds: Int64) -> Timestamp { Timestamp(a.seconds + seconds) }
  /// Moves back by a number of seconds.
  public static func - (a: Timestamp, seconds: Int64) -> Timestamp { Timestamp(a.seconds - seconds) }
  /// Seconds between two moments.
  public static func - (a: Timestamp, b: Timestamp) -> Int64 { a.seconds - b.seconds }
}

extension Timestamp {
  /// The date in UTC; that of a zone is the one of `self + offset`.
  public var utcDate: CivilDate { CivilDate(daysSinceEpoch: seconds.floorDivided(by: secondsPerDay)) }

  /// Seconds since midnight in UTC, 0..<86 400.
  public var secondOfDay: Int64 { seconds - seconds.floorDivided(by: secondsPerDay) * secondsPerDay }
}

extension Timestamp: CustomStringConvertible {
  /// ISO 8601 in UTC: `2026-05-26T12:00:00Z`.
  public var description: String { "\(utcDate)T\(clockTime)Z" }

  /// The `Date` field's value in UTC (RFC 5322 section 3.3): `Tue, 26 May 2026 12:00:00 +0000`.
  public var rfc5322: String {
    let date = utcDate
    let weekday = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][date.weekday.isoNumber - 1]
    return "\(weekday), \(date.day) \(Timestamp.months[date.month - 1]) \(date.year) \(clockTime) +0000"
  }

  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// Reads a date-time of a mail's header (RFC 5322 section 3.3), with or without the day's name and the seconds, whatever
  /// stands behind the zone; nil for anything else, names of zones other than GMT, UT and UTC included.
  public init?(rfc5322 text: String) {
    var words = text.prefix(100).split { " \t,".contains($0) }.map(String.init)
    if let first = words.first, first.first?.isLetter == true { words.removeFirst() }
    guard words.count >= 5, let day = Int(words[0]), (1...31).contains(day),
      let month = Timestamp.months.firstIndex(where: { $0.lowercased() == words[1].lowercased() }),
      let year = Int(words[2]), (1970...9999).contains(year)
    else { return nil }
    let clock = words[3].split(separator: ":", omittingEmptySubsequences: false).map { Int64($0) ?? -1 }
    guard (2...3).contains(clock.count), (0...23).contains(clock[0]), (0...59).contains(clock[1]),
      clock.count == 2 || (0...60).contains(clock[2])
    else { return nil }
    var offset: Int64 = 0
    let zone = words[4].uppercased()
    if zone.count == 5, let sign = zone.first, sign == "+" || sign == "-", let digits = Int64(zone.dropFirst()),
      digits >= 0
    {
      offset = (digits / 100 * 3600 + digits % 100 * 60) * (sign == "-" ? -1 : 1)
    } else if !["GMT", "UT", "UTC", "Z"].contains(zone) {
      return nil
    }
    let midnight = CivilDate(year: year, month: month + 1, day: day).midnight
    self = midnight + (clock[0] * 3600 + clock[1] * 60 + (clock.count == 3 ? clock[2] : 0) - offset)
  }

  /// `12:00:00`, in UTC.
  private var clockTime: String {
    let time = secondOfDay
    return "\(padded(time / 3600)):\(padded(time / 60 % 60)):\(padded(time % 60))"
  }

  /// Reads ISO 8601 in UTC: `2026-05-26`, `2026-05-26 12:00:00` or `2026-05-26T12:00:00[.fff][Z|+00:00]`; nil for
  /// anything else. This is also how SQLite's own date functions and Django write a moment.
  public init?(iso8601 text: String) {
    var reader = MomentReader(rest: text.utf8[...])
    guard let date = reader.date() else { return nil }
    var time: Int64 = 0
    if reader.skip("T ") {
      guard let found = reader.timeOfDay(), reader.isAtUTC else { return nil }
      time = found
    } else if !reader.rest.isEmpty {
      return nil
    }
    self.init(date.daysSinceEpoch * secondsPerDay + time)
  }
}

/// Reads a moment from the front of a text, octet by octet: a digit of another script is no digit here.
private struct MomentReader {
  /// What is not read yet.
  private(set) var rest: Substring.UTF8View

  /// Takes the next octet, if it is one of these.
  mutating func skip(_ allowed: String) -> Bool {
    guard let first = rest.first, allowed.utf8.contains(first) else { return false }
    rest = rest.dropFirst()
    return true
  }

  /// Takes exactly so many digits.
  private mutating func number(_ digits: Int) -> Int64? {
    guard rest.count >= digits else { return nil }
    var value: Int64 = 0
    for byte in rest.prefix(digits) {
      guard byte >= 48, byte <= 57 else { return nil }
      value = value * 10 + Int64(byte - 48)
    }
    rest = rest.dropFirst(digits)
    return value
  }

  /// `2026-05-26`; nil for a day that the month does not have, since it would come back as another one.
  mutating func date() -> CivilDate? {
    guard let year = number(4), skip("-"), let month = number(2), skip("-"), let day = number(2),
      (1...12).contains(month), (1...31).contains(day)
    else { return nil }
    let date = CivilDate(year: Int(year), month: Int(month), day: Int(day))
    return CivilDate(daysSinceEpoch: date.daysSinceEpoch) == date ? date : nil
  }

  /// `12:00`, `12:00:00` or `12:00:00.123` in seconds since midnight; fractions are passed over. A leap second, `:60`,
  /// counts as the second behind it.
  mutating func timeOfDay() -> Int64? {
    guard let hour = number(2), skip(":"), let minute = number(2), hour < 24, minute < 60 else { return nil }
    guard skip(":") else { return hour * 3600 + minute * 60 }
    guard let second = number(2), second < 61 else { return nil }
    if skip(".") { while let byte = rest.first, byte >= 48, byte <= 57 { rest = rest.dropFirst() } }
    return hour * 3600 + minute * 60 + second
  }

  /// True if nothing is left but a zone that is UTC; no zone counts as UTC, another one is never reckoned.
  var isAtUTC: Bool { ["", "Z", "+00", "+00:00", "+0000"].contains(String(rest)) }
}
