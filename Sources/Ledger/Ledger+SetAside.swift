import Forum
import Identifiers
import SQL
import Time

/// What of the forum cannot be read: kept by row and column until it can be, told once (rule E1).
extension Ledger {
  /// Keeps what was met where no checkpoint passes it. What is kept already is not written again.
  public func setAside(_ met: [SetAside]) throws {
    if met.isEmpty { return }
    let new = try database.read { connection in
      let known = try connection.query(
        "SELECT subject, row_key, column_name, value FROM set_aside WHERE row_key IN ($1)",
        [.texts(met.map(\.fault.key))]
      ) { row in (0...3).map { ForumKey(row.text($0)) } }
      let all = Set(known)
      return met.filter { one in
        let fault = one.fault
        return !all.contains([fault.subject.rawValue, fault.key, fault.column, fault.value].map { ForumKey($0) })
      }
    }
    if new.isEmpty { return }
    try database.write { try Ledger.setAside(new, $0) }
  }

  /// What is to be asked about now, in the order in which it was met.
  public func setAside(_ subject: RowFault.Subject, toAskAt now: Timestamp) throws -> [SetAside] {
    try database.read {
      try $0.query(
        """
        SELECT \(SetAside.columns) FROM set_aside
        WHERE \(Ledger.isToBeAsked) AND subject = $3 AND row_key <> '' ORDER BY since, row_key
        """, Ledger.asking(now) + [.text(subject.rawValue)], SetAside.init)
    }.compactMap(\.self)
  }

  /// All that is set aside, the newest first.
  public func setAside(limit: Int) throws -> [SetAside] {
    try database.read {
      try $0.query(
        "SELECT \(SetAside.columns) FROM set_aside ORDER BY since DESC, subject, row_key LIMIT $1",
        [.integer(Int64(limit))], SetAside.init)
    }.compactMap(\.self)
  }

  /// How much is set aside.
  public func setAsideCount() throws -> Int {
    try database.read { try $0.first("SELECT count(*) FROM set_aside") { Int($0.integer(0)) } ?? 0 }
  }

  /// How much of it keeps something waiting: an address or a zone that cannot be used does not, nor does a post's file.
  public func setAsideCountOfWaiting() throws -> Int {
    try database.read {
      try $0.first(
        """
        SELECT count(*) FROM set_aside
        WHERE subject <> 'attachment' AND NOT (subject = 'participant' AND column_name IN ('address', 'zone'))
        """
      ) { Int($0.integer(0)) } ?? 0
    }
  }

  /// How many posts reach nobody: whose own row is set aside, or that of their thread or discussion.
  public func postsSetAside() throws -> Int {
    try database.read {
      try $0.first("SELECT count(*) FROM set_aside WHERE subject NOT IN ('participant', 'attachment')") {
        Int($0.integer(0))
      } ?? 0
    }
  }

  /// Faults of which nobody was told yet; they count as told from now on.
  public func tellSetAside() throws -> [SetAside] {
    let untold = "SELECT \(SetAside.columns) FROM set_aside WHERE told = 0 ORDER BY since, row_key"
    guard try database.read({ try $0.exists("SELECT 1 FROM set_aside WHERE told = 0 LIMIT 1") }) else { return [] }
    return try database.write { connection in
      let told = try connection.query(untold, SetAside.init)
      try connection.run("UPDATE set_aside SET told = 1 WHERE told = 0")
      return told.compactMap(\.self)
    }
  }

  /// It still cannot be read: asks about it no earlier than at a moment. Nor could it be mailed before the ledger was
  /// restored.
  public func putOff(_ one: SetAside, until moment: Timestamp) throws {
    try database.write {
      try $0.run(
        "UPDATE set_aside SET ask_at = $4, in_doubt = 0 WHERE \(Ledger.isTheOne)",
        Ledger.one(one) + [.integer(moment.seconds)])
    }
  }

  /// It can be read again, or is no more.
  public func forgetSetAside(_ one: SetAside) throws {
    try database.write { try Ledger.forgetSetAside(one, $0) }
  }

