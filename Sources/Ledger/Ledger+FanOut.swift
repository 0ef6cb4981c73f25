import Forum
import Identifiers
import SQL

/// What fan-out decided for one person; the row of rule F4.
public struct DecisionRow: Hashable, Sendable {
  public var person: PersonID
  public var decision: Decision
  /// For a digest decision: the slot to give the person if they have none.
  public var slot: DigestSlot?

  public init(person: PersonID, decision: Decision, slot: DigestSlot? = nil) {
    self.person = person
    self.decision = decision
    self.slot = slot
  }
}

/// How many were decided, and how.
public struct DecisionCounts: Hashable, Sendable {
  public var instant = 0
  public var digest = 0
  public var skipped = 0
  public init() {}
}

/// How far the fan-out of a post has come (rule F6): first the forum's pages of watchers, then those whom only the
/// ledger knows to watch.
public enum FanOutCursor: Hashable, Sendable {
  /// The forum's watchers after this person.
  case forum(after: String)
  /// The ledger's after this one; 0 for the first page.
  case ledger(after: PersonID)

  /// The two columns that keep it, one of which is NULL.
  fileprivate var columns: [Value] {
    switch self {
    case .forum(let key): [.text(key), .null]
    case .ledger(let person): [.null, .id(person)]
    }
  }
}

extension Decision {
  /// The two columns that keep it: what, and the watch's scope or the reason.
  var columns: (decision: String, detail: String) {
    switch self {
    case .instant(let scope): ("instant", scope.rawValue)
    case .digest(let scope): ("digest", scope.rawValue)
    case .skipped(let reason): ("skipped", reason.rawValue)
    }
  }

  init?(decision: String, detail: String) {
    switch decision {
    case "instant": self = .instant(WatchScope(rawValue: detail) ?? .thread)
    case "digest": self = .digest(WatchScope(rawValue: detail) ?? .thread)
    case "skipped":
      guard let reason = SkipReason(rawValue: detail) else { return nil }
      self = .skipped(reason)
    default: return nil
    }
  }
}

extension Ledger {
  /// Where an interrupted fan-out of this post goes on; nil if it has not begun (rule F6).
  public func fanOutCursor(post: JournalPosition) throws -> FanOutCursor? {
    try database.read {
      try $0.first("SELECT after_key, after_person FROM fan_out WHERE post = $1", [.id(post)]) { row in
        row.optionalText(0).map(FanOutCursor.forum) ?? .ledger(after: row.id(1))
      }
    }
  }

  /// Writes one page of decisions with the cursor, or with the checkpoint if it is the last page (rules C1, F4, F6).
  /// - Parameters:
  ///   - generation: 0 the first time. A later one neither moves the checkpoint nor keeps a cursor.
  ///   - next: where the next page begins; nil if the post is done.
  /// - Returns: what was decided; nothing if another run has finished the post in the meantime.
  @discardableResult
  public func decide(
    _ rows: [DecisionRow], entry: JournalEntry, generation: Int = 0, next: FanOutCursor?
  ) throws -> DecisionCounts {
    try database.write { connection in
      if generation == 0, let done = try Ledger.mark(.fannedOut, connection), done >= entry.position.rawValue {
        return DecisionCounts()
      }
      let fresh = try undecided(rows, entry.position, generation, connection)
      let counts = try insert(fresh, entry, generation, connection)
      try Ledger.giveSlots(
        fresh.compactMap { row in
          row.slot.map { PersonSlot(person: row.person, due: $0.due, date: $0.date, kind: .regular) }
        }, .keepEarlier, connection)
      if generation == 0 { try Ledger.moveCursor(of: entry.position, to: next, connection) }
      return counts
    }
  }

