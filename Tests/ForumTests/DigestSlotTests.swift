import Foundation
import TestSupport
import Testing
import Time

@testable import Forum

private func at(_ text: String) -> Timestamp { Timestamp(iso8601: text)! }

/// As it comes out of preferences in which the rest is not said.
private func wanted(_ zone: String?, hour: Int? = 7, weekday: Weekday? = nil) -> DigestSchedule {
  var preferences = Preferences()
  (preferences.zone, preferences.digestHour) = (zone, hour)
  if let weekday { (preferences.digestPeriod, preferences.digestWeekday) = (.weekly, weekday) }
  return preferences.resolved(with: EffectivePreferences()).digest
}

private func slot(after now: String, used: CivilDate? = nil, _ schedule: DigestSchedule) -> String {
  let slot = DigestSlot.next(after: at(now), used: used, on: schedule)
  return "\(slot.date) \(slot.due)"
}

private func date(_ year: Int, _ month: Int, _ day: Int) -> CivilDate {
  CivilDate(year: year, month: month, day: day)
}

/// When a digest is due (rule D1): worked cases.
@Suite struct DigestSlotTests {
  @Test("D1: the slot is the hour in the person's own zone, today if it is still to come")
  func hourInZone() {
    #expect(slot(after: "2026-05-26T03:59:59Z", wanted("Africa/Nairobi")) == "2026-05-26 2026-05-26T04:00:00Z")
    #expect(slot(after: "2026-05-26T04:00:00Z", wanted("Africa/Nairobi")) == "2026-05-27 2026-05-27T04:00:00Z")
    #expect(slot(after: "2026-05-26T00:00:00Z", wanted("Asia/Kathmandu")) == "2026-05-26 2026-05-26T01:15:00Z")
    #expect(
      slot(after: "2026-05-26T12:00:00Z", wanted("America/Montreal", hour: 0)) == "2026-05-27 2026-05-27T04:00:00Z")
    #expect(slot(after: "1969-12-31T10:00:00Z", wanted("UTC")) == "1970-01-01 1970-01-01T07:00:00Z")
  }

  @Test("D1: what is unknown or out of range is UTC, 7 o'clock, Monday, or the nearest that there is")
  func unknownPreferences() {
    let expected = "2026-05-27 2026-05-27T07:00:00Z"
    #expect(slot(after: "2026-05-26T12:00:00Z", wanted(nil, hour: nil)) == expected)
    for zone in ["", "Mars/Olympus", "../../etc/passwd", "\0", String(repeating: "x", count: 100_000)] {
      #expect(slot(after: "2026-05-26T12:00:00Z", wanted(zone)) == expected)
    }
    #expect(slot(after: "2026-05-26T12:00:00Z", wanted(nil, hour: 99)) == "2026-05-26 2026-05-26T23:00:00Z")
    #expect(slot(after: "2026-05-26T12:00:00Z", wanted(nil, hour: -5)) == "2026-05-27 2026-05-27T00:00:00Z")
  }

  @Test("D1: an hour that the clocks skip is taken at the end of the gap")
  func gap() {
    // Paris goes from 2:00 to 3:00 on 29 March 2026, at 1:00 UTC.
    let used = date(2026, 3, 28)
    #expect(
      slot(after: "2026-03-28T12:00:00Z", used: used, wanted("Europe/Paris", hour: 2))
        == "2026-03-29 2026-03-29T01:00:00Z")
    #expect(
      slot(after: "2026-03-28T12:00:00Z", used: used, wanted("Europe/Paris", hour: 3))
        == "2026-03-29 2026-03-29T01:00:00Z")
    #expect(
      slot(after: "2026-03-28T12:00:00Z", used: used, wanted("Europe/Paris", hour: 1))
        == "2026-03-29 2026-03-29T00:00:00Z")
    // Lord Howe Island moves by half an hour: 2:00 becomes 2:30 on 4 October 2026, at 15:30 UTC the day before.
    #expect(
      slot(after: "2026-10-03T00:00:00Z", wanted("Australia/Lord_Howe", hour: 2)) == "2026-10-04 2026-10-03T15:30:00Z")
    // Beirut skips the hour after midnight on 29 March 2026, at 22:00 UTC the day before.
    #expect(slot(after: "2026-03-28T12:00:00Z", wanted("Asia/Beirut", hour: 0)) == "2026-03-29 2026-03-28T22:00:00Z")
  }

  @Test("D1: an hour that comes twice is taken the first time, and once")
  func fold() {
    // New York goes from 2:00 back to 1:00 on 1 November 2026, at 6:00 UTC.
    let schedule = wanted("America/New_York", hour: 1)
    #expect(slot(after: "2026-11-01T00:00:00Z", schedule) == "2026-11-01 2026-11-01T05:00:00Z")
    #expect(
      slot(after: "2026-11-01T05:00:00Z", used: date(2026, 11, 1), schedule) == "2026-11-02 2026-11-02T06:00:00Z")
    // A run between the two one o'clocks still has a slot today only if today's was used up.
    #expect(slot(after: "2026-11-01T05:30:00Z", schedule) == "2026-11-02 2026-11-02T06:00:00Z")
  }

  @Test("D1: both ends of the world: UTC+14 and UTC-11 stand on different dates at one moment")
  func endsOfTheWorld() {
    #expect(slot(after: "2026-05-26T10:30:00Z", wanted("Pacific/Kiritimati")) == "2026-05-27 2026-05-26T17:00:00Z")
    #expect(slot(after: "2026-05-26T10:30:00Z", wanted("Pacific/Pago_Pago")) == "2026-05-26 2026-05-26T18:00:00Z")
    #expect(
      slot(after: "2026-05-26T10:30:00Z", wanted("Pacific/Kiritimati", hour: 0)) == "2026-05-28 2026-05-27T10:00:00Z")
    #expect(
      slot(after: "2026-05-26T10:30:00Z", wanted("Pacific/Pago_Pago", hour: 23)) == "2026-05-26 2026-05-27T10:00:00Z")
  }

  @Test("D1: Samoa had no 30 December 2011, and so no slot for it")
  func samoa() {
    let schedule = wanted("Pacific/Apia")
    #expect(slot(after: "2011-12-29T00:00:00Z", schedule) == "2011-12-29 2011-12-29T17:00:00Z")
    #expect(
      slot(after: "2011-12-29T17:00:00Z", used: date(2011, 12, 29), schedule) == "2011-12-31 2011-12-30T17:00:00Z")
    // 30 December would have been a Friday: the next one counts.
    let fridays = wanted("Pacific/Apia", weekday: .friday)
    #expect(slot(after: "2011-12-29T00:00:00Z", fridays) == "2012-01-06 2012-01-05T17:00:00Z")
  }

  @Test("D1: weekly digests come on their weekday, in the person's own zone")
  func weekly() {
    // 26 May 2026 is a Tuesday; in Auckland it is Wednesday when UTC's Tuesday afternoon begins.
    #expect(slot(after: "2026-05-26T12:30:00Z", wanted("UTC", weekday: .tuesday)) == "2026-06-02 2026-06-02T07:00:00Z")
    #expect(slot(after: "2026-05-26T05:00:00Z", wanted("UTC", weekday: .tuesday)) == "2026-05-26 2026-05-26T07:00:00Z")
    #expect(
      slot(after: "2026-05-26T12:30:00Z", wanted("Pacific/Auckland", weekday: .wednesday))
        == "2026-05-27 2026-05-26T19:00:00Z")
    #expect(slot(after: "2026-05-26T12:30:00Z", wanted("UTC", weekday: .sunday)) == "2026-05-31 2026-05-31T07:00:00Z")
  }

  @Test("D1: a missed tick or a missed week is made up for once; the next slot is the next to come")
  func missed() {
    // The slot of 4 May was made up for on 26 May: those of 11, 18 and 25 May are gone.
    #expect(
      slot(after: "2026-05-26T12:00:00Z", used: date(2026, 5, 4), wanted("UTC", weekday: .monday))
        == "2026-06-01 2026-06-01T07:00:00Z")
    #expect(
      slot(after: "2026-05-26T12:00:00Z", used: date(2026, 5, 1), wanted("UTC")) == "2026-05-27 2026-05-27T07:00:00Z")
    #expect(
      slot(after: "2026-05-26T03:00:00Z", used: date(2026, 5, 25), wanted("UTC")) == "2026-05-26 2026-05-26T07:00:00Z")
  }

  @Test("D1: a clock that jumps back a little opens no second slot on a date that was used")
  func clockJumpsBack() {
    #expect(
      slot(after: "2026-05-26T06:00:00Z", used: date(2026, 5, 26), wanted("UTC")) == "2026-05-27 2026-05-27T07:00:00Z")
    #expect(
      slot(after: "2026-05-25T06:00:00Z", used: date(2026, 5, 26), wanted("UTC")) == "2026-05-27 2026-05-27T07:00:00Z")
  }

  @Test("D1: a clock that was wrong by years, and is right again, keeps nobody waiting for years")
  func clockWasWrong() {
    #expect(
      slot(after: "2026-05-26T06:00:00Z", used: date(2038, 1, 19), wanted("UTC")) == "2026-05-26 2026-05-26T07:00:00Z")
    #expect(
      slot(after: "2026-05-26T06:00:00Z", used: date(9999, 1, 1), wanted("UTC", weekday: .tuesday))
        == "2026-05-26 2026-05-26T07:00:00Z")
  }

  @Test("D1: who moves to another zone or hour on the day of a slot gets no second one on that date")
  func zoneChange() {
    // Used up 26 May at 7:00 in Kiritimati, then moved to Samoa's east, where 26 May begins a day later.
    #expect(
      slot(after: "2026-05-25T17:00:00Z", used: date(2026, 5, 26), wanted("Pacific/Pago_Pago"))
        == "2026-05-27 2026-05-27T18:00:00Z")
    #expect(
      slot(after: "2026-05-26T07:00:00Z", used: date(2026, 5, 26), wanted("UTC", hour: 22))
        == "2026-05-27 2026-05-27T22:00:00Z")
    #expect(
      slot(after: "2026-05-26T18:00:00Z", used: date(2026, 5, 26), wanted("Pacific/Kiritimati"))
        == "2026-05-28 2026-05-27T17:00:00Z")
  }
}