  /// Forgets rows without a key that were met before a moment: nobody can be asked about them. What is still at fault is
  /// met again, and told again.
  public func forgetNameless(metBefore moment: Timestamp) throws {
    let (nameless, before) = ("row_key = '' AND since < $1", [Value.integer(moment.seconds)])
    guard try database.read({ try $0.exists("SELECT 1 FROM set_aside WHERE \(nameless)", before) }) else { return }
    try database.write { try $0.run("DELETE FROM set_aside WHERE \(nameless)", before) }
  }

  /// A person can be read again, and is decided about for the posts up to one: what is left begins behind it. It is
  /// forgotten with the last one, unless the person was passed by for another post in the meantime.
  public func resumeSetAside(_ one: SetAside, after post: JournalPosition) throws {
    try database.write { connection in
      try connection.run(
        "DELETE FROM set_aside WHERE \(Ledger.isTheOne) AND last_post <= $4", Ledger.one(one) + [.id(post)])
      try connection.run(
        "UPDATE set_aside SET first_post = $4 WHERE \(Ledger.isTheOne) AND first_post <= $5",
        Ledger.one(one) + [.id(JournalPosition(post.rawValue + 1)), .id(post)])
    }
  }

  static func forgetSetAside(_ one: SetAside, _ connection: any Connection) throws {
    try connection.run("DELETE FROM set_aside WHERE \(Ledger.isTheOne)", Ledger.one(one))
  }

  private static let isTheOne = "subject = $1 AND row_key = $2 AND column_name = $3"

  private static func one(_ one: SetAside) -> [Value] {
    [.text(one.fault.subject.rawValue), .text(one.fault.key), .text(one.fault.column)]
  }

  /// Keeps faults with the checkpoint that passes them (rule C1). Of one that is kept, another value is told again.
  static func setAside(_ met: [SetAside], _ connection: any Connection) throws {
    // One statement may not write a row twice: of a person with two rows alike, the last holds.
    var latest: [[ForumKey]: SetAside] = [:]
    // Who was erased is kept aside from nothing.
    let keys = met.filter { $0.fault.subject == .participant }.map(\.fault.key)
    let erased = keys.isEmpty ? [:] : try erased(keys: keys, connection)
    for one in met where !(one.fault.subject == .participant && erased[one.fault.key] != nil) {
      latest[[one.fault.subject.rawValue, one.fault.key, one.fault.column].map { ForumKey($0) }] = one
    }
    let values = latest.values.flatMap { one -> [Value] in
      let (fault, since) = (one.fault, Value.integer(one.since.seconds))
      return [
        .text(fault.subject.rawValue), .text(fault.key), .text(fault.query), .text(fault.column), .text(fault.value),
        .text(fault.complaint), .optional(fault.ordinal), .optional(one.place?.thread),
        .optional(one.place?.discussion), .optional(one.posts?.lowerBound.rawValue),
        .optional(one.posts?.upperBound.rawValue), since, since, .integer(0),
      ]
    }
    try connection.insert(
      into: "set_aside",
      columns: [
        "subject", "row_key", "query", "column_name", "value", "complaint", "ordinal", "thread_key", "discussion_key",
        "first_post", "last_post", "since", "ask_at", "told",
      ], values: values,
      conflict: """
        ON CONFLICT (subject, row_key, column_name) DO UPDATE SET query = excluded.query, value = excluded.value,
        complaint = excluded.complaint, ordinal = coalesce(excluded.ordinal, set_aside.ordinal),
        thread_key = coalesce(excluded.thread_key, set_aside.thread_key),
        discussion_key = coalesce(excluded.discussion_key, set_aside.discussion_key),
        first_post = CASE WHEN set_aside.first_post IS NULL OR excluded.first_post < set_aside.first_post
          THEN excluded.first_post ELSE set_aside.first_post END,
        last_post = CASE WHEN set_aside.last_post IS NULL OR excluded.last_post > set_aside.last_post
          THEN excluded.last_post ELSE set_aside.last_post END,
        in_doubt = 0,
        told = CASE WHEN set_aside.value = excluded.value THEN set_aside.told ELSE 0 END
        """)
  }
}
