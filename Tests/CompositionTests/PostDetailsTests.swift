import Forum
import Testing

@testable import Composition

/// What is folded, spelled out, numbered and named, so that both parts of a mail say it alike (rule M5).
@Suite("Details of posts") struct PostDetailsTests {
  private func read(_ html: String) -> ReadMarkup {
    HTMLReader.read(html, base: SafeURL("https://f.org/t/7/post/9"), limit: 100_000)
  }
  private func clean(_ html: String) -> String { MarkupHTML.render(read(html).nodes, headingShift: 1) }
  private func text(_ html: String) -> String { MarkupText.render(read(html).nodes) }

  @Test(
    "M5: what only takes up room is folded, in both parts",
    arguments: [
      ("a<br><br><br><br>b", "a<br>\n<br>\nb", "a\n\nb"),
      ("a<b><br><br></b>&#8203;<br>&nbsp;<br>b", "a<b><br>\n<br>\n</b>\u{200B}\u{A0}b", "a\n\n\u{200B}\u{A0}b"),
      (
        "<p>a</p><p>&nbsp;</p><div><br></div><p>\u{3164}\u{2800}</p><p>b</p>", "<p>a</p>\n<p>\u{A0}</p>\n<p>b</p>",
        "a\n\nb"
      ),
      ("<pre>a  \n\n\n\n\nb\n</pre>", "<pre>a\n\n\nb\n</pre>", "a\n\n\nb"),
      ("<pre>a <b>b</b> \n<i>\n\n\n</i>\n c</pre>", "<pre>a <b>b</b>\n<i>\n\n</i> c</pre>", "a b\n\n\n c"),
      ("x<sub>a<sub>b<sup>c</sup></sub></sub>", "x<sub>abc</sub>", "xabc"),
    ])
  func folded(_ html: String, expected: String, plain: String) {
    #expect(clean(html) == expected)
    #expect(text(html) == plain)
  }

  @Test("M5: empty lines of a plain text are folded, those with signs that nobody sees among them")
  func foldedPlain() {
    let read = PlainTextReader.read("a\n\n\u{200B}\n\u{3164} \n\n\nb\n\u{2800}\nc", limit: 1000)
    #expect(read.text == "a\n\n\nb\n\nc")
    #expect(MarkupHTML.render(read.nodes, headingShift: 1) == "<p>a</p>\n<p>b</p>\n<p>c</p>")
  }

  @Test(
    "X1: a link that says another address than it leads to names its host",
    arguments: [
      ("<a href=https://evil.example/x>https://forum.example.org/p</a>", "https://forum.example.org/p (evil.example)"),
      ("<a href=https://evil.example/>see www.e.org now</a>", "see www.e.org now (evil.example)"),
      ("<a href=https://evil.example/>forum.example.org/p</a>", "forum.example.org/p (evil.example)"),
      (
        "<a href=https://evil.example/>https://bank.example@evil.example/</a>",
        "https://bank.example@evil.example/ (evil.example)"
      ),
      ("<a href=https://www.e.org/x>http://E.org/y</a>", "http://E.org/y"),
      ("<a href=https://e.org/>report.pdf</a>", "report.pdf"),
      ("<a href=https://e.org/>and/or a.b</a>", "and/or a.b"),
      ("https://bank.example@evil.example/", "https://evil.example/"),
      ("<a href=mailto:a@e.org>https://e.org</a>", "https://e.org"),
    ])
  func misleading(_ html: String, words: String) {
    #expect(clean(html).hasSuffix(">\(words)</a>"))
    #expect(clean(clean(html)) == clean(html))
  }

  @Test(
    "X1: a name or a subject of which nothing is seen is none", arguments: ["\u{200B}", "\u{3164}\u{AD}", "\u{2800} "])
  func unseenNames(_ name: String) throws {
    var post = Samples.post(body: "x")
    (post.authorName, post.subject) = (name, name)
    let face = DisplayedPost(
      Samples.copy(post), words: TemplateSet.builtIn.words(.en), limit: 10_000, keys: Samples.keys)
    #expect(face.author == "(no name)" && face.ownSubject == nil && face.topic == Samples.risk.title)
  }

