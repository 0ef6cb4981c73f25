import DeliveryPolicy
import Forum
import Identifiers
import SQL
import TestSupport
import Testing
import Time

@testable import Ledger

@Suite("A1: sending again, in the ledger") struct ResendTests {
  private let bench: LedgerFixture
  private let ana: PersonID
  private let ben: PersonID
  private var ledger: Ledger { bench.ledger }

  init() throws {
    bench = try LedgerFixture()
    (ana, ben) = (try bench.people("ana")[0], try bench.people("ben")[0])
  }

  private func order(_ asked: String = "post 1", key: String? = nil, forced: Set<Exemption> = []) throws -> ResendOrder
  {
    try ledger.giveResendOrder(
      Ledger.ResendDraft(key: key, asked: asked, forced: forced, operatorName: "li", reason: "asked for"),
      now: bench.now)
  }

  private func send(
    _ order: ResendOrder, _ post: JournalPosition, to people: PersonID..., by ledger: Ledger? = nil
  ) throws -> Int {
    try (ledger ?? self.ledger).resend(
      people.map { Ledger.ResendItem(person: $0, copies: [.init(post, .thread)]) }, by: order, signingKey: 1,
      now: bench.now)
  }

  private func fate(_ post: JournalPosition, _ person: PersonID) throws -> SendingHistory.Fate {
    try ledger.histories(of: post, [person])[0].fate
  }

  /// Ends the attempt of everything that is due.
  private func end(_ outcome: AttemptEnd.Outcome, _ state: DeliveryState) throws {
    let (lease, deliveries) = try #require(try bench.lease())
    try bench.commitGroup(begin: deliveries.map(\.id), lease: lease.id)
    try bench.commitGroup(
      deliveries.map { bench.end($0.id, $0.attempts + 1, outcome, state) }, lease: lease.id)
    try ledger.release(lease: lease.id)
  }

  private func states() throws -> [String] {
    try bench.rows().values.sorted { $0.id < $1.id }.map { "\($0.id) \($0.state)\($0.reason.map { " \($0)" } ?? "")" }
  }

  @Test("A1: a failed copy is sent again as a new generation, and the failed one never goes out itself")
  func failed() throws {
    try bench.copies("1", to: [ana])
    try end(.permanent, .failed)
    #expect(try fate(1, ana) == .lost(.failed))
    let order = try order()
    #expect(try send(order, 1, to: ana) == 1)
    #expect(try states() == ["1 dropped resent", "2 queued"])
    #expect(try fate(1, ana) == .waits)
    let taken = try #require(try bench.lease()).deliveries
    #expect(taken.map(\.id) == [2])
    #expect(taken.map(\.generation) == [order.number])
    #expect(try bench.events().map(\.event.kind) == [.resent, .withheld])
  }

