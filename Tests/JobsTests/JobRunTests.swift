import Foundation
import Jobs
import Ledger
import SQL
import TestSupport
import Testing

@Suite("Runs of a job")
struct JobRunTests {
  private static let dispatch: [Step] = [.collect, .fanOut, .digest, .deliver]

  private func run(_ site: TestSite, _ steps: [Step] = dispatch) throws -> RunReport {
    try JobRun(site.stages).run(job: "dispatch", steps: steps)
  }

  @Test("O2: a run that did its work is done, and says in one line what it did")
  func done() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    try site.fixture.post(in: thread)
    site.clock.advance(by: 120)
    let report = try run(site)
    #expect(report.status == .done)
    #expect(report.line == "dispatch: collect seen 1, journalled 1; fan-out posts 1, instant 2; deliver sent 2 (0 s)")
    #expect(report.steps.flatMap(\.words) == [])
    #expect(
      report.json == """
        {"ended":"2026-05-26T12:02:00Z","exit":0,"job":"dispatch","started":"2026-05-26T12:02:00Z","steps":[\
        {"held":0,"journalled":1,"left_out":0,"pending":0,"replaced":0,"resting":0,"restored":0,"seen":1,"set_aside":0,\
        "step":"collect","warnings":[]},\
        {"digest":0,"instant":2,"posts":1,"set_aside":0,"skipped":0,"step":"fan-out","waiting":0,"warnings":[]},\
        {"digests":0,"last_calls":0,"moved":0,"parts":0,"step":"digest","warnings":[]},\
        {"deferred":0,"expired":0,"failed":0,"folded":0,"held":0,"ignored":0,"rescued":0,"sent":2,"step":"deliver","uncertain":0,\
        "uncomposed":0,"unsent":0,"warnings":[],"withheld":0}]}
        """)
    let record = try #require(try site.ledger.lastRuns().first)
    #expect((record.job, record.exitCode, record.report) == ("dispatch", 0, report.json))
  }

  @Test("E8: what else there is to tell of a run is asked with its seconds, and told with the last step")
  func remarks() throws {
    let site = try TestSite()
    let report = try JobRun(site.stages).run(job: "dispatch", steps: [.collect, .deliver]) { seconds in
      ["a query took long, of \(seconds) s"]
    }
    #expect(report.status == .done && report.steps.map(\.words) == [[], ["a query took long, of 0 s"]])
    struct Unforeseen: Error {}
    let failing = try JobRun(site.stages).run(job: "dispatch", steps: [.collect]) { _ in throw Unforeseen() }
    #expect(failing.status == .software)
  }

  @Test("O3: a run with nothing to do is done, and is not remembered")
  func nothingToDo() throws {
    let site = try TestSite()
    let report = try run(site)
    #expect(report.status == .done)
    #expect(report.line == "dispatch: nothing to do (0 s)")
    #expect(!report.isEventful)
    #expect(try site.ledger.lastRuns().isEmpty)
  }

  @Test("O3: a run that finds posts that merely wait writes nothing, whatever an author's name has become")
  func nothingButWaiting() throws {
    let site = try TestSite()
    let thread = try site.fixture.thread()
    let ana = try site.fixture.participant("ana")
    let post = try site.fixture.post(in: thread, by: ana, state: .pending)
    _ = try run(site)
    try site.fixture.forum.write { try $0.run("UPDATE post SET author = NULL WHERE id = $1", [.text(post)]) }
    let database = FaultingDatabase(site.fixture.ledgerFile)
    var stages = site.stages
    stages.context.members.ledger = Ledger(database)
    for _ in 1...3 {
      let report = try JobRun(stages).run(job: "dispatch", steps: JobRunTests.dispatch)
      #expect(report.steps.first?.count("pending") == 1 && !report.isEventful)
    }
    #expect(database.commits == 0)
    #expect(try site.ledger.lastRuns().count == 1)
  }

  @Test("O2, F3: a forum that dies while mails go out is 69, and what was sent is told all the same")
  func sourceDiesInMidDelivery() throws {
    let site = try TestSite { $0.deliver.group = 1 }
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    try site.publish(in: thread)
    site.forumGoesDownWithNextMail()
    let report = try run(site, [.deliver, .prune])
    #expect(report.status == .unavailable)
    #expect(report.steps.map(\.step) == ["deliver"])
    #expect(report.steps.first?.count("sent") == 1)
    #expect(report.steps.first?.words == ["the forum is down"])
  }

  @Test("O2, F3: a forum that cannot be asked is 69; the steps after it are not taken")
  func sourceDown() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    try site.publish(in: thread)
    site.forum.goDown()
    let report = try run(site)
    #expect(report.status == .unavailable)
    #expect(report.steps.map(\.step) == ["collect"])
    #expect(report.steps.flatMap(\.words) == ["the forum is down"])
    #expect(site.relay.mails.isEmpty)
    #expect(try site.ledger.lastRuns().first?.exitCode == 69)
  }

  @Test("O2, S3: a relay that is down is 69, and so is each run that leaves it alone")
  func relayDown() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    try site.publish(in: thread)
    site.relay.answer(.down)
    let pause =
      "The relay is left alone until 2026-05-26T12:03:00Z. When it is mended: `watchpost release relay`."
    let first = try run(site)
    #expect(first.status == .unavailable)
    #expect(
      first.steps.last?.words == ["relay 127.0.0.1:25: connection refused. \(pause)"])
    let second = try run(site)
    #expect(second.status == .unavailable)
    #expect(second.steps.last?.words == [pause])
  }

  @Test("O2: a ledger that cannot be used is 69 too")
  func ledgerDown() throws {
    let site = try TestSite()
    var stages = site.stages
    stages.context.members.ledger = Ledger(UnusableDatabase())
    let report = try JobRun(stages).run(job: "dispatch", steps: JobRunTests.dispatch)
    #expect(report.status == .unavailable)
    #expect(report.steps.flatMap(\.words) == ["ledger.sqlite: disk I/O error"])
  }

  @Test("O2, S6: a run that was asked to stop is 75, and takes no further step")
  func stopped() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    try site.publish(in: thread)
    let stop = site.stop
    site.relay.onMail { _ in stop.request() }
    let report = try run(site, [.collect, .deliver, .prune])
    #expect(report.status == .workLeft)
    #expect(report.steps.map(\.step) == ["collect", "deliver"])
    #expect(report.steps.last?.count("sent") == 1)
    #expect(try run(site).status == .workLeft)
    #expect(try run(site).steps.isEmpty)
  }

  @Test("O2, C5: a flood that is held is 75, with the way to let it go")
  func flood() throws {
    let site = try TestSite { $0.collect.floodLimit = 1 }
    let thread = try site.thread(watchedBy: ["ana"])
    for _ in 1...2 { try site.fixture.post(in: thread) }
    site.clock.advance(by: 120)
    let report = try run(site)
    #expect(report.status == .workLeft)
    #expect(
      report.steps.first?.words == [
        """
        2 new posts at once are more than collect.flood_limit (1) allows; they are held. Look at them, then let them \
        go with `watchpost release flood`, or forget them with `watchpost discard flood`.
        """
      ])
  }

  @Test("O2, S3: a domain that was held in this run is 75, with the way to let it go; so is each run until then")
  func domainHeld() throws {
    let site = try TestSite { $0.deliver.domainHold = 2 }
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    try site.publish(in: thread)
    site.relay.answer(.refused("550 5.7.1 Not from you"))
    let report = try run(site)
    #expect(report.status == .workLeft)
    #expect(
      report.steps.last?.words == [
        """
        example.net refuses our mail by policy; mail for it is held. When that is settled: `watchpost release \
        example.net`.
        """
      ])
    #expect(try run(site).status == .workLeft)
    _ = try site.ledger.release(.domain("example.net"), now: site.clock.now)
    site.relay.answer(.accepted)
    #expect(try run(site).status == .done)
  }

  @Test("O2, S5: messages of unknown fate are told beside a domain that is held, each with its own number")
  func heldForTwoReasons() throws {
    let site = try TestSite { ($0.deliver.domainHold, $0.deliver.uncertain) = (2, .hold) }
    let thread = try site.thread(watchedBy: ["ana", "ben", "eva"])
    try site.publish(in: thread)
    site.relay.answer { message, _ in
      message.envelope.recipient.localPart == "ana" ? .uncertain : .refused("550 5.7.1 Not from you")
    }
    let report = try run(site)
    #expect(report.status == .workLeft && report.steps.last?.count("held") == 3)
    #expect(
      report.steps.last?.words == [
        """
        example.net refuses our mail by policy; mail for it is held. When that is settled: `watchpost release \
        example.net`.
        """,
        "The fate of 1 messages is unknown; they are held. To send them again: `watchpost release uncertain`.",
      ])
  }

  @Test("O2, S5: after a run that died the next one says how many messages are in doubt, and does its work")
  func afterACrash() throws {
    let site = try TestSite { $0.deliver.group = 2 }
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    try site.publish(in: thread)
    let dying = site.crash(atCommit: .max, .beforeCommit)
    site.relay.onMail { if $0 == 2 { dying.crash(atCommit: dying.commits + 1, .beforeCommit) } }
    #expect(throws: FaultingDatabase.Crash.self) { try run(site) }
    site.relay.onMail { _ in }
    site.restart()
    let report = try run(site)
    #expect(report.status == .done)
    #expect(
      report.steps.last?.words == [
        "A run died, or stood still for longer than delivery.lease; the fate of 2 messages is unknown (0 held)."
      ])
    #expect(report.steps.last?.count("rescued") == 2)
    #expect(report.steps.last?.count("sent") == 2)
  }

  @Test("O2: what cannot be used outweighs what is left")
  func outweighs() throws {
    let site = try TestSite { $0.collect.floodLimit = 1 }
    let thread = try site.thread(watchedBy: ["ana"])
    try site.publish(in: thread)
    for _ in 1...2 { try site.fixture.post(in: thread) }
    site.clock.advance(by: 120)
    site.relay.answer(.down)
    #expect(try run(site).status == .unavailable)
  }

  @Test("O2: the exit codes are those of sysexits")
  func exitCodes() {
    #expect(ExitStatus.allCases.map(\.rawValue) == [0, 64, 69, 70, 75, 78])
    #expect(Set(ExitStatus.allCases.map(\.meaning)).count == 6)
  }
}

/// A ledger on a disk that has failed.
private struct UnusableDatabase: SQL.Database {
  private static let failure = DatabaseError(.unavailable, "ledger.sqlite: disk I/O error")
  var dialect: Dialect { .sqlite }
  func read<T>(_ body: (any SQL.Connection) throws -> T) throws -> T { throw UnusableDatabase.failure }
  func write<T>(_: WriteOrder, _ body: (any SQL.Connection) throws -> T) throws -> T { throw UnusableDatabase.failure }
  func exclusively<T>(_: String, _ body: () throws -> T) throws -> T? { throw UnusableDatabase.failure }
  func clock() throws -> Int64? { throw UnusableDatabase.failure }
}
