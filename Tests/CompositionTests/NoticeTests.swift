import Composition
import Forum
import Identifiers
import Mail
import Testing
import Time

/// What Watchpost itself has to tell a person: never a reason for anybody's program to answer, nothing of anybody
/// else's.
@Suite("Notices") struct NoticeTests {
  private func read(_ notice: Notice, to recipient: Recipient = Samples.recipient()) throws -> MessageReader.Part {
    try MessageReader.read(try Samples.notice(notice, to: recipient).data)
  }

  private func sample(_ name: String) throws -> Notice {
    try #require(Samples.notices.first { $0.name == name }).notice
  }

  /// Without line ends, which stand where the width asks for them.
  private func flat(_ part: MessageReader.Part?) -> String {
    (part?.text ?? "").split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  @Test("I6: an answer has a null reverse-path and says that it is one", arguments: Samples.notices)
  func answers(_ sample: Samples.NamedNotice) throws {
    let message = try Samples.notice(sample.notice)
    let mail = try MessageReader.read(message.data)
    guard !["probe", "lifted", "lifted-none", "sign-in"].contains(sample.name) else {
      let path = try #require(message.envelope.reversePath)
      #expect(Samples.keys.verify(path.localPart.dropFirst("bounces+".count)) == .bounce(delivery: 5003))
      #expect(mail["Auto-Submitted"] == "auto-generated")
      #expect(mail["X-Auto-Response-Suppress"] == "DR, RN, NRN, OOF, AutoReply", "failure reports are wanted (B2)")
      return
    }
    #expect(message.envelope.reversePath == nil)
    #expect(mail["Auto-Submitted"] == "auto-replied")
    #expect(mail["X-Auto-Response-Suppress"] == "All")
    #expect(mail["In-Reply-To"] == "<CAJ+9240@mail.example.com>")
    #expect(mail["References"] == "<CAJ+9240@mail.example.com>")
  }

  @Test(
    "M1, M2, M4: every notice is from the site to one person, of no list, and named by its delivery",
    arguments: Samples.notices)
  func header(_ sample: Samples.NamedNotice) throws {
    let mail = try read(sample.notice)
    #expect(mail["From"] == "BCH forum <digest@forum.example.org>")
    #expect(mail["To"] == "Bo Li <bo.li@example.com>")
    #expect(mail["Precedence"] == "bulk")
    #expect(mail["Content-Language"] == "en")
    #expect(!mail.header.contains { $0.name.hasPrefix("List-") })
    let id = try #require(mail["Message-ID"]).dropFirst().prefix { $0 != "." }
    #expect(Samples.keys.verify(id) == .notice(person: 17, delivery: 5003))
    let again = try MessageReader.read(try Samples.notice(sample.notice, generation: 1).data)
    #expect(again["Message-ID"] == mail["Message-ID"]!.replacing(".0@", with: ".1@"))
  }

  @Test("M6: every notice says why it came, how to stop, and whose account it is about", arguments: Samples.notices)
  func foot(_ sample: Samples.NamedNotice) throws {
    let mail = try read(sample.notice)
    for part in mail.leaves {
      #expect(flat(part).contains("You are receiving this message because"))
      #expect(part.text.contains("https://forum.example.org/mail/u/"))
      #expect(part.text.contains("stop+"))
      #expect(part.text.contains("bo.li@example.com") && part.text.contains("help@example.org"))
    }
  }

  @Test("An answer goes where it does something, and nowhere else", arguments: Samples.notices)
  func replyTo(_ sample: Samples.NamedNotice) throws {
    let mail = try read(sample.notice)
    switch sample.notice.matter {
    case .confirmReply, .confirmCommands:
      let address = try #require(mail["Reply-To"])
      #expect(address.hasPrefix("confirm+") && address.hasSuffix("@forum.example.org"))
      let received: Int64 = if case .confirmReply = sample.notice.matter { 815 } else { 816 }
      let token = address.dropFirst("confirm+".count).prefix { $0 != "@" }
      #expect(Samples.keys.verify(token) == .confirm(person: 17, received: received))
      for part in mail.leaves { #expect(part.text.contains(address), "for programs that pass over Reply-To") }
    case .commands: #expect(mail["Reply-To"] == "listserv@forum.example.org")
    default: #expect(mail["Reply-To"] == nil)
    }
  }

  @Test("M5: who wants text alone gets text alone", arguments: Samples.notices)
  func textOnly(_ sample: Samples.NamedNotice) throws {
    let both = try read(sample.notice)
    #expect(both.leaves.map(\.type) == ["text/plain", "text/html"])
    let text = try read(sample.notice, to: Samples.recipient(textOnly: true))
    #expect(text.leaves.map(\.type) == ["text/plain"])
    // The tokens are the same: nothing of them is left to chance.
    #expect(text.leaves[0].text == both.leaves[0].text)
    for line in text.text.split(separator: "\n") where !line.contains("@") && !line.contains("://") {
      #expect(line.unicodeScalars.count <= 78, "\(line)")
    }
  }

  @Test("I7: the person's own text comes back with its lines, cut where it is huge, and no link is made of it")
  func returned() throws {
    let mail = try read(try sample("refused-closed"))
    #expect(mail.leaf("text/plain")!.text.contains("\n  maize   200 m\n  rice      3 m\n\nBo\n"))
    #expect(
      mail.leaf("text/html")!.text.contains("<p dir=\"auto\">&nbsp;&nbsp;maize&nbsp;&nbsp; 200 m<br>\n&nbsp;&nbsp;rice")
    )
    let endless = Notice.ReturnedText(String(repeating: "All work and no play. ", count: 2_000))
    let huge = flat(try read(Notice(.replyRefused(reason: .empty, text: endless), signingKey: 2)).leaf("text/plain"))
    let note = huge.components(separatedBy: "… The rest of your text was too long to be returned")
    #expect(note.count == 2 && note[0].utf8.count < 33_000)
    let text = Notice.ReturnedText("\n \na <b>https://evil.example</b>\r\n\u{202E}b\u{0}\n\n\n")
    #expect(text.text == "a <b>https://evil.example</b>\nb" && !text.isCut)
    let notice = Notice(.replyRefused(reason: .postGone, text: text), signingKey: 2)
    #expect(
      try read(notice).leaf("text/html")!.text.contains(
        "<p dir=\"auto\">a &lt;b&gt;https://evil.example&lt;/b&gt;<br>\nb</p>"))
    for count in [31_999, 32_000, 32_001, 128_000, 1_000_000] {
      let text = Notice.ReturnedText(String(repeating: "x", count: count))
      #expect(text.text.utf8.count == min(count, 32_000) && text.isCut == (count > 32_000))
    }
    #expect(Notice.ReturnedText(String(repeating: " ", count: 200_000) + "x").isCut)
    #expect(Notice.ReturnedText(" \n\t\n").text.isEmpty)
  }

