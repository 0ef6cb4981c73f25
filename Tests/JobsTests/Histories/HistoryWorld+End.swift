import Forum
import Ledger
import TestSupport

@testable import Jobs

/// How a history ends, and what must hold then.
extension HistoryWorld {
  /// The world heals, and runs go on until nothing is left to do.
  func finish() throws {
    order += 1
    weather = .good
    if wrong != 0 {
      site.clock.step(by: -wrong)
      wrong = 0
    }
    for fault in faults { try spoil(fault, false) }
    // What a restore has spoilt again.
    for (post, one) in model.forum.posts {
      for column in one.faults { try setPost(post, one, column, one.seenFirst?.seconds ?? now) }
    }
    for person in 1...History.people {
      for fault in [HistoryEvent.Fault.pause(person: person), .watch(person: person), .address(person: person)] {
        faults.insert(fault)
        try spoil(fault, false)
      }
    }
    for discussion in model.forum.unreadable {
      faults.insert(.closing(discussion: discussion))
      try spoil(.closing(discussion: discussion), false)
    }
    if history.setting.endsShown {
      for post in model.forum.posts.keys.sorted() { try show(post, isDated: true) }
    }
    // First a clock must be believed and leases end, then retries come, then digests of a week.
    let waits: [Int64] = Array(repeating: 1300, count: 4) + Array(repeating: 18_000, count: 4)
    for seconds in waits + Array(repeating: 86_400, count: 10) {
      order += 1
      try run(.all, .none)
      try resume(all: history.setting.resumesAll)
      try release()
      wait(seconds)
      if seconds > 1300, try isIdle() { break }
    }
    try check()
  }

  /// Nothing is left that a later run could see to.
  func isIdle() throws -> Bool {
    for table in [
      "candidate WHERE state = 'resting'", "withdrawn", "set_aside", "fan_out", "digest_slot", "hold",
      "delivery WHERE state IN ('queued', 'sending', 'deferred', 'uncertain', 'held')",
      "decision WHERE decision = 'digest' AND delivery IS NULL",
    ] where try site.count("SELECT count(*) FROM \(table)") > 0 { return false }
    return true
  }

  func check() throws {
    let owed = model.owed(now: now)
    let visible = model.forum.posts.values.count { $0.seenFirst != nil } * History.people
    extent.owed = owed.count
    extent.refused = model.fates.count { $0.value.isRefused && !$0.value.hasCome }
    extent.open = visible - extent.owed - extent.refused
    for pair in owed where model.fates[pair]?.hasCome != true {
      violations.append("missing: \(pair); \(try ledgerKnows(pair))")
    }
    for death in deaths where death.again.count > 4 {
      violations.append("after one crash \(death.again.count) mails came again")
    }
    let open = try site.deliveries().filter { $0.state.isOpen || $0.isLeased }
    if !open.isEmpty { violations.append("left open: \(open)") }
    if try site.ledger.setAsideCount() > 0 {
      violations.append("left set aside: \(try site.ledger.setAside(limit: 9))")
    }
  }

  /// What became of it, for whoever looks for the fault.
  func ledgerKnows(_ pair: HistoryModel.Pair) throws -> String {
    guard let key = model.forum.posts[pair.post]?.key else { return "no such post" }
    let rows = try site.fixture.ledgerFile.read {
      try $0.query(
        """
        SELECT j.position, d.decision, d.detail, v.id, v.state, v.reason FROM journal j
        LEFT JOIN person p ON p.person_key = $1 LEFT JOIN decision d ON d.post = j.position AND d.person = p.id
        LEFT JOIN delivery v ON v.id = d.delivery WHERE j.post_key = $2
        """, [.text("\(pair.person)"), .text(key)]
      ) { row in (0...5).map { row.optionalText($0) ?? "-" }.joined(separator: " ") }
    }
    return rows.isEmpty ? "post \(key) is not in the journal" : "journalled, decided, delivered: \(rows)"
  }
}
