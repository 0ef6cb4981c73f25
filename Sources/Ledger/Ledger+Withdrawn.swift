import Forum
import Identifiers
import SQL
import Time

/// Posts that were withdrawn, and what becomes of their copies when they are shown again (rule C6).
extension Ledger {
  /// Seconds that a question to the forum is put off at most; one put off for longer was put off under a wrong clock.
  public static let longestPause: Int64 = 30 * 86_400

  /// The condition on what is to be asked about at the moment `$1`, where `$2` is the longest pause later.
  static let isToBeAsked = "(ask_at <= $1 OR ask_at > $2)"

  /// The values of `isToBeAsked`.
  static func asking(_ now: Timestamp) -> [Value] {
    [.integer(now.seconds), .integer((now + longestPause).seconds)]
  }

  /// Withdrawn posts that are to be asked about now.
  public func withdrawn(toAskAt now: Timestamp) throws -> [Withdrawn] {
    try database.read {
      try $0.query(
        """
        SELECT \(JournalEntry.columns), (SELECT since FROM withdrawn WHERE post = position) FROM journal
        WHERE position IN (SELECT post FROM withdrawn WHERE \(Ledger.isToBeAsked)) ORDER BY position
        """, Ledger.asking(now)
      ) { Withdrawn(entry: JournalEntry($0), since: $0.moment(12)) }
    }
  }

  /// Asks about a withdrawn post no earlier than at a moment.
  public func putOff(_ post: JournalPosition, until moment: Timestamp) throws {
    try database.write {
      try $0.run(
        "UPDATE withdrawn SET ask_at = $2 WHERE post = $1", [.id(post), .integer(moment.seconds)])
    }
  }

  /// A withdrawn post is shown again: copies, and whole parts of digests, that were dropped because it was hidden or
  /// gone are queued anew. Their lifetime begins anew, their waits go on.
  /// - Returns: how many.
  public func requeueHidden(_ post: JournalPosition, now: Timestamp) throws -> Int {
    let dropped = """
      state = 'dropped' AND reason IN ('hidden', 'gone', 'unreadable-post') AND id IN (
        SELECT id FROM delivery WHERE post = $1 AND state = 'dropped'
        UNION ALL SELECT delivery FROM decision WHERE post = $1 AND decision = 'digest' AND delivery IS NOT NULL)
      """
    guard try database.read({ try $0.exists("SELECT 1 FROM delivery WHERE \(dropped) LIMIT 1", [.id(post)]) }) else {
      return 0
    }
    return try database.write {
      try Ledger.move(
        "UPDATE delivery SET \(Ledger.queuedAnew), due = $2 WHERE \(dropped)", [.id(post), .integer(now.seconds)],
        .requeued, now: now, $0)
    }
  }

  /// Who waits for a withdrawn post to come back into their sight: their copy was dropped because they could not read
  /// it or it was moved away, or they have it open for a digest and no slot. In the order of their numbers.
  /// - Parameter after: the number after which to begin; 0 for the first page.
  public func waiting(for post: JournalPosition, after: PersonID, limit: Int) throws -> [(id: PersonID, key: String)] {
    try peoplePage(
      """
      SELECT person FROM delivery WHERE post = $1 AND state = 'dropped'
        AND reason IN ('not-readable', 'moved', 'unreadable-person') AND person > $2
      UNION \(Ledger.openWithoutSlot) AND person > $2
      ORDER BY person LIMIT $3
      """, [.id(post), .id(after), .integer(Int64(limit))])
  }

  /// People who have the post `$1` open for a digest, and no slot in which it could come.
  private static let openWithoutSlot = """
    SELECT person FROM decision WHERE post = $1 AND decision = 'digest' AND delivery IS NULL
      AND NOT EXISTS (SELECT 1 FROM digest_slot s WHERE s.person = decision.person)
    """

  /// The post is back in the sight of these people: their dropped copies are queued anew, and who has it open for a
  /// digest gets a slot.
  /// - Parameter slots: those of people whose digests come at their hour; all others' are due now.
  /// - Returns: how many copies were queued and slots given.
  public func requeue(
    _ post: JournalPosition, for people: [PersonID], slots: [PersonID: PersonSlot] = [:], now: Timestamp
  ) throws -> Int {
    if people.isEmpty { return 0 }
    return try database.write { connection in
      let queued = try Ledger.move(
        """
        UPDATE delivery SET \(Ledger.queuedAnew), due = $2
        WHERE post = $1 AND state = 'dropped' AND reason IN ('not-readable', 'moved', 'unreadable-person')
          AND person IN ($3)
        """, [.id(post), .integer(now.seconds), .ids(people)], .requeued, now: now, connection)
      let readers = try connection.query(
        "\(Ledger.openWithoutSlot) AND person IN ($2) ORDER BY person", [.id(post), .ids(people)]
      ) { row in
        let person: PersonID = row.id(0)
        return slots[person] ?? PersonSlot(person: person, due: now, date: nil, kind: .catchUp)
      }
      try Ledger.giveSlots(readers, .keep, connection)
      return queued + readers.count
    }
  }

  /// Forgets that a post was withdrawn, unless somebody waits for it who did not when they were looked for.
  public func forgetWithdrawn(_ post: JournalPosition) throws {
    _ = try database.write { connection in
      // Whoever withdraws it at this moment is waited for, and only then looked for.
      _ = try connection.query("SELECT 1 FROM withdrawn WHERE post = $1 {for update}", [.id(post)]) { _ in }
      try connection.run(
        """
        DELETE FROM withdrawn WHERE post = $1
          AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.post = $1 AND d.state = 'dropped' AND d.reason IN ($2))
          AND NOT EXISTS (\(Ledger.openWithoutSlot))
        """, [.id(post), .texts(SkipReason.outOfSight.map(\.rawValue))])
    }
  }

  /// Posts of a leased part that cannot be shown now are open again, to go out if they are shown again. Those of a part
  /// of uncertain fate are not: they may have arrived with it, and nobody gets a post twice that is known to have gone
  /// once (rules C6, S5).
  static func reopen(
    _ posts: [JournalPosition], part: DeliveryID, lease: LeaseID, now: Timestamp, _ connection: any Connection
  ) throws {
    let reopened = try connection.query(
      """
      UPDATE decision SET delivery = NULL WHERE delivery = $1 AND post IN ($2) AND decision = 'digest' AND EXISTS (
        SELECT 1 FROM delivery d WHERE d.id = $1 AND d.lease = $3 AND d.state <> 'sending' AND d.uncertain = 0)
      RETURNING person, post
      """, [.id(part), .ids(posts), .id(lease)]
    ) { (person: $0.id(0) as PersonID, post: $0.id(1) as JournalPosition) }
    for (person, posts) in Dictionary(grouping: reopened, by: \.person) {
      try tell(
        posts.map(\.post).sorted().map {
          StoryEvent(at: now, .reopened, post: $0, delivery: part, detail: "out-of-sight")
        }, of: person, connection)
    }
    try withdraw(posts, now, connection)
  }

  /// Remembers posts whose copies wait for them to be shown again. One that is remembered already is asked about with
  /// the next run.
  static func withdraw(_ posts: some Sequence<JournalPosition>, _ now: Timestamp, _ connection: any Connection) throws {
    try connection.insert(
      into: "withdrawn", columns: ["post", "since", "ask_at"],
      values: Set(posts).sorted().flatMap { [.id($0), .integer(now.seconds), .integer(now.seconds)] },
      conflict: "ON CONFLICT (post) DO UPDATE SET ask_at = excluded.ask_at WHERE withdrawn.ask_at > excluded.ask_at")
  }
}
