import Forum
import Identifiers
import SQL
import Time

/// Forums and ledgers that were restored from a backup (rule E3).
extension Ledger {
  /// The posts that were journalled last, the latest first.
  public func latestEntries(limit: Int) throws -> [JournalEntry] {
    try database.read {
      try $0.query(
        "SELECT \(JournalEntry.columns) FROM journal ORDER BY position DESC LIMIT $1", [.integer(Int64(limit))],
        JournalEntry.init)
    }.filter { !$0.isReplaced }
  }

  /// Keeps by what posts are known again, as the forum has it now.
  public func keepIdentities(_ identities: [JournalPosition: PostIdentity]) throws {
    if identities.isEmpty { return }
    try database.write { connection in
      let sorted = identities.sorted { $0.key < $1.key }
      let authors = try Ledger.veiled(authors: sorted.map(\.value.authorKey), connection)
      for ((position, identity), author) in zip(sorted, authors) {
        try connection.run(
          "UPDATE journal SET author_key = $2, created_at = $3 WHERE position = $1",
          [.id(position), .optional(author), .integer(identity.createdAt.seconds)])
      }
    }
  }

  /// Posts that had one of these texts, in their order, whether others have their keys now or not.
  public func journalEntries(texts: some Sequence<String>) throws -> [JournalEntry] {
    try database.read {
      try $0.query(
        "SELECT \(JournalEntry.columns) FROM journal WHERE text_mark IN ($1) ORDER BY position",
        [.texts(Set(texts).sorted())], JournalEntry.init)
    }
  }

  /// A post that was lost stands in the forum again, under a key that may be another's before: it is the journal's, and
  /// whoever has it has it.
  public func knowAgain(_ posts: [JournalPosition: Post]) throws {
    if posts.isEmpty { return }
    try database.write { connection in
      let sorted = posts.sorted { $0.key < $1.key }
      let authors = try Ledger.veiled(authors: sorted.map(\.value.authorKey), connection)
      for ((position, post), author) in zip(sorted, authors) {
        try connection.run(
          "UPDATE journal SET post_key = $2, author_key = $3, created_at = $4 WHERE position = $1",
          [
            .id(position), .text(post.key), .optional(author), .integer(post.createdAt.seconds),
          ])
      }
    }
  }

  /// These posts are no more, and others have their keys, which are free for those.
  public func replace(_ entries: [JournalEntry]) throws {
    if entries.isEmpty { return }
    try database.write { try Ledger.replace(entries, $0) }
  }

  private static func replace(_ entries: [JournalEntry], _ connection: any Connection) throws {
    for entry in entries {
      try connection.run(
        "UPDATE journal SET post_key = $2 WHERE position = $1", [.id(entry.position), .text(entry.replacedKey)])
    }
  }

  /// The forum was restored: these posts are no more, and others have their keys. Their keys are free again, their
  /// copies find no post; and what stands above `ordinal` waits for the admin's word.
  /// - Parameter isFar: it is not whole: until it is, or the admin's word, nothing is collected.
  public func forumWentBack(
    to ordinal: Int64, replaced: [JournalEntry] = [], isFar: Bool = false, reason: String, now: Timestamp
  ) throws {
    try database.write { connection in
      try Ledger.replace(replaced, connection)
      try Ledger.set(.wentBack, ordinal, connection)
      if isFar { try Ledger.set(.farBack, 1, connection) }
      try Ledger.hold(.forum, "", reason, now, connection)
    }
  }

  /// The forum is whole again, and nothing waits for the admin's word by this.
  /// - Parameter ordinal: what stands above it may be new.
  public func forumCameBack(to ordinal: Int64) throws {
    try database.write { connection in
      try Ledger.set(.farBack, 0, connection)
      try Ledger.set(.wentBack, ordinal, connection)
      try connection.run("DELETE FROM hold WHERE kind = 'forum'")
    }
  }

  /// None of the held posts is left: there is nothing to give a word about.
  public func dropForumHold() throws {
    try database.write { try $0.run("DELETE FROM hold WHERE kind = 'forum'") }
  }

  /// What the admin's word about a restore has changed.
  public struct Resumed: Hashable, Sendable {
    /// Mails that waited and are not sent: they were before the backup was restored.
    public var dropped = 0
    /// Posts that waited for somebody's digest, one for each of its readers.
    public var undigested = 0
    /// People who had been erased, and were there again.
    public var erased = 0
    /// Nothing waited.
    public init() {}
  }

