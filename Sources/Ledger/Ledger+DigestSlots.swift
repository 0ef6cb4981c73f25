import Identifiers
import SQL
import Time

/// When each person's next digest is due.
extension Ledger {
  /// People whose slot has come, the longest overdue first.
  public func dueSlots(now: Timestamp, limit: Int) throws -> [PersonSlot] {
    try database.read {
      try $0.query(
        "SELECT person, due, slot_date, kind FROM digest_slot WHERE due <= $1 ORDER BY due, person LIMIT $2",
        [.integer(now.seconds), .integer(Int64(limit))]
      ) { row in
        PersonSlot(
          person: row.id(0), due: row.moment(1), date: row.optionalText(2).flatMap(CivilDate.init(iso8601:)),
          kind: DigestCause(rawValue: row.text(3))!)
      }
    }
  }

  /// A page of people whose regular slot is due after a moment, in the order of their numbers.
  /// - Parameter after: the number after which to begin; 0 for the first page.
  public func slotted(dueAfter moment: Timestamp, after: PersonID, limit: Int) throws -> [(id: PersonID, key: String)] {
    try peoplePage(
      "SELECT person FROM digest_slot WHERE person > $1 AND due > $2 AND kind = 'regular' ORDER BY person LIMIT $3",
      [.id(after), .integer(moment.seconds), .integer(Int64(limit))])
  }

  /// What becomes of a slot that a person has already.
  enum SlotConflict {
    /// It stays.
    case keep
    /// It stays, unless the new one is earlier: one given under a clock that was ahead does not silence its reader
    /// until then.
    case keepEarlier
    /// The new one takes its place.
    case replace

    fileprivate var clause: String {
      let replace = """
        ON CONFLICT (person) DO UPDATE SET due = excluded.due, slot_date = excluded.slot_date, kind = excluded.kind
        """
      return switch self {
      case .keep: "ON CONFLICT (person) DO NOTHING"
      case .keepEarlier: "\(replace) WHERE excluded.due < digest_slot.due"
      case .replace: replace
      }
    }
  }

  /// Gives people slots; the one place that does.
  /// - Parameter slots: no person twice.
  static func giveSlots(_ slots: [PersonSlot], _ conflict: SlotConflict, _ connection: any Connection) throws {
    let erased = slots.isEmpty ? [:] : try erased(among: slots.lazy.map(\.person), connection)
    try connection.insert(
      into: "digest_slot", columns: ["person", "due", "slot_date", "kind"],
      values: slots.lazy.filter { erased[$0.person] == nil }.flatMap { slot -> [Value] in
        [
          .id(slot.person), .integer(slot.due.seconds), .optional(slot.date?.description), .text(slot.kind.rawValue),
        ]
      }, conflict: conflict.clause)
  }

  /// Moves the slots of people whose preferences changed, if they have one, and notes how far changes were read. A slot
  /// that has come is not moved: its digest is owed (rule D1). But the last digest of somebody who has come back to
  /// digests before it was written is not the last: it waits for their hour again.
  /// - Parameter changesRead: how far the forum's changes were read; nil leaves that alone.
  public func moveSlots(_ slots: [PersonSlot], changesRead: Int64?, now: Timestamp) throws {
    if slots.isEmpty, changesRead == nil { return }
    try database.write { connection in
      for slot in slots {
        try connection.run(
          """
          UPDATE digest_slot SET due = $2, slot_date = $3, kind = $4
          WHERE person = $1 AND (due > $5 OR kind = 'leaving')
          """,
          [
            .id(slot.person), .integer(slot.due.seconds), .optional(slot.date?.description),
            .text(slot.kind.rawValue), .integer(now.seconds),
          ])
      }
      if let changesRead { try Ledger.set(.changesRead, changesRead, connection) }
    }
  }

  /// Makes everybody's digest due who has posts of the discussion open, once per call and closing time (rule D3).
  /// - Parameters:
  ///   - call: 1 for all of them; 2, for what was posted after that, only for those whose own slot comes too late.
  /// - Returns: how many people, 0 if it was called before.
  public func lastCall(_ call: Int, discussion: String, closesAt: Timestamp, now: Timestamp) throws -> Int {
    let key: [Value] = [.text(discussion), .integer(closesAt.seconds), .integer(Int64(call))]
    let isCalled = try database.read {
      try $0.exists("SELECT 1 FROM last_call WHERE discussion_key = $1 AND closes_at = $2 AND call = $3", key)
    }
    if isCalled { return 0 }
    return try database.write { connection in
      // Noted in the commit that moves the slots: after a crash it was called, or will be. A discussion whose closing
      // time is changed is called again for the new one.
      try connection.run(
        "INSERT INTO last_call (discussion_key, closes_at, call) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", key)
      // `+post`: by the index of what is open, not by everything that was ever decided about the discussion.
      return try connection.run(
        """
        UPDATE digest_slot SET due = $2, slot_date = NULL, kind = 'last-call'
        WHERE due > $2 AND due >= $3 AND person IN (
          SELECT person FROM decision WHERE decision = 'digest' AND delivery IS NULL
            AND +post IN (SELECT position FROM journal WHERE discussion_key = $1))
        """, [.text(discussion), .integer(now.seconds), .integer(call == 1 ? 0 : closesAt.seconds)])
    }
  }
}
