import Forum
import SQL

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

struct DiscussionColumns {
  private let id, title: Int
  private let slug, url, opensAt, closesAt: Int?

  init(_ columns: Columns) throws {
    id = try columns.required("id")
    title = try columns.required("title")
    slug = columns["slug"]
    url = columns["url"]
    opensAt = columns["opens_at"]
    closesAt = columns["closes_at"]
  }

  func discussion(_ row: any Row) throws -> Discussion {
    let key = row.text(id)
    return Discussion(
      key: key, title: row.text(title), slug: row.text(slug) ?? "", url: row.text(url),
      opensAt: try row.moment(opensAt), closesAt: try row.moment(closesAt, endless: true))
  }
}
