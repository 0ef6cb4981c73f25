import Composition
import Forum
import Identifiers
import Mail
import Mistakes
import Testing

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
    let text = try read(try Samples.digest(Self.posts)).leaf("text/plain")!.text
    #expect(numbers(in: text) == ["1", "4", "3", "6", "2", "5", "1", "4", "3", "6", "2", "5"])
    let bodies = ["one", "four", "three", "six", "two", "five"].map { text.range(of: "\n\($0)\n")!.lowerBound }
    #expect(bodies == bodies.sorted())
    let headings = ["Risk assessment", "  Theme 1 › Points", "  Capacity-building", "Access and", "  Non-monetary"]
      .map { text.range(of: "\n\($0)")!.lowerBound }
    #expect(headings == headings.sorted())
    #expect(headings.last! < bodies.first!)
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
            #expect(leaf.text.contains("mailto:reply+\(token)@forum.example.org?subject=Re%3A"))
          }
        }
      }
    }
  }

  @Test("M7: the heading runs in the language's direction, and the site's name within it in its own")
  func heading() throws {
    let html = try read(try Samples.digest(Self.posts, to: Samples.recipient(.ar))).leaf("text/html")!.text
    #expect(html.contains("<bdi>BCH forum</bdi>: الموجز اليومي</h1>"))
  }

  @Test("M5: a digest of plain English text is no larger than its text needs, quoted-printable")
  func rules() throws {
    let mail = try Samples.digest(Self.posts, to: Samples.recipient(textOnly: true))
    #expect(String(decoding: mail.data, as: UTF8.self).contains("Content-Transfer-Encoding: quoted-printable"))
  }

  @Test("D2: style subjects has the table of contents with links, and no text")
  func subjects() throws {
    let mail = try read(try Samples.digest(Self.posts, to: Samples.recipient(style: .subjects)))
    for leaf in mail.leaves {
      #expect(!leaf.text.contains("three"))
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
      try subject(.lastCall(discussion: "Risk\r\nBcc: x@y.z"))
        == "Risk Bcc: x@y.z: digest before closing, 6 posts")
    #expect(try subject(.regular(.daily), Samples.recipient(.ru)) == "BCH forum: ежедневный дайджест, 6 сообщений")
    #expect(try subject(.regular(.daily), Samples.recipient(.ar)) == "BCH forum: الموجز اليومي، 6 مشاركات")
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
      (.regular(.daily), "once a day"), (.regular(.weekly), "once a week"),
      (.catchUp, "could not be sent to you in time"),
      (.lastCall(discussion: "Risk & co"), "the discussion “Risk & co” will close soon"),
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

  @Test("M6: a digest says what kinds of watches its posts come from, and claims no choice that nobody made")
  func watches() throws {
    let expected: [(Set<WatchScope>, String, String)] = [
      ([.thread], "en", "These posts come from your watches on: single threads."),
      (
        [.everything, .thread, .discussion], "en",
        "These posts come from your watches on: single threads, whole discussions, all discussions of BCH forum."
      ),
      ([.discussion], "fr", "Ces messages proviennent de ce que vous suivez\u{A0}: des discussions entières."),
      ([.discussion, .thread], "zh", "这些帖子来自您关注的内容：单个话题、整个讨论。"),
      ([.everything], "ru", "Эти сообщения относятся к тому, за чем Вы следите: ко всем обсуждениям «BCH forum»."),
    ]
    for (scopes, language, sentence) in expected {
      for format in DigestFormat.allCases {
        let recipient = Samples.recipient(Language(tag: language)!, format: format)
        let mail = try read(try Samples.digest(Self.posts, to: recipient, scopes: scopes))
        for part in mail.leaves.prefix(format == .alternative ? 2 : 1) {
          let text = part.text.replacing("<bdi>", with: "").replacing("</bdi>", with: "")
          #expect(text.replacing("\n", with: language == "zh" ? "" : " ").contains(sentence), "\(language) \(format)")
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
      (String(repeating: "x", count: 300), "\"\(String(repeating: "x", count: 87))… (BCH forum)\""),
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
    #expect(html.contains("<h3>T</h3>"))
    #expect(html.components(separatedBy: "<h1").count == 2)
    #expect(html.contains("<a href=\"#p1\">") && html.contains("<h2 id=\"p1\""))
  }
}
