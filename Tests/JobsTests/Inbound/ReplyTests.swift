import Forum
import Ledger
import TestSupport
import Testing
import Time

@testable import Jobs

@Suite("Replies by mail")
struct ReplyTests {
  /// Ana and Ben watch; a post has reached both.
  func site(isModerated: Bool = false) throws -> (TestSite, String) {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    if isModerated { try site.fixture.forum.write { try $0.run("UPDATE discussion SET is_moderated = 1") } }
    try site.publish(in: thread)
    try site.deliver()
    return (site, thread)
  }

  @Test("I2, I5: a reply becomes a post of its author's and goes to the other watchers, as any post")
  func circle() throws {
    let (site, thread) = try site()
    let copy = try #require(site.relay.mails(to: "ana").first)
    try site.receive(Letter(from: "Ana <ana@example.net>", to: copy.field("Reply-To"), text: "I agree.\n\nAna").raw)
    #expect(try site.handle() == [.reply: 1])
    #expect(try site.postReplies().posted == 1)
    #expect(try site.bodies(in: thread).last == "I agree.\n\nAna")
    site.relay.clear()
    try site.settle()
    try site.deliver()
    #expect(site.relay.accepted.map(\.name) == ["ben"])
  }

  @Test("M3: a reply to the discussion's constant address is known by In-Reply-To, or by References alone")
  func byMessageID() throws {
    let (site, thread) = try site()
    let copy = try #require(site.relay.mails(to: "ana").first)
    var letter = Letter(from: "ana@example.net", to: "discussion-1@forum.example.org", text: "By In-Reply-To.")
    letter.inReplyTo = copy.messageID
    try site.receive(letter.raw)
    letter = Letter(
      from: "ana@example.net", to: "discussion-1@forum.example.org", text: "By References.", id: "2@x.net")
    letter.more = ["References: <other@example.net> \(copy.messageID)"]
    try site.receive(letter.raw)
    #expect(try site.handle() == [.reply: 2])
    try site.postReplies()
    #expect(try site.bodies(in: thread).suffix(2) == ["By In-Reply-To.", "By References."])
  }

