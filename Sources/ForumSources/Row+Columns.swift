import Forum
import SQL
import Time

/// What a foreign forum's columns may hold, read without guessing. Each reader gives nil for a column that is left out
/// and for NULL, and throws a `ForumError` of kind `row` that names value and column for what it cannot mean.
extension Row {
  /// A text.
  func text(_ column: Int?) -> String? {
    guard let column, !isNull(column) else { return nil }
    return text(column)
  }

  /// A whole number, kept as one or written as one; never the digits that a text happens to open with (`9f3a…`).
  func number(_ column: Int?) throws(ForumError) -> Int64? {
    guard let column, !isNull(column) else { return nil }
    if let number = wholeNumber(column) { return number }
    let text = text(column)
    if let number = Int64(text) { return number }
    throw ForumError(.row, "`\(text)` in column `\(columns[column])` is no whole number")
  }

  /// Where a post stands in the order of posts.
  func ordinal(_ column: Int) throws(ForumError) -> Int64? {
    do {
      return try number(column)
    } catch {
      throw ForumError(.row, "\(error.description); name a column `ordinal` that is, and grows with every post")
    }
  }

  /// SQLite writes 0 and 1, PostgreSQL `t` and `f`. Anything else is not guessed at: a mute read as none would mail.
  func flag(_ column: Int?) throws -> Bool? {
    guard let column, !isNull(column) else { return nil }
    if let number = wholeNumber(column) { return number != 0 }
    switch text(column).lowercased() {
    case "t", "true", "y", "yes", "on": return true
    case "f", "false", "n", "no", "off", "": return false
    case let other:
      guard let number = Int64(other) else {
        throw ForumError(.row, "`\(other)` in column `\(columns[column])` is neither true nor false")
      }
      return number != 0
    }
  }

  /// Seconds since 1970, or ISO 8601 in UTC, as the forum writes it; within the years 1 to 9999, for which every
  /// calculation with it holds.
  /// - Parameter endless: what is far beyond means never, and is the last moment of the year 9999. What would be
  ///   milliseconds of those years is refused all the same.
  func moment(_ column: Int?, endless: Bool = false) throws -> Timestamp? {
    guard let column, !isNull(column) else { return nil }
    guard let seconds = wholeNumber(column) ?? seconds(text(column)) else {
      throw ForumError(.row, "`\(text(column))` in column `\(columns[column])` is no moment in UTC")
    }
    if calendar.contains(seconds) { return Timestamp(seconds) }
    if endless, seconds > calendar.upperBound * 1000 + 999 { return Timestamp(calendar.upperBound) }
    throw ForumError(
      .row,
      "`\(text(column))` in column `\(columns[column])` is not within the years 1 to 9999; numbers are seconds since "
        + "1970, not milliseconds")
  }

  /// A fraction is cut off; a number beyond what seconds can be counts as far away.
  private func seconds(_ text: String) -> Int64? {
    if let seconds = Int64(text) { return seconds }
    if let seconds = Double(text), !seconds.isNaN { return Int64(min(max(seconds, -9e18), 9e18)) }
    return Timestamp(iso8601: text)?.seconds
  }

  /// One of a closed list by its raw value; an empty text is as good as NULL.
  func choice<T: RawRepresentable & CaseIterable>(_ column: Int?) throws -> T? where T.RawValue == String {
    guard let column, !isNull(column) else { return nil }
    let text = text(column)
    if text.isEmpty { return nil }
    guard let value = T(rawValue: text) else {
      let known = T.allCases.map(\.rawValue).joined(separator: ", ")
      throw ForumError(.row, "`\(text)` in column `\(columns[column])` is none of: \(known)")
    }
    return value
  }
}

/// From the first second of the year 1 to the last of 9999.
private let calendar: ClosedRange<Int64> = -62_135_596_800...253_402_300_799
