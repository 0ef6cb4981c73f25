import Forum
import Ledger
import Membership
import SQL
import Settings
import Testing
import Time

@testable import ForumSources
@testable import Jobs

@Suite("Collect: what enters the journal")
struct CollectTests {
  /// A forum with posts 1...3 before the first run: visible, pending, hidden.
  private func oldForum(_ start: CollectStart) throws -> (site: TestSite, thread: String) {
    let site = try TestSite(hasBegun: false) { $0.collect.start = start }
    let thread = try site.thread(watchedBy: ["ana"])
    try site.fixture.post(in: thread)
    try site.fixture.post(in: thread, state: .pending)
    try site.fixture.post(in: thread, state: .hidden)
    site.clock.advance(by: 3600)
    return (site, thread)
  }

  @Test("C3: the first run on a forum with posts mails no history")
  func noHistory() throws {
    let (site, thread) = try oldForum(.now)
    try site.dispatch()
    let new = try site.publish(in: thread)
    try site.deliver()
    #expect(site.relay.accepted.map(\.posts) == [new])
    #expect(try site.journal() == new)
  }

  @Test("C3: the first run tells how many posts it leaves out")
  func leftOut() throws {
    let (site, thread) = try oldForum(.now)
    for _ in 1...4 { try site.fixture.post(in: thread) }
    let report = try JobRun(site.stages).run(job: "dispatch", steps: [.collect])
    #expect(report.steps[0].count("left out") == 5)
    #expect(report.steps[0].words.count == 1 && report.status == .done)
    #expect(report.steps[0].words.first?.hasPrefix("The forum's posts until now are mailed to nobody: 5.") == true)
    let next = try JobRun(site.stages).run(job: "dispatch", steps: [.collect])
    #expect(next.steps[0].count("left out") == 0 && next.steps[0].words.isEmpty)
  }

  @Test("C3: a forum that is empty when it is made has its very first post mailed, whenever the first run comes")
  func firstPost() throws {
    let site = try TestSite(hasBegun: false)
    let thread = try site.thread(watchedBy: ["ana"])
    try CollectStage.beginEmpty(site.context.members)
    let post = try site.fixture.post(in: thread)
    site.clock.advance(by: 3600)
    try site.dispatch()
    #expect(site.relay.accepted.map(\.posts) == [[post]])
  }

  @Test("C3: where the forum is another than the empty one that was made first, its posts are history all the same")
  func anotherForum() throws {
    let site = try TestSite(hasBegun: false)
    try CollectStage.beginEmpty(site.context.members)
    let thread = try site.thread(watchedBy: ["ana"])
    try site.fixture.post(in: thread)
    site.clock.advance(by: 3600)
    try CollectStage.forgetEmptyBeginning(site.ledger)
    try site.dispatch()
    #expect(site.relay.accepted.isEmpty)
    // Said again, or of a journal that has gone on, it changes nothing.
    let new = try site.publish(in: thread)
    try CollectStage.forgetEmptyBeginning(site.ledger)
    try site.deliver()
    #expect(site.relay.accepted.map(\.posts) == [new])
  }

  @Test("C3: a forum with posts is not begun as an empty one, nor is one whose journal has begun")
  func notEmpty() throws {
    let (site, _) = try oldForum(.now)
    try CollectStage.beginEmpty(site.context.members)
    #expect(try site.ledger.mark(.collected) == nil)
    try site.dispatch()
    try CollectStage.beginEmpty(site.context.members)
    #expect(try site.ledger.mark(.collected) == 3)
  }

  @Test("C3, E8: a query for the newest post that finds another one mails no history: the mapping is at fault")
  func wrongNewest() throws {
    let (site, _) = try oldForum(.now)
    for sql in ["SELECT id FROM post ORDER BY id LIMIT 1", "SELECT NULL", "SELECT 1 WHERE 1 = 0"] {
      var queries = EmbeddedForum.mappedQueries(site.fixture.forum.dialect)
      queries["newest"] = sql
      let mapping = try Mapping(name: "odd", queries: queries, fragments: EmbeddedForum.fragments)
      var context = site.context
      context.members = Members(
        forum: SQLForum(database: site.fixture.forum, mapping: mapping), ledger: site.ledger,
        keeper: site.fixture.writer,
        defaults: EffectivePreferences(), now: context.members.now)
      do {
        _ = try CollectStage(context, site.settings.collect).runOnce()
        Issue.record("\(sql) was believed")
      } catch let error as ForumError {
        #expect(error.kind == .query && error.description.contains("let it find the largest of all posts"), "\(error)")
      }
      #expect(try site.ledger.mark(.collected) == nil)
    }
  }

  @Test("C3: a post that was pending before the first run is collected once it is approved")
  func pendingOfBefore() throws {
    let (site, _) = try oldForum(.now)
    try site.dispatch()
    site.clock.advance(by: 30 * 86_400)
    try site.dispatch()
    try site.fixture.writer.setVisibility(.visible, ofPost: "2")
    site.clock.advance(by: 86_400)
    try site.settle()
    try site.deliver()
    #expect(site.relay.accepted.map(\.posts) == [["2"]])
  }

