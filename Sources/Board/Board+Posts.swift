import Forum
import ForumSources
import SQL
import Time

extension Board {
  /// A page of a thread, the oldest posts first. Moderators see those that wait or are hidden too.
  /// - Parameter page: from 1; one beyond the last is the last.
  /// - Returns: nil if the thread is not there, or the reader may not read it.
  public func thread(_ key: String, page: Int = 1, for reader: Reader) throws -> ThreadPage? {
    try look(reader) { view in
      guard let place = try view.place(ofThread: key) else { return nil }
      let shown = PostsShown(place.entry)
      let total = try view.count(place.id, shown)
      if total == 0, !shown.isModerator, try view.hasPosts(place.id) { return nil }
      let pages = max(1, (total + limits.posts - 1) / limits.posts)
      let number = min(max(page, 1), pages)
      let ids = try view.connection.query(
        """
        SELECT p.id FROM post p WHERE p.thread = $1 AND \(shown.condition) ORDER BY \(shown.order) LIMIT $2 OFFSET $3
        """, [.integer(place.id), .integer(Int64(limits.posts)), .integer(Int64((number - 1) * limits.posts))]
      ) { $0.integer(0) }
      return ThreadPage(
        entry: place.entry, thread: place.thread, themeKey: place.themeKey, posts: try view.posts(ids), number: number,
        pages: pages, total: total)
    }
  }

  /// A post by its number, wherever it stands now, with its whole text.
  /// - Returns: nil if it is not there, or the reader may not read it: one that is hidden or waits is for moderators, and
  ///   one that waits for its author.
  public func post(_ key: String, for reader: Reader) throws -> FoundPost? {
    try look(reader) { view in
      guard let found = try view.placedPost(key) else { return nil }
      let shown = PostsShown(found.place.entry)
      let before = try view.connection.first(
        "SELECT count(*) FROM post p WHERE p.thread = $1 AND p.id < $2 AND \(shown.condition)",
        [.integer(found.place.id), .optional(Int64(key))]
      ) { Int($0.integer(0)) }
      return FoundPost(
        placed: PlacedPost(post: found.post, thread: found.place.thread, entry: found.place.entry),
        page: (before ?? 0) / limits.posts + 1)
    }
  }

  /// The newest posts of a discussion that can be seen, the newest first, for a feed.
  /// - Parameter limit: at most a page's.
  /// - Returns: nil if it is not there, or the reader may not read it.
  public func newest(of discussion: String, limit: Int = 20, for reader: Reader) throws -> [PlacedPost]? {
    try look(reader) { view in
      guard let entry = try view.discussion(discussion), let id = Int64(discussion) else { return nil }
      return try view.placed(view.newestPosts(of: id, before: .max, limit: min(limit, limits.posts)), [entry])
    }
  }

  /// The posts of a discussion that wait for approval, the oldest first.
  /// - Returns: nil if the reader does not moderate it.
  public func pending(in discussion: String, for reader: Reader, page: Int = 1) throws -> Page<PlacedPost>? {
    try look(reader) { view in
      guard let entry = try view.discussion(discussion), entry.rights.moderates, let id = Int64(discussion) else {
        return nil
      }
      let (size, number) = (limits.posts, max(page, 1))
      let ids = try view.connection.query(
        """
        SELECT p.id FROM thread t JOIN post p ON p.thread = t.id AND p.state = 'pending'
        WHERE t.discussion = $1 ORDER BY p.id LIMIT $2 OFFSET $3
        """, [.integer(id), .integer(Int64(size) + 1), .integer(Int64((number - 1) * size))]
      ) { $0.integer(0) }
      let placed = try view.placed(Array(ids.prefix(size)), [entry])
      return Page(placed, number: number, size: size, hasNext: ids.count > size)
    }
  }
}

/// Which posts of a thread somebody sees.
struct PostsShown {
  let isModerator: Bool

  init(_ entry: DiscussionEntry) { isModerator = entry.rights.moderates }

  /// Of a post `p`; a range of `post_place` for each state.
  var condition: String { isModerator ? "p.state IN ('visible', 'pending', 'hidden')" : "p.state = 'visible'" }

