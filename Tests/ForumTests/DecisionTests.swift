import TestSupport
import Testing
import Time

@testable import Forum

/// The post became visible at 1000; it is 2000 now.
private let visibleAt = Timestamp(1000)
private let now = Timestamp(2000)

private func decide(
  _ watches: [Watch], key: String = "ana", author: String? = "ben", address: String = "ana@example.org",
  isActive: Bool = true, isConfirmed: Bool = true, mayRead: Bool = true, isSuppressed: Bool = false,
  _ wish: (inout Preferences) -> Void = { _ in }
) -> Decision {
  var preferences = Preferences()
  wish(&preferences)
  let participant = Participant(
    key: key, name: "Ana", address: address, isActive: isActive, isConfirmed: isConfirmed)
  return Watcher(participant: participant, watches: watches).decide(
    authorKey: author, visibleAt: visibleAt,
    standing: Standing(
      preferences: preferences.resolved(with: EffectivePreferences()), mayRead: mayRead, isSuppressed: isSuppressed),
    now: now)
}

private func watch(_ scope: WatchScope, _ mode: Mode? = nil, since: Int64? = nil) -> Watch {
  Watch(scope: scope, mode: mode, since: since.map(Timestamp.init))
}

/// One of them by chance, or nil.
private func some<Value>(of values: [Value], _ random: inout SplitMix64) -> Value? {
  let index = Int.random(in: 0...values.count, using: &random)
  return index < values.count ? values[index] : nil
}

private func mute(_ scope: WatchScope, since: Int64? = nil) -> Watch {
  Watch(scope: scope, isMute: true, since: since.map(Timestamp.init))
}

/// Who hears of a post: the rules as tables.
@Suite struct DecisionTests {
  @Test(
    "F1: the most specific watch or mute wins, and two watches make one mail",
    arguments: [
      ([], .skipped(.unwatched)),
      ([watch(.everything)], .instant(.everything)),
      ([watch(.discussion)], .instant(.discussion)),
      ([watch(.thread)], .instant(.thread)),
      ([watch(.everything), watch(.thread)], .instant(.thread)),
      ([watch(.discussion, .digest), watch(.thread)], .instant(.thread)),
      ([watch(.discussion), watch(.thread, .digest)], .digest(.thread)),
      ([mute(.thread)], .skipped(.muted)),
      ([watch(.everything), mute(.thread)], .skipped(.muted)),
      ([watch(.discussion), mute(.thread)], .skipped(.muted)),
      ([mute(.everything), watch(.discussion)], .instant(.discussion)),
      ([mute(.discussion), watch(.thread)], .instant(.thread)),
      ([watch(.everything), mute(.discussion), watch(.thread)], .instant(.thread)),
      ([mute(.everything), watch(.discussion), mute(.thread)], .skipped(.muted)),
      ([watch(.thread), mute(.thread)], .skipped(.muted)),
    ] as [([Watch], Decision)])
  func mostSpecificWins(watches: [Watch], expected: Decision) {
    #expect(decide(watches) == expected)
    #expect(decide(watches.reversed()) == expected)
  }

  @Test(
    "F2: the mode of a watch beats the participant's own, which beats instant",
    arguments: [
      (nil, nil, .instant(.thread)), (nil, .instant, .instant(.thread)), (nil, .digest, .digest(.thread)),
      (nil, .off, .skipped(.modeOff)), (.instant, nil, .instant(.thread)), (.instant, .digest, .instant(.thread)),
      (.instant, .off, .instant(.thread)), (.digest, nil, .digest(.thread)), (.digest, .instant, .digest(.thread)),
      (.digest, .off, .digest(.thread)), (.off, nil, .skipped(.modeOff)), (.off, .instant, .skipped(.modeOff)),
      (.off, .digest, .skipped(.modeOff)),
    ] as [(Mode?, Mode?, Decision)])
  func modes(watchMode: Mode?, ownMode: Mode?, expected: Decision) {
    #expect(decide([watch(.thread, watchMode)]) { $0.mode = ownMode } == expected)
  }

