import SQL

/// The embedded forum: a schema that a web developer can write to directly, and the mapping that reads it.
///
/// Times are whole seconds since 1970 in UTC (`unixepoch()` in SQLite). Booleans are 0 and 1. A state, mode, period,
/// style, format or scope outside its list is refused by the table itself. Whoever hides, approves or edits a post
/// updates its row; nobody has to tell Watchpost. See <doc:EmbeddedForum> for the tables, column by column.
public enum EmbeddedForum {
  /// Creates or upgrades the tables; returns how many steps it took.
  /// - Parameter creating: whether tables that are not there at all are made.
  @discardableResult
  public static func migrate(_ database: any Database, creating: Bool = true) throws -> Int {
    try database.migrate("forum", migrations, creating: creating)
  }

  static let migrations = [
    Migration(
      1, "forum",
      """
      CREATE TABLE participant (
        id {identity},
        name TEXT NOT NULL,
        address TEXT NOT NULL,
        language TEXT,
        zone TEXT,
        active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
        confirmed INTEGER NOT NULL DEFAULT 1 CHECK (confirmed IN (0, 1)),
        mode TEXT CHECK (mode IN ('instant', 'digest', 'off')),
        digest_period TEXT CHECK (digest_period IN ('daily', 'weekly')),
        digest_hour INTEGER CHECK (digest_hour BETWEEN 0 AND 23),
        digest_weekday INTEGER CHECK (digest_weekday BETWEEN 1 AND 7),
        digest_style TEXT CHECK (digest_style IN ('full', 'subjects')),
        digest_format TEXT CHECK (digest_format IN ('alternative', 'plain', 'mime')),
        text_only INTEGER CHECK (text_only IN (0, 1)),
        own_posts INTEGER CHECK (own_posts IN (0, 1)),
        paused_until BIGINT
      );
      CREATE INDEX participant_address ON participant (address);
      CREATE TABLE discussion (
        id {identity},
        title TEXT NOT NULL,
        slug TEXT NOT NULL,
        url TEXT,
        opens_at BIGINT,
        closes_at BIGINT,
        is_private INTEGER NOT NULL DEFAULT 0 CHECK (is_private IN (0, 1)),
        is_moderated INTEGER NOT NULL DEFAULT 0 CHECK (is_moderated IN (0, 1))
      );
      CREATE INDEX discussion_closing ON discussion (closes_at);
      CREATE UNIQUE INDEX discussion_slug ON discussion (lower(slug)) WHERE slug <> '';
      CREATE TABLE member (
        discussion BIGINT NOT NULL REFERENCES discussion (id),
        participant BIGINT NOT NULL REFERENCES participant (id),
        PRIMARY KEY (discussion, participant)
      ) {clustered};
      CREATE TABLE theme (
        id {identity},
        discussion BIGINT NOT NULL REFERENCES discussion (id),
        title TEXT NOT NULL
      );
      CREATE TABLE thread (
        id {identity},
        discussion BIGINT NOT NULL REFERENCES discussion (id),
        theme BIGINT REFERENCES theme (id),
        title TEXT NOT NULL,
        url TEXT
      );
      CREATE TABLE post (
        id {identity},
        thread BIGINT NOT NULL REFERENCES thread (id),
        parent BIGINT REFERENCES post (id),
        author BIGINT REFERENCES participant (id),
        subject TEXT NOT NULL DEFAULT '',
        body TEXT NOT NULL,
        format TEXT NOT NULL DEFAULT 'plain' CHECK (format IN ('plain', 'markdown', 'html')),
        language TEXT,
        state TEXT NOT NULL DEFAULT 'visible' CHECK (state IN ('pending', 'visible', 'hidden', 'deleted')),
        urgent INTEGER NOT NULL DEFAULT 0 CHECK (urgent IN (0, 1)),
        created_at BIGINT NOT NULL,
        visible_at BIGINT,
        edited_at BIGINT,
        url TEXT
      );
      CREATE INDEX post_pending ON post (id) WHERE state = 'pending';
      CREATE INDEX post_thread ON post (thread);
      CREATE TABLE watch (
        scope TEXT NOT NULL CHECK (scope IN ('thread', 'discussion', 'everything')),
        target BIGINT NOT NULL,
        participant BIGINT NOT NULL REFERENCES participant (id),
        mute INTEGER NOT NULL DEFAULT 0 CHECK (mute IN (0, 1)),
        mode TEXT CHECK (mode IN ('instant', 'digest', 'off')),
        since BIGINT NOT NULL,
        PRIMARY KEY (scope, target, participant),
        CHECK (scope <> 'everything' OR target = 0)
      ) {clustered};
      CREATE INDEX watch_participant ON watch (participant);

      """,
      own: [.sqlite: sqliteTriggers, .postgres: postgresTriggers])
  ]

  private static let wishes = "mode, digest_period, digest_hour, digest_weekday, zone, paused_until"