  @Test(
    "I4: what was mailed is known in a quotation without any mark, also in an older text of the post, or in a digest")
  func quotedWithoutMarks() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let post = try site.fixture.post(
      in: thread, "The precautionary approach applies wherever there is a threat of serious damage to biodiversity.")
    try site.settle()
    try site.deliver()
    let copy = try #require(site.relay.mails(to: "ana").first)
    try site.fixture.writer.edit(
      post: post, body: "Withdrawn by its author, who has thought better of it since then.", at: site.clock.now)
    let text = """
      I agree with the first half.

      BCH forum, somebody said some day
      The precautionary approach applies wherever there is a threat
      of serious damage to biodiversity.
      """
    try site.receive(Letter(from: "ana@example.net", to: copy.field("Reply-To"), text: text).raw)
    try site.handleAndPost()
    let body = try #require(try site.bodies(in: thread).last)
    #expect(body.hasPrefix("I agree with the first half."))
    #expect(!body.contains("precautionary approach"))
  }

  @Test("I4: where quotations are marked, what a person wrote stays, however much it is like the post that they answer")
  func wording() throws {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana"])
    let article =
      "Each Party shall, within twelve months of its entry into force, report on the measures that it has taken."
    try site.fixture.post(in: thread, article)
    try site.settle()
    try site.deliver()
    let copy = try #require(site.relay.mails(to: "ana").first)
    let words = "I would write instead:\n\n\(article.replacing("twelve months", with: "six days"))\n\nAna"
    let text =
      "\(words)\n\nOn Tue, 26 May 2026 at 10:00, BCH forum wrote:\n> \(article)\n> \n> Reply to: \(copy.field("Reply-To"))"
    try site.receive(Letter(from: "ana@example.net", to: copy.field("Reply-To"), text: text).raw)
    try site.handleAndPost()
    #expect(try site.bodies(in: thread).last == words)
  }

  @Test("I1: the same message is handled once, to whichever of our addresses it came, and however often it is found")
  func once() throws {
    let (site, thread) = try site()
    let copy = try #require(site.relay.mails(to: "ana").first)
    var letter = Letter(
      from: "ana@example.net", to: "\(copy.field("Reply-To")), discussion-1@forum.example.org", text: "Once.")
    letter.inReplyTo = copy.messageID
    #expect(try site.receive(letter.raw, for: copy.field("Reply-To")) != nil)
    #expect(try site.receive("Received: by mx\r\n" + letter.raw, for: "discussion-1@forum.example.org") == nil)
    #expect(try site.receive(letter.raw.replacing("\r\n", with: "\n")) == nil)
    try site.handleAndPost()
    #expect(try site.receive(letter.raw) == nil)
    try site.handleAndPost()
    #expect(try site.bodies(in: thread).filter { $0 == "Once." }.count == 1)
  }

  @Test("I3: a reply from another address waits until the person's own address confirms it; a forger hears nothing")
  func otherSender() throws {
    let (site, thread) = try site()
    let copy = try #require(site.relay.mails(to: "ana").first)
    site.relay.clear()
    try site.receive(Letter(from: "eve@evil.example", to: copy.field("Reply-To"), text: "Forged?").raw)
    #expect(try site.handle() == [.parked: 1])
    #expect(try site.postReplies().posted == 0)
    try site.deliver()
    #expect(site.relay.accepted.map(\.name) == ["ana"])
    let question = try #require(site.relay.accepted.first)
    #expect(question.field("Reply-To").hasPrefix("confirm+"))
    // Not from another address, and not twice.
    try site.receive(Letter(from: "eve@evil.example", to: question.field("Reply-To"), text: "Yes.", id: "2@e").raw)
    #expect(try site.handle() == [.badToken: 1])
    try site.receive(Letter(from: "ana@example.net", to: question.field("Reply-To"), text: "No, never!", id: "5@e").raw)
    #expect(try site.handle() == [.confirmation: 1])
    #expect(try site.postReplies().posted == 0)
    try site.receive(Letter(from: "ana@example.net", to: question.field("Reply-To"), text: "Yes.", id: "3@e").raw)
    #expect(try site.handle() == [.confirmation: 1])
    try site.receive(Letter(from: "ana@example.net", to: question.field("Reply-To"), text: "Yes.", id: "4@e").raw)
    #expect(try site.handle() == [.confirmation: 1])
    #expect(try site.postReplies().posted == 1)
    #expect(try site.bodies(in: thread).last == "Forged?")
  }

  @Test("I3: where a server is named that vouches for authors, its word is needed, and nobody else's is believed")
  func vouchedFor() throws {
    let (site, _) = try site()
    let copy = try #require(site.relay.mails(to: "ana").first)
    var settings = site.handling
    settings.authserv = "mx.forum.example.org"
    let results = [
      "mx.forum.example.org; spf=pass smtp.mailfrom=example.org; dmarc=pass header.from=example.net": Received.Outcome
        .reply,
      "mx.forum.example.org; dmarc=fail header.from=example.net": .parked,
      "mx.forum.example.org; spf=pass (dmarc=pass) smtp.mailfrom=dmarc=pass": .parked,
      "evil.example; dmarc=pass header.from=example.net": .parked,
      "": .parked,
    ]
    for (index, (field, outcome)) in results.sorted(by: { $0.key < $1.key }).enumerated() {
      var letter = Letter(
        from: "ana@example.net", to: copy.field("Reply-To"), text: "Text \(index)", id: "\(index)@example.net")
      if !field.isEmpty { letter.more = ["Authentication-Results: \(field)"] }
      // Anybody can put one below.
      letter.more.append("Authentication-Results: mx.forum.example.org; dmarc=pass")
      if field.isEmpty { letter.more.removeLast() }
      try site.receive(letter.raw)
      #expect(try site.handle(settings) == [outcome: 1], "\(field)")
    }
  }

  @Test(
    "I7: a reply that cannot be posted comes back with its text and the reason, each text once a day",
    arguments: ["closed thread", "closed discussion", "private", "hidden", "empty", "stop word", "too large"])
  func refused(_ why: String) throws {
    let (site, thread) = try site()
    let copy = try #require(site.relay.mails(to: "ana").first)
    site.relay.clear()
    var text = "My own words."
    let forum = site.fixture.forum
    func change(_ sql: String) throws { try forum.write { try $0.run(sql) } }
    switch why {
    case "closed thread": try change("UPDATE thread SET closed = 1")
    case "closed discussion": try change("UPDATE discussion SET closes_at = \(site.clock.now.seconds - 1)")
    case "private": try change("UPDATE discussion SET is_private = 1")
    case "hidden": try change("UPDATE post SET state = 'hidden'")
    case "empty": text = "On Tue, 26 May 2026 at 10:00, BCH forum wrote:\n> quoted words"
    case "stop word": text = "Unsubscribe!"
    default: text = String(repeating: "Words and words. ", count: 10_000)
    }
    for id in 1...2 {
      try site.receive(
        Letter(from: "ana@example.net", to: copy.field("Reply-To"), text: text, id: "\(id)@example.net").raw)
      try site.handleAndPost()
      text += " Again."
      if why == "empty" { text = "On Tue, 26 May 2026 at 11:00, BCH forum wrote:\n> quoted words\n> again" }
      if why == "stop word" { text = "STOP" }
    }
    let answers = site.relay.accepted
    let hasText = why != "empty" && why != "stop word"
    #expect(answers.map(\.name) == (hasText ? ["ana", "ana"] : ["ana"]), "another text is not lost")
    let answer = try #require(answers.first)
    if hasText, why != "too large" {
      #expect(answer.words.contains("My own words.") && answers[1].words.contains("My own words. Again."))
    }
    #expect(answer.field("Auto-Submitted") == "auto-replied")
    #expect(try site.bodies(in: thread).count == 1)
  }

  @Test("I7: whether a discussion was open is judged by when the mail arrived, not by when it is handled or dated")
  func arrival() throws {
    let (site, thread) = try site()
    let copy = try #require(site.relay.mails(to: "ana").first)
    let closing = site.clock.now + 60
    try site.fixture.forum.write { try $0.run("UPDATE discussion SET closes_at = $1", [.integer(closing.seconds)]) }
    try site.receive(
      Letter(from: "ana@example.net", to: copy.field("Reply-To"), text: "In time.").raw, at: closing - 1)
    try site.receive(
      Letter(from: "ana@example.net", to: copy.field("Reply-To"), text: "Too late.", id: "2@x").raw, at: closing)
    site.clock.advance(by: 3600)
    try site.handleAndPost()
    #expect(try site.bodies(in: thread).dropFirst() == ["In time."])
  }

  @Test("I5: in a moderated discussion a reply waits for its moderator, and its author is told so")
  func moderated() throws {
    let (site, _) = try site(isModerated: true)
    let copy = try #require(site.relay.mails(to: "ana").first)
    site.relay.clear()
    try site.receive(Letter(from: "ana@example.net", to: copy.field("Reply-To"), text: "Please approve.").raw)
    try site.handleAndPost()
    let states = try site.fixture.forum.read { try $0.query("SELECT state FROM post ORDER BY id") { $0.text(0) } }
    #expect(states == ["visible", "pending"])
    #expect(site.relay.accepted.map(\.name) == ["ana"])
    site.relay.clear()
    try site.fixture.writer.setVisibility(.visible, ofPost: "2")
    try site.settle()
    try site.deliver()
    #expect(site.relay.accepted.map(\.name) == ["ben"])
  }

  @Test("I7: an answer to a digest of one thread is posted there; one of several comes back with each thread's address")
  func digests() throws {
    let site = try TestSite()
    let ana = try site.fixture.participant("ana", mode: .digest)
    let first = try site.fixture.thread()
    try site.fixture.watch(thread: first, by: [ana])
    try site.publish(2, in: first)
    site.wait(until: "2026-05-27T08:00:00Z")
    try site.dispatch()
    let digest = try #require(site.relay.mails(to: "ana").last)
    #expect(digest.isDigest)
    try site.receive(Letter(from: "ana@example.net", to: digest.field("Reply-To"), text: "To the one thread.").raw)
    try site.handleAndPost()
    #expect(try site.bodies(in: first).last == "To the one thread.")

    let second = try site.fixture.thread()
    try site.fixture.watch(thread: second, by: [ana])
    try site.publish(in: first)
    try site.publish(in: second)
    site.clock.advance(by: 86_400)
    try site.dispatch()
    let both = try #require(site.relay.mails(to: "ana").last)
    #expect(both.isDigest && both.messageID != digest.messageID)
    site.relay.clear()
    var letter = Letter(from: "ana@example.net", to: "digest@forum.example.org", text: "To which?", id: "2@x")
    letter.inReplyTo = both.messageID
    try site.receive(letter.raw)
    #expect(try site.handle() == [.refused: 1])
    try site.postReplies()
    try site.deliver()
    let answer = try #require(site.relay.accepted.first)
    #expect(answer.text.contains("To which?"))
    #expect(answer.text.components(separatedBy: "reply+").count > 2)
  }
}
