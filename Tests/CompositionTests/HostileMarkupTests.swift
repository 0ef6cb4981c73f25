import Forum
import Testing

@testable import Composition

/// Texts that are made to make parsers slow: each is read to its end, or to where it is cut, in time that grows with
/// its length alone. Where that does not hold, these take minutes or all memory.
@Suite("X1: texts that are made to be slow", .timeLimit(.minutes(10)))
struct HostileMarkupTests {
  private static func repeated(_ text: String, _ octets: Int = 500_000) -> String {
    String(repeating: text, count: octets / text.utf8.count)
  }

  private func face(_ body: String, _ format: BodyFormat) -> DisplayedPost {
    let copy = Samples.copy(Samples.post(body: body, format: format, language: nil))
    return DisplayedPost(copy, words: TemplateSet.builtIn.words(.en), limit: 512_000, keys: Samples.keys)
  }

  @Test(
    "X1: 200 KB of one sign after the other end in all three formats",
    arguments: [
      "[", "![a](b", "*a _b **c ", "`", "&#x ", "&amp;", "> ", "- ", "1. ", "<a ", "</b>", "<!--", "<ul><li>",
      "<b><i>", "<td>a", "www.a@b.c)", "|", "\u{301}", "<a href='",
    ], BodyFormat.allCases)
  func repeatedSigns(_ signs: String, format: BodyFormat) {
    let face = face(Self.repeated(signs, 200_000), format)
    #expect(face.html(headingShift: 1, .en).utf8.count < 2_000_000)
  }

  @Test("X1: a table of Markdown with ten thousand columns and rows is text")
  func widestTable() {
    let rows = String(repeating: "x\n", count: 10_000)
    let table = Self.repeated("x|", 20_000) + "\n" + Self.repeated("-|", 20_000) + "\n" + rows
    #expect(!face(table, .markdown).html(headingShift: 1, .en).contains("<table"))
    let modest = "a|b\n-|-\n" + String(repeating: "1|2\n", count: 500)
    #expect(face(modest, .markdown).html(headingShift: 1, .en).components(separated: "<tr>") == 501)
  }

  @Test("X1: Markdown beyond 100 KB is cut, and says so")
  func longMarkdown() {
    let face = face(Self.repeated("word ", 200_000), .markdown)
    #expect(face.note != nil)
    #expect((90_000...110_000).contains(face.bodyText.utf8.count))
  }

  @Test("X1: a long link definition that is named thousands of times is text; a short one beside it still works")
  func definitions() {
    let title = Self.repeated("t ", 50_000)
    for definition in ["[a]: /u \"\(title)\"", "> [a]: /u\n> '\(title)'", "[a]: </\(title.replacing(" ", with: "x"))>"]
    {
      let face = face("[b]: https://e.org/b\n\n\(definition)\n\n[b]\n\n" + Self.repeated("[a] ", 48_000), .markdown)
      let html = face.html(headingShift: 1, .en)
      #expect(html.utf8.count < 200_000)
      #expect(html.contains("<a href=\"https://e.org/b\">b</a>"))
      #expect(face.bodyText.contains("[a] [a] [a]") && face.note == nil)
    }
  }

  @Test("Link definitions of an honest post are kept, be they many")
  func honestDefinitions() {
    let definitions = (0..<200).map { "[n\($0)]: https://e.org/\($0) \"Title\"\n" }.joined()
    let face = face("\(definitions)\n" + (0..<200).map { "See [n\($0)].\n" }.joined(), .markdown)
    #expect(face.html(headingShift: 1, .en).components(separated: "<a href=") == 200)
  }

  @Test("X1: an address with half a million brackets behind it is none", arguments: [BodyFormat.plain, .markdown])
  func brackets(_ format: BodyFormat) {
    let face = face("http://a" + Self.repeated(")"), format)
    #expect(!face.html(headingShift: 1, .en).contains("<a href=\"http://a"))
  }

  @Test("X1: a tag with a hundred thousand attributes, all different or all alike, is read")
  func attributes() {
    for many in [(0..<100_000).map { " a\($0)" }.joined(), Self.repeated(" a") + (0..<900).map { " b\($0)" }.joined()] {
      let face = face("<p>before<p\(many)>within</p><p dir=rtl>after</p>", .html)
      #expect(face.bodyText.hasPrefix("before\n\nwithin"))
    }
  }

  @Test("X1: links around blocks around links are read once each")
  func nestedLinks() {
    let nested = String(repeating: "<a href=http://e.org><div>x", count: 20_000)
    #expect(face(nested, .html).bodyText.components(separated: "<http://e.org>") > 10)
    #expect(face("<table><tr><td>" + nested, .html).bodyText.components(separated: "<http://e.org>") > 10)
  }

  @Test("A large picture within the text costs nothing but itself")
  func inlinePicture() {
    let picture = "<img alt=Map src=\"data:image/png;base64,\(Self.repeated("QUJD"))\">"
    #expect(face("<p>before \(picture) after</p>", .html).bodyText == "before [Map] after")
  }
}