  @Test("X1: a link to write a mail names one address and a subject, and nothing that nobody sees")
  func mailLinks() {
    for (link, expected) in [
      ("mailto:a@e.org?cc=b@e.org&Subject=x%20y&body=z", "mailto:a@e.org?subject=x%20y"),
      ("mailto:a@e.org,b@e.org?bcc=c@e.org", "mailto:a@e.org"), ("mailto:a@e.org?attach=/etc/passwd", "mailto:a@e.org"),
    ] { #expect(SafeURL(link)?.value == expected) }
  }

  @Test("M5: a post of which nothing can be shown says so; an empty one says nothing")
  func nothingLeft() {
    for html in ["<script>a</script><style>b</style>", "<p hidden>a</p>", "<noscript>a</noscript>"] {
      #expect(!read(html).isAllShown && read("a" + html).isAllShown == !html.contains("noscript"))
    }
    for html in ["", " ", "<p><br></p>", "<!-- a -->", "<noscript> </noscript>"] { #expect(read(html).isAllShown) }
  }

  @Test(
    "M5: an abbreviation is spelled out once, unless it is beside it",
    arguments: [
      (
        "<abbr title='living modified'>LM</abbr> b <abbr title='living modified'>LM</abbr>", "LM (living modified) b LM"
      ),
      ("Living modified (<abbr title='living modified'>LM</abbr>)", "Living modified (LM)"),
      ("<abbr title='living modified'>LM</abbr> (living modified)", "LM (living modified)"),
      ("<abbr title=''>LM</abbr><abbr>LM</abbr><abbr title=lm>LM</abbr>", "LMLMLM"),
      ("<acronym title=a>x</acronym><acronym title=b>x</acronym>", "x (a)x (b)"),
    ])
  func abbreviations(_ html: String, expected: String) { #expect(text(html) == expected) }

  @Test("M5: pictures in a row are words apart, and a link without words is its address")
  func apart() {
    #expect(
      text("<img src=https://e.org/a.png><img src=https://e.org/b.png>x")
        == "[image: a.png] <https://e.org/a.png> [image: b.png]\n<https://e.org/b.png>x")
    #expect(text("<a href=/1><img src=/a alt=A></a><a href=/2><img src=/b alt=B></a>").contains("> [B]"))
    #expect(clean("<a href=https://e.org/x></a>") == "<a href=\"https://e.org/x\">https://e.org/x</a>")
    #expect(clean("<a href=mailto:a@e.org></a>") == "<a href=\"mailto:a@e.org\">a@e.org</a>")
    #expect(clean("<a href=https://e.org/x>\u{200B}\u{3164}</a>").contains("https://e.org/x</a>"))
    #expect(clean("<h3>a<a href=#top></a></h3>") == "<h4>a</h4>")
  }

  @Test(
    "M5: bare addresses in HTML are links, but for those in code",
    arguments: [
      ("see https://e.org/a.", "see <a href=\"https://e.org/a\">https://e.org/a</a>."),
      ("<code>https://e.org</code>", "<code>https://e.org</code>"), ("<pre>www.e.org</pre>", "<pre>www.e.org</pre>"),
      ("<a href=https://e.org/x>www.e.org</a>", "<a href=\"https://e.org/x\">www.e.org</a>"),
    ])
  func bareInHTML(_ html: String, expected: String) { #expect(clean(html) == expected) }

  @Test(
    "M5: a list counts as its author had it count, in both parts",
    arguments: [
      ("<ol type=a start=4><li>x<li value=9>y<li>z</ol>", "d. x\ni. y\nj. z", " type=\"a\" start=\"4\""),
      ("<ol style='list-style-type:upper-roman'><li>x<li>y</ol>", "I. x\nII. y", " type=\"I\""),
      ("<ol type=a style='list-style-type: decimal'><li>x</ol>", "1. x", ""),
      ("<ol><li style='list-style-type:lower-latin'>x</ol>", "a. x", " type=\"a\""),
      ("<ol reversed><li>x<li>y</ol>", "2. x\n1. y", " reversed=\"reversed\""),
      ("<ol type=I start=3999><li>x<li>y</ol>", "MMMCMXCIX. x\n4000. y", " type=\"I\" start=\"3999\""),
      ("<ol type=A start=26><li>x<li>y</ol>", "Z. x\nAA. y", " type=\"A\" start=\"26\""),
      ("<ol type=disc start=0><li>x</ol>", "0. x", " start=\"0\""),
    ])
  func numbering(_ html: String, plain: String, attributes: String) {
    #expect(text(html) == plain)
    #expect(clean(html).hasPrefix("<ol\(attributes)>\n"))
    #expect(!html.contains("value") || clean(html).contains("<li value=\"9\">y"))
  }

  @Test(
    "M5: an item without a list has one, together with those beside it",
    arguments: [
      ("<li>a<li>b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"), ("x<li>a</li>y", "x\n<ul>\n<li>a</li>\n</ul>\ny"),
      ("<menu><li>a</menu>", "<ul>\n<li>a</li>\n</ul>"), ("<dt>a<dd>b", "<dl>\n<dt>a</dt>\n<dd>b</dd>\n</dl>"),
      ("<dl><div><dt>a<dd>b</div></dl>", "<dl>\n<div>\n<dt>a</dt>\n<dd>b</dd>\n</div>\n</dl>"),
    ])
  func loose(_ html: String, expected: String) { #expect(clean(html) == expected) }

  @Test("M5: in a table links are numbered, and their addresses stand below it")
  func tableLinks() {
    let (one, two) = ("<a href=https://e.org/1>", "<a href=https://e.org/2>")
    #expect(
      text("<table><tr><th>A<th>B<tr><td>\(one)x</a><td>y \(two)z</a> \(one)w</a></table>")
        == "A     | B\n---------------------\nx [1] | y z [2] w [1]\n[1] https://e.org/1\n[2] https://e.org/2")
    #expect(text("<table><tr><td>\(one)x</a></table>") == "x <https://e.org/1>")
  }

  @Test("M5: the line below a table's header is as wide as the header")
  func tableRule() {
    let long = String(repeating: "word ", count: 20)
    let lines = text("<table><tr><th>A<th>Bcd<tr><td>\(long)<td>y</table>").split(separator: "\n")
    #expect(lines[0] == "A | Bcd" && lines[1] == "-------")
  }

  @Test("M5: a quotation in a quotation of plain text is one")
  func nestedQuotations() {
    func html(_ text: String) -> String {
      MarkupHTML.render(PlainTextReader.read(text, limit: 10_000).nodes, headingShift: 1)
    }
    let inner = "<blockquote>\n<p>b</p>\n</blockquote>"
    let nested = "<blockquote>\n<p>a</p>\n\(inner)\n<p>c</p>\n</blockquote>\n<p>d</p>"
    #expect(html("> a\n>> b\n> c\nd") == nested && html("> a\n> > b\n>\n> c\n\nd") == nested)
    #expect(html("> a\n>\n> b") == "<blockquote>\n<p>a</p>\n<p>b</p>\n</blockquote>")
    #expect(html(String(repeating: ">", count: 5000) + "x").components(separated: "<blockquote>") == 8)
  }
}