  /// Of several ranges the order is made by hand: by a bare `p.id` SQLite would look up every row for its state.
  var order: String { isModerator ? "+p.id" : "p.id" }
}

extension BoardView {
  /// A thread with its discussion.
  struct Place {
    let id: Int64
    let thread: Thread
    let themeKey: String?
    let entry: DiscussionEntry
  }

  static let threadColumns = "t.id, t.discussion, t.title, h.title, t.url, t.closed, t.theme"
  static let threadColumnCount = 7

  static func place(_ row: any Row, from column: Int) -> Place {
    Place(
      id: row.integer(column),
      thread: Thread(
        key: row.text(column), discussionKey: row.text(column + 1), title: row.text(column + 2),
        theme: row.optionalText(column + 3), url: row.optionalText(column + 4), isClosed: row.integer(column + 5) != 0),
      themeKey: row.optionalText(column + 6), entry: entry(row, from: column + threadColumnCount))
  }

  /// A thread that the reader may read.
  func place(ofThread key: String) throws -> Place? {
    guard let id = Int64(key) else { return nil }
    return try connection.first(
      """
      SELECT \(BoardView.threadColumns), \(BoardView.discussionColumns), \(RightsColumns.sql(person: 1))
      FROM thread t JOIN discussion d ON d.id = t.discussion LEFT JOIN theme h ON h.id = t.theme WHERE t.id = $2
      """, [person, .integer(id)]
    ) { BoardView.place($0, from: 0) }.flatMap { $0.entry.rights.mayRead ? $0 : nil }
  }

  /// The post with its thread, if the reader may read it.
  func placedPost(_ key: String) throws -> (post: ShownPost, place: Place)? {
    guard let id = Int64(key),
      let thread = try connection.first("SELECT thread FROM post WHERE id = $1", [.integer(id)], { $0.text(0) }),
      let place = try place(ofThread: thread), let post = try posts([id], isWhole: true).first
    else { return nil }
    let isOwn = String.isSameKey(post.authorKey, reader.id.map(String.init)) && post.authorKey != nil
    switch post.visibility {
    case .visible: break
    case .pending: guard place.entry.rights.moderates || isOwn else { return nil }
    case .hidden: guard place.entry.rights.moderates else { return nil }
    case .deleted: return nil
    }
    return (post, place)
  }

  func count(_ thread: Int64, _ shown: PostsShown) throws -> Int {
    try connection.first(
      "SELECT count(*) FROM post p WHERE p.thread = $1 AND \(shown.condition)", [.integer(thread)]
    ) { Int($0.integer(0)) } ?? 0
  }

  func hasPosts(_ thread: Int64) throws -> Bool {
    try connection.exists("SELECT 1 FROM post WHERE thread = $1 LIMIT 1", [.integer(thread)])
  }

  /// Posts with their files, in the order of the ids.
  /// - Parameter isWhole: however long; else they are cut to a page's octets.
  func posts(_ ids: [Int64], isWhole: Bool = false) throws -> [ShownPost] {
    if ids.isEmpty { return [] }
    let octets =
      switch dialect {
      case .sqlite: "length(CAST(p.body AS BLOB))"
      case .postgres: "octet_length(p.body)"
      }
    let body = isWhole ? "p.body" : "substr(p.body, 1, \(limits.pageOctets))"
    let found = try connection.query(
      """
      SELECT p.id, p.thread, q.id, b.name, p.author, a.name, a.country, p.subject, \(body), \(octets), p.format,
        p.language, p.state, p.created_at, p.visible_at, p.edited_at
      FROM post p LEFT JOIN participant a ON a.id = p.author
      LEFT JOIN post q ON q.id = p.parent AND q.thread = p.thread AND q.state = 'visible'
      LEFT JOIN participant b ON b.id = q.author
      WHERE p.id IN ($1)
      """, [.integers(ids)]
    ) { row in
      (
        row.integer(0),
        ShownPost(
          key: row.text(0), threadKey: row.text(1),
          parent: row.optionalText(2).map { ShownPost.Parent(key: $0, authorName: row.text(3)) },
          authorKey: row.optionalText(4), authorName: row.text(5), authorCountry: row.optionalText(6),
          subject: row.text(7), body: row.text(8), format: BodyFormat(rawValue: row.text(10)) ?? .plain,
          language: row.optionalText(11), visibility: Visibility(rawValue: row.text(12)) ?? .hidden,
          createdAt: Timestamp(row.integer(13)), visibleAt: row.optionalInteger(14).map(Timestamp.init),
          editedAt: row.optionalInteger(15).map(Timestamp.init)), Int(row.integer(9))
      )
    }
    let byID = Dictionary(found.map { ($0.0, ($0.1, $0.2)) }, uniquingKeysWith: { first, _ in first })
    let ordered = ids.compactMap { byID[$0] }
    let files = try files(of: ids)
    let posts = ordered.map { post, _ in
      var post = post
      post.files = files[post.key] ?? []
      return post
    }
    return isWhole ? posts : BodyShares.cut(posts, sizes: ordered.map(\.1), total: limits.pageOctets)
  }

