import Forum
import Ledger
import TestSupport
import Testing
import Time

@testable import Jobs

/// Commands that nobody is sure of, and what asks about them.
extension ListCommandTests {
  @Test("I8: SET … DIGEST by a From alone changes nothing until the account's own address confirms it")
  func confirmed() throws {
    let (site, thread, slug) = try site()
    site.relay.clear()
    try command("SET \(slug) DIGEST", site)
    #expect(try site.handle() == [.unconfirmed: 1])
    try site.deliver()
    let question = try #require(site.relay.accepted.first)
    site.relay.clear()
    try site.publish(in: thread)
    try site.deliver()
    #expect(site.relay.accepted.map(\.name) == ["ana", "ben"])
    site.relay.clear()
    try site.receive(Letter(from: "ana@example.net", to: question.field("Reply-To"), text: "ok", id: "2@x").raw)
    #expect(try site.handle() == [.confirmation: 1])
    try site.deliver()
    #expect(site.relay.accepted.map(\.name) == ["ana"])
    site.relay.clear()
    try site.publish(in: thread)
    try site.deliver()
    #expect(site.relay.accepted.map(\.name) == ["ben"])
    site.wait(until: "2026-05-28T08:00:00Z")
    try site.dispatch()
    #expect(site.relay.mails(to: "ana").map(\.isDigest) == [true])
    // The same confirmation again is of nothing.
    try site.receive(Letter(from: "ana@example.net", to: question.field("Reply-To"), text: "ok", id: "3@x").raw)
    #expect(try site.handle() == [.confirmation: 1])
  }

  @Test("I8: forged commands use up no question of those that come to a signed address; the same ones are asked once")
  func questions() throws {
    let (site, _, slug) = try site()
    let copy = try #require(site.relay.mails(to: "ana").first)
    site.relay.clear()
    for number in 1...60 { try command("SET \(slug)\(number) DIGEST", site, id: "f\(number)", host: "[203.0.113.5]") }
    for number in 1...30 { try command("QUERY", site, id: "q\(number)", host: "[203.0.113.5]") }
    #expect(try site.handle() == [.unconfirmed: 60, .command: 30])
    try site.deliver()
    #expect(site.relay.accepted.count == 2, "one of each")
    site.relay.clear()
    // Her own come from elsewhere, or in answer to what she got.
    try command("SET \(slug) DIGEST", site, id: "own", host: "[198.51.100.7]")
    try site.handle()
    try site.deliver()
    let question = try #require(site.relay.accepted.first)
    #expect(question.words.contains("SET \(slug) DIGEST"))
    site.relay.clear()
    for number in 1...9 { try command("SET \(slug) MAIL", site, id: "h\(number)", host: "[192.0.2.\(number)]") }
    try site.handle()
    try site.deliver()
    #expect(site.relay.accepted.count == 1, "three in all")
    site.relay.clear()
    try site.receive(
      Letter(from: "ana@example.net", to: question.field("Reply-To"), text: "SET \(slug) NODIGEST", id: "a@x").raw)
    #expect(try site.handle() == [.command: 1])
    try site.deliver()
    #expect(site.relay.accepted.map(\.name) == ["ana"])
    site.relay.clear()
    // From another address of hers, to the address that says whose commands they are.
    for id in ["1@x", "2@x"] {
      try site.receive(
        Letter(from: "ana@private.example", to: copy.field("Reply-To"), subject: "", text: "SET \(slug) NOMAIL", id: id)
          .raw)
    }
    #expect(try site.handle() == [.unconfirmed: 2])
    try site.deliver()
    #expect(site.relay.accepted.map(\.name) == ["ana"])
    // From her own it needs no question.
    try site.receive(
      Letter(from: "ana@example.net", to: copy.field("Reply-To"), subject: "", text: "SET \(slug) NOMAIL", id: "3@x")
        .raw)
    #expect(try site.handle() == [.command: 1])
  }

