import Forum
import Identifiers
import SQL
import TestSupport
import Testing
import Time

@testable import Ledger

@Suite("Moments that a wrong clock wrote")
struct MendingTests {
  private static let day: Int64 = 86_400
  private let bench: LedgerFixture
  private let bounds = MomentBounds(longestWait: 14_400, firstWait: 360, lease: 1200)
  private var now: Timestamp { bench.now }

  init() throws {
    bench = try LedgerFixture()
    let people = try bench.people("a", "b")
    try bench.copies("1", to: people)
    try bench.decide(try bench.entry("2"), digest: people)
    // Not yet dealt with by fan-out.
    _ = try bench.entry("3")
    try bench.ledger.save(update())
    try bench.withdraw(1)
    try bench.file.write { try $0.run("INSERT INTO domain_refusal VALUES ('b.example', 1, '550 5.7.1', 5, NULL)") }
  }

  private func update() -> CollectorUpdate {
    var update = CollectorUpdate()
    update.upserts = [bench.candidate("4"), bench.candidate("5", state: .pending)]
    update.addedGaps = [Gap(6...7, seenAt: now)]
    let fault = RowFault(.post, key: "8", query: "q", column: "state", value: "odd", complaint: "is none of: visible")
    update.setAside = [SetAside(fault, since: now)]
    return update
  }

  private func mend(isThorough: Bool = true) throws -> Int {
    try bench.ledger.mend(now: now, bounds, isThorough: isThorough)
  }

  @Test("E2: what is not ahead of its bound is left alone, and nothing is written", arguments: [true, false])
  func allWell(isThorough: Bool) throws {
    let recorder = FaultingDatabase(bench.file)
    #expect(try Ledger(recorder).mend(now: now, bounds, isThorough: isThorough) == 0)
    #expect(recorder.commits == 0)
  }

  /// A statement that puts a moment at `$1`, the furthest that it may lie ahead, and what it is brought back to.
  static let moments: [(WrittenMoment, sql: String, furthest: Int64, mended: Int64)] = [
    (.due, "UPDATE delivery SET due = $1, attempts = 1, state = 'deferred' WHERE id = 1", 14_400, 0),
    (.firstDue, "UPDATE delivery SET due = $1 WHERE id = 1", 360, 0),
    (.lease, "UPDATE delivery SET lease = 1, lease_until = $1 WHERE id = 1", 1200, 1200),
    (.steadyLease, "UPDATE delivery SET lease = 1, lease_boot = 7, lease_until = $1 WHERE id = 1", 1200, 1200),
    (.visible, "UPDATE candidate SET visible_at = $1 WHERE post_key = '4'", 0, 0),
    (.seen, "UPDATE candidate SET seen_at = $1 WHERE post_key = '5'", 0, 0),
    (.ask, "UPDATE candidate SET ask_at = $1, seen_at = $1 - \(33 * day) WHERE post_key = '5'", 32 * day / 31, 0),
    (.passedOver, "UPDATE gap SET seen_at = $1", 0, 0),
    (.journalVisible, "UPDATE journal SET visible_at = $1 WHERE position = 3", 0, 0),
    (.journalDue, "UPDATE journal SET due = $1 WHERE position = 3", 0, 0),
    (.journalled, "UPDATE journal SET journalled_at = $1 WHERE position = 1", 0, 0),
    (.slot, "UPDATE digest_slot SET due = $1 WHERE person = 1", 11 * day, 0),
    (.promptSlot, "UPDATE digest_slot SET due = $1, kind = 'leaving' WHERE person = 1", 0, 0),
    (.withdrawn, "UPDATE withdrawn SET since = $1", 0, 0),
    (.askAgain, "UPDATE withdrawn SET ask_at = $1, since = $1 - \(33 * day)", 32 * day / 31, 0),
    (.unread, "UPDATE set_aside SET since = $1", 0, 0),
    (.readAgain, "UPDATE set_aside SET ask_at = $1, since = $1 - \(33 * day)", 32 * day / 31, 0),
    (.refusal, "UPDATE domain_refusal SET refused_at = $1", 0, 0),
    (
      .received,
      """
      INSERT INTO received (identity, mailbox, arrived_at, taken_at, size, due) VALUES ('x', '', 0, 0, 0, $1)
      ON CONFLICT (identity) DO UPDATE SET due = $1
      """, 60, 0
    ),
    (
      .reply,
      """
      INSERT INTO reply (received, mail_key, person, post, thread_key, body, elided, body_hash, subject, arrived_at,
        state, due)
      VALUES (7, 'x', 1, 1, '', '', '', '', '', 0, 'waiting', $1) ON CONFLICT (received) DO UPDATE SET due = $1
      """, 3600, 0
    ),
    (
      .probe,
      """
      INSERT INTO suppression (address, reason, since, next_probe) VALUES ('x', '', 0, $1)
      ON CONFLICT (address) DO UPDATE SET next_probe = $1
      """, 21 * day, 0
    ),
    (
      .score,
      """
      INSERT INTO address_score (address, tenths, last_at) VALUES ('x', 1, $1)
      ON CONFLICT (address) DO UPDATE SET last_at = $1
      """, 60, 0
    ),
  ]

