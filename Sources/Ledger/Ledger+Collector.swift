import SQL
import Time

/// What the collector remembers between runs.
extension Ledger {
  private static let candidateColumns = [
    "post_key", "ordinal", "state", "thread_key", "discussion_key", "urgent", "visible_at", "seen_at",
    "ask_at", "parent_key", "author_key", "created_at",
  ]

  /// Candidates that are to be asked about now.
  public func candidates(toAskAt now: Timestamp) throws -> [Candidate] {
    try candidates(where: Ledger.isToBeAsked, Ledger.asking(now))
  }

  /// Candidates that can be seen and wait out the settling time, in the forum's order.
  public func restingCandidates() throws -> [Candidate] { try candidates(where: "state = 'resting'", []) }

  private func candidates(where condition: String, _ arguments: [Value]) throws -> [Candidate] {
    let columns = Ledger.candidateColumns.joined(separator: ", ")
    return try database.read {
      try $0.query(
        "SELECT \(columns) FROM candidate WHERE \(condition) ORDER BY ordinal", arguments, Candidate.init)
    }
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
    var known: Set<String> = []
    for chunk in candidates.chunks(of: chunk) {
      known.formUnion(try journalled(among: chunk.map(\.postKey), connection))
    }
    // A mapping may give a post twice; one statement may not write a row twice. The last holds.
    var latest: [String: Candidate] = [:]
    for candidate in candidates where !known.contains(candidate.postKey) { latest[candidate.postKey] = candidate }
    // A forum may have any number of posts that wait: what one statement takes is bounded.
    for chunk in Array(latest.values).chunks(of: chunk) { try upsert(chunk, connection) }
  }

  private static func upsert(_ candidates: some Collection<Candidate>, _ connection: any Connection) throws {
    let values = candidates.flatMap { candidate -> [Value] in
      [
        .text(candidate.postKey), .integer(candidate.ordinal), .text(candidate.state.rawValue),
        .text(candidate.threadKey), .text(candidate.discussionKey), .integer(candidate.isUrgent ? 1 : 0),
        .optional(candidate.visibleAt?.seconds), .integer(candidate.seenAt.seconds),
        .integer(candidate.askAt.seconds), .optional(candidate.parentKey),
        .optional(candidate.identity?.authorKey), .optional(candidate.identity?.createdAt.seconds),
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
