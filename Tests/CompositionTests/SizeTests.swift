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
    ])
  func unclipped(_ body: String) throws {
    for format in BodyFormat.allCases {
      let copy = Samples.copy(Samples.post(body: body, format: format))
      let (instant, digest) = (try read(try Samples.instant(copy)), try read(try Samples.digest([copy])))
      for mail in [instant, digest] {
        let html = mail.leaf("text/html")!.text
        #expect(html.utf8.count <= 102_000, "\(format): \(html.utf8.count)")
        #expect(
          html.contains("<a href=\"https://forum.example.org/risk/post/9240\">This post is too long"), "\(format)")
        let text = mail.leaf("text/plain")!.text
        #expect(text.contains("It continues in\nthe online forum.\nhttps://forum.example.org/risk/post/9240\n"))
      }
    }
  }
}

extension Sequence<UInt8> {
  /// Octets of the header, with the empty line behind it.
  var firstBody: Int {
    let octets = Array(self)
    return (octets.indices.first { octets[$0...].starts(with: [13, 10, 13, 10]) } ?? 0) + 4
  }
}
