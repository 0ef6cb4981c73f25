import Forum
import Testing
import Tokens

@testable import Composition

/// Posts in which somebody wrote an address or a link that Watchpost signed (rule I2).
@Suite struct MaskedPostTests {
  private static let token = Samples.keys.token(for: .reply(person: 99, post: 7), key: 1)
  private static let address = "reply+\(token)@forum.example.org"
  private static let encoded = "%\(String(token.utf8.first!, radix: 16))\(token.dropFirst())"
  private static let head = token.prefix(12)
  private static let rest = token.dropFirst(12)

  @Test(
    "I2: a signed address or link that somebody wrote into a post is masked in text and HTML, and no link leads there",
    arguments: [
      (BodyFormat.plain, "Votes to \(address) please"), (.markdown, "Votes to <\(address)> please"),
      (.markdown, "Votes to [reply+\(head)*\(rest)*@forum.example.org](mailto:\(address)) please"),
      (
        .markdown,
        "Votes to [us](mailto:reply%2B\(token)@forum.example.org), see https://forum.example.org/mail/u/\(token)"
      ),
      (.html, "<p>Votes to <a href=\"mailto:\(address)\">\(address)</a> please</p>"),
      (.html, "<p>Votes to reply+\(head)<b>&#\(rest.utf8.first!);\(rest.dropFirst())</b>@forum.example.org please</p>"),
      (.html, "<a href='mailto:reply+\(encoded)@forum.example.org?subject=x'>Votes to us</a>"),
      (.html, "<p>Votes to \(address), and <i>\(address)</i>&shy;</p><p>\(token)</p>"),
    ])
  func masked(_ format: BodyFormat, _ body: String) {
    let copy = Samples.copy(Samples.post(by: "Ana \(Self.address)", subject: Self.address, body: body, format: format))
    let face = DisplayedPost(copy, words: TemplateSet.builtIn.words(.en), limit: 512_000, keys: Samples.keys)
    let html = face.html(headingShift: 1, .en)
    for text in [face.fullText, html, face.author, face.subject] {
      let bare = text.replacing(/<[^>]*>/, with: "")
      #expect(!bare.contains(Self.token) && !text.contains(Self.token) && !text.contains(Self.encoded), "\(text)")
    }
    #expect(face.fullText.contains("Votes to") && html.contains("Votes to") && !html.contains("mailto:"))
  }

  @Test("I2: other links and words stay as they are")
  func others() {
    let body = "<p>See <a href=\"mailto:us@forum.example.org\">reply+us@forum.example.org</a>, <b>re</b>ply</p>"
    let copy = Samples.copy(Samples.post(body: body, format: .html))
    let face = DisplayedPost(copy, words: TemplateSet.builtIn.words(.en), limit: 512_000, keys: Samples.keys)
    let written = face.html(headingShift: 1, .en).replacing("\n", with: " ")
    #expect(written == body)
  }
}
