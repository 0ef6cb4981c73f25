import DeliveryPolicy
import Identifiers
import Ledger
import TestSupport
import Testing
import Time

/// A process that delivers: it holds a lease, has some messages ready and some under way. It may die, or be so slow
/// that its lease ends, without knowing.
private struct Worker {
  let ledger: Ledger
  var lease: LeaseID?
  var ready: [Delivery] = []
  var underWay: [DeliveryID: Int] = [:]

  init(_ ledger: Ledger) { self.ledger = ledger }

  mutating func die() { (lease, ready, underWay) = (nil, [], [:]) }
}

/// Random hand-overs by two processes on one ledger; after each, every row is compared with what it was.
private struct Rehearsal {
  let bench: LedgerFixture
  let people: [PersonID]
  var workers: [Worker]
  var random: SplitMix64
  var posts = 0
  var seen: Set<DeliveryState> = []

  init(seed: UInt64) throws {
    bench = try LedgerFixture()
    people = try bench.people("a", "b", "c", "d")
    workers = [Worker(bench.ledger), Worker(try bench.anotherProcess())]
    random = SplitMix64(seed: seed)
  }

  private var now: Timestamp { bench.now }

  private mutating func some<T>(_ all: some Sequence<T>) -> [T] { all.filter { _ in random.once(in: 2) } }

  mutating func step() throws -> String {
    let worker = Int.random(in: 0...1, using: &random)
    switch Int.random(in: 0..<23, using: &random) {
    case 0, 1, 2: return try publish()
    case 3, 4, 5: return try lease(worker)
    case 6, 7, 8, 9, 10: return try advance(worker)
    case 11: return try withhold(worker)
    case 12: return try stop(worker)
    case 13:
      bench.clock.advance(by: random.pick([1, 60, 400, 1000, 90_000]))
      return "time passes"
    case 14:
      _ = try bench.ledger.rescue(now: now, uncertain: random.once(in: 4) ? .hold : .resend)
      return "rescue"
    case 15:
      _ = try bench.ledger.fold(overdueSince: now - 86_400, now: now, limit: 5)
      return "fold"
    case 16: return try hold()
    case 17:
      _ = try bench.restore(JournalPosition(.random(in: 1...Int64(max(1, posts)), using: &random)))
      return "restore"
    case 18: return try digest()
    case 19: return try resend()
    case 20, 21: return try order()
    default: return try prune()
    }
  }

  private mutating func publish() throws -> String {
    posts += 1
    let entry = try bench.entry("\(posts)", isUrgent: random.once(in: 5))
    var rest = people.shuffled(using: &random)[...]
    let instant = rest.prefix(Int.random(in: 0...3, using: &random))
    rest = rest.dropFirst(instant.count)
    try bench.decide(entry, instant: Array(instant), digest: Array(rest.prefix(2)), skipped: Array(rest.dropFirst(2)))
    return "publish"
  }

  private mutating func lease(_ at: Int) throws -> String {
    let limit = Int.random(in: 1...6, using: &random)
    if let (lease, deliveries) = try bench.lease(limit, under: workers[at].lease, by: workers[at].ledger) {
      workers[at].lease = lease.id
      workers[at].ready += deliveries
    }
    return "lease"
  }

  private mutating func advance(_ at: Int) throws -> String {
    guard let lease = workers[at].lease else { return "nothing" }
    let ending = some(workers[at].underWay.keys.sorted())
    let ended = ending.compactMap { id in random.once(in: 5) ? nil : end(id, workers[at].underWay[id]!) }
    let unsent = ending.filter { id in !ended.contains { $0.delivery == id } }
    let begin = some(workers[at].ready).filter { workers[at].underWay[$0.id] == nil }
    let before = try bench.rows()
    let ours = try workers[at].ledger.commitGroup(
      ended: ended, unsent: unsent, begin: begin.map(\.id), lease: lease, margin: 60, now: now
    ).begun
    let expected = begin.map(\.id).filter { id in
      guard let row = before[id], row.lease == lease, row.leaseUntil! > now.seconds + 60 else { return false }
      return [.queued, .deferred, .uncertain].contains(row.state)
    }
    #expect(ours == Set(expected))
    for id in ending { workers[at].underWay[id] = nil }
    for one in begin where ours.contains(one.id) { workers[at].underWay[one.id] = before[one.id]!.attempts + 1 }
    workers[at].ready.removeAll { one in begin.contains { $0.id == one.id } }
    return "advance: \(ended.map { "\($0.delivery) \($0.state)" }), unsent \(unsent), begin \(begin.map(\.id))"
  }