  @Test("I3: of what may be a stranger's all is shown that would be posted, no link in it, the address masked")
  func confirm() throws {
    for part in try read(try sample("confirm-reply")).leaves {
      #expect(flat(part).contains("a…@mail.example.net"))
      #expect(!part.text.contains("ana.private") && !part.text.contains("bch.cbd.int"))
      #expect(flat(part).contains("see […] and […] for more."))
      #expect(flat(part).contains("Ana"))
    }
    let long = Notice(
      .confirmReply(
        received: 1, sender: "no address", text: Notice.ReturnedText(String(repeating: "word\n", count: 10_000)),
        octets: 50_000),
      signingKey: 2)
    let text = flat(try read(long).leaf("text/plain"))
    #expect(text.contains("from an address other than that of your account"))
    #expect((6000...6500).contains(text.components(separatedBy: "word").count))
    #expect(text.contains("the size of the whole text is 50 KB"))
  }

  @Test(
    "P4: no word that looks like an address is left of what may be a stranger's",
    arguments: [
      ("plain words. Here, e.g., 3.5 and a…b", "plain words. Here, […] 3.5 and a…b"),
      ("http://a.b evil.example/x me@evil.example //evil", "[…] […] […] […]"),
      ("请看www.evil.com吧", "[…]"), ("各位同事。我们同意", "各位同事。我们同意"), ("пример.рф (x.y)", "[…] […]"),
    ])
  func linkless(_ text: String, shown: String) throws {
    let notice = Notice(.confirmCommands(received: 1, commands: [text]), signingKey: 2)
    #expect(try read(notice).leaf("text/plain")!.text.contains("\n  \(shown)\n"))
    let refused = Notice(.probe, inReplyTo: nil, subject: text, signingKey: 2)
    #expect(try read(refused)["Subject"] == "A test of your e-mail address", "which answers nothing")
    let subject = try read(Notice(.replyRefused(reason: .empty, text: nil), subject: text, signingKey: 2))["Subject"]
    #expect(MessageReader.decodedWords(subject!) == "Your reply was not posted (Re: \(shown))")
  }

  @Test("RFC 3834: the subject says first what the mail is, then what it answers, without a pile of Re: and numbers")
  func subjects() throws {
    func subject(_ name: String) throws -> String { MessageReader.decodedWords(try read(try sample(name))["Subject"]!) }
    #expect(try subject("refused-closed") == "Your reply was not posted (Re: Points to consider in field trials)")
    #expect(try subject("confirm-commands") == "Please confirm your commands")
    #expect(try subject("lifted") == "Mail to you has resumed")
    let long = Notice(
      .replyRefused(reason: .empty, text: nil), subject: String(repeating: "long ", count: 9_000), signingKey: 2)
    #expect(try read(long)["Subject"]!.utf8.count < 260)
  }

