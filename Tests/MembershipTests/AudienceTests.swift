import Forum
import Ledger
import Membership
import TestSupport
import Testing
import Time

@Suite("An audience") struct AudienceTests {
  private let site: MembersFixture
  private let thread: String

  init() throws {
    site = try MembersFixture()
    thread = try site.fixture.thread()
  }

  private func audience(
    _ post: String, isRecording: Bool = true, isForeign: Bool = true,
    defaults: EffectivePreferences = EffectivePreferences()
  ) throws -> Audience {
    Audience(
      site.members(isForeign: isForeign, defaults: defaults), try site.post(post), visibleAt: site.clock.now,
      isRecording: isRecording)
  }

  /// Everybody on the pages, as fan-out goes through them.
  private func paged(_ audience: Audience, limit: Int) throws -> [AudienceMember] {
    var members: [AudienceMember] = []
    var after: String?
    repeat {
      let page = try audience.page(after: after, limit: limit)
      members += try audience.judge(page)
      after = page.next
    } while after != nil
    return members
  }

  /// Forty people with watches and mutes by chance, in the forum and in the ledger; returns their keys.
  private func crowd(_ random: inout SplitMix64) throws -> [String] {
    let targets: [(WatchScope, String)] = [
      (.thread, thread), (.discussion, site.fixture.discussion), (.everything, ""),
    ]
    return try (0..<40).map { number in
      let key = try site.fixture.participant(
        "p\(number)", mode: random.once(in: 2) ? nil : random.pick(Mode.allCases), isActive: !random.once(in: 9),
        isConfirmed: !random.once(in: 9))
      for (scope, target) in targets {
        let watch = Watch(
          scope: scope, isMute: random.once(in: 5), mode: random.once(in: 2) ? nil : random.pick(Mode.allCases),
          since: site.clock.now + Int64(random.pick([-60, 60])))
        if random.once(in: 2) { try site.fixture.put(watch, on: target, by: key) }
        if random.once(in: 6) { try site.ledger.put(.init(person: site.person(key).id, target: target, watch: watch)) }
      }
      return key
    }
  }

  @Test("F3: is judged alike on a page, when a copy is chosen, and one by one, when it is sent", arguments: 1...4)
  func agree(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let keys = try crowd(&random)
    let audience = try audience(try site.fixture.post(in: thread, by: keys[0]))
    let onPages = try paged(audience, limit: 7)
    let among = try audience.among(keys)
    #expect(among.map(\.person.key) == keys)
    #expect(Set(onPages.map(\.person.key)).count == onPages.count, "somebody stands on two pages")
    #expect(onPages.count > 20 && Set(among.map(\.decision)).count > 5, "the crowd is too uniform to prove anything")
    for member in among {
      if let paged = onPages.first(where: { $0.person.key == member.person.key }) {
        #expect(paged.decision == member.decision && paged.preferences == member.preferences)
        #expect(paged.person == member.person)
      } else {
        // Whom only the ledger knows to watch stands on no page of the forum's.
        #expect(member.watcher.watches.count == (try ownWatches(member)), "\(member)")
      }
      #expect(try audience.among([member.person.key]).map(\.decision) == [member.decision])
    }
  }

  private func ownWatches(_ member: AudienceMember) throws -> Int {
    try site.ledger.ownWatches(of: member.person.id).count
  }

  @Test("that is not recorded writes nothing, numbers nobody, and is judged alike")
  func unrecorded() throws {
    var random = SplitMix64(seed: 11)
    let keys = try crowd(&random)
    let post = try site.fixture.post(in: thread)
    let before = try site.ledgerRows()
    let preview = try audience(post, isRecording: false).among(keys)
    #expect(try site.ledgerRows() == before)
    let numbered = before.count { $0.hasPrefix("person:") }
    #expect(preview.count { $0.person.id == 0 } == keys.count - numbered && numbered > 0)
    let recorded = try audience(post).among(keys)
    #expect(preview.map(\.decision) == recorded.map(\.decision))
    #expect(recorded.allSatisfy { $0.person.id > 0 })
  }

