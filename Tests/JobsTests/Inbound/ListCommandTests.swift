import Forum
import Ledger
import TestSupport
import Testing
import Time

@testable import Jobs

@Suite("Commands by mail")
struct ListCommandTests {
  @Test(
    "I8: are known in any case, in the subject or the text, quoted or signed, several in one",
    arguments: [
      ("SET ART22 DIGEST", "", ["set art22 digest"]),
      ("Re: set art22 nodigest", "", ["set art22 nodigest"]),
      ("", "set ART22 nomail\nQUERY\n\n-- \nAna\nHELP", ["set art22 nomail", "query"]),
      ("", "> SIGNOFF art22", ["signoff art22"]),
      ("hello", "Dear list,\nset risk assessment mail\nThank you", ["set risk assessment mail"]),
      ("", "What is this?\nI do not know.", ["what is this?"]),
      ("", "", []),
    ] as [(String, String, [String])])
  func read(_ subject: String, _ text: String, _ expected: [String]) {
    #expect(ListCommand.read(subject: subject, text: text).map { $0.line.lowercased() } == expected)
  }

  @Test("I8: no message has more of them than 20 obeyed")
  func limit() {
    let text = (1...100).map { "SET forum\($0) DIGEST" }.joined(separator: "\n")
    #expect(ListCommand.read(subject: "", text: text).count == 20)
  }

  private func site() throws -> (TestSite, String, discussion: String) {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    try site.publish(in: thread)
    try site.deliver()
    let slug = try site.fixture.forum.read { try $0.first("SELECT slug FROM discussion") { $0.text(0) } }!
    return (site, thread, slug)
  }

  private func command(_ text: String, _ site: TestSite, id: String = "c1", proof: String? = nil) throws {
    var letter = Letter(
      from: "ana@example.net", to: "listserv@forum.example.org", subject: "", text: text, id: "\(id)@x")
    letter.inReplyTo = proof
    try site.receive(letter.raw)
  }

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

  @Test(
    "I8: with a token, in answer to a mail of ours, commands are done at once",
    arguments: [
      ("SET %@ NOMAIL", []), ("SIGNOFF %@", []), ("SET * NOMAIL", []), ("SET %@ NODIGEST", ["ana"]), ("QUERY", ["ana"]),
      ("SET nothing DIGEST", ["ana"]),
    ] as [(String, [String])])
  func atOnce(_ text: String, _ hearing: [String]) throws {
    let (site, thread, slug) = try site()
    let copy = try #require(site.relay.mails(to: "ana").first)
    site.relay.clear()
    try command(text.replacing("%@", with: slug), site, proof: copy.messageID)
    #expect(try site.handle() == [.command: 1])
    try site.deliver()
    #expect(site.relay.accepted.map(\.name) == ["ana"])
    site.relay.clear()
    try site.publish(in: thread)
    try site.deliver()
    #expect(site.relay.accepted.map(\.name) == hearing + ["ben"])
  }

  @Test("I6, I8: a stranger's commands are obeyed and answered by nobody; a forger's proof is not the person's")
  func strangers() throws {
    let (site, _, slug) = try site()
    let copy = try #require(site.relay.mails(to: "ana").first)
    site.relay.clear()
    var letter = Letter(
      from: "eve@evil.example", to: "listserv@forum.example.org", subject: "SET \(slug) NOMAIL", text: "", id: "1@e")
    try site.receive(letter.raw)
    letter.inReplyTo = copy.messageID
    letter.id = "2@e"
    try site.receive(letter.raw)
    #expect(try site.handle() == [.stranger: 2])
    try site.deliver()
    #expect(site.relay.accepted.isEmpty)
  }

  @Test("M3: a mail to a stop address ends the watch that the copy came by, whoever's program sends it")
  func stop() throws {
    let (site, thread, _) = try site()
    let copy = try #require(site.relay.mails(to: "ana").first)
    let address = try #require(copy.field("List-Unsubscribe").split(separator: "mailto:").last).prefix { $0 != ">" }
    site.relay.clear()
    var letter = Letter(from: "noreply@program.example", to: String(address), subject: "unsubscribe", text: "")
    letter.more = ["Auto-Submitted: auto-generated"]
    try site.receive(letter.raw)
    #expect(try site.handle() == [.stop: 1])
    try site.deliver()
    #expect(site.relay.accepted.map(\.name) == ["ana"])
    site.relay.clear()
    try site.publish(in: thread)
    try site.deliver()
    #expect(site.relay.accepted.map(\.name) == ["ben"])
  }

  @Test("I7: a participant who writes to an address that leads to no thread is told so, once a day; a stranger is not")
  func unaddressed() throws {
    let (site, _, _) = try site()
    site.relay.clear()
    for (index, from) in ["ana@example.net", "ana@example.net", "eve@evil.example"].enumerated() {
      try site.receive(
        Letter(from: from, to: "discussion-1@forum.example.org", subject: "Hello", text: "Text", id: "\(index)@x").raw)
    }
    #expect(try site.handle() == [.refused: 2, .stranger: 1])
    try site.deliver()
    #expect(site.relay.accepted.map(\.name) == ["ana"])
  }
}
