import TestSupport
import Testing
import Time

@Suite("Timestamps") struct TimestampTests {
  @Test(
    "Known moments are written and read",
    arguments: [
      (0, "1970-01-01T00:00:00Z", "Thu, 1 Jan 1970 00:00:00 +0000"),
      (951_782_400, "2000-02-29T00:00:00Z", "Tue, 29 Feb 2000 00:00:00 +0000"),
      (1_779_796_800, "2026-05-26T12:00:00Z", "Tue, 26 May 2026 12:00:00 +0000"),
      (-1, "1969-12-31T23:59:59Z", "Wed, 31 Dec 1969 23:59:59 +0000"),
      (4_107_542_399, "2100-02-28T23:59:59Z", "Sun, 28 Feb 2100 23:59:59 +0000"),
      (4_107_542_400, "2100-03-01T00:00:00Z", "Mon, 1 Mar 2100 00:00:00 +0000"),
      (-2_208_988_800, "1900-01-01T00:00:00Z", "Mon, 1 Jan 1900 00:00:00 +0000"),
      (253_402_300_799, "9999-12-31T23:59:59Z", "Fri, 31 Dec 9999 23:59:59 +0000"),
    ] as [(Int64, String, String)])
  func known(seconds: Int64, iso: String, rfc: String) {
    #expect(Timestamp(seconds).description == iso)
    #expect(Timestamp(seconds).rfc5322 == rfc)
    #expect(Timestamp(iso8601: iso) == Timestamp(seconds))
  }

  @Test("Any moment of years 1 to 9999 reads back as it was written")
  func roundTrip() {
    var random = SplitMix64(seed: 3)
    for _ in 0..<20_000 {
      let moment = Timestamp(Int64.random(in: -62_135_596_800...253_402_300_799, using: &random))
      #expect(Timestamp(iso8601: moment.description) == moment)
    }
  }

  @Test("The Date field agrees with the ISO form, and its weekday with the calendar")
  func dateField() throws {
    var random = SplitMix64(seed: 4)
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    for _ in 0..<5000 {
      let moment = Timestamp(Int64.random(in: -2_208_988_800...4_102_444_800, using: &random))
      let parts = moment.rfc5322.split(separator: " ")
      try #require(parts.count == 6 && parts[0].hasSuffix(",") && parts[5] == "+0000")
      let month = try #require(months.firstIndex(of: String(parts[2]))) + 1
      let day = try #require(Int(parts[1]))
      let year = try #require(Int(parts[3]))
      func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
      #expect("\(year)-\(two(month))-\(two(day))T\(parts[4])Z" == moment.description)
      // Sakamoto's rule, which knows nothing of days since the epoch.
      let shift = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4][month - 1]
      let y = month < 3 ? year - 1 : year
      let sunday = (y + y / 4 - y / 100 + y / 400 + shift + day) % 7
      #expect(weekdays[(sunday + 6) % 7] + "," == parts[0])
      #expect(CivilDate(year: year, month: month, day: day).weekday.isoNumber == (sunday == 0 ? 7 : sunday))
    }
  }

  @Test(
    "Forms that databases write are read",
    arguments: [
      "2026-05-26T12:00:00Z", "2026-05-26 12:00:00", "2026-05-26T12:00", "2026-05-26 12:00:00.123456+00:00",
      "2026-05-26T12:00:00+00", "2026-05-26 12:00:00+0000", "2026-05-26T12:00:00.Z",
    ])
  func forms(text: String) {
    #expect(Timestamp(iso8601: text) == Timestamp(1_779_796_800))
  }

  @Test(
    "Anything else is no moment",
    arguments: [
      "", "2026", "2026-5-26", "2026-13-01", "2026-00-01", "2026-02-29", "2026-04-31", "2026-05-26T",
      "2026-05-26T24:00:00",
      "2026-05-26T12:60:00", "2026-05-26T12:00:61", "2026-05-26T12:00:00+02:00", "2026-05-26T12:00:00 Z", "26 May 2026",
      "2026-05-26x", "２026-05-26", "2026-05-26T12:00:00Z ", " 2026-05-26", "-026-05-26", "2026-05-26T1:00:00",
    ])
  func none(text: String) {
    #expect(Timestamp(iso8601: text) == nil)
  }

  @Test("Days and their numbers agree over ten thousand years")
  func civil() {
    var previous = CivilDate(daysSinceEpoch: -800_001)
    for day: Int64 in -800_000...2_900_000 where day % 7 == 0 || abs(day) < 50_000 {
      let date = CivilDate(daysSinceEpoch: day)
      #expect(date.daysSinceEpoch == day)
      #expect(previous < date)
      previous = date
    }
  }

  @Test("Moments are compared, moved and subtracted in seconds")
  func arithmetic() {
    #expect(Timestamp(10) + 5 == Timestamp(15))
    #expect(Timestamp(10) - 5 == Timestamp(5))
    #expect(Timestamp(10) - Timestamp(4) == 6)
    #expect(Timestamp(1) < Timestamp(2))
  }
}
