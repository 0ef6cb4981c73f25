import DeliveryPolicy
import Forum
import Identifiers
import SQL
import TestSupport
import Time

@testable import Ledger

/// A ledger of its own, with short words for what the tests of the ledger do all the time.
final class LedgerFixture: Sendable {
  let directory: TemporaryDirectory
  let file: any SQL.Database
  private let database: TestDatabase
  let ledger: Ledger
  let clock = TestClock()
  var now: Timestamp { clock.now }

  init() throws {
    directory = try TemporaryDirectory()
    database = try TestDatabase(in: directory, "ledger.sqlite")
    file = try database.open()
    ledger = Ledger(file)
    try ledger.migrate()
  }

  /// The same ledger as another process sees it.
  func anotherProcess() throws -> Ledger { Ledger(try database.open()) }

  // MARK: The journal

  func candidate(
    _ key: String, discussion: String = "d", isUrgent: Bool = false, state: Candidate.State = .resting
  ) -> Candidate {
    let post = Post(
      key: key, ordinal: Int64(key) ?? 1, threadKey: "t", discussionKey: discussion, number: key, authorName: "",
      body: "", createdAt: now, isUrgent: isUrgent)
    return Candidate(post, state: state, visibleAt: state == .resting ? now : nil, seenAt: now)
  }

  /// Journals a post that is due now, or at another moment.
  func entry(
    _ key: String, discussion: String = "d", isUrgent: Bool = false, due: Timestamp? = nil
  ) throws -> JournalEntry {
    let candidate = candidate(key, discussion: discussion, isUrgent: isUrgent)
    _ = try ledger.journal([(candidate, due: due ?? now)], signingKey: 1, now: now)
    return try ledger.journalEntries(postKeys: [key])[0]
  }

  // MARK: People and decisions

  /// Numbers of people, in the order of their keys.
  func people(_ keys: String...) throws -> [PersonID] {
    let people = try ledger.people(keys: keys)
    return keys.map { people[$0]!.id }
  }

  /// A slot in two days.
  var slot: DigestSlot { DigestSlot.next(after: now + 86_400, used: nil, on: DigestSchedule()) }

  @discardableResult
  func decide(
    _ entry: JournalEntry, instant: [PersonID] = [], digest: [PersonID] = [], skipped: [PersonID] = [],
    next: String? = nil
  ) throws -> Int {
    let rows =
      instant.map { DecisionRow(person: $0, decision: .instant(.thread)) }
      + digest.map { DecisionRow(person: $0, decision: .digest(.thread), slot: slot) }
      + skipped.map { DecisionRow(person: $0, decision: .skipped(.muted)) }
    return try ledger.decide(rows, entry: entry, next: next.map { .forum(after: $0) }, now: now).instant
  }

  /// Journals a post and queues a copy for each person; returns the numbers of the copies.
  @discardableResult
  func copies(_ key: String, to people: [PersonID], isUrgent: Bool = false, due: Timestamp? = nil) throws
    -> [DeliveryID]
  {
    let entry = try entry(key, isUrgent: isUrgent, due: due)
    let before = Set(try rows().keys)
    try decide(entry, instant: people)
    return try rows().keys.filter { !before.contains($0) }.sorted()
  }

  // MARK: Digests

  /// Makes a person's digest due now and plans it from the posts that are open for them.
  func plan(
    _ person: PersonID, kind: DigestCause = .regular,
    parts: ([JournalPosition]) -> [[JournalPosition]] = { [$0] }
  ) throws -> DigestPlan {
    try ledger.moveSlots(
      [PersonSlot(person: person, due: now, date: slot.date, kind: kind)], changesRead: nil, now: now)
    let open = try ledger.openPosts(of: [person])[person] ?? []
    return DigestPlan(
      person: person, kind: kind, date: slot.date, parts: parts(open).filter { !$0.isEmpty }, considered: open,
      next: slot)
  }

  @discardableResult
  func write(_ plans: DigestPlan...) throws -> (digests: Int, parts: Int) {
    try ledger.write(plans, signingKey: 1, now: now)
  }

  /// Remembers a post as withdrawn, now.
  func withdraw(_ post: JournalPosition) throws { try file.write { try Ledger.withdraw([post], now, $0) } }

  /// A withdrawn post is shown again, to everybody.
  @discardableResult
  func restore(_ post: JournalPosition) throws -> Int {
    let copies = try ledger.requeueHidden(post, now: now)
    let people = try ledger.waiting(for: post, after: 0, limit: 1000).map(\.id)
    let restored = try copies + ledger.requeue(post, for: people, now: now)
    try ledger.forgetWithdrawn(post)
    return restored
  }

