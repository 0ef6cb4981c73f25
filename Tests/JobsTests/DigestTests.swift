import Forum
import Testing
import Time

@Suite("Digests: when they come")
struct DigestSlotTests {
  private func site(_ preferences: (inout Preferences) -> Void) throws -> (site: TestSite, thread: String) {
    let site = try TestSite()
    let thread = try site.fixture.thread()
    let ana = try site.fixture.participant("ana", mode: .digest, preferences)
    try site.fixture.put(Watch(scope: .thread, since: Timestamp(0)), on: thread, by: ana)
    return (site, thread)
  }

  /// Runs at each moment, and says at which of them ana got which posts.
  private func run(_ site: TestSite, at moments: [String]) throws -> [String: [String]] {
    var got: [String: [String]] = [:]
    for moment in moments {
      site.clock.now = Timestamp(iso8601: moment)!
      site.relay.clear()
      try site.dispatch()
      if !site.relay.accepted.isEmpty { got[moment] = site.relay.accepted.flatMap(\.posts) }
    }
    return got
  }

  @Test(
    "D1: each person's digest comes at their hour in their zone",
    arguments: [
      ("Africa/Nairobi", 7, "2026-05-27T04:00:00Z"), ("America/Montreal", 7, "2026-05-27T11:00:00Z"),
      ("Pacific/Kiritimati", 7, "2026-05-26T17:00:00Z"), ("Asia/Kathmandu", 0, "2026-05-26T18:15:00Z"),
      ("Nowhere/Unknown", 13, "2026-05-26T13:00:00Z"),
    ])
  func zones(_ zone: String, _ hour: Int, _ due: String) throws {
    let (site, thread) = try site { ($0.zone, $0.digestHour) = (zone, hour) }
    let posts = try site.publish(2, in: thread)
    site.clock.now = Timestamp(iso8601: due)! - 1
    try site.dispatch()
    #expect(site.relay.mails.isEmpty)
    site.clock.advance(by: 1)
    try site.dispatch()
    #expect(site.relay.accepted.map(\.posts) == [posts])
  }

  @Test("D1: one digest per local date, with what came in since the last one")
  func daily() throws {
    let (site, thread) = try site { $0.digestHour = 18 }
    let first = try site.publish(in: thread)
    site.wait(until: "2026-05-26T18:00:00Z")
    try site.dispatch()
    let second = try site.publish(2, in: thread)
    let got = try run(
      site,
      at: [
        "2026-05-26T23:59:00Z", "2026-05-27T17:59:00Z", "2026-05-27T18:00:00Z", "2026-05-28T18:00:00Z",
      ])
    #expect(got == ["2026-05-27T18:00:00Z": second])
    _ = first
  }

  @Test("D1: weekly digests come on their day")
  func weekly() throws {
    let (site, thread) = try site { ($0.digestPeriod, $0.digestWeekday, $0.digestHour) = (.weekly, .friday, 9) }
    let posts = try site.publish(in: thread)  // a Tuesday
    let got = try run(
      site,
      at: [
        "2026-05-27T09:00:00Z", "2026-05-28T09:00:00Z", "2026-05-29T08:59:00Z", "2026-05-29T09:00:00Z",
        "2026-05-30T09:00:00Z",
      ])
    #expect(got == ["2026-05-29T09:00:00Z": posts])
  }

  @Test("D1: a week of ticks that were missed is made up for once, at the next run")
  func missed() throws {
    let (site, thread) = try site { $0.digestHour = 7 }
    let posts = try site.publish(in: thread)
    let got = try run(site, at: ["2026-06-03T15:00:00Z", "2026-06-03T15:05:00Z", "2026-06-04T07:00:00Z"])
    #expect(got == ["2026-06-03T15:00:00Z": posts])
    let more = try site.publish(in: thread)
    #expect(try run(site, at: ["2026-06-05T07:00:00Z"]) == ["2026-06-05T07:00:00Z": more])
  }

  @Test("D1: a clock that jumps back brings no second digest for a date, and delays none for ever")
  func clockJumpsBack() throws {
    let (site, thread) = try site { $0.digestHour = 13 }
    let first = try site.publish(in: thread)
    #expect(try run(site, at: ["2026-05-26T13:00:00Z"]) == ["2026-05-26T13:00:00Z": first])
    site.clock.now = Timestamp(iso8601: "2026-05-26T09:00:00Z")!
    let second = try site.publish(in: thread)
    let got = try run(site, at: ["2026-05-26T13:00:00Z", "2026-05-27T12:59:00Z", "2026-05-27T13:00:00Z"])
    #expect(got == ["2026-05-27T13:00:00Z": second])
  }

