import Forum
import ForumSources
import SQL
import Time

extension Board {
  /// The discussions that somebody may read, the newest first. Of more than a thousand the oldest are not listed.
  /// - Parameter page: from 1.
  public func discussions(for reader: Reader, page: Int = 1) throws -> Page<DiscussionSummary> {
    try look(reader) { view in
      let (size, number) = (limits.discussions, max(page, 1))
      let readable = try view.readableDiscussions().dropFirst((number - 1) * size).prefix(size + 1)
      let found = Page(readable.map { DiscussionSummary(entry: $0) }, number: number, size: size)
      return Page(try view.counted(found.elements), number: number, size: size, hasNext: found.hasNext)
    }
  }

  /// One discussion; nil if it is not there, or the reader may not read it.
  public func discussion(_ key: String, for reader: Reader) throws -> DiscussionEntry? {
    try look(reader) { try $0.discussion(key) }
  }

  /// The discussion with a slug, in whatever case; nil as above.
  public func discussion(slug: String, for reader: Reader) throws -> DiscussionEntry? {
    if slug.isEmpty { return nil }
    return try look(reader) {
      try $0.discussions("WHERE lower(d.slug) = lower($2) AND d.slug <> ''", [.text(slug)]).first
    }
  }

  /// The names of those who moderate a discussion, as members or by a role; nil if the reader may not read it.
  public func moderators(of key: String, for reader: Reader) throws -> [String]? {
    try look(reader) { view in
      guard let entry = try view.discussion(key), let id = Int64(entry.discussion.key) else { return nil }
      return try view.connection.query(
        """
        SELECT a.name FROM participant a WHERE a.active = 1 AND a.confirmed = 1 AND a.id IN (
          SELECT participant FROM member WHERE discussion = $1 AND moderates = 1
          UNION SELECT h.participant FROM discussion_role r JOIN participant_role h ON h.role = r.role
            WHERE r.discussion = $1 AND r.moderates = 1)
        ORDER BY a.name, a.id LIMIT 50
        """, [.integer(id)]
      ) { $0.text(0) }
    }
  }
}

extension Page {
  init(_ elements: [Element], number: Int, size: Int, hasNext: Bool) {
    (self.elements, self.number, self.hasNext) = (elements, number, hasNext)
  }
}

extension BoardView {
  /// How many discussions are looked at to find those that somebody may read.
  private static let discussionWindow = 1000

  static let discussionColumns = "d.id, d.title, d.slug, d.url, d.opens_at, d.closes_at, d.closed"
  /// How many they are.
  static let discussionColumnCount = 7

  /// What `discussionColumns` and `RightsColumns` have, one after the other.
  static func entry(_ row: any Row, from column: Int) -> DiscussionEntry {
    let (access, rights) = RightsColumns.read(row, from: column + discussionColumnCount)
    return DiscussionEntry(
      discussion: Discussion(
        key: row.text(column), title: row.text(column + 1), slug: row.text(column + 2),
        url: row.optionalText(column + 3), opensAt: row.optionalInteger(column + 4).map(Timestamp.init),
        closesAt: row.optionalInteger(column + 5).map(Timestamp.init), isClosed: row.integer(column + 6) != 0),
      access: access, rights: rights)
  }

  /// The discussions that the reader may read.
  /// - Parameters:
  ///   - clause: what follows the table; `$1` is the reader.
  ///   - arguments: from `$2` on.
  func discussions(_ clause: String, _ arguments: [Value]) throws -> [DiscussionEntry] {
    try connection.query(
      "SELECT \(BoardView.discussionColumns), \(RightsColumns.sql(person: 1)) FROM discussion d \(clause)",
      [person] + arguments
    ) { BoardView.entry($0, from: 0) }.filter(\.rights.mayRead)
  }

  /// One of them.
  func discussion(_ key: String) throws -> DiscussionEntry? {
    guard let id = Int64(key) else { return nil }
    return try discussions("WHERE d.id = $2", [.integer(id)]).first
  }

  /// All of them, the newest first.
  func readableDiscussions() throws -> [DiscussionEntry] {
    try discussions("ORDER BY d.id DESC LIMIT $2", [.integer(Int64(BoardView.discussionWindow))])
  }

  /// With what is in them: a look into an index for each thread, none for each post.
  func counted(_ summaries: [DiscussionSummary]) throws -> [DiscussionSummary] {
    let keys = Value.integers(summaries.compactMap { Int64($0.entry.discussion.key) })
    let found = try connection.query(
      """
      SELECT q.discussion, count(q.newest), max(q.newest)
      FROM (SELECT t.discussion, \(BoardView.newestShown) AS newest FROM thread t WHERE t.discussion IN ($1)) q
      GROUP BY q.discussion
      """, [keys]
    ) { ($0.text(0), (threads: Int($0.integer(1)), newest: $0.optionalInteger(2))) }
    let counts = Dictionary(found, uniquingKeysWith: { first, _ in first })
    let signs = try signs(of: found.compactMap(\.1.newest))
    let moderated = summaries.filter(\.entry.rights.moderates).compactMap { Int64($0.entry.discussion.key) }
    let waiting = try moderated.isEmpty ? [:] : waiting(in: moderated)
    return summaries.map { summary in
      var summary = summary
      let key = summary.entry.discussion.key
      summary.threads = counts[key]?.threads ?? 0
      summary.newest = counts[key]?.newest.flatMap { signs[$0] }
      summary.waiting = waiting[key] ?? 0
      return summary
    }
  }

  /// The newest post of a thread `t` that can be seen: the end of a range of `post_place`.
  static let newestShown = "(SELECT max(p.id) FROM post p WHERE p.thread = t.id AND p.state = 'visible')"

  /// Whose posts these are, and of when.
  func signs(of posts: [Int64]) throws -> [Int64: PostSign] {
    if posts.isEmpty { return [:] }
    let found = try connection.query(
      """
      SELECT p.id, a.name, coalesce(p.visible_at, p.created_at)
      FROM post p LEFT JOIN participant a ON a.id = p.author WHERE p.id IN ($1)
      """, [.integers(posts)]
    ) { ($0.integer(0), PostSign(key: $0.text(0), author: $0.text(1), at: Timestamp($0.integer(2)))) }
    return Dictionary(found, uniquingKeysWith: { first, _ in first })
  }

  /// How many posts wait in each of these discussions: the few that wait at all are looked at.
  private func waiting(in discussions: [Int64]) throws -> [String: Int] {
    let found = try connection.query(
      """
      SELECT t.discussion, count(*) FROM post p JOIN thread t ON t.id = p.thread
      WHERE p.state = 'pending' AND t.discussion IN ($1) GROUP BY t.discussion
      """, [.integers(discussions)]
    ) { ($0.text(0), Int($0.integer(1))) }
    return Dictionary(found, uniquingKeysWith: { first, _ in first })
  }
}
