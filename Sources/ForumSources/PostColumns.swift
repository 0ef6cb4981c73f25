import Forum
import SQL

/// A post, for `posts`, `posts_after`, `posts_within` and `pending`. Without a column `ordinal` its id is the ordinal,
/// and without `number` its id is what readers call it.
struct PostColumns {
  private let id, ordinal, thread, discussion: Int
  private let body, state, created: Int
  private let number, parent, author, authorName, subject, format, language, visibleAt, urgent, url: Int?

  init(_ columns: Columns) throws {
    id = try columns.required("id")
    ordinal = columns["ordinal"] ?? id
    thread = try columns.required("thread")
    discussion = try columns.required("discussion")
    body = try columns.required("body")
    state = try columns.required("state")
    created = try columns.required("created_at")
    number = columns["number"]
    parent = columns["parent"]
    author = columns["author"]
    authorName = columns["author_name"]
    subject = columns["subject"]
    format = columns["format"]
    language = columns["language"]
    visibleAt = columns["visible_at"]
    urgent = columns["urgent"]
    url = columns["url"]
  }

  /// A post without id, ordinal, state or time is refused: it might be one that nobody approved (rule F3).
  func post(_ row: any Row) throws -> Post {
    let key = row.text(id)
    guard let visibility: Visibility = try row.choice(state), let createdAt = try row.moment(created),
      let ordinal = try row.ordinal(ordinal), !key.isEmpty
    else {
      throw ForumError(.row, "post \(key) has no id, ordinal, state or time")
    }
    return Post(
      key: key, ordinal: ordinal, threadKey: row.text(thread), discussionKey: row.text(discussion),
      number: row.text(number) ?? key, parentKey: row.text(parent), authorKey: row.text(author),
      authorName: row.text(authorName) ?? "", subject: row.text(subject) ?? "", body: row.text(body),
      format: try row.choice(format) ?? .plain, language: row.text(language), visibility: visibility,
      createdAt: createdAt, visibleAt: try row.moment(visibleAt), isUrgent: try row.flag(urgent) ?? false,
      url: row.text(url))
  }
}
