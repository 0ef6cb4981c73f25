import Forum
import Testing
import Time

@Suite("Digests: what is in them")
struct DigestPartsTests {
  @Test("D2: a digest is split at the stated size, its posts in order, each in one part")
  func parts() throws {
    let site = try TestSite { $0.digest.partSize = 30_000 }
    let thread = try site.thread(watchedBy: ["ana"], mode: .digest)
    let body = String(repeating: "A line of text that is about seventy octets long, as mails have them.\n", count: 60)
    let posts = try (1...10).map { _ in try site.fixture.post(in: thread, body) }
    let large = try site.fixture.post(in: thread, String(repeating: body, count: 12))
    let last = try site.fixture.post(in: thread)
    try site.settle()
    site.wait(until: "2026-05-27T07:00:00Z")
    let report = try site.digest()
    #expect(report.digests == 1)
    try site.deliver()
    let mails = site.relay.accepted
    #expect(mails.count == report.parts)
    #expect(mails.flatMap(\.posts) == posts + [large, last])
    #expect(mails.filter { !$0.posts.contains(large) }.allSatisfy { $0.text.utf8.count < 40_000 })
    #expect(mails.first { $0.posts.contains(large) }?.posts == [large])
    #expect(Set(mails.map(\.messageID)).count == mails.count)
    #expect(mails.map { $0.subject.suffix(5) } == (1...mails.count).map { "(\($0)/\(mails.count))"[...].suffix(5) })
  }

  @Test("D2: which post is in which part is fixed when the digest is written, whatever is edited or hidden after")
  func fixedParts() throws {
    let site = try TestSite { $0.digest.partSize = 20_000 }
    let thread = try site.thread(watchedBy: ["ana"], mode: .digest)
    let body = String(repeating: "A line of text that is about seventy octets long, as mails have them.\n", count: 60)
    for _ in 1...6 { try site.fixture.post(in: thread, body) }
    try site.settle()
    site.wait(until: "2026-05-27T07:00:00Z")
    try site.digest()
    site.relay.answer(.refused("450 4.2.1 Later"))
    try site.deliver()
    let before = site.relay.mails
    try #require(before.count > 1)
    for post in 1...6 { try site.fixture.writer.edit(post: "\(post)", body: "Short.", at: site.clock.now) }
    try site.fixture.writer.setVisibility(.hidden, ofPost: before[0].posts[0])
    site.relay.clear()
    site.relay.answer(.accepted)
    site.clock.advance(by: 3600)
    try site.deliver()
    #expect(site.relay.accepted.map(\.posts) == [Array(before[0].posts.dropFirst())] + before.dropFirst().map(\.posts))
    #expect(site.relay.accepted.map(\.messageID) == before.map(\.messageID))
    #expect(site.relay.accepted.allSatisfy { $0.text.utf8.count < 20_000 })
  }

