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

  @Test(
    "I9: two machines that answer each other but once in an hour are stopped; so is one that never sleeps",
    arguments: [("even", 9), ("alike", 3), ("uneven", 29)])
  func slowRobots(_ kind: String, _ most: Int) throws {
    let (site, thread) = try site()
    let copies = ["ana", "ben"].compactMap { site.relay.mails(to: $0).first }
    let words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    for number in 0..<72 {
      for copy in copies {
        let text =
          kind == "alike"
          ? "Your message of 12:\(number) has arrived at the registry and was given the number \(4711 + number)."
          : "Thank you: \(copy.name), \(words[number / 12]) \(words[number % 12])"
        try site.receive(
          Letter(
            from: "\(copy.name)@example.net", to: copy.field("Reply-To"), text: text, id: "\(copy.name)\(number)@x"
          )
          .raw)
      }
      try site.handle()
      try site.postReplies()
      site.clock.advance(by: kind == "even" ? 3300 + Int64(number % 3) * 150 : 1200 + Int64(number % 3) * 1800)
    }
    for key in ["1", "2"] {
      let posts = try site.fixture.forum.read {
        try $0.query("SELECT id FROM post WHERE thread = $1 AND author = \(key)", [.text(thread)]) { $0.integer(0) }
      }
      #expect(posts.count <= most)
    }
    #expect(try site.ledger.parkedReplies(limit: 99).allSatisfy { $0.reply.parking == .loop })
  }

  @Test("I9: people who debate all day long are no machines, nor is one who sends at once what they wrote on a journey")
  func debate() throws {
    let (site, _) = try site()
    let copy = try #require(site.relay.mails(to: "ana").first)
    // From eight in the morning until midnight, three days, with pauses as people make them.
    let pauses: [Int64] = [900, 2400, 1200, 5400, 700, 8000, 1500, 3300, 13_000, 600, 4000, 2000, 6000, 1000, 7600]
    var number = 0
    for _ in 0..<3 {
      for pause in pauses {
        number += 1
        try site.receive(
          Letter(
            from: "ana@example.net", to: copy.field("Reply-To"), text: "On point \(number): agreed.", id: "\(number)@x"
          ).raw)
        #expect(try site.handle() == [.reply: 1], "\(number)")
        site.clock.advance(by: pause)
      }
      site.clock.advance(by: 86_400 - pauses.reduce(0, +))
    }
    #expect(!Pace((0..<9).map { Timestamp($0 * 3) }).isEven)
    #expect(!Pace((0..<9).map { Timestamp($0 * $0 * 60) }).isEven && Pace((0..<9).map { Timestamp($0 * 60) }).isEven)
  }

  @Test("I9: characters that nobody sees make no other text")
  func unseen() {
    for text in ["I ag\u{200B}ree.", "I\u{2060} agree.\u{FE0F}", "\u{FEFF}i  AGREE\u{AD}."] {
      #expect(HandleStage.hash(text) == HandleStage.hash("I agree."))
    }
    #expect(HandleStage.hash("I agree!") != HandleStage.hash("I agree."))
  }

  @Test(
    "I6: a thread's own title makes no machine of who answers in it",
    arguments: [
      "Automatic reply", "Vacation houses", "Recall: the wolves", "Out of office: what it means", "SET x DIGEST",
    ],
    ["", "Re: ", "Re: [#1] "])
  func title(_ title: String, _ prefix: String) throws {
    let site = try TestSite()
    let ana = try site.fixture.participant("ana")
    let thread = try site.fixture.thread(title)
    try site.fixture.watch(thread: thread, by: [ana])
    try site.publish(in: thread)
    try site.deliver()
    let copy = try #require(site.relay.mails(to: "ana").first)
    let subject = prefix + title
    try site.receive(
      Letter(from: "ana@example.net", to: copy.field("Reply-To"), subject: subject, text: "I agree.").raw)
    #expect(try site.handle() == [.reply: 1])
    let notice = "Automatic reply: \(subject)"
    try site.receive(
      Letter(from: "ana@example.net", to: copy.field("Reply-To"), subject: notice, text: "Back on Monday.", id: "2@x")
        .raw
    )
    #expect(try site.handle() == [.automatic: 1])
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
