import Forum
import Ledger
import Settings
import TestSupport
import Testing
import Time

@testable import Jobs

/// What comes after the admin's word about a restored forum, and posts whose time tells nothing.
extension RestoredForumTests {
  /// A forum of which thirty posts of thirty-five, all mailed, are lost with a restore.
  private func shrunk() throws -> (site: TestSite, thread: String, authors: [String]) {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let authors = try ["ben", "eva"].map { try site.fixture.participant($0) }
    for number in 1...5 { try site.fixture.post(in: thread, by: authors[0], "body-\(number)") }
    _ = try settle(site)
    let backup = try DatabaseSnapshot(site.fixture.forum)
    for number in 6...35 { try site.fixture.post(in: thread, by: authors[0], "body-\(number)") }
    _ = try settle(site)
    #expect(texts(site).count == 35)
    site.relay.clear()
    site.clock.advance(by: 3600)
    try backup.restore(site.fixture.forum)
    return (site, thread, authors)
  }

  /// `watchpost resume`.
  private func resume(_ site: TestSite, mailedUntil moment: Timestamp?) throws {
    _ = try site.ledger.resume(
      mailedUntil: moment, witness: nil, newest: try site.fixture.source.newestOrdinal(), now: site.clock.now)
  }

  @Test(
    "E3: once the admin has said that most posts are gone, each new one is mailed, whoever writes it, one a run",
    arguments: [true, false])
  func oneByOne(_ all: Bool) throws {
    let (site, thread, authors) = try shrunk()
    #expect(try settle(site).contains { $0.contains("most of its posts are gone") })
    try resume(site, mailedUntil: all ? nil : site.clock.now)
    let names = ["a", "b", "c", "d", "e", "f"]
    for (number, name) in names.enumerated() {
      try site.fixture.post(in: thread, by: authors[number % 2], "body-\(name)")
      #expect(try settle(site) == [])
      #expect(try site.ledger.holds().isEmpty)
    }
    #expect(texts(site) == names.map { "body-\($0)" })
  }

  @Test("E3: of more than twenty lost posts, written over before any run came, all are held and told")
  func manyWrittenOver() throws {
    let (site, thread, authors) = try shrunk()
    for number in 6...40 { try site.fixture.post(in: thread, by: authors[number % 2], "body-\(number)x") }
    #expect(try settle(site).contains { $0.contains("30 new posts stand where others stood") })
    #expect(texts(site).sorted() == (36...40).map { "body-\($0)x" })
    try resume(site, mailedUntil: nil)
    for _ in 1...2 { #expect(try settle(site) == []) }
    #expect(Set(texts(site)) == Set((6...40).map { "body-\($0)x" }) && texts(site).count == 35)
  }

  @Test("E3: after the admin's word that posts are gone, one that is deleted makes no alarm")
  func deletedAfterTheWord() throws {
    let (site, thread, authors) = try shrunk()
    _ = try settle(site)
    try resume(site, mailedUntil: site.clock.now)
    for name in ["a", "b"] {
      try site.fixture.post(in: thread, by: authors[1], "body-\(name)")
      _ = try settle(site)
    }
    try site.fixture.forum.write { try $0.run("DELETE FROM post WHERE id >= 6") }
    #expect(try settle(site) == [] && site.ledger.holds().isEmpty)
  }

  @Test("E3: the word `now` is about what stands in the forum then: what comes later is mailed, whatever its time")
  func datedBackAfterTheWord() throws {
    let (site, thread, authors) = try shrunk()
    _ = try settle(site)
    try resume(site, mailedUntil: site.clock.now)
    _ = try site.fixture.writer.addPost(
      thread: thread, author: authors[1], body: "body-a", at: Timestamp(37))
    for _ in 1...2 { #expect(try settle(site) == []) }
    #expect(texts(site) == ["body-a"])
  }

  @Test("E3: a post with the number of one that waited for approval for weeks is asked about at once")
  func numberOfOldPending() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let author = try site.fixture.participant("ben")
    let backup = try DatabaseSnapshot(site.fixture.forum)
    try site.fixture.post(in: thread, "body-1", state: .pending)
    _ = try settle(site)
    site.clock.advance(by: 21 * 86_400)
    for _ in 1...2 { _ = try settle(site) }
    try backup.restore(site.fixture.forum)
    _ = try settle(site)
    try site.fixture.post(in: thread, by: author, "body-a")
    for _ in 1...3 { _ = try settle(site) }
    #expect(texts(site) == ["body-a"])
  }

  @Test("C2: a post that is dated years back, and was not there at the last look, is mailed as one of now")
  func datedBack() throws {
    for start in [CollectStart.now, .since(Timestamp(iso8601: "2020-01-01T00:00:00Z")!)] {
      let site = try TestSite { $0.collect.start = start }
      let thread = try site.thread(watchedBy: ["ana"])
      let author = try site.fixture.participant("ben")
      try site.fixture.post(in: thread, by: author, "body-1")
      _ = try settle(site)
      site.clock.advance(by: 7200)
      _ = try site.fixture.writer.addPost(
        thread: thread, author: author, body: "body-2", at: Timestamp(37))
      for _ in 1...2 { #expect(try settle(site) == []) }
      #expect(texts(site) == ["body-1", "body-2"])
      #expect(try site.ledger.latestEntries(limit: 1)[0].visibleAt > site.clock.now - 3600)
    }
  }

  @Test("E3: some new posts in the places of a third of all that are lost are held, though no run saw the forum shrink")
  func someWrittenOver() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let ben = try site.fixture.participant("ben")
    for number in 1...45 { try site.fixture.post(in: thread, by: ben, "body-\(number)") }
    _ = try settle(site)
    let backup = try DatabaseSnapshot(site.fixture.forum)
    for number in 46...70 { try site.fixture.post(in: thread, by: ben, "body-\(number)") }
    _ = try settle(site)
    site.relay.clear()
    site.clock.advance(by: 3600)
    try backup.restore(site.fixture.forum)
    for name in ["a", "b"] { try site.fixture.post(in: thread, by: ben, "body-\(name)") }
    #expect(try settle(site).contains { $0.contains("2 new posts stand where others stood") })
    #expect(texts(site) == [])
    try resume(site, mailedUntil: nil)
    for _ in 1...2 { #expect(try settle(site) == []) }
    #expect(texts(site) == ["body-a", "body-b"])
  }
}
