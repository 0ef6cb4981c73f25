import Forum
import Ledger
import SQL
import TestSupport
import Testing
import Time

@testable import Jobs

/// A forum most of whose posts are gone, for a time or for good, and posts that are written again.
extension RestoredForumTests {
  private typealias Grown = (
    site: TestSite, thread: String, author: String, whole: DatabaseSnapshot, old: DatabaseSnapshot
  )

  /// A forum with thirty posts before the journal began, and three that were mailed; a backup from before the last two.
  private func grown() throws -> Grown {
    let site = try TestSite(hasBegun: false)
    let thread = try site.thread(watchedBy: ["ana"])
    let author = try site.fixture.participant("ben")
    for _ in 1...30 { try site.fixture.post(in: thread, by: author, "body-old") }
    site.clock.advance(by: 86_400)
    #expect(try settle(site).count == 1)
    try site.fixture.post(in: thread, by: author, "body-1")
    _ = try settle(site)
    let old = try DatabaseSnapshot(site.fixture.forum)
    for number in 2...3 { try site.fixture.post(in: thread, by: author, "body-\(number)") }
    _ = try settle(site)
    #expect(texts(site) == ["body-1", "body-2", "body-3"])
    site.relay.clear()
    site.clock.advance(by: 3600)
    return (site, thread, author, try DatabaseSnapshot(site.fixture.forum), old)
  }

  @Test("E3: most of whose posts are gone is told and held; back as they were, they are nobody's news")
  func emptiedForATime() throws {
    let (site, thread, author, whole, _) = try grown()
    try site.fixture.forum.write { try $0.run("DELETE FROM post") }
    for _ in 1...2 {
      let report = try site.run([.collect])
      #expect(report.status == .workLeft)
      #expect(
        report.steps.flatMap(\.words).first?.hasPrefix(
          "The forum's newest post has the number 0, and had 33: most of its posts are gone.") == true,
        "\(report.steps.flatMap(\.words))")
      #expect(try site.ledger.holds().map(\.kind) == [.forum])
      site.clock.advance(by: 180)
    }
    try whole.restore(site.fixture.forum)
    for _ in 1...3 { #expect(try settle(site) == []) }
    #expect(try site.ledger.holds().isEmpty && texts(site) == [])
    try site.fixture.post(in: thread, by: author, "body-4")
    #expect(try settle(site) == [])
    #expect(texts(site) == ["body-4"])
  }