  @Test(
    "A3, E8: is surveyed as fan-out would go through it, each person once, and nothing is written", arguments: 1...4)
  func surveyed(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let keys = try crowd(&random)
    let post = try site.fixture.post(in: thread, by: keys[0])
    let before = try site.ledgerRows()
    let survey = try audience(post, isRecording: false).survey(naming: 9, pageSize: 7)
    #expect(try site.ledgerRows() == before)
    // Whoever has a watch or mute that bears on the thread, wherever it is kept.
    let concerned = try audience(post).among(keys).filter { !$0.watcher.watches.isEmpty }
    let decisions = concerned.map(\.decision)
    #expect(survey.instant == decisions.count { if case .instant = $0 { true } else { false } })
    #expect(survey.digest == decisions.count { if case .digest = $0 { true } else { false } })
    for reason in SkipReason.allCases {
      #expect(survey.skipped[reason, default: 0] == decisions.count { $0 == .skipped(reason) }, "\(reason)")
    }
    #expect(survey.first.count == 9 && survey.faults.isEmpty)
    #expect(survey.skipped.count > 2 && survey.instant > 0, "the crowd is too uniform to prove anything")
  }

  @Test("F3: of a post that is not shown is asked for no readers: that is asked when it is to be sent")
  func hiddenPost() throws {
    let ana = try site.fixture.participant("ana")
    try site.fixture.watch(thread: thread, by: [ana])
    for state in Visibility.allCases {
      let audience = try audience(try site.fixture.post(in: thread, state: state))
      let asked = try site.forum.asked { _ = try audience.page(after: nil, limit: 9) }
      #expect(asked == (state == .visible ? ["watchers", "readers"] : ["watchers"]), "\(state)")
      #expect(try audience.among([ana]).map(\.decision) == [.instant(.thread)], "\(state)")
    }
  }

  @Test("of nobody is asked nothing")
  func nobody() throws {
    let audience = try audience(try site.fixture.post(in: thread))
    let askedForNone = try site.forum.asked { _ = try audience.among([]) }
    let askedForPages = try site.forum.asked { _ = try paged(audience, limit: 9) }
    #expect(askedForNone.isEmpty && askedForPages == ["watchers"])
  }

  @Test("leaves out whom the forum has forgotten")
  func forgotten() throws {
    let ana = try site.fixture.participant("ana")
    let audience = try audience(try site.fixture.post(in: thread))
    #expect(try audience.among([ana, "999"]).map(\.person.key) == [ana])
    #expect(try audience.among([ana]).map(\.decision) == [.skipped(.unwatched)])
  }

  @Test("F3: skips who may not read the post, whose address is suppressed, and whom the ledger knows to pause")
  func standing() throws {
    let closed = try site.fixture.writer.addDiscussion(title: "Closed", slug: "closed", isPrivate: true)
    let thread = try site.fixture.thread(in: closed)
    let names = ["member", "outsider", "suppressed", "paused"]
    let keys = try names.map { try site.fixture.participant($0) }
    try site.fixture.watch(thread: thread, by: keys)
    for key in keys where key != keys[1] { try site.fixture.writer.addMember(discussion: closed, participant: key) }
    try site.fixture.ledgerFile.write {
      try $0.run("INSERT INTO suppression (address, reason, since) VALUES ('suppressed@example.net', 'bounces', 0)")
    }
    var pause = Preferences()
    pause.pausedUntil = site.clock.now + 60
    try site.ledger.changePreferences(of: site.person(keys[3]).id) { $0 = pause }
    let members = try paged(audience(try site.fixture.post(in: thread)), limit: 9)
    #expect(
      members.map(\.decision)
        == [.instant(.thread), .skipped(.notReadable), .skipped(.suppressed), .skipped(.paused)])
  }

  @Test("F2: goes by the configuration's mode where neither forum nor ledger has one")
  func defaults() throws {
    let keys = [try site.fixture.participant("ana"), try site.fixture.participant("ben", mode: .instant)]
    try site.fixture.watch(thread: thread, by: keys)
    let members = try audience(
      try site.fixture.post(in: thread), defaults: EffectivePreferences(mode: .digest)
    ).among(keys)
    #expect(members.map(\.decision) == [.digest(.thread), .instant(.thread)])
    #expect(members.map(\.preferences.mode) == [.digest, .instant])
  }
}
