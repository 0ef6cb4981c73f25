import Forum
import Identifiers
import Ledger
import Membership
import Synchronization
import TestSupport
import Testing
import Time

@testable import Jobs

/// Answers of the forum under which nearly everybody vanishes.
@Suite("People who vanish") struct VanishedPeopleTests {
  private static let steps: [Step] = [.collect, .fanOut, .digest, .deliver]
  private let site: TestSite

  init() throws { site = try TestSite() }

  /// Runs every ten minutes for some hours, and once at the end.
  /// - Returns: what the last run had to say, and its status.
  @discardableResult
  private func run(hours: Int64 = 1) throws -> (words: [String], status: Jobs.ExitStatus) {
    var report = try site.run(VanishedPeopleTests.steps)
    for _ in 0..<(hours * 6) {
      site.clock.advance(by: 600)
      report = try site.run(VanishedPeopleTests.steps)
    }
    return (report.steps.flatMap(\.words), report.status)
  }

  /// A thread with so many readers, some of whom want digests, who have had two posts.
  private func thread(_ readers: Int, digests: Int = 0) throws -> String {
    let thread = try site.thread(watchedBy: (1...readers).map { "i\($0)" })
    if digests > 0 {
      try site.fixture.watch(
        thread: thread, by: (1...digests).map { try site.fixture.participant("d\($0)", mode: .digest) })
    }
    try site.fixture.post(in: thread)
    try run()
    #expect(site.relay.accepted.count == readers)
    return thread
  }

  /// How often each post came to instant readers, and to readers of digests.
  private func mails() -> [String: [String: Int]] {
    var mails: [String: [String: Int]] = [:]
    for mail in site.relay.accepted {
      for post in mail.posts { mails[post, default: [:]][mail.name, default: 0] += 1 }
    }
    return mails
  }

  @Test(
    "E9, F5: while a table seems to be empty nobody loses a post, new or pending: posts wait, and that is told",
    arguments: [TroubledForum.Table.people, .watches, .rights])
  func forATime(_ table: TroubledForum.Table) throws {
    let thread = try thread(16, digests: 6)
    site.relay.clear()
    // So that instant copies wait too.
    let second = try site.fixture.post(in: thread)
    try site.settle()
    site.forum.empty(table)
    let third = try site.fixture.post(in: thread)
    // Over the hour of all digests.
    let told = try run(hours: 23)
    #expect(told.status == .workLeft && told.words.count == 3, "\(told)")
    #expect(told.words.allSatisfy { $0.hasPrefix("Nearly everybody is gone by the forum's answers") }, "\(told)")
    #expect(site.relay.accepted.isEmpty)
    site.forum.empty(nil)
    let healed = try run(hours: 30)
    #expect(healed.words.isEmpty && healed.status == .done, "\(healed)")
    let mails = mails()
    for post in [second, third] {
      #expect(mails[post]?.count == 22, "post \(post): \(mails[post] ?? [:])")
      #expect(mails[post]?.values.allSatisfy { $0 == 1 } == true, "post \(post): \(mails[post] ?? [:])")
    }
  }

  @Test("E9: of a few people all may go, and are believed to be gone at once")
  func few() throws {
    let thread = try thread(3)
    try site.fixture.forum.write { try $0.run("DELETE FROM watch") }
    let ana = try site.fixture.participant("ana")
    try site.fixture.watch(thread: thread, by: [ana])
    site.relay.clear()
    try site.fixture.post(in: thread)
    #expect(try run().status == .done)
    #expect(site.relay.accepted.map(\.name) == ["ana"])
  }

  @Test("E9: half of many may go at once, and nothing waits for it")
  func half() throws {
    let thread = try thread(16)
    try site.fixture.forum.write { try $0.run("DELETE FROM watch WHERE participant % 2 = 0") }
    site.relay.clear()
    try site.fixture.post(in: thread)
    #expect(try run().status == .done)
    #expect(site.relay.accepted.count == 8)
  }

  @Test(
    "E9: a board that is closed to most is believed after a day, or at the admin's word at once",
    arguments: [true, false])
  func closed(_ isReleased: Bool) throws {
    let thread = try thread(16)
    site.relay.clear()
    let members = ["i1", "i2", "i3"]
    try site.fixture.forum.write { connection in
      try connection.run("UPDATE discussion SET is_private = 1")
      try connection.run(
        """
        INSERT INTO member (discussion, participant)
        SELECT d.id, p.id FROM discussion d JOIN participant p ON p.name IN ($1)
        """, [.texts(members)])
    }
    // Another board, which nobody has closed.
    let other = try site.fixture.writer.addDiscussion(title: "Bureau", slug: "bureau")
    let elsewhere = try site.fixture.thread(in: "\(other)")
    try site.fixture.watch(thread: elsewhere, by: [try site.fixture.participant("ana")])
    try site.fixture.post(in: thread)
    try site.fixture.post(in: elsewhere)
    let told = try run()
    #expect(told.status == .workLeft && told.words.allSatisfy { $0.contains("13 may not read it (query readers)") })
    #expect(site.relay.accepted.map(\.name) == ["ana"])
    if isReleased {
      #expect(try site.ledger.releaseDoubts(now: site.clock.now))
      #expect(try run().status == .done)
    } else {
      #expect(try run(hours: 20).status == .workLeft)
      #expect(try run(hours: 5).status == .done)
    }
    #expect(site.relay.accepted.map(\.name).sorted() == ["ana"] + members)
    // What was believed is not asked about again.
    try site.fixture.post(in: thread)
    #expect(try run().status == .done)
    #expect(site.relay.accepted.count == 7)
  }

  @Test("E9: a thread that is private among others that are not is believed")
  func privateThread() throws {
    let thread = try thread(2)
    for name in (1...16).map({ "d\($0)" }) {
      try site.fixture.put(
        Watch(scope: .discussion), on: site.fixture.discussion, by: try site.fixture.participant(name))
    }
    try site.fixture.post(in: thread)
    try run()
    site.relay.clear()
    let hidden = try site.fixture.thread()
    site.forum.leaveOut(["private \(hidden)"])
    try site.fixture.post(in: hidden)
    #expect(try run().status == .done)
    #expect(site.relay.accepted.isEmpty)
    // But not where they may read nothing any more.
    site.forum.empty(.rights)
    try site.fixture.post(in: hidden)
    #expect(try run().status == .workLeft)
  }

  @Test("E9, F6: who vanishes between two pages of one post is not passed by")
  func betweenPages() throws {
    site.settings.pageSize = 4
    let thread = try thread(30)
    site.relay.clear()
    try site.fixture.post(in: thread)
    try site.collect()
    site.clock.advance(by: 120)
    try site.collect()
    let forum = site.forum
    let pages = Pages()
    forum.before { if $0 == "watchers", pages.next() == 4 { forum.empty(.people) } }
    #expect(try site.fanOut().waiting == 1)
    forum.comeBack()
    forum.empty(nil)
    try run()
    #expect(Set(site.relay.accepted.map(\.name)).count == 30 && site.relay.accepted.count == 30)
  }

  /// Counts questions.
  private final class Pages: Sendable {
    private let count = Mutex(0)
    func next() -> Int {
      count.withLock {
        $0 += 1
        return $0
      }
    }
  }
}
