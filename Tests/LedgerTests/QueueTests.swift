import DeliveryPolicy
import Forum
import Identifiers
import TestSupport
import Testing
import Time

@testable import Ledger

@Suite("A3: the queue") struct QueueTests {
  private let bench: LedgerFixture
  private var ledger: Ledger { bench.ledger }

  init() throws { bench = try LedgerFixture() }

  private func obey(_ order: Ledger.QueueOrder, _ ids: [DeliveryID], why: String = "asked to") throws -> Int {
    try ledger.obey(order, ids, by: "kofi", why: why, now: bench.now) { count in
      AuditEntry(
        at: bench.now, operatorName: "kofi", command: "queue", subject: "", reason: why, outcome: "\(count)")
    }
  }

  private func told(_ id: DeliveryID) throws -> [String] {
    try ledger.events(of: id).map { "\($0.kind.rawValue) \($0.detail)" }
  }

  private func ids(_ query: QueueQuery, limit: Int = 100) throws -> [Int64] {
    try ledger.queue(query, limit: limit).messages.map { $0.record.id.rawValue }
  }

  /// Of ten copies of one post: 1 and 2 were sent, 3 and 4 failed, 5 is deferred, 6 is being sent, 7 is held, 8 was
  /// dropped, 9 and 10 wait; and a part of a digest, which waits.
  private func mixed() throws -> [PersonID] {
    let people = try bench.people("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k")
    let entry = try bench.entry("1")
    try bench.decide(entry, instant: Array(people.prefix(10)), digest: [people[10]])
    let lease = try #require(try bench.lease(8)).lease.id
    try bench.commitGroup(begin: [1, 2, 3, 4, 5, 6], lease: lease)
    try bench.commitGroup(
      [
        bench.end(1), bench.end(2), bench.end(3, 1, .permanent, .failed), bench.end(4, 1, .permanent, .failed),
        bench.end(5, 1, .transient, .deferred, due: bench.now + 300),
      ], lease: lease)
    try ledger.withhold([.init(7, .held(.uncomposed)), .init(8, .dropped(.muted))], lease: lease, now: bench.now)
    try bench.write(try bench.plan(people[10]))
    return people
  }