  /// The admin's word about what was restored: it goes on. Of the ledger and the forum, only what was restored is
  /// touched: where the forum went back, what waits in the ledger goes its way.
  /// - Parameters:
  ///   - moment: what was due, or could be seen, before it has been mailed; nil: nothing has.
  ///   - isEverything: all that waits and could be seen before the moment has been mailed, whenever its next try is due.
  ///   - witness: what the ledger had counted before it was restored. Numbers go on behind it: one that is used twice
  ///     would give two mails one Message-ID, or one person's links to another. Where the ledger may have been restored
  ///     and there is none, they leap.
  ///   - isForced: the admin says so though nothing shows it.
  ///   - newest: the forum's largest ordinal now: what gets a larger one is new, whatever its time. nil: not known.
  public func resume(
    mailedUntil moment: Timestamp?, isEverything: Bool = false, witness: Witness?, isForced: Bool = false,
    newest: Int64? = nil, now: Timestamp
  ) throws -> Resumed {
    try database.write { connection in
      var resumed = Resumed()
      let kept = try Ledger.keptWord(connection)
      try Ledger.dropKeptWord(connection)
      let witness = witness.map { $0.joined(with: kept) } ?? kept
      let isForum = try connection.run("DELETE FROM hold WHERE kind = 'forum'") > 0
      let isLedger = try connection.run("DELETE FROM hold WHERE kind = 'ledger'") > 0 || witness != nil || !isForum
      if isLedger || isForced { try Ledger.skip(to: witness, database.dialect, connection) }
      let erased = try witness?.erased.map { try Ledger.eraseAgain($0, now: now, connection) } ?? 0
      if isForum, let low = try Ledger.mark(.wentBack, connection), let mark = try Ledger.mark(.collected, connection) {
        try Ledger.set(.collected, min(low, mark), connection)
        try Ledger.set(.rereadThrough, max(mark, Ledger.mark(.rereadThrough, connection) ?? 0), connection)
        try Ledger.set(.wentBack, .max, connection)
        try Ledger.set(.farBack, 0, connection)
        // An earlier word is about other posts.
        try Ledger.set(.historyUntil, moment?.seconds ?? .min, connection)
        try Ledger.set(.historyThrough, min(mark, newest ?? mark), connection)
        let last = "SELECT coalesce(max(position), 0) FROM journal"
        try Ledger.set(.answered, try connection.first(last) { $0.integer(0) } ?? 0, connection)
      }
      if isLedger, let moment {
        resumed = try Ledger.close(before: moment, isEverything, now, connection)
        try Ledger.set(.mailedUntil, moment.seconds, connection)
        try connection.run("UPDATE set_aside SET in_doubt = 1, ask_at = since")
      }
      resumed.erased = erased
      return resumed
    }
  }

  /// Ends what waits and was due before a moment, or is tried again later: of digests, what waits for people whose slot has come since. Leases in
  /// a restored ledger are of runs that are long over.
  private static func close(
    before moment: Timestamp, _ isEverything: Bool, _ now: Timestamp, _ connection: any Connection
  ) throws -> Resumed {
    var resumed = Resumed()
    try move(
      "UPDATE delivery SET state = 'uncertain', \(Ledger.unleased) WHERE lease IS NOT NULL AND state = 'sending'", [],
      .rescued, "again", now: now, connection)
    try connection.run("UPDATE delivery SET \(Ledger.unleased) WHERE lease IS NOT NULL")
    resumed.dropped = try move(
      """
      UPDATE delivery SET state = 'dropped', reason = $2, ended_at = $3
      WHERE state IN ('queued', 'deferred', 'uncertain') AND lease IS NULL
        AND (due < $1 OR $4 = 1 AND (first_attempt_at IS NOT NULL
          OR post IN (SELECT position FROM journal WHERE visible_at < $1)
          OR digest IN (SELECT id FROM digest WHERE written_at < $1)))
      """,
      [
        .integer(moment.seconds), .text(SkipReason.mailedBefore.rawValue), .integer(now.seconds),
        .integer(isEverything ? 1 : 0),
      ], .withheld, SkipReason.mailedBefore.rawValue, now: now, connection)
    let undigested = """
      decision = 'digest' AND delivery IS NULL
        AND post IN (SELECT position FROM journal WHERE visible_at < $1)
        AND NOT EXISTS (SELECT 1 FROM digest_slot s WHERE s.person = decision.person AND s.due > $1)
      """
    let mailedBefore: [Value] = [.integer(moment.seconds), .text(SkipReason.mailedBefore.rawValue)]
    // Before the reason takes the place of the watch. Runs hold while the admin's word is waited for.
    try connection.run(
      """
      INSERT INTO event (happened_at, person, post, kind, detail)
      SELECT CAST($3 AS BIGINT), person, post, 'skipped', CAST($2 AS TEXT) || ' ' || detail
      FROM decision WHERE \(undigested)
      """, mailedBefore + [.integer(now.seconds)])
    resumed.undigested = try connection.run(
      "UPDATE decision SET decision = 'skipped', detail = $2 WHERE \(undigested)", mailedBefore)
    return resumed
  }

  /// These candidates are asked about in the next run, however long they wait.
  public func askAtOnce(_ candidates: Set<ForumKey>, now: Timestamp) throws {
    if candidates.isEmpty { return }
    try database.write {
      try $0.run(
        "UPDATE candidate SET ask_at = $2 WHERE post_key IN ($1) AND ask_at > $2",
        [.texts(candidates.sortedTexts), .integer(now.seconds)])
    }
  }

  /// The candidates of these posts.
  public func candidates(keys: [String]) throws -> Set<ForumKey> {
    try database.read {
      try $0.query("SELECT post_key FROM candidate WHERE post_key IN ($1)", [.texts(keys)]) { $0.text(0) }
    }.distinctKeys
  }
}
