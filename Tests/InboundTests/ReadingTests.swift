import Inbound
import TestSupport
import Testing

/// A message of lines; CR LF between them, as on the wire.
func message(_ lines: String) -> InboundMessage {
  MessageReader().read(Array(lines.replacing("\n", with: "\r\n").utf8))
}

@Suite("Reading messages")
struct ReadingTests {
  @Test("Header fields are unfolded and decoded, whatever their case")
  func header() {
    let read = message(
      """
      From: =?utf-8?Q?Ana_Mar=C3=ADa?= <ana@example.org>
      SUBJECT: =?iso-2022-jp?B?GyRCRnxLXDhsGyhC?=
       and more
      X-One: 1
      X-One: 2

      text
      """)
    #expect(read.header["from"] == "Ana María <ana@example.org>")
    #expect(read.header["Subject"] == "日本語 and more")
    #expect(read.header.all("x-one") == ["1", "2"])
    #expect(read.body.text == "text" && read.isComplete)
  }

  @Test("Lines that end with CR alone are lines")
  func returns() {
    let read = MessageReader().read(Array("Subject: a\rX-One: 1\r\rone\rtwo\r".utf8))
    #expect(read.header["x-one"] == "1" && read.body.text == "one\ntwo\n")
    let mailbox = MessageReader().read(Array("From a  Mon\rSubject: a\r\rone\r".utf8))
    #expect(mailbox.header["subject"] == "a" && mailbox.body.text == "one\n")
  }

  @Test("Blank lines in front of the header are passed over")
  func blank() {
    #expect(message("   \n\n \t\nSubject: a\n\none\n").header["subject"] == "a")
  }

  static let charsets: [(String, [UInt8], String)] = [
    ("koi8-r", [0xF0, 0xD2, 0xC9, 0xD7, 0xC5, 0xD4], "Привет"),
    ("windows-1251", [0xCF, 0xF0, 0xE8, 0xE2, 0xE5, 0xF2], "Привет"),
    ("iso-8859-1", [0x93, 0x63, 0x61, 0x66, 0xE9, 0x94], "“café”"),
    ("gb2312", [0xC4, 0xE3, 0xBA, 0xC3], "你好"),
    ("shift_jis", [0x93, 0xFA, 0x96, 0x7B], "日本"),
    ("euc-kr", [0xC7, 0xD1, 0xB1, 0xB9], "한국"),
    ("windows-1256", [0xE3, 0xD1, 0xCD, 0xC8, 0xC7], "مرحبا"),
    // NEC's special characters, and half-width kana, as programs of Japan send them under that name.
    ("iso-2022-jp", Array("\u{1B}$B-!;?@.\u{1B}(B".utf8), "①賛成"),
    ("ISO-2022-JP", Array("\u{1B}(I123\u{1B}$B;?@.\u{1B}(B ok".utf8), "ｱｲｳ賛成 ok"),
    ("iso-2022-jp", Array("\u{1B}$B;?@.\u{1B}(B".utf8), "賛成"),
    // Named wrongly, or by nobody's name.
    ("us-ascii", [0xDF, 0x20, 0xF1, 0xEE, 0xE3, 0xEB, 0xE0, 0xF1, 0xE5, 0xED], "Я согласен"),
    ("us-ascii", [0xF1, 0x20, 0xD3, 0xCF, 0xC7, 0xCC, 0xC1, 0xD3, 0xC5, 0xCE], "Я согласен"),
    ("us-ascii", [0x64, 0xE9, 0x6A, 0xE0, 0x20, 0xE9, 0x74, 0xE9], "déjà été"),
    ("iso-8859-1", Array("café ё".utf8), "café ё"),
    ("us-ascii", Array("naïve".utf8), "naïve"),
    ("no-such-charset", [0x63, 0x61, 0x66, 0xE9], "café"),
  ]

  @Test("Text is Unicode, whatever its charset, also one that is named wrongly", arguments: charsets)
  func charset(_ name: String, _ octets: [UInt8], _ text: String) {
    let head = Array("Content-Type: text/plain; charset=\(name)\r\n\r\n".utf8)
    #expect(MessageReader().read(head + octets).body.text == text)
  }