  /// What notes a participant whose wishes changed: a new mark, and never more than one row for each.
  private static let sqliteTriggers: String = {
    func noting(_ participant: String) -> String {
      """
      BEGIN DELETE FROM wish_change WHERE participant = \(participant); \
      INSERT INTO wish_change (participant) VALUES (\(participant)); END
      """
    }
    return """
      CREATE TABLE wish_change (mark {identity}, participant BIGINT NOT NULL);
      CREATE INDEX wish_change_participant ON wish_change (participant);
      CREATE TRIGGER participant_changed AFTER UPDATE OF \(wishes) ON participant \(noting("NEW.id"));
      CREATE TRIGGER watch_added AFTER INSERT ON watch \(noting("NEW.participant"));
      CREATE TRIGGER watch_changed AFTER UPDATE ON watch \(noting("NEW.participant"));
      CREATE TRIGGER watch_removed AFTER DELETE ON watch \(noting("OLD.participant"));

      """
  }()

  /// Many transactions may change wishes at once and commit in any order: here the mark is the transaction's own number,
  /// and only what is older than every transaction under way is read (see `changes`).
  private static let postgresTriggers: String = {
    func noting(_ participant: String) -> String {
      """
      INSERT INTO wish_change (participant, mark) VALUES (\(participant), pg_current_xact_id()::text::bigint) \
      ON CONFLICT (participant) DO UPDATE SET mark = excluded.mark;
      """
    }
    func function(_ name: String, _ body: String) -> String {
      """
      CREATE FUNCTION \(name)() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS \
      $$ BEGIN \(body) RETURN NULL; END $$
      """
    }
    return """
      CREATE TABLE wish_change (participant BIGINT PRIMARY KEY, mark BIGINT NOT NULL);
      CREATE INDEX wish_change_mark ON wish_change (mark);
      \(function("note_participant", noting("NEW.id")));
      \(function("note_watch", noting("NEW.participant")));
      \(function("note_removed_watch", noting("OLD.participant")));
      CREATE TRIGGER participant_changed AFTER UPDATE OF \(wishes) ON participant
        FOR EACH ROW EXECUTE FUNCTION note_participant();
      CREATE TRIGGER watch_changed AFTER INSERT OR UPDATE ON watch FOR EACH ROW EXECUTE FUNCTION note_watch();
      CREATE TRIGGER watch_removed AFTER DELETE ON watch FOR EACH ROW EXECUTE FUNCTION note_removed_watch();

      """
  }()

  /// The mapping that reads the schema above, written as for any forum.
  public static func mapping(_ dialect: Dialect) -> Mapping {
    var queries = queries
    if dialect == .postgres { queries.merge(postgresQueries) { _, own in own } }
    do {
      return try Mapping(name: "embedded", queries: queries, fragments: fragments)
    } catch {
      preconditionFailure("the embedded forum's own mapping: \(error)")
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
    // Whole transactions, never a part of one. A mark ahead of the server's own numbers is of a server that this database
    // was copied from: all begins anew.
    "changes": """
    SELECT mark, participant FROM wish_change
    WHERE mark > CASE WHEN :after < pg_snapshot_xmax(pg_current_snapshot())::text::bigint THEN :after ELSE 0 END
      AND mark < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
    ORDER BY mark FETCH FIRST :limit ROWS WITH TIES
    """,
  ]

  private static let fragments = [
    "post": """
    SELECT p.id, p.id AS ordinal, p.thread, t.discussion, p.parent, p.author, a.name AS author_name, p.subject, p.body,
           p.format, p.language, p.state, p.created_at, p.visible_at, p.urgent, p.url
    FROM post p JOIN thread t ON t.id = p.thread LEFT JOIN participant a ON a.id = p.author
    """,
    "discussion": "SELECT id, title, slug, url, opens_at, closes_at FROM discussion",
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

  private static let queries = [
    "newest": "SELECT coalesce(max(id), 0) AS ordinal FROM post",
    "posts_after": "{post} WHERE p.id > :after ORDER BY p.id LIMIT :limit",
    "posts_within": "{post} WHERE p.id BETWEEN :first AND :last ORDER BY p.id LIMIT :limit",
    "posts": "{post} WHERE p.id IN (:keys)",
    "pending": "{post} WHERE p.state = 'pending'",
    "threads": """
    SELECT t.id, t.discussion, t.title, h.title AS theme, t.url FROM thread t LEFT JOIN theme h ON h.id = t.theme
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
    "watchers_among": """
    SELECT p.id AS participant, w.scope, w.mute, w.mode AS watch_mode, w.since, {person}
    FROM participant p LEFT JOIN watch w ON w.participant = p.id
      AND (w.scope = 'thread' AND w.target = :thread OR w.scope = 'discussion' AND w.target = :discussion
           OR w.scope = 'everything' AND w.target = 0)
    WHERE p.id IN (:keys) ORDER BY p.id
    """,
    "participants": "SELECT p.id, {person} FROM participant p WHERE p.id IN (:keys)",
    "find_participant": "SELECT p.id, {person} FROM participant p WHERE p.address = :text",
    "watches": """
    SELECT w.scope, w.target, w.mute, w.mode AS watch_mode, w.since, coalesce(t.title, d.title, '') AS title FROM watch w
    LEFT JOIN thread t ON w.scope = 'thread' AND t.id = w.target
    LEFT JOIN discussion d ON w.scope = 'discussion' AND d.id = w.target
    WHERE w.participant = :participant ORDER BY w.scope, w.target
    """,
    "open": "SELECT 1 FROM discussion WHERE id = :discussion AND is_private = 0",
    "readers": "SELECT participant FROM member WHERE discussion = :discussion AND participant IN (:keys)",
    "changes": "SELECT mark, participant FROM wish_change WHERE mark > :after ORDER BY mark LIMIT :limit",
  ]
}