  /// The files of posts; what is in them is not read.
  private func files(of posts: [Int64]) throws -> [String: [ShownFile]] {
    let found = try connection.query(
      """
      SELECT post, id, name, size, type, url, CASE WHEN content IS NULL THEN 0 ELSE 1 END
      FROM post_attachment WHERE post IN ($1) ORDER BY post, id
      """, [.integers(posts)]
    ) { row in
      (
        row.text(0),
        ShownFile(
          key: row.text(1), name: row.text(2), octets: row.optionalInteger(3).flatMap(Int.init(exactly:)),
          type: row.optionalText(4), url: row.optionalText(5), isHere: row.integer(6) != 0)
      )
    }
    return Dictionary(grouping: found, by: \.0).mapValues { $0.map(\.1) }
  }

  /// Posts with their threads, in the order of the ids.
  /// - Parameter entries: the discussions that they may stand in; others are left out.
  func placed(_ ids: [Int64], _ entries: [DiscussionEntry]) throws -> [PlacedPost] {
    let posts = try posts(ids)
    let entries = Dictionary(entries.map { ($0.discussion.key, $0) }, uniquingKeysWith: { first, _ in first })
    let threads = try connection.query(
      """
      SELECT t.id, t.discussion, t.title, h.title, t.url, t.closed
      FROM thread t LEFT JOIN theme h ON h.id = t.theme WHERE t.id IN ($1)
      """, [.integers(Set(posts.compactMap { Int64($0.threadKey) }))]
    ) { row in
      Thread(
        key: row.text(0), discussionKey: row.text(1), title: row.text(2), theme: row.optionalText(3),
        url: row.optionalText(4), isClosed: row.integer(5) != 0)
    }
    let byKey = Dictionary(threads.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    return posts.compactMap { post in
      guard let thread = byKey[post.threadKey], let entry = entries[thread.discussionKey] else { return nil }
      return PlacedPost(post: post, thread: thread, entry: entry)
    }
  }

  /// The newest posts of a discussion that can be seen. They stand in as many threads at most, the ones with the newest
  /// posts: of each as many are looked at as are wanted.
  /// - Parameter before: only posts with smaller numbers.
  func newestPosts(of discussion: Int64, before: Int64, limit: Int) throws -> [Int64] {
    let threads = """
      SELECT q.id FROM (SELECT t.id,
        (SELECT max(p.id) FROM post p WHERE p.thread = t.id AND p.state = 'visible' AND p.id < $2) AS newest
        FROM thread t WHERE t.discussion = $1) q
      WHERE q.newest IS NOT NULL ORDER BY q.newest DESC LIMIT $3
      """
    let posts = """
      SELECT x.id FROM post x WHERE x.thread = n.id AND x.state = 'visible' AND x.id < $2 ORDER BY x.id DESC LIMIT $3
      """
    let sql =
      switch dialect {
      case .sqlite: "SELECT p.id FROM (\(threads)) n CROSS JOIN post p ON p.id IN (\(posts))"
      case .postgres: "SELECT p.id FROM (\(threads)) n CROSS JOIN LATERAL (\(posts)) p"
      }
    return try connection.query(
      "\(sql) ORDER BY p.id DESC LIMIT $3", [.integer(discussion), .integer(before), .integer(Int64(limit))]
    ) { $0.integer(0) }
  }
}
