import Forum
import SQL

/// A note that somebody's preferences or watches changed, for the question `changes`.
struct ChangeColumns: RowReader {
  static let subject = RowFault.Subject.participant
  static let names = ["mark", "participant"]

  private let mark, participant: Int

  init(_ columns: Columns) throws {
    mark = try columns.required("mark")
    participant = try columns.required("participant")
  }

  func key(_ row: any Row) -> String { row.text(participant) }

  /// The mark is what the next question begins after: without one the same changes would come for ever.
  func read(_ row: any Row) throws -> (mark: Int64, participant: String) {
    guard let number = try row.number(mark) else { throw ColumnFault(row, mark, "must be a whole number") }
    return (number, try row.requiredKey(participant))
  }
}
