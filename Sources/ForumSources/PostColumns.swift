import Forum
import SQL

/// A post, for `posts`, `posts_after`, `posts_within` and `pending`. Without a column `ordinal` its id is the ordinal,
/// and without `number` its id is what readers call it.
struct PostColumns: RowReader {
  static let subject = RowFault.Subject.post
  static let names = [
    "id", "ordinal", "thread", "discussion", "body", "state", "created_at", "number", "parent", "author", "author_name",
    "subject", "format", "language", "visible_at", "urgent", "url",
  ]

  /// What `StandingQuery` calls the size of a body; no query of a mapping has a column of that name.
  static let bodyOctets = "octets of body"

  private let id, ordinal, thread, discussion: Int
  private let state, created: Int
  private let body, number, parent, author, authorName, subject, format, language, visibleAt, urgent, url: Int?
  private let octets: Int?
  private let times: LocalTimes?

  init(_ columns: Columns) throws {
    id = try columns.required("id")
    times = columns.times
    ordinal = columns["ordinal"] ?? id
    thread = try columns.required("thread")
    discussion = try columns.required("discussion")
    // Where posts are only counted in, their bodies are not asked for.
    body = columns["body"]
    octets = columns[PostColumns.bodyOctets]
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

  func key(_ row: any Row) -> String { row.text(id) }

  func ordinal(_ row: any Row) -> Int64? { try? row.requiredOrdinal(ordinal) }

  /// A post of which it is not known where it stands or whether it may be seen is refused: it might be one that nobody
  /// approved (rule F3).
  func read(_ row: any Row) throws -> Post {
    let key = try row.requiredKey(id)
    var post = Post(
      key: key, ordinal: try row.requiredOrdinal(ordinal), threadKey: try row.requiredKey(thread),
      discussionKey: try row.requiredKey(discussion), number: row.text(number) ?? key, parentKey: row.text(parent),
      authorKey: row.text(author), authorName: row.text(authorName) ?? "", subject: row.text(subject) ?? "",
      body: try body.map(row.requiredText) ?? "", format: try row.choice(format) ?? .plain,
      language: row.text(language), visibility: try row.requiredChoice(state),
      createdAt: try row.requiredMoment(created, times), visibleAt: try row.moment(visibleAt, times),
      isUrgent: try row.flag(urgent) ?? false, url: row.text(url))
    post.bodyOctets = try row.number(octets).map(Int.init(clamping:))
    return post
  }
}
