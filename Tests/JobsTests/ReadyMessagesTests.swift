import Identifiers
import Ledger
import TestSupport
import Testing
import Time

@testable import Jobs

@Suite("Messages that are ready to be sent")
struct ReadyMessagesTests {
  /// Five readers of one post, in groups of two. Whoever asks keeps the site, and with it its databases, to the end.
  private func site() throws -> (site: TestSite, ready: ReadyMessages) {
    let site = try TestSite()
    try site.publish(in: site.thread(watchedBy: ["ana", "ben", "eva", "fay", "gus"]))
    let preparation = Preparation(site.context, TestSite.composer, lease: 1200, staleAfter: 86_400)
    return (site, ReadyMessages(preparation, limit: 2))
  }

  private func fill(_ ready: inout ReadyMessages) throws {
    for _ in 1...10 where !ready.isDry { _ = try ready.more() }
    #expect(ready.isDry)
  }

  @Test("F6: messages come in groups of the limit, in their order, until no more are due")
  func more() throws {
    var (site, ready) = try site()
    defer { withExtendedLifetime(site) {} }
    var sizes: [Int] = []
    while !ready.isDry {
      _ = try ready.more()
      sizes.append(ready.prepared.count)
    }
    #expect(sizes == [2, 4, 5, 5])
    let ids = ready.prepared.map(\.delivery.id)
    #expect(ids == ids.sorted() && Set(ids).count == 5)
  }

  @Test("What becomes due after the last look is found by the next one, though that was prefetched before it")
  func dueMeanwhile() throws {
    var (site, ready) = try site()
    defer { withExtendedLifetime(site) {} }
    for _ in 1...3 { _ = try ready.more() }
    // Waits for the look that finds nothing.
    _ = try ready.waitForPrefetch()
    try site.publish(in: site.thread(watchedBy: ["kim"]))
    _ = try ready.more()
    #expect(ready.prepared.count == 6)
  }

  @Test("S5: only what was begun in the ledger is given out; what another run has by now is not there any more")
  func begin() throws {
    var (site, ready) = try site()
    defer { withExtendedLifetime(site) {} }
    try fill(&ready)
    let ids = ready.prepared.map(\.delivery.id)
    ready.begin(3, ours: [ids[0], ids[2], ids[4]])
    #expect(ready.begun.map(\.delivery.id) == [ids[0], ids[2]])
    #expect(ready.prepared.map(\.delivery.id) == [ids[3], ids[4]])
    #expect(ready.next()?.delivery.id == ids[0])
    // What waited too long comes first again, and its attempt is taken back.
    #expect(ready.giveBack() == [ids[2]])
    #expect(ready.prepared.map(\.delivery.id) == [ids[2], ids[3], ids[4]])
    #expect(ready.next() == nil)
    ready.begin(1, ours: [ids[2]])
    #expect(ready.drop() == [ids[2]])
    #expect(ready.prepared.isEmpty && ready.begun.isEmpty && !ready.isDry)
  }

  @Test("F3: what the forum said is believed for less than a minute; then, or when told to, all is checked anew")
  func freshness() throws {
    var (site, ready) = try site()
    defer { withExtendedLifetime(site) {} }
    try fill(&ready)
    #expect(ready.isFresh)
    site.clock.advance(by: 59)
    #expect(ready.isFresh)
    site.clock.advance(by: 1)
    #expect(!ready.isFresh)
    let groups = try ready.checkAgain()
    #expect(ready.isFresh && ready.prepared.count == 5 && groups.map(\.withheld) == [0])
    ready.distrust()
    #expect(!ready.isFresh)
    // A domain was held since: nothing for it is left.
    try site.fixture.ledgerFile.write {
      try $0.run("INSERT INTO hold (kind, name, reason, since) VALUES ('domain', 'example.net', 'x', 1)")
    }
    let again = try ready.checkAgain()
    #expect(ready.prepared.isEmpty && again.map(\.withheld).reduce(0, +) == 5)
    #expect(try site.deliveries().allSatisfy { $0.state == .held })
  }

  @Test("F3: the oldest answer counts for all that is ready")
  func oldestAnswer() throws {
    var (site, ready) = try site()
    defer { withExtendedLifetime(site) {} }
    _ = try ready.more()
    _ = try ready.waitForPrefetch()
    site.clock.advance(by: 40)
    try site.publish(in: site.thread(watchedBy: ["kim"]))
    _ = try ready.more()
    site.clock.advance(by: 20)
    #expect(!ready.isFresh)
  }
}
