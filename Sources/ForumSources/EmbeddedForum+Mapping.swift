import SQL

extension EmbeddedForum {
  /// The mapping that reads the schema above, written as for any forum.
  public static func mapping(_ dialect: Dialect) -> Mapping {
    do {
      // No number is below it: nobody stands before the first page.
      return try Mapping(
        name: "embedded", queries: mappedQueries(dialect), fragments: fragments, firstKey: String(Int64.min))
    } catch {
      preconditionFailure("the embedded forum's own mapping: \(error)")
    }
  }

  /// The queries in the words of a database.
  static func mappedQueries(_ dialect: Dialect) -> [String: String] {
    switch dialect {
    case .sqlite: queries
    case .postgres: queries.merging(postgresQueries) { _, own in own }
    }
  }

  /// Where PostgreSQL needs other words.
  private static let postgresQueries = [
    // It merges ranges only if each is put in order by itself: a page of each, by the index.
    "watchers": """
    SELECT * FROM ({watcher} WHERE w.scope = 'thread' AND w.target = :thread AND w.participant > CAST(:after AS BIGINT)
      ORDER BY w.participant LIMIT :limit) a
    UNION ALL
    SELECT * FROM ({watcher} WHERE w.scope = 'discussion' AND w.target = :discussion
      AND w.participant > CAST(:after AS BIGINT) ORDER BY w.participant LIMIT :limit) b
    UNION ALL
    SELECT * FROM ({watcher} WHERE w.scope = 'everything' AND w.target = 0 AND w.participant > CAST(:after AS BIGINT)
      ORDER BY w.participant LIMIT :limit) c
    ORDER BY participant LIMIT :limit
    """,
    // Whole transactions, never a part of one. A mark ahead of the server's own numbers is of a server that this
    // database was copied from: all begins anew.
    "changes": """
    SELECT mark, participant FROM wish_change
    WHERE mark > CASE WHEN :after < pg_snapshot_xmax(pg_current_snapshot())::text::bigint THEN :after ELSE 0 END
      AND mark < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    ORDER BY mark FETCH FIRST :limit ROWS WITH TIES
    """,
  ]

  /// What several queries share. The author is joined from outside: a guest has no row; and so is the thread: a post
  /// whose thread is missing is to be told, not passed over (rule E1).
  static let fragments = [
    "post": """
    SELECT p.id, p.id AS ordinal, p.thread, t.discussion, p.parent, p.author, a.name AS author_name, p.subject, p.body,
           p.format, p.language, p.state, p.created_at, p.visible_at, p.urgent, p.url
    FROM post p LEFT JOIN thread t ON t.id = p.thread LEFT JOIN participant a ON a.id = p.author
    """,
    "discussion": "SELECT id, title, slug, url, opens_at, closes_at, closed FROM discussion",
    "watcher": """
    SELECT w.participant, w.scope, w.mute, w.mode AS watch_mode, w.since,
           p.address, p.active, p.confirmed, p.mode, p.own_posts, p.paused_until,
           p.digest_period, p.digest_hour, p.digest_weekday, p.zone
    FROM watch w JOIN participant p ON p.id = w.participant
    """,
    "person": """
    name, address, language, zone, active, confirmed, p.mode, digest_period, digest_hour, digest_weekday, digest_style,
    digest_format, text_only, own_posts, paused_until
    """,
  ]

  /// One for each question; SQLite takes them as they stand.
  static let queries = [
    "newest": "SELECT coalesce(max(id), 0) AS ordinal FROM post",
    "posts_after": "{post} WHERE p.id > :after ORDER BY p.id LIMIT :limit",
    "posts_within": "{post} WHERE p.id BETWEEN :first AND :last ORDER BY p.id LIMIT :limit",
    "posts": "{post} WHERE p.id IN (:keys)",
    // By the partial index of pending posts, few at any time.
    "pending": "{post} WHERE p.state = 'pending'",
    "attachments": "SELECT post, name, size, url FROM post_attachment WHERE post IN (:keys) ORDER BY post, id",
    "threads": """
    SELECT t.id, t.discussion, t.title, h.title AS theme, t.url, t.closed,
           (SELECT min(p.id) FROM post p WHERE p.thread = t.id) AS first_post
    FROM thread t LEFT JOIN theme h ON h.id = t.theme
    WHERE t.id IN (:keys)
    """,
    "discussions": "{discussion} WHERE id IN (:keys)",
    "closing": "{discussion} WHERE closes_at >= :from AND closes_at < :until",
    // Three ranges of one index, merged in its order: no sorting, whatever the number of watchers.
    "watchers": """
    {watcher} WHERE w.scope = 'thread' AND w.target = :thread AND w.participant > CAST(:after AS BIGINT)
    UNION ALL
    {watcher} WHERE w.scope = 'discussion' AND w.target = :discussion AND w.participant > CAST(:after AS BIGINT)
    UNION ALL
    {watcher} WHERE w.scope = 'everything' AND w.target = 0 AND w.participant > CAST(:after AS BIGINT)
    ORDER BY participant LIMIT :limit
    """,
    // From the people to their watches: it is asked about a few of the many who watch.
    "watchers_among": """
    SELECT p.id AS participant, w.scope, w.mute, w.mode AS watch_mode, w.since, {person}
    FROM participant p LEFT JOIN watch w ON w.participant = p.id
      AND (w.scope = 'thread' AND w.target = :thread OR w.scope = 'discussion' AND w.target = :discussion
           OR w.scope = 'everything' AND w.target = 0)
    WHERE p.id IN (:keys) ORDER BY p.id
    """,
    "participants": "SELECT p.id, {person} FROM participant p WHERE p.id IN (:keys)",
    // The embedded forum has no account names.
    "find_participant": "SELECT p.id, {person} FROM participant p WHERE lower(trim(p.address)) = lower(:text)",
    "watches": """
    SELECT w.scope, w.target, w.mute, w.mode AS watch_mode, w.since, coalesce(t.title, d.title, '') AS title
    FROM watch w
    LEFT JOIN thread t ON w.scope = 'thread' AND t.id = w.target
    LEFT JOIN discussion d ON w.scope = 'discussion' AND d.id = w.target
    WHERE w.participant = :participant ORDER BY w.scope, w.target
    """,
    // One row spares asking about every reader of a public discussion.
    "open": "SELECT 1 FROM discussion WHERE id = :discussion AND is_private = 0",
    // By the people: a role may have many holders, and few are asked about. Who has both comes twice.
    "readers": """
    SELECT participant FROM member WHERE discussion = :discussion AND participant IN (:keys)
    UNION ALL
    SELECT h.participant FROM participant_role h JOIN discussion_role r ON r.discussion = :discussion AND r.role = h.role
    WHERE h.participant IN (:keys)
    """,
    // SQLite's writers follow one another: a mark that can be seen has none below it to come.
    "changes": "SELECT mark, participant FROM wish_change WHERE mark > :after ORDER BY mark LIMIT :limit",
  ]
}