  @Test("C3: a hidden post of before the first run is history, even when it is shown")
  func hiddenOfBefore() throws {
    let (site, _) = try oldForum(.now)
    try site.dispatch()
    try site.fixture.writer.setVisibility(.visible, ofPost: "3")
    try site.settle()
    #expect(try site.journal().isEmpty)
  }

  @Test("C3: an admin who starts with all posts gets all of them, oldest first")
  func startWithAll() throws {
    let (site, _) = try oldForum(.all)
    try site.settle()
    #expect(try site.journal() == ["1"])
    try site.fixture.writer.setVisibility(.visible, ofPost: "2")
    try site.settle()
    #expect(try site.journal() == ["1", "2"])
  }

  @Test("C3: an admin who starts at a moment gets the posts since then, and those approved since then")
  func startAtAMoment() throws {
    let site = try TestSite(hasBegun: false) { settings in
      settings.collect.start = .since(Timestamp(iso8601: "2026-05-26T12:30:00Z")!)
    }
    let thread = try site.thread(watchedBy: ["ana"])
    try site.fixture.post(in: thread)
    try site.fixture.post(in: thread, state: .pending)
    site.wait(until: "2026-05-26T12:30:00Z")
    try site.fixture.post(in: thread)
    site.wait(until: "2026-05-26T13:00:00Z")
    try site.settle()
    #expect(try site.journal() == ["3"])
    try site.fixture.writer.setVisibility(.visible, ofPost: "2")
    try site.settle()
    #expect(try site.journal() == ["3", "2"])
  }

  @Test("C3: a post of before the start that became visible after it is new, whatever the forum says of its making")
  func startCountsVisibility() throws {
    let site = try TestSite(hasBegun: false) { settings in
      settings.collect.start = .since(Timestamp(iso8601: "2026-05-26T12:30:00Z")!)
    }
    let thread = try site.thread(watchedBy: ["ana"])
    let post = try site.fixture.post(in: thread)
    try site.fixture.forum.write {
      try $0.run(
        "UPDATE post SET visible_at = $2 WHERE id = $1",
        [.text(post), .integer(Timestamp(iso8601: "2026-05-26T12:45:00Z")!.seconds)])
    }
    site.wait(until: "2026-05-26T13:00:00Z")
    try site.settle()
    #expect(try site.journal() == [post])
  }

