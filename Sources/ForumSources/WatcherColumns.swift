import Forum
import SQL

/// A participant with one of their watches, for the questions `watchers` and `watchers_among`.
struct WatcherColumns: RowReader {
  static let subject = RowFault.Subject.participant
  static let names = ["participant"] + ParticipantColumns.choices + WatchColumns.names

  private let participant: ParticipantColumns
  private let watch: WatchColumns

  init(_ columns: Columns) throws {
    participant = try ParticipantColumns(columns, id: "participant")
    watch = try WatchColumns(columns)
  }

  func key(_ row: any Row) -> String { participant.key(row) }

  /// A person without a watch that bears on the thread has a row whose scope is NULL.
  func read(_ row: any Row) throws -> (participant: Participant, watch: Watch?) {
    (try participant.read(row), try watch.watch(row))
  }
}