  @Test(
    "E3: of an older backup what was there when the journal began, and what was mailed, is never new: not by any word",
    arguments: [true, false])
  func olderBackup(_ all: Bool) throws {
    let (site, thread, author, _, old) = try grown()
    try site.fixture.forum.write { try $0.run("DELETE FROM post") }
    _ = try settle(site)
    try old.restore(site.fixture.forum)
    try resetSequence(site, to: 31)
    // By whom the lost ones were.
    try site.fixture.post(in: thread, by: author, "body-a")
    try site.fixture.post(in: thread, by: nil, "body-b")
    #expect(try settle(site).first?.contains("2 new posts stand where others stood") == true)
    #expect(texts(site) == [])
    _ = try site.ledger.resume(mailedUntil: all ? nil : site.clock.now, witness: nil, now: site.clock.now)
    for _ in 1...2 { #expect(try settle(site) == []) }
    #expect(texts(site) == (all ? ["body-a", "body-b"] : []))
    try site.fixture.post(in: thread, by: author, "body-c")
    #expect(try settle(site) == [])
    #expect(texts(site).last == "body-c")
  }

  @Test(
    "E3: a forum that is emptied for good goes on by the admin's word, from its first post", arguments: [true, false])
  func emptiedForGood(_ all: Bool) throws {
    let (site, thread, author, whole, _) = try grown()
    try site.fixture.forum.write { try $0.run("DELETE FROM post") }
    try resetSequence(site, to: 0)
    _ = try settle(site)
    _ = try site.ledger.resume(mailedUntil: all ? nil : site.clock.now, witness: nil, now: site.clock.now)
    #expect(try settle(site) == [])
    if site.fixture.forum.dialect == .sqlite {
      try site.fixture.forum.write { try $0.run("DELETE FROM sqlite_sequence WHERE name = 'post'") }
    }
    try site.fixture.post(in: thread, by: author, "body-first")
    #expect(try settle(site) == [])
    #expect(texts(site) == ["body-first"])
    // A word that was given too early mails no history either.
    try whole.restore(site.fixture.forum)
    for _ in 1...2 { _ = try settle(site) }
    _ = try site.ledger.resume(mailedUntil: nil, witness: nil, now: site.clock.now)
    for _ in 1...2 { _ = try settle(site) }
    #expect(!texts(site).contains("body-old"))
  }

  @Test(
    "E3: posts that their authors, or guests, write again after a restore are other posts, whether a run came between",
    arguments: [true, false], [true, false])
  func writtenAgain(_ isRunBetween: Bool, _ byGuests: Bool) throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let ben = byGuests ? nil : try site.fixture.participant("ben")
    for number in 1...3 { try site.fixture.post(in: thread, by: ben, "body-\(number)") }
    _ = try settle(site)
    let backup = try DatabaseSnapshot(site.fixture.forum)
    for number in 4...5 { try site.fixture.post(in: thread, by: ben, "body-\(number)") }
    _ = try settle(site)
    site.relay.clear()
    site.clock.advance(by: 3600)
    try backup.restore(site.fixture.forum)
    try resetSequence(site, to: 3)
    if isRunBetween { _ = try settle(site) }
    for name in ["a", "b", "c"] { try site.fixture.post(in: thread, by: ben, "body-\(name)") }
    #expect(try settle(site).contains { $0.contains("2 new posts stand where others stood") })
    #expect(texts(site) == ["body-c"])
    _ = try site.ledger.resume(mailedUntil: nil, witness: nil, now: site.clock.now)
    for _ in 1...2 { #expect(try settle(site) == []) }
    #expect(texts(site).sorted() == ["body-a", "body-b", "body-c"])
  }

  @Test("E3: one lost post that is written again is held where a run saw the numbers go back, or a guest wrote it")
  func oneWrittenAgain() throws {
    for (isRunBetween, isGuest) in [(true, false), (false, true), (true, true)] {
      let site = try TestSite()
      let thread = try site.thread(watchedBy: ["ana"])
      let ben = isGuest ? nil : try site.fixture.participant("ben")
      try site.fixture.post(in: thread, by: ben, "body-1")
      _ = try settle(site)
      let backup = try DatabaseSnapshot(site.fixture.forum)
      try site.fixture.post(in: thread, by: ben, "body-2")
      _ = try settle(site)
      site.relay.clear()
      site.clock.advance(by: 3600)
      try backup.restore(site.fixture.forum)
      try resetSequence(site, to: 1)
      if isRunBetween { _ = try settle(site) }
      try site.fixture.post(in: thread, by: ben, "body-a")
      #expect(try settle(site).contains { $0.contains("1 new posts stand where others stood") })
      _ = try site.ledger.resume(mailedUntil: nil, witness: nil, now: site.clock.now)
      for _ in 1...2 { #expect(try settle(site) == []) }
      #expect(texts(site) == ["body-a"])
    }
  }

  @Test("E3: a post with the number of one that waited for approval when the backup was put back is mailed once")
  func numberOfPending() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let backup = try DatabaseSnapshot(site.fixture.forum)
    try site.fixture.post(in: thread, by: try site.fixture.participant("ben"), "body-1")
    try site.fixture.post(in: thread, "body-2", state: .pending)
    _ = try settle(site)
    site.relay.clear()
    site.clock.advance(by: 3600)
    try backup.restore(site.fixture.forum)
    try resetSequence(site, to: 0)
    try site.fixture.post(in: thread, "body-a")
    try site.fixture.post(in: thread, "body-b", isUrgent: true)
    _ = try settle(site)
    #expect(try site.ledger.holds().map(\.kind) == [.forum])
    _ = try site.ledger.resume(mailedUntil: nil, witness: nil, now: site.clock.now)
    for _ in 1...2 { _ = try settle(site) }
    #expect(texts(site).sorted() == ["body-a", "body-b"])
  }

  @Test("E3: a thread that is bumped, and its last post redated by that, raises no alarm")
  func bumped() throws {
    let (site, _, _, _, _) = try grown()
    try site.fixture.forum.write {
      try $0.run("UPDATE post SET created_at = \(site.clock.now.seconds) WHERE id = 33")
    }
    for _ in 1...2 { #expect(try settle(site) == []) }
    #expect(try site.ledger.holds().isEmpty && texts(site) == [])
  }

  @Test("E3: posts that all move in time by the same, as by a corrected zone, raise no alarm and are mailed once")
  func zoneCorrected() throws {
    let (site, _, _, _, _) = try grown()
    try site.fixture.forum.write { try $0.run("UPDATE post SET created_at = created_at + 10800") }
    for _ in 1...2 { #expect(try settle(site) == []) }
    #expect(try site.ledger.holds().isEmpty && texts(site) == [])
  }

  @Test("E3, C5: a flood that was discarded is no news after a restore")
  func discardedFlood() throws {
    let site = try TestSite { $0.collect.floodLimit = 5 }
    let thread = try site.thread(watchedBy: ["ana"])
    for _ in 1...12 { try site.fixture.post(in: thread, "body-flood") }
    _ = try settle(site)
    #expect(try site.ledger.discardFlood(visible: site.clock.now - 120) == 12)
    let whole = try DatabaseSnapshot(site.fixture.forum)
    try site.fixture.forum.write { try $0.run("DELETE FROM post") }
    _ = try settle(site)
    try whole.restore(site.fixture.forum)
    for _ in 1...2 { #expect(try settle(site) == []) }
    #expect(try site.ledger.holds().isEmpty && texts(site) == [])
  }
}