  @Test(
    "A1: what an order has queued, what has arrived and what is under way is left out; have is a word for the second")
  func leftOut() throws {
    try bench.copies("1", to: [ana, ben])
    let first = try order("post 1")
    #expect(try send(first, 1, to: ana) == 0, "it waits to be sent")
    try end(.accepted, .sent)
    #expect(try fate(1, ana) == .has)
    #expect(try send(first, 1, to: ana, ben) == 0)
    let forced = try order("post 1", forced: [.have])
    #expect(try send(forced, 1, to: ana, ben) == 2)
    #expect(try send(forced, 1, to: ana, ben) == 0, "the same page once more")
    #expect(
      try send(order("post 1", key: "another", forced: [.have]), 1, to: ana, ben) == 0, "on its way by another order")
    try end(.accepted, .sent)
    #expect(try send(forced, 1, to: ana, ben) == 0, "and when it has arrived")
  }

  @Test("A1: a mail that came back did not arrive; one generation that did counts for all")
  func returned() throws {
    try bench.copies("1", to: [ana])
    try end(.accepted, .sent)
    _ = try bench.file.write {
      try Ledger.record(
        [
          FailureEvent(
            delivery: 1, person: ana, address: "a@b.example", severity: .hard, source: .report, status: "5.1.1",
            diagnostic: "no", at: bench.now)
        ], $0)
    }
    #expect(try fate(1, ana) == .lost(.returned))
    let later = bench.now + 3600
    for (span, found) in [(bench.now...bench.now, true), (later...later, false)] {
      let kind = Ledger.EndedMessages(states: [.sent], onlyReturned: true, span: span)
      #expect(try ledger.endedMessages(kind, after: 0, limit: 9) == (found ? [1] : []))
    }
    #expect(try send(order(), 1, to: ana) == 1)
    #expect(try states() == ["1 sent", "2 queued"])
    try end(.accepted, .sent)
    #expect(try fate(1, ana) == .has)
  }

  @Test(
    "A1: an order of a key is one; without a key, one that was not finished is gone on with, and a finished one is not")
  func keys() throws {
    let first = try order("post 1", key: "k")
    #expect(try order("post 2", key: "k").number == first.number)
    let open = try order("post 1")
    #expect(open.number == first.number + 1)
    #expect(try order("post 1").number == open.number)
    #expect(try order("post 1", forced: [.have]).number == open.number + 1)
    try bench.copies("1", to: [ana])
    try end(.permanent, .failed)
    #expect(try send(open, 1, to: ana) == 1)
    #expect(try ledger.finish(open, now: bench.now) == 1)
    #expect(try order("post 1").number == open.number + 2)
    #expect(try ledger.resendOrder(key: "k")?.asked == "post 1")
    let audit = try ledger.audit(limit: 9).map(\.entry)
    #expect(audit.map(\.command) == Array(repeating: "resend", count: 5))
    #expect(
      audit.map(\.outcome) == [
        "", "", "goes on with resend \(open.number)", "resend \(open.number), messages: 1", "",
      ])
    #expect(audit.map(\.subject) == ["post 1", "post 1 --force have", "post 1", "post 1", "post 1"])
    #expect(audit.allSatisfy { $0.operatorName == "li" && $0.reason == "asked for" })
  }

  @Test("A1: several posts come as one digest, whose posts are in no part of the same generation twice (D2)")
  func digest() throws {
    for key in ["1", "2", "3"] { try bench.decide(try bench.entry(key), digest: [ana]) }
    try bench.write(try bench.plan(ana))
    try end(.permanent, .failed)
    let order = try order("to ana")
    let item = Ledger.ResendItem(
      person: ana, parts: [[.init(1, .thread), .init(2, .thread)], [.init(3, .thread)]])
    #expect(try ledger.resend([item], by: order, signingKey: 1, now: bench.now) == 2)
    #expect(try states() == ["1 dropped resent", "2 queued", "3 queued"])
    #expect(try ledger.posts(ofParts: [1, 2, 3]) == [2: [1, 2], 3: [3]])
    #expect(try ledger.resend([item], by: order, signingKey: 1, now: bench.now) == 0)
  }

  @Test("A1: one post of a failed part is sent as a copy; given back, the part goes without it")
  func fromPart() throws {
    for key in ["1", "2"] { try bench.decide(try bench.entry(key), digest: [ana]) }
    try bench.write(try bench.plan(ana))
    try end(.permanent, .failed)
    #expect(
      try ledger.resend(
        [Ledger.ResendItem(person: ana, parts: [[.init(1, .thread)]])], by: order(), signingKey: 1, now: bench.now) == 1
    )
    #expect(try states() == ["1 failed", "2 queued"])
    #expect(try bench.row(2).post == 1)
    #expect(try ledger.posts(ofParts: [1]) == [1: [2]])
  }

  @Test("S5: what is held for its unknown fate is sent again under a new name, and not released beside that")
  func uncertain() throws {
    try bench.copies("1", to: [ana])
    let lease = try bench.begin()
    try bench.commitGroup([bench.end(1, 1, .uncertain, .held, hold: .uncertain)], lease: lease)
    #expect(try fate(1, ana) == .lost(.uncertain))
    #expect(try send(order(), 1, to: ana) == 1)
    #expect(try ledger.release(.uncertain, now: bench.now) == 0)
    #expect(try states() == ["1 dropped resent", "2 queued"])
  }

  @Test("C6: a copy that waits to be shown again is not sent beside that")
  func outOfSight() throws {
    try bench.copies("1", to: [ana])
    let lease = try #require(try bench.lease())
    try ledger.withhold([.init(1, .dropped(.hidden))], lease: lease.lease.id, now: bench.now)
    #expect(try fate(1, ana) == .outOfSight)
    #expect(try send(order(), 1, to: ana) == 0)
    #expect(try bench.restore(1) == 1)
  }

  @Test("B4: an address that is mailed again brings nothing that was sent again meanwhile")
  func suppressed() throws {
    try bench.copies("1", to: [ana])
    let lease = try #require(try bench.lease())
    try ledger.withhold([.init(1, .suppressed)], lease: lease.lease.id, now: bench.now)
    _ = try bench.file.write {
      try $0.run(
        "INSERT INTO suppression (address, reason, since, person) VALUES ('a@b.example', 'x', 0, $1)", [.id(ana)])
    }
    #expect(try send(order(forced: [.suppressed]), 1, to: ana) == 1)
    #expect(try ledger.lift("a@b.example", now: bench.now)?.posts == 0)
    #expect(try bench.slots().isEmpty)
  }

  @Test("A1, S5: three hosts that give the same and other orders at once queue each post for each person once")
  func severalHosts() async throws {
    let people = try (1...60).map { try bench.people("p\($0)")[0] }
    let ids = try bench.copies("1", to: people)
    let (lease, _) = try #require(try bench.lease())
    try bench.commitGroup(begin: ids, lease: lease.id)
    try bench.commitGroup(
      ids.map { $0.rawValue % 2 == 0 ? bench.end($0) : bench.end($0, 1, .permanent, .failed) }, lease: lease.id)
    let (site, now) = (bench, bench.now)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for host in 0..<3 {
        let ledger = try site.anotherProcess()
        group.addTask {
          let order = try ledger.giveResendOrder(
            .init(asked: host == 2 ? "failed" : "post 1", operatorName: "h\(host)", reason: "lost"), now: now)
          for chunk in people.chunks(of: 7) {
            let items = chunk.map { Ledger.ResendItem(person: $0, copies: [.init(1, .thread)]) }
            _ = try ledger.resend(items, by: order, signingKey: 1, now: now)
          }
          _ = try ledger.finish(order, now: now)
        }
      }
      try await group.waitForAll()
    }
    let queued = try bench.rows().values.filter { $0.state == .queued }
    #expect(queued.count == 30)
    #expect(Set(queued.map(\.person)).count == 30)
    #expect(try bench.rows().values.filter { $0.reason == "resent" }.count == 30)
  }

  @Test("A1: where it stands, all sendings together", arguments: Case.all)
  func fates(_ one: Case) {
    let history = SendingHistory(post: 1, person: 1, sendings: one.sendings)
    #expect(history.fate == one.fate)
    #expect(history.maySend(nil, []) == one.maySend)
    #expect(history.maySend(nil, [.have]) == (one.maySend || one.fate == .has))
    #expect(!history.maySend(1, [.have]) || !one.sendings.contains { $0.generation == 1 })
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let sendings: [SendingHistory.Sending]
    let fate: SendingHistory.Fate
    let maySend: Bool

    private static func copy(
      _ state: DeliveryState?, _ reason: String? = nil, generation: Int = 0, hasReturned: Bool = false
    ) -> SendingHistory.Sending {
      .init(
        generation: generation, decision: .instant(.thread), delivery: 1, state: state, reason: reason,
        hasReturned: hasReturned)
    }

    static let all: [Case] = [
      Case(testDescription: "nothing", sendings: [], fate: .none, maySend: true),
      Case(testDescription: "sent", sendings: [copy(.sent)], fate: .has, maySend: false),
      Case(
        testDescription: "came back", sendings: [copy(.sent, hasReturned: true)], fate: .lost(.returned), maySend: true),
      Case(testDescription: "queued", sendings: [copy(.queued)], fate: .waits, maySend: false),
      Case(testDescription: "uncertain", sendings: [copy(.uncertain)], fate: .waits, maySend: false),
      Case(testDescription: "held by domain", sendings: [copy(.held, "domain a.b")], fate: .held, maySend: false),
      Case(testDescription: "given up", sendings: [copy(.expired)], fate: .lost(.expired), maySend: true),
      Case(testDescription: "muted since", sendings: [copy(.dropped, "muted")], fate: .lost(.dropped), maySend: true),
      Case(testDescription: "hidden", sendings: [copy(.dropped, "hidden")], fate: .outOfSight, maySend: false),
      Case(
        testDescription: "sent first, failed then", sendings: [copy(.sent), copy(.failed, generation: 1)], fate: .has,
        maySend: false),
      Case(
        testDescription: "arrived, and on its way once more", sendings: [copy(.sent), copy(.queued, generation: 1)],
        fate: .waits, maySend: false),
      Case(
        testDescription: "failed first, waits now",
        sendings: [copy(.dropped, "resent"), copy(.deferred, generation: 1)],
        fate: .waits, maySend: false),
      Case(
        testDescription: "waits for a digest", sendings: [.init(decision: .digest(.thread))], fate: .waits,
        maySend: false),
      Case(
        testDescription: "muted", sendings: [.init(decision: .skipped(.muted))], fate: .skipped(.muted), maySend: true),
      Case(
        testDescription: "mailed before a restore", sendings: [.init(decision: .skipped(.mailedBefore))], fate: .has,
        maySend: false),
      Case(testDescription: "its message is forgotten", sendings: [copy(nil)], fate: .lost(.forgotten), maySend: true),
    ]
  }
}
