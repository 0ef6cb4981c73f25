import TestSupport
import Testing
import Time

@testable import Forum

/// What one place knows of a person's choices, and what holds when the places are put together.
@Suite("Preferences") struct PreferencesTests {
  /// Each choice by chance, left open half the time.
  private func chosen(_ random: inout SplitMix64) -> Preferences {
    func maybe<T>(_ values: [T], _ random: inout SplitMix64) -> T? { random.once(in: 2) ? nil : random.pick(values) }
    var chosen = Preferences()
    chosen.mode = maybe(Mode.allCases, &random)
    chosen.digestPeriod = maybe(DigestPeriod.allCases, &random)
    chosen.digestHour = maybe([0, 7, 23], &random)
    chosen.digestWeekday = maybe([.monday, .sunday], &random)
    chosen.zone = maybe(["UTC", "Asia/Kathmandu"], &random)
    chosen.language = maybe(Language.allCases, &random)
    chosen.digestStyle = maybe(DigestStyle.allCases, &random)
    chosen.digestFormat = maybe(DigestFormat.allCases, &random)
    chosen.textOnly = maybe([true, false], &random)
    chosen.ownPosts = maybe([true, false], &random)
    chosen.pausedUntil = maybe([Timestamp(1), Timestamp(2)], &random)
    return chosen
  }

  @Test("are filled in by the places in their order, however these are grouped; one that knows nothing adds nothing")
  func filled() {
    var random = SplitMix64(seed: 1)
    for _ in 0..<500 {
      let (first, second, third) = (chosen(&random), chosen(&random), chosen(&random))
      #expect(first.filled(from: second).filled(from: third) == first.filled(from: second.filled(from: third)))
      #expect(first.filled(from: first) == first)
      #expect(first.filled(from: nil) == first && first.filled(from: Preferences()) == first)
      #expect(Preferences().filled(from: first) == first)
    }
  }

  @Test("resolved twice are those that were filled in first: nothing depends on where the defaults come in")
  func resolved() {
    var random = SplitMix64(seed: 2)
    for _ in 0..<500 {
      let (first, second) = (chosen(&random), chosen(&random))
      var whole = first.filled(from: second).resolved(with: EffectivePreferences())
      #expect(first.resolved(with: second.resolved(with: EffectivePreferences())).digest == whole.digest)
      whole.pausedUntil = first.pausedUntil
      #expect(first.resolved(with: second.resolved(with: EffectivePreferences())) == whole)
    }
  }

  @Test("that choose nothing are the installation's, but for a pause, which is nobody's but the person's")
  func nothing() {
    let defaults = EffectivePreferences(
      mode: .digest, digest: DigestSchedule(period: .weekly, hour: 5, weekday: .friday, zone: "Africa/Nairobi"),
      language: .ar, digestStyle: .subjects, digestFormat: .mime, textOnly: true, ownPosts: true,
      pausedUntil: Timestamp(9))
    var expected = defaults
    expected.pausedUntil = nil
    #expect(Preferences().resolved(with: defaults) == expected)
  }

  @Test(
    "D1: have an hour of the day, whatever was written", arguments: [(-1, 0), (0, 0), (23, 23), (24, 23), (.max, 23)])
  func hour(_ written: Int, _ hour: Int) {
    var preferences = Preferences()
    preferences.digestHour = written
    #expect(preferences.resolved(with: EffectivePreferences()).digest.hour == hour)
  }

