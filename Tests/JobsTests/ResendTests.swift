import Composition
import DeliveryPolicy
import Forum
import Foundation
import Identifiers
import Ledger
import Membership
import TestSupport
import Testing
import Time

@testable import Jobs

@Suite("A1: what is sent again, and to whom") struct ResendTests {
  /// What an order does, from the selection to the last page.
  @discardableResult
  private func resend(
    _ site: TestSite, key: String? = nil, pageSize: Int = 500, _ select: (inout ResendSelection) -> Void
  ) throws -> Int {
    var selection = ResendSelection()
    select(&selection)
    let context = site.context
    let order = try context.ledger.giveResendOrder(
      .init(key: key, asked: "\(selection)", forced: selection.forced, operatorName: "li", reason: "asked for"),
      now: context.now())
    try Resend(context.members, selection, partSize: 100_000, pageSize: pageSize).pages { page in
      _ = try context.ledger.resend(page.items, by: order, signingKey: 1, now: context.now())
    }
    return try context.ledger.finish(order, now: context.now())
  }

  private func judged(_ site: TestSite, _ select: (inout ResendSelection) -> Void) throws -> [String] {
    var selection = ResendSelection()
    select(&selection)
    var lines: [String] = []
    let names = try site.names()
    try Resend(site.context.members, selection, partSize: 100_000).pages { page in
      lines += page.judged.map { "\(names[$0.key] ?? "?"): \($0.reason?.name ?? "sent")" }
    }
    return lines.sorted()
  }

  private func person(_ site: TestSite, _ name: String) throws -> ResendSelection.Reader {
    let participant = try site.context.members.participant("\(name)@example.net")
    return .init(id: try site.context.members.person(participant).id, key: participant.key)
  }

  /// As if the relay had refused their mail for good.
  private func fail(_ site: TestSite, _ condition: String = "1 = 1") throws {
    _ = try site.fixture.ledgerFile.write { try $0.run("UPDATE delivery SET state = 'failed' WHERE \(condition)") }
  }

  @Test("A1: of a post that half of them have, exactly the other half gets it, with a Message-ID of its own")
  func half() throws {
    let (site, thread) = try TestSite.watched(by: 40)
    try site.publish(in: thread)
    try site.deliver()
    let before = Set(site.relay.mails.map(\.messageID))
    let failed = Set(site.relay.mails.filter { $0.delivery.rawValue % 2 == 0 }.map(\.name))
    try fail(site, "id % 2 = 0")
    site.relay.clear()
    #expect(try resend(site) { $0.posts = [1] } == 20)
    try site.deliver()
    #expect(Set(site.relay.accepted.map(\.name)) == failed)
    #expect(site.relay.accepted.count == 20)
    #expect(before.isDisjoint(with: site.relay.accepted.map(\.messageID)))
    #expect(try resend(site) { $0.posts = [1] } == 0)
  }

  @Test(
    "A1, C1: killed at any commit and given once more, an order sends each post to each person once",
    arguments: FaultingDatabase.Moment.allCases)
  func killed(_ moment: FaultingDatabase.Moment) throws {
    for commit in 1...9 {
      let (site, thread) = try TestSite.watched(by: 20)
      try site.publish(in: thread)
      try site.deliver()
      site.relay.clear()
      site.crash(atCommit: commit, moment)
      let give = { try resend(site, pageSize: 5) { ($0.posts, $0.forced) = ([1], [.have]) } }
      var died = false
      do { _ = try give() } catch { died = true }
      site.survive()
      if died { _ = try give() }
      try site.deliver()
      let got = Dictionary(grouping: site.relay.accepted, by: \.name).mapValues(\.count)
      // An order that had come to its end is another when it is given once more: its last commit was done.
      let ended = commit >= 6 && moment == .afterCommit
      #expect(got.count == 20 && got.values.allSatisfy { $0 == 1 || ended && died }, "commit \(commit)")
      if !died { break }
    }
  }

  @Test("A1: rights, watches, modes and addresses hold, and each is set aside by its own word alone")
  func exemptions() throws {
    let site = try TestSite()
    let names = ["ana", "ben", "chi", "dov"]
    let thread = try site.thread(watchedBy: names)
    try site.publish(in: thread)
    try site.deliver()
    try fail(site)
    site.relay.clear()
    let keys = Dictionary(uniqueKeysWithValues: try names.map { ($0, try person(site, $0).key) })
    try site.fixture.put(Watch(scope: .thread, isMute: true), on: thread, by: keys["ana"]!)
    var off = Preferences()
    off.mode = .off
    try site.fixture.writer.set(off, of: keys["ben"]!)
    _ = try site.fixture.ledgerFile.write {
      try $0.run("INSERT INTO suppression (address, reason, since) VALUES ('chi@example.net', 'x', 0)")
    }
    try site.fixture.writer.setStanding(of: keys["dov"]!, isActive: false)
    func judged(_ forced: Set<Exemption>) throws -> [String] {
      try self.judged(site) { ($0.posts, $0.forced) = ([1], forced) }
    }
    #expect(try judged([]) == ["ana: muted", "ben: mode-off", "chi: suppressed", "dov: inactive"])
    #expect(try judged([.watch]) == ["ana: sent", "ben: mode-off", "chi: suppressed", "dov: inactive"])
    #expect(try judged([.mode]) == ["ana: muted", "ben: sent", "chi: suppressed", "dov: inactive"])
    #expect(try judged([.suppressed]) == ["ana: muted", "ben: mode-off", "chi: sent", "dov: inactive"])
    #expect(try resend(site) { ($0.posts, $0.forced) = ([1], [.watch, .mode, .suppressed, .right]) } == 3)
    try site.deliver()
    #expect(site.relay.accepted.map(\.name).sorted() == ["ana", "ben", "chi"], "set aside when it is sent, too")
    let mail = try #require(site.relay.accepted.first)
    #expect(mail.text.contains("at the request of the administrators"))
  }

