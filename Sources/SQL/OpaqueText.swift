/// Text within SQL in which `$1`, `:name` and `{name}` mean nothing: literals, quoted identifiers and comments.
package enum OpaqueText {
  /// The end of the opaque text that begins at `start`, as the index behind it.
  ///
  /// A doubled quote (`'it''s'`) is read as two literals in a row, which comes to the same. PostgreSQL's dollar quotes
  /// and its `E'…\'…'` are not known here: a mapping that uses them may be told of a parameter that is none, but no
  /// value ever becomes SQL by it.
  /// - Returns: nil if none begins there; the end of the whole for one that never ends, which the database refuses.
  package static func end(in sql: [UInt8], from start: Int) -> Int? {
    let second = start + 1 < sql.count ? sql[start + 1] : 0
    switch (sql[start], second) {
    case (UInt8(ascii: "'"), _), (UInt8(ascii: "\""), _):
      return sql[(start + 1)...].firstIndex(of: sql[start]).map { $0 + 1 } ?? sql.count
    case (UInt8(ascii: "-"), UInt8(ascii: "-")):
      return sql[start...].firstIndex(of: UInt8(ascii: "\n")) ?? sql.count
    case (UInt8(ascii: "/"), UInt8(ascii: "*")):
      // From behind the opening, lest `/*/` count as a whole comment.
      var at = start + 2
      while at + 1 < sql.count {
        if sql[at] == UInt8(ascii: "*"), sql[at + 1] == UInt8(ascii: "/") { return at + 2 }
        at += 1
      }
      return sql.count
    default: return nil
    }
  }
}
