import Forum
import SQL

/// A note that somebody's preferences or watches changed, for the question `changes`.
struct ChangeColumns {
  private let mark, participant: Int

  init(_ columns: Columns) throws {
    mark = try columns.required("mark")
    participant = try columns.required("participant")
  }

  /// The mark is what the next question begins after: without one the same changes would come for ever.
  func change(_ row: any Row) throws -> (mark: Int64, participant: String) {
    guard let mark = try row.number(mark) else { throw ForumError(.row, "a change has no mark") }
    return (mark, row.text(participant))
  }
}
