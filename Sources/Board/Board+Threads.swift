import Forum
import ForumSources
import SQL
import Time

extension Board {
  /// A page of a discussion's threads, those with the newest posts first. A thread whose posts all wait or are hidden is
  /// seen by moderators alone.
  /// - Parameters:
  ///   - theme: the key of a theme, to have its threads alone; one that the discussion does not have is nothing.
  ///   - page: from 1.
  /// - Returns: nil if the discussion is not there, or the reader may not read it.
  public func threads(
    of discussion: String, theme: String? = nil, for reader: Reader, page: Int = 1
  ) throws -> ThreadsPage? {
    try look(reader) { view in
      guard let entry = try view.discussion(discussion) else { return nil }
      let themes = try view.themes(of: entry.discussion.key)
      var chosen: Theme?
      if let theme {
        chosen = themes.first { $0.key == theme }
        if chosen == nil { return nil }
      }
      let (size, number) = (limits.threads, max(page, 1))
      let found = try view.threads(of: entry, chosen, limit: size + 1, skipping: (number - 1) * size, themes)
      let listed = try view.counted(Array(found.prefix(size)), isModerator: entry.rights.moderates)
      return ThreadsPage(
        entry: entry, themes: themes, theme: chosen,
        threads: Page(listed, number: number, size: size, hasNext: found.count > size))
    }
  }
}

extension BoardView {
  /// A thread with the newest of its posts.
  struct ListedThread {
    let summary: ThreadSummary
    let newest: Int64?
  }

  func themes(of discussion: String) throws -> [Theme] {
    try connection.query(
      "SELECT id, title FROM theme WHERE discussion = $1 ORDER BY id LIMIT 500", [.optional(Int64(discussion))]
    ) { Theme(key: $0.text(0), title: $0.text(1)) }
  }

  fileprivate func threads(
    of entry: DiscussionEntry, _ theme: Theme?, limit: Int, skipping: Int, _ themes: [Theme]
  ) throws -> [ListedThread] {
    let titles = Dictionary(themes.map { ($0.key, $0.title) }, uniquingKeysWith: { first, _ in first })
    var arguments: [Value] = [
      .optional(Int64(entry.discussion.key)), .integer(Int64(limit)), .integer(Int64(skipping)),
    ]
    if let theme { arguments.append(.optional(Int64(theme.key))) }
    let shown =
      entry.rights.moderates
      ? "" : "WHERE q.newest IS NOT NULL OR NOT EXISTS (SELECT 1 FROM post x WHERE x.thread = q.id)"
    return try connection.query(
      """
      SELECT q.id, q.discussion, q.title, q.theme, q.url, q.closed, q.newest
      FROM (SELECT t.id, t.discussion, t.title, t.theme, t.url, t.closed, \(BoardView.newestShown) AS newest
        FROM thread t WHERE t.discussion = $1\(theme == nil ? "" : " AND t.theme = $4")) q
      \(shown)
      ORDER BY coalesce(q.newest, 0) DESC, q.id DESC LIMIT $2 OFFSET $3
      """, arguments
    ) { row in
      ListedThread(
        summary: ThreadSummary(
          thread: Thread(
            key: row.text(0), discussionKey: row.text(1), title: row.text(2),
            theme: row.optionalText(3).flatMap { titles[$0] }, url: row.optionalText(4), isClosed: row.integer(5) != 0),
          themeKey: row.optionalText(3)),
        newest: row.optionalInteger(6))
    }
  }

  /// With how many posts they have, as far as is counted, and whose the newest is.
  fileprivate func counted(_ found: [ListedThread], isModerator: Bool) throws -> [ThreadSummary] {
    if found.isEmpty { return [] }
    let signs = try signs(of: found.compactMap(\.newest))
    let counts = try connection.query(
      """
      SELECT t.id, (SELECT count(*) FROM (
          SELECT 1 FROM post p WHERE p.thread = t.id AND p.state = 'visible' LIMIT $2) c),
        (SELECT count(*) FROM (SELECT 1 FROM post p WHERE p.thread = t.id AND p.state = 'pending' LIMIT $2) c)
      FROM thread t WHERE t.id IN ($1)
      """,
      [.integers(found.compactMap { Int64($0.summary.thread.key) }), .integer(Int64(limits.count) + 1)]
    ) { ($0.text(0), (Int($0.integer(1)), Int($0.integer(2)))) }
    let counted = Dictionary(counts, uniquingKeysWith: { first, _ in first })
    return found.map { one in
      var summary = one.summary
      let (shown, waiting) = counted[summary.thread.key] ?? (0, 0)
      summary.posts = Count(shown, limit: limits.count)
      summary.newest = one.newest.flatMap { signs[$0] }
      summary.waiting = isModerator ? waiting : 0
      return summary
    }
  }
}
