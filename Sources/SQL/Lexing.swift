/// The end of a literal, quoted identifier or comment that begins at `start`: text in which `$1`, `:name` and `{name}`
/// mean nothing. Nil if none begins there; the end of the text for one that never ends.
package func endOfOpaqueText(_ sql: [UInt8], from start: Int) -> Int? {
  let second = start + 1 < sql.count ? sql[start + 1] : 0
  switch (sql[start], second) {
  case (UInt8(ascii: "'"), _), (UInt8(ascii: "\""), _):
    return sql[(start + 1)...].firstIndex(of: sql[start]).map { $0 + 1 } ?? sql.count
  case (UInt8(ascii: "-"), UInt8(ascii: "-")):
    return sql[start...].firstIndex(of: UInt8(ascii: "\n")) ?? sql.count
  case (UInt8(ascii: "/"), UInt8(ascii: "*")):
    var at = start + 2
    while at + 1 < sql.count {
      if sql[at] == UInt8(ascii: "*"), sql[at + 1] == UInt8(ascii: "/") { return at + 2 }
      at += 1
    }
    return sql.count
  default: return nil
  }
}
