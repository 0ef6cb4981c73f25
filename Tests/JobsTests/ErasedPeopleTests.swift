import Forum
import ForumSources
import Foundation
import Ledger
import Synchronization
import TestSupport
import Testing
import Time

@testable import Jobs

/// Whose forum it is that somebody was erased in.
private enum Home: CaseIterable {
  /// The embedded one, whose row was emptied.
  case embedded
  /// A foreign one, which lists them as before.
  case foreign
}

@Suite("A6: somebody who was erased, and the jobs") struct ErasedPeopleTests {
  @discardableResult
  private func erase(_ name: String, _ site: TestSite, _ home: Home) throws -> Ledger.Erasure {
    let found = try site.fixture.source.participants(named: "\(name)@example.net")
    let participant = try #require(found.first)
    let entry = AuditEntry(at: site.clock.now, operatorName: "li", command: "participant erase", subject: "")
    let erasing = Ledger.Erasing(
      key: participant.key, name: participant.name, addresses: [participant.address],
      pseudonym: "erased-\(participant.key)", entry: entry)
    let erasure = try site.fixture.ledger.erase(erasing, now: site.clock.now) { "a ledger" }
    if home == .embedded { try site.fixture.writer.eraseParticipant(participant.key) }
    return erasure
  }

  /// Whether a word stands anywhere in a database.
  private func stands(_ word: String, in snapshot: [String]) -> Bool { snapshot.contains { $0.contains(word) } }

  private func rows(_ site: TestSite) throws -> [String] {
    try site.fixture.ledgerFile.read { connection in
      let tables = try connection.query(
        TestDatabase.isPostgres
          ? "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
          : "SELECT name FROM sqlite_master WHERE type = 'table'"
      ) { $0.text(0) }
      return try tables.flatMap { table in
        try connection.query("SELECT * FROM \(table)") { row in
          row.columns.indices.map { row.optionalText($0) ?? "" }.joined(separator: "|")
        }
      }
    }
  }

