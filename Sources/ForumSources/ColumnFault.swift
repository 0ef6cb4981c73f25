import SQL
import Text

/// A value that its column cannot have: why a row cannot be read. Whose row it is, adds whoever asked for it.
struct ColumnFault: Error {
  let column: String
  /// On one line, and short.
  let value: String
  let complaint: String

  /// - Parameter complaint: behind value and column: `is no moment in UTC`.
  init(_ row: any Row, _ column: Int, _ complaint: String) {
    self.column = row.columns[column]
    value = row.isNull(column) ? "NULL" : row.text(column).singleLine(limit: 100)
    self.complaint = complaint
  }
}
