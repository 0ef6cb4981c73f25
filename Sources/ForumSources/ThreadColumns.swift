import Forum
import SQL

/// A thread, for the question `threads`.
struct ThreadColumns: RowReader {
  static let subject = RowFault.Subject.thread
  static let names = ["id", "discussion", "title", "theme", "url", "closed", "first_post"]

  private let id, discussion, title: Int
  private let theme, url, closed, firstPost: Int?

  init(_ columns: Columns) throws {
    id = try columns.required("id")
    discussion = try columns.required("discussion")
    title = try columns.required("title")
    theme = columns["theme"]
    url = columns["url"]
    closed = columns["closed"]
    firstPost = columns["first_post"]
  }

  func key(_ row: any Row) -> String { row.text(id) }

  func read(_ row: any Row) throws -> Thread {
    Thread(
      key: try row.requiredKey(id), discussionKey: try row.requiredKey(discussion),
      title: try row.requiredText(title), theme: row.text(theme), url: row.text(url),
      isClosed: try row.flag(closed) ?? false, firstPostKey: row.text(firstPost))
  }
}
