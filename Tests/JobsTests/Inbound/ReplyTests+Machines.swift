import Ledger
import TestSupport
import Testing
import Time

@testable import Jobs

/// Machines, and people who send more than people send.
extension ReplyTests {
  @Test("I9: more than five posts by mail in ten minutes, and a text that comes again, wait for a word")
  func floods() throws {
    let (site, thread) = try site()
    let copy = try #require(site.relay.mails(to: "ana").first)
    for number in 1...7 {
      try site.receive(
        Letter(from: "ana@example.net", to: copy.field("Reply-To"), text: "Text \(number)", id: "\(number)@x").raw)
    }
    #expect(try site.handle() == [.reply: 5, .parked: 2])
    try site.postReplies()
    site.clock.advance(by: 601)
    try site.receive(
      Letter(from: "ana@example.net", to: copy.field("Reply-To"), text: "text  1", id: "8@x").raw)
    #expect(try site.handle() == [.parked: 1])
    let parked = try site.ledger.parkedReplies(limit: 10)
    #expect(parked.map(\.reply.parking) == [.tooMany, .tooMany, .repeated])
    #expect(try site.ledger.releaseReply(parked[0].received, now: site.clock.now))
    #expect(try site.ledger.discardReply(parked[1].received, now: site.clock.now))
    try site.postReplies()
    #expect(try site.bodies(in: thread).count == 7)
  }

  @Test(
    "I9: two machines that answer each other, slow or fast, are stopped, and stay so while they go on",
    arguments: [60, 300])
  func robots(_ pause: Int64) throws {
    let (site, thread) = try site()
    let copy = try #require(site.relay.mails(to: "ana").first)
    for number in 1...200 {
      try site.receive(
        Letter(from: "ana@example.net", to: copy.field("Reply-To"), text: "Thank you for \(number)", id: "\(number)@x")
          .raw)
      try site.handle()
      try site.postReplies()
      site.clock.advance(by: pause)
    }
    #expect(try site.bodies(in: thread).count == (pause == 60 ? 6 : 9))
  }

  @Test("I6: what a machine wrote is neither posted nor answered; our own mail that comes back neither")
  func automatic() throws {
    let (site, thread) = try site()
    let copy = try #require(site.relay.mails(to: "ana").first)
    site.relay.clear()
    for (index, field) in ["Auto-Submitted: auto-replied", "Precedence: bulk", "X-Autoreply: yes"].enumerated() {
      var letter = Letter(
        from: "ana@example.net", to: copy.field("Reply-To"), subject: "Out of office", text: "I am away.",
        id: "\(index)@x")
      letter.more = [field]
      try site.receive(letter.raw)
    }
    try site.receive(copy.text)
    let outcomes = try site.handle()
    #expect(outcomes[.own] == 1)
    #expect((outcomes[.automatic] ?? 0) + (outcomes[.other] ?? 0) == 3)
    try site.postReplies()
    try site.deliver()
    #expect(site.relay.accepted.isEmpty)
    #expect(try site.bodies(in: thread).count == 1)
  }

  @Test("I9: who answers within a minute each time is a machine, however seldom: the fourth time waits for a word")
  func quick() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    var outcomes: [[Received.Outcome: Int]] = []
    for (name, pause) in [("ana", Int64(20)), ("ben", 90)] {
      for number in 1...6 {
        site.relay.clear()
        try site.publish(in: thread)
        try site.deliver()
        let copy = try #require(site.relay.mails(to: name).last)
        site.clock.advance(by: pause)
        try site.receive(
          Letter(
            from: "\(name)@example.net", to: copy.field("Reply-To"), text: "Thank you for \(number)",
            id: "\(name)\(number)@x"
          ).raw)
        outcomes.append(try site.handle())
        site.clock.advance(by: 3000)
      }
    }
    #expect(outcomes.prefix(6) == [[.reply: 1], [.reply: 1], [.reply: 1], [.parked: 1], [.parked: 1], [.parked: 1]])
    #expect(outcomes.suffix(6).allSatisfy { $0 == [.reply: 1] })
    #expect(try site.ledger.parkedReplies(limit: 9).map(\.reply.parking) == [.loop, .loop, .loop])
  }
}
