import Forum
import Foundation
import TestSupport
import Testing
import Time

@testable import ForumSources

@Suite("How long queries take") struct QueryMeterTests {
  @Test("E8: is counted for each query, with the plan of the one that took longest")
  func counted() throws {
    let forum = try WalkedForum()
    defer { withExtendedLifetime(forum) {} }
    let source = try forum.source()
    #expect(try source.queryTimes == [] && source.plan(of: .watchers) == [])
    for _ in 1...3 { _ = try source.watchers(thread: "11", discussion: "1", after: nil, limit: 1000) }
    _ = try source.threads(keys: ["11"])
    let times = source.queryTimes
    #expect(times.map(\.question) == [.threads, .watchers, .watchersAmong])
    // Each page that is not full is looked behind.
    #expect(times.map(\.asked) == [1, 6, 3])
    #expect(times.allSatisfy { $0.seconds >= $0.slowest && $0.slowest > 0 })
    #expect(try source.plan(of: .watchers).contains { $0.contains("sub") || $0.contains(" s") })
  }

  private func time(_ seconds: Double, _ question: Question = .watchersAmong) -> QueryTime {
    QueryTime(question: question, asked: 7, seconds: seconds, slowest: seconds / 7)
  }

  @Test(
    "E8: is told of one that took more than ten seconds and more than half of a run",
    arguments: [(9.9, 10, false), (10.5, 20, true), (10.5, 22, false), (600, 700, true), (300, 700, false)]
      as [(Double, Int64, Bool)])
  func slow(_ seconds: Double, _ run: Int64, _ isTold: Bool) {
    #expect((SlowQuery(among: [time(1, .posts), time(seconds)], runSeconds: run) != nil) == isTold)
  }

  @Test("E5, E8: is told when it begins, when it has doubled and after a week, not by every run")
  func seldom() throws {
    let now = Timestamp(1_800_000_000)
    func slow(_ seconds: Double, _ question: Question = .watchersAmong) throws -> SlowQuery {
      try #require(SlowQuery(among: [time(seconds, question)], runSeconds: Int64(seconds)))
    }
    let note = try #require(try slow(30).noteIfNew(nil, now: now))
    #expect(try slow(30).noteIfNew(note, now: now + 120) == nil)
    #expect(try slow(59).noteIfNew(note, now: now + 6 * 86_400) == nil)
    #expect(try slow(61).noteIfNew(note, now: now + 120) != nil)
    #expect(try slow(30).noteIfNew(note, now: now + 8 * 86_400) != nil)
    #expect(try slow(30, .posts).noteIfNew(note, now: now + 120) != nil)
    #expect(try slow(30).description.contains("`watchers_among` took 30 of the run's 30 s, asked 7 times"))
  }

  @Test("E8: a mapping's fingerprint changes with its queries, its constants, its zone and its database, and not else")
  func fingerprint() throws {
    func mapping(_ queries: [String: String] = [:], zone: String? = nil, site: String = "a") throws -> String {
      try Mapping(
        name: "plain", queries: plainQueries.merging(queries) { _, new in new }, constants: ["site": site],
        everyoneReads: true, times: zone.flatMap(TimeZone.init(identifier:))
      ).fingerprint(database: "postgresql://u:secret@db.example/forum?x=y")
    }
    let plain = try mapping()
    #expect(try plain == mapping() && plain.count == 16)
    let url = ["newest": "SELECT max(id) AS ordinal FROM post WHERE :site <> ''"]
    let others = [
      try mapping(["newest": "SELECT max(id) + 1 AS ordinal FROM post"]), try mapping(zone: "Europe/Paris"),
      try mapping(url), try mapping(url, site: "b"),
      try Mapping(name: "plain", queries: plainQueries, everyoneReads: true).fingerprint(database: "forum.sqlite"),
    ]
    #expect(Set(others + [plain]).count == 6)
    // A comment changes nothing, nor does a password.
    #expect(
      try Mapping(
        name: "p", queries: plainQueries.merging(["newest": plainQueries["newest"]! + " "]) { $1 }, everyoneReads: true
      ).fingerprint(database: "x") != plain)
    #expect(
      try Mapping(name: "plain", queries: plainQueries, everyoneReads: true)
        .fingerprint(database: "postgresql://u:other@db.example/forum") == plain)
  }
}
