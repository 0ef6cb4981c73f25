import Forum
import SQL
import Time

/// What the collector remembers between runs.
extension Ledger {
  private static let candidateColumns = [
    "post_key", "ordinal", "state", "thread_key", "discussion_key", "urgent", "visible_at", "seen_at",
    "ask_at", "parent_key", "author_key", "created_at",
  ]

  /// A page of the candidates that are to be asked about now, those first that wait for it longest.
  /// - Parameter last: the last one of the page before, as it was there; nil for the first page.
  public func candidates(toAskAt now: Timestamp, after last: Candidate? = nil, limit: Int = 500) throws -> [Candidate] {
    let latest = (now + Ledger.longestPause).seconds
    // Those that were put off under a wrong clock come behind the others.
    var page: [Candidate] = []
    for span in [Int64.min...now.seconds, (latest + 1)...Int64.max] where page.count < limit {
      if let last, last.askAt.seconds > span.upperBound { continue }
      let after = last.map { max($0.askAt.seconds, span.lowerBound) == $0.askAt.seconds ? $0.postKey : "" } ?? ""
      let arguments: [Value] = [
        .integer(max(last?.askAt.seconds ?? .min, span.lowerBound)), .integer(span.upperBound), .text(after),
        .integer(Int64(limit - page.count)),
      ]
      page += try candidates(
        where: "ask_at BETWEEN $1 AND $2 AND (ask_at, post_key) > ($1, $3) ORDER BY ask_at, post_key LIMIT $4",
        arguments)
    }
    return page
  }

  /// How the candidates stand that can be seen and wait out the settling time.
  /// - Parameters:
  ///   - settle: seconds that one rests unless it is urgent.
  ///   - ordinal: the largest one that the admin has seen and let go.
  public func restingCounts(now: Timestamp, settle: Int64, released ordinal: Int64) throws -> RestingCounts {
    let due = Ledger.hasRested
    return try database.read {
      try $0.first(
        """
        SELECT count(*), count(*) FILTER (WHERE \(due)), count(*) FILTER (WHERE \(due) AND urgent <> 0),
          count(*) FILTER (WHERE \(due) AND ordinal > $3),
          count(*) FILTER (WHERE \(due) AND ordinal > $3 AND urgent <> 0)
        FROM candidate WHERE state = 'resting'
        """, [.integer((now - settle).seconds), .integer(now.seconds), .integer(ordinal)]
      ) { row in
        let counts = (0..<5).map { Int(row.integer($0)) }
        return RestingCounts(
          resting: counts[0] - counts[1], settled: counts[1], urgent: counts[2], unseen: counts[3],
          unseenUrgent: counts[4])
      } ?? RestingCounts()
    }
  }

  /// Candidates that have rested, urgent ones first, each kind in the forum's order.
  /// - Parameters:
  ///   - ordinal: those up to it; all if it is the largest number.
  ///   - withUrgent: urgent ones beyond it too.
  public func settledCandidates(
    now: Timestamp, settle: Int64, through ordinal: Int64, withUrgent: Bool, limit: Int
  ) throws -> [Candidate] {
    try candidates(
      where: """
        state = 'resting' AND \(Ledger.hasRested) AND (ordinal <= $3 OR urgent <> 0 AND $4 = 1)
        ORDER BY urgent <> 0 DESC, ordinal, post_key LIMIT $5
        """,
      [
        .integer((now - settle).seconds), .integer(now.seconds), .integer(ordinal), .integer(withUrgent ? 1 : 0),
        .integer(Int64(limit)),
      ])
  }

  /// Whether a resting candidate's time is over, where `$1` is when others and `$2` when urgent ones became visible.
  private static let hasRested = "visible_at <= CASE WHEN urgent <> 0 THEN CAST($2 AS BIGINT) ELSE $1 END"

  private func candidates(where condition: String, _ arguments: [Value]) throws -> [Candidate] {
    let columns = Ledger.candidateColumns.joined(separator: ", ")
    return try database.read {
      try $0.query("SELECT \(columns) FROM candidate WHERE \(condition)", arguments, Candidate.init)
    }
  }

