import Forum
import SQL

/// A watch with what it is on, for the question `watches`.
struct ListedWatchColumns {
  private let watch: WatchColumns
  private let target: Int
  private let title: Int?

  init(_ columns: Columns) throws {
    watch = try WatchColumns(columns)
    target = try columns.required("target")
    title = columns["title"]
  }

  /// What stands as the target of a watch on everything (the embedded forum has 0 there) means nothing and is left out.
  func watch(_ row: any Row) throws -> ListedWatch {
    guard let watch = try watch.watch(row) else { throw ForumError(.row, "a watch has no scope") }
    return ListedWatch(
      watch: watch, target: watch.scope == .everything ? "" : row.text(target), title: row.text(title) ?? "")
  }
}
