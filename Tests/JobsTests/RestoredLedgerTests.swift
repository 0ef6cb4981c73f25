import Forum
import Foundation
import Ledger
import SQL
import TestSupport
import Testing
import Time

@testable import Jobs

/// A ledger that was restored from a backup does not know it; the word that runs leave beside it does.
@Suite("A restored ledger") struct RestoredLedgerTests {
  private func witness(_ site: TestSite, _ host: String = "") -> WitnessFile {
    WitnessFile(path: site.fixture.directory("ledger.witness\(host)")) { "a name" }
  }

  private func run(_ site: TestSite, host: String = "") throws -> RunReport {
    var stages = site.stages
    stages.witness = witness(site, host)
    return try JobRun(stages).run(job: "dispatch", steps: [.collect, .fanOut, .digest, .deliver])
  }

  private func settle(_ site: TestSite) throws -> [String] {
    var told: [String] = []
    for _ in 1...2 {
      told += try run(site).steps.flatMap(\.words)
      site.clock.advance(by: 180)
    }
    return told
  }

  /// A site whose ledger was restored: of four posts the first was mailed before the backup, the second and third after
  /// it, the fourth is new.
  private func restored() throws -> (site: TestSite, posts: [String]) {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    var posts = [try site.fixture.post(in: thread)]
    #expect(try settle(site) == [])
    let backup = try DatabaseSnapshot(site.fixture.ledgerFile)
    for _ in 1...2 {
      posts.append(try site.fixture.post(in: thread))
      #expect(try settle(site) == [])
    }
    #expect(site.relay.accepted.flatMap(\.posts) == posts)
    site.relay.clear()
    try backup.restore(site.fixture.ledgerFile)
    site.clock.advance(by: 600)
    posts.append(try site.fixture.post(in: thread))
    return (site, posts)
  }

  @Test("E3: is noticed before anything is sent: the run says so and how to go on, and every run holds")
  func noticed() throws {
    let (site, _) = try restored()
    for _ in 1...3 {
      let report = try run(site)
      #expect(report.status == .workLeft)
      #expect(report.steps.map(\.step) == ["witness"])
      let words = report.steps[0].words
      #expect(words.count == 1 && words[0].hasPrefix("The ledger was restored from a backup: it was further at 2026-"))
      #expect(words[0].contains("`watchpost resume --from TIME`"))
    }
    #expect(site.relay.accepted.isEmpty)
    #expect(try site.ledger.holds().map(\.kind) == [.ledger])
  }

  @Test(
    "E3: goes on from now, from a moment, or with everything, by the admin's word", arguments: ["now", "moment", "all"])
  func resumed(_ from: String) throws {
    let (site, posts) = try restored()
    _ = try run(site)
    let witness = try WitnessFile(path: site.fixture.directory("ledger.witness")) { "" }.ahead(of: site.ledger)
    let moment: Timestamp? = from == "now" ? site.clock.now + 1 : from == "moment" ? site.clock.now - 300 : nil
    _ = try site.ledger.resume(mailedUntil: moment, witness: witness, now: site.clock.now)
    #expect(try settle(site) == [])
    let expected = from == "now" ? [] : from == "moment" ? [posts[3]] : Array(posts[1...])
    #expect(site.relay.accepted.flatMap(\.posts) == expected)
    let next = try site.fixture.post(in: try site.fixture.thread())
    _ = next
    #expect(try settle(site) == [] && site.ledger.holds().isEmpty)
  }

