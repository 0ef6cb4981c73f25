import Composition
import Forum
import Identifiers
import Mail
import Mistakes
import Testing
import Time

@Suite("Digests") struct DigestTests {
  private func read(_ message: OutgoingMessage) throws -> MessageReader.Part { try MessageReader.read(message.data) }

  /// Six posts of two discussions and three threads, interleaved.
  private static let posts: [PostCopy] = [
    Samples.copy(Samples.post(1, body: "one"), thread: Samples.risk, position: 1),
    Samples.copy(Samples.post(2, body: "two"), thread: Samples.benefits, discussion: Samples.access, position: 2),
    Samples.copy(Samples.post(3, body: "three"), thread: Samples.capacity, position: 3),
    Samples.copy(Samples.post(4, body: "four"), thread: Samples.risk, position: 4),
    Samples.copy(Samples.post(5, body: "five"), thread: Samples.benefits, discussion: Samples.access, position: 5),
    Samples.copy(Samples.post(6, body: "six"), thread: Samples.capacity, position: 6),
  ]

  private func numbers(in text: String) -> [String] {
    text.split(separator: "[#").dropFirst().map { String($0.prefix { $0 != "]" }) }
  }

  @Test("D2: never empty")
  func empty() {
    #expect(throws: CompositionError.emptyDigest) { try Samples.digest([]) }
  }

  @Test("D2: contents first, grouped by discussion and thread, posts in order, each with its number and latest text")
  func order() throws {
    let text = try read(try Samples.digest(Self.posts, to: Samples.recipient(textOnly: true))).text
    #expect(numbers(in: text) == ["1", "4", "3", "6", "2", "5", "1", "4", "3", "6", "2", "5"])
    #expect(text.contains("\n  [#3] Ana Paz: three\n"), "the first words")
    let bodies = ["one", "four", "three", "six", "two", "five"].map { text.range(of: "\n\($0)\n")!.lowerBound }
    #expect(bodies == bodies.sorted())
    let headings = ["Risk assessment", " Points to", " Capacity-building", "Access and", " Non-monetary"]
      .map { text.range(of: "\n\($0)")!.lowerBound }
    #expect(headings == headings.sorted())
    #expect(headings.last! < bodies.first!)
  }

  @Test("D2: no table of contents where there is little to find, and each heading once")
  func fewPosts() throws {
    for (count, hasContents) in [(1, false), (2, false), (5, true)] {
      let mail = try read(try Samples.digest(Array(Self.posts.prefix(count))))
      #expect(mail.leaf("text/html")!.text.contains("Contents") == hasContents, "\(count)")
      #expect(!mail.leaf("text/plain")!.text.contains("Contents"), "beside HTML")
    }
    let one = try read(try Samples.digest([Self.posts[0], Self.posts[3]])).leaf("text/plain")!.text
    for title in ["Risk assessment of", "Points to consider"] {
      // The second is the watch, in the footer.
      #expect(one.components(separatedBy: title).count <= (title.hasPrefix("Points") ? 3 : 2), "\(title)")
    }
  }

  @Test("D2: it says what an answer to it does: posted where it has one thread, else not")
  func replyButton() throws {
    for (posts, words) in [
      ([Self.posts[0], Self.posts[3]], "Your reply will be posted in the discussion."),
      (Self.posts, "a reply to this digest is not posted."),
    ] {
      for part in try read(try Samples.digest(posts)).leaves {
        #expect(part.text.replacing("\n", with: " ").contains(words))
      }
    }
  }

  @Test("D2: dates of entries are short, and the zone is said once; a post of another year has its whole date")
  func dates() throws {
    var posts = Self.posts
    posts[0].post.createdAt = Timestamp(Samples.noon.seconds - 200 * 86_400)
    let text = try read(try Samples.digest(posts, to: Samples.recipient(zone: "Africa/Nairobi"))).leaf("text/plain")!
      .text
    #expect(text.contains("[#4] Ana Paz, 26 May, 14:50\n"))
    #expect(text.contains("[#1] Ana Paz, 7 November 2025, 15:00 (UTC+3)\n"))
    #expect(text.contains("Times: UTC+3"))
  }

