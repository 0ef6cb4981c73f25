import Forum
import Testing

@testable import Composition

/// A post's files, as its mails name them (rule M6).
@Suite("A post's files in its mails") struct AttachmentListTests {
  private func list(_ attachments: [PostAttachment], _ language: Language = .en) -> AttachmentList {
    AttachmentList(
      attachments, base: SafeURL("https://forum.example.org/risk/post/9240"),
      words: TemplateSet.builtIn.words(language), keys: Samples.keys)
  }

  @Test("M6: each file has a line with name, size and link, as far as they are known; HTML says the same")
  func lines() {
    let list = list(Samples.attachments)
    #expect(
      list.text == """
        Attachments:
        Annex III.pdf (1.3 MB) <https://forum.example.org/file?id=3&x=4>
        plot.csv (1 KB)
        map.png <https://forum.example.org/file?id=5>
        \u{2068}خريطة الموقع.pdf\u{2069} (46 KB) <https://forum.example.org/file?id=6>
        """)
    #expect(
      list.html == """
        <div lang="en" dir="ltr">
        <p>Attachments:</p>
        <ul>
        <li><a href="https://forum.example.org/file?id=3&amp;x=4">Annex III.pdf</a> (1.3 MB)</li>
        <li>plot.csv (1 KB)</li>
        <li><a href="https://forum.example.org/file?id=5">map.png</a></li>
        <li><a href="https://forum.example.org/file?id=6"><span dir="rtl">خريطة الموقع.pdf</span></a> (46 KB)</li>
        </ul>
        </div>
        """)
  }

  @Test("M6: a post without files says nothing of them")
  func none() throws {
    #expect(list([]).text.isEmpty && list([]).html.isEmpty)
    let face = DisplayedPost(
      Samples.copy(Samples.post(body: "x")), words: TemplateSet.builtIn.words(.en), limit: 1000, keys: Samples.keys)
    #expect(face.fullText == "x")
  }

  @Test(
    "M7: sizes are written as the language writes them, rounded up",
    arguments: [
      (Language.en, ["0 KB", "1 KB", "2 KB", "999 KB", "1.0 MB", "1.3 MB", "2000 MB"]),
      (.fr, ["0 ko", "1 ko", "2 ko", "999 ko", "1,0 Mo", "1,3 Mo", "2000 Mo"]),
      (.es, ["0 kB", "1 kB", "2 kB", "999 kB", "1,0 MB", "1,3 MB", "2000 MB"]),
      (.ru, ["0 КБ", "1 КБ", "2 КБ", "999 КБ", "1,0 МБ", "1,3 МБ", "2000 МБ"]),
      (.zh, ["0 KB", "1 KB", "2 KB", "999 KB", "1.0 MB", "1.3 MB", "2000 MB"]),
      (
        .ar,
        [
          "0 كيلوبايت", "1 كيلوبايت", "2 كيلوبايت", "999 كيلوبايت", "1.0 ميغابايت", "1.3 ميغابايت",
          "2000 ميغابايت",
        ]
      ),
    ])
  func sizes(_ language: Language, _ expected: [String]) {
    let words = TemplateSet.builtIn.words(language)
    #expect([0, 1000, 1001, 999_000, 999_001, 1_234_567, 2_000_000_000].map { words.size($0) } == expected)
    #expect(words.size(.max).contains("9223372036855"))
  }

  @Test("M6, M7: the heading is in the reader's language, the list runs in its direction", arguments: Language.allCases)
  func languages(_ language: Language) {
    let list = list(Samples.attachments, language)
    let heading = TemplateSet.builtIn.words(language).plain(.labelAttachments)
    let name = language == .ar ? "\u{2068}Annex III.pdf\u{2069}" : "Annex III.pdf"
    #expect(list.text.hasPrefix(heading + "\n\(name) (1"))
    #expect(list.html.hasPrefix("<div lang=\"\(language)\" dir=\"\(language.direction.rawValue)\">\n<p>\(heading)</p>"))
  }

  @Test("M6: of many files twenty are named, and the others counted")
  func many() {
    func all(_ count: Int) -> [PostAttachment] { (0..<count).map { PostAttachment(post: "p", name: "f\($0).pdf") } }
    #expect(list(all(20)).text.split(separator: "\n").count == 21)
    let lines = list(all(25)).text.split(separator: "\n")
    #expect(lines.count == 22 && lines.last == "Not shown here: 5.")
    #expect(list(all(25)).html.matches(of: #/<li>/#).count == 21)
    #expect(list(all(100_000)).text.hasSuffix("Not shown here: 99980."))
  }

  @Test(
    "X1: a file's name and link are as harmless as any other text",
    arguments: [
      ("a\r\nBcc: evil@example.org", "https://e.org/\r\nX: y"), ("photo\u{202E}gpj.exe", "javascript:alert(1)"),
      ("<script>alert(1)</script>", "https://e.org/\"><script>"), ("../../etc/passwd", "//e.org/a"),
      ("\u{2067}a\u{2066}", "data:text/html,x"), ("", ""), ("a\u{0}\u{1}b", "file:///etc/passwd"),
      (String(repeating: "x", count: 10_000) + ".pdf", String(repeating: "y", count: 10_000)),
      ("a\u{2069}b\u{2068}", "https://e.org/\u{202E}"),
    ])
  func hostile(_ name: String, _ url: String) throws {
    let file = PostAttachment(post: "p", name: name, octets: -1, url: url)
    let list = list([file])
    let lines = list.text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 2 && lines[1].utf8.count < 3000)
    for text in [list.text, list.html] {
      for word in ["\u{202E}", "\u{0}", "\r", "<script", "javascript:", "data:", "file:", "../"] {
        #expect(!text.contains(word))
      }
    }
    #expect(!lines[1].unicodeScalars.contains { (0x2066...0x2069).contains($0.value) })
    let mail = try MessageReader.read(
      try Samples.instant(Samples.copy(Samples.post(), attachments: [file])).data)
    #expect(mail["Bcc"] == nil && mail.leaves.count == 2)
  }

  @Test(
    "M6: a file's name is shown as its owner gave it",
    arguments: ["report [final] #3 ~v2 (100%).pdf", "a&b {x} $1 `y` *z*.txt", "50% = 1|2.csv", "Änderung: neu!.odt"])
  func names(_ name: String) {
    let list = list([PostAttachment(post: "p", name: name)])
    #expect(list.text == "Attachments:\n\(name)")
    #expect(list.html.contains("<li>\(name.replacing("&", with: "&amp;"))</li>"))
  }

  @Test("I2: a token that somebody wrote into a file's name or link is masked")
  func masked() throws {
    let plain = try MessageReader.read(try Samples.instant(Samples.copy(Samples.post())).data)
    let address = try #require(plain.leaf("text/plain")?.text.firstMatch(of: #/reply\+[a-z2-7]+@[a-z.]+/#)).0
    let list = list([PostAttachment(post: "p", name: "\(address).pdf", url: "https://e.org/\(address)")])
    #expect(!list.text.contains(address.dropFirst(6).prefix(20)) && !list.html.contains("href"))
  }

  @Test("M6: instant copies and digests of every form name a post's files below its text")
  func mails() throws {
    let copy = Samples.copy(Samples.post(body: "The map is below."), attachments: Samples.attachments)
    var messages = [try Samples.instant(copy)]
    for format in DigestFormat.allCases {
      messages.append(try Samples.digest([copy], to: Samples.recipient(format: format)))
    }
    for message in messages {
      let text = try MessageReader.read(message.data).leaves.map(\.text).joined()
      let (body, name) = (text.firstRange(of: "The map is below."), text.firstRange(of: "Annex III.pdf"))
      #expect(try #require(body).upperBound < #require(name).lowerBound)
      #expect(text.contains("(1.3 MB) <https://forum.example.org/file?id=3&x=4>"))
    }
    let subjects = try Samples.digest([copy], to: Samples.recipient(style: .subjects))
    #expect(try !MessageReader.read(subjects.data).leaves.contains { $0.text.contains("Annex III") })
  }

  @Test("C4: a post whose files have changed is rendered anew")
  func cached() throws {
    let cache = PreparedPostCache(Samples.composer)
    func text(_ attachments: [PostAttachment]) throws -> String {
      try cache.prepare(Samples.copy(Samples.post(), attachments: attachments), language: .en).face.fullText
    }
    #expect(try !text([]).contains("plot.csv"))
    #expect(try text(Samples.attachments).contains("plot.csv"))
  }
}