  /// Writes decisions, and queues a copy for each that is instant.
  private func insert(
    _ rows: [DecisionRow], _ entry: JournalEntry, _ generation: Int, _ connection: any Connection
  ) throws -> DecisionCounts {
    var counts = DecisionCounts()
    let instant = rows.filter { if case .instant = $0.decision { true } else { false } }
    var delivery = try Ledger.queue(instant.map(\.person), entry, generation, connection).rawValue
    var values: [Value] = []
    values.reserveCapacity(rows.count * 6)
    for row in rows {
      let (decision, detail) = row.decision.columns
      values.append(.id(entry.position))
      values.append(.id(row.person))
      values.append(.integer(Int64(generation)))
      values.append(.text(decision))
      values.append(.text(detail))
      switch row.decision {
      case .instant:
        values.append(.integer(delivery))
        delivery += 1
        counts.instant += 1
      case .digest:
        values.append(.null)
        counts.digest += 1
      case .skipped:
        values.append(.null)
        counts.skipped += 1
      }
    }
    try connection.insert(
      into: "decision", columns: ["post", "person", "generation", "decision", "detail", "delivery"], values: values)
    return counts
  }

  /// - Parameter next: nil moves the checkpoint to the post, which is done.
  private static func moveCursor(
    of post: JournalPosition, to next: FanOutCursor?, _ connection: any Connection
  ) throws {
    guard let next else {
      try connection.run("DELETE FROM fan_out WHERE post = $1", [.id(post)])
      return try set(.fannedOut, post.rawValue, connection)
    }
    try connection.run(
      """
      INSERT INTO fan_out (post, after_key, after_person) VALUES ($1, $2, $3)
      ON CONFLICT (post) DO UPDATE SET after_key = $2, after_person = $3
      """, [.id(post)] + next.columns)
  }

  /// Leaves out who was decided before: a person whose place in the forum's order moved while pages were read.
  private func undecided(
    _ rows: [DecisionRow], _ post: JournalPosition, _ generation: Int, _ connection: any Connection
  ) throws -> [DecisionRow] {
    let people = rows.map(\.person)
    guard let first = people.min(), let last = people.max() else { return [] }
    var decided: Set<PersonID> = []
    let post: [Value] = [.id(post), .integer(Int64(generation))]
    if last.rawValue - first.rawValue < 4 * Int64(people.count) {
      decided = Set(
        try connection.query(
          "SELECT person FROM decision WHERE post = $1 AND generation = $2 AND person BETWEEN $3 AND $4",
          post + [.id(first), .id(last)]
        ) { $0.id(0) })
    } else {
      for start in stride(from: 0, to: people.count, by: 1024) {
        decided.formUnion(
          try connection.query(
            "SELECT person FROM decision WHERE post = $1 AND generation = $2 AND person IN ($3)",
            post + [.ids(people[start..<min(start + 1024, people.count)])]
          ) { $0.id(0) })
      }
    }
    return rows.filter { decided.insert($0.person).inserted }
  }

  /// Queues one instant copy per person and returns the number of the first; they are numbered without a gap.
  private static func queue(
    _ people: [PersonID], _ entry: JournalEntry, _ generation: Int, _ connection: any Connection
  ) throws -> DeliveryID {
    let first = try reserveDeliveries(people.count, connection)
    var values: [Value] = []
    values.reserveCapacity(people.count * 6)
    for (offset, person) in people.enumerated() {
      values.append(.integer(first.rawValue + Int64(offset)))
      values.append(.id(person))
      values.append(.id(entry.position))
      values.append(.integer(Int64(generation)))
      values.append("queued")
      values.append(.integer(entry.isUrgent ? 0 : entry.due.seconds))
    }
    try connection.insert(
      into: "delivery", columns: ["id", "person", "post", "generation", "state", "due"], values: values)
    return first
  }

  /// Reserves numbers of deliveries, without a gap and never twice; returns the first.
  static func reserveDeliveries(_ count: Int, _ connection: any Connection) throws -> DeliveryID {
    DeliveryID(try increment(.delivery, by: Int64(count), connection) - Int64(count) + 1)
  }

  /// What was decided for one person and one post; the latest generation.
  public func decision(post: JournalPosition, person: PersonID) throws -> Decision? {
    try database.read {
      try $0.first(
        "SELECT decision, detail FROM decision WHERE post = $1 AND person = $2 ORDER BY generation DESC LIMIT 1",
        [.id(post), .id(person)]
      ) { Decision(decision: $0.text(0), detail: $0.text(1)) }
    } ?? nil
  }
}