  @Test("D2, S1: a post that cannot be composed holds its own part alone, and nobody else's digest")
  func cannotBeComposed() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"], mode: .digest)
    let other = try site.thread(watchedBy: ["ben"], mode: .digest)
    let posts = try site.publish(3, in: thread)
    let fine = try site.publish(in: other)
    // A key that the ring does not hold.
    try site.fixture.ledgerFile.write {
      try $0.run("UPDATE journal SET signing_key = 9 WHERE post_key = $1", [.text(posts[1])])
    }
    site.wait(until: "2026-05-27T07:00:00Z")
    #expect(try site.digest().parts == 4)
    #expect(try site.deliver().uncomposed == 1)
    #expect(Set(site.relay.accepted.map(\.posts)) == [[posts[0]], [posts[2]], fine])
    try site.fixture.ledgerFile.write { try $0.run("UPDATE journal SET signing_key = 1") }
    #expect(try site.ledger.release(.uncomposed, now: site.clock.now) == 1)
    try site.deliver()
    #expect(site.relay.accepted.last?.posts == [posts[1]])
  }

  @Test("D2: a digest of subjects alone names every post")
  func subjects() throws {
    let site = try TestSite()
    let thread = try site.fixture.thread()
    let ana = try site.fixture.participant("ana", mode: .digest) { $0.digestStyle = .subjects }
    try site.fixture.watch(thread: thread, by: [ana])
    let text = String(repeating: "words of it ", count: 20) + "Wholetext"
    try site.fixture.post(in: thread, text)
    try site.fixture.post(in: thread, text)
    try site.settle()
    site.wait(until: "2026-05-27T07:00:00Z")
    try site.dispatch()
    #expect(site.relay.accepted.map(\.posts) == [["1", "2"]])
    #expect(site.relay.accepted.allSatisfy { $0.text.contains("words of it") && !$0.text.contains("Wholetext") })
  }

  @Test("M6, D2: a digest names the watches that its posts come from, and counts the posts that are left")
  func watches() throws {
    let site = try TestSite()
    let ana = try site.fixture.participant("ana", mode: .digest)
    let threads = try ["One", "Two"].map { try site.fixture.thread($0) }
    try site.fixture.put(Watch(scope: .discussion), on: site.fixture.discussion, by: ana)
    try site.fixture.watch(thread: threads[0], by: [ana])
    let posts = try threads.flatMap { try site.publish(2, in: $0) }
    site.wait(until: "2026-05-27T07:00:00Z")
    try site.digest()
    try site.fixture.writer.setVisibility(.hidden, ofPost: posts[0])
    try site.deliver()
    let mail = try #require(site.relay.accepted.first)
    #expect(mail.subject == "BCH forum: daily digest, 3 posts")
    #expect(mail.text.contains("You watch the thread"))
  }

  @Test("D3: a day before a discussion closes its digests go out, once, with what waits from elsewhere")
  func lastCall() throws {
    let site = try TestSite()
    let closesAt = Timestamp(iso8601: "2026-05-29T15:00:00Z")!
    let closing = try site.fixture.writer.addDiscussion(title: "Closing", slug: "closing", closesAt: closesAt)
    let thread = try site.fixture.thread("In time", in: closing)
    let other = try site.fixture.thread()
    let people = try ["ana", "ben"].map { name in
      try site.fixture.participant(name, mode: .digest) { ($0.digestPeriod, $0.digestWeekday) = (.weekly, .monday) }
    }
    try site.fixture.watch(thread: thread, by: [people[0]])
    try site.fixture.watch(thread: other, by: people)
    let posts = try site.publish(in: thread) + site.publish(in: other)
    site.clock.now = closesAt - 86_401
    try site.dispatch()
    #expect(site.relay.mails.isEmpty)
    site.clock.advance(by: 1)
    try site.dispatch()
    #expect(site.relay.accepted.map(\.name) == ["ana"])
    #expect(site.relay.accepted.map(\.posts).map { $0.sorted() } == [posts])
    #expect(site.relay.accepted.allSatisfy { $0.text.contains("Feedback-ID: last-call:") })
    site.wait(until: "2026-06-01T07:00:00Z")  // the Monday
    site.relay.clear()
    try site.dispatch()
    #expect(site.relay.accepted.map(\.name) == ["ben"])
    #expect(site.relay.accepted.map(\.posts) == [[posts[1]]])
  }

  @Test("D3: what is posted after the last call comes in a second one, to those whose own digest would come too late")
  func secondCall() throws {
    let site = try TestSite()
    let closesAt = Timestamp(iso8601: "2026-05-29T15:00:00Z")!
    let closing = try site.fixture.writer.addDiscussion(title: "Closing", slug: "closing", closesAt: closesAt)
    let thread = try site.fixture.thread("In time", in: closing)
    let ana = try site.fixture.participant("ana", mode: .digest) { $0.digestPeriod = .weekly }
    let ben = try site.fixture.participant("ben", mode: .digest) { $0.digestHour = 13 }
    try site.fixture.watch(thread: thread, by: [ana, ben])
    try site.publish(in: thread)
    site.clock.now = closesAt - 86_400
    try site.dispatch()
    site.relay.clear()
    let late = try site.publish(in: thread)
    site.clock.now = closesAt - 21_601
    try site.dispatch()
    #expect(site.relay.mails.isEmpty)
    site.clock.advance(by: 1)
    for _ in 1...2 { try site.dispatch() }
    #expect(site.relay.accepted.map(\.name) == ["ana"])
    #expect(site.relay.accepted.map(\.posts) == [late])
    #expect(site.relay.accepted.allSatisfy { $0.subject.contains("Closing") })
    site.clock.now = closesAt - 7200
    try site.dispatch()
    #expect(site.relay.mails(to: "ben").map(\.posts) == [late])
  }

  @Test("D3: a discussion that is prolonged has a second last call")
  func prolonged() throws {
    let site = try TestSite()
    let closing = try site.fixture.writer.addDiscussion(
      title: "Closing", slug: "closing", closesAt: Timestamp(iso8601: "2026-05-27T00:00:00Z")!)
    let thread = try site.fixture.thread("In time", in: closing)
    let ana = try site.fixture.participant("ana", mode: .digest) { $0.digestPeriod = .weekly }
    try site.fixture.watch(thread: thread, by: [ana])
    let first = try site.publish(in: thread)
    try site.dispatch()
    try site.fixture.forum.write {
      try $0.run(
        "UPDATE discussion SET closes_at = $1 WHERE closes_at IS NOT NULL",
        [
          .integer(Timestamp(iso8601: "2026-05-29T00:00:00Z")!.seconds)
        ])
    }
    site.wait(until: "2026-05-27T20:00:00Z")
    let second = try site.publish(in: thread)
    try site.dispatch()
    site.wait(until: "2026-05-28T00:00:00Z")
    try site.dispatch()
    #expect(site.relay.accepted.map(\.posts) == [first, second])
  }

  @Test("D3: a last call names the discussion that closes, whatever stands first in it; when that has closed, none")
  func closingDiscussion() throws {
    let site = try TestSite()
    let closesAt = Timestamp(iso8601: "2026-05-27T00:00:00Z")!
    let open = try site.thread(watchedBy: [], mode: .digest)
    let later = try site.fixture.writer.addDiscussion(title: "Later", slug: "later", closesAt: closesAt + 40 * 86_400)
    let closing = try site.fixture.writer.addDiscussion(title: "Closing", slug: "closing", closesAt: closesAt)
    let threads = try [open, site.fixture.thread(in: later), site.fixture.thread("In time", in: closing)]
    for name in ["ana", "ben"] {
      let person = try site.fixture.participant(name, mode: .digest) { $0.digestPeriod = .weekly }
      for thread in threads { try site.fixture.watch(thread: thread, by: [person]) }
    }
    for thread in threads { try site.publish(in: thread) }
    site.relay.answer { message, _ in
      message.envelope.recipient.localPart == "ana" ? .accepted : .refused("450 4.2.1 Later")
    }
    try site.dispatch()
    #expect(
      site.relay.mails(to: "ana").map(\.subject) == [
        "Closing: digest before closing on 27 May 2026, 00:00 (UTC), 3 posts"
      ])
    site.relay.answer(.accepted)
    site.clock.now = closesAt
    site.relay.clear()
    try site.dispatch()
    #expect(site.relay.mails(to: "ben").map(\.subject) == ["BCH forum: weekly digest, 3 posts"])
  }

  @Test("D3: a last call of no time at all is none")
  func noLastCall() throws {
    let site = try TestSite { $0.digest.lastCall = 0 }
    let closesAt = Timestamp(iso8601: "2026-05-26T20:00:00Z")!
    let closing = try site.fixture.writer.addDiscussion(title: "Closing", slug: "closing", closesAt: closesAt)
    let thread = try site.fixture.thread("In time", in: closing)
    let ana = try site.fixture.participant("ana", mode: .digest)
    try site.fixture.watch(thread: thread, by: [ana])
    try site.publish(in: thread)
    site.clock.now = closesAt
    try site.dispatch()
    #expect(site.relay.mails.isEmpty)
  }
}