  @Test("I7: an answer to a digest has each post's own reply address, as its copy has")
  func digestAnswered() throws {
    let mail = try read(try sample("digest-answered"))
    for post in [41, 42, 43] as [JournalPosition] {
      let token = Samples.keys.token(for: .reply(person: 17, post: post), key: 2)
      #expect(mail.leaf("text/plain")!.text.contains("\n      reply+\(token)@forum.example.org\n"))
      #expect(
        mail.leaf("text/html")!.text.contains(
          "<a href=\"mailto:reply+\(token)@forum.example.org?subject=Re%3A%20%5B%239"))
    }
  }

  @Test("X1: what a message says of itself is named again only where it is an identifier")
  func references() throws {
    for id in [nil, "", "no id", "<a@b>\r\nBcc: x@y.z", String(repeating: "<a@b>", count: 1_000)] as [String?] {
      let mail = try read(Notice(.replyRefused(reason: .empty, text: nil), inReplyTo: id, signingKey: 2))
      #expect(mail["In-Reply-To"] == nil && mail["References"] == nil && mail["Bcc"] == nil)
    }
  }

  @Test("I4: a notice that an older version wrote, with the names of files alone, is still read")
  func oldNames() throws {
    let json = #"{"matter":{"attachmentsLeft":{"names":["a.exe"],"title":"T"}},"signingKey":1,"subject":""}"#
    let notice = try Notice(json: json)
    #expect(notice.matter == .attachmentsLeft(title: "T", url: nil, names: [.init(name: "a.exe")]))
    #expect(try Notice(json: notice.json) == notice)
  }

  @Test("X1, M7: any text in every field gives a valid notice in every language", arguments: HostileTests.texts)
  func hostile(_ text: String) throws {
    let matters: [Notice.Matter] = [
      .replyRefused(reason: .discussionClosed(title: text, closed: Timestamp(-1)), text: .init(text)),
      .replyRefused(reason: .attachmentsRefused(names: Array(repeating: .init(name: text), count: 100)), text: nil),
      .replyRefused(reason: .tooLarge(limit: .min), text: nil, sender: text),
      .replyRefused(reason: .tooLarge(limit: .max), text: nil, sender: nil),
      .replyRefused(
        reason: .contradictory(posts: [.init(title: text, number: text, post: JournalPosition(.min))]), text: nil,
        sender: nil),
      .replyRefused(reason: .unsubscribeWord(post: JournalPosition(.min)), text: .init(text), sender: nil),
      .digestAnswered(
        posts: Array(repeating: .init(title: text, number: text, post: JournalPosition(.max)), count: 300),
        text: .init(text)),
      .replyPosted(title: text, url: text, isPending: false),
      .attachmentsLeft(title: text, url: text, names: [.init(name: text)]),
      .confirmReply(received: .min, sender: text, text: .init(text), octets: .max),
      .confirmCommands(received: .max, commands: Array(repeating: text, count: 500)),
      .commands(
        .init(
          answers: Array(repeating: .init(text, .set(to: .digest, discussion: text)), count: 500),
          overview: .init(
            mode: .digest, digest: .init(zone: text),
            watches: Array(repeating: .init(scope: .discussion, title: text, name: text), count: 500)),
          help: .init(example: text))),
      .lifted(posts: .max, since: Timestamp(0)), .stopped(.init(scope: .thread, title: text, url: text, undo: text)),
    ]
    for (index, matter) in matters.enumerated() {
      let language = Language.allCases[index % Language.allCases.count]
      var recipient = Samples.recipient(language, name: text)
      recipient.zone = text
      let notice = Notice(matter, inReplyTo: text, subject: text, signingKey: 2)
      #expect(try Notice(json: notice.json) == notice)
      let mail = try read(notice, to: recipient)
      let allowed: Set<String> = [
        "From", "To", "Reply-To", "Date", "Subject", "Message-ID", "In-Reply-To", "References", "Auto-Submitted",
        "Precedence", "X-Auto-Response-Suppress", "Feedback-ID", "Content-Language", "MIME-Version", "Content-Type",
      ]
      let names = mail.header.map(\.name)
      #expect(Set(names).count == names.count && Set(names).isSubset(of: allowed))
      #expect(mail["From"] == "BCH forum <digest@forum.example.org>")
      for word in ["<script", "<img", "onerror=\"", "href=\"javascript", "\u{202E}", "\u{1}"] {
        #expect(!mail.leaf("text/html")!.text.lowercased().contains(word))
      }
      #expect(mail.leaves.allSatisfy { $0.body.count < 150_000 }, "bounded, whatever comes in")
    }
  }

  @Test("M7: Arabic runs from right to left; commands, addresses and names find their own direction")
  func arabic() throws {
    let html = try read(try sample("commands-all"), to: Samples.recipient(.ar)).leaf("text/html")!.text
    #expect(html.contains("<html lang=\"ar\" dir=\"rtl\" "))
    #expect(html.contains("<code dir=\"ltr\">SET risk DIGEST</code>"))
    #expect(html.contains("<bdi dir=\"ltr\">listserv@forum.example.org</bdi>"))
    #expect(html.contains("<bdi>Risk assessment of living modified organisms</bdi> (<bdi>risk</bdi>): "))
  }

  @Test(
    "M7: every notice can be said in every language, whole and without a word of English", arguments: Language.allCases)
  func languages(_ language: Language) throws {
    for sample in Samples.notices {
      let mail = try read(sample.notice, to: Samples.recipient(language))
      #expect(mail["Content-Language"] == language.rawValue)
      for part in mail.leaves {
        let text = flat(part)
        #expect(!text.contains("{") || part.type == "text/html" && text.contains(":root{"), "\(sample.name)")
        guard language != .en else { continue }
        // Words that our English has in every notice, and no other language has.
        let english = Set(text.split { !$0.isLetter }).intersection(["You", "your", "posts", "Please", "receiving"])
        #expect(english.isEmpty, "\(sample.name): \(english)")
      }
    }
  }

  @Test("M7: posts that waited are counted as the language counts", arguments: Language.allCases)
  func counted(_ language: Language) throws {
    let texts = try [1, 2, 5, 21].map {
      flat(try read(Notice(.lifted(posts: $0), signingKey: 2), to: Samples.recipient(language)).leaf("text/plain"))
    }
    #expect(Set(texts).count == 4)
    if language == .ru {
      for (text, count) in zip(texts, ["1 сообщение.", "2 сообщения.", "5 сообщений.", "21 сообщение."]) {
        #expect(text.contains(": \(count)"))
      }
    }
  }

  @Test("P1: without pages and without a help desk, no notice promises any")
  func noPages() throws {
    let composer = Composer(settings: try CompositionSettings(siteName: "F", domain: "f.example"), keys: Samples.keys)
    for sample in Samples.notices {
      let mail = try MessageReader.read(try Samples.notice(sample.notice, composer: composer).data)
      for part in mail.leaves { #expect(!part.text.contains("/u/") && !part.text.contains("Help desk")) }
    }
  }

  @Test("Prefixes are the installation's own")
  func prefixes() throws {
    let settings = try CompositionSettings(
      siteName: "F", domain: "f.example", confirmPrefix: "ja", commandPrefix: "befehl")
    let composer = Composer(settings: settings, keys: Samples.keys)
    let help = try MessageReader.read(try Samples.notice(try sample("help"), composer: composer).data)
    #expect(help["Reply-To"] == "befehl@f.example")
    let confirm = try MessageReader.read(try Samples.notice(try sample("confirm-reply"), composer: composer).data)
    #expect(confirm["Reply-To"]?.hasPrefix("ja+") == true)
  }

  @Test("M4: a notice names its key; without it in the ring it is an error that names the key")
  func keys() throws {
    let old = try read(Notice(.probe, signingKey: 1))
    #expect(old["Message-ID"] != (try read(Notice(.probe, signingKey: 2)))["Message-ID"])
    #expect(throws: CompositionError.noKey(9)) { try Samples.notice(Notice(.probe, signingKey: 9)) }
  }

  @Test(
    "A notice that cannot be read is told with its place",
    arguments: [
      ("", "the whole"), ("{}", "matter"), ("[]", "the whole"),
      (#"{"matter":{"greeting":{}},"signingKey":2,"subject":""}"#, "matter"),
      (#"{"matter":{"probe":{}},"subject":""}"#, "signingKey"),
      (#"{"matter":{"lifted":{}},"signingKey":2,"subject":""}"#, "matter.lifted.posts"),
      (
        #"{"matter":{"replyRefused":{"reason":{"bored":{}}}},"signingKey":2,"subject":""}"#,
        "matter.replyRefused.reason"
      ),
      (#"{"matter":{"probe":{}},"signingKey":"x","subject":""}"#, "signingKey"),
    ])
  func unreadable(_ json: String, place: String) {
    #expect(throws: CompositionError.unreadableNotice(place)) { try Notice(json: json) }
    #expect("\(CompositionError.unreadableNotice(place))".contains("a newer version may have written it"))
  }

  @Test("One writer composes notices as it does posts")
  func writer() throws {
    let notice = try sample("posted")
    let message = try MailWriter(Samples.composer).message(
      .notice(notice), to: Samples.recipient(), delivery: 5003, generation: 0, date: Samples.noon)
    #expect(message.data == (try Samples.notice(notice)).data && message.id == 5003)
  }
}