  @Test("A1, P2: who has stopped all mail gets nothing, whatever an admin says")
  func stopped() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    try site.publish(in: thread)
    try site.deliver()
    site.relay.clear()
    _ = try site.context.members.stopAll(of: site.context.members.participant("ana@example.net"))
    let all = Set(Exemption.allCases)
    #expect(try judged(site) { ($0.posts, $0.forced) = ([1], all) } == ["ana: stopped"])
    #expect(try resend(site) { ($0.posts, $0.forced) = ([1], all) } == 0)
  }

  @Test("A1: a right that is set aside for one order is none for another")
  func otherOrder() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    try site.publish(in: thread)
    try site.deliver()
    site.relay.clear()
    let (ana, ben) = (try person(site, "ana"), try person(site, "ben"))
    try resend(site) { ($0.posts, $0.reader, $0.forced) = ([1], ana, [.have, .right]) }
    try resend(site) { ($0.posts, $0.reader, $0.forced) = ([1], ben, [.have]) }
    _ = try site.fixture.forum.write { try $0.run("UPDATE discussion SET is_private = 1") }
    try site.deliver()
    #expect(site.relay.accepted.map(\.name) == ["ana"])
  }

  @Test("A1, S3: a refusal for several reasons is not sent where one of them was set aside")
  func severalReasons() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    try site.publish(in: thread)
    try site.deliver()
    let ana = try person(site, "ana")
    try site.fixture.put(Watch(scope: .thread, isMute: true), on: thread, by: ana.key)
    _ = try site.fixture.ledgerFile.write {
      try $0.run("INSERT INTO suppression (address, reason, since) VALUES ('ana@example.net', 'x', 0)")
    }
    #expect(try judged(site) { ($0.posts, $0.reader, $0.forced) = ([1], ana, [.have, .watch]) } == ["ana: suppressed"])
  }

  @Test("A1, D2: who has digests gets several posts in one, and one alone as a copy")
  func digests() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben"], mode: .digest)
    let posts = try site.publish(3, in: thread)
    site.clock.advance(by: 2 * 86_400)
    try site.dispatch()
    #expect(site.relay.accepted.count == 2)
    site.relay.clear()
    let (ana, ben) = (try person(site, "ana"), try person(site, "ben"))
    #expect(try resend(site) { ($0.reader, $0.forced) = (ana, [.have]) } == 1)
    #expect(try resend(site) { ($0.posts, $0.reader, $0.forced) = ([2], ben, [.have]) } == 1)
    try site.deliver()
    let (digest, copy) = (
      try #require(site.relay.mails(to: "ana").first), try #require(site.relay.mails(to: "ben").first)
    )
    #expect(digest.isDigest && digest.posts == posts)
    #expect(!copy.isDigest && copy.posts == [posts[1]])
  }

  @Test("A1: what somebody did not wish to have comes only where they are named; what was not theirs to choose comes")
  func wishes() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    let (ana, ben) = (try person(site, "ana"), try person(site, "ben"))
    try site.fixture.put(Watch(scope: .thread, isMute: true), on: thread, by: ana.key)
    _ = try site.fixture.ledgerFile.write {
      try $0.run("INSERT INTO suppression (address, reason, since) VALUES ('ben@example.net', 'x', 0)")
    }
    try site.publish(in: thread)
    try site.deliver()
    #expect(site.relay.mails.isEmpty)
    _ = try site.fixture.forum.write { try $0.run("DELETE FROM watch WHERE mute = 1") }
    try site.fixture.watch(thread: thread, by: [ana.key])
    _ = try site.ledger.lift("ben@example.net", now: site.clock.now)
    #expect(try judged(site) { $0.posts = [1] } == ["ana: muted", "ben: sent"])
    #expect(try judged(site) { ($0.posts, $0.reader) = ([1], ben) } == ["ben: sent"])
  }

  @Test("A1: failed only, uncertain only, a span and a message find what they say")
  func selections() throws {
    let (site, thread) = try TestSite.watched(by: 4, domains: ["a.example"])
    site.settings.deliver.uncertain = .hold
    site.relay.answer { message, _ in
      switch String(message.envelope.recipient.description.prefix { $0 != "@" }) {
      case "p1": .refused("554 5.6.0 Bad content", at: .dot)
      case "p2": .uncertain
      default: .accepted
      }
    }
    try site.publish(in: thread)
    try site.deliver()
    let first = site.clock.now
    site.clock.advance(by: 3600)
    site.relay.answer(.accepted)
    try site.publish(in: thread)
    try site.deliver()
    #expect(try judged(site) { $0.only = .failed } == ["p1: sent"])
    #expect(try judged(site) { $0.only = .uncertain } == ["p2: sent"])
    #expect(try judged(site) { $0.until = first }.filter { $0.hasSuffix("sent") } == ["p1: sent", "p2: sent"])
    #expect(try judged(site) { ($0.since, $0.forced) = (first + 60, [.have]) }.count == 4)
    let message = try #require(site.relay.mails.first { $0.name == "p1" })
    #expect(try judged(site) { $0.messages = [message.delivery] } == ["p1: sent"])
  }
}
