import Forum
import Mail
import SQL

/// A post that the collector remembers until it may enter the journal.
public struct Candidate: Hashable, Sendable {
  public enum State: String, Sendable {
    /// Readers cannot see it yet.
    case pending
    /// They can; it waits out the settling time (rule C4).
    case resting
  }
  public var postKey: String
  public var ordinal: Int64
  public var state: State
  public var threadKey: String
  public var discussionKey: String
  public var isUrgent: Bool
  /// When it became visible; nil while pending.
  public var visibleAt: Timestamp?
  public var seenAt: Timestamp
  /// When the forum is to be asked about it again.
  public var askAt: Timestamp

  /// - Parameter askAt: nil for every run.
  public init(_ post: Post, state: State, visibleAt: Timestamp?, seenAt: Timestamp, askAt: Timestamp? = nil) {
    postKey = post.key
    ordinal = post.ordinal
    threadKey = post.threadKey
    discussionKey = post.discussionKey
    isUrgent = post.isUrgent
    self.state = state
    self.visibleAt = visibleAt
    self.seenAt = seenAt
    self.askAt = askAt ?? seenAt
  }

  fileprivate init(_ row: any Row) {
    postKey = row.text(0)
    ordinal = row.integer(1)
    state = State(rawValue: row.text(2))!
    threadKey = row.text(3)
    discussionKey = row.text(4)
    isUrgent = row.integer(5) != 0
    visibleAt = row.optionalInteger(6).map(Timestamp.init)
    seenAt = Timestamp(row.integer(7))
    askAt = Timestamp(row.integer(8))
  }
}

/// Ordinals that were passed over: a transaction may still bring posts there (rule C2).
public struct Gap: Hashable, Sendable {
  public var range: ClosedRange<Int64>
  public var seenAt: Timestamp

  public init(_ range: ClosedRange<Int64>, seenAt: Timestamp) { (self.range, self.seenAt) = (range, seenAt) }
}

/// A post with its place in our own order.
public struct JournalEntry: Hashable, Sendable {
  /// Dense and growing; the post's number in tokens.
  public let position: Int64
  public let postKey: String
  public let threadKey: String
  public let discussionKey: String
  public let isUrgent: Bool
  public let visibleAt: Timestamp
  /// When its instant copies became due: visible and settled.
  public let due: Timestamp
  /// The number of the key that signs its Message-IDs (rule M4).
  public let signingKey: UInt8

  static let columns =
    "position, post_key, thread_key, discussion_key, urgent, visible_at, due, signing_key"

  init(_ row: any Row) {
    position = row.integer(0)
    postKey = row.text(1)
    threadKey = row.text(2)
    discussionKey = row.text(3)
    isUrgent = row.integer(4) != 0
    visibleAt = Timestamp(row.integer(5))
    due = Timestamp(row.integer(6))
    signingKey = UInt8(truncatingIfNeeded: row.integer(7))
  }
}

/// What one look at the forum changes in the collector's memory.
public struct Collection: Sendable {
  public var upserts: [Candidate] = []
  public var forgotten: [String] = []
  public var removedGaps: [Gap] = []
  public var addedGaps: [Gap] = []
  /// The largest ordinal seen; nil leaves the mark alone.
  public var collected: Int64?

  public init() {}

  public var isEmpty: Bool {
    upserts.isEmpty && forgotten.isEmpty && removedGaps.isEmpty && addedGaps.isEmpty && collected == nil
  }
}

extension Ledger {
  private static let candidateColumns = [
    "post_key", "ordinal", "state", "thread_key", "discussion_key", "urgent", "visible_at", "seen_at",
    "ask_at",
  ]

  /// Candidates that are to be asked about now.
  public func candidates(toAskAt now: Timestamp) throws -> [Candidate] {
    try candidates(where: Ledger.isToBeAsked, Ledger.asking(now))
  }

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

  public func gaps() throws -> [Gap] {
    try database.read {
      try $0.query("SELECT first, last, seen_at FROM gap ORDER BY first") {
        Gap($0.integer(0)...$0.integer(1), seenAt: Timestamp($0.integer(2)))
      }
    }
  }

