import SQL

/// The embedded forum: a schema that a web developer can write to directly, and the mapping that reads it.
///
/// Times are whole seconds since 1970 in UTC (`unixepoch()` in SQLite). Booleans are 0 and 1. A state, mode, period,
/// style, format or scope outside its list is refused by the table itself. Whoever hides, approves or edits a post
/// updates its row; nobody has to tell Watchpost. `ForumSources.docc/EmbeddedForum.md` has the tables, column by
/// column.
public enum EmbeddedForum {
  /// Creates or upgrades the tables; returns how many steps it took.
  /// - Parameter creating: whether tables that are not there at all are made.
  @discardableResult
  public static func migrate(_ database: any Database, creating: Bool = true) throws -> Int {
    try database.migrate("forum", migrations, creating: creating)
  }

  /// Steps of the schema; never changed once released.
  ///
  /// `watch` is in the order of its key, so that the watchers of a thread are one range of it, by participant: a page
  /// of them is read without sorting (rule F6). `target` of a watch on everything is 0: a
  /// key has no NULL. Slugs are unique in whatever case: they name mail addresses.
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
      own: [.sqlite: sqliteTriggers, .postgres: postgresTriggers]),
    appendOnlyChanges,
    Migration(3, "rows that cannot be read are refused", "", own: checks),
    Migration(
      4, "threads that take no answers",
      "ALTER TABLE thread ADD COLUMN closed INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1));"),
    Migration(
      5, "posts that came by mail",
      """
      ALTER TABLE post ADD COLUMN mail_key TEXT;
      CREATE UNIQUE INDEX post_mail_key ON post (mail_key) WHERE mail_key IS NOT NULL;
      """),
    moreFormats,
    Migration(
      7, "files of posts",
      """
      CREATE TABLE post_attachment (
        id {identity},
        post BIGINT NOT NULL REFERENCES post (id),
        name TEXT NOT NULL,
        size BIGINT CHECK (size >= 0),
        url TEXT
      );
      CREATE INDEX post_attachment_post ON post_attachment (post);
      """, own: attachmentChecks),
    board,
  ]

  /// SQLite takes no check back. To make the table anew would break views and triggers that a site has on it; its
  /// documentation ("Making Other Kinds Of Table Schema Changes") has this way for checks: the rows stay as they are. The
  /// table that comes and goes tells other connections that the schema is another one.
  private static let moreFormats = Migration(
    6, "posts in BBCode and Textile", "",
    own: [
      .sqlite: """
      PRAGMA writable_schema = ON;
      UPDATE sqlite_master
        SET sql = replace(sql, '''markdown'', ''html''', '''markdown'', ''html'', ''bbcode'', ''textile''')
        WHERE type = 'table' AND name = 'post';
      PRAGMA writable_schema = RESET;
      CREATE TABLE schema_changed (x INTEGER);
      DROP TABLE schema_changed;

      """,
      .postgres: """
      ALTER TABLE post DROP CONSTRAINT IF EXISTS post_format_check;
      ALTER TABLE post ADD CONSTRAINT post_format_check
        CHECK (format IN ('plain', 'markdown', 'html', 'bbcode', 'textile')) NOT VALID;

      """,
    ])

  /// The columns whose change moves a person's digest. Who is renamed or signs in is none of our business.
  private static let preferences = "mode, digest_period, digest_hour, digest_weekday, zone, paused_until"

  /// What notes a participant whose preferences changed: a new mark, and never more than one row for each.
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
      CREATE TRIGGER participant_changed AFTER UPDATE OF \(preferences) ON participant \(noting("NEW.id"));
      CREATE TRIGGER watch_added AFTER INSERT ON watch \(noting("NEW.participant"));
      CREATE TRIGGER watch_changed AFTER UPDATE ON watch \(noting("NEW.participant"));
      CREATE TRIGGER watch_removed AFTER DELETE ON watch \(noting("OLD.participant"));

      """
  }()

  /// Many transactions may change preferences at once and commit in any order: here the mark is the transaction's own
  /// number, and only what is older than every transaction under way is read (see `changes`).
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
      CREATE TRIGGER participant_changed AFTER UPDATE OF \(preferences) ON participant
        FOR EACH ROW EXECUTE FUNCTION note_participant();
      CREATE TRIGGER watch_changed AFTER INSERT OR UPDATE ON watch FOR EACH ROW EXECUTE FUNCTION note_watch();
      CREATE TRIGGER watch_removed AFTER DELETE ON watch FOR EACH ROW EXECUTE FUNCTION note_removed_watch();

      """
  }()

  /// On PostgreSQL each change is a row of its own from here on: two transactions that change the same people in
  /// another order never wait for each other in our triggers. Whoever reads makes one of a person's many, and
  /// `EmbeddedForumWriter.forgetChanges` removes what was read. On SQLite, where writers follow one another anyhow, a
  /// person's last one replaces the others.
  private static let appendOnlyChanges: Migration = {
    func function(_ name: String, _ participant: String) -> String {
      """
      CREATE OR REPLACE FUNCTION \(name)() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS \
      $$ BEGIN INSERT INTO wish_change (participant, mark) \
      VALUES (\(participant), pg_current_xact_id()::text::bigint); RETURN NULL; END $$
      """
    }
    return Migration(
      2, "changes in rows of their own", "",
      own: [
        .postgres: """
        ALTER TABLE wish_change DROP CONSTRAINT wish_change_pkey;
        \(function("note_participant", "NEW.id"));
        \(function("note_watch", "NEW.participant"));
        \(function("note_removed_watch", "OLD.participant"));

        """
      ])
  }()
}
