import Forum
import Ledger
import TestSupport
import Testing
import Time

@testable import Jobs

/// Signed addresses that stand where they do not belong, or go to whom they were not made for.
extension ReplyTests {
  @Test("I2: no token of ours gets into a post, and what a person wrote around one stays")
  func noTokens() throws {
    let (site, thread) = try site()
    let copy = try #require(site.relay.mails(to: "ana").first)
    let reply = copy.field("Reply-To")
    let stop = try #require(copy.field("List-Unsubscribe").split(separator: "mailto:").last).prefix { $0 != ">" }
    let lines = [
      "My words.", "Reply: \(reply)", "> \(stop.uppercased())",
      "<https://x.example/u/\(stop.dropFirst(5).prefix { $0 != "@" })>",
      "And more: I wrote to \(reply), which \(stop.replacing("+", with: "%2B")) is not.",
      "reply+oldkeyoldkeyoldkeyold@forum.example.org", "One can stop+start it: \(reply.prefix(25))",
    ]
    try site.receive(Letter(from: "ana@example.net", to: reply, text: lines.joined(separator: "\n")).raw)
    try site.handleAndPost()
    let body = try #require(try site.bodies(in: thread).last)
    #expect(
      body == """
        My words.
        And more: I wrote to reply+…@forum.example.org, which stop%2B…@forum.example.org is not.
        One can stop+start it: reply+…
        """)
    let elided = try #require(try site.ledgerText("SELECT elided FROM reply").first)
    #expect(elided.contains("https://x.example/u/") && elided.contains("reply+oldkey"), "nothing is lost")
  }

  @Test("X2, X3: a token that was changed, cut, or is of another kind is worth nothing, and is never answered")
  func badTokens() throws {
    let (site, thread) = try site()
    let copy = try #require(site.relay.mails(to: "ana").first)
    site.relay.clear()
    let token = copy.field("Reply-To").dropFirst("reply+".count).prefix { $0 != "@" }
    let bounce = TestSite.keys.token(for: .bounce(delivery: 1), key: 1)
    for (index, bad) in ["\(token.dropLast())", "\(token)a", "a\(token)", bounce, ""].enumerated() {
      try site.receive(
        Letter(from: "eve@evil.example", to: "reply+\(bad)@forum.example.org", text: "x", id: "\(index)@e").raw)
    }
    #expect(try site.handle() == [.badToken: 5])
    try site.postReplies()
    try site.deliver()
    #expect(site.relay.accepted.isEmpty)
    #expect(try site.bodies(in: thread).count == 1)
  }

  @Test("I2, I3: what a person writes to another's address, which a post named, comes back to them alone")
  func planted() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    try site.publish(in: thread)
    try site.deliver()
    let own = try #require(site.relay.mails(to: "ana").first)
    let bens = try #require(site.relay.mails(to: "ben").first).field("Reply-To")
    for (index, from) in ["ana@example.net", "ana@private.example", "ana@example.net", "eve@evil.example"].enumerated()
    {
      site.relay.clear()
      var letter = Letter(from: from, to: bens, text: "My vote \(index) is no.", id: "\(index)@x")
      if index < 2 { letter.more = ["References: \(own.messageID)"] }
      try site.receive(letter.raw)
      try site.handleAndPost()
      let told = try #require(site.relay.accepted.first)
      #expect(site.relay.accepted.count == 1)
      #expect(told.name == (index == 3 ? "ben" : "ana"))
      guard index < 3 else { continue }
      #expect(told.words.contains("My vote") == (from == "ana@example.net"), "from an address of theirs it goes back")
      #expect(told.words.contains("the replies of another participant alone"))
      #expect(told.words.contains(own.field("Reply-To")) == (index < 2), "the address that was theirs to write to")
      #expect(!told.text.contains("ben@"))
    }
    #expect(try site.bodies(in: thread).count == 1)
    #expect(try site.ledger.parkedReplies(limit: 9).map(\.reply.body) == ["My vote 3 is no."])
    var command = Letter(from: "ana@example.net", to: "listserv@forum.example.org, \(bens)", text: "SET risk NOMAIL")
    command.id = "9@x"
    site.relay.clear()
    try site.receive(command.raw)
    #expect(try site.handle() == [.unconfirmed: 1])
    try site.deliver()
    #expect(site.relay.accepted.map(\.name) == ["ana"])
  }

  @Test("I2: an address of somebody's that was signed, written into a post, is in no copy of it")
  func masked() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    try site.publish(in: thread)
    try site.deliver()
    let planted = try #require(site.relay.mails(to: "ben").first).field("Reply-To")
    let token = planted.dropFirst("reply+".count).prefix { $0 != "@" }
    site.relay.clear()
    try site.fixture.post(in: thread, "Send your votes to \(planted) before Friday.")
    try site.settle()
    try site.deliver()
    let copy = try #require(site.relay.mails(to: "ana").first)
    #expect(copy.words.contains("Send your votes to reply+…@forum.example.org before Friday."))
    #expect(!copy.text.replacing("=\r\n", with: "").contains(token))
  }
}
