import SQL

extension Ledger {
  /// Steps of the schema in their order, each in the file of its matter; never changed once released. A new one stands at
  /// the end.
  static let migrations =
    coreMigrations  // 1 to 10, below
    + inboundMigrations  // 11 to 15, Ledger+InboundSchema.swift
    + [textsOfPosts]  // 16, below
    + [signInTables]  // 17, Ledger+SignIns.swift
    + [stoppedTable]  // 18, Ledger+Stopped.swift
    + [eventTable]  // 19, Ledger+Events.swift
    + [auditTables]  // 20, Ledger+Audit.swift
    + [unsentIndex]  // 21, Ledger+Queue.swift
    + [erasedTable]  // 22, Ledger+Erased.swift
    + [attachmentsSetAside]  // 23, below

  /// The index of what waits, in the order in which it is claimed.
  static func deliveryDue(_ columns: String) -> String {
    """
    CREATE INDEX delivery_due ON delivery (\(columns))
      WHERE state IN ('queued', 'deferred', 'uncertain') AND lease IS NULL;

    """
  }

  /// Posts, people, threads and discussions that cannot be read. `first_post` to `last_post` are the journal positions
  /// for which fan-out passed a person by.
  private static let setAsideTable = Migration(
    4, "what cannot be read",
    """
    CREATE TABLE set_aside (
      subject TEXT NOT NULL CHECK (subject IN ('post', 'thread', 'discussion', 'participant')),
      row_key TEXT NOT NULL,
      column_name TEXT NOT NULL,
      query TEXT NOT NULL,
      value TEXT NOT NULL,
      complaint TEXT NOT NULL,
      ordinal BIGINT,
      thread_key TEXT,
      discussion_key TEXT,
      first_post BIGINT,
      last_post BIGINT,
      since BIGINT NOT NULL,
      ask_at BIGINT NOT NULL,
      told INTEGER NOT NULL,
      PRIMARY KEY (subject, row_key, column_name)
    ) {clustered};
    CREATE INDEX set_aside_ask ON set_aside (ask_at);
    CREATE INDEX set_aside_key ON set_aside (row_key);
    CREATE INDEX set_aside_untold ON set_aside (subject) WHERE told = 0;
    """)

  /// Files of posts may be set aside too. SQLite takes no check back: the table is made anew.
  private static let attachmentsSetAside: Migration = {
    let columns = """
      subject, row_key, column_name, query, value, complaint, ordinal, thread_key, discussion_key, first_post, last_post, \
      since, ask_at, told, in_doubt
      """
    let subjects = "CHECK (subject IN ('post', 'thread', 'discussion', 'participant', 'attachment'))"
    return Migration(
      23, "files of posts that cannot be read", "",
      own: [
        .sqlite: """
        CREATE TABLE set_aside_anew (
          subject TEXT NOT NULL \(subjects),
          row_key TEXT NOT NULL,
          column_name TEXT NOT NULL,
          query TEXT NOT NULL,
          value TEXT NOT NULL,
          complaint TEXT NOT NULL,
          ordinal BIGINT,
          thread_key TEXT,
          discussion_key TEXT,
          first_post BIGINT,
          last_post BIGINT,
          since BIGINT NOT NULL,
          ask_at BIGINT NOT NULL,
          told INTEGER NOT NULL,
          in_doubt INTEGER NOT NULL DEFAULT 0,
          PRIMARY KEY (subject, row_key, column_name)
        ) {clustered};
        INSERT INTO set_aside_anew (\(columns)) SELECT \(columns) FROM set_aside;
        DROP TABLE set_aside;
        ALTER TABLE set_aside_anew RENAME TO set_aside;
        CREATE INDEX set_aside_ask ON set_aside (ask_at);
        CREATE INDEX set_aside_key ON set_aside (row_key);
        CREATE INDEX set_aside_untold ON set_aside (subject) WHERE told = 0;

        """,
        .postgres: """
        ALTER TABLE set_aside DROP CONSTRAINT set_aside_subject_check;
        ALTER TABLE set_aside ADD CONSTRAINT set_aside_subject_check \(subjects);

        """,
      ])
  }()

