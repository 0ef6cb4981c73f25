import TestSupport
import Testing
import Time

@testable import Forum

/// What one place knows of a person's choices, and what holds when the places are put together.
@Suite("Preferences") struct PreferencesTests {
  @Test("are filled in by the places in their order, however these are grouped; one that knows nothing adds nothing")
  func filled() {
    var random = SplitMix64(seed: 1)
    for _ in 0..<500 {
      let (first, second, third) = (random.preferences(), random.preferences(), random.preferences())
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
      let (first, second) = (random.preferences(), random.preferences())
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
