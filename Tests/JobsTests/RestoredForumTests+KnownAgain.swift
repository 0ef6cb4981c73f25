import Forum
import Ledger
import SQL
import TestSupport
import Testing
import Time

@testable import Jobs

/// Posts that are what they were, whatever their times or numbers say.
extension RestoredForumTests {
  /// Sets the times of posts.
  private func redate(_ site: TestSite, _ posts: Range<Int>, _ moment: (Int) -> Int64) throws {
    try site.fixture.forum.write { connection in
      for post in posts { try connection.run("UPDATE post SET created_at = \(moment(post)) WHERE id = \(post)") }
    }
  }

  /// Five posts of several people, mailed.
  private func mailed() throws -> (site: TestSite, thread: String) {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let authors = try ["ben", "eva"].map { try site.fixture.participant($0) }
    for number in 1...5 { try site.fixture.post(in: thread, by: authors[number % 2], "body-\(number)") }
    _ = try settle(site)
    #expect(texts(site).count == 5)
    site.relay.clear()
    site.clock.advance(by: 3600)
    return (site, thread)
  }

  @Test("E3: posts that are redated one by one, each by another time, are what they were, and no word mails them anew")
  func redatedOneByOne() throws {
    let (site, _) = try mailed()
    let now = site.clock.now.seconds
    for round: Int64 in 0...1 {
      try redate(site, 2..<6) { now - 600 * Int64($0) + round }
      for _ in 1...2 { #expect(try settle(site) == []) }
      #expect(try site.ledger.holds().isEmpty)
    }
    _ = try site.ledger.resume(mailedUntil: nil, witness: nil, now: site.clock.now)
    for _ in 1...2 { #expect(try settle(site) == []) }
    #expect(texts(site) == [])
  }

  @Test("E3: one of several that move together may have been edited meanwhile")
  func edited() throws {
    let (site, _) = try mailed()
    try site.fixture.forum.write {
      try $0.run("UPDATE post SET body = body || ' and more' WHERE id = 5")
      try $0.run("UPDATE post SET created_at = created_at + 10800")
    }
    #expect(try settle(site) == [])
    #expect(try site.ledger.holds().isEmpty && texts(site) == [])
  }

  @Test("E3: another text of the same author under the number of a lost post is another post")
  func anotherText() throws {
    let (site, thread, authors) = try restored()
    for number in 4...6 { try site.fixture.post(in: thread, by: authors[number % 3], "body-\(number)x") }
    #expect(try settle(site).contains { $0.contains("3 new posts stand where others stood") })
  }

  @Test("E3: what its authors wrote again after a restore, in whatever order, nobody has twice")
  func writtenAgainInAnyOrder() throws {
    let (site, thread, authors) = try restored()
    // 4, 5 and 6 were lost.
    try site.fixture.post(in: thread, by: authors[0], "body-6")
    try site.fixture.post(in: thread, by: authors[1], "body-new")
    #expect(try settle(site).contains { $0.contains("2 new posts stand where others stood") })
    _ = try site.ledger.resume(mailedUntil: nil, witness: nil, now: site.clock.now)
    for _ in 1...2 { #expect(try settle(site) == []) }
    #expect(texts(site) == ["body-new"])
    // At the number of the lost 6.
    try site.fixture.post(in: thread, by: authors[2], "body-last")
    for _ in 1...2 { #expect(try settle(site) == []) }
    #expect(texts(site) == ["body-new", "body-last"])
  }

  @Test("E3: posts that come under numbers of lost ones after the admin's word are mailed, and hold nothing")
  func afterTheWord() throws {
    let (site, thread, authors) = try restored()
    try site.fixture.post(in: thread, by: authors[0], "body-a")
    #expect(try settle(site).contains { $0.contains("1 new posts stand where others stood") })
    _ = try site.ledger.resume(mailedUntil: nil, witness: nil, now: site.clock.now)
    #expect(try settle(site) == [])
    for name in ["b", "c", "d"] {
      try site.fixture.post(in: thread, by: authors[0], "body-\(name)")
      #expect(try settle(site) == [])
      #expect(try site.ledger.holds().isEmpty)
    }
    #expect(texts(site) == ["a", "b", "c", "d"].map { "body-\($0)" })
  }

  @Test("E3, E5: where moderators have deleted what was held, nothing is held any more")
  func heldIsDeleted() throws {
    let (site, thread, authors) = try restored()
    let post = try site.fixture.post(in: thread, by: authors[0], "body-a")
    _ = try settle(site)
    #expect(try site.ledger.holds().map(\.reason) == ["new posts stand where others stood: 1"])
    try site.fixture.forum.write { try $0.run("DELETE FROM post WHERE id = \(post)") }
    _ = try settle(site)
    #expect(try site.ledger.holds().isEmpty)
  }

  @Test("E6: what was left out of a digest since its post is hidden does not wait for a digest, but for the post")
  func outOfSight() throws {
    let site = try TestSite()
    let thread = try site.fixture.thread()
    let ana = try site.fixture.participant("ana", mode: .digest)
    try site.fixture.watch(thread: thread, by: [ana])
    let post = try site.fixture.post(in: thread, "body-1")
    _ = try settle(site)
    let waiting = { try site.ledger.waiting(at: site.clock.now) }
    #expect(try waiting().forDigests == 1 && waiting().outOfSight == 0)
    try site.fixture.writer.setVisibility(.hidden, ofPost: post)
    site.clock.advance(by: 2 * 86_400)
    _ = try settle(site)
    #expect(try waiting().forDigests == 0 && waiting().outOfSight == 1)
  }
}