  @Test("D1: a digest written under a clock years ahead does not silence a person for years")
  func clockWasAhead() throws {
    let (site, thread) = try site { $0.digestHour = 13 }
    try site.publish(in: thread)
    _ = try run(site, at: ["2031-05-26T13:00:00Z"])
    site.clock.now = Timestamp(iso8601: "2026-05-27T09:00:00Z")!
    let posts = try site.publish(in: thread)
    #expect(try run(site, at: ["2026-05-27T13:00:00Z"]) == ["2026-05-27T13:00:00Z": posts])
  }

  @Test("D1: a slot given under a clock years ahead does not silence a person for years")
  func slotWasAhead() throws {
    let (site, thread) = try site { $0.digestHour = 13 }
    site.clock.now = Timestamp(iso8601: "2031-05-26T12:00:00Z")!
    let first = try site.publish(in: thread)
    site.clock.now = Timestamp(iso8601: "2026-05-27T09:00:00Z")!
    let second = try site.publish(in: thread)
    #expect(try run(site, at: ["2026-05-27T13:00:00Z"]) == ["2026-05-27T13:00:00Z": first + second])
  }

  @Test(
    "D1: a day has one digest, whatever daylight saving does to the hour",
    arguments: [
      // 29 March 2026: 02:30 does not exist in Berlin; the slot is the end of the gap. 25 October: 02:00 comes twice.
      (
        "2026-03-28T10:00:00Z", ["2026-03-29T00:59:00Z", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"],
        "2026-03-30T00:00:00Z"
      ),
      (
        "2026-10-24T10:00:00Z", ["2026-10-24T23:59:00Z", "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"],
        "2026-10-26T01:00:00Z"
      ),
    ])
  func daylightSaving(_ start: String, _ moments: [String], _ next: String) throws {
    let (site, thread) = try site { ($0.zone, $0.digestHour) = ("Europe/Berlin", 2) }
    site.clock.now = Timestamp(iso8601: start)!
    let first = try site.publish(in: thread)
    #expect(try run(site, at: Array(moments.prefix(2))) == [moments[1]: first])
    let second = try site.publish(in: thread)
    #expect(try run(site, at: [moments[2]]).isEmpty)
    #expect(try run(site, at: [next]) == [next: second])
  }

  @Test("D1: a change of preferences moves the slot that is to come")
  func wishesMoveTheSlot() throws {
    let (site, thread) = try site { $0.digestHour = 7 }
    let posts = try site.publish(in: thread)
    try site.dispatch()
    var preferences = Preferences()
    (preferences.mode, preferences.digestHour, preferences.zone) = (.digest, 16, "Asia/Tokyo")
    try site.fixture.writer.set(preferences, of: try #require(try site.names().first?.key))
    #expect(try site.digest().moved == 1)
    let got = try run(site, at: ["2026-05-27T06:59:00Z", "2026-05-27T07:00:00Z"])
    #expect(got == ["2026-05-27T07:00:00Z": posts])  // 16:00 in Tokyo
  }

  @Test("D1: a slot that has come is not put off by a change of preferences that is seen only then")
  func owedSlot() throws {
    let (site, thread) = try site { $0.digestHour = 7 }
    let posts = try site.publish(in: thread)
    var preferences = Preferences()
    (preferences.mode, preferences.digestHour, preferences.language) = (.digest, 7, .fr)
    try site.fixture.writer.set(preferences, of: try #require(try site.names().first?.key))
    #expect(try run(site, at: ["2026-05-27T07:00:00Z"]) == ["2026-05-27T07:00:00Z": posts])
  }

  @Test("D1: preferences that name no digest of a person who watches in digest mode do not bring it early")
  func watchMode() throws {
    let site = try TestSite()
    let thread = try site.fixture.thread()
    let ana = try site.fixture.participant("ana")
    try site.fixture.watch(thread: thread, by: [ana], mode: .digest)
    let posts = try site.publish(in: thread)
    try site.dispatch()
    var preferences = Preferences()
    preferences.language = .fr
    try site.fixture.writer.set(preferences, of: ana)
    let got = try run(site, at: ["2026-05-26T15:00:00Z", "2026-05-27T06:59:00Z", "2026-05-27T07:00:00Z"])
    #expect(got == ["2026-05-27T07:00:00Z": posts])
  }

  @Test("D2: a digest without a post is never sent, whatever became of what waited")
  func neverEmpty() throws {
    let (site, thread) = try site { _ in }
    let posts = try site.publish(2, in: thread)
    try site.fixture.writer.setVisibility(.deleted, ofPost: posts[0])
    try site.fixture.writer.setVisibility(.hidden, ofPost: posts[1])
    site.wait(until: "2026-05-27T07:00:00Z")
    #expect(try site.digest().digests == 0)
    try site.deliver()
    #expect(site.relay.mails.isEmpty)
    #expect(try site.slot(of: "ana") == nil)
  }
}