  /// By what a post is known again, and what is held besides domains and floods. What was journalled before has none.
  private static let identities = Migration(
    5, "restored backups",
    """
    ALTER TABLE journal ADD COLUMN author_key TEXT;
    ALTER TABLE journal ADD COLUMN created_at BIGINT;
    ALTER TABLE candidate ADD COLUMN author_key TEXT;
    ALTER TABLE candidate ADD COLUMN created_at BIGINT;
    ALTER TABLE hold RENAME TO hold_before;
    CREATE TABLE hold (
      kind TEXT NOT NULL CHECK (kind IN ('domain', 'flood', 'forum', 'ledger')),
      name TEXT NOT NULL,
      reason TEXT NOT NULL,
      since BIGINT NOT NULL,
      PRIMARY KEY (kind, name)
    );
    INSERT INTO hold SELECT kind, name, reason, since FROM hold_before;
    DROP TABLE hold_before;
    """)

  /// Each post that is not decided about wholly gets its own row in `fan_out`, with its place among those that wait:
  /// what stood behind the one checkpoint of an older program, and the post within which it stopped.
  private static let fanOutTurns = Migration(
    6, "fan-out in turns",
    """
    ALTER TABLE fan_out ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE fan_out ADD COLUMN turn BIGINT NOT NULL DEFAULT 0;
    INSERT INTO fan_out (post)
      SELECT position FROM journal
      WHERE position > coalesce((SELECT value FROM mark WHERE name = 'fanned-out'), 0)
        AND NOT EXISTS (SELECT 1 FROM fan_out f WHERE f.post = journal.position);
    UPDATE fan_out SET turn = post, urgent = (SELECT j.urgent FROM journal j WHERE j.position = fan_out.post);
    INSERT INTO mark (name, value) SELECT 'fan-out-turn', coalesce(max(position), 0) FROM journal;
    DELETE FROM mark WHERE name = 'fanned-out';
    CREATE INDEX fan_out_turn ON fan_out (urgent, turn);

    """)

  /// By what a post whose time or number changed is known again.
  private static let textsOfPosts = Migration(
    16, "what posts said",
    """
    ALTER TABLE journal ADD COLUMN text_mark TEXT;
    CREATE INDEX journal_text ON journal (text_mark) WHERE text_mark IS NOT NULL;
    """)

