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

// MARK: - The parser's weak sides

extension HostileMarkupTests {
  @Test(
    "X1, M5: half a megabyte that makes the parser slow or large is read in a moment, and its words are kept",
    arguments: [
      "<b>", "<div>", "<font>", "<a>", "<p>", "x<br>", "<b><p>", "<p><b a=1>", "<table>", "<table><tr><td>",
      "<table>x<b>",
      "<svg>", "<svg><g>", "<math><mi>", "<ul><li>", "<b a><i b>", "<i><object>", "<ruby><rt>", "<template>",
      "<b></p>", "<a><p></a></p>", "<html a>", "<select><option>", "<script>", "<textarea>", "<!--", "<p a=\"",
      "<button>",
    ])
  func megabyte(_ signs: String) {
    let read = HTMLReader.read("<p>first</p>" + Self.repeated(signs, 400_000), base: nil, limit: 2_000_000)
    #expect(MarkupText.render(read.nodes).hasPrefix("first"))
  }

  @Test("M5: behind what is too much for the parser words stay, and breaks")
  func behind() {
    for flood in ["<div>", "<b><p>", "<i><font>"] {
      let html = "<p>one</p>" + Self.repeated(flood, 100_000) + "<p>two</p><script>no</script>three<br>four"
      let read = HTMLReader.read(html, base: nil, limit: 1_000_000)
      #expect(
        MarkupText.render(read.nodes).split(separator: "\n").filter { !$0.isEmpty } == ["one", "two", "three", "four"])
      #expect(read.isComplete)
    }
    let crowded = "<p>one</p><p\((0..<1000).map { " a\($0)=1" }.joined())><b>two</b></p><p>three"
    let read = HTMLReader.read(crowded, base: nil, limit: 100_000)
    #expect(MarkupHTML.render(read.nodes, headingShift: 1) == "<p>one</p>\n<p><b>two</b></p>\n<p>three</p>")
  }

  @Test(
    "X1: nothing that could run is left, whatever a parser makes of it",
    arguments: [
      "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
      "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
      "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
      "<svg><p><style><g title=\"</style><img onerror=x>\">",
      "<math><annotation-xml encoding=\"text/html\"><script>alert(1)</script></annotation-xml></math>",
      "<svg><foreignObject><iframe src=javascript:alert(1)></iframe></foreignObject></svg>",
      "<svg><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>",
      "<svg><use href=\"data:image/svg+xml,x#x\"/></svg>",
      "<svg><animate attributeName=href values=javascript:alert(1) /></svg>",
      "<svg><set attributeName=onload to=alert(1) /></svg>",
      "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
      "<template><script>alert(1)</script></template>",
      "<template shadowrootmode=open><img src onerror=alert(1)></template>",
      "<iframe srcdoc=\"&lt;script&gt;alert(1)&lt;/script&gt;\">",
      "<a href=\"data:text/html,<script>alert(1)</script>\">x</a>", "<a href=\"&#x6A;avascript&colon;alert(1)\">x</a>",
      "<a href=\"java&NewLine;script:alert(1)\">x</a>", "<a href=\"\u{1}javascript:alert(1)\">x</a>",
      "<a href=\"https://e.org/&quot;onmouseover=alert(1)\">x</a>", "<p style=\"x:expression(alert(1))\">x</p>",
      "<div style=\"background:url('javascript:alert(1)')\">x</div>", "<style>@import 'https://e.org/x.css'</style>x",
      "<link rel=stylesheet href=//e.org/x.css>", "<base href=//e.org/>",
      "<meta http-equiv=refresh content='0;url=//e.org'>",
      "<object data=javascript:alert(1)></object>", "<embed src=data:text/html,x>",
      "<video><source onerror=alert(1)></video>",
      "<video poster=javascript:alert(1)></video>", "<details open ontoggle=alert(1)>x</details>",
      "<body onload=alert(1)>x",
      "<xmp><img src onerror=alert(1)></xmp>", "<textarea></textarea><img src onerror=alert(1)>",
      "<plaintext><script>alert(1)</script>",
      "<table><caption><style></caption><img src onerror=alert(1)>",
      "<select><style></select><script>alert(1)</script></style>",
      "<title><a title=\"</title><img src onerror=alert(1)>\">", "<!--><img src onerror=alert(1)>",
      "<!--a--!><script>alert(1)</script>",
      "<![CDATA[><img src onerror=alert(1)>]]>", "<?xml-stylesheet href='javascript:alert(1)'?>x",
      "<x:script xmlns:x=http://www.w3.org/1999/xhtml>alert(1)</x:script>",
      "<p lang='\"><script>alert(1)</script>' dir='\"><x'>x</p>", "<td colspan='2\" onload=alert(1)'>x",
      "<ol start='1\"><script>'><li>x",
      "<img alt='<script>alert(1)</script>' src=https://e.org/x.png>",
      "<iframe title='<script>' src='https://e.org/\"><script>'></iframe>",
      "<input value='<script>alert(1)</script>'>",
      "<select><optgroup label='<script>'><option label='<img onerror=x>'></select>",
      "<svg aria-label='<script>'><title><script>alert(1)</script></title></svg>",
      "<math href=javascript:alert(1)><mi xlink:href=javascript:x>x</mi></math>",
      "<a href='https://e.org/\u{2028}<script>'>x</a>", "<b \u{301}onclick=alert(1)>x</b>",
      "<scr\u{301}ipt>alert(1)</script>", "<script\u{301}>alert(1)</script>",
    ], [BodyFormat.html, .markdown])
  func harmless(_ vector: String, format: BodyFormat) {
    for html in [
      vector, "<p>a</p>\n\n" + vector + "\n\nb", "<table><tr><td>" + vector, "<svg>" + vector,
      "<b><a href=/x>" + vector,
    ] {
      // Its lines are broken at spaces, in tags too.
      let written = face(html, format).html(headingShift: 1, .en).replacing("\n", with: " ")
      #expect(Self.harm(in: written) == nil, "\(html)")
    }
  }

  /// What stands in HTML of a mail that is not on the list; read as a browser would, octet by octet.
  private static func harm(in html: String) -> String? {
    for piece in html.utf8.split(separator: UInt8(ascii: "<"), omittingEmptySubsequences: false).dropFirst() {
      guard let end = piece.firstIndex(of: UInt8(ascii: ">")) else { return "a tag without an end" }
      let tag = String(Substring(piece[..<end]))
      let name = tag.prefix { $0 != " " && $0 != "/" }
      if tag.hasPrefix("/") { continue }
      guard Markup.Tag(rawValue: String(name)) != nil else { return tag }
      for attribute in tag.dropFirst(name.count).matches(of: #/ ([^= ]+)="([^"]*)"/#) {
        let value = attribute.output.2
        let isGood =
          switch attribute.output.1 {
          case "href":
            ["http://", "https://", "mailto:", "tel:"].contains { value.hasPrefix($0) } && !value.contains(" ")
          case "lang", "dir", "colspan", "rowspan", "start", "type", "reversed", "value", "border", "cellpadding":
            value.utf8.allSatisfy { $0 == UInt8(ascii: "-") || ($0 | 0x20) >= 0x30 && ($0 | 0x20) <= 0x7A }
          case "style": value.utf8.allSatisfy { !"()\\@".utf8.contains($0) }
          default: false
          }
        if !isGood { return tag }
      }
      if !tag.dropFirst(name.count).replacing(#/ [^= ]+="[^"]*"/#, with: "").isEmpty { return tag }
    }
    return nil
  }
}