  @Test(
    "I3, I8: YES with courtesy confirms; what is neither yes nor no is asked again, and a quoted yes is nobody's",
    arguments: [
      ("Yes please, post it.", true), ("\n> quoted\nYes, it is mine.", true), ("Oui, merci !", true), ("OK", true),
      ("> YES", nil), ("Yes, but not the second half", nil), ("What is this?", nil), ("No, yes", false),
      ("Нет.", false),
    ] as [(String, Bool?)])
  func confirming(_ text: String, _ answer: Bool?) throws {
    let (site, thread, slug) = try site()
    let copy = try #require(site.relay.mails(to: "ana").first)
    site.relay.clear()
    try site.receive(Letter(from: "ana@private.example", to: copy.field("Reply-To"), text: "Mine.", id: "1@x").raw)
    try command("SET \(slug) DIGEST", site)
    #expect(try site.handle() == [.parked: 1, .unconfirmed: 1])
    try site.deliver()
    let questions = site.relay.accepted
    site.relay.clear()
    for (index, question) in questions.enumerated() {
      try site.receive(
        Letter(from: "ana@example.net", to: question.field("Reply-To"), text: text, id: "\(index)@y").raw)
    }
    #expect(try site.handle() == [.confirmation: 2])
    try site.handleAndPost()
    #expect(try site.bodies(in: thread).contains("Mine.") == (answer == true))
    let again = site.relay.accepted.filter { $0.field("Reply-To").hasPrefix("confirm+") }
    #expect(again.map { $0.field("Reply-To") } == (answer == nil ? questions.map { $0.field("Reply-To") } : []))
  }

  @Test("B4: after a complaint nothing is told, and no command turns mail on, until the complaint is taken back")
  func complained() throws {
    let (site, thread, slug) = try site()
    let copy = try #require(site.relay.mails(to: "ana").first)
    try site.receive(copy.complaint)
    #expect(try site.handle() == [.complaint: 1])
    func heard(_ commands: String, _ id: String) throws -> [String] {
      site.relay.clear()
      try command(commands, site, id: id, proof: copy.messageID)
      #expect(try site.handle() == [.command: 1])
      try site.publish(in: thread)
      try site.deliver()
      return site.relay.mails(to: "ana").map { $0.field("Subject") }
    }
    #expect(try heard("SET * MAIL\nSET \(slug) NODIGEST\nQUERY", "1").isEmpty)
    try site.ledger.takeBackComplaints(of: 1)
    #expect(try heard("QUERY", "2").count == 1)
    #expect(try heard("SET * MAIL", "3").count == 2)
  }

  @Test("B4: an address that is not to be mailed gets no answers either, whoever writes in its name")
  func suppressed() throws {
    let (site, _, slug) = try site()
    let copy = try #require(site.relay.mails(to: "ana").first)
    site.relay.clear()
    try site.ledger.suppress("ana@example.net", .failures, person: 1, reason: "5.1.1", now: site.clock.now)
    try command("SET \(slug) DIGEST", site, id: "1")
    try command("QUERY", site, id: "2", proof: copy.messageID)
    try site.handle()
    try site.deliver()
    #expect(site.relay.accepted.isEmpty)
  }

  @Test("I8: what stands in a reply besides commands comes back, and is posted nowhere; a greeting is nothing")
  func besides() throws {
    let (site, thread, slug) = try site()
    let copy = try #require(site.relay.mails(to: "ana").first)
    let words = "And this is what I think of the second section, in all its length."
    for (index, text) in ["SET \(slug) MAIL\n\n\(words)\n\n-- \nAna", "SET \(slug) MAIL\n\nThank you!\nAna"]
      .enumerated()
    {
      site.relay.clear()
      try site.receive(
        Letter(from: "ana@example.net", to: copy.field("Reply-To"), subject: "Re: x", text: text, id: "\(index)@x").raw)
      #expect(try site.handle() == [.command: 1])
      try site.deliver()
      #expect(site.relay.accepted.count { $0.words.contains(words) } == (index == 0 ? 1 : 0))
      #expect(site.relay.accepted.count == (index == 0 ? 2 : 1))
    }
    #expect(try site.bodies(in: thread).count == 1)
  }
}
