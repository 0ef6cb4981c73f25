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
}