  /// The steps of what goes out.
  ///
  /// What stands in the tables, beside what their names say:
  /// - `journal.position` and `delivery.id` stand in tokens of mails that are years old: never used twice.
  /// - `decision` is keyed by post first, so that fan-out appends to its end; the two partial indexes are for digests,
  ///   of what is open and of which part has which post.
  /// - `delivery` is an instant copy (`post`), a part of a digest (`digest`) or a notice, one of the three. Its index
  ///   `delivery_due` holds only what waits: it stays small, however many mails were sent.
  /// - `fan_out` has the posts about which not everybody is decided; `turn` is their order, by numbers never used twice.
  /// - `lease` is the number of the run that has a delivery, and means nothing after `lease_until`.
  /// - `ended_at` is NULL for as long as anything is still to be done about a delivery.
  /// - `attempt.answer` is kept for as long as rule O7 says; the counts that decide stand in `delivery`.
  private static let coreMigrations = [
    Migration(
      1, "core",
      """
      CREATE TABLE mark (name TEXT PRIMARY KEY, value BIGINT NOT NULL);
      CREATE TABLE note (name TEXT PRIMARY KEY, value TEXT NOT NULL);

      CREATE TABLE candidate (
        post_key TEXT PRIMARY KEY,
        ordinal BIGINT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('pending', 'resting')),
        thread_key TEXT NOT NULL,
        discussion_key TEXT NOT NULL,
        urgent INTEGER NOT NULL,
        visible_at BIGINT,
        seen_at BIGINT NOT NULL,
        ask_at BIGINT NOT NULL
      );
      CREATE INDEX candidate_ask ON candidate (ask_at);
      CREATE INDEX candidate_state ON candidate (state);

      CREATE TABLE gap (first BIGINT PRIMARY KEY, last BIGINT NOT NULL, seen_at BIGINT NOT NULL);

      CREATE TABLE journal (
        position {identity},
        post_key TEXT NOT NULL UNIQUE,
        thread_key TEXT NOT NULL,
        discussion_key TEXT NOT NULL,
        urgent INTEGER NOT NULL,
        visible_at BIGINT NOT NULL,
        due BIGINT NOT NULL,
        journalled_at BIGINT NOT NULL,
        signing_key INTEGER NOT NULL
      );
      CREATE INDEX journal_discussion ON journal (discussion_key, position);
      CREATE TABLE pruned (discussion_key TEXT PRIMARY KEY, position BIGINT NOT NULL);

      CREATE TABLE withdrawn (
        post {number} REFERENCES journal (position),
        since BIGINT NOT NULL,
        ask_at BIGINT NOT NULL
      );
      CREATE INDEX withdrawn_ask ON withdrawn (ask_at);

      CREATE TABLE person (id {identity}, person_key TEXT NOT NULL UNIQUE);

      CREATE TABLE preference (
        person {number} REFERENCES person (id),
        mode TEXT CHECK (mode IN ('instant', 'digest', 'off')),
        digest_period TEXT CHECK (digest_period IN ('daily', 'weekly')),
        digest_hour INTEGER CHECK (digest_hour BETWEEN 0 AND 23),
        digest_weekday INTEGER CHECK (digest_weekday BETWEEN 1 AND 7),
        digest_style TEXT CHECK (digest_style IN ('full', 'subjects')),
        digest_format TEXT CHECK (digest_format IN ('alternative', 'plain', 'mime')),
        zone TEXT,
        language TEXT,
        text_only INTEGER,
        own_posts INTEGER,
        paused_until BIGINT
      );

      CREATE TABLE last_digest (person {number} REFERENCES person (id), slot_date TEXT NOT NULL);

      CREATE TABLE own_watch (
        scope TEXT NOT NULL CHECK (scope IN ('thread', 'discussion', 'everything')),
        target TEXT NOT NULL,
        person BIGINT NOT NULL REFERENCES person (id),
        mute INTEGER NOT NULL,
        mode TEXT CHECK (mode IN ('instant', 'digest', 'off')),
        since BIGINT NOT NULL,
        PRIMARY KEY (scope, target, person)
      ) {clustered};
      CREATE INDEX own_watch_person ON own_watch (person);

      CREATE TABLE suppression (
        address TEXT PRIMARY KEY,
        reason TEXT NOT NULL,
        since BIGINT NOT NULL
      );

      CREATE TABLE fan_out (
        post BIGINT PRIMARY KEY REFERENCES journal (position),
        after_key TEXT,
        after_person BIGINT
      );

      CREATE TABLE decision (
        post BIGINT NOT NULL,
        person BIGINT NOT NULL,
        generation INTEGER NOT NULL,
        decision TEXT NOT NULL CHECK (decision IN ('instant', 'digest', 'skipped')),
        detail TEXT NOT NULL,
        delivery BIGINT,
        PRIMARY KEY (post, person, generation)
      ) {clustered};
      CREATE INDEX decision_open ON decision (person, post) WHERE decision = 'digest' AND delivery IS NULL;
      CREATE INDEX decision_digested ON decision (delivery, post) WHERE decision = 'digest' AND delivery IS NOT NULL;

      CREATE TABLE digest_slot (
        person BIGINT PRIMARY KEY REFERENCES person (id),
        due BIGINT NOT NULL,
        slot_date TEXT,
        kind TEXT NOT NULL CHECK (kind IN ('regular', 'catch-up', 'last-call', 'leaving'))
      );
      CREATE INDEX digest_slot_due ON digest_slot (due, person);

      CREATE TABLE last_call (
        discussion_key TEXT NOT NULL,
        closes_at BIGINT NOT NULL,
        call INTEGER NOT NULL CHECK (call IN (1, 2)),
        PRIMARY KEY (discussion_key, closes_at, call)
      );

      CREATE TABLE digest (
        id {identity},
        person BIGINT NOT NULL REFERENCES person (id),
        kind TEXT NOT NULL CHECK (kind IN ('regular', 'catch-up', 'last-call', 'leaving')),
        posts INTEGER NOT NULL,
        written_at BIGINT NOT NULL,
        signing_key INTEGER NOT NULL
      );

      CREATE TABLE delivery (
        id {number},
        person BIGINT NOT NULL,
        post BIGINT,
        digest BIGINT,
        part INTEGER NOT NULL DEFAULT 1,
        parts INTEGER NOT NULL DEFAULT 1,
        generation INTEGER NOT NULL DEFAULT 0,
        state TEXT NOT NULL CHECK (state IN
          ('queued', 'sending', 'sent', 'deferred', 'failed', 'expired', 'suppressed', 'held', 'uncertain', 'dropped')),
        reason TEXT,
        due BIGINT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        uncertain INTEGER NOT NULL DEFAULT 0,
        first_attempt_at BIGINT,
        began_at BIGINT,
        lease BIGINT,
        lease_until BIGINT,
        ended_at BIGINT,
        CHECK ((post IS NULL) <> (digest IS NULL))
      );
      CREATE INDEX delivery_leased ON delivery (lease_until) WHERE lease IS NOT NULL;
      CREATE INDEX delivery_digest ON delivery (digest) WHERE digest IS NOT NULL;
      CREATE INDEX delivery_held ON delivery (reason) WHERE state = 'held';
      CREATE INDEX delivery_dropped ON delivery (post, person) WHERE state = 'dropped';

      CREATE TABLE attempt (
        delivery BIGINT NOT NULL,
        number INTEGER NOT NULL,
        address TEXT NOT NULL,
        began_at BIGINT NOT NULL,
        ended_at BIGINT NOT NULL,
        outcome TEXT NOT NULL CHECK (outcome IN ('accepted', 'transient', 'permanent', 'lost', 'uncertain')),
        scope TEXT,
        answer TEXT NOT NULL,
        PRIMARY KEY (delivery, number)
      ) {clustered};

      CREATE TABLE hold (
        kind TEXT NOT NULL CHECK (kind IN ('domain', 'flood')),
        name TEXT NOT NULL,
        reason TEXT NOT NULL,
        since BIGINT NOT NULL,
        PRIMARY KEY (kind, name)
      );

      CREATE TABLE run (
        id {identity},
        job TEXT NOT NULL,
        started_at BIGINT NOT NULL,
        ended_at BIGINT,
        exit_code INTEGER,
        report TEXT
      );
      """,
      // An index of SQLite's bears the id at its end as it is.
      own: [.sqlite: deliveryDue("due"), .postgres: deliveryDue("due, id")]),
    Migration(
      2, "refusals by policy",
      """
      CREATE TABLE domain_refusal (
        domain TEXT NOT NULL,
        delivery BIGINT NOT NULL,
        answer TEXT NOT NULL,
        refused_at BIGINT NOT NULL,
        PRIMARY KEY (domain, delivery)
      ) {clustered};
      """),
    Migration(
      3, "what a post answers",
      """
      ALTER TABLE candidate ADD COLUMN parent_key TEXT;
      ALTER TABLE journal ADD COLUMN parent_key TEXT;
      """),
    setAsideTable,
    identities,
    fanOutTurns,
    bootOfLease,
    whatIsTheRelays,
    candidatesInTurn,
    setAsideInDoubt,
  ]

  /// `lease_until` counts from this boot of the machine; NULL: it is a moment of the database server's clock, or was
  /// written by a program that knew no boots.
  private static let bootOfLease = Migration(
    7, "the boot that a lease is of", "ALTER TABLE delivery ADD COLUMN lease_boot BIGINT;")
}

/// `delivery.attempts_before` are the attempts before its retries last began anew; `domain_refusal.person` is who was
/// refused, NULL for what an older program wrote.
private let whatIsTheRelays = Migration(
  8, "what is the relay's",
  """
  ALTER TABLE delivery ADD COLUMN attempts_before INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE domain_refusal ADD COLUMN person BIGINT;
  """)

/// What is to be asked about is read a page at a time, in the order of this index.
private let candidatesInTurn = Migration(
  9, "candidates in turn",
  """
  DROP INDEX candidate_ask;
  CREATE INDEX candidate_ask ON candidate (ask_at, post_key);
  """)

/// `set_aside.in_doubt`: the ledger was restored since, and nothing was asked about the row yet.
private let setAsideInDoubt = Migration(
  10, "set aside before a restore", "ALTER TABLE set_aside ADD COLUMN in_doubt INTEGER NOT NULL DEFAULT 0;")