  @Test("D2: 30 posts with 7 KB of text make a body of at most 28 KB, and 36 KB in Arabic; each with its reply link")
  func size() throws {
    let paragraph = String(Samples.english.split(separator: "\n")[1].prefix(236))
    for (language, limit) in [(Language.en, 28_000), (.ar, 36_000)] {
      let posts = (0..<30).map { index in
        let thread = Forum.Thread(
          key: "t\(index / 5)", discussionKey: "d1", title: "Points to consider in field trials, \(index / 5)",
          theme: "Theme 1", url: "https://forum.example.org/risk/thread/1")
        return Samples.copy(
          Samples.post(9200 + index, body: paragraph), thread: thread, position: JournalPosition(Int64(index + 1)))
      }
      let message = try Samples.digest(posts, to: Samples.recipient(language))
      let body = message.data.count - String(decoding: message.data, as: UTF8.self).utf8.firstBody
      #expect(body <= limit, "\(language): \(body)")
      for part in try read(message).leaves {
        #expect(part.text.components(separatedBy: "reply+").count == 31)
      }
    }
  }

  @Test("D2: a post says whom it answers, unless that stands right above it")
  func answers() throws {
    let ana = PostCopy.Answered(number: "9240", authorName: "Ana Paz")
    let bo = PostCopy.Answered(number: "9241", authorName: "")
    let posts = [
      Samples.copy(Samples.post(9240, body: "One."), position: 1),
      Samples.copy(Samples.post(9241, body: "Two."), position: 2, parent: ana),
      Samples.copy(Samples.post(9242, body: "Three."), position: 3, parent: ana),
      Samples.copy(Samples.post(9243, body: "Four."), position: 4, parent: bo),
    ]
    for style in DigestStyle.allCases {
      let mail = try read(try Samples.digest(posts, to: Samples.recipient(style: style)))
      let text = mail.leaf("text/plain")!.text
      #expect(text.components(separatedBy: "In reply to").count == 3)
      #expect(
        text.contains("14:50\nIn reply to Ana Paz [#9240]\n") || text.contains("11:50\nIn reply to Ana Paz [#9240]\n"))
      #expect(text.contains("In reply to (no name) [#9241]\n"))
      let html = mail.leaf("text/html")!.text
      #expect(html.components(separatedBy: "In reply to").count == 3)
      #expect(html.contains("</h4>\n<p>In reply to Ana Paz [#9240]</p>\n"))
    }
  }

  @Test("D2: the contents have first words, whole and without a salutation; each post is a heading")
  func contents() throws {
    let body = "Dear colleagues,\n\nI think containment has to be judged by what the receiving environment can bear."
    let posts = (1...6).map { index in
      Samples.copy(Samples.post(9240 + index, body: body), position: JournalPosition(Int64(index)))
    }
    let html = try read(try Samples.digest(posts)).leaf("text/html")!.text
    #expect(html.contains("<li>Ana Paz: I think containment\n"))
    #expect(html.contains("<h4><a href=\"https://forum.example.org/risk/post/9243\">[#9243]</a> Ana Paz, "))
    #expect(html.contains("?subject=Re:9243\">Reply</a>"))
    #expect(!html.contains("mso-hide"))
    let few = try read(try Samples.digest(Array(posts.prefix(2)))).leaf("text/html")!.text
    #expect(
      few.contains(">Ana Paz: I think containment has to be judged by what the receiving environment can bear. · "))
  }

  @Test("D2, M3: every post has its own reply link and Message-ID, the same as in an instant copy")
  func replyLinks() throws {
    for format in DigestFormat.allCases {
      for style in DigestStyle.allCases {
        let mail = try read(try Samples.digest(Self.posts, to: Samples.recipient(style: style, format: format)))
        for position in (1...6).map({ JournalPosition($0) }) {
          let token = Samples.keys.token(for: .reply(person: 17, post: position), key: 1)
          let places = mail.leaves.filter { $0.text.contains("reply+\(token)@forum.example.org") }
          #expect(places.count >= (format == .mime && style == .full ? 1 : mail.leaves.count), "\(format) \(style)")
          for leaf in mail.leaves where leaf.type == "text/html" {
            #expect(leaf.text.contains("mailto:reply+\(token)@forum.example.org?subject=Re:"))
          }
        }
      }
    }
  }

  @Test("M7: the mail runs in the language's direction, and titles and names within it in their own")
  func heading() throws {
    let html = try read(try Samples.digest(Self.posts, to: Samples.recipient(.ar))).leaf("text/html")!.text
    #expect(html.contains("<html lang=\"ar\" dir=\"rtl\" "))
    #expect(html.contains("<h2 style=\"font-size:1.3em\"><bdi>Risk assessment of living modified organisms</bdi></h2>"))
    let text = try read(try Samples.digest(Self.posts, to: Samples.recipient(.ar))).leaf("text/plain")!.text
    #expect(text.contains("[#4] \u{2068}Ana Paz\u{2069}، 26 مايو، "))
  }

  @Test("M5: a digest of plain English text is no larger than its text needs, quoted-printable")
  func rules() throws {
    let mail = try Samples.digest(Self.posts, to: Samples.recipient(textOnly: true))
    #expect(String(decoding: mail.data, as: UTF8.self).contains("Content-Transfer-Encoding: quoted-printable"))
  }

  @Test("D2: style subjects has the table of contents with links, and no text")
  func subjects() throws {
    var posts = Self.posts
    posts[2].post.body = String(repeating: "three words and more ", count: 20)
    let mail = try read(try Samples.digest(posts, to: Samples.recipient(style: .subjects)))
    for leaf in mail.leaves {
      #expect(leaf.text.components(separatedBy: "three").count - 1 == 5, "its first words")
      #expect(leaf.text.contains("https://forum.example.org/risk/post/3"))
    }
  }

  @Test("D2: Subject says what it is, how many posts, and which part; in the reader's language")
  func subject() throws {
    func subject(_ kind: DigestKind, _ recipient: Recipient = Samples.recipient(), parts: Int = 1) throws -> String {
      let message = try Samples.digest(Self.posts, to: recipient, kind: kind, part: 1, of: parts, total: 12)
      return MessageReader.decodedWords(try read(message)["Subject"]!)
    }
    #expect(try subject(.regular(.daily)) == "BCH forum: daily digest, 6 posts", "of one part, those that it has")
    #expect(try subject(.regular(.weekly), parts: 2) == "BCH forum: weekly digest, 12 posts (1/2)")
    #expect(
      try subject(.lastCall(discussion: "Risk\r\nBcc: x@y.z", closesAt: Samples.closing))
        == "Risk Bcc: x@y.z: digest before closing on 27 May 2026, 04:40 (UTC), 6 posts")
    #expect(try subject(.regular(.daily), Samples.recipient(.ru)) == "BCH forum: ежедневный дайджест, 6 сообщений")
    #expect(
      try subject(.regular(.daily), Samples.recipient(.ar)) == "\u{2068}BCH forum\u{2069}: الموجز اليومي، 6 مشاركات")
    #expect(
      try subject(.regular(.daily), Samples.recipient(format: .plain), parts: 2)
        == "BCH forum Digest, Vol 2026, Issue 146: 12 posts (1/2)")
  }

  @Test("M4: the Message-ID of a part is the signed name of person and delivery; replies to it are told apart")
  func messageID() throws {
    let message = try Samples.digest(Self.posts)
    let mail = try read(message)
    let token = Samples.keys.token(for: .digestPart(person: 17, delivery: 5002), key: 2)
    #expect(mail["Message-ID"] == "<\(token).0@forum.example.org>")
    #expect(mail["Reply-To"] == "reply+\(token)@forum.example.org")
    #expect(mail["List-Post"] == "NO")
    #expect(Samples.keys.verify(message.envelope.reversePath!.localPart.dropFirst(8)) == .bounce(delivery: 5002))
    let stop = Samples.keys.token(for: .stop(person: 17, post: 0, day: Samples.noon.seconds / 86_400), key: 2)
    #expect(mail["List-Unsubscribe"]!.contains("/u/\(stop)>"))
  }

  @Test("M2: a digest of one discussion comes from its address, one of several from the site's")
  func sender() throws {
    #expect(
      try read(try Samples.digest([Self.posts[0], Self.posts[2]]))["From"] == "BCH forum <risk@forum.example.org>")
    #expect(try read(try Samples.digest(Self.posts))["From"] == "BCH forum <digest@forum.example.org>")
  }

  @Test("M6: every digest says why it came, how to change it, how to stop, and whose it is")
  func footer() throws {
    let kinds: [(DigestKind, String)] = [
      (.regular(.daily), "Once a day"), (.regular(.weekly), "Once a week"),
      (.catchUp, "could not be sent to you in time"),
      (
        .lastCall(discussion: "Risk & co", closesAt: Samples.closing),
        "the discussion “Risk & co” closes on 27 May 2026, 04:40 (UTC)"
      ),
      (.leaving, "changed how posts come to you"),
    ]
    for (kind, reason) in kinds {
      for format in DigestFormat.allCases {
        let mail = try read(try Samples.digest(Self.posts, to: Samples.recipient(format: format), kind: kind))
        for part in mail.leaves.prefix(format == .alternative ? 2 : 1) {
          let text = part.text.replacing("<bdi>", with: "").replacing("</bdi>", with: "").replacing("&amp;", with: "&")
            .replacing("\n", with: " ")
          #expect(text.contains(reason), "\(kind)")
          #expect(text.contains("https://forum.example.org/mail/u/") && text.contains("stop+"))
          #expect(text.contains("bo.li@example.com"))
        }
      }
    }
  }

  @Test("M6: a digest says which watches its posts come from, and claims no choice that nobody made")
  func watches() throws {
    let expected: [([WatchScope?], String, String)] = [
      ([.thread, nil, nil, .thread, nil, nil], "en", "You watch the thread “Points to consider in field trials”."),
      (Array(repeating: .thread, count: 6), "en", "You watch these threads."),
      (
        [.everything, .discussion, .thread, .everything, .thread, nil], "en",
        "You watch the thread “Capacity-building: what is missing?”, the thread “Non-monetary benefits”, the discussion “Access and benefit-sharing”, +1."
      ),
      (
        [.discussion, nil], "fr",
        "Vous suivez la discussion «\u{A0}Risk assessment of living modified organisms\u{A0}»."
      ),
      ([.thread, .discussion], "zh", "您关注了话题“Points to consider in field trials”、讨论“Access and benefit-sharing”。"),
      ([.everything, .everything], "ru", "Вы следите за всеми обсуждениями «BCH forum»."),
    ]
    for (watches, language, sentence) in expected {
      for format in DigestFormat.allCases {
        let recipient = Samples.recipient(Language(tag: language)!, format: format)
        let posts = Array(Self.posts.prefix(watches.count))
        let mail = try read(try Samples.digest(posts, to: recipient, watches: watches))
        for part in mail.leaves.prefix(format == .alternative ? 2 : 1) {
          let text = part.text.replacing("<bdi>", with: "").replacing("</bdi>", with: "")
          let line = text.replacing("\n", with: language == "zh" ? "" : " ")
          #expect(line.replacing(" ", with: "").contains(sentence.replacing(" ", with: "")), "\(language) \(format)")
          #expect(!text.contains("chose") && !text.contains("choisi") && !text.contains("选择"))
        }
      }
    }
  }

  @Test("M4: a digest of one discussion names its page as the archive, one of several none")
  func archive() throws {
    #expect(
      try read(try Samples.digest([Self.posts[0], Self.posts[2]]))["List-Archive"] == "<https://forum.example.org/risk>"
    )
    #expect(try read(try Samples.digest(Self.posts))["List-Archive"] == nil)
    #expect(try read(try Samples.digest([Self.posts[1]]))["List-Archive"] == nil, "the forum knows no page of it")
  }

  @Test("D4: the plain digest is as RFC 1153 has it")
  func rfc1153() throws {
    var posts = Self.posts
    let line30 = String(repeating: "-", count: 30)
    let line70 = String(repeating: "-", count: 70)
    posts[0].post.body = "one\n\n\(line30)\n\(line70)\nEnd"
    let mail = try read(try Samples.digest(posts, to: Samples.recipient(format: .plain)))
    #expect(mail.type == "text/plain")
    let text = mail.text
    #expect(text.components(separatedBy: "\n\(line70)\n\n").count == 2)
    let parts = text.components(separatedBy: "\n\(line70)\n\n")
    #expect(numbers(in: parts[0]) == ["1", "4", "3", "6", "2", "5"])
    let messages = parts[1].components(separatedBy: "\n\n\(line30)\n\n")
    #expect(messages.count == 7)
    #expect(messages[6] == "End of BCH forum Digest\n***********************\n")
    let token = Samples.keys.token(for: .reply(person: 17, post: 1), key: 1)
    let header = """
      Date: Tue, 26 May 2026 11:50:00 +0000
      From: "Ana Paz (BCH forum)" <risk@forum.example.org>
      Subject: [#1] Points to consider in field trials
      Message-ID: <\(token).0@forum.example.org>

      one

      """
    #expect(messages[0].hasPrefix(header + "\n \(line30.dropFirst())\n \(line70.dropFirst())\nEnd\n"))
    #expect(!parts[0].contains("\n-- \n"))
  }

  @Test(
    "D4, X1: in an RFC 1153 digest no author's name is read as an address, and none is longer than in a header",
    arguments: [
      ("Smith, John", "\"Smith, John (BCH forum)\""), ("Mallory <evil@x.y>", "\"Mallory <evil@x.y> (BCH forum)\""),
      ("a\\\"b", "\"a\\\\\\\"b (BCH forum)\""), ("Карл Ум", "\"Карл Ум (BCH forum)\""),
      (String(repeating: "x", count: 300), "\"\(String(repeating: "x", count: 59))… (BCH forum)\""),
    ])
  func plainFrom(_ author: String, expected: String) throws {
    let copy = Samples.copy(Samples.post(by: author))
    let text = try read(try Samples.digest([copy], to: Samples.recipient(format: .plain))).text
    #expect(text.contains("\nFrom: \(expected) <risk@forum.example.org>\n"))
  }

  @Test("D4: the MIME digest holds each post as a message of its own")
  func mime() throws {
    let mail = try read(try Samples.digest(Self.posts, to: Samples.recipient(format: .mime)))
    #expect(mail.type == "multipart/mixed")
    #expect(mail.parts.map(\.type) == ["text/plain", "multipart/digest"])
    let messages = mail.parts[1].parts.map { $0.parts[0] }
    #expect(messages.count == 6)
    #expect(messages.map { $0["Subject"]!.prefix(4) } == ["[#1]", "[#4]", "[#3]", "[#6]", "[#2]", "[#5]"])
    let token = Samples.keys.token(for: .reply(person: 17, post: 1), key: 1)
    #expect(messages[0]["From"] == "\"Ana Paz (BCH forum)\" <risk@forum.example.org>")
    #expect(messages[0]["Date"] == "Tue, 26 May 2026 11:50:00 +0000")
    #expect(messages[0]["Message-ID"] == "<\(token).0@forum.example.org>")
    #expect(messages[0]["Reply-To"] == "reply+\(token)@forum.example.org")
    #expect(messages[0].text.hasPrefix("one\n\n"))
  }

  @Test("M5: text only has no HTML; RFC 1153 and MIME digests have none either")
  func textOnly() throws {
    #expect(try read(try Samples.digest(Self.posts, to: Samples.recipient(textOnly: true))).type == "text/plain")
    for format in [DigestFormat.plain, .mime] {
      let mail = try read(try Samples.digest(Self.posts, to: Samples.recipient(format: format)))
      #expect(mail.leaf("text/html") == nil)
    }
  }

  @Test("D2: a post's weight is what it adds to a digest", arguments: DigestStyle.allCases)
  func weight(_ style: DigestStyle) throws {
    for body in [Samples.english, Samples.chinese, Samples.html] {
      let copy = Samples.copy(Samples.post(body: body), position: 9)
      let prepared = try Samples.composer.prepare(copy, language: .en)
      let one = try Samples.digest([copy], to: Samples.recipient(style: style)).data.count
      let more = try Samples.digest(Array(repeating: copy, count: 11), to: Samples.recipient(style: style)).data.count
      let real = (more - one) / 10
      let weight = Samples.composer.digestWeight(prepared, style: style)
      #expect(weight > real * 8 / 10 && weight < real * 14 / 10, "\(weight) for \(real)")
    }
  }

  @Test("Heading levels go down by one from the mail's to the post's")
  func headings() throws {
    var posts = Self.posts
    posts[0].post.format = .html
    posts[0].post.body = "<h1>T</h1>"
    let html = try read(try Samples.digest(posts)).leaf("text/html")!.text
    #expect(html.contains("<h4 style=\"font-size:1.15em\">T</h4>"))
    #expect(html.components(separatedBy: "<h2").count == 4, "contents and two discussions")
    #expect(html.contains("<a href=\"#t1\">") && html.contains("<h3 id=\"t1\">"))
  }
}