  private mutating func end(_ id: DeliveryID, _ number: Int) -> AttemptEnd {
    let (outcome, state): (AttemptEnd.Outcome, DeliveryState) = random.pick([
      (.accepted, .sent), (.transient, .deferred), (.permanent, .failed), (.transient, .expired),
      (.uncertain, .uncertain), (.uncertain, .held), (.lost, .deferred), (.permanent, .suppressed),
    ])
    let isWaiting = state == .deferred || state == .uncertain
    return bench.end(
      id, number, outcome, state, due: isWaiting ? now + random.pick([0, 300]) : nil,
      hold: state == .held ? .uncertain : nil)
  }

  private mutating func withhold(_ at: Int) throws -> String {
    guard let lease = workers[at].lease else { return "nothing" }
    let withheld = some(workers[at].ready).map { one -> Ledger.Withheld in
      .init(
        one.id,
        random.pick([.dropped(.hidden), .dropped(.muted), .suppressed, .held(.domain("b.example"))]))
    }
    try workers[at].ledger.withhold(withheld, lease: lease, now: now)
    workers[at].ready.removeAll { one in withheld.contains { $0.delivery == one.id } }
    return "withhold \(withheld)"
  }

  private mutating func stop(_ at: Int) throws -> String {
    if let lease = workers[at].lease, random.once(in: 2), workers[at].underWay.isEmpty {
      try workers[at].ledger.release(lease: lease)
    }
    workers[at].die()
    return "stop"
  }

  private mutating func hold() throws -> String {
    if random.once(in: 3) {
      _ = try bench.ledger.release(.domain("b.example"), now: now)
      _ = try bench.ledger.release(.uncertain, now: now)
      return "release"
    }
    let rows = try bench.rows().values.map(\.id).sorted()
    if random.once(in: 3) {
      let wait = Ledger.Wait(some(rows), until: now + 300)
      _ = try bench.ledger.commitGroup(
        ended: [], unsent: [], givenBack: wait, begin: [], lease: 0, margin: 0, now: now)
      return "give back"
    }
    let hold = Ledger.DomainHold(domain: "b.example", reason: "5.7.1", deliveries: some(rows))
    _ = try bench.ledger.commitGroup(
      ended: [], unsent: [], begin: [], domains: Ledger.DomainUpdate(holds: [hold]), lease: 0, margin: 0, now: now)
    return "hold"
  }

  private mutating func order() throws -> String {
    let order: Ledger.QueueOrder = random.pick([
      .hold(.ordered), .hold(.domain("b.example")), .hold(.post(1)), .release, .cancel, .discard,
    ])
    let rows = try bench.rows()
    let asked = some(rows.keys.sorted())
    let entry = AuditEntry(at: now, operatorName: "li", command: "queue", subject: "")
    let moved = try bench.ledger.obey(order, asked, by: "li", why: "", now: now) { _ in entry }
    #expect(moved == asked.count { order.states.contains(rows[$0]!.state) && rows[$0]!.lease == nil })
    return "order \(order)"
  }

  private mutating func digest() throws -> String {
    let size = Int.random(in: 1...3, using: &random)
    let hide = random.once(in: 3)
    let plan = try bench.plan(random.pick(people)) { open in
      let shown = hide ? Array(open.dropFirst()) : open
      return stride(from: 0, to: shown.count, by: size).map { Array(shown[$0..<min($0 + size, shown.count)]) }
    }
    try bench.write(plan)
    if random.once(in: 3), let part = try bench.rows().values.first(where: { $0.digest != nil && $0.lease != nil }) {
      let posts = try bench.ledger.posts(ofParts: [part.id])[part.id] ?? []
      try bench.ledger.withhold([], outOfSight: [part.id: some(posts)], lease: part.lease!, now: now)
    }
    return "digest"
  }

  private mutating func resend() throws -> String {
    let order = try bench.ledger.giveResendOrder(
      .init(asked: "all", forced: random.once(in: 2) ? [.have] : [], operatorName: "li", reason: "lost"), now: now)
    let chosen = some(1...Int64(max(1, posts))).map { Ledger.ResentPost(JournalPosition($0), .thread) }
    let items = some(people).map { person in
      random.once(in: 2)
        ? Ledger.ResendItem(person: person, copies: chosen)
        : Ledger.ResendItem(person: person, parts: chosen.chunks(of: 2).map { Array($0) })
    }
    _ = try bench.ledger.resend(items, by: order, signingKey: 1, now: now)
    if random.once(in: 2) { _ = try bench.ledger.finish(order, now: now) }
    return "resend"
  }

  private mutating func prune() throws -> String {
    guard random.once(in: 4) else { return "nothing" }
    let (old, pruning) = (now - 50_000, Ledger.Pruning(now: now, page: 9))
    _ = try bench.ledger.pruneRows(discussion: "d", journalledBefore: old, withdrawnBefore: old, pruning)
    _ = try bench.ledger.pruneDigests(endedBefore: old, pruning)
    return "prune"
  }
}

