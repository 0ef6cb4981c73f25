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
      ("", "SET \"Risk assessment\" DIGEST", ["set \"risk assessment\" digest"]),
      ("", "Hello,\nSET ART22 DIGESTS\nSET ART22 NOMAIL", ["set art22 digests", "set art22 nomail"]),
      ("", "Please unsubscribe me!", ["please unsubscribe me!"]), ("Ayuda", "", ["ayuda"]),
      ("", "What is this?\nI do not know.", ["what is this?"]),
      ("", "", []),
    ] as [(String, String, [String])])
  func read(_ subject: String, _ text: String, _ expected: [String]) {
    #expect(ListCommand.read(subject: subject, text: text).map { $0.line.lowercased() } == expected)
  }

  @Test(
    "I8: a discussion is called by its title too, in quotation marks; words that ask for an end or for help are known")
  func words() {
    for line in ["SET \"Risk assessment\" DIGEST", "set «Risk assessment» digest", "SET “Risk  assessment” DIGEST"] {
      #expect(ListCommand(line) == .set("Risk assessment", .digest))
    }
    #expect(ListCommand("SIGNOFF 'Risk assessment'") == .signOff("Risk assessment"))
    for line in ["unsubscribe", "Signoff", "STOP", "désinscription", "отписаться", "退订", "إلغاء الاشتراك", "baja"] {
      #expect(ListCommand(line) == .stop, "\(line)")
    }
    for line in ["HELP", "Aide", "AYUDA", "справка", "帮助", "مساعدة"] { #expect(ListCommand(line) == .help, "\(line)") }
  }

  @Test("I8: no message has more of them than 20 obeyed")
  func limit() {
    let text = (1...100).map { "SET forum\($0) DIGEST" }.joined(separator: "\n")
    #expect(ListCommand.read(subject: "", text: text).count == 20)
  }

  func site() throws -> (TestSite, String, discussion: String) {
    let site = try TestSite()
    let thread = try site.thread(watchedBy: ["ana", "ben"])
    try site.publish(in: thread)
    try site.deliver()
    let slug = try site.fixture.forum.read { try $0.first("SELECT slug FROM discussion") { $0.text(0) } }!
    return (site, thread, slug)
  }

  func command(
    _ text: String, _ site: TestSite, id: String = "c1", proof: String? = nil, host: String? = nil
  ) throws {
    var letter = Letter(
      from: "ana@example.net", to: "listserv@forum.example.org", subject: "", text: text, id: "\(id)@x")
    letter.inReplyTo = proof
    let received = host.map { "Received: from mail.example.net (x \($0)) by mx.forum.example.org; today\r\n" } ?? ""
    try site.receive(received + letter.raw)
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

  @Test("I8: of a discussion that a person may not read an answer says no more than of one that is not there")
  func unreadable() throws {
    let (site, thread, _) = try site()
    let copy = try #require(site.relay.mails(to: "ana").first)
    let secret = try site.fixture.writer.addDiscussion(title: "Secret talks", slug: "secret", isPrivate: true)
    try site.publish(in: try site.fixture.thread("Hush", in: secret))
    // A watch that was set while they might.
    try site.fixture.put(Watch(scope: .discussion, mode: .instant, since: site.clock.now - 60), on: secret, by: "1")
    site.relay.clear()
    func answer(_ text: String, _ id: String) throws -> String {
      try command(text, site, id: id, proof: copy.messageID)
      #expect(try site.handle() == [.command: 1])
      try site.deliver()
      defer { site.relay.clear() }
      site.clock.advance(by: 86_401)
      return try #require(site.relay.accepted.first).words
    }
    for (index, form) in ["SET %@ MAIL", "SET %@ DIGEST", "SIGNOFF %@"].enumerated() {
      for name in ["secret", "Secret talks", secret] {
        let text = try answer(form.replacing("%@", with: name), "s\(index)\(name.count)")
        #expect(text.contains("No discussion of this name is known"))
        #expect(!text.contains("Secret talks:"))
      }
    }
    #expect(try !answer("QUERY", "q").contains("Secret"))
    #expect(try site.fixture.source.watches(of: "1").contains { $0.target == secret && $0.watch.mode == .instant })
    // A public one of the same title is the only one.
    func rename(_ title: String) throws {
      try site.fixture.forum.write {
        try $0.run("UPDATE discussion SET title = $1 WHERE is_private = 1", [.text(title)])
      }
    }
    try rename("Risk assessment")
    #expect(try !answer("SET Risk assessment DIGEST", "t").contains("No discussion of this name"))
    try rename("Secret talks")
    try site.fixture.forum.write {
      try $0.run("INSERT INTO member (discussion, participant) VALUES ($1, $2)", [.text(secret), .text("1")])
    }
    #expect(try answer("SET secret NOMAIL", "m").contains("Secret talks:"))
    #expect(try site.bodies(in: thread).count == 1)
  }

  @Test("I8: where accounts share an address, a signed address says whose commands they are; else it is told how")
  func sharedAddress() throws {
    let (site, thread, slug) = try site()
    try site.fixture.forum.write {
      try $0.run("UPDATE participant SET address = 'both@example.net' WHERE name IN ('ana', 'ben')")
    }
    let copies = site.relay.accepted
    site.relay.clear()
    for id in 1...2 {
      try site.receive(
        Letter(
          from: "both@example.net", to: "listserv@forum.example.org", subject: "", text: "SET \(slug) NOMAIL",
          id: "\(id)@x"
        ).raw)
    }
    #expect(try site.handle() == [.refused: 2])
    try site.deliver()
    #expect(site.relay.accepted.count == 1)
    #expect(site.relay.accepted[0].words.contains("Please reply to a message that was sent to"))
    site.relay.clear()
    let ben = try #require(copies.first { $0.name == "ben" })
    try site.receive(
      Letter(from: "both@example.net", to: ben.field("Reply-To"), subject: "", text: "SET \(slug) NOMAIL", id: "3@x")
        .raw)
    #expect(try site.handle() == [.command: 1])
    try site.deliver()
    site.relay.clear()
    try site.publish(in: thread)
    try site.deliver()
    #expect(site.relay.accepted.count == 1)
  }

  @Test("M3: a mail to a stop address ends the watch that the copy came by, whoever's program sends it")
  func stop() throws {
    let (site, thread, _) = try site()
    let copy = try #require(site.relay.mails(to: "ana").first)
    let address = try #require(copy.field("List-Unsubscribe").split(separator: "mailto:").last).prefix { $0 != ">" }
    site.relay.clear()
    var letter = Letter(from: "noreply@program.example", to: String(address), subject: "unsubscribe", text: "")
    // What answers mail by itself stops nobody's, and is answered by nobody.
    letter.more = ["Auto-Submitted: auto-replied"]
    try site.receive(letter.raw)
    #expect(try site.handle() == [.automatic: 1])
    try site.deliver()
    #expect(site.relay.accepted.isEmpty)
    letter.more = []
    letter.id = "2@x"
    try site.receive(letter.raw)
    #expect(try site.handle() == [.stop: 1])
    try site.deliver()
    #expect(site.relay.accepted.map(\.name) == ["ana"])
    site.relay.clear()
    try site.publish(in: thread)
    try site.deliver()
    #expect(site.relay.accepted.map(\.name) == ["ben"])
  }

  @Test(
    "I7: a participant whose mail answers none of ours gets their text back, to whatever address it went; a stranger not"
  )
  func unaddressed() throws {
    let (site, _, slug) = try site()
    try site.fixture.writer.addDiscussion(title: "Secret talks", slug: "secret", isPrivate: true)
    var answers: Set<String> = []
    var told = 0
    for (index, name) in [slug, slug, "secret", "nowhere", "eve"].enumerated() {
      if index != 1 { site.clock.advance(by: 86_401) }
      site.relay.clear()
      try site.receive(
        Letter(
          from: name == "eve" ? "eve@evil.example" : "ana@example.net", to: "\(name)@forum.example.org",
          subject: "Hello", text: "My long text.", id: "\(index)@x"
        ).raw)
      try site.handle()
      try site.deliver()
      told += site.relay.accepted.count
      // Its stop address tells the day.
      answers.formUnion(
        site.relay.accepted.map { $0.words.replacing(/(stop\+|\/u\/)[a-z2-7]+/, with: "") })
    }
    #expect(told == 3 && answers.allSatisfy { $0.contains("My long text.") }, "once a day")
    #expect(answers.count == 1, "no answer tells whether there is such a discussion")
  }

  /// What a person watches after commands in answer to a mail, and what is answered.
  private func after(
    _ commands: String, watching: Bool = true
  ) throws -> (scopes: [WatchScope], modes: [Mode?], answer: String) {
    let (site, thread, slug) = try site()
    let copy = try #require(site.relay.mails(to: "ana").first)
    let ana = try #require(try site.context.forum.participants(named: "ana@example.net").first)
    if !watching { _ = try site.context.members.removeWatch(.thread, target: thread, of: ana) }
    site.relay.clear()
    try command(commands.replacing("%@", with: slug), site, proof: copy.messageID)
    #expect(try site.handle() == [.command: 1])
    try site.deliver()
    let watches = try site.context.members.allWatches(of: ana)
    return (watches.map(\.watch.scope), watches.map(\.watch.mode), try #require(site.relay.accepted.first).words)
  }

  @Test(
    "I8: SET … DIGEST of who watches threads alone changes how these come, and brings nothing else; the answer says so")
  func threadsAlone() throws {
    for (line, mode) in [("SET %@ DIGEST", Mode.digest), ("SET %@ NODIGEST", .instant), ("SET %@ NOMAIL", .off)] {
      let after = try after(line)
      #expect(after.scopes == [.thread] && after.modes == [mode], "\(line)")
      #expect(after.answer.contains("You watch single threads there"), "\(after.answer)")
    }
    // Mail of the discussion: all of what they watch comes already.
    #expect(try Set(after("SET %@ MAIL").scopes) == [.thread, .discussion])
    #expect(try after("SET %@ NOMAIL\nSET %@ MAIL").scopes == [.thread])
    let begun = try after("SET %@ DIGEST", watching: false)
    #expect(begun.scopes == [.discussion] && begun.modes == [.digest])
    #expect(begun.answer.contains("You did not watch this discussion"), "\(begun.answer)")
  }

  @Test("I8: QUERY says of each thread by which name commands call its discussion; a title does as well")
  func names() throws {
    let (site, _, slug) = try site()
    let title = try #require(
      try site.fixture.forum.read { try $0.first("SELECT title FROM discussion") { $0.text(0) } })
    #expect(try after("QUERY").answer.contains(", in \(slug): "), "\(site)")
    #expect(try after("SET \"\(title)\" DIGEST").modes == [.digest])
  }

  @Test(
    "I8: who writes that they want no more mail, and not of what, is told first how; a wrong line is told beside a right one"
  )
  func stopWords() throws {
    let answer = try after("Unsubscribe").answer
    let told = try #require(answer.range(of: "SET * NOMAIL"))
    #expect(told.lowerBound < (answer.range(of: "SET NAME DIGEST")?.lowerBound ?? answer.startIndex))
    let both = try after("SET %@ DIGESTS\nSET %@ NOMAIL")
    #expect(both.modes == [.off] && both.answer.contains("DIGESTS This command is not known"), "\(both.answer)")
  }
}
