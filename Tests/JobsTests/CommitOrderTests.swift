import SQL
import TestSupport
import Testing
import Time

/// Several transactions write to the forum at once: what got its number first may be committed last.
@Suite("Commit order is not the order of ids", .enabled(if: TestDatabase.isPostgres, "SQLite writes one at a time"))
struct CommitOrderTests {
  private let site: TestSite
  private let thread: String

  init() throws {
    site = try TestSite { ($0.collect.settle, $0.awaitsOlderTransactions) = (0, false) }
    thread = try site.thread(watchedBy: ["ana"])
  }

  /// A post written by a program that commits only after the closure has run; returns its key.
  @discardableResult
  private func slowPost(_ meanwhile: () throws -> Void) throws -> String {
    let now = site.clock.now.seconds
    return try site.fixture.anotherForum().write(.concurrent) { connection in
      let key = try connection.first(
        "INSERT INTO post (thread, body, created_at) VALUES ($1, 'late', $2) RETURNING id",
        [.text(thread), .integer(now)]
      ) { $0.text(0) }!
      try meanwhile()
      return key
    }
  }

  /// Everything that was committed before is read; returns how many people's slots moved.
  @discardableResult
  private func readWishes() throws -> Int {
    try site.fixture.awaitOlderTransactions()
    return try site.digest().moved
  }

  private var received: [[String]] { site.relay.accepted.map(\.posts) }

  @Test("C2: a post committed after a later one was collected is collected too, once")
  func late() throws {
    var quick = ""
    let slow = try slowPost {
      quick = try site.fixture.post(in: thread)
      try site.dispatch()
      #expect(received == [[quick]])
    }
    #expect(Int64(slow)! < Int64(quick)!)
    for _ in 1...3 { try site.dispatch() }
    #expect(received == [[quick], [slow]])
    #expect(try site.journal() == [quick, slow])
  }

  @Test("C2: many that commit in the reverse order of their ids are collected, each once")
  func reversed() throws {
    var committed: [String] = []
    func nest(_ depth: Int) throws {
      if depth == 0 { return }
      committed.append(
        try slowPost {
          try nest(depth - 1)
          try site.dispatch()
        })
    }
    try nest(8)
    for _ in 1...2 { try site.dispatch() }
    #expect(committed.map { Int64($0)! } == committed.map { Int64($0)! }.sorted(by: >))
    #expect(received == committed.map { [$0] }, "in the order in which they were committed")
  }

  @Test("C2: a transaction that is rolled back leaves a gap that is looked into and given up")
  func rolledBack() throws {
    struct Refusal: Error {}
    var quick = ""
    #expect(throws: Refusal.self) {
      try slowPost {
        quick = try site.fixture.post(in: thread)
        try site.dispatch()
        throw Refusal()
      }
    }
    try site.dispatch()
    #expect(try site.ledger.gaps().count == 1)
    site.clock.advance(by: site.settings.collect.gapExpiry + 1)
    try site.dispatch()
    #expect(try site.ledger.gaps().isEmpty && received == [[quick]])
  }

  @Test("C2: a post that is under way during the very first run is collected once it is committed")
  func duringTheFirstRun() throws {
    let site = try TestSite(hasBegun: false) { ($0.collect.settle, $0.awaitsOlderTransactions) = (0, false) }
    let thread = try site.thread(watchedBy: ["ana"])
    try site.fixture.post(in: thread)
    let now = site.clock.now.seconds
    let slow = try site.fixture.anotherForum().write(.concurrent) { connection in
      let key = try connection.first(
        "INSERT INTO post (thread, body, created_at) VALUES ($1, 'late', $2) RETURNING id",
        [.text(thread), .integer(now)]
      ) { $0.text(0) }!
      try site.fixture.post(in: thread)
      try site.dispatch()
      return key
    }
    for _ in 1...2 { try site.dispatch() }
    #expect(site.relay.accepted.map(\.posts) == [[slow]])
  }

  @Test("F5: a change of preferences committed after a later one was read is followed too")
  func lateWishes() throws {
    let thread = try site.thread(watchedBy: ["ben", "eve"], mode: .digest)
    let posts = try site.publish(in: thread)
    try readWishes()
    let names = try site.names()
    func leave(_ name: String, _ connection: any Connection) throws {
      let key = names.first { $0.value == name }!.key
      try connection.run("UPDATE participant SET mode = 'instant' WHERE id = $1", [.text(key)])
    }
    try site.fixture.anotherForum().write(.concurrent) { slow in
      try leave("ben", slow)
      try site.fixture.anotherForum().write(.concurrent) { try leave("eve", $0) }
      // Nothing may be read past a transaction that is under way.
      #expect(try site.digest().moved == 0)
    }
    #expect(try readWishes() == 2)
    try site.digest()
    try site.deliver()
    #expect(received == [posts, posts])
  }
}