  @Test("Parts are a tree with types, file names and enclosed messages")
  func tree() throws {
    let read = message(
      """
      MIME-Version: 1.0
      Content-Type: multipart/mixed; boundary=a

      --a
      Content-Type: multipart/alternative; boundary=b

      --b
      Content-Type: text/plain; charset=utf-8
      Content-Transfer-Encoding: quoted-printable

      caf=C3=A9
      --b
      Content-Type: text/html

      <p>caf&eacute;</p>
      --b--
      --a
      Content-Type: application/pdf; name="a.pdf"
      Content-Disposition: attachment; filename*=utf-8''r%C3%A9sum%C3%A9.pdf
      Content-Transfer-Encoding: base64

      AAECAw==
      --a
      Content-Type: message/rfc822

      Subject: within

      enclosed
      --a--
      """)
    #expect(
      read.parts.map(\.type) == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/pdf", "message/rfc822",
      ])
    #expect(read.parts[2].text?.hasPrefix("café") == true)
    #expect(read.parts[4].filename == "résumé.pdf" && read.parts[4].isAttachment)
    #expect(read.parts[4].content == .octets(count: 4))
    guard case .message(let header, let body) = read.parts[5].content else { throw Unexpected() }
    #expect(header["subject"] == "within" && body.first?.text?.hasPrefix("enclosed") == true)
  }

  @Test("X3: What lies beyond a bound is left out, and the message says so")
  func bounds() {
    let nested = (0..<40).reduce("text") { inner, level in
      "Content-Type: multipart/mixed; boundary=b\(level)\n\n--b\(level)\n\(inner)\n--b\(level)--\n"
    }
    let deep = message(nested)
    #expect(!deep.isComplete && deep.parts.count == 32)
    let many = message(
      "Content-Type: multipart/mixed; boundary=b\n\n" + String(repeating: "--b\n\nx\n", count: 10_000) + "--b--\n")
    #expect(!many.isComplete && many.parts.count == 1000)
    let field = message("Subject: \(String(repeating: "x", count: 70_000))\nX-Next: here\n\ntext\n")
    #expect(!field.isComplete && field.header["subject"] == nil && field.header["x-next"] == "here")
    let header = message(
      "Subject: first\n" + String(repeating: "X-Filler: \(String(repeating: "y", count: 1000))\n", count: 3000)
        + "\ntext\n")
    #expect(!header.isComplete && header.header["subject"] == "first" && header.body.text == "text\n")
    let dashes = message(
      "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n" + String(repeating: "--z\n", count: 30_000))
    #expect(!dashes.isComplete && dashes.parts.count == 2)
    let small = MessageReader(bounds: ReadingBounds(message: 100, text: 10))
    #expect(!small.read(Array("A: b\n\n\(String(repeating: "z", count: 200))".utf8)).isComplete)
  }

  @Test("X3: What is x-uuencoded is counted and not decoded, however large it is")
  func uuencoded() {
    let line = "M" + String(repeating: "86%A", count: 15) + "\n"
    let body = "begin 644 a\n" + String(repeating: line, count: 20_000) + "`\nend\n"
    func read(_ type: String) -> InboundMessage {
      message("Content-Type: \(type)\nContent-Transfer-Encoding: x-uuencode\n\n\(body)")
    }
    #expect(read("text/plain").body.text == "" && !read("text/plain").isComplete)
    guard case .octets(let count) = read("image/png").body.content else {
      Issue.record("no octets")
      return
    }
    #expect(count > 800_000)
  }

  @Test("X3: Random octets and mutated messages always end in one outcome")
  func hostile() {
    var random = SplitMix64(seed: 9)
    let seeds = Fixtures.all.map { $0.octets }
    for round in 0..<600 {
      var octets: [UInt8]
      if round % 4 == 0 {
        octets = (0..<Int.random(in: 0..<400, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      } else {
        octets = random.pick(seeds)
        for _ in 0..<Int.random(in: 1...12, using: &random) where !octets.isEmpty {
          let place = Int.random(in: 0..<octets.count, using: &random)
          switch Int.random(in: 0..<4, using: &random) {
          case 0: octets[place] = UInt8.random(in: 0...255, using: &random)
          case 1: octets.removeSubrange(place..<min(place + Int.random(in: 0..<40, using: &random), octets.count))
          case 2: octets.insert(contentsOf: octets[place..<min(place + 60, octets.count)], at: place)
          default: octets.insert(contentsOf: random.pick(seeds).prefix(200), at: place)
          }
        }
      }
      let read = MessageReader().read(octets)
      let outcome = Classification(read)
      #expect(Classification(MessageReader().read(octets)) == outcome, "the same octets, the same outcome")
      #expect((outcome.kind == .reply || outcome.kind == .command) == (outcome.reply != nil))
      for recipient in outcome.recipients where recipient.action != .failed { #expect(!recipient.isPermanent) }
    }
  }

  @Test(
    "X3: Nothing, a header alone, a body alone and NUL octets are messages too",
    arguments: [
      "", "\n", "\n\n\n", "Subject: a", "Subject: a\n", "no header at all", "\0\0\0", "From \n", ">From x\n\n", ":\n\n",
      "--\n",
    ])
  func odd(_ text: String) {
    let read = MessageReader().read(Array(text.utf8))
    #expect(read.isComplete && read.parts.count == 1)
  }
}

/// What a test did not expect.
struct Unexpected: Error {}