  /// Some days of people who read at once and by digest; what each was mailed, in order.
  private func days(erasing victim: String?, _ home: Home) throws -> (mails: [String: [String]], site: TestSite) {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["zurbaran", "bo"], mode: .instant)
    try site.fixture.watch(
      thread: thread, by: ["velasquez", "cy"].map { try site.fixture.participant($0, mode: .digest) })
    try site.publish(2, in: thread)
    try site.deliver()
    // One on its way, one in a digest that is written, one that waits for the next.
    site.wait(until: "2026-05-27T09:00:00Z")
    try site.publish(in: thread)
    try site.digest()
    try site.publish(in: thread)
    if let victim { try erase(victim, site, home) }
    for day in 28...30 {
      try site.dispatch()
      try site.publish(in: thread)
      try site.deliver()
      try site.handleAndPost()
      try site.probe()
      try site.run()
      site.wait(until: "2026-05-\(day)T09:00:00Z")
    }
    try site.dispatch()
    let mails = Dictionary(grouping: site.relay.accepted, by: \.name).mapValues {
      $0.map { "\($0.isDigest ? "digest " : "")\($0.subject): \($0.posts)" }
    }
    return (mails, site)
  }

  @Test(
    "A6, F5: every job mails everybody else exactly what it would have mailed them, and whoever was erased nothing",
    arguments: ["zurbaran", "velasquez"])
  func others(_ victim: String) throws {
    let usual = try days(erasing: nil, .embedded).mails
    #expect(usual.count == 4 && usual.values.allSatisfy { $0.count > 2 })
    for home in Home.allCases {
      let (mails, site) = try days(erasing: victim, home)
      #expect(mails.filter { $0.key != victim } == usual.filter { $0.key != victim }, "\(home)")
      #expect(mails[victim, default: []].count <= 2, "\(home): \(mails[victim, default: []])")
      #expect(try !stands(victim, in: rows(site)), "\(home)")
      let reasons = try site.ledgerText("SELECT detail FROM decision WHERE decision = 'skipped'")
      #expect(reasons.count(where: { $0 == "erased" }) >= (home == .foreign ? 3 : 0), "\(home)")
    }
  }

  @Test("A6, E9: if most people are erased, the forum's answers are not doubted for it")
  func most() throws {
    let site = try TestSite()
    let names = (1...14).map { "p\($0)" }
    let thread = try site.thread(watchedBy: names)
    for _ in 1...2 {
      try site.publish(in: thread)
      try site.deliver()
    }
    for name in names.prefix(12) { try erase(name, site, .embedded) }
    site.relay.clear()
    try site.publish(in: thread)
    try site.deliver()
    #expect(site.relay.accepted.map(\.name).sorted() == ["p13", "p14"])
  }

  @Test("A6, S5: a run that is at work meanwhile sends them nothing more, and writes nothing of them back")
  func atWork() throws {
    for number in 1...3 {
      let site = try TestSite()
      let thread = try site.thread(watchedBy: ["bo", "zurbaran", "cy"])
      try site.publish(in: thread)
      let (fixture, now) = (site.fixture, site.clock.now)
      let key = try #require(try fixture.source.participants(named: "zurbaran@example.net").first).key
      site.relay.onMail { count in
        guard count == number else { return }
        let entry = AuditEntry(at: now, operatorName: "", command: "", subject: "")
        let erasing = Ledger.Erasing(
          key: key, name: "zurbaran", addresses: ["zurbaran@example.net"], pseudonym: "erased-1", entry: entry)
        do { _ = try fixture.ledger.erase(erasing, now: now) { "a ledger" } } catch { Issue.record("\(error)") }
      }
      site.relay.answer { mail, _ in
        "\(mail.envelope.recipient)".hasPrefix("zurbaran")
          ? .refused("450 4.2.0 <zurbaran@example.net> is busy") : .accepted
      }
      try site.deliver()
      site.relay.onMail { _ in }
      let had = site.relay.mails.count { $0.name == "zurbaran" }
      #expect(had <= 1)
      for _ in 1...3 {
        site.clock.advance(by: 3600)
        try site.deliver()
      }
      #expect(site.relay.mails.count { $0.name == "zurbaran" } == had, "erased at mail \(number)")
      #expect(site.relay.accepted.map(\.name).sorted() == ["bo", "cy"])
      #expect(try !stands("zurbaran", in: rows(site)), "erased at mail \(number)")
    }
  }

  @Test(
    "A6, C1: after a crash at any commit of a run, and the erasing, they are mailed no more; everybody else is",
    arguments: FaultingDatabase.Moment.allCases)
  func crashed(_ moment: FaultingDatabase.Moment) throws {
    var commit = 0
    while true {
      commit += 1
      let site = try TestSite()
      let thread = try site.thread(watchedBy: ["bo", "zurbaran"])
      let digest = try site.fixture.participant("velasquez", mode: .digest)
      try site.fixture.watch(thread: thread, by: [digest])
      try site.fixture.post(in: thread)
      try site.collect()
      site.clock.advance(by: site.settings.collect.settle)
      let dying = site.crash(atCommit: commit, moment)
      _ = try? site.dispatch()
      guard dying.hasCrashed else { break }
      try erase("zurbaran", site, .foreign)
      try erase("velasquez", site, .foreign)
      let had = site.relay.mails.count { $0.name != "bo" }
      site.restart()
      for _ in 1...2 {
        try site.dispatch()
        site.clock.advance(by: 86_400)
      }
      #expect(site.relay.mails.count { $0.name != "bo" } == had, "commit \(commit)")
      #expect(!site.relay.mails(to: "bo").isEmpty, "commit \(commit)")
      #expect(try !stands("zurbaran", in: rows(site)), "commit \(commit)")
    }
    #expect(commit > 5)
  }

  @Test("A6, I3: no reply is taken in their name, no command obeyed and nothing answered; nor is what they wrote kept")
  func replies() throws {
    for home in Home.allCases {
      let site = try TestSite()
      let thread = try site.thread(watchedBy: ["zurbaran", "bo"])
      try site.publish(in: thread)
      try site.deliver()
      let text = try #require(site.relay.mails(to: "zurbaran").first).text
      let reply = try #require(text.firstMatch(of: #/reply\+[a-z2-7]+@forum\.example\.org/#)?.output)
      try erase("zurbaran", site, home)
      site.relay.clear()
      try site.receive(Letter(from: "zurbaran@example.net", to: String(reply), text: "zurbaran agrees.").raw)
      try site.receive(
        Letter(from: "zurbaran@example.net", to: "listserv@forum.example.org", text: "SET * NOMAIL", id: "2@x").raw)
      #expect(try site.handle() == [.badToken: 1, .stranger: 1], "\(home)")
      try site.postReplies()
      try site.deliver()
      #expect(try site.relay.mails.isEmpty && site.bodies(in: thread).count == 1, "\(home)")
      #expect(try site.ledgerText("SELECT detail FROM received WHERE raw IS NULL").count == 1)
    }
  }

  @Test("A6, E3: a post of theirs that is redated, or of whose author the forum forgets the name, is no other post")
  func authors() throws {
    for home in Home.allCases {
      let site = try TestSite()
      let thread = try site.thread(watchedBy: ["bo"])
      let key = try site.fixture.participant("zurbaran")
      let post = try site.fixture.post(in: thread, by: key)
      try site.settle()
      try site.deliver()
      #expect(site.relay.accepted.count == 1)
      try erase("zurbaran", site, home)
      try site.fixture.forum.write {
        try $0.run("UPDATE post SET created_at = created_at + 500 WHERE id = $1", [.text(post)])
      }
      for _ in 1...2 {
        site.clock.advance(by: 600)
        try site.dispatch()
      }
      #expect(try site.ledger.holds().isEmpty && site.relay.accepted.count == 1, "\(home)")
      let entry = try #require(try site.ledger.journalEntries(postKeys: [post]).first)
      #expect(entry.identity?.authorKey == "erased-\(key)", "\(home)")
    }
  }
}
