import Composition
import Forum
import Identifiers
import Mail
import Testing
import Time

/// Whatever stands in any field of a post, a thread, a discussion or a person: the message is valid, and says nothing
/// in anybody else's name (rule X1).
@Suite("Hostile fields") struct HostileTests {
  static let texts: [String] = [
    "", " ", "a\r\nBcc: evil@example.org", "a\nX-Evil: 1\n\nbody", "\r\n\r\n--=_x\r\n", "a\u{0}b", "\u{1}A\u{1}F\u{1}G",
    "\u{202E}gro.live\u{202C}", "\u{2066}a", String(repeating: "x", count: 10_000),
    String(repeating: "я ", count: 10_000),
    String(repeating: "\u{301}", count: 1_000), "{{stopURL}} {{{body}}} {{#a}}", "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>", "<\u{301}script>", "=?utf-8?q?evil?=", "Ana <ana@evil.example>, x@y.z",
    "\\\"", "👩‍👩‍👧‍👦🏳️‍🌈", ".\r\n.\r\nQUIT\r\n", "From me", "\u{FFFD}\u{FEFF}", "]]>", "--", "a\u{2028}b\u{85}c",
    String(repeating: "-", count: 30), "https://evil.example/\r\nX: y", "javascript:alert(1)",
    "https://e.org/" + String(repeating: "a", count: 1500), "\u{E000}\u{10FFFD}",
  ]

  /// A post in which every field holds the text.
  private func copy(_ text: String, format: BodyFormat) -> PostCopy {
    PostCopy(
      post: Post(
        key: text, ordinal: .max, threadKey: text, discussionKey: text, number: text, parentKey: text, authorKey: text,
        authorName: text, subject: text, body: text, format: format, language: text, createdAt: Timestamp(-1), url: text
      ),
      thread: Forum.Thread(key: text, discussionKey: text, title: text, theme: text, url: text),
      discussion: Discussion(key: text, title: text, slug: text, url: text),
      journalled: .init(position: JournalPosition(.max), key: 1),
      ancestors: [.init(position: JournalPosition(.min), key: 2)])
  }

  private func check(_ message: OutgoingMessage, _ text: String) throws {
    let mail = try MessageReader.read(message.data)
    let allowed: Set<String> = [
      "From", "To", "Reply-To", "Date", "Subject", "Message-ID", "In-Reply-To", "References", "List-Id", "List-Archive",
      "Archived-At", "Auto-Submitted", "Precedence", "X-Auto-Response-Suppress", "Feedback-ID", "Content-Language",
      "MIME-Version", "List-Post", "List-Unsubscribe", "List-Unsubscribe-Post", "Content-Type",
      "Content-Transfer-Encoding", "Watchpost-Resend", "Watchpost-Posts", "Thread-Topic",
    ]
    let names = mail.header.map(\.name)
    #expect(Set(names).count == names.count, "a field stands twice for \(text.prefix(40))")
    #expect(Set(names).isSubset(of: allowed))
    #expect(mail["To"]!.hasSuffix("bo.li@example.com>") || mail["To"] == "bo.li@example.com")
    #expect(mail["From"]!.hasSuffix("@forum.example.org>"))
    for leaf in mail.leaves where leaf.type == "text/html" {
      for word in ["<script", "<img", "onerror=\"", "href=\"javascript", "\u{202E}", "\u{1}"] {
        #expect(!leaf.text.lowercased().contains(word))
      }
    }
    for leaf in mail.leaves { #expect(leaf.text.contains("bo.li@example.com") || mail.type == "multipart/mixed") }
  }

  @Test("X1: any text in every field of a post gives a valid instant copy", arguments: texts)
  func instant(_ text: String) throws {
    for format in BodyFormat.allCases {
      for (language, watch) in [
        (Language.en, WatchScope.thread), (.ar, .discussion), (Language(tag: text) ?? .en, .everything),
      ] {
        let prepared = try Samples.composer.prepare(copy(text, format: format), language: language)
        var recipient = Samples.recipient(language, name: text)
        recipient.zone = text
        recipient.person = PersonID(.max)
        let message = Samples.composer.instant(
          prepared, to: recipient, delivery: DeliveryID(.max), generation: .max, watch: watch,
          date: Timestamp(4_102_444_800))
        try check(message, text)
      }
    }
  }

  @Test("X1: any text in every field of a post gives a valid digest", arguments: texts)
  func digest(_ text: String) throws {
    for format in DigestFormat.allCases {
      for style in DigestStyle.allCases {
        let recipient = Samples.recipient(name: text, style: style, format: format)
        let copies = BodyFormat.allCases.map { copy(text, format: $0) }
        try check(
          try Samples.digest(
            copies, to: recipient, kind: .lastCall(discussion: text, closesAt: Samples.noon), part: 1, of: 3), text)
      }
    }
  }

  @Test("X1: settings that would break a header or an address are refused with what to do")
  func settings() {
    func refused(_ make: @autoclosure () throws -> CompositionSettings, _ text: String) {
      #expect {
        _ = try make()
      } throws: { "\($0)".contains(text) }
    }
    refused(try CompositionSettings(siteName: "\r\n", domain: "e.org"), "give the forum a name")
    refused(try CompositionSettings(siteName: String(repeating: "F", count: 61), domain: "e.org"), "shorten it")
    refused(try CompositionSettings(siteName: "F", domain: "e.org\r\nX: y"), "is no domain name in ASCII")
    refused(try CompositionSettings(siteName: "F", domain: "пример.рф"), "write an IDN as xn--")
    refused(try CompositionSettings(siteName: "F", domain: "e.org", replyPrefix: "re+ply"), "cannot open an address")
    refused(try CompositionSettings(siteName: "F", domain: "e.org", replyPrefix: "stop"), "must differ")
    refused(try CompositionSettings(siteName: "F", domain: "e.org", webURL: "ftp://x"), "is no web address")
    refused(try CompositionSettings(siteName: "F", domain: "e.org", webURL: "https://x/?a"), "is no web address")
  }

  @Test("X1: a subject beyond 200 characters survives, folded; one beyond measure is cut")
  func longSubjects() throws {
    func subject(_ title: String) throws -> String {
      let thread = Forum.Thread(key: "t1", discussionKey: "d1", title: title)
      let mail = try MessageReader.read(try Samples.instant(Samples.copy(Samples.post(), thread: thread)).data)
      return MessageReader.decodedWords(mail["Subject"]!)
    }
    let long = (0..<60).map { "word\($0)" }.joined(separator: " ")
    #expect(try subject(long) == long)
    let russian = String(repeating: "слово ", count: 60).trimmingSuffix(" ")
    #expect(try subject(russian) == russian)
    #expect(try subject(String(repeating: "x", count: 5_000)).hasSuffix("x…"))
  }
}
