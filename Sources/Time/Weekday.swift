/// A day of the week, as the configuration writes it.
public enum Weekday: String, Codable, Hashable, Sendable, CaseIterable {
  case monday, tuesday, wednesday, thursday, friday, saturday, sunday

  /// The day of a number of ISO 8601; nil for a number outside 1...7.
  public init?(isoNumber: Int) {
    guard (1...7).contains(isoNumber) else { return nil }
    self = Weekday.allCases[isoNumber - 1]
  }

  /// The day of `1` to `7`, or of its English name; nil for any other text.
  public init?(numberOrName text: String) {
    guard let day = Int(text).flatMap(Weekday.init(isoNumber:)) ?? Weekday(rawValue: text.lowercased()) else {
      return nil
    }
    self = day
  }

  /// ISO 8601: 1 is Monday, 7 is Sunday. Databases keep this number.
  public var isoNumber: Int {
    switch self {
    case .monday: 1
    case .tuesday: 2
    case .wednesday: 3
    case .thursday: 4
    case .friday: 5
    case .saturday: 6
    case .sunday: 7
    }
  }
}