  @Test("stand in as many columns as there are choices, each in one, and a choice that is open is nil there")
  func columns() {
    func values(_ preferences: Preferences) -> [String] {
      preferences.columnValues({ $0.map { "'\($0)'" } ?? "NULL" }, { $0.map { "\($0)" } ?? "NULL" })
    }
    #expect(Preferences.columnNames.count == Mirror(reflecting: Preferences()).children.count)
    #expect(values(Preferences()) == Preferences.columnNames.map { _ in "NULL" })
    var preferences = Preferences()
    (preferences.mode, preferences.digestPeriod, preferences.digestHour) = (.off, .weekly, 20)
    (preferences.digestWeekday, preferences.digestStyle, preferences.digestFormat) = (.sunday, .subjects, .mime)
    (preferences.zone, preferences.language, preferences.textOnly) = ("Asia/Kathmandu", .zh, true)
    (preferences.ownPosts, preferences.pausedUntil) = (false, Timestamp(5))
    #expect(
      Dictionary(uniqueKeysWithValues: zip(Preferences.columnNames, values(preferences))) == [
        "mode": "'off'", "digest_period": "'weekly'", "digest_hour": "20", "digest_weekday": "7",
        "digest_style": "'subjects'", "digest_format": "'mime'", "zone": "'Asia/Kathmandu'", "language": "'zh'",
        "text_only": "1", "own_posts": "0", "paused_until": "5",
      ])
  }
}

@Suite("A cache of slots") struct DigestSlotCacheTests {
  @Test("D1: answers as if each slot had been worked out, however often and in whatever order it is asked")
  func same() {
    var random = SplitMix64(seed: 3)
    var cache = DigestSlotCache()
    let zones = ["UTC", "Europe/Paris", "Pacific/Apia", "Asia/Kathmandu", "nowhere"]
    let start = Timestamp(iso8601: "2026-03-28T12:00:00Z")!
    for _ in 0..<2000 {
      let schedule = DigestSchedule(
        period: random.pick(DigestPeriod.allCases), hour: random.pick([0, 2, 23]),
        weekday: random.pick([.monday, .sunday]), zone: random.pick(zones))
      let now = start + random.pick([0, 3600, 86_400])
      let used = random.pick([nil, now.utcDate, CivilDate(daysSinceEpoch: now.utcDate.daysSinceEpoch - 1)])
      #expect(
        cache.next(after: now, used: used, on: schedule) == DigestSlot.next(after: now, used: used, on: schedule))
    }
  }
}

@Suite("A language") struct LanguageTests {
  @Test(
    "M7: is one of the six by the first part of its tag, and English where that is none of them",
    arguments: [
      ("fr", .fr), ("fr-CA", .fr), ("FR_ca", .fr), ("zh-Hant-TW", .zh), ("ZH", .zh), ("ar-EG", .ar), ("es-419", .es),
      ("ru", .ru), ("en-GB", .en), ("de", .en), ("", .en), ("-", .en), ("french", .en), ("f", .en), ("fr CA", .en),
      ("zhé", .en), ("\u{202E}ar", .en),
    ] as [(String, Language)])
  func tags(_ tag: String, _ language: Language) { #expect(Language(tag: tag) == language) }

  @Test("M7: runs from right to left in Arabic alone")
  func direction() { #expect(Language.allCases.filter(\.isRightToLeft) == [.ar]) }
}

@Suite("What a person typed") struct TypedKeyTests {
  @Test("is found by nobody where no key looks like that; every other failure is the forum's and is told")
  func kinds() throws {
    let kinds: [ForumError.Kind] = [.unavailable, .query, .row, .key]
    for kind in kinds {
      let error = ForumError(kind, "words")
      func ask() throws -> [Int] { try ForumError.foundByTyped { throw error } }
      if kind == .key {
        #expect(try ask() == [])
      } else {
        #expect(throws: error) { try ask() }
      }
    }
    #expect(try ForumError.foundByTyped { [1, 2] } == [1, 2])
    struct Other: Error {}
    #expect(throws: Other.self) { try ForumError.foundByTyped { throw Other() } as [Int] }
  }
}

@Suite("Who may read") struct ReadersTests {
  @Test("F3: is everybody, or those alone who were named")
  func contains() {
    #expect(Readers.everyone.contains("a"))
    #expect(Readers.only(["a"]).contains("a") && !Readers.only(["a"]).contains("A") && !Readers.only([]).contains("a"))
  }
}