/// What must hold in every zone, at every hour, at every moment.
@Suite struct DigestSlotPropertyTests {
  static let zones = TimeZone.knownTimeZoneIdentifiers.sorted()

  private func localDate(_ moment: Timestamp, _ zone: TimeZone) -> (date: CivilDate, hour: Int) {
    let offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(moment.seconds)))
    let local = moment.seconds + Int64(offset)
    let day = Int64((Double(local) / 86_400).rounded(.down))
    return (CivilDate(daysSinceEpoch: day), Int((local - day * 86_400) / 3600))
  }

  @Test("D1: the slot is to come, within its period, on its own local date at its hour or at the end of the gap")
  func aSlotIsWhereItSays() {
    var random = SplitMix64(seed: 1)
    for _ in 0..<3000 {
      let name = Self.zones.randomElement(using: &random)!
      let zone = TimeZone(identifier: name)!
      let hour = Int.random(in: 0...23, using: &random)
      // 1980 to 2037: every zone's odd years are in it.
      let now = Timestamp(Int64.random(in: 315_532_800...2_145_916_800, using: &random))
      let weekday = [nil, Weekday.allCases.randomElement(using: &random)!].randomElement(using: &random)!
      let schedule = wanted(name, hour: hour, weekday: weekday)
      let slot = DigestSlot.next(after: now, used: nil, on: schedule)
      let context = "\(name) \(hour) \(now) \(slot)"

      #expect(slot.due > now, "\(context)")
      // A slot comes within its period, a skipped date and a day's change of the clocks.
      #expect(slot.due - now <= (weekday == nil ? 1 : 7) * 86_400 * 2 + 7200, "\(context)")
      if let weekday { #expect(slot.date.weekday == weekday, "\(context)") }
      let local = localDate(slot.due, zone)
      let before = localDate(slot.due - 1, zone)
      let isGapEnd = (before.date, before.hour) < (slot.date, hour) && (local.date, local.hour) >= (slot.date, hour)
      #expect((local.date == slot.date && local.hour == hour) || isGapEnd, "\(context)")
    }
  }

  @Test("D1: slot by slot, each local date of three years comes up exactly once, in every zone", arguments: [0, 2, 23])
  func eachLocalDateOnce(hour: Int) {
    var random = SplitMix64(seed: UInt64(hour))
    let picked = ["Pacific/Apia", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Africa/Casablanca", "Asia/Pyongyang"]
    for name in picked + Self.zones.shuffled(using: &random).prefix(20) {
      let zone = TimeZone(identifier: name)!
      let schedule = wanted(name, hour: hour)
      // From 1 January 2010, so that Samoa's missing day is in it.
      var now = Timestamp(1_262_304_000)
      let first = DigestSlot.next(after: now, used: nil, on: schedule)
      var (used, due): (CivilDate?, Timestamp) = (nil, now)
      for _ in 0..<(3 * 365) {
        let slot = DigestSlot.next(after: now, used: used, on: schedule)
        #expect(slot.due > due)
        if let used {
          // Between two slots lie no dates but those that the zone never had.
          for day in (used.daysSinceEpoch + 1)..<slot.date.daysSinceEpoch {
            let noon = day * 86_400 + 43_200
            let offsets = [-86_400, 0, 86_400].map {
              Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(noon + $0))))
            }
            let exists = offsets.contains { localDate(Timestamp(noon - $0), zone).date.daysSinceEpoch == day }
            #expect(!exists, "\(name) \(hour): no slot on \(CivilDate(daysSinceEpoch: day))")
          }
        }
        (used, due, now) = (slot.date, slot.due, slot.due)
      }
      #expect(used! > first.date)
    }
  }

  @Test("D1: whatever the runs, preferences and clocks, no local date has two slots")
  func noDateTwice() {
    var random = SplitMix64(seed: 3)
    for _ in 0..<100 {
      var used: CivilDate?
      var now = Timestamp(Int64.random(in: 1_262_304_000...1_900_000_000, using: &random))
      for _ in 0..<40 {
        let schedule = wanted(
          Self.zones.randomElement(using: &random), hour: Int.random(in: 0...23, using: &random),
          weekday: Int.random(in: 0...3, using: &random) == 0 ? Weekday.allCases.randomElement(using: &random) : nil)
        let slot = DigestSlot.next(after: now, used: used, on: schedule)
        if let used { #expect(slot.date > used) }
        // The run comes late, sometimes days, or the clock is set back by up to an hour after it.
        now = slot.due + Int64.random(in: -3600...200_000, using: &random)
        used = slot.date
      }
    }
  }
}
