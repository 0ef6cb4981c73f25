import Forum
import SQL

/// A watch with what it is on, for the question `watches`.
struct ListedWatchColumns: RowReader {
  static let subject = RowFault.Subject.participant
  static let names = ["target", "title"] + WatchColumns.names

  private let watch: WatchColumns
  private let scope, target: Int
  private let title: Int?

  init(_ columns: Columns) throws {
    watch = try WatchColumns(columns)
    scope = try columns.required("scope")
    target = try columns.required("target")
    title = columns["title"]
  }

  /// The rows are all of the person who was asked about.
  func key(_ row: any Row) -> String { "" }

  /// What stands as the target of a watch on everything (the embedded forum has 0 there) means nothing and is left out.
  func read(_ row: any Row) throws -> ListedWatch {
    guard let watch = try watch.watch(row) else { throw ColumnFault(row, scope, "must be a scope") }
    return ListedWatch(
      watch: watch, target: watch.scope == .everything ? "" : try row.requiredKey(target),
      title: row.text(title) ?? "")
  }
}