  @Test(
    "E2: a watch set later than now, or while a clock was ahead, is of unknown age, and hears of the post",
    arguments: [(1001, nil, false), (2000, nil, false), (2001, nil, true), (1500, 1400...1600, true)]
      + [(1399, 1400...1600, false), (1601, 1400...1600, false)] as [(Int64, ClosedRange<Int64>?, Bool)])
  func wrongClock(since: Int64, wrong: ClosedRange<Int64>?, hears: Bool) {
    let ana = Participant(key: "ana", name: "Ana", address: "ana@example.org", isActive: true, isConfirmed: true)
    let standing = Standing(
      preferences: Preferences().resolved(with: EffectivePreferences()), mayRead: true, isSuppressed: false)
    let decision = Watcher(participant: ana, watches: [watch(.thread, since: since)]).decide(
      authorKey: nil, visibleAt: visibleAt, standing: standing, now: now,
      wrongMoments: wrong.map { Timestamp($0.lowerBound)...Timestamp($0.upperBound) })
    #expect(decision == (hears ? .instant(.thread) : .skipped(.olderThanWatch)))
  }

  @Test("F3: a post older than the watch is not sent; one of the same second, or of a watch without a time, is")
  func olderThanWatch() {
    #expect(decide([watch(.thread, since: 1001)]) == .skipped(.olderThanWatch))
    #expect(decide([watch(.thread, since: 1000)]) == .instant(.thread))
    #expect(decide([watch(.thread, since: 999)]) == .instant(.thread))
    #expect(decide([watch(.thread)]) == .instant(.thread))
  }

  @Test(
    "F3, F5: a new watch takes away nothing that an older one already gave",
    arguments: [
      // Whoever watches the discussion and now the thread as well still gets the post, in the new watch's mode.
      ([watch(.discussion, since: 500), watch(.thread, since: 1500)], .instant(.thread)),
      ([watch(.everything), watch(.thread, .digest, since: 1500)], .digest(.thread)),
      ([watch(.discussion, since: 500), watch(.thread, .off, since: 1500)], .skipped(.modeOff)),
      (
        [watch(.everything, since: 500), watch(.discussion, since: 1200), watch(.thread, since: 1500)],
        .instant(.thread)
      ),
      // Twice the same watch: the older one counts for age.
      ([watch(.thread, since: 500), watch(.thread, since: 1500)], .instant(.thread)),
      // None is old enough.
      ([watch(.discussion, since: 1200), watch(.thread, since: 1500)], .skipped(.olderThanWatch)),
      // The post was muted until the new watch came.
      ([mute(.discussion, since: 500), watch(.thread, since: 1500)], .skipped(.olderThanWatch)),
      ([watch(.everything), mute(.discussion), watch(.thread, since: 1500)], .skipped(.olderThanWatch)),
      // A mute counts at once, however new.
      ([watch(.discussion, since: 500), mute(.thread, since: 1500)], .skipped(.muted)),
      ([watch(.thread, since: 500), mute(.thread, since: 1500)], .skipped(.muted)),
      ([mute(.discussion, since: 1500), watch(.thread, since: 500)], .instant(.thread)),
    ] as [([Watch], Decision)])
  func newWatchBesideAnOlderOne(watches: [Watch], expected: Decision) {
    #expect(decide(watches) == expected)
    #expect(decide(watches.reversed()) == expected)
  }

  @Test("F3: nobody gets their own post, unless they ask for it")
  func ownPost() {
    #expect(decide([watch(.thread)], author: "ana") == .skipped(.ownPost))
    #expect(decide([watch(.thread)], author: "ana") { $0.ownPosts = false } == .skipped(.ownPost))
    #expect(decide([watch(.thread)], author: "ana") { $0.ownPosts = true } == .instant(.thread))
    #expect(decide([watch(.thread)], author: nil) == .instant(.thread))
    #expect(decide([watch(.thread)], author: "Ana") == .instant(.thread))
  }

  @Test("F3: nothing goes to whom it may not: inactive, unconfirmed, suppressed, without right or address")
  func standing() {
    let thread = [watch(.thread)]
    #expect(decide(thread, isActive: false) == .skipped(.inactive))
    #expect(decide(thread, isConfirmed: false) == .skipped(.unconfirmed))
    #expect(decide(thread, isSuppressed: true) == .skipped(.suppressed))
    #expect(decide(thread, mayRead: false) == .skipped(.notReadable))
    for address in ["", "ana", "ana@", "a@b@c", "a@b.c\r\nBcc: x@y.z", "<a@b.c>", "a b@c.d"] {
      #expect(decide(thread, address: address) == .skipped(.badAddress), "\(address)")
    }
    #expect(decide(thread, address: "") { $0.mode = .digest } == .skipped(.badAddress))
    #expect(decide(thread, address: "") { $0.mode = .off } == .skipped(.modeOff))
  }

