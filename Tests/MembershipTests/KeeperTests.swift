import Forum
import Ledger
import Membership
import TestSupport
import Testing
import Time

/// Who keeps what people choose: the embedded forum its own tables, the ledger for a foreign one.
@Suite("What people choose") struct KeeperTests {
  private let site: MembersFixture
  private let ana: String

  init() throws {
    site = try MembersFixture()
    ana = try site.fixture.participant("ana")
  }

  @Test("comes back as it was given, every choice of it, whoever keeps it", arguments: [true, false])
  func kept(isForeign: Bool) throws {
    let members = site.members(isForeign: isForeign)
    var random = SplitMix64(seed: 7)
    // The last round takes every choice back.
    for chosen in (0..<20).map({ _ in random.preferences() }) + [Preferences()] {
      try members.changePreferences(of: site.participant(ana)) { $0 = chosen }
      let (participant, person) = (try site.participant(ana), try site.person(ana))
      #expect(members.chosen(by: participant, person) == chosen)
      #expect(members.preferences(of: participant, person) == chosen.resolved(with: members.defaults))
    }
  }

  @Test("a change is given what is kept, and leaves the rest of it alone", arguments: [true, false])
  func changed(isForeign: Bool) throws {
    let members = site.members(isForeign: isForeign, defaults: EffectivePreferences(mode: .digest))
    try members.changePreferences(of: site.participant(ana)) { $0.language = .ru }
    try members.changePreferences(of: site.participant(ana)) {
      #expect($0.language == .ru && $0.mode == nil)
      $0.textOnly = true
    }
    var expected = Preferences()
    (expected.language, expected.textOnly) = (.ru, true)
    #expect(members.chosen(by: try site.participant(ana), try site.person(ana)) == expected)
  }

  @Test("that a change throws for is not changed", arguments: [true, false])
  func refused(isForeign: Bool) throws {
    struct Refused: Error {}
    let members = site.members(isForeign: isForeign)
    try members.changePreferences(of: site.participant(ana)) { $0.mode = .digest }
    let before = try (site.forumRows(), site.ledgerRows())
    #expect(throws: Refused.self) {
      try members.changePreferences(of: site.participant(ana)) {
        $0.mode = .off
        throw Refused()
      }
    }
    #expect(try site.forumRows() == before.0)
    #expect(try site.ledgerRows() == before.1)
  }

  @Test("of a foreign forum stands in the ledger, and the forum is never written to")
  func foreign() throws {
    let members = site.members(isForeign: true)
    let thread = try site.fixture.thread()
    try site.fixture.watch(thread: thread, by: [ana])
    let (before, participant) = (try site.forumRows(), try site.participant(ana))
    try members.changePreferences(of: participant) { $0.mode = .digest }
    try members.put(Watch(scope: .everything, since: site.clock.now), target: "", of: participant)
    _ = try members.removeWatch(.everything, target: "", of: participant)
    _ = try members.removeWatch(.thread, target: thread, of: participant)
    #expect(try site.forumRows() == before)
    #expect(try site.person(ana).preferences?.mode == .digest)
    #expect(!members.keeper.tellsChanges)
  }

  @Test("of the embedded forum stands in its tables, and the ledger keeps nothing")
  func embedded() throws {
    let members = site.members(isForeign: false)
    let (thread, participant) = (try site.fixture.thread(), try site.participant(ana))
    try members.changePreferences(of: participant) { $0.mode = .digest }
    try members.put(Watch(scope: .thread, mode: .instant, since: site.clock.now), target: thread, of: participant)
    #expect(try site.ledgerRows().isEmpty)
    #expect(try site.participant(ana).preferences.mode == .digest)
    let watches = try members.watches(of: participant)
    #expect(watches.forum.map(\.target) == [thread] && watches.forum.map(\.watch.mode) == [.instant])
    #expect(watches.ledger.isEmpty)
    #expect(try members.removeWatch(.thread, target: thread, of: participant) == .removed)
    #expect(try members.removeWatch(.thread, target: thread, of: participant) == .none)
    #expect(members.keeper.tellsChanges)
  }

  @Test("F3: a watch that is set again keeps its time, whoever keeps it", arguments: [true, false])
  func time(isForeign: Bool) throws {
    let (members, participant) = (site.members(isForeign: isForeign), try site.participant(ana))
    let first = site.clock.now
    try members.put(Watch(scope: .everything, since: first), target: "", of: participant)
    site.clock.advance(by: 3600)
    try members.put(Watch(scope: .everything, mode: .digest, since: site.clock.now), target: "", of: participant)
    let watches = try members.watches(of: participant)
    let expected = Watch(scope: .everything, mode: .digest, since: first)
    #expect(watches.forum.map(\.watch) + watches.ledger.map(\.watch) == [expected])
  }

  @Test("F1: a watch that the foreign forum keeps is silenced by a mute, and speaks again when that is removed")
  func silenced() throws {
    let (members, participant) = (site.members(isForeign: true), try site.participant(ana))
    let thread = try site.fixture.thread()
    try site.fixture.watch(thread: thread, by: [ana])
    let post = try site.post(site.fixture.post(in: thread))
    func decision() throws -> Decision? {
      try Audience(members, post, visibleAt: site.clock.now).among([ana]).first?.decision
    }
    #expect(try decision() == .instant(.thread))
    #expect(try members.removeWatch(.thread, target: thread, of: participant) == .silenced)
    #expect(try decision() == .skipped(.muted))
    let watches = try members.watches(of: participant)
    #expect(watches.forum.map(\.watch.isMute) == [false])
    #expect(watches.ledger.map(\.watch) == [Watch(scope: .thread, isMute: true, since: site.clock.now)])
    #expect(try members.removeWatch(.thread, target: thread, of: participant) == .removed)
    #expect(try decision() == .instant(.thread))
  }

  @Test("a watch that nobody keeps is not silenced: another thread's, another scope's")
  func none() throws {
    let (members, participant) = (site.members(isForeign: true), try site.participant(ana))
    let (thread, other) = (try site.fixture.thread(), try site.fixture.thread())
    try site.fixture.watch(thread: thread, by: [ana])
    #expect(try members.removeWatch(.thread, target: other, of: participant) == .none)
    #expect(try members.removeWatch(.discussion, target: thread, of: participant) == .none)
    #expect(try members.removeWatch(.everything, target: "", of: participant) == .none)
    #expect(try members.watches(of: participant).ledger.isEmpty)
  }
}