@Suite("S1: what the ledger does to a delivery") struct StateMachineTests {
  @Test(
    "S1: any hand-overs of two processes, in any order, with deaths and late answers, make only legal moves",
    arguments: 1...24)
  func legal(_ seed: UInt64) throws {
    var rehearsal = try Rehearsal(seed: seed)
    var before = try rehearsal.bench.rows()
    for number in 1...200 {
      let what = try rehearsal.step()
      let after = try rehearsal.bench.rows()
      for (id, row) in after {
        expectSound(row, "seed \(seed), step \(number), \(what)")
        let old = before[id]?.state
        let isLegal = old.map { $0 == row.state || $0.next.contains(row.state) } ?? (row.state == .queued)
        #expect(isLegal, "seed \(seed), step \(number), \(what): \(old?.rawValue ?? "new") became \(row)")
      }
      for (id, row) in before where after[id] == nil {
        #expect(!row.state.isOpen, "seed \(seed), step \(number), \(what): open row is gone: \(row)")
      }
      before = after
    }
  }

  /// What is told of a move besides the rows that it changed; nil where those tell it all.
  private func told(_ old: DeliveryState?, _ row: DeliveryRow, by step: String) -> StoryEvent.Kind? {
    if old == nil || old == row.state { return nil }
    return switch row.state {
    case .dropped where row.reason == "cancelled": .cancelled
    case .dropped where row.reason == "discarded": .discarded
    case .dropped: row.reason == "folded" ? .folded : .withheld
    case .suppressed: .withheld
    case .held: step == "rescue" ? .rescued : .held
    case .uncertain: step == "rescue" ? .rescued : nil
    case .queued where old == .held: .released
    case .queued where old == .dropped: .requeued
    case .deferred where old == .failed: .givenBack
    case .expired: .expired
    case .queued, .sending, .sent, .deferred, .failed: nil
    }
  }

  @Test(
    "A2: each move that overwrites what was is told once, and the common way is not told at all", arguments: 31...42)
  func told(_ seed: UInt64) throws {
    var rehearsal = try Rehearsal(seed: seed)
    var before = try rehearsal.bench.rows()
    var last: Int64 = 0
    var kinds: Set<StoryEvent.Kind> = []
    for number in 1...200 {
      let what = try rehearsal.step()
      let after = try rehearsal.bench.rows()
      let news = try rehearsal.bench.events(after: last)
      last = news.last?.id ?? last
      // A part that went away while its posts were opened again keeps none of its own.
      let ofPosts: Set<StoryEvent.Kind> = [.reopened, .skipped, .resent]
      let moves = news.filter { !ofPosts.contains($0.event.kind) }.map(\.event)
      kinds.formUnion(news.map(\.event.kind))
      for (id, row) in after {
        let expected = told(before[id]?.state, row, by: what)
        let found = moves.filter { $0.delivery == id }.map(\.kind)
        #expect(found == (expected.map { [$0] } ?? []), "seed \(seed), step \(number), \(what): \(row)")
      }
      #expect(
        moves.allSatisfy { $0.delivery.map { after[$0] != nil } ?? false }, "seed \(seed), step \(number), \(what)")
      before = after
    }
    #expect(kinds.count > 2)
  }

  @Test("S1: the rehearsals see every state")
  func coverage() throws {
    var seen: Set<DeliveryState> = []
    for seed: UInt64 in 100...105 {
      var rehearsal = try Rehearsal(seed: seed)
      for _ in 1...200 {
        _ = try rehearsal.step()
        seen.formUnion(try rehearsal.bench.rows().values.map(\.state))
      }
    }
    #expect(seen == Set(DeliveryState.allCases))
  }

  /// What holds of every row at every moment.
  private func expectSound(_ row: DeliveryRow, _ when: String) {
    let mayBeLeased: Set<DeliveryState> = [.queued, .deferred, .uncertain, .sending]
    #expect((row.lease == nil) == (row.leaseUntil == nil), "\(when): \(row)")
    #expect(row.lease == nil || mayBeLeased.contains(row.state), "\(when): \(row)")
    #expect(row.state != .sending || row.lease != nil, "\(when): \(row)")
    #expect((row.endedAt == nil) == row.state.isOpen, "\(when): \(row)")
    #expect(row.attempts >= 0 && row.uncertain <= row.attempts, "\(when): \(row)")
    #expect(row.attempts > 0 || row.firstAttemptAt == nil, "\(when): \(row)")
    let needsReason: Set<DeliveryState> = [.held, .dropped]
    #expect(!needsReason.contains(row.state) || row.reason != nil, "\(when): \(row)")
  }
}