  @Test("F3: a pause ends at its moment")
  func paused() {
    #expect(decide([watch(.thread)]) { $0.pausedUntil = Timestamp(2001) } == .skipped(.paused))
    #expect(decide([watch(.thread)]) { $0.pausedUntil = Timestamp(2000) } == .instant(.thread))
    #expect(decide([watch(.thread, .instant)]) { $0.pausedUntil = Timestamp(2001) } == .skipped(.paused))
  }

  @Test("F4: the reasons that stand in ledgers do not change")
  func reasons() {
    #expect(
      SkipReason.allCases.map(\.rawValue) == [
        "unwatched", "muted", "own-post", "older-than-watch", "mode-off", "paused", "inactive", "unconfirmed",
        "bad-address", "suppressed", "not-readable", "hidden", "gone", "moved", "unreadable-post",
        "unreadable-person", "mailed-before", "discarded", "resent", "cancelled", "erased",
      ])
  }

  @Test func wishesAreFilledFromTheNextSourceWhereTheyAreSilent() {
    var forum = Preferences()
    forum.mode = .digest
    var ledger = Preferences()
    (ledger.mode, ledger.digestHour, ledger.ownPosts) = (.instant, 5, false)
    var configured = Preferences()
    (configured.digestHour, configured.zone, configured.ownPosts) = (7, "UTC", true)
    (configured.digestPeriod, configured.digestWeekday, configured.language) = (.weekly, .wednesday, .fr)
    (configured.digestStyle, configured.digestFormat, configured.textOnly) = (.subjects, .mime, true)
    configured.pausedUntil = Timestamp(9)
    let merged = forum.filled(from: ledger).filled(from: configured)
    var expected = configured
    (expected.mode, expected.digestHour, expected.ownPosts) = (.digest, 5, false)
    #expect(merged == expected)
    #expect(Preferences().filled(from: configured) == configured)
    #expect(configured.filled(from: Preferences()) == configured)
  }
}

/// What must hold whatever the input.
@Suite struct DecisionPropertyTests {
  struct Case {
    var watches: [Watch]
    var author: String?
    var participant: Participant
    var standing: Standing

    init(_ random: inout SplitMix64) {
      watches = (0..<Int.random(in: 0...5, using: &random)).map { _ in
        Watch(
          scope: .allCases.randomElement(using: &random)!, isMute: Int.random(in: 0...3, using: &random) == 0,
          mode: some(of: Mode.allCases, &random),
          since: some(of: [999, 1000, 1001, 1500], &random).map { Timestamp($0) })
      }
      author = some(of: ["ana", "ben"], &random)
      participant = Participant(
        key: "ana", name: "", address: Int.random(in: 0...5, using: &random) == 0 ? "?" : "ana@example.org",
        isActive: Int.random(in: 0...9, using: &random) > 0, isConfirmed: Int.random(in: 0...9, using: &random) > 0)
      var preferences = Preferences()
      preferences.mode = some(of: Mode.allCases, &random)
      preferences.ownPosts = some(of: [false, true], &random)
      preferences.pausedUntil = some(of: [1999, 2000, 2001], &random).map { Timestamp($0) }
      standing = Standing(
        preferences: preferences.resolved(with: EffectivePreferences()),
        mayRead: Int.random(in: 0...9, using: &random) > 0,
        isSuppressed: Int.random(in: 0...9, using: &random) == 0,
        isErased: Int.random(in: 0...19, using: &random) == 0)
    }

    var decision: Decision {
      Watcher(participant: participant, watches: watches).decide(
        authorKey: author, visibleAt: visibleAt, standing: standing, now: now)
    }
  }