  @Test("E3, M4: gives no number twice, of posts, people or mails: two mails would have one name")
  func numbers() throws {
    let (site, _) = try restored()
    let witness = try #require(
      try WitnessFile(path: site.fixture.directory("ledger.witness")) { "" }.ahead(of: site.ledger))
    _ = try run(site)
    _ = try site.ledger.resume(mailedUntil: nil, witness: witness, now: site.clock.now)
    _ = try settle(site)
    let eva = try site.fixture.participant("eva")
    let person = try site.ledger.person(key: eva)
    #expect(person.id.rawValue > witness.person)
    let numbers = try site.fixture.ledgerFile.read { connection in
      try connection.query("SELECT position FROM journal ORDER BY position") { $0.integer(0) }
    }
    #expect(numbers.filter { $0 > 1 }.allSatisfy { $0 > witness.journal } && numbers.count == 4)
    #expect(Set(site.relay.accepted.map(\.messageID)).count == 3)
  }

  @Test("E3, M4: where the word went back with it, by the admin's word no number of before is given again")
  func numbersOfAll() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    try site.fixture.post(in: thread)
    _ = try settle(site)
    let backups = try [site.fixture.forum, site.fixture.ledgerFile].map { ($0, try DatabaseSnapshot($0)) }
    let word = try String(contentsOfFile: site.fixture.directory("ledger.witness"), encoding: .utf8)
    try site.fixture.watch(thread: thread, by: [try site.fixture.participant("eva")])
    try site.fixture.post(in: thread)
    _ = try settle(site)
    for (database, backup) in backups { try backup.restore(database) }
    try site.fixture.directory.write("ledger.witness", word)
    site.clock.advance(by: 600)
    _ = try site.ledger.resume(mailedUntil: site.clock.now, witness: nil, isForced: true, now: site.clock.now)
    try site.fixture.watch(thread: thread, by: [try site.fixture.participant("ida")])
    try site.fixture.post(in: thread, by: try site.fixture.participant("ben"))
    #expect(try settle(site) == [])
    let mails = site.relay.accepted
    #expect(mails.map(\.name).sorted() == ["ana", "ana", "ana", "eva", "ida"])
    #expect(Set(mails.map(\.messageID)).count == mails.count)
    // Neither post, person nor mail.
    for (table, column) in [("journal", "position"), ("person", "id"), ("delivery", "id")] {
      let numbers = try site.fixture.ledgerFile.read {
        try $0.query("SELECT \(column) FROM \(table) ORDER BY 1 DESC LIMIT 1") { $0.integer(0) }
      }
      #expect(numbers[0] > 10_000_000, "\(table)")
    }
  }

  @Test("E3: what waited in it for a digest, or for another try, has been mailed where the admin says so")
  func waiting() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    try site.fixture.watch(thread: thread, by: [try site.fixture.participant("eva", mode: .digest)])
    site.relay.answer(.refused("450 4.2.1 Later"))
    try site.fixture.post(in: thread)
    _ = try settle(site)
    let backup = try DatabaseSnapshot(site.fixture.ledgerFile)
    site.relay.answer(.accepted)
    site.clock.advance(by: 86_400)
    _ = try settle(site)
    #expect(Set(site.relay.accepted.map(\.name)) == ["ana", "eva"])
    try backup.restore(site.fixture.ledgerFile)
    #expect(try run(site).status == .workLeft)
    let witness = try WitnessFile(path: site.fixture.directory("ledger.witness")) { "" }.ahead(of: site.ledger)
    let resumed = try site.ledger.resume(mailedUntil: site.clock.now, witness: witness, now: site.clock.now)
    #expect((resumed.dropped, resumed.undigested) == (1, 1))
    site.clock.advance(by: 3 * 86_400)
    _ = try settle(site)
    #expect(site.relay.accepted.count == 2)
  }

  /// Two hosts, `a` and `b`, of which `b` never finds anything to do; and a backup of the ledger before the last of three
  /// posts were mailed.
  private func twoHosts(_ body: (TestSite) throws -> Void = { _ in }) throws -> TestSite {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    func mail() throws {
      try site.fixture.post(in: thread)
      for host in ["a", "a", "b"] {
        #expect(try run(site, host: host).steps.flatMap(\.words) == [])
        if host == "a" { site.clock.advance(by: 180) }
      }
    }
    try mail()
    let backup = try DatabaseSnapshot(site.fixture.ledgerFile)
    for _ in 1...3 { try mail() }
    try body(site)
    #expect(try run(site, host: "b").steps.map(\.step).contains("witness") == false)
    #expect(site.relay.accepted.count == 4)
    site.relay.clear()
    try backup.restore(site.fixture.ledgerFile)
    site.clock.advance(by: 600)
    return site
  }

  @Test("E3: a host whose runs had nothing to do notices it too; what it finds to be so costs no write")
  func idleHost() throws {
    let site = try twoHosts()
    #expect(try run(site, host: "b").steps.map(\.step) == ["witness"])
    #expect(try run(site, host: "a").steps.map(\.step) == ["witness"])
    #expect(site.relay.accepted.isEmpty)
    // By its own word, which is the newest there is; the other's numbers are behind it too.
    _ = try site.ledger.resume(
      mailedUntil: site.clock.now, isEverything: true, witness: try witness(site, "b").ahead(of: site.ledger),
      now: site.clock.now)
    for host in ["a", "b", "a", "b"] { #expect(try run(site, host: host).steps.flatMap(\.words) == []) }
    #expect(site.relay.accepted.isEmpty)
    let path = site.fixture.directory("ledger.witnessb")
    let (word, file) = (try String(contentsOfFile: path, encoding: .utf8), try inode(path))
    site.clock.advance(by: 60)
    _ = try run(site, host: "b")
    #expect(try String(contentsOfFile: path, encoding: .utf8) == word && inode(path) == file)
  }

  private func inode(_ path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int
  }

  private func erase(_ key: String, as pseudonym: String, _ site: TestSite, host: String) throws {
    let entry = AuditEntry(at: site.clock.now, operatorName: "", command: "participant erase", subject: "")
    _ = try site.ledger.erase(
      Ledger.Erasing(key: key, pseudonym: pseudonym, entry: entry), now: site.clock.now
    ) { "a name" }
    try witness(site, host).leave(site.ledger, now: site.clock.now)
  }

  private func isErased(_ key: String, _ site: TestSite) throws -> Bool {
    try site.ledger.people(keys: [key], isRecording: false)[key]?.isErased == true
  }

  @Test(
    "E3, A6: who was erased is erased again whichever host the word is given on, and numbers go on behind the newest",
    arguments: ["a", "b", ""])
  func otherHost(_ host: String) throws {
    let site = try twoHosts { try erase("77", as: "erased-7", $0, host: "a") }
    #expect(try !isErased("77", site))
    #expect(try run(site, host: "a").steps.map(\.step) == ["witness"])
    let newest = try #require(try witness(site, "a").ahead(of: site.ledger))
    let resumed = try site.ledger.resume(
      mailedUntil: site.clock.now, isEverything: true, witness: try witness(site, host).ahead(of: site.ledger),
      now: site.clock.now)
    #expect(try resumed.erased == 1 && isErased("77", site))
    #expect(try run(site, host: "a").steps.flatMap(\.words) == [])
    let word = try #require(try site.ledger.word(now: site.clock.now))
    #expect(word.count > newest.count && word.delivery >= newest.delivery)
  }

  @Test("A6, E3: what a host knows of the erased is added to: a ledger that lost them has them again by its next run")
  func neverForgotten() throws {
    let site = try twoHosts { try erase("77", as: "erased-7", $0, host: "a") }
    // Another person is erased in the restored ledger, before any word about it.
    try erase("78", as: "erased-8", site, host: "a")
    #expect(try run(site, host: "a").steps.map(\.step) == ["witness"])
    let word = try #require(try witness(site, "a").ahead(of: site.ledger))
    #expect(word.erased.map { Set($0.values) } == ["erased-7", "erased-8"])
    // The word is given where nobody knows of them, and the ledger is further than theirs by then.
    try site.fixture.ledgerFile.write { connection in
      try connection.run("DELETE FROM note WHERE name = 'ledger before it was restored'")
    }
    _ = try site.ledger.resume(mailedUntil: site.clock.now, witness: nil, isForced: true, now: site.clock.now)
    try site.fixture.ledgerFile.write { try $0.run("UPDATE mark SET value = 1000 WHERE name = 'witnessed'") }
    #expect(try !isErased("77", site) && isErased("78", site))
    #expect(try run(site, host: "a").steps.flatMap(\.words) == [])
    #expect(try isErased("77", site) && isErased("78", site))
  }

  /// The admin's word: all that was due has been mailed.
  private func resumeFromNow(_ site: TestSite) throws {
    #expect(try run(site).status == .workLeft)
    let witness = try WitnessFile(path: site.fixture.directory("ledger.witness")) { "" }.ahead(of: site.ledger)
    _ = try site.ledger.resume(mailedUntil: site.clock.now, witness: witness, now: site.clock.now)
  }

  @Test("E3, D1: what waited for a digest whose hour has not come has not been mailed, and comes in it")
  func digestToCome() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    try site.fixture.watch(thread: thread, by: [try site.fixture.participant("eva", mode: .digest)])
    var posts = [try site.fixture.post(in: thread)]
    _ = try settle(site)
    let backup = try DatabaseSnapshot(site.fixture.ledgerFile)
    posts.append(try site.fixture.post(in: thread))
    _ = try settle(site)
    #expect(site.relay.accepted.map(\.name) == ["ana", "ana"])
    try backup.restore(site.fixture.ledgerFile)
    try resumeFromNow(site)
    for _ in 1...4 {
      _ = try settle(site)
      site.clock.advance(by: 86_400)
    }
    #expect(site.relay.accepted.map(\.name) == ["ana", "ana", "eva"])
    #expect(site.relay.accepted.last?.posts == posts)
  }

  @Test(
    "E1, E3: who could not be read has been mailed if they could be read by the restore, and gets it all if not",
    arguments: ["person", "post"], [true, false])
  func setAside(_ what: String, _ isMendedBefore: Bool) throws {
    let site = try TestSite()
    try site.fixture.dropChecks()
    let thread = try site.thread(watchedBy: ["ana"])
    let eva = try site.fixture.participant("eva")
    try site.fixture.watch(thread: thread, by: [eva])
    let post = try site.fixture.post(in: thread)
    let created = site.clock.now.seconds
    func spoil(_ isSpoilt: Bool) throws {
      let odd: Int64 = 1_770_000_000_000
      if what == "post" {
        try site.fixture.set("post", "created_at", isSpoilt ? odd : created, of: post)
      } else {
        try site.fixture.set("participant", "paused_until", isSpoilt ? odd : nil, of: eva)
      }
    }
    try spoil(true)
    _ = try settle(site)
    let all = ["ana", "eva"]
    #expect(site.relay.accepted.map(\.name) == (what == "post" ? [] : ["ana"]))
    let backup = try DatabaseSnapshot(site.fixture.ledgerFile)
    if isMendedBefore {
      try spoil(false)
      site.clock.advance(by: 3600)
      _ = try settle(site)
      #expect(site.relay.accepted.map(\.name).sorted() == all)
    } else {
      try site.fixture.post(in: try site.fixture.thread())
      _ = try settle(site)
    }
    try backup.restore(site.fixture.ledgerFile)
    try resumeFromNow(site)
    _ = try settle(site)
    try spoil(false)
    site.clock.advance(by: 7200)
    _ = try settle(site)
    site.clock.advance(by: 7200)
    _ = try settle(site)
    #expect(site.relay.accepted.map(\.name).sorted() == all)
    #expect(try site.ledger.setAsideCount() == 0)
  }

  @Test(
    "E3: a ledger that goes on is never taken for one, after a crash at any commit"
  )
  func noFalseAlarm() throws {
    for moment in FaultingDatabase.Moment.allCases {
      for commit in 1...12 {
        let site = try TestSite()
        let thread = try site.thread(watchedBy: ["ana"])
        try site.fixture.post(in: thread)
        site.clock.advance(by: 180)
        site.crash(atCommit: commit, moment)
        do { _ = try run(site) } catch is FaultingDatabase.Crash {}
        site.restart()
        #expect(try run(site).steps.map(\.step) != ["witness"], "\(moment) \(commit)")
      }
    }
  }

  @Test("E3: from now, what waits for a try that is still to come has been mailed too; from a moment, what was due")
  func retries() throws {
    for isEverything in [false, true] {
      let site = try TestSite()
      site.relay.answer(.refused("450 4.2.1 Later"))
      try site.fixture.post(in: try site.thread(watchedBy: ["ana"]))
      _ = try settle(site)
      #expect(try #require(try site.ledger.nextDue()) > site.clock.now)
      let resumed = try site.ledger.resume(
        mailedUntil: site.clock.now, isEverything: isEverything, witness: nil, now: site.clock.now)
      #expect(resumed.dropped == (isEverything ? 1 : 0))
      site.relay.answer(.accepted)
      site.clock.advance(by: 86_400)
      _ = try settle(site)
      #expect(site.relay.accepted.count == (isEverything ? 0 : 1))
    }
  }

  @Test("E3: another ledger in its place is refused, and nothing is written into it")
  func another() throws {
    let (site, _) = try restored()
    try site.fixture.ledgerFile.write { try $0.run("UPDATE note SET value = 'another' WHERE name = 'ledger name'") }
    let report = try run(site)
    #expect(report.steps.map(\.step) == ["witness"] && report.status == .unavailable)
    #expect(report.steps[0].words.contains { $0.contains("this is another ledger") })
    #expect(try site.ledger.holds().isEmpty && site.relay.accepted.isEmpty)
  }

  @Test("E3: one of before its first word is taken for restored; by the admin's word it goes on under the old name")
  func nameless() throws {
    let (site, posts) = try restored()
    try site.fixture.ledgerFile.write { try $0.run("DELETE FROM note WHERE name = 'ledger name'") }
    try resumeFromNow(site)
    site.clock.advance(by: 1)
    for _ in 1...2 { #expect(try settle(site) == []) }
    #expect(!site.relay.accepted.flatMap(\.posts).contains(posts[1]))
    #expect(try site.ledger.holds().isEmpty)
  }

  @Test("E3: a word that cannot be read or left is told, with what to do")
  func unusable() throws {
    let site = try TestSite()
    try site.fixture.directory.write("ledger.witness", "not JSON")
    let report = try run(site)
    #expect(report.status == .unavailable)
    #expect(
      report.steps.flatMap(\.words).first?.hasSuffix("if nothing was restored from a backup, remove it") == true)
  }
}
