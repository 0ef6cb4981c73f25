import Time

/// How a table keeps a person's choices; the embedded forum's and the ledger's have the same columns, and a NULL in one
/// is a choice that was not made.
extension Preferences {
  /// The names of the columns, in the order of `columnValues`.
  package static let columnNames = [
    "mode", "digest_period", "digest_hour", "digest_weekday", "digest_style", "digest_format", "zone", "language",
    "text_only", "own_posts", "paused_until",
  ]

  /// What stands in the columns, in the order of `columnNames`: raw values, ISO weekdays, 0 and 1, seconds since 1970.
  ///
  /// This module knows no database: the caller says what a text and a number are there.
  package func columnValues<Value>(_ text: (String?) -> Value, _ number: (Int64?) -> Value) -> [Value] {
    [
      text(mode?.rawValue), text(digestPeriod?.rawValue), number(digestHour.map(Int64.init)),
      number(digestWeekday.map { Int64($0.isoNumber) }), text(digestStyle?.rawValue), text(digestFormat?.rawValue),
      text(zone), text(language?.rawValue), number(textOnly.map { $0 ? 1 : 0 }), number(ownPosts.map { $0 ? 1 : 0 }),
      number(pausedUntil?.seconds),
    ]
  }

  /// Reads what `columnValues` wrote. What cannot be read was written by somebody else, and is nobody's choice.
  /// - Parameters:
  ///   - text, number: the value of the column at a place of `columnNames`; nil for NULL.
  package init(text: (Int) -> String?, number: (Int) -> Int64?) {
    self.init()
    mode = text(0).flatMap(Mode.init)
    digestPeriod = text(1).flatMap(DigestPeriod.init)
    digestHour = number(2).flatMap(Int.init(exactly:))
    digestWeekday = number(3).flatMap(Int.init(exactly:)).flatMap(Weekday.init(isoNumber:))
    digestStyle = text(4).flatMap(DigestStyle.init)
    digestFormat = text(5).flatMap(DigestFormat.init)
    zone = text(6)
    language = text(7).flatMap(Language.init(tag:))
    textOnly = number(8).map { $0 != 0 }
    ownPosts = number(9).map { $0 != 0 }
    pausedUntil = number(10).map(Timestamp.init)
  }

  /// The columns in which these choices differ from others, with the values that they have here.
  package func changedColumns<Value: Equatable>(
    since other: Preferences, _ text: (String?) -> Value, _ number: (Int64?) -> Value
  ) -> [(name: String, value: Value)] {
    zip(Self.columnNames, zip(other.columnValues(text, number), columnValues(text, number))).compactMap {
      name, values in
      values.0 == values.1 ? nil : (name, values.1)
    }
  }
}
