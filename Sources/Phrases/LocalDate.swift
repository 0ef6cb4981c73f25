import Time

/// Writes moments as the readers of a language do, in their own time zone.
///
/// The names and the order come from the language's catalogue, not from the system's locale data: so a mail reads alike
/// on every machine, and the month names are those that the United Nations uses.
public struct LocalDate: Sendable {
  /// With `{day}`, `{month}`, `{year}`, `{time}` and `{zone}`, each once at least: the catalogue saw to that.
  private let pattern: PhraseText
  /// Likewise with `{day}`, `{month}` and `{time}`.
  private let shortPattern: PhraseText
  /// Twelve, January first.
  private let months: [String]
  /// Likewise, for dates without a year.
  private let shortMonths: [String]
  /// What stands for the first of a month: `1er` in French, `1` in most.
  private let dayOne: String

  /// - Parameter words: a catalogue that was read without a mistake.
  public init(_ words: Catalogue) {
    pattern = words[.date]
    shortPattern = words[.dateShort]
    months = words.months
    shortMonths = words.shortMonths
    dayOne = words.plain(.dayOne)
  }

  /// `26 May 2026, 15:00 (UTC+3)`
  /// - Parameter offset: seconds east of UTC.
  public func text(_ moment: Timestamp, offset: Int) -> String { filled(pattern, months, moment, offset) }

  /// `26 May, 15:00`, where year and zone are said elsewhere.
  public func shortText(_ moment: Timestamp, offset: Int) -> String {
    filled(shortPattern, shortMonths, moment, offset)
  }

  private func filled(_ pattern: PhraseText, _ months: [String], _ moment: Timestamp, _ offset: Int) -> String {
    let local = moment + Int64(offset)
    let date = local.utcDate
    let minutes = local.secondOfDay / 60
    return pattern.filled([
      "day": date.day == 1 ? dayOne : String(date.day),
      "month": months[date.month - 1],
      "year": String(date.year),
      "time": "\(padded(minutes / 60)):\(padded(minutes % 60))",
      "zone": Self.zoneName(offset),
    ])
  }

  /// `UTC`, `UTC+3`, `UTC−4:30`
  public static func zoneName(_ offset: Int) -> String {
    let minutes = Int64(abs(offset)) / 60
    if minutes == 0 { return "UTC" }
    let sign = offset < 0 ? "−" : "+"
    return "UTC\(sign)\(minutes / 60)" + (minutes % 60 == 0 ? "" : ":\(padded(minutes % 60))")
  }
}
