import SQL

/// The steps of the schema that mail which comes in needs; what stands in the tables, beside what their names say:
/// - `notice.body` is what is to be told, in Composition's own form; `topic` is the matter that a person hears of so
///   often and no more.
/// - `received.identity` is made of sender, Message-ID and body (rule I1); `raw` is NULL once retention has taken it.
/// - `reply` is what one of these messages wants posted, with the key by which the forum knows it again (rule I5);
///   `tried_at` is when the forum was asked first, since somebody's last word about it.
/// - `sent_text.words` are hashes of what mails said of a post, in `SentText`'s form; one row for each text of it.
/// - `failure` has one event a delivery at most; `tenths` is what it added to the address's score (rule B3), nothing where
///   whoever sent the mail back was to blame (`excused`).
extension Ledger {
  static let inboundMigrations = [noticesTable, receivedTable, failuresTable, excusedFailures, triedReplies]

  /// A delivery carries a post, a part of a digest, or a notice. SQLite takes no constraint back: the table is made anew.
  private static let noticesTable: Migration = {
    let columns = """
      id, person, post, digest, part, parts, generation, state, reason, due, attempts, uncertain, first_attempt_at, \
      began_at, lease, lease_until, ended_at, lease_boot, attempts_before
      """
    return Migration(
      11, "notices",
      """
      CREATE TABLE notice (
        id {identity},
        person BIGINT NOT NULL,
        topic TEXT NOT NULL,
        body TEXT NOT NULL,
        created_at BIGINT NOT NULL
      );
      CREATE INDEX notice_topic ON notice (person, topic, created_at);

      """,
      own: [
        .sqlite: """
        CREATE TABLE delivery_anew (
          id INTEGER PRIMARY KEY,
          person BIGINT NOT NULL,
          post BIGINT,
          digest BIGINT,
          notice BIGINT,
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
          lease_boot BIGINT,
          attempts_before INTEGER NOT NULL DEFAULT 0,
          CHECK ((post IS NOT NULL) + (digest IS NOT NULL) + (notice IS NOT NULL) = 1)
        );
        INSERT INTO delivery_anew (\(columns)) SELECT \(columns) FROM delivery ORDER BY id;
        DROP TABLE delivery;
        ALTER TABLE delivery_anew RENAME TO delivery;
        CREATE INDEX delivery_leased ON delivery (lease_until) WHERE lease IS NOT NULL;
        CREATE INDEX delivery_digest ON delivery (digest) WHERE digest IS NOT NULL;
        CREATE INDEX delivery_held ON delivery (reason) WHERE state = 'held';
        CREATE INDEX delivery_dropped ON delivery (post, person) WHERE state = 'dropped';
        \(deliveryDue("due"))
        CREATE INDEX delivery_notice ON delivery (notice) WHERE notice IS NOT NULL;
        CREATE INDEX delivery_suppressed ON delivery (person) WHERE state = 'suppressed';

        """,
        .postgres: """
        ALTER TABLE delivery ADD COLUMN notice BIGINT;
        ALTER TABLE delivery DROP CONSTRAINT delivery_check;
        ALTER TABLE delivery ADD CONSTRAINT delivery_content CHECK (num_nonnulls(post, digest, notice) = 1);
        CREATE INDEX delivery_notice ON delivery (notice) WHERE notice IS NOT NULL;
        CREATE INDEX delivery_suppressed ON delivery (person) WHERE state = 'suppressed';

        """,
      ])
  }()

  private static let receivedTable = Migration(
    12, "mail that came in",
    """
    CREATE TABLE received (
      id {identity},
      identity TEXT NOT NULL UNIQUE,
      mailbox TEXT NOT NULL,
      recipient TEXT,
      arrived_at BIGINT NOT NULL,
      taken_at BIGINT NOT NULL,
      size BIGINT NOT NULL,
      raw {octets},
      state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'set-aside')),
      tries INTEGER NOT NULL DEFAULT 0,
      due BIGINT NOT NULL,
      outcome TEXT,
      detail TEXT NOT NULL DEFAULT '',
      person BIGINT,
      post BIGINT,
      delivery BIGINT,
      ended_at BIGINT
    );
    CREATE INDEX received_due ON received (due, id) WHERE state = 'waiting';
    CREATE INDEX received_set_aside ON received (id) WHERE state = 'set-aside';
    CREATE INDEX received_raw ON received (id) WHERE raw IS NOT NULL;
    CREATE TABLE reply (
      received {number},
      mail_key TEXT NOT NULL UNIQUE,
      person BIGINT NOT NULL,
      post BIGINT NOT NULL,
      thread_key TEXT NOT NULL,
      body TEXT NOT NULL,
      elided TEXT NOT NULL,
      body_hash TEXT NOT NULL,
      notes TEXT NOT NULL DEFAULT '',
      message_id TEXT,
      subject TEXT NOT NULL,
      arrived_at BIGINT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('waiting', 'trying', 'parked', 'posted', 'refused', 'discarded')),
      reason TEXT,
      tries INTEGER NOT NULL DEFAULT 0,
      due BIGINT NOT NULL,
      post_key TEXT,
      ended_at BIGINT
    );
    CREATE INDEX reply_due ON reply (due, received) WHERE state IN ('waiting', 'trying');
    CREATE INDEX reply_parked ON reply (received) WHERE state = 'parked';
    CREATE INDEX reply_person ON reply (person, arrived_at);
    CREATE TABLE sent_text (
      post BIGINT NOT NULL,
      version TEXT NOT NULL,
      words {octets} NOT NULL,
      kept_at BIGINT NOT NULL,
      PRIMARY KEY (post, version)
    );
    CREATE INDEX sent_text_kept ON sent_text (kept_at);
    """)

  private static let failuresTable = Migration(
    13, "failures of addresses",
    """
    CREATE TABLE failure (
      delivery {number},
      person BIGINT NOT NULL,
      address TEXT NOT NULL,
      severity TEXT NOT NULL CHECK (severity IN ('hard', 'soft', 'policy')),
      source TEXT NOT NULL CHECK (source IN ('dialogue', 'report')),
      status TEXT NOT NULL,
      diagnostic TEXT NOT NULL,
      tenths INTEGER NOT NULL,
      at BIGINT NOT NULL,
      received BIGINT
    );
    CREATE INDEX failure_at ON failure (at);
    CREATE INDEX failure_address ON failure (address, at);
    CREATE TABLE address_score (
      address TEXT PRIMARY KEY,
      tenths INTEGER NOT NULL,
      last_at BIGINT NOT NULL
    );
    ALTER TABLE suppression ADD COLUMN person BIGINT;
    ALTER TABLE suppression ADD COLUMN cause TEXT NOT NULL DEFAULT 'admin';
    ALTER TABLE suppression ADD COLUMN next_probe BIGINT;
    ALTER TABLE suppression ADD COLUMN probes INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE suppression ADD COLUMN probe BIGINT;
    CREATE INDEX suppression_probe ON suppression (next_probe) WHERE next_probe IS NOT NULL;
    CREATE INDEX suppression_probing ON suppression (address) WHERE probe IS NOT NULL;
    """)

  private static let excusedFailures = Migration(
    14, "failures that are held against nobody",
    """
    ALTER TABLE failure ADD COLUMN excused INTEGER NOT NULL DEFAULT 0;
    """)

  private static let triedReplies = Migration(
    15, "since when replies are tried", "ALTER TABLE reply ADD COLUMN tried_at BIGINT;")
}