  @Test("C2: a post approved late is collected once, after posts with larger ids")
  func approvedLate() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let late = try site.fixture.post(in: thread, state: .pending)
    let early = try site.publish(in: thread)
    try site.deliver()
    site.clock.advance(by: 20 * 86_400)
    try site.fixture.writer.setVisibility(.visible, ofPost: late)
    try site.settle()
    try site.settle()
    #expect(try site.journal() == early + [late])
    try site.deliver()
    #expect(site.relay.accepted.map(\.posts) == [early, [late]])
  }

  @Test("C2: a post approved late is as old as its approval: who watched before that gets it")
  func ageOfApproval() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let late = try site.fixture.post(in: thread, state: .pending)
    try site.dispatch()
    site.clock.advance(by: 3600)
    let ben = try site.fixture.participant("ben")
    try site.fixture.put(Watch(scope: .thread), on: thread, by: ben)
    try site.fixture.writer.setVisibility(.visible, ofPost: late)
    try site.settle()
    #expect(try site.decisions(late) == ["ana": "instant thread", "ben": "instant thread"])
  }

  @Test("C2: a transaction that commits after a later id is found, however wide the gap")
  func lateCommit() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    try insert(10, in: thread, site)
    try site.settle()
    for id: Int64 in [9, 3, 5] {
      site.clock.advance(by: 600)
      try insert(id, in: thread, site)
      try site.settle()
    }
    try insert(12, in: thread, site)
    try insert(11, in: thread, site)
    try site.settle()
    try site.settle()
    #expect(try site.journal() == ["10", "9", "3", "5", "11", "12"])
    #expect(try site.count("SELECT count(*) FROM gap WHERE first <= 4 AND last >= 4") == 1)
  }

  @Test("C2: ids passed over before the first run are found too; a post with an older id than all is history")
  func lateCommitBeforeTheFirstRun() throws {
    let site = try TestSite(hasBegun: false)
    let thread = try site.thread(watchedBy: ["ana"])
    try insert(5, in: thread, site)
    try insert(8, in: thread, site)
    try site.settle()
    try insert(7, in: thread, site)
    try insert(4, in: thread, site)
    try site.settle()
    #expect(try site.journal() == ["7"])
  }

  @Test("C2: a gap is given up after a day")
  func gapExpires() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    try insert(10, in: thread, site)
    try site.settle()
    site.clock.advance(by: 86_400)
    try site.collect()
    site.clock.advance(by: 1)
    try site.collect()
    try insert(9, in: thread, site)
    try site.settle()
    #expect(try site.journal() == ["10"])
    #expect(try site.count("SELECT count(*) FROM gap") == 0)
  }

  @Test("C2: gaps that lie close together are one question, and one commit when they are given up")
  func manyGaps() throws {
    let site = try TestSite()
    let thread = try site.fixture.thread()
    try site.fixture.forum.write { connection in
      for id in stride(from: 2, through: 80, by: 2) { try self.insert(Int64(id), in: thread, site, connection) }
      for id in [200, 900, 910] { try self.insert(Int64(id), in: thread, site, connection) }
    }
    try site.settle()
    func questions(_ body: () throws -> Void) rethrows -> Int {
      let before = site.forum.questions.count { $0 == "posts within" }
      try body()
      return site.forum.questions.count { $0 == "posts within" } - before
    }
    // 1...79 with what follows, 201...899, 901...909.
    #expect(try questions { try site.collect() } == 3)
    try insert(79, in: thread, site)
    try insert(905, in: thread, site)
    try site.settle()
    #expect(try site.journal().suffix(2) == ["79", "905"])
    let (source, stop) = (site.forum, site.stop)
    source.before { if $0 == "posts within" { stop.request() } }
    #expect(try questions { try site.collect() } == 1)
    source.comeBack()
    site.newSignal()
    site.clock.advance(by: 86_401)
    // Every hour the last look is written down.
    try site.ledger.set(.sawAll, site.clock.now.seconds)
    let database = site.crash(atCommit: 99, .beforeCommit)
    try site.collect()
    #expect(database.commits == 1)
    #expect(try site.count("SELECT count(*) FROM gap") == 0)
  }

  @Test("C2: a gap that holds more posts than a page is not given up before all of them are read")
  func wideGap() throws {
    let site = try TestSite()
    let thread = try site.fixture.thread()
    try insert(1001, in: thread, site)
    try site.settle()
    site.clock.advance(by: 86_401)
    try site.fixture.forum.write { connection in
      for id in 1...700 { try self.insert(Int64(id), in: thread, site, connection) }
    }
    #expect(try site.collect().seen == 500)
    #expect(try site.collect().seen == 200)
    try site.settle()
    #expect(try site.journal().count == 701)
    #expect(try site.count("SELECT count(*) FROM gap") == 0)
  }

  @Test("C2: a post that one answer of the forum left out is collected all the same, pending or resting")
  func leftOutOnce() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let posts = try [Visibility.visible, .pending].map { try site.fixture.post(in: thread, state: $0) }
    try site.collect()
    site.forum.leaveOut(Set(posts.map { "post \($0)" }))
    // As the forum itself has it, the gap finds them again: it may not before the answer is whole.
    site.forum.before { if $0 == "posts within" { throw ForumError(.unavailable, "half an answer") } }
    #expect(throws: ForumError.self) { try site.collect() }
    #expect(try site.count("SELECT count(*) FROM candidate") == 0)
    site.forum.comeBack()
    site.forum.leaveOut([])
    try site.settle()
    try site.fixture.writer.setVisibility(.visible, ofPost: posts[1])
    try site.settle()
    #expect(try site.journal() == posts)
    #expect(try site.count("SELECT count(*) FROM gap") == 0)
  }

  @Test("C2: an old post that is merely edited is never mailed again, nor is one journalled twice")
  func editedOldPost() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let posts = try site.publish(3, in: thread)
    try site.deliver()
    for post in posts {
      site.clock.advance(by: 86_400)
      try site.fixture.writer.edit(post: post, body: "Mended.", at: site.clock.now)
      try site.fixture.writer.setVisibility(.hidden, ofPost: post)
      try site.dispatch()
      try site.fixture.writer.setVisibility(.visible, ofPost: post)
      try site.settle()
      try site.deliver()
    }
    #expect(try site.journal() == posts)
    #expect(site.relay.accepted.map(\.posts) == posts.map { [$0] })
  }

  @Test("C2: many posts at once, more than a page, are collected each once in their order")
  func manyPosts() throws {
    let site = try TestSite { $0.collect.floodLimit = 5000 }
    let thread = try site.fixture.thread()
    try site.fixture.forum.write { connection in
      for id in 1...1203 where id % 7 != 0 { try self.insert(Int64(id), in: thread, site, connection) }
    }
    let report = try site.collect()
    #expect(report.seen == 1032)
    site.clock.advance(by: 120)
    #expect(try site.collect().journalled == 1032)
    try site.fixture.forum.write { connection in
      for id in stride(from: 7, to: 1203, by: 7) { try self.insert(Int64(id), in: thread, site, connection) }
    }
    try site.settle()
    #expect(try site.journal().count == 1203)
    #expect(Set(try site.journal()).count == 1203)
  }

  private func insert(_ id: Int64, in thread: String, _ site: TestSite) throws {
    try site.fixture.forum.write { try insert(id, in: thread, site, $0) }
  }

  private func insert(_ id: Int64, in thread: String, _ site: TestSite, _ connection: any SQL.Connection) throws {
    try connection.run(
      "INSERT INTO post (id, thread, body, created_at) VALUES ($1, $2, 'Hello', $3)",
      [.integer(id), .text(thread), .integer(site.clock.now.seconds)])
  }
}