  @Test("E2: every moment that lies further ahead than it can is brought back, once", arguments: moments.indices)
  func tooFar(_ index: Int) throws {
    let (moment, sql, furthest, mended) = MendingTests.moments[index]
    let (table, column) = moment.place
    func put(_ seconds: Int64) throws { try bench.file.write { try $0.run(sql, [.integer(seconds)]) } }
    func rows() throws -> [Int64?] {
      try bench.file.read { try $0.query("SELECT \(column) FROM \(table)") { $0.optionalInteger(0) } }
    }
    if ![.ask, .askAgain, .readAgain].contains(moment) {
      try put(now.seconds + furthest)
      #expect(try mend() == 0)
    }
    // Ten years, and a little more than the bound.
    for ahead in [3650 * MendingTests.day, furthest + 1] {
      if [.ask, .askAgain, .readAgain].contains(moment), ahead != furthest + 1 { continue }
      try put(now.seconds + ahead)
      #expect(try rows().contains(now.seconds + ahead))
      // What is ahead by ten years is found as something else, too.
      if moment.isThorough, ahead == furthest + 1 { #expect(try mend(isThorough: false) == 0) }
      #expect(try mend(isThorough: moment.isThorough) >= 1)
      #expect(try rows().contains(now.seconds + mended) && !rows().contains(now.seconds + ahead), "\(moment)")
      #expect(try mend() == 0)
    }
  }

  @Test("E2: the table of moments is tried whole")
  func complete() { #expect(MendingTests.moments.map(\.0) == WrittenMoment.allCases) }

  /// What binds nothing, or is bounded where it is read; `WrittenMoment` says how.
  private static let others: Set = [
    "attempt.began_at", "attempt.ended_at", "event.happened_at", "decision.decided_at", "delivery.began_at",
    "delivery.ended_at", "delivery.first_attempt_at",
    "candidate.created_at", "journal.created_at", "digest.written_at", "hold.since", "last_call.closes_at",
    "last_digest.slot_date",
    "digest_slot.slot_date", "own_watch.since", "preference.paused_until", "run.started_at", "run.ended_at",
    "suppression.since", "stopped.since", "notice.created_at", "received.arrived_at", "received.taken_at",
    "received.ended_at",
    "reply.arrived_at", "reply.tried_at", "reply.ended_at", "sent_text.kept_at",
    "erased.erased_at", "audit.given_at", "resend.given_at", "resend.done_at",
    "sign_in.created_at", "sign_in.used_at", "web_session.created_at", "web_session.seen_at",
  ]

  @Test("E2: every moment of the schema is in the table, or is known to bind nothing")
  func everyColumn() throws {
    let columns = try bench.file.read { connection in
      let tables = try connection.query(
        TestDatabase.isPostgres
          ? "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
          : "SELECT name FROM sqlite_master WHERE type = 'table'"
      ) { $0.text(0) }
      return try tables.flatMap { table in
        try connection.columns(of: "SELECT * FROM \(table)", []).map { "\(table).\($0)" }
      }
    }
    let moments = Set(columns.filter { $0.contains(#/(_at|_until|_date|\.due|\.since|next_probe)$/#) })
    #expect(moments.count > 20)
    let bounded = Set(WrittenMoment.allCases.map { "\($0.place.table).\($0.place.column)" })
    #expect(moments == bounded.union(MendingTests.others))
    #expect(bounded.isDisjoint(with: MendingTests.others))
  }

  @Test("E2: a first attempt that a wrong clock dated ahead is as old as the next one", arguments: [-100, 3650 * day])
  func firstAttempt(ahead: Int64) throws {
    let first = now + ahead
    try bench.file.write {
      try $0.run(
        "UPDATE delivery SET state = 'deferred', attempts = 1, first_attempt_at = $1 WHERE id = 1",
        [.integer(first.seconds)])
    }
    try bench.begin()
    #expect(try bench.row(1).firstAttemptAt == min(first, now).seconds)
  }

  @Test("E2: a clock that goes right is written every ten minutes; one that does not, when it begins and when it ends")
  func written() throws {
    let recorder = FaultingDatabase(bench.file)
    let ledger = Ledger(recorder)
    func take() throws -> Int {
      let before = recorder.commits
      _ = try ledger.takeClock(bench.clock.reading)
      return recorder.commits - before
    }
    #expect(try take() == 1)
    for _ in 1...5 {
      bench.clock.advance(by: 119)
      #expect(try take() == 0)
    }
    bench.clock.advance(by: 5)
    #expect(try take() == 1)
    bench.clock.step(by: 400 * MendingTests.day)
    #expect(try take() == 1)
    bench.clock.advance(by: 600)
    #expect(try take() == 0)
    #expect(try ledger.clockState(at: bench.clock.reading).doubt?.isGrave == true)
    #expect(try ledger.agree(on: bench.clock.reading))
    #expect(try ledger.clockState(at: bench.clock.reading).doubt == nil)
    #expect(try !ledger.agree(on: bench.clock.reading))
  }
}
