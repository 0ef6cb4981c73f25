import Ledger
import TestSupport
import Testing
import Time

@testable import Jobs

@Suite("What people answer to what we ask and tell")
struct DialogueTests {
  /// Ana watches; a post has reached her.
  private func site() throws -> (site: TestSite, thread: String, address: String, messageID: String) {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    try site.publish(in: thread)
    try site.deliver()
    let copy = try #require(site.relay.mails(to: "ana").first)
    site.relay.clear()
    return (site, thread, copy.field("Reply-To"), copy.messageID)
  }

  private let ana = "ana@example.net"

  @Test("I3: a yes from another address than the account's counts for nothing, and the account is told so, once")
  func elsewhere() throws {
    let (site, thread, address, _) = try site()
    try site.receive(Letter(from: "ana@other.example", to: address, text: "From my other address.").raw)
    try site.handle()
    try site.deliver()
    let question = try #require(site.relay.accepted.first)
    site.relay.clear()
    for (id, text) in [("2@x", "Yes."), ("3@x", "Yes."), ("4@x", "What is this?")] {
      try site.receive(Letter(from: "ana@other.example", to: question.field("Reply-To"), text: text, id: id).raw)
    }
    #expect(try site.handle() == [.badToken: 3])
    try site.handleAndPost()
    #expect(site.relay.accepted.map(\.name) == ["ana"])
    #expect(site.relay.accepted[0].words.contains("It counts only from the address to which this message was sent"))
    #expect(try site.bodies(in: thread).count == 1)
    try site.receive(Letter(from: ana, to: question.field("Reply-To"), text: "Yes.", id: "5@x").raw)
    try site.handleAndPost()
    #expect(try site.bodies(in: thread).last == "From my other address.")
  }

  @Test("I3, M3: a yes that a mail program sends to From is known by In-Reply-To")
  func toFrom() throws {
    let (site, thread, address, _) = try site()
    try site.receive(Letter(from: "ana@other.example", to: address, text: "Mine.").raw)
    try site.handle()
    try site.deliver()
    let question = try #require(site.relay.accepted.first)
    var letter = Letter(from: ana, to: "digest@forum.example.org", text: "YES", id: "2@x")
    letter.inReplyTo = question.messageID
    try site.receive(letter.raw)
    #expect(try site.handle() == [.confirmation: 1])
    try site.handleAndPost()
    #expect(try site.bodies(in: thread).last == "Mine.")
  }

  @Test("I7, M3: an answer to the notice that a reply was not posted answers the post that the reply did")
  func noticeAnswered() throws {
    let (site, thread, address, _) = try site()
    try site.receive(
      Letter(from: ana, to: address, text: "> I agree.\n\nOn Tue, 26 May 2026 10:00, Ben wrote:\n> x").raw)
    try site.receive(Letter(from: ana, to: address, text: "", id: "2@x").raw)
    try site.handle()
    try site.deliver()
    let notice = try #require(site.relay.accepted.first { $0.words.contains("no words of your own") })
    var letter = Letter(from: ana, to: "digest@forum.example.org", text: "Here they are.", id: "3@x")
    letter.inReplyTo = notice.messageID
    try site.receive(letter.raw)
    // Nobody else's answer to it is hers.
    letter.from = "eve@evil.example"
    letter.id = "4@x"
    letter.text = "Not hers."
    try site.receive(letter.raw)
    try site.handleAndPost()
    #expect(try site.bodies(in: thread).last == "Here they are.")
    #expect(try !site.bodies(in: thread).contains("Not hers."))
  }

  @Test("I9: whose replies wait for a moderator is told so, once for each post")
  func waiting() throws {
    let (site, thread, address, _) = try site()
    for number in 1...8 {
      try site.receive(
        Letter(from: ana, to: address, text: "Remark \("abcdefgh".prefix(number))", id: "\(number)@x").raw)
    }
    try site.handleAndPost()
    #expect(try site.bodies(in: thread).count == 6)
    #expect(site.relay.accepted.map(\.name) == ["ana"])
    #expect(site.relay.accepted[0].words.contains("once a moderator has approved it"))
  }

  @Test("I4: a picture that stands among a person's words, and not in HTML, is left out, and they are told")
  func picture() throws {
    let (site, thread, address, _) = try site()
    func image(_ name: String) -> String {
      "--b\r\nContent-Type: image/jpeg\r\nContent-Disposition: inline; filename=\(name)\r\n\r\n"
        + String(repeating: "x", count: 2000) + "\r\n"
    }
    func letter(_ kind: String, _ name: String, id: String) -> String {
      Letter(
        from: ana, to: address, text: "--b\r\n\r\nHere is the pond \(id.first!):\r\n\(image(name))--b--", id: id
      ).raw.replacing("text/plain; charset=utf-8", with: "multipart/\(kind); boundary=b")
    }
    try site.receive(letter("mixed", "pond.jpeg", id: "2@x"))
    try site.receive(letter("related", "logo.jpeg", id: "3@x"))
    try site.handleAndPost()
    #expect(try site.bodies(in: thread).suffix(2) == ["Here is the pond 2:", "Here is the pond 3:"])
    #expect(site.relay.accepted.map(\.name) == ["ana"])
    #expect(site.relay.accepted[0].words.contains("pond.jpeg"))
  }

  @Test("I7: a slip in a reply address is told to the participant who wrote, with their text; a stranger hears nothing")
  func slip() throws {
    let (site, _, address, _) = try site()
    let wrong = address.replacing("reply+a", with: "reply+b")
    try site.receive(Letter(from: ana, to: wrong, text: "My long remark.").raw)
    try site.receive(Letter(from: "eve@evil.example", to: wrong, text: "Hers.", id: "2@x").raw)
    #expect(try site.handle() == [.badToken: 2])
    try site.deliver()
    #expect(site.relay.accepted.map(\.name) == ["ana"])
    #expect(site.relay.accepted[0].words.contains("My long remark."))
  }
}
