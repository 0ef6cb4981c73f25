import Forum
import SQL

/// A thread, for the question `threads`.
struct ThreadColumns {
  private let id, discussion, title: Int
  private let theme, url: Int?

  init(_ columns: Columns) throws {
    id = try columns.required("id")
    discussion = try columns.required("discussion")
    title = try columns.required("title")
    theme = columns["theme"]
    url = columns["url"]
  }

  func thread(_ row: any Row) throws -> Thread {
    Thread(
      key: row.text(id), discussionKey: row.text(discussion), title: row.text(title), theme: row.text(theme),
      url: row.text(url))
  }
}
