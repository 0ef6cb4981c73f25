import Forum
import TestSupport
import Testing
import Time

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