  /// A post that waits for its place in the journal; nil where none of this key does.
  public func candidate(_ key: String) throws -> Candidate? {
    try candidates(where: "post_key = $1", [.text(key)]).first
  }

  /// How many candidates readers cannot see yet.
  public func pendingCandidates() throws -> Int {
    try database.read {
      try $0.first("SELECT count(*) FROM candidate WHERE state = 'pending'") { Int($0.integer(0)) } ?? 0
    }
  }

  /// Ordinals that were passed over, ascending.
  public func gaps() throws -> [Gap] {
    try database.read {
      try $0.query("SELECT first, last, seen_at FROM gap ORDER BY first") {
        Gap($0.integer(0)...$0.integer(1), seenAt: Timestamp($0.integer(2)))
      }
    }
  }

  /// Records what a look at the forum brought, with the mark that accounts for it (rule C1). A post that is in the
  /// journal never becomes a candidate again (rule C2).
  public func save(_ update: CollectorUpdate) throws {
    try database.write { connection in
      for one in update.mended { try Ledger.forgetSetAside(one, connection) }
      try Ledger.setAside(update.setAside, connection)
      try Ledger.save(removed: update.removedGaps, added: update.addedGaps, connection)
      if !update.forgotten.isEmpty {
        try connection.run("DELETE FROM candidate WHERE post_key IN ($1)", [.texts(update.forgotten)])
      }
      try Ledger.save(update.upserts, connection)
      if let collected = update.collected { try Ledger.set(.collected, collected, connection) }
    }
  }

  private static func save(removed: [Gap], added: [Gap], _ connection: any Connection) throws {
    for gap in removed {
      try connection.run("DELETE FROM gap WHERE first = $1", [.integer(gap.range.lowerBound)])
    }
    for gap in added {
      try connection.run(
        "INSERT INTO gap (first, last, seen_at) VALUES ($1, $2, $3) ON CONFLICT (first) DO UPDATE SET last = $2",
        [.integer(gap.range.lowerBound), .integer(gap.range.upperBound), .integer(gap.seenAt.seconds)])
    }
  }

  private static func save(_ candidates: [Candidate], _ connection: any Connection) throws {
    var known: Set<ForumKey> = []
    for chunk in candidates.chunks(of: chunk) {
      known.formUnion(try journalled(among: chunk.map(\.postKey), connection))
    }
    // A mapping may give a post twice; one statement may not write a row twice. The last holds.
    var latest: [ForumKey: Candidate] = [:]
    for candidate in candidates where !known.contains(candidate.postKey) { latest[candidate.postKey] = candidate }
    // A forum may have any number of posts that wait: what one statement takes is bounded.
    for chunk in Array(latest.values).chunks(of: chunk) { try upsert(chunk, connection) }
  }

  private static func upsert(_ candidates: some Collection<Candidate>, _ connection: any Connection) throws {
    let authors = try veiled(authors: candidates.map { $0.identity?.authorKey }, connection)
    let values = zip(candidates, authors).flatMap { candidate, author -> [Value] in
      [
        .text(candidate.postKey), .integer(candidate.ordinal), .text(candidate.state.rawValue),
        .text(candidate.threadKey), .text(candidate.discussionKey), .integer(candidate.isUrgent ? 1 : 0),
        .optional(candidate.visibleAt?.seconds), .integer(candidate.seenAt.seconds),
        .integer(candidate.askAt.seconds), .optional(candidate.parentKey),
        .optional(author), .optional(candidate.identity?.createdAt.seconds),
      ]
    }
    try connection.insert(
      into: "candidate", columns: candidateColumns, values: values,
      conflict: """
        ON CONFLICT (post_key) DO UPDATE SET ordinal = excluded.ordinal, state = excluded.state,
        thread_key = excluded.thread_key, discussion_key = excluded.discussion_key, urgent = excluded.urgent,
        visible_at = excluded.visible_at, ask_at = excluded.ask_at, parent_key = excluded.parent_key,
        author_key = excluded.author_key, created_at = excluded.created_at
        """)
  }
}
