import SQL

/// What the discussion pages need of the embedded forum's tables: roles and rights, sign-ups, forms that post once, files
/// within the database, and indexes by which no page costs more with the forum's age.
extension EmbeddedForum {
  /// Additive: whoever writes to these tables writes as before.
  ///
  /// A thread's posts of one state are a range of `post_place`, in the order of their ids: pages of posts, how many there
  /// are and which is the newest are read there alone, since SQLite looks a row up for what a partial index only implies.
  /// Nothing is counted in a row that posters would wait for.
  static let board = Migration(
    8, "discussion pages",
    """
    CREATE TABLE forum_role (
      id {identity},
      name TEXT NOT NULL CHECK (name <> '')
    );
    CREATE UNIQUE INDEX forum_role_name ON forum_role (lower(name));
    CREATE TABLE participant_role (
      participant BIGINT NOT NULL REFERENCES participant (id),
      role BIGINT NOT NULL REFERENCES forum_role (id),
      PRIMARY KEY (participant, role)
    ) {clustered};
    CREATE INDEX participant_role_holders ON participant_role (role);
    CREATE TABLE discussion_role (
      discussion BIGINT NOT NULL REFERENCES discussion (id),
      role BIGINT NOT NULL REFERENCES forum_role (id),
      may_post INTEGER NOT NULL DEFAULT 1 CHECK (may_post IN (0, 1)),
      moderates INTEGER NOT NULL DEFAULT 0 CHECK (moderates IN (0, 1)),
      PRIMARY KEY (discussion, role)
    ) {clustered};
    CREATE INDEX discussion_role_role ON discussion_role (role);
    ALTER TABLE member ADD COLUMN may_post INTEGER NOT NULL DEFAULT 1 CHECK (may_post IN (0, 1));
    ALTER TABLE member ADD COLUMN moderates INTEGER NOT NULL DEFAULT 0 CHECK (moderates IN (0, 1));
    CREATE INDEX member_participant ON member (participant);
    ALTER TABLE discussion ADD COLUMN posting TEXT NOT NULL DEFAULT 'readers' CHECK (posting IN ('readers', 'invited'));
    ALTER TABLE discussion ADD COLUMN closed INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1));
    ALTER TABLE participant ADD COLUMN country TEXT CHECK (length(country) = 2);
    ALTER TABLE participant ADD COLUMN signed_up_at BIGINT;
    CREATE INDEX participant_signed_up ON participant (signed_up_at) WHERE confirmed = 0 AND signed_up_at IS NOT NULL;
    CREATE INDEX participant_mailbox ON participant (lower(trim(address)));
    ALTER TABLE post ADD COLUMN form_key TEXT;
    CREATE UNIQUE INDEX post_form_key ON post (form_key) WHERE form_key IS NOT NULL;
    CREATE INDEX post_author ON post (author);
    CREATE INDEX thread_discussion ON thread (discussion, theme);
    CREATE INDEX theme_discussion ON theme (discussion);
    ALTER TABLE post_attachment ADD COLUMN type TEXT;
    ALTER TABLE post_attachment ADD COLUMN content {octets};

    """, own: [.sqlite: sqliteSearch, .postgres: postgresSearch])

  /// Three signs in a row are what is looked up, so that scripts without spaces between words are found as others are.
  /// Which posts have them is kept and not where: a third of the size, and whoever searches looks at the texts anyhow.
  private static let sqliteSearch = """
    CREATE INDEX post_place ON post (thread, state);
    CREATE VIRTUAL TABLE post_text
      USING fts5 (subject, body, content = 'post', content_rowid = 'id', tokenize = 'trigram', detail = 'none');
    CREATE TRIGGER post_text_added AFTER INSERT ON post \
    BEGIN INSERT INTO post_text (rowid, subject, body) VALUES (NEW.id, NEW.subject, NEW.body); END;
    CREATE TRIGGER post_text_removed AFTER DELETE ON post \
    BEGIN \(sqliteForgetting) END;
    CREATE TRIGGER post_text_changed AFTER UPDATE OF id, subject, body ON post \
    BEGIN \(sqliteForgetting) \
    INSERT INTO post_text (rowid, subject, body) VALUES (NEW.id, NEW.subject, NEW.body); END;
    INSERT INTO post_text (post_text) VALUES ('rebuild');

    """

  /// An index without texts of its own is told what stood there.
  private static let sqliteForgetting =
    "INSERT INTO post_text (post_text, rowid, subject, body) VALUES ('delete', OLD.id, OLD.subject, OLD.body);"

  /// By trigrams where the server has them or may have them; else by words, which leaves scripts without spaces to a look
  /// at the newest posts. The extension goes to `public`, lest it go with this schema one day.
  private static let postgresSearch = """
    CREATE INDEX post_place ON post (thread, state, id);
    DO $$ DECLARE place TEXT; \
    BEGIN \
    BEGIN \
    IF to_regnamespace('public') IS NULL THEN CREATE EXTENSION IF NOT EXISTS pg_trgm; \
    ELSE CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public; END IF; \
    EXCEPTION WHEN OTHERS THEN NULL; END; \
    BEGIN \
    SELECT n.nspname INTO place FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace \
    WHERE e.extname = 'pg_trgm'; \
    EXECUTE format('CREATE INDEX post_trigrams ON post USING gin (subject %I.gin_trgm_ops, body %I.gin_trgm_ops)', \
    place, place); \
    EXCEPTION WHEN OTHERS THEN place := NULL; END; \
    IF place IS NULL THEN \
    CREATE INDEX post_words ON post USING gin (to_tsvector('simple', subject || ' ' || left(body, 100000))); END IF; \
    END $$;

    """
}