  func slots() throws -> [PersonID: PersonSlot] {
    let slots = try ledger.dueSlots(now: Timestamp(.max), limit: 1000)
    return Dictionary(uniqueKeysWithValues: slots.map { ($0.person, $0) })
  }

  // MARK: Deliveries

  func lease(_ limit: Int = 100, under number: LeaseID? = nil, seconds: Int64 = 900, by ledger: Ledger? = nil) throws
    -> (lease: Lease, deliveries: [Delivery])?
  {
    try (ledger ?? self.ledger).lease(limit: limit, under: number, now: now, seconds: seconds)
  }

  /// Leases everything that is due and begins it; returns the number of the lease.
  @discardableResult
  func begin(seconds: Int64 = 900) throws -> LeaseID {
    guard let (lease, deliveries) = try lease(seconds: seconds) else { return 0 }
    _ = try commitGroup(begin: deliveries.map(\.id), lease: lease.id)
    return lease.id
  }

  @discardableResult
  func commitGroup(
    _ ended: [AttemptEnd] = [], unsent: [DeliveryID] = [], begin: [DeliveryID] = [], lease: LeaseID, margin: Int64 = 60
  ) throws -> Set<DeliveryID> {
    try ledger.commitGroup(
      ended: ended, unsent: unsent, begin: begin, lease: lease, margin: margin, now: now
    ).begun
  }

  func end(
    _ delivery: DeliveryID, _ number: Int = 1, _ outcome: AttemptEnd.Outcome = .accepted,
    _ state: DeliveryState = .sent,
    due: Timestamp? = nil, hold: HoldReason? = nil
  ) -> AttemptEnd {
    AttemptEnd(
      delivery: delivery, number: number, address: "a@b.example", beganAt: now, endedAt: now, outcome: outcome,
      scope: .recipient, answer: "250 2.0.0 OK", state: state, hold: hold, due: due)
  }

  func rows() throws -> [DeliveryID: DeliveryRow] {
    let rows = try file.read {
      try $0.query("SELECT \(DeliveryRow.columns) FROM delivery", DeliveryRow.init)
    }
    return Dictionary(uniqueKeysWithValues: rows.map { ($0.id, $0) })
  }

  /// What was told behind a number, with the numbers.
  func events(after last: Int64 = 0) throws -> [(id: Int64, event: StoryEvent)] {
    try file.read {
      try $0.query("SELECT \(StoryEvent.columns), id FROM event WHERE id > $1 ORDER BY id", [.integer(last)]) {
        (id: $0.integer(5), event: StoryEvent($0)!)
      }
    }
  }

  func row(_ id: DeliveryID) throws -> DeliveryRow { try rows()[id]! }

  func attempts() throws -> [String] {
    try file.read {
      try $0.query("SELECT delivery, number, outcome, scope FROM attempt ORDER BY delivery, number") {
        "\($0.integer(0)).\($0.integer(1)) \($0.text(2)) \($0.text(3))"
      }
    }
  }

  /// Every row of every table, for comparing one state of the ledger with another.
  func dump() throws -> [String] {
    try file.read { connection in
      let tables = try connection.query(
        TestDatabase.isPostgres
          ? "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1"
          : "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
      ) { $0.text(0) }
      return try tables.flatMap { table in
        try connection.query("SELECT * FROM \(table)") { row in
          "\(table): " + row.columns.indices.map { row.optionalText($0) ?? "NULL" }.joined(separator: "|")
        }.sorted()
      }
    }
  }
}

/// A delivery as it stands in the table.
struct DeliveryRow: Hashable {
  static let columns = """
    id, state, reason, lease, lease_until, attempts, uncertain, first_attempt_at, ended_at, due, post, digest, person
    """
  let id: DeliveryID
  let state: DeliveryState
  let reason: String?
  let lease: LeaseID?
  let leaseUntil: Int64?
  let attempts: Int
  let uncertain: Int
  let firstAttemptAt: Int64?
  let endedAt: Int64?
  let due: Int64
  let post: JournalPosition?
  let digest: DigestID?
  let person: PersonID

  init(_ row: any Row) {
    id = row.id(0)
    state = DeliveryState(rawValue: row.text(1))!
    reason = row.optionalText(2)
    lease = row.optionalID(3)
    leaseUntil = row.optionalInteger(4)
    attempts = Int(row.integer(5))
    uncertain = Int(row.integer(6))
    firstAttemptAt = row.optionalInteger(7)
    endedAt = row.optionalInteger(8)
    due = row.integer(9)
    post = row.optionalID(10)
    digest = row.optionalID(11)
    person = row.id(12)
  }
}
