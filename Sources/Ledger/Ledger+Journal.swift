import Forum
import Identifiers
import SQL
import Time

/// The journal: posts in our own order.
extension Ledger {
  /// Whether posts of a forum were met: then there was a forum.
  public func knowsPosts() throws -> Bool {
    if try mark(.collected) ?? 0 > 0 { return true }
    return try database.read {
      try $0.exists("SELECT 1 FROM journal LIMIT 1", []) || $0.exists("SELECT 1 FROM candidate LIMIT 1", [])
    }
  }

  /// Gives these candidates their places in the journal, in the order given, and forgets them as candidates. From then
  /// on each waits for fan-out, behind those that wait already (rules C1, E4).
  /// - Parameters:
  ///   - settled: candidates with the moment since which their copies are due.
  ///   - signingKey: the number of the key that is current (rule M4).
  /// - Returns: how many entered; one that another run journalled first is left out.
  public func journal(_ settled: [(candidate: Candidate, due: Timestamp)], signingKey: UInt8, now: Timestamp) throws
    -> Int
  {
    try database.write { connection in
      let entered = try Ledger.enter(settled, signingKey, now, connection)
      try Ledger.awaitFanOut(entered, connection)
      return entered.count
    }
  }

  /// Gives posts their places in the journal that are mailed to nobody, by the admin's word: should the forum be restored
  /// once more, they are known again (rule E3). One that stands there already is left as it is.
  public func journalLeftOut(_ posts: [Candidate], signingKey: UInt8, now: Timestamp) throws {
    if posts.isEmpty { return }
    try database.write { connection in
      _ = try Ledger.enter(posts.map { ($0, $0.visibleAt ?? now) }, signingKey, now, connection)
    }
  }

  /// Those that got a place, in their order.
  private static func enter(
    _ settled: [(candidate: Candidate, due: Timestamp)], _ signingKey: UInt8, _ now: Timestamp,
    _ connection: any Connection
  ) throws -> [(position: JournalPosition, isUrgent: Bool)] {
    var entered: [(position: JournalPosition, isUrgent: Bool)] = []
    var places: [ForumKey: JournalPosition] = [:]
    // Asked beforehand, since a refused insert uses up a position too.
    let known = try journalled(among: settled.map(\.candidate.postKey), connection)
    let authors = try veiled(authors: settled.map { $0.candidate.identity?.authorKey }, connection)
    for ((candidate, due), author) in zip(settled, authors) {
      try connection.run("DELETE FROM candidate WHERE post_key = $1", [.text(candidate.postKey)])
      if known.contains(candidate.postKey) { continue }
      let position: JournalPosition? = try connection.first(
        """
        INSERT INTO journal (post_key, thread_key, discussion_key, urgent, visible_at, due, journalled_at,
          signing_key, parent_key, author_key, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (post_key) DO NOTHING
        RETURNING position
        """,
        [
          .text(candidate.postKey), .text(candidate.threadKey), .text(candidate.discussionKey),
          .integer(candidate.isUrgent ? 1 : 0),
          .integer((candidate.visibleAt ?? candidate.seenAt).seconds), .integer(due.seconds),
          .integer(now.seconds), .integer(Int64(signingKey)), .optional(candidate.parentKey),
          .optional(author), .optional(candidate.identity?.createdAt.seconds),
        ]
      ) { $0.id(0) }
      guard let position else { continue }
      entered.append((position, candidate.isUrgent))
      places[ForumKey(candidate.postKey)] = position
    }
    try holdEntered(places, now: now, connection)
    return entered
  }

  /// Those of these posts that stand in the journal.
  static func journalled(among keys: [String], _ connection: any Connection) throws -> Set<ForumKey> {
    try connection.query("SELECT post_key FROM journal WHERE post_key IN ($1)", [.texts(keys)]) { $0.text(0) }
      .distinctKeys
  }

  /// The first entry of a range: a way through posts for which somebody was passed by.
  public func journalEntry(from first: JournalPosition, through last: JournalPosition) throws -> JournalEntry? {
    try database.read {
      try $0.first(
        "SELECT \(JournalEntry.columns) FROM journal WHERE position BETWEEN $1 AND $2 ORDER BY position LIMIT 1",
        [.id(first), .id(last)], JournalEntry.init)
    }
  }

  /// The entries at these positions, in their order.
  public func journalEntries(positions: some Sequence<JournalPosition>) throws -> [JournalEntry] {
    try database.read {
      try $0.query(
        "SELECT \(JournalEntry.columns) FROM journal WHERE position IN ($1) ORDER BY position",
        [.ids(positions)], JournalEntry.init)
    }
  }

  /// When the posts journalled last got their places, and how many seconds after they could have.
  public func recentDelays(limit: Int) throws -> [(at: Timestamp, delay: Int64)] {
    try database.read {
      try $0.query(
        "SELECT journalled_at, journalled_at - due FROM journal ORDER BY position DESC LIMIT $1",
        [.integer(Int64(limit))]
      ) { (at: $0.moment(0), delay: $0.integer(1)) }
    }
  }

  /// The latest entries of a discussion, the last first.
  public func latestEntries(ofDiscussion key: String, limit: Int) throws -> [JournalEntry] {
    try database.read {
      try $0.query(
        "SELECT \(JournalEntry.columns) FROM journal WHERE discussion_key = $1 ORDER BY position DESC LIMIT $2",
        [.text(key), .integer(Int64(limit))], JournalEntry.init)
    }
  }

  /// The entries of these posts, in the order of their positions.
  public func journalEntries(postKeys: some Sequence<String>) throws -> [JournalEntry] {
    try database.read {
      try $0.query(
        "SELECT \(JournalEntry.columns) FROM journal WHERE post_key IN ($1) ORDER BY position",
        [.texts(postKeys)], JournalEntry.init)
    }
  }

  /// The posts that a post answers, the nearest first: its parent, the parent's parent and so on, as far as they stand
  /// in the journal.
  /// - Parameters:
  ///   - parents: the posts' parents as the forum has them now, by any name that the caller likes.
  ///   - limit: how many at most for each.
  /// - Returns: the ancestors by the same names.
  public func ancestors<Name: Hashable>(of parents: [Name: String], limit: Int) throws -> [Name: [JournalEntry]] {
    var chains: [Name: [JournalEntry]] = [:]
    var next = parents
    for _ in 0..<limit where !next.isEmpty {
      let found = Dictionary(
        try journalEntries(postKeys: next.values.distinctKeys.sortedTexts).map { (ForumKey($0.postKey), $0) },
        uniquingKeysWith: { first, _ in first })
      var further: [Name: String] = [:]
      for (name, key) in next {
        // A forum whose answers go in a circle is read once round.
        guard let entry = found[key], chains[name]?.contains(entry) != true else { continue }
        chains[name, default: []].append(entry)
        further[name] = entry.parentKey
      }
      next = further
    }
    return chains
  }
}
