import Forum
import SQL

/// A participant with one of their watches, for the questions `watchers` and `watchers_among`.
struct WatcherColumns {
  private let participant: ParticipantColumns
  private let watch: WatchColumns

  init(_ columns: Columns) throws {
    participant = try ParticipantColumns(columns, id: "participant")
    watch = try WatchColumns(columns)
  }

  /// A person without a watch that bears on the thread has a row whose scope is NULL.
  func watcher(_ row: any Row) throws -> (participant: Participant, watch: Watch?) {
    (try participant.participant(row), try watch.watch(row))
  }
}
