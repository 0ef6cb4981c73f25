import Forum
import Inbound
import Ledger
import TestSupport
import Testing
import Time

@testable import Jobs

/// Replies in a person's name, to the wrong place, or of a machine.
extension ReplyTests {
  /// The copies of one post each in two threads of a discussion, and in a thread of another one.
  private func places() throws -> (TestSite, threads: [String], copies: [ScriptedRelay.Mail]) {
    let site = try TestSite()
    let ana = try site.fixture.participant("ana")
    let other = try site.fixture.writer.addDiscussion(title: "Capacity-building", slug: "capacity")
    let threads = try [
      site.fixture.thread(), site.fixture.thread("Second thread"), site.fixture.thread("Third thread", in: other),
    ]
    for thread in threads {
      try site.fixture.watch(thread: thread, by: [ana])
      try site.publish(in: thread)
      try site.deliver()
    }
    let copies = site.relay.mails(to: "ana")
    site.relay.clear()
    return (site, threads, copies)
  }

  @Test("I2, I7: an answer whose address and In-Reply-To name different threads comes back with both addresses")
  func contradictory() throws {
    let (site, threads, copies) = try places()
    for (index, to) in [1, 2].enumerated() {
      var letter = Letter(
        from: "ana@example.net", to: copies[to].field("Reply-To"), text: "To which \(to)?", id: "\(index)@x")
      letter.inReplyTo = copies[0].messageID
      try site.receive(letter.raw, for: index == 0 ? nil : copies[to].field("Reply-To"))
    }
    try site.handleAndPost()
    for thread in threads { #expect(try site.bodies(in: thread).count == 1) }
    #expect(site.relay.accepted.count == 2)
    for (answer, to) in zip(site.relay.accepted, [1, 2]) {
      #expect(answer.words.contains("To which \(to)?"))
      #expect(answer.words.contains("belong to different"))
      for copy in [copies[0], copies[to]] { #expect(answer.words.contains(copy.field("Reply-To"))) }
    }
  }

  @Test("I7: a reply to the addresses of two threads comes back with both; of two posts of one thread it is posted")
  func twoAddresses() throws {
    let (site, threads, copies) = try places()
    try site.publish(in: threads[0])
    try site.deliver()
    let second = try #require(site.relay.mails(to: "ana").first).field("Reply-To")
    site.relay.clear()
    let own = copies[0].field("Reply-To")
    for (index, other) in [copies[1].field("Reply-To"), second].enumerated() {
      let letter = Letter(from: "ana@example.net", to: "\(own), \(other)", text: "To both \(index).", id: "\(index)@x")
      try site.receive(letter.raw, for: own)
      try site.receive(letter.raw, for: other)
    }
    #expect(try site.handle() == [.refused: 1, .reply: 1])
    try site.handleAndPost()
    let answer = try #require(site.relay.mails(to: "ana").first)
    #expect(answer.words.contains("To both 0.") && answer.words.contains(own))
    #expect(answer.words.contains(copies[1].field("Reply-To")))
    #expect(try site.bodies(in: threads[0]).last == "To both 1.")
    #expect(try site.bodies(in: threads[1]).count == 1)
  }

  @Test(
    "M3, I7: an answer to another discussion's address is posted nowhere; to its own, or to one that none has, it is")
  func otherDiscussion() throws {
    let (site, threads, copies) = try places()
    for (index, name) in ["capacity", "risk", "former-name", "capacity, risk"].enumerated() {
      let to = name.split(separator: ", ").map { "\($0)@forum.example.org" }.joined(separator: ", ")
      var letter = Letter(from: "ana@example.net", to: to, text: "To \(name).", id: "\(index)@x")
      letter.inReplyTo = copies[0].messageID
      try site.receive(letter.raw)
    }
    #expect(try site.handle() == [.refused: 1, .reply: 3])
    try site.postReplies()
    try site.deliver()
    #expect(try site.bodies(in: threads[0]).dropFirst() == ["To risk.", "To former-name.", "To capacity, risk."])
    #expect(try site.bodies(in: threads[2]).count == 1)
    let answer = try #require(site.relay.accepted.first)
    #expect(answer.words.contains("To capacity.") && answer.words.contains(copies[0].field("Reply-To")))
  }

  @Test("I7: a private discussion's address does as much with an answer as one that no discussion has")
  func privateAddress() throws {
    let (site, threads, copies) = try places()
    let secret = try site.fixture.writer.addDiscussion(title: "Secret talks", slug: "secret", isPrivate: true)
    try site.publish(in: try site.fixture.thread("Hush", in: secret))
    for (index, name) in ["secret", "nowhere"].enumerated() {
      var letter = Letter(
        from: "ana@example.net", to: "\(name)@forum.example.org", text: "Words \(index)", id: "\(index)@x")
      letter.inReplyTo = copies[0].messageID
      try site.receive(letter.raw)
      #expect(try site.handle() == [.reply: 1], "\(name)")
    }
    try site.postReplies()
    #expect(try site.bodies(in: threads[0]).suffix(2) == ["Words 0", "Words 1"])
  }

  @Test("I2: where address and In-Reply-To are of one thread, the address decides")
  func addressDecides() throws {
    let (site, thread) = try site()
    try site.publish(in: thread)
    try site.deliver()
    let copies = site.relay.mails(to: "ana")
    var letter = Letter(from: "ana@example.net", to: copies[1].field("Reply-To"), text: "To the second.")
    letter.inReplyTo = copies[0].messageID
    try site.receive(letter.raw)
    #expect(try site.handle() == [.reply: 1])
    #expect(try site.ledgerText("SELECT CAST(post AS TEXT) FROM reply") == ["2"])
  }

  @Test("I2: a post's own reply address decides where the digest is answered that it stands in")
  func addressInDigest() throws {
    let (site, threads, copies) = try places()
    var preferences = Preferences()
    preferences.mode = .digest
    try site.fixture.writer.set(preferences, of: "1")
    for thread in threads { try site.publish(in: thread) }
    site.wait(until: "2026-05-27T08:00:00Z")
    try site.dispatch()
    let digest = try #require(site.relay.mails(to: "ana").last)
    #expect(digest.isDigest)
    var letter = Letter(from: "ana@example.net", to: copies[1].field("Reply-To"), text: "To the second thread.")
    letter.inReplyTo = digest.messageID
    try site.receive(letter.raw)
    #expect(try site.handle() == [.reply: 1])
    try site.postReplies()
    #expect(try site.bodies(in: threads[1]).last == "To the second thread.")
  }

  @Test("X1: nothing that turns the text behind it, and no control character, gets into a post; languages' marks stay")
  func controls() throws {
    let (site, thread) = try site()
    let copy = try #require(site.relay.mails(to: "ana").first)
    let text =
      "One\u{0}\u{1B}[31m two\u{9F}\u{7F}.\n\u{202E}evil\u{202C} \u{2067}open\n\u{2066}pair\u{2069} \u{2069}end"
      + "\u{FEFF}\u{2060}\nمی\u{200C}خواهم क\u{94D}\u{200D}ष \u{200E}x\u{200F}\ttab"
    try site.receive(Letter(from: "ana@example.net", to: copy.field("Reply-To"), text: text).raw)
    try site.receive(
      Letter(from: "ana@example.net", to: copy.field("Reply-To"), text: "\u{FEFF}\u{202E}\u{FEFF}", id: "2@x").raw)
    #expect(try site.handle() == [.reply: 1, .refused: 1])
    try site.postReplies()
    let body = try #require(try site.bodies(in: thread).last)
    #expect(
      body
        == "One[31m two.\nevil open\n\u{2066}pair\u{2069} end\u{2060}\nمی\u{200C}خواهم क\u{94D}\u{200D}ष \u{200E}x\u{200F}\ttab"
    )
  }

  @Test("I3: a stranger's mails use up nobody's questions: each path has its own, the same thing is asked once a day")
  func questions() throws {
    let (site, _) = try site()
    let copy = try #require(site.relay.mails(to: "ana").first)
    site.relay.clear()
    func receive(_ from: String, _ text: String, _ id: String) throws -> [String] {
      try site.receive(Letter(from: from, to: copy.field("Reply-To"), text: text, id: "\(id)@x").raw)
      #expect(try site.handle() == [.parked: 1])
      try site.deliver()
      defer { site.relay.clear() }
      return site.relay.accepted.map(\.words)
    }
    var asked = 0
    for number in 1...10 { asked += try receive("eve@evil.example", "Spam \(number)", "e\(number)").count }
    #expect(asked == 3)
    for number in 1...10 { asked += try receive("eve\(number)@evil.example", "Spam", "f\(number)").count }
    #expect(asked == 13)
    let own = "My text, from my telephone:\n\(String(repeating: "and more of it, ", count: 30))the end."
    let question = try receive("ana@private.example", own, "a1")
    #expect(question.count == 1)
    #expect(question[0].contains("the end."), "all of it is shown")
    #expect(try receive("ana@private.example", own + " ", "a2").isEmpty)
    #expect(try receive("ana@private.example", "Another text.", "a3").count == 1)
    site.clock.advance(by: 86_401)
    #expect(try receive("ana@private.example", own, "a4").count == 1)
  }

  @Test("I3, I9: a text that a stranger sent first does not make the person's own a second one")
  func sameText() throws {
    let (site, _) = try site()
    let copy = try #require(site.relay.mails(to: "ana").first)
    try site.receive(Letter(from: "eve@evil.example", to: copy.field("Reply-To"), text: "I agree.", id: "1@e").raw)
    try site.receive(Letter(from: "ana@example.net", to: copy.field("Reply-To"), text: "I agree.", id: "2@x").raw)
    #expect(try site.handle() == [.parked: 1, .reply: 1])
  }

  @Test("I7: what is said of a stranger's mail is not said as if the person had sent it, and blocks no word to them")
  func strangersRefusal() throws {
    let (site, _) = try site()
    let copy = try #require(site.relay.mails(to: "ana").first)
    site.relay.clear()
    let large = String(repeating: "Words and words. ", count: 10_000)
    for (index, from) in ["eve@evil.example", "ana@example.net"].enumerated() {
      try site.receive(Letter(from: from, to: copy.field("Reply-To"), text: large, id: "\(index)@x").raw)
    }
    try site.handleAndPost()
    #expect(site.relay.accepted.map { $0.field("Subject").hasPrefix("Your reply was not posted") } == [false, true])
    let other = try #require(site.relay.accepted.first)
    #expect(other.field("Subject").hasPrefix("A reply in your name was not posted"))
    #expect(other.words.contains("e…@evil.example") && other.words.contains("if that was not you"))
  }

  @Test("F3: an answer to a post that has moved to where its author is not let in comes back without a title of that")
  func movedOutOfSight() throws {
    let (site, thread) = try site()
    let copy = try #require(site.relay.mails(to: "ana").first)
    let closed = try site.fixture.writer.addDiscussion(
      title: "Secret matters", slug: "secret", closesAt: site.clock.now - 60, isPrivate: true)
    try site.fixture.forum.write {
      try $0.run("UPDATE thread SET discussion = \(closed), title = 'Hidden title' WHERE id = \(thread)")
    }
    site.relay.clear()
    try site.receive(Letter(from: "ana@example.net", to: copy.field("Reply-To"), text: "My words.").raw)
    try site.handleAndPost()
    let answer = try #require(site.relay.mails(to: "ana").first)
    #expect(answer.words.contains("My words."))
    #expect(!answer.text.contains("Secret") && !answer.text.contains("Hidden"))
  }

  @Test(
    "I4: who answers below, above or within a mail quoted whole without any mark is posted with their own words",
    arguments: [
      "M\n\n\(objection)\n", "\(objection)\n\nM\n",
      "On Tue, 26 May 2026 at 10:00, Bob wrote:\nM\n\n\(objection)\n",
      "-----Original Message-----\nM\n\n\(objection)\n",
    ])
  func unmarked(shape: String) throws {
    let site = try TestSite()
    let (ana, bob) = try (site.fixture.participant("ana"), site.fixture.participant("bob"))
    let thread = try site.fixture.thread()
    try site.fixture.watch(thread: thread, by: [ana])
    let post = "Our ministry supports the draft without reservation."
    try site.fixture.post(in: thread, by: bob, post)
    site.clock.advance(by: 600)
    try site.dispatch()
    let copy = try #require(site.relay.mails(to: "ana").last)
    let mail = try #require(MessageReader().read(Array(copy.text.utf8)).parts.first { $0.type == "text/plain" }?.text)
    let text = shape.replacing("M\n", with: mail + "\n")
    site.clock.advance(by: 600)
    try site.receive(Letter(from: "ana@example.net", to: copy.field("Reply-To"), text: text).raw)
    try site.handleAndPost()
    #expect(
      try site.bodies(in: thread).dropFirst() == [Self.objection],
      "\((try? site.bodies(in: thread)) ?? []) \(site.relay.accepted.last?.words ?? "")")
  }

  static let objection = "I strongly object to this, and so does my ministry."
}
