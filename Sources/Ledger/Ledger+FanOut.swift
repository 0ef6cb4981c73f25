import Forum
import Identifiers
import SQL
import Time

/// Fan-out: who was decided to get which post (rule F4).
extension Ledger {
  /// Writes one page of decisions with the cursor, or that the post is done if it is the last page (rules C1, F4, F6).
  /// - Parameters:
  ///   - setAside: people whose rows cannot be read: they are decided about when they can be (rule E1).
  ///   - generation: 0 the first time. A later one is not a matter of the post's own progress, and leaves it alone.
  ///   - next: where the next page begins, after a turn of every other post; nil if the post is done.
  /// - Returns: what was decided; nothing if another run has finished the post in the meantime.
  @discardableResult
  public func decide(
    _ rows: [DecisionRow], setAside: [SetAside] = [], entry: JournalEntry, generation: Int = 0, next: FanOutCursor?,
    now: Timestamp
  ) throws -> DecisionCounts {
    try database.write { connection in
      // Two runs may be at the same post, one of them late: its pages, which the other has written, count for nothing.
      if generation == 0, try !Ledger.awaitsFanOut(entry.position, connection) { return DecisionCounts() }
      let counts = try write(rows, entry, generation, now, connection)
      try Ledger.setAside(setAside, connection)
      if generation == 0 { try Ledger.moveCursor(of: entry.position, to: next, connection) }
      return counts
    }
  }

  /// Writes decisions about people who were passed by when the post's others were decided about; the checkpoint stays
  /// where it is.
  /// - Returns: what was decided; nothing about somebody for whom there is a decision.
  @discardableResult
  public func decideLate(_ rows: [DecisionRow], entry: JournalEntry, now: Timestamp) throws -> DecisionCounts {
    try database.write { try write(rows, entry, 0, now, $0) }
  }

  /// Writes the decisions that are new, with their copies and digest slots.
  private func write(
    _ rows: [DecisionRow], _ entry: JournalEntry, _ generation: Int, _ now: Timestamp, _ connection: any Connection
  ) throws -> DecisionCounts {
    // Judged before they were erased.
    let erased = rows.isEmpty ? [:] : try Ledger.erased(among: rows.lazy.map(\.person), connection)
    let judged =
      erased.isEmpty
      ? rows
      : rows.map { erased[$0.person] == nil ? $0 : DecisionRow(person: $0.person, decision: .skipped(.erased)) }
    let fresh = try undecided(judged, entry.position, generation, connection)
    let counts = try insert(fresh, entry, generation, now, connection)
    try Ledger.giveSlots(
      fresh.compactMap { row in
        row.slot.map { PersonSlot(person: row.person, due: $0.due, date: $0.date, kind: .regular) }
      }, .keepEarlier, connection)
    return counts
  }

  /// Writes decisions, and queues a copy for each that is instant.
  private func insert(
    _ rows: [DecisionRow], _ entry: JournalEntry, _ generation: Int, _ now: Timestamp, _ connection: any Connection
  ) throws -> DecisionCounts {
    let instant = rows.filter { if case .instant = $0.decision { true } else { false } }
    var delivery = try Ledger.queue(instant.map(\.person), entry, generation, connection).rawValue
    var counts = DecisionCounts()
    var values: [Value] = []
    values.reserveCapacity(rows.count * 7)
    for row in rows {
      let (decision, detail) = row.decision.columns
      values.append(.id(entry.position))
      values.append(.id(row.person))
      values.append(.integer(Int64(generation)))
      values.append(.text(decision))
      values.append(.text(detail))
      counts.add(row.decision)
      if case .instant = row.decision {
        values.append(.integer(delivery))
        delivery += 1
      } else {
        values.append(.null)
      }
      values.append(.integer(now.seconds))
    }
    try connection.insert(
      into: "decision", columns: ["post", "person", "generation", "decision", "detail", "delivery", "decided_at"],
      values: values)
    return counts
  }

  /// Leaves out who was decided before: a person whose place in the forum's order moved while pages were read.
  private func undecided(
    _ rows: [DecisionRow], _ post: JournalPosition, _ generation: Int, _ connection: any Connection
  ) throws -> [DecisionRow] {
    let people = rows.map(\.person)
    guard let first = people.min(), let last = people.max() else { return [] }
    var decided: Set<PersonID> = []
    let post: [Value] = [.id(post), .integer(Int64(generation))]
    // A page of the forum's people has numbers close together: one range of the key, not a thousand look-ups.
    if last.rawValue - first.rawValue < 4 * Int64(people.count) {
      decided = Set(
        try connection.query(
          "SELECT person FROM decision WHERE post = $1 AND generation = $2 AND person BETWEEN $3 AND $4",
          post + [.id(first), .id(last)]
        ) { $0.id(0) })
    } else {
      for chunk in people.chunks(of: Ledger.chunk) {
        decided.formUnion(
          try connection.query(
            "SELECT person FROM decision WHERE post = $1 AND generation = $2 AND person IN ($3)", post + [.ids(chunk)]
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

  /// Reserves numbers of deliveries, without a gap and never twice; returns the first. They are counted here, not by
  /// the table, so that decisions can name their copies before these are inserted.
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