  @Test("A3: it is read in order, a page at a time: what is held, what runs have, what waits, what failed")
  func reading() throws {
    let people = try mixed()
    #expect(try ids(QueueQuery()) == [7, 6, 9, 10, 11, 5, 4, 3])
    #expect(try ids(QueueQuery(states: [.failed, .dropped, .sent])) == [4, 3, 8])
    #expect(try ids(QueueQuery(states: [.deferred, .sending])) == [6, 5])
    #expect(try ids(QueueQuery(person: people[2])) == [3] && ids(QueueQuery(person: people[0])) == [])
    #expect(try ids(QueueQuery(states: [.queued], post: 1)) == [9, 10, 11], "a part has its posts")
    #expect(try ids(QueueQuery(post: 2)) == [])
    var (pages, place): ([[Int64]], QueuePlace?) = ([], nil)
    repeat {
      let (page, next) = try ledger.queueKeys(QueueQuery(), behind: place, limit: 3)
      pages.append(page.map(\.id.rawValue))
      place = next
    } while place != nil
    #expect(pages == [[7, 6, 9], [10, 11, 5], [4, 3]])
    #expect(
      try ledger.queueCounts(QueueQuery()) == [.held: 1, .sending: 1, .queued: 3, .deferred: 1, .failed: 2])
    #expect(try ledger.queueCounts(QueueQuery(states: [.sent, .dropped])) == [.dropped: 1])
    #expect(try ledger.queueCounts(QueueQuery(post: 1, person: people[10])) == [.queued: 1])
  }

  @Test("A3: of each message it has what it carries, its tries, what was said last, and since when it is held")
  func messages() throws {
    _ = try mixed()
    let shown = try ledger.queued(ids: [3, 7, 11, 99])
    #expect(shown.map { $0.record.id } == [3, 7, 11])
    #expect(shown.map(\.answer) == ["250 2.0.0 OK", nil, nil] && shown.map(\.attempts) == [1, 0, 0])
    #expect(shown.map(\.heldSince) == [nil, bench.now, nil] && shown.map(\.posts) == [0, 0, 1])
    let keys = try ledger.queueKeys(ids: [6, 7, 11])
    #expect(keys.map(\.isLeased) == [true, false, false] && keys.map(\.isPart) == [false, false, true])
    #expect(keys.map(\.hold) == [nil, .uncomposed, nil])
  }

  @Test("A3: what waits is held by an order, and goes again by another; who and why is told, and is in the audit log")
  func holding() throws {
    _ = try mixed()
    let all = (1...11).map { DeliveryID($0) }
    #expect(try obey(.hold(.ordered), all) == 4, "9, 10, 11 and 5: the rest does not wait, or a run has it")
    for id: DeliveryID in [5, 9, 10, 11] {
      let row = try bench.row(id)
      #expect(row.state == .held && row.reason == "operator" && row.endedAt == nil)
      #expect(try told(id) == ["held operator: held by an admin (kofi): asked to"])
    }
    #expect(try ledger.heldCounts() == [.ordered: 4, .uncomposed: 1])
    #expect(try [1, 3, 6, 8].map { try bench.row(DeliveryID($0)).state } == [.sent, .failed, .sending, .dropped])
    bench.clock.advance(by: 3600)
    let due = try bench.row(9).due
    #expect(try obey(.release, [5, 9, 7, 1], why: "") == 3)
    let tried = try bench.row(5)
    #expect(tried.state == .queued && tried.due == bench.now.seconds && tried.firstAttemptAt == nil)
    #expect(try bench.row(9).due == due, "what was never tried is as overdue as it was")
    #expect(try told(9).last == "released admin kofi" && bench.row(7).state == .queued)
    let log = try ledger.audit(limit: 9).map { "\($0.entry.operatorName) \($0.entry.outcome) \($0.entry.reason)" }
    #expect(log == ["kofi 3 ", "kofi 4 asked to"])
  }

  @Test("A3, S5: a message of unknown fate that is let go is sent as if for the first time")
  func uncertain() throws {
    let copies = try bench.copies("1", to: try bench.people("a"))
    let lease = try bench.begin()
    try bench.commitGroup([bench.end(copies[0], 1, .uncertain, .held, hold: .uncertain)], lease: lease)
    bench.clock.advance(by: 60)
    #expect(try obey(.release, copies) == 1)
    let row = try bench.row(copies[0])
    #expect(row.state == .queued && row.uncertain == 0 && row.due == bench.now.seconds && row.attempts == 1)
  }

  @Test("A3: what is cancelled, or discarded, is sent to nobody, stays so when its post is shown again, and is told")
  func ending() throws {
    let people = try mixed()
    #expect(try obey(.cancel, [7, 9, 11]) == 2, "7 is held")
    #expect(try obey(.discard, [7, 10], why: "") == 1, "10 waits")
    for (id, reason) in [(9, "cancelled"), (11, "cancelled"), (7, "discarded")] as [(DeliveryID, String)] {
      let row = try bench.row(id)
      #expect(row.state == .dropped && row.reason == reason && row.endedAt == bench.now.seconds)
    }
    #expect(try told(9) == ["cancelled admin kofi: asked to"] && told(7).last == "discarded admin kofi")
    try bench.withdraw(1)
    try bench.restore(1)
    #expect(try bench.row(9).state == .dropped && bench.row(11).state == .dropped)
    // The part took its post with it.
    #expect(try ledger.openPosts(of: [people[10]])[people[10]] == nil)
  }

  @Test("A3: a domain that an admin holds stays held, whatever is taken or turns out to be the relay's fault")
  func domain() throws {
    let copies = try bench.copies("1", to: try bench.people("a", "b"))
    #expect(try obey(.hold(.domain("b.example")), [copies[0]]) == 1)
    #expect(try ledger.heldDomains() == ["b.example"] && ledger.foundDomains() == [])
    #expect(try ledger.holds().map(\.reason) == ["held by an admin (kofi): asked to"])
    let lease = try #require(try bench.lease()).lease.id
    try ledger.withhold([.init(copies[1], .held(.domain("b.example")))], lease: lease, now: bench.now)
    var news = Ledger.DomainUpdate()
    (news.liftedSince, news.ended, news.took) = (Timestamp(0), [.domain("b.example")], ["b.example"])
    _ = try ledger.commitGroup(ended: [], unsent: [], begin: [], domains: news, lease: 0, margin: 0, now: bench.now)
    #expect(try copies.map { try bench.row($0).state } == [.held, .held])
    #expect(try ledger.release(.domain("b.example"), by: .admin("kofi"), now: bench.now) == 2)
    #expect(try ledger.heldDomains().isEmpty)
  }

  @Test("A3: a post that an admin holds stays held for copies that come later, until an admin lets it go")
  func post() throws {
    let copies = try bench.copies("1", to: try bench.people("a", "b"))
    let lease = try #require(try bench.lease(1)).lease.id
    #expect(try obey(.hold(.post(1)), copies) == 1, "a run has the first")
    bench.clock.advance(by: 90 * 86_400)
    try ledger.endPauses(now: bench.now)
    #expect(try ledger.heldSubjects(now: bench.now) == [.post(1)])
    // The copy that was on its way is taken, or is refused: the order stands.
    var news = Ledger.DomainUpdate()
    (news.liftedSince, news.ended) = (Timestamp(0), [.post(1)])
    news.pauses = [.init(.post(1), reason: "554", deliveries: [])]
    _ = try ledger.commitGroup(ended: [], unsent: [], begin: [], domains: news, lease: lease, margin: 0, now: bench.now)
    #expect(try ledger.heldSubjects(now: bench.now) == [.post(1)])
    #expect(try ledger.pauses().all.map(\.reason) == ["held by an admin (kofi): asked to"])
    #expect(try bench.row(copies[1]).state == .held)
    #expect(try ledger.release(.post(1), by: .admin("kofi"), now: bench.now) == 1)
    #expect(try ledger.heldSubjects(now: bench.now).isEmpty)
  }

  @Test(
    "A3: an order about more than a thousand is done in pieces; two admins and a run at once move each message once")
  func many() throws {
    let keys = (1...2300).map { "u\($0)" }
    let people = try ledger.people(keys: keys)
    try bench.decide(try bench.entry("1"), instant: keys.map { people[$0]!.id })
    let ids = try bench.rows().keys.sorted()
    let taken = try #require(try bench.lease(50)).deliveries.count
    #expect(try obey(.hold(.ordered), ids) == 2300 - taken)
    #expect(try obey(.hold(.ordered), ids) == 0)
    #expect(try ledger.audit(limit: 9).map(\.entry.outcome) == ["0", "2250"])
    #expect(try bench.events().count == 2250)
  }

  @Test(
    "A3: killed at any commit, an order given again does the rest; each message is told once, and the log has what was done",
    arguments: 1...3, FaultingDatabase.Moment.allCases)
  func killed(at commit: Int, _ moment: FaultingDatabase.Moment) throws {
    let keys = (1...2300).map { "u\($0)" }
    let people = try ledger.people(keys: keys)
    try bench.decide(try bench.entry("1"), instant: keys.map { people[$0]!.id })
    let ids = try bench.rows().keys.sorted()
    let dying = FaultingDatabase(bench.file)
    dying.crash(atCommit: commit, moment)
    #expect(throws: (any Error).self) {
      _ = try Ledger(dying).obey(.cancel, ids, by: "kofi", why: "", now: bench.now) { count in
        AuditEntry(at: bench.now, operatorName: "kofi", command: "queue", subject: "", outcome: "\(count)")
      }
    }
    let done = (commit - (moment == .afterCommit ? 0 : 1)) * 1000
    let moved = try bench.rows().values.count { $0.state == .dropped }
    #expect(moved == min(done, 2300))
    #expect(try bench.events().count == moved && ledger.audit(limit: 9).count == (moved == 2300 ? 1 : 0))
    #expect(try obey(.cancel, ids) == 2300 - moved)
    #expect(try bench.events().count == 2300 && bench.rows().values.allSatisfy { $0.state == .dropped })
  }
}
