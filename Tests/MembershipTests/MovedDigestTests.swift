import Forum
import Identifiers
import Ledger
import Membership
import TestSupport
import Testing
import Time

/// What becomes of a digest that is due some time when its reader chooses otherwise.
@Suite("A digest's slot") struct MovedDigestTests {
  private let site: MembersFixture
  private let ana: String
  private let thread: String

  init() throws {
    site = try MembersFixture()
    ana = try site.fixture.participant("ana")
    thread = try site.fixture.thread()
    try site.fixture.watch(thread: thread, by: [ana])
  }

  /// A post waits for the digest that is due at ana's hour.
  private func wait(_ members: Members) throws -> PersonSlot {
    try members.changePreferences(of: site.participant(ana)) { ($0.mode, $0.digestHour) = (.digest, 20) }
    let position = try site.journal(site.fixture.post(in: thread))[0]
    let entry = try site.ledger.journalEntries(positions: [position])[0]
    let first = DigestSlot.next(after: site.clock.now, used: nil, on: DigestSchedule(hour: 20))
    let row = DecisionRow(person: try site.person(ana).id, decision: .digest(.thread), slot: first)
    try site.ledger.decide([row], entry: entry, next: nil, now: site.clock.now)
    try follow(members)
    return try #require(try slot())
  }

  /// What the digest job does first: slots follow what the forum says was changed.
  private func follow(_ members: Members) throws {
    try site.fixture.awaitOlderTransactions()
    let changes = try members.forum.changes(after: site.ledger.mark(.changesRead) ?? 0, limit: 100)
    try site.ledger.moveSlots(
      members.slots(of: changes.participants), changesRead: changes.mark, now: site.clock.now)
  }

  private func slot() throws -> PersonSlot? {
    try site.ledger.dueSlots(now: Timestamp(.max), limit: 9).first
  }

  @Test("F5: of somebody whom the ledger keeps is due at once as the last one when they change to instant")
  func ledgerKept() throws {
    let members = site.members(isForeign: true)
    let waiting = try wait(members)
    #expect(waiting.kind == .regular && waiting.due == site.clock.now + 8 * 3600)
    try members.changePreferences(of: site.participant(ana)) { $0.mode = .instant }
    #expect(
      try slot() == PersonSlot(person: site.person(ana).id, due: site.clock.now, date: nil, kind: .leaving))
  }

  @Test("F5: of the embedded forum's people stays until the digest job has read the change, and then is the last one")
  func embedded() throws {
    let members = site.members(isForeign: false)
    let waiting = try wait(members)
    #expect(waiting.kind == .regular && waiting.due == site.clock.now + 8 * 3600)
    try members.changePreferences(of: site.participant(ana)) { $0.mode = .instant }
    #expect(try slot() == waiting)
    try follow(members)
    #expect(
      try slot() == PersonSlot(person: site.person(ana).id, due: site.clock.now, date: nil, kind: .leaving))
  }

  @Test("F5: is the last one too when a watch, not the person, has changed to instant", arguments: [true, false])
  func byWatch(isForeign: Bool) throws {
    let members = site.members(isForeign: isForeign)
    _ = try wait(members)
    // Of two watches on one thread the ledger's comes with the newer time, and its mode counts.
    try members.put(
      Watch(scope: .thread, mode: .instant, since: site.clock.now), target: thread, of: site.participant(ana))
    if !isForeign { try follow(members) }
    #expect(try slot()?.kind == .leaving)
  }

  @Test("D1: moves with its reader's hour", arguments: [true, false])
  func hour(isForeign: Bool) throws {
    let members = site.members(isForeign: isForeign)
    _ = try wait(members)
    try members.changePreferences(of: site.participant(ana)) { $0.digestHour = 21 }
    if !isForeign { try follow(members) }
    let moved = try #require(try slot())
    #expect(moved.kind == .regular && moved.due == site.clock.now + 9 * 3600)
  }

  @Test("F5: nobody who has none is given one, whatever they change", arguments: [true, false])
  func none(isForeign: Bool) throws {
    let members = site.members(isForeign: isForeign)
    try members.changePreferences(of: site.participant(ana)) { $0.mode = .digest }
    try members.put(Watch(scope: .everything, since: site.clock.now), target: "", of: site.participant(ana))
    _ = try members.removeWatch(.everything, target: "", of: site.participant(ana))
    try follow(members)
    #expect(try slot() == nil)
    #expect(try members.slots(of: [ana, "999"]).isEmpty)
  }

  @Test("C6: stays a regular one while the post that waits in it is hidden: nobody can tell what they would get")
  func hidden() throws {
    let members = site.members(isForeign: true)
    let waiting = try wait(members)
    let post = try site.fixture.source.posts(after: 0, limit: 1)[0]
    try site.fixture.writer.setVisibility(.hidden, ofPost: post.key)
    try members.changePreferences(of: site.participant(ana)) { $0.mode = .instant }
    #expect(try slot() == waiting)
  }
}
