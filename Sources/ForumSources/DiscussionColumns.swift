import Forum
import SQL

/// A discussion, for `discussions` and `closing`. It may close at the end of time, which foreign forums write in many
/// ways.
struct DiscussionColumns: RowReader {
  static let subject = RowFault.Subject.discussion
  static let names = ["id", "title", "slug", "url", "opens_at", "closes_at", "closed"]

  private let id, title: Int
  private let slug, url, opensAt, closesAt, closed: Int?
  private let times: LocalTimes?

  init(_ columns: Columns) throws {
    id = try columns.required("id")
    times = columns.times
    title = try columns.required("title")
    slug = columns["slug"]
    url = columns["url"]
    opensAt = columns["opens_at"]
    closesAt = columns["closes_at"]
    closed = columns["closed"]
  }

  func key(_ row: any Row) -> String { row.text(id) }

  func read(_ row: any Row) throws -> Discussion {
    Discussion(
      key: try row.requiredKey(id), title: try row.requiredText(title), slug: row.text(slug) ?? "", url: row.text(url),
      opensAt: try row.moment(opensAt, times), closesAt: try row.moment(closesAt, times, endless: true),
      isClosed: try row.flag(closed) ?? false)
  }
}
