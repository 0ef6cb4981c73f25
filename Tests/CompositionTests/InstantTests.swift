import Composition
import Forum
import Identifiers
import Mail
import Mistakes
import Testing

@Suite("Instant copies") struct InstantTests {
  private func read(_ message: OutgoingMessage) throws -> MessageReader.Part {
    try MessageReader.read(message.data, allowsUTF8: message.envelope.recipient.needsSMTPUTF8)
  }

  @Test("M1: the recipient alone is named, in the envelope and in To")
  func recipient() throws {
    let message = try Samples.instant(Samples.copy(Samples.post()))
    #expect(message.envelope.recipient.description == "bo.li@example.com")
    let mail = try read(message)
    #expect(mail["To"] == "Bo Li <bo.li@example.com>")
    #expect(mail["Cc"] == nil && mail["Bcc"] == nil)
    #expect(message.id == 5001)
  }

  @Test("M2: From is the discussion's own address with the author's name, never the author's address")
  func from() throws {
    let mail = try read(try Samples.instant(Samples.copy(Samples.post())))
    #expect(mail["From"] == "\"Ana Paz (BCH forum)\" <risk@forum.example.org>")
  }

  @Test("M2: however long the author's name is, the site's name stands behind it")
  func longNames() throws {
    for (site, author) in [
      ("BCH forum", String(repeating: "Maximiliana ", count: 16)), (String(repeating: "站", count: 40), "李波波"),
      (String(repeating: "s", count: 60), String(repeating: "Ольга ", count: 30)),
    ] {
      let settings = try CompositionSettings(siteName: site, domain: "example.org")
      let composer = Composer(settings: settings, keys: Samples.keys)
      let mail = try read(try Samples.instant(Samples.copy(Samples.post(by: author)), composer: composer))
      let from = MessageReader.decodedWords(mail["From"]!)
      #expect(from.contains(" (\(site))"), "\(from)")
      #expect(from.contains("…") == (author.count > 3))
    }
    for long in [String(repeating: "s", count: 61), String(repeating: "站", count: 41)] {
      #expect(throws: Mistake.self) {
        try CompositionSettings(siteName: long, domain: "example.org")
      }
    }
  }

  @Test(
    "M3, X1: a discussion's address is its slug, or what can be kept of it and a hash of the discussion's key",
    arguments: [
      ("risk", "risk"), ("Risk-2", "risk-2"), ("Risk Assessment (2026)", "risk-assessment-2026-"),
      ("a\r\nBcc: x@y", "a-bcc-x-y-"), ("--", "discussion-"), ("Évaluation", "valuation-"), ("风险", "discussion-"),
      ("", "discussion-7"), ("reply", "reply-"), ("stop", "stop-"), ("bounces", "bounces-"), ("digest", "digest-"),
      ("postmaster", "postmaster-"), (String(repeating: "ab-", count: 40), "ab-ab-ab-ab-ab-ab-ab-ab-ab-ab-a-"),
    ])
  func discussionAddress(_ slug: String, opening: String) throws {
    func address(_ key: String) throws -> (from: String, list: String) {
      let mail = try read(
        try Samples.instant(Samples.copy(Samples.post(), discussion: Discussion(key: key, title: "T", slug: slug))))
      let local = mail["From"]!.split(separator: "<")[1].prefix { $0 != "@" }
      #expect(mail["List-Id"]!.hasSuffix("<\(local).forum.example.org>"))
      return (String(local), mail["List-Id"]!)
    }
    let (seven, eight) = (try address("7").from, try address("8").from)
    let isKept = !opening.hasSuffix("-")
    #expect(seven.hasPrefix(opening) && seven.utf8.count <= 40)
    #expect(seven.utf8.count == opening.utf8.count + (isKept ? 0 : 8))
    #expect((seven == eight) == (isKept && !slug.isEmpty), "no two share one but by the forum's own wish")
  }

  @Test(
    "M3, M4: reply address, Message-ID and mailto link carry one token of person and post, under the post's own key")
  func reply() throws {
    let mail = try read(try Samples.instant(Samples.copy(Samples.post()), generation: 3))
    let token = Samples.keys.token(for: .reply(person: 17, post: 41), key: 1)
    #expect(mail["Reply-To"] == "reply+\(token)@forum.example.org")
    #expect(mail["Message-ID"] == "<\(token).3@forum.example.org>")
    #expect(mail["List-Post"] == "<mailto:reply+\(token)@forum.example.org>")
    #expect(
      mail.leaf("text/html")!.text.contains(
        "href=\"mailto:reply+\(token)@forum.example.org?subject=Re:9240\""))
    #expect(mail.leaf("text/plain")!.text.contains("reply+\(token)@forum.example.org\n"))
  }

  @Test("M4: the Message-ID is stable per post, recipient and generation, whatever changes in the post")
  func stableID() throws {
    func id(_ body: String, generation: Int = 0, language: String = "en") throws -> String? {
      let copy = Samples.copy(Samples.post(body: body))
      return try read(
        try Samples.instant(
          copy, to: Samples.recipient(Language(tag: language)!), generation: generation))["Message-ID"]
    }
    #expect(try id("a") == id("b", language: "ru"))
    #expect(try id("a") != id("a", generation: 1))
  }

  @Test("M4: References name the thread and this recipient's own copies of the posts before")
  func references() throws {
    let first = try read(try Samples.instant(Samples.copy(Samples.post(9239), position: 40)))
    let copy = Samples.copy(
      Samples.post(9240, parent: "p9239"), position: 41,
      ancestors: [.init(position: 39, key: 2), .init(position: 40, key: 1)])
    let second = try read(try Samples.instant(copy))
    #expect(first["In-Reply-To"] == nil)
    let root = try #require(first["References"])
    #expect(root.hasPrefix("<thread.") && !root.contains(" "))
    let grandparent = Samples.keys.token(for: .reply(person: 17, post: 39), key: 2)
    #expect(second["In-Reply-To"] == first["Message-ID"])
    #expect(second["References"] == "\(root) <\(grandparent).0@forum.example.org> \(first["Message-ID"]!)")
  }

  @Test("M4: a long line of ancestors is cut, and one whose key is gone is left out")
  func manyAncestors() throws {
    let many =
      (1...40).map { PostCopy.Journalled(position: JournalPosition($0), key: 1) } + [.init(position: 41, key: 9)]
    let mail = try read(try Samples.instant(Samples.copy(Samples.post(), position: 50, ancestors: many)))
    #expect(mail["References"]!.split(separator: " ").count <= 6)
    #expect(mail["In-Reply-To"] == mail["References"]!.split(separator: " ").last.map(String.init))
  }

  @Test("M4: the list and automation fields are there")
  func listFields() throws {
    let mail = try read(try Samples.instant(Samples.copy(Samples.post())))
    let stop = Samples.keys.token(for: .stop(person: 17, post: 41, day: Samples.noon.seconds / 86_400), key: 2)
    #expect(mail["List-Id"] == "Risk assessment of living modified organisms <risk.forum.example.org>")
    #expect(
      mail["List-Unsubscribe"]
        == "<https://forum.example.org/mail/u/\(stop)>, <mailto:stop+\(stop)@forum.example.org>")
    #expect(mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click")
    #expect(mail["List-Archive"] == "<https://forum.example.org/risk/thread/1>")
    #expect(mail["Archived-At"] == "<https://forum.example.org/risk/post/9240>")
    #expect(mail["Auto-Submitted"] == "auto-generated")
    #expect(mail["Precedence"] == "list")
    #expect(
      mail["X-Auto-Response-Suppress"] == "DR, RN, NRN, OOF, AutoReply", "not All: failure reports are wanted (B2)")
    #expect(mail["Feedback-ID"] == "9240:risk:instant:watchpost")
    #expect(mail["Content-Language"] == "en")
    #expect(mail["Date"] == "Tue, 26 May 2026 12:00:00 +0000")
    #expect(mail["MIME-Version"] == "1.0")
  }

  @Test("M4: fields whose address the forum does not know are left out")
  func missingURLs() throws {
    let bare = try CompositionSettings(siteName: "F", domain: "example.org")
    let composer = Composer(settings: bare, keys: Samples.keys)
    let copy = Samples.copy(
      Samples.post(body: "x", url: false), thread: Forum.Thread(key: "t", discussionKey: "d", title: "T"),
      discussion: Discussion(key: "d", title: "D", slug: "d"))
    let mail = try read(try Samples.instant(copy, composer: composer))
    #expect(mail["List-Archive"] == nil && mail["Archived-At"] == nil && mail["List-Unsubscribe-Post"] == nil)
    #expect(mail["List-Unsubscribe"]!.hasPrefix("<mailto:stop+"))
    for part in mail.leaves { #expect(!part.text.contains("http")) }
  }

  @Test(
    "M4: one Subject for all posts of a thread, with Re: in replies; the number only where a setting says so",
    arguments: [
      ("", nil, "Points to consider in field trials"), ("", "p1", "Re: Points to consider in field trials"),
      ("Re: RE: Points to consider in field trials", nil, "Re: Points to consider in field trials"),
      ("[#9240] Points to consider in field trials", nil, "Points to consider in field trials"),
      ("A new question", "p1", "Re: Points to consider in field trials"),
      ("Re: another thread", nil, "Points to consider in field trials"),
      ("Points to consider in field trials", "p1", "Re: Points to consider in field trials"),
    ] as [(String, String?, String)])
  func subject(_ own: String, parent: String?, expected: String) throws {
    let copy = Samples.copy(Samples.post(subject: own, parent: parent))
    let mail = try read(try Samples.instant(copy))
    #expect(mail["Subject"] == expected)
    #expect(mail["Thread-Topic"] == "Points to consider in field trials")
    #expect(mail["Watchpost-Posts"] == "9240")
    let isOther = ["A new question", "another thread"].contains { own.hasSuffix($0) }
    for part in mail.leaves {
      #expect(part.text.contains("[#9240]"))
      #expect(part.text.contains("question") || part.text.contains("another thread") == isOther)
    }
    let numbered = Composer(
      settings: try CompositionSettings(siteName: "F", domain: "example.org", numbersSubjects: true), keys: Samples.keys
    )
    #expect(try read(try Samples.instant(copy, composer: numbered))["Subject"] == "[#9240] \(expected)")
  }

  @Test("M4: a thread without a title is called by its posts' subject, or its discussion")
  func untitledThread() throws {
    let untitled = Forum.Thread(key: "t1", discussionKey: "d1", title: "")
    for (own, expected) in [("Re: Points", "Re: Points"), ("", "Risk assessment of living modified organisms")] {
      let mail = try read(try Samples.instant(Samples.copy(Samples.post(subject: own), thread: untitled)))
      #expect(mail["Subject"] == expected)
    }
  }

  @Test("M7: a title that runs the other way than its `Re:` is isolated, in the subject of all its posts alike")
  func isolatedSubject() throws {
    let thread = Forum.Thread(key: "t1", discussionKey: "d1", title: "نقاط للنظر (LMOs)")
    for (parent, re) in [(nil, ""), ("p1", "Re: ")] as [(String?, String)] {
      let mail = try read(try Samples.instant(Samples.copy(Samples.post(parent: parent), thread: thread)))
      #expect(MessageReader.decodedWords(mail["Subject"]!) == re + "\u{2068}نقاط للنظر (LMOs)\u{2069}")
    }
  }

  @Test(
    "M6: who and when stand in one line, then the post's own words; a list of mails shows its first words",
    arguments: [
      (
        Samples.english, BodyFormat.plain,
        "Confined field trials need their own point of departure: the receiving environment is known, the…"
      ),
      ("> Should it?\n> Perhaps.\n\nI think so.", .plain, "I think so."), ("> Should it?", .plain, "Should it?"),
      ("<blockquote>Old</blockquote><p>One<br>two</p><ul><li>three</li></ul>", .html, "One two three"),
      ("# Title\n\n*first* words", .markdown, "Title first words"), ("", .plain, nil),
    ] as [(String, BodyFormat, String?)])
  func postFirst(_ body: String, format: BodyFormat, preview: String?) throws {
    let mail = try read(try Samples.instant(Samples.copy(Samples.post(body: body, format: format))))
    let text = mail.leaf("text/plain")!.text
    #expect(text.hasPrefix("[#9240] Ana Paz, 26 May 2026, 11:50 (UTC)\n\n"))
    let html = mail.leaf("text/html")!.text
    let hidden =
      preview.flatMap { $0.count < 20 ? nil : $0 }.map { "<div style=\"display:none;mso-hide:all\">\($0)</div>\n" }
      ?? ""
    #expect(
      html.contains(
        "<body style=\"padding:8px;max-width:42em;font:16px/1.5 sans-serif;overflow-wrap:break-word\">\n\(hidden)<h4>[#9240] Ana Paz, 26 May 2026, 11:50 (UTC)</h4>\n"
      ))
  }

  @Test("M5: text and HTML say the same; a person may choose text alone")
  func alternatives() throws {
    let copy = Samples.copy(Samples.post(body: Samples.html, format: .html))
    let mail = try read(try Samples.instant(copy))
    #expect(mail.type == "multipart/alternative")
    #expect(mail.parts.map(\.type) == ["text/plain", "text/html"])
    for fact in ["Ana Paz", "[#", "9240", "field trials", "Maize", "https://bch.cbd.int/doc?id=1", "bo.li@example.com"]
    {
      for part in mail.parts { #expect(part.text.contains(fact), "\(fact) in \(part.type)") }
    }
    let plain = try read(try Samples.instant(copy, to: Samples.recipient(textOnly: true)))
    #expect(plain.type == "text/plain" && plain.parts.isEmpty)
    #expect(plain.text == mail.parts[0].text.trimmingSuffix("\n") + "\n")
  }

  @Test(
    "M6: every mail says why it came, how to change it, how to stop, whose it is, where it stands",
    arguments: WatchScope.allCases)
  func footer(_ watch: WatchScope) throws {
    let mail = try read(try Samples.instant(Samples.copy(Samples.post()), watch: watch))
    let stop = Samples.keys.token(for: .stop(person: 17, post: 41, day: Samples.noon.seconds / 86_400), key: 2)
    let reason =
      switch watch {
      case .thread: "You watch this thread."
      case .discussion: "You watch this discussion."
      case .everything: "You watch all discussions of BCH forum."
      }
    for part in mail.leaves {
      let text = part.text.replacing("<bdi>", with: "").replacing("</bdi>", with: "").replacing("\n", with: " ")
      #expect(text.contains(reason))
      for fact in [
        "https://forum.example.org/mail/u/\(stop)", "stop+\(stop)@forum.example.org", "bo.li@example.com",
        "https://forum.example.org/risk/post/9240", "help@example.org",
      ] { #expect(text.contains(fact)) }
    }
  }

  @Test("M7: Arabic mails run from right to left, and posts in other scripts are isolated")
  func rightToLeft() throws {
    let arabic = try read(try Samples.instant(Samples.copy(Samples.post()), to: Samples.recipient(.ar)))
    let html = arabic.leaf("text/html")!.text
    #expect(html.contains("<html lang=\"ar\" dir=\"rtl\" "))
    #expect(html.contains("<div lang=\"en\" dir=\"ltr\">"))
    #expect(html.contains("<bdi>Ana Paz</bdi>"))
    #expect(html.contains("<h4>[#9240] <bdi>"), "behind Arabic letters the sign would stand behind the number")
    #expect(arabic["Content-Language"] == "ar, en")
    let unknown = try read(try Samples.instant(Samples.copy(Samples.post(language: nil))))
    #expect(unknown.leaf("text/html")!.text.contains("<div lang=\"\" dir=\"ltr\">"))
    let mixed = Samples.post(body: "<p>English</p><ul><li>عربي</li></ul><p dir=ltr>x", format: .html, language: nil)
    let blocks = try read(try Samples.instant(Samples.copy(mixed))).leaf("text/html")!.text
    let list = "<ul dir=\"rtl\" style=\"margin:.6em 0;padding:0;padding-right:1.8em\">\n<li dir=\"rtl\">عربي</li>"
    #expect(blocks.contains("<p dir=\"ltr\">English</p>\n\(list)"))
    #expect(blocks.contains("<p dir=\"ltr\">x</p>"))
    let persian = try read(try Samples.instant(Samples.copy(Samples.post(language: "fa-IR"))))
    #expect(persian.leaf("text/html")!.text.contains("<div lang=\"fa-IR\" dir=\"rtl\">"))
  }

  @Test("The HTML is light and loads nothing")
  func light() throws {
    for language in ["en", "fr", "ru", "ar"] {
      let mail = try read(
        try Samples.instant(Samples.copy(Samples.post(body: "x")), to: Samples.recipient(Language(tag: language)!)))
      let html = mail.leaf("text/html")!.text
      #expect(html.utf8.count < 1800, "\(language): \(html.utf8.count)")
      for word in ["<img", "src=", "url(", "@import", "<script"] { #expect(!html.contains(word)) }
    }
  }

  @Test("B1: the reverse-path names the delivery and is signed")
  func reversePath() throws {
    let message = try Samples.instant(Samples.copy(Samples.post()))
    let path = try #require(message.envelope.reversePath)
    #expect(path.domain == "forum.example.org" && path.localPart.hasPrefix("bounces+"))
    #expect(Samples.keys.verify(path.localPart.dropFirst("bounces+".count)) == .bounce(delivery: 5001))
  }

  @Test("S7: an internationalised address stands raw in To, and the rest of the header stays ASCII")
  func smtputf8() throws {
    let to = Samples.recipient(name: "Ольга", address: "ольга@пример.рф")
    let message = try Samples.instant(Samples.copy(Samples.post(by: "Ана")), to: to)
    let mail = try read(message)
    #expect(mail["To"] == "Ольга <ольга@пример.рф>")
    for field in mail.header where field.name != "To" { #expect(field.value.utf8.allSatisfy { $0 < 0x80 }) }
    #expect(mail.leaf("text/plain")!.text.contains("ольга@пример.рф"))
  }

  @Test("S7: an IDN domain under an ASCII local part stands in A-labels in To: such a mail needs no SMTPUTF8")
  func domainLabels() throws {
    let to = Samples.recipient(name: "René Ü", address: "rene@bücher.example")
    for message in [
      try Samples.instant(Samples.copy(Samples.post()), to: to),
      try Samples.digest([Samples.copy(Samples.post())], to: to),
    ] {
      let mail = try MessageReader.read(message.data, allowsUTF8: false)
      #expect(MessageReader.decodedWords(mail["To"]!) == "René Ü <rene@xn--bcher-kva.example>")
      #expect(message.envelope.recipient.domain == "bücher.example")
      #expect(mail.leaf("text/plain")!.text.contains("rene@bücher.example"), "the account, as the forum has it")
    }
  }

  @Test("M4: a post whose key is not in the ring is an error that names the key")
  func missingKey() {
    var copy = Samples.copy(Samples.post())
    copy.journalled.key = 9
    #expect(throws: CompositionError.noKey(9)) { try Samples.composer.prepare(copy, language: .en) }
    #expect("\(CompositionError.noKey(9))".contains("signing key 9 is missing"))
  }

  @Test(
    "I5: where a forum takes no replies by mail, its mails say nothing of them, not that a thread takes none any more")
  func noRepliesAtAll() throws {
    var copy = Samples.copy(Samples.post())
    copy.takesAnswers = false
    let silent = Composer(
      settings: Samples.settings, templates: try TemplateSet(directory: nil, takesReplies: false), keys: Samples.keys)
    for (composer, isSaid) in [(Samples.composer, true), (silent, false)] {
      let mail = try read(try Samples.instant(copy, composer: composer))
      #expect(mail.leaves.count == 2)
      for part in mail.leaves {
        #expect(part.text.contains("takes no more replies") == isSaid && !part.text.contains("reply+"))
      }
    }
  }

  @Test("A post that is too long is cut with a note, and leads to the forum")
  func tooLong() throws {
    let settings = try CompositionSettings(siteName: "F", domain: "example.org", postLimit: 20_000)
    let composer = Composer(settings: settings, keys: Samples.keys)
    for format in BodyFormat.allCases {
      let body = String(repeating: "All work and no play makes Jack a dull boy.\n\n", count: 1000)
      let copy = Samples.copy(Samples.post(body: body, format: format))
      let mail = try read(try Samples.instant(copy, composer: composer))
      for part in mail.leaves {
        let text = part.text.replacing("\n", with: " ")
        #expect(text.contains("It continues in the online forum."))
        #expect(text.contains("/risk/post/9240"))
        #expect((10_000..<30_000).contains(text.utf8.count))
      }
    }
  }
}

extension String {
  /// Without these letters at its end.
  func trimmingSuffix(_ letter: Character) -> String {
    var text = self
    while text.last == letter { text.removeLast() }
    return text
  }
}
