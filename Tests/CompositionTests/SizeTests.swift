import Composition
import Forum
import Mail
import Testing

@Suite("How large mails are") struct SizeTests {
  private func read(_ message: OutgoingMessage) throws -> MessageReader.Part { try MessageReader.read(message.data) }

  @Test("M6: the body of an empty post is under 1.8 KB, as text alone under 700 octets")
  func lightest() throws {
    for (isText, limit) in [(false, 1800), (true, 700)] {
      let message = try Samples.instant(Samples.copy(Samples.post(body: "")), to: Samples.recipient(textOnly: isText))
      let body = message.data.count - String(decoding: message.data, as: UTF8.self).utf8.firstBody
      #expect(body < limit, "\(body)")
    }
  }

  @Test("M6: a post without words says so; with a file it need not")
  func wordless() throws {
    for (body, format) in [("", BodyFormat.plain), (" \n\n", .markdown), ("<p>&nbsp;</p>", .html)] {
      let mail = try read(try Samples.instant(Samples.copy(Samples.post(body: body, format: format))))
      #expect(mail.leaf("text/plain")!.text.contains("\nThis post has no text.\n\n-- \n"))
      #expect(mail.leaf("text/html")!.text.contains(">This post has no text.</p>"))
      let files = Samples.copy(Samples.post(body: body, format: format), attachments: Samples.attachments)
      #expect(!(try read(try Samples.instant(files))).leaf("text/plain")!.text.contains("no text"))
    }
  }

  @Test(
    "M6: no post makes an HTML part that Gmail would clip, by default; a cut ends with a link to the rest",
    arguments: [
      String(repeating: "All work and no play makes Jack a dull boy.\n\n", count: 25_000),
      String(repeating: "<blockquote><p>&amp;&lt;", count: 40_000), String(repeating: "李波", count: 150_000),
      String(repeating: "<table><tr><td>1<td>2", count: 40_000), String(repeating: "&&&&<<<<>>>> ", count: 80_000),
      String(repeating: "https://example.org/a ", count: 40_000), String(repeating: "> x\n\ny\n\n", count: 90_000),
      String(repeating: "a", count: 500_000), String(repeating: "é", count: 250_000),
      String(repeating: "<blockquote>", count: 20) + "<pre>a" + String(repeating: "x\n", count: 88_000) + "b",
      String(repeating: "<blockquote>", count: 40) + "<pre>" + String(repeating: "x\n", count: 60_000),
      String(repeating: "<dl><dd>", count: 30) + String(repeating: "x<br>", count: 40_000),
      String(repeating: "<blockquote>x", count: 40_000), "<pre>" + String(repeating: "x\n", count: 60_000),
      "```\n" + String(repeating: "x\n", count: 60_000), "bc. " + String(repeating: "x\n", count: 60_000),
      String(repeating: ">>>>>>>> x\n", count: 60_000),
    ])
  func unclipped(_ body: String) throws {
    for format in BodyFormat.allCases {
      let copy = Samples.copy(Samples.post(body: body, format: format))
      let (instant, digest) = (try read(try Samples.instant(copy)), try read(try Samples.digest([copy])))
      for mail in [instant, digest] {
        let html = mail.leaf("text/html")!.text
        #expect(html.octetsInMail <= 102_000, "\(format): \(html.octetsInMail)")
        #expect(
          html.contains("<a href=\"https://forum.example.org/risk/post/9240\">This post is too long"), "\(format)")
        let text = mail.leaf("text/plain")!.text
        #expect(text.octetsInMail <= 102_000, "\(format): \(text.octetsInMail)")
        #expect(text.contains("It continues in\nthe online forum.\nhttps://forum.example.org/risk/post/9240\n"))
      }
    }
  }
}

extension SizeTests {
  @Test("M6: empty lines without end are no text, however deep they stand")
  func emptyLines() throws {
    for body in [
      String(repeating: "<blockquote>", count: 20) + "<pre>a" + String(repeating: "\n", count: 88_000) + "b",
      "a" + String(repeating: "<br>", count: 80_000) + "b",
      "a" + String(repeating: "<p>&nbsp;</p>", count: 40_000) + "b",
    ] {
      let mail = try read(try Samples.instant(Samples.copy(Samples.post(body: body, format: .html))))
      #expect(mail.leaves.allSatisfy { $0.text.utf8.count < 6000 })
    }
    let plain = try read(
      try Samples.instant(Samples.copy(Samples.post(body: "a" + String(repeating: "\n", count: 80_000) + "b"))))
    #expect(plain.leaves.allSatisfy { $0.text.utf8.count < 3000 })
  }

  @Test("M6: a post of many megabytes is cut before anything else looks at it")
  func huge() throws {
    for format in BodyFormat.allCases {
      let body = String(repeating: "<p>All work and no play.</p>\n", count: 300_000)
      let mail = try Samples.instant(Samples.copy(Samples.post(body: body, format: format)))
      #expect(mail.data.count < 400_000)
    }
  }
}

extension String {
  /// As it travels, with CRLF line ends.
  fileprivate var octetsInMail: Int { utf8.reduce(0) { $0 + ($1 == 0x0A ? 2 : 1) } }
}

extension Sequence<UInt8> {
  /// Octets of the header, with the empty line behind it.
  var firstBody: Int {
    let octets = Array(self)
    return (octets.indices.first { octets[$0...].starts(with: [13, 10, 13, 10]) } ?? 0) + 4
  }
}