  /// Records what a look at the forum brought, with the mark that accounts for it (rule C1). A post that is in the
  /// journal never becomes a candidate again (rule C2).
  public func record(_ collection: Collection) throws {
    try database.write { connection in
      for gap in collection.removedGaps {
        try connection.run("DELETE FROM gap WHERE first = $1", [.integer(gap.range.lowerBound)])
      }
      for gap in collection.addedGaps {
        try connection.run(
          "INSERT INTO gap (first, last, seen_at) VALUES ($1, $2, $3) ON CONFLICT (first) DO UPDATE SET last = $2",
          [.integer(gap.range.lowerBound), .integer(gap.range.upperBound), .integer(gap.seenAt.seconds)])
      }
      if !collection.forgotten.isEmpty {
        try connection.run("DELETE FROM candidate WHERE post_key IN ($1)", [.texts(collection.forgotten)])
      }
      let known = Set(
        try connection.query(
          "SELECT post_key FROM journal WHERE post_key IN ($1)", [.texts(collection.upserts.map(\.postKey))]
        ) { $0.text(0) })
      // A mapping may give a post twice; one statement may not write a row twice. The last holds.
      var latest: [String: Candidate] = [:]
      for candidate in collection.upserts where !known.contains(candidate.postKey) {
        latest[candidate.postKey] = candidate
      }
      let values = latest.values.flatMap { candidate -> [Value] in
        [
          .text(candidate.postKey), .integer(candidate.ordinal), .text(candidate.state.rawValue),
          .text(candidate.threadKey), .text(candidate.discussionKey), .integer(candidate.isUrgent ? 1 : 0),
          .optional(candidate.visibleAt?.seconds),
          .integer(candidate.seenAt.seconds), .integer(candidate.askAt.seconds),
        ]
      }
      try connection.insert(
        into: "candidate", columns: Ledger.candidateColumns, values: values,
        conflict: """
          ON CONFLICT (post_key) DO UPDATE SET ordinal = excluded.ordinal, state = excluded.state,
          thread_key = excluded.thread_key, discussion_key = excluded.discussion_key, urgent = excluded.urgent,
          visible_at = excluded.visible_at, ask_at = excluded.ask_at
          """)
      if let collected = collection.collected { try Ledger.set(.collected, collected, connection) }
    }
  }

  /// Gives these candidates their places in the journal, in the order given, and forgets them as candidates.
  /// - Parameters:
  ///   - settled: candidates with the moment since which their copies are due.
  /// - Returns: how many entered; one that another run journalled first is left out.
  public func journal(_ settled: [(candidate: Candidate, due: Timestamp)], signingKey: UInt8, now: Timestamp) throws
    -> Int
  {
    try database.write { connection in
      var entered = 0
      // Asked beforehand, since a refused insert uses up a position too.
      let known = Set(
        try connection.query(
          "SELECT post_key FROM journal WHERE post_key IN ($1)", [.texts(settled.map(\.candidate.postKey))]
        ) { $0.text(0) })
      for (candidate, due) in settled {
        try connection.run("DELETE FROM candidate WHERE post_key = $1", [.text(candidate.postKey)])
        if known.contains(candidate.postKey) { continue }
        entered += try connection.run(
          """
          INSERT INTO journal (post_key, thread_key, discussion_key, urgent, visible_at, due, journalled_at, signing_key)
          VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (post_key) DO NOTHING
          """,
          [
            .text(candidate.postKey), .text(candidate.threadKey), .text(candidate.discussionKey),
            .integer(candidate.isUrgent ? 1 : 0),
            .integer((candidate.visibleAt ?? candidate.seenAt).seconds), .integer(due.seconds),
            .integer(now.seconds), .integer(Int64(signingKey)),
          ])
      }
      return entered
    }
  }

  /// The next entry after a position.
  public func journalEntry(after position: Int64) throws -> JournalEntry? {
    try database.read {
      try $0.first(
        "SELECT \(JournalEntry.columns) FROM journal WHERE position > $1 ORDER BY position LIMIT 1",
        [.integer(position)], JournalEntry.init)
    }
  }

  public func journalEntries(positions: some Sequence<Int64>) throws -> [JournalEntry] {
    try database.read {
      try $0.query(
        "SELECT \(JournalEntry.columns) FROM journal WHERE position IN ($1) ORDER BY position",
        [.integers(positions)], JournalEntry.init)
    }
  }

  public func journalEntries(postKeys: some Sequence<String>) throws -> [JournalEntry] {
    try database.read {
      try $0.query(
        "SELECT \(JournalEntry.columns) FROM journal WHERE post_key IN ($1) ORDER BY position",
        [.texts(postKeys)], JournalEntry.init)
    }
  }
}
