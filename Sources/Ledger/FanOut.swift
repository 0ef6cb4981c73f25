import Forum
import Mail
import SQL

/// What fan-out decided for one person; the row of rule F4.
public struct DecisionRow: Hashable, Sendable {
  public var person: Int64
  public var decision: Decision
  /// For a digest decision: the slot to give the person if they have none.
  public var slot: DigestSlot?

  public init(person: Int64, decision: Decision, slot: DigestSlot? = nil) {
    (self.person, self.decision, self.slot) = (person, decision, slot)
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
  /// The person after whom an interrupted fan-out of this post goes on; nil if it has not begun (rule F6).
  public func fanOutCursor(post: Int64) throws -> String? {
    try database.read {
      try $0.first("SELECT after_key FROM fan_out WHERE post = $1", [.integer(post)]) { $0.text(0) }
    }
  }

  /// Writes one page of decisions with the cursor, or with the checkpoint if it is the last page (rules C1, F4, F6).
  /// - Parameters:
  ///   - generation: 0 the first time. A later one neither moves the checkpoint nor keeps a cursor.
  ///   - next: the last person of the page; nil if the post is done.
  /// - Returns: how many deliveries were queued; none if another run has finished the post in the meantime.
  public func decide(
    _ rows: [DecisionRow], entry: JournalEntry, generation: Int = 0, next: String?
  ) throws -> Int {
    try database.write { connection in
      if generation == 0, let done = try Ledger.mark(.fannedOut, connection), done >= entry.position { return 0 }
      let fresh = try undecided(rows, entry.position, generation, connection)
      let instant = fresh.filter { if case .instant = $0.decision { true } else { false } }
      let firstDelivery = try Ledger.queue(instant.map(\.person), entry, generation, connection)
      var values: [Value] = []
      values.reserveCapacity(fresh.count * 6)
      var delivery = firstDelivery
      for row in fresh {
        let (decision, detail) = row.decision.columns
        values += [
          .integer(entry.position), .integer(row.person), .integer(Int64(generation)), .text(decision), .text(detail),
        ]
        if case .instant = row.decision {
          values.append(.integer(delivery))
          delivery += 1
        } else {
          values.append(.null)
        }
      }
      try connection.insert(
        into: "decision", columns: ["post", "person", "generation", "decision", "detail", "delivery"], values: values)
      try giveSlots(fresh, connection)
      if generation > 0 { return instant.count }
      if let next {
        try connection.run(
          "INSERT INTO fan_out (post, after_key) VALUES ($1, $2) ON CONFLICT (post) DO UPDATE SET after_key = $2",
          [.integer(entry.position), .text(next)])
      } else {
        try connection.run("DELETE FROM fan_out WHERE post = $1", [.integer(entry.position)])
        try Ledger.set(.fannedOut, entry.position, connection)
      }
      return instant.count
    }
  }

  /// Leaves out who was decided before: a person whose place in the forum's order moved while pages were read.
  private func undecided(
    _ rows: [DecisionRow], _ post: Int64, _ generation: Int, _ connection: any Connection
  ) throws -> [DecisionRow] {
    var decided: Set<Int64> = []
    for start in stride(from: 0, to: rows.count, by: 1024) {
      let people = rows[start..<min(start + 1024, rows.count)].map(\.person)
      decided.formUnion(
        try connection.query(
          "SELECT person FROM decision WHERE post = $1 AND generation = $2 AND person IN ($3)",
          [.integer(post), .integer(Int64(generation)), .integers(people)]
        ) { $0.integer(0) })
    }
    return rows.filter { decided.insert($0.person).inserted }
  }

  /// Queues one instant copy per person and returns the number of the first; they are numbered without a gap.
  private static func queue(
    _ people: [Int64], _ entry: JournalEntry, _ generation: Int, _ connection: any Connection
  ) throws -> Int64 {
    let first = try numbers(people.count, connection)
    var values: [Value] = []
    values.reserveCapacity(people.count * 6)
    for (offset, person) in people.enumerated() {
      values += [
        .integer(first + Int64(offset)), .integer(person), .integer(entry.position), .integer(Int64(generation)),
        "queued", .integer(entry.isUrgent ? 0 : entry.due.seconds),
      ]
    }
    try connection.insert(
      into: "delivery", columns: ["id", "person", "post", "generation", "state", "due"], values: values)
    return first
  }

  /// Reserves numbers of deliveries, without a gap and never twice; returns the first.
  static func numbers(_ count: Int, _ connection: any Connection) throws -> Int64 {
    let last = try mark(.delivery, connection) ?? 0
    if count > 0 { try set(.delivery, last + Int64(count), connection) }
    return last + 1
  }

  private func giveSlots(_ rows: [DecisionRow], _ connection: any Connection) throws {
    let values = rows.flatMap { row -> [Value] in
      guard let slot = row.slot else { return [] }
      return [.integer(row.person), .integer(slot.due.seconds), .text(slot.date.description), "regular"]
    }
    try connection.insert(
      into: "digest_slot", columns: ["person", "due", "slot_date", "kind"], values: values,
      conflict: "ON CONFLICT (person) DO NOTHING")
  }

  /// What was decided for one person and one post; the latest generation.
  public func decision(post: Int64, person: Int64) throws -> Decision? {
    try database.read {
      try $0.first(
        "SELECT decision, detail FROM decision WHERE post = $1 AND person = $2 ORDER BY generation DESC LIMIT 1",
        [.integer(post), .integer(person)]
      ) { Decision(decision: $0.text(0), detail: $0.text(1)) }
    } ?? nil
  }
}
