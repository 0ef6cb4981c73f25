import Forum
import TestSupport
import Testing
import Time

@Suite("What was chosen is checked again when it is sent")
struct RecheckTests {
  private struct Change: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let reason: String
    let make: @Sendable (TestSite, String, String) throws -> Void
  }

  private static let changes: [Change] = [
    Change(testDescription: "the watch is removed", reason: "unwatched") { site, thread, ana in
      try site.fixture.writer.removeWatch(scope: .thread, target: thread, participant: ana)
    },
    Change(testDescription: "the thread is muted", reason: "muted") { site, thread, ana in
      try site.fixture.put(Watch(scope: .thread, isMute: true), on: thread, by: ana)
    },
    Change(testDescription: "the mode is off", reason: "mode-off") { site, _, ana in
      var preferences = Preferences()
      preferences.mode = .off
      try site.fixture.writer.set(preferences, of: ana)
    },
    Change(testDescription: "the person pauses", reason: "paused") { site, _, ana in
      var preferences = Preferences()
      preferences.pausedUntil = site.clock.now + 7 * 86_400
      try site.fixture.writer.set(preferences, of: ana)
    },
    Change(testDescription: "the account is closed", reason: "inactive") { site, _, ana in
      try site.fixture.writer.setStanding(of: ana, isActive: false)
    },
    Change(testDescription: "the discussion becomes private", reason: "not-readable") { site, _, _ in
      _ = try site.fixture.forum.write { try $0.run("UPDATE discussion SET is_private = 1") }
    },
    Change(testDescription: "the address is spoilt", reason: "bad-address") { site, _, ana in
      try site.fixture.writer.setStanding(of: ana, isActive: true, address: "ana@example.net\r\nRCPT TO:<x@y>")
    },
    Change(testDescription: "the address is suppressed", reason: "suppressed") { site, _, _ in
      _ = try site.fixture.ledgerFile.write {
        try $0.run("INSERT INTO suppression (address, reason, since) VALUES ('ana@example.net', 'complaint', 0)")
      }
    },
    Change(testDescription: "the account is removed", reason: "inactive") { site, _, ana in
      _ = try site.fixture.forum.write {
        try $0.run("DELETE FROM watch WHERE participant = $1", [.text(ana)])
        try $0.run("DELETE FROM participant WHERE id = $1", [.text(ana)])
      }
    },
  ]

  @Test(
    "F3: right, watch, mode off, pause and address are checked again when an instant copy is sent", arguments: changes)
  private func instant(_ change: Change) throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let ana = try #require(try site.names().first?.key)
    try site.publish(in: thread)
    try change.make(site, thread, ana)
    let report = try site.deliver()
    #expect(report.withheld == 1)
    #expect(site.relay.mails.isEmpty)
    let row = try #require(try site.deliveries().first)
    #expect(row.reason == change.reason)
    #expect(row.state == (change.reason == "suppressed" ? .suppressed : .dropped))
    #expect(row.attempts == 0)
  }

  @Test(
    "F3: the same is checked again when a digest is written, and when it is sent", arguments: changes, [true, false])
  private func digest(_ change: Change, _ isWritten: Bool) throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"], mode: .digest)
    let ana = try #require(try site.names().first?.key)
    try site.publish(2, in: thread)
    site.wait(until: "2026-05-27T07:00:00Z")
    if isWritten { try site.digest() }
    try change.make(site, thread, ana)
    if !isWritten { try site.digest() }
    try site.deliver()
    #expect(site.relay.mails.isEmpty)
    let reasons =
      isWritten
      ? try site.deliveries().map(\.reason)
      : try site.fixture.ledgerFile.read {
        try $0.query("SELECT DISTINCT detail FROM decision WHERE decision = 'skipped'") { $0.optionalText(0) }
      }
    // What is merely out of the person's sight stays open for the digest.
    #expect(reasons == (isWritten || change.reason != "not-readable" ? [change.reason] : []))
    #expect(try site.count("SELECT count(*) FROM digest") == (isWritten ? 1 : 0))
  }

  @Test("F3: a mail goes to the address that the person has when it is sent")
  func movedAddress() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let ana = try #require(try site.names().first?.key)
    try site.publish(in: thread)
    try site.fixture.writer.setStanding(of: ana, isActive: true, address: "ana@new.example")
    try site.deliver()
    #expect(site.relay.accepted.map(\.address) == ["ana@new.example"])
    #expect(try site.attempts().map(\.address) == ["ana@new.example"])
  }

  @Test("F3: an answer of the forum is believed for less than 60 seconds, within one run too")
  func freshness() throws {
    let site = try TestSite { $0.deliver.group = 1 }
    let thread = try site.thread(watchedBy: ["ana", "ben", "eva", "fay"])
    try site.publish(in: thread)
    let people = try site.names()
    let writer = site.fixture.writer
    site.relay.onMail { number in
      site.clock.advance(by: 25)
      guard number == 1 else { return }
      for name in ["ben", "eva", "fay"] {
        let key = people.first { $0.value == name }!.key
        do { try writer.removeWatch(scope: .thread, target: thread, participant: key) } catch { Issue.record(error) }
      }
    }
    try site.deliver()
    // ana at 0 s, ben at 25 s and eva at 50 s on the answer of 0 s; fay's turn comes at 75 s.
    #expect(site.relay.accepted.map(\.name) == ["ana", "ben", "eva"])
    #expect(try site.states()["fay"] == .dropped)
  }

  @Test("F3: what was begun and then waited is asked about again before it is sent, and the wait spends no attempt")
  func begunTooLongAgo() throws {
    let site = try TestSite { $0.deliver.group = 100 }
    let thread = try site.thread(watchedBy: ["ana", "ben", "eva"])
    let post = try site.publish(in: thread)[0]
    site.relay.onMail { number in
      guard number == 1 else { return }
      site.clock.advance(by: 60)
      do {
        let ben = try site.names().first { $0.value == "ben" }!.key
        try site.fixture.writer.removeWatch(scope: .thread, target: thread, participant: ben)
      } catch { Issue.record(error) }
    }
    try site.deliver()
    #expect(site.relay.accepted.map(\.name) == ["ana", "eva"])
    #expect(site.relay.accepted.map(\.posts) == [[post], [post]])
    #expect(try site.states() == ["ana": .sent, "ben": .dropped, "eva": .sent])
    #expect(try site.deliveries().map(\.attempts) == [1, 0, 1])
  }

  @Test("C6: a post hidden just after other posts were loaded is not believed to be shown")
  func hiddenBetweenChunks() throws {
    let site = try TestSite { $0.deliver.group = 1 }
    let thread = try site.thread(watchedBy: (1...501).map { "p\($0)" })
    let post = try site.publish(in: thread)[0]
    site.relay.onMail { number in
      if number == 2 { site.clock.advance(by: 59) }
      guard number == 1 else { return }
      do { try site.fixture.writer.setVisibility(.hidden, ofPost: post) } catch { Issue.record(error) }
    }
    try site.deliver()
    // The first chunk of 500 was asked about before; the last one is asked about when its turn comes.
    #expect(site.relay.accepted.count == 500)
    #expect(try site.states()["p501"] == .dropped)
  }

  @Test(
    "F3: while the forum cannot be asked nothing goes out, no attempt is spent and no lease is kept",
    arguments: ["posts", "threads", "discussions", "watchers among", "readers"])
  func sourceDown(_ question: String) throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    let post = try site.publish(in: thread)[0]
    site.forum.before { if $0 == question { throw ForumError(.unavailable, "the forum is down") } }
    #expect(throws: ForumError.self) { try site.deliver() }
    #expect(site.relay.mails.isEmpty)
    #expect(try site.deliveries().allSatisfy { $0.state == .queued && $0.attempts == 0 && !$0.isLeased })
    site.forum.comeBack()
    try site.deliver()
    #expect(site.relay.accepted.map(\.posts) == [[post], [post]])
  }

  @Test("F3: a forum that goes down in the middle of a run ends it; what was under way is recorded")
  func sourceGoesDown() throws {
    let site = try TestSite { $0.deliver.group = 1 }
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    try site.publish(in: thread)
    site.forumGoesDownWithNextMail()
    #expect(throws: ForumError.self) { try site.deliver() }
    #expect(try site.states() == ["ana": .sent, "ben": .queued])
    #expect(try site.deliveries().allSatisfy { !$0.isLeased })
    #expect(try site.deliveries().map(\.attempts) == [1, 0])
  }

  @Test(
    "F3: a forum that cannot be asked stops collecting and deciding too, and loses nothing",
    arguments: ["posts after", "posts within", "posts", "watchers", "readers", "participants", "closing"])
  func sourceDownEarlier(_ question: String) throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    let post = try site.fixture.post(in: thread)
    site.clock.advance(by: 120)
    site.forum.before { if $0 == question { throw ForumError(.unavailable, "the forum is down") } }
    _ = try? site.dispatch()
    site.forum.comeBack()
    site.relay.clear()
    for _ in 1...2 { try site.dispatch() }
    #expect(try site.decisions(post).count == 2)
    #expect(try site.deliveries().map(\.state) == [.sent, .sent])
  }
}
