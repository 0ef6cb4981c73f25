import SQL
import Time

/// What a foreign forum's columns may hold, read without guessing. A reader of an optional column gives nil for one that
/// is left out, for NULL and for an empty text, which is what an empty field of a form becomes (rule E1). Each throws a
/// `ColumnFault` for what it cannot mean.
extension Row {
  /// A text that may be missing.
  func text(_ column: Int?) -> String? {
    guard let column, !isNull(column) else { return nil }
    let text = text(column)
    return text.isEmpty ? nil : text
  }

  /// A text that must be there; it may be empty.
  func requiredText(_ column: Int) throws(ColumnFault) -> String {
    if isNull(column) { throw ColumnFault(self, column, "must be a text") }
    return text(column)
  }

  /// The name of a row in the forum's own database.
  func requiredKey(_ column: Int) throws(ColumnFault) -> String {
    guard let key = text(Optional(column)) else { throw ColumnFault(self, column, "must be a key") }
    return key
  }

  /// A whole number, kept as one or written as one; never the digits that a text happens to open with (`9f3a…`).
  func number(_ column: Int?) throws(ColumnFault) -> Int64? {
    guard let column, !isNull(column) else { return nil }
    if let number = wholeNumber(column) { return number }
    guard let text = text(Optional(column)) else { return nil }
    if let number = Int64(text) { return number }
    throw ColumnFault(self, column, "is no whole number")
  }

  /// How many octets a file has.
  func size(_ column: Int?) throws(ColumnFault) -> Int? {
    guard let column, let number = try number(column) else { return nil }
    guard number >= 0 else { throw ColumnFault(self, column, "is no number of octets") }
    return Int(number)
  }

  /// Where a post stands in the order of posts.
  func requiredOrdinal(_ column: Int) throws(ColumnFault) -> Int64 {
    do {
      if let ordinal = try number(column) { return ordinal }
    } catch {
      throw ColumnFault(self, column, "is no whole number; name a column `ordinal` that is, and grows with every post")
    }
    throw ColumnFault(self, column, "must be a whole number that grows with every post")
  }

  /// SQLite writes 0 and 1, PostgreSQL `t` and `f`. Anything else is not guessed at: a mute read as none would mail.
  func flag(_ column: Int?) throws(ColumnFault) -> Bool? {
    guard let column, !isNull(column) else { return nil }
    if let number = wholeNumber(column) { return number != 0 }
    guard let text = text(Optional(column)) else { return nil }
    if let number = Int64(text) { return number != 0 }
    switch text.lowercased() {
    case "t", "true", "y", "yes", "on": return true
    case "f", "false", "n", "no", "off": return false
    default: throw ColumnFault(self, column, "is neither true nor false")
    }
  }

  /// A flag that decides whether somebody may be mailed at all: where the query has the column, each row says yes or no.
  /// A 2 may be a state of the forum's own, such as banned.
  func strictFlag(_ column: Int?, otherwise: Bool) throws(ColumnFault) -> Bool {
    guard let column else { return otherwise }
    if let number = wholeNumber(column), 0...1 ~= number { return number == 1 }
    guard let flag = try flag(column), wholeNumber(column) == nil, Int64(text(column)).map({ 0...1 ~= $0 }) ?? true
    else {
      throw ColumnFault(self, column, "must be 0 or 1; let the query say what it means")
    }
    return flag
  }

  /// Seconds since 1970, or ISO 8601, as the forum writes it; within the years 1 to 9999, for which every calculation
  /// with it holds.
  /// - Parameters:
  ///   - times: where a text without an offset is not in UTC.
  ///   - endless: what is far beyond means never, and is the last moment of the year 9999. What would be milliseconds of
  ///     those years is refused all the same.
  func moment(_ column: Int?, _ times: LocalTimes?, endless: Bool = false) throws(ColumnFault) -> Timestamp? {
    guard let column, !isNull(column) else { return nil }
    var known = wholeNumber(column)
    if known == nil {
      guard let text = text(Optional(column)) else { return nil }
      known = seconds(text, times)
    }
    guard let seconds = known else { throw ColumnFault(self, column, "is no moment in UTC") }
    if calendar.contains(seconds) { return Timestamp(seconds) }
    if endless, seconds > calendar.upperBound * 1000 + 999 { return Timestamp(calendar.upperBound) }
    throw ColumnFault(
      self, column, "is not within the years 1 to 9999; numbers are seconds since 1970, not milliseconds")
  }

  /// A moment that must be there.
  func requiredMoment(_ column: Int, _ times: LocalTimes?) throws(ColumnFault) -> Timestamp {
    guard let moment = try moment(column, times) else { throw ColumnFault(self, column, "must be a moment in UTC") }
    return moment
  }

  /// A fraction is cut off; a number beyond what seconds can be counts as far away.
  private func seconds(_ text: String, _ times: LocalTimes?) -> Int64? {
    if let seconds = Int64(text) { return seconds }
    if let seconds = Double(text), !seconds.isNaN { return Int64(min(max(seconds, -9e18), 9e18)) }
    guard let read = Timestamp(iso8601: text)?.seconds else { return nil }
    guard let times, !text.utf8.dropFirst(10).contains(where: { "Z+-".utf8.contains($0) }) else { return read }
    return times.seconds(local: read)
  }

  /// One of a closed list by its raw value.
  func choice<T: RawRepresentable & CaseIterable>(_ column: Int?) throws(ColumnFault) -> T? where T.RawValue == String {
    guard let text = text(column), let column else { return nil }
    guard let value = T(rawValue: text) else {
      let known = T.allCases.map(\.rawValue).joined(separator: ", ")
      throw ColumnFault(self, column, "is none of: \(known)")
    }
    return value
  }

  /// One of a closed list, which must be there.
  func requiredChoice<T: RawRepresentable & CaseIterable>(_ column: Int) throws(ColumnFault) -> T
  where T.RawValue == String {
    if let value: T = try choice(column) { return value }
    let known = T.allCases.map(\.rawValue).joined(separator: ", ")
    throw ColumnFault(self, column, "must be one of: \(known)")
  }
}

/// From the first second of the year 1 to the last of 9999.
private let calendar: ClosedRange<Int64> = -62_135_596_800...253_402_300_799