  @Test("F1 to F3 hold for random people, and every reason of a decision is its true one")
  func invariants() {
    var random = SplitMix64(seed: 20_140_526)
    var seen: Set<String> = []
    for _ in 0..<20_000 {
      let one = Case(&random)
      let decision = one.decision
      seen.insert("\(decision)")

      var shuffled = one
      shuffled.watches.shuffle(using: &random)
      #expect(shuffled.decision == decision, "the order of watches matters: \(one)")

      let top = one.watches.map(\.scope).max()
      let preferences = one.standing.preferences
      switch decision {
      case .instant(let scope), .digest(let scope):
        #expect(scope == top)
        #expect(!one.watches.contains { $0.scope == scope && $0.isMute })
        #expect(one.watches.contains { !$0.isMute && ($0.since ?? Timestamp(0)) <= visibleAt })
        #expect(one.author != "ana" || preferences.ownPosts == true)
        #expect(one.participant.isActive && one.participant.isConfirmed && one.participant.address != "?")
        #expect(one.standing.mayRead && !one.standing.isSuppressed && !one.standing.isErased)
        #expect(preferences.pausedUntil.map { $0 <= now } ?? true)
      case .skipped(.unwatched): #expect(one.watches.isEmpty)
      case .skipped(.muted): #expect(one.watches.contains { $0.isMute && $0.scope == top })
      case .skipped(.ownPost): #expect(one.author == "ana")
      case .skipped(.olderThanWatch): #expect(one.watches.contains { $0.since.map { $0 > visibleAt } ?? false })
      case .skipped(.inactive): #expect(!one.participant.isActive)
      case .skipped(.unconfirmed): #expect(!one.participant.isConfirmed)
      case .skipped(.paused): #expect(preferences.pausedUntil! > now)
      case .skipped(.suppressed): #expect(one.standing.isSuppressed)
      case .skipped(.erased): #expect(one.standing.isErased)
      case .skipped(.notReadable): #expect(!one.standing.mayRead)
      case .skipped(.badAddress): #expect(one.participant.address == "?")
      case .skipped(.modeOff):
        #expect(preferences.mode == .off || one.watches.contains { $0.mode == .off && $0.scope == top })
      case .skipped(.hidden), .skipped(.gone), .skipped(.moved), .skipped(.unreadablePost),
        .skipped(.unreadablePerson), .skipped(.mailedBefore), .skipped(.discarded), .skipped(.resent),
        .skipped(.cancelled):
        Issue.record("no watcher's own reason: \(decision)")
      }
    }
    #expect(seen.count == 6 + SkipReason.allCases.count - 9, "not every decision came up: \(seen.sorted())")
  }

  @Test("A1: what an admin sets aside is left out of the decision, and nothing else is")
  func settingAside() {
    var random = SplitMix64(seed: 9240)
    var sent = 0
    for _ in 0..<20_000 {
      var one = Case(&random)
      one.standing.preferences.isStopped = random.once(in: 8)
      let forced = Set(Exemption.allCases.filter { _ in random.once(in: 2) })
      let decision = Watcher(participant: one.participant, watches: one.watches).decide(
        authorKey: one.author, visibleAt: visibleAt, standing: one.standing, now: now, settingAside: forced)
      switch decision {
      case .instant, .digest:
        sent += 1
        #expect(!one.standing.preferences.isStopped)
        #expect(one.participant.isActive && one.participant.isConfirmed && one.participant.address != "?")
        #expect(one.standing.mayRead || forced.contains(.right))
        #expect(!one.standing.isSuppressed || forced.contains(.suppressed))
        if case .skipped(let reason) = one.decision {
          #expect(Exemption(settingAside: reason).map(forced.contains) == true, "\(reason)")
        } else {
          #expect(decision == one.decision)
        }
      case .skipped(let reason):
        let exemption = Exemption(settingAside: reason)
        #expect(exemption.map { !forced.contains($0) } ?? true || one.standing.preferences.isStopped, "\(reason)")
      }
    }
    #expect(sent > 4000)
  }

  @Test("F5: a watch added later never takes a post away, unless it is in mode off")
  func addingAWatchKeepsThePost() {
    var random = SplitMix64(seed: 7)
    for _ in 0..<20_000 {
      let before = Case(&random)
      if case .skipped = before.decision { continue }
      var after = before
      let scope = WatchScope.allCases.randomElement(using: &random)!
      let mode = some(of: [Mode.instant, .digest], &random)
      after.watches.append(Watch(scope: scope, mode: mode, since: Timestamp(1500)))
      if case .skipped(let reason) = after.decision, before.standing.preferences.mode != .off || mode != nil {
        Issue.record("\(reason) after a new watch on \(scope): \(before.watches)")
      }
    }
  }
}
