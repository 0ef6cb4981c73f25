import Testing

@testable import Composition

/// The text part must be as good as the HTML one (rule M5).
@Suite("Posts as plain text") struct MarkupTextTests {
  private func text(_ html: String) -> String {
    MarkupText.render(HTMLReader.read(html, base: nil, limit: 100_000).nodes)
  }
  private func text(bbcode: String) -> String {
    MarkupText.render(BBCodeReader.read(bbcode, base: nil, limit: 100_000).nodes)
  }
  private func text(textile: String) -> String {
    MarkupText.render(TextileReader.read(textile, base: nil, limit: 100_000).nodes)
  }
  private func text(markdown: String) -> String {
    MarkupText.render(MarkdownReader.read(markdown, base: nil, limit: 100_000).nodes)
  }

  @Test("M5: BBCode, entities, tags and line ends are what the page about mappings says of each format")
  func stored() {
    let body = "[b]risk[/b] &amp; <b>fish</b>\nx"
    #expect(MarkupText.render(PlainTextReader.read(body, limit: 1000).nodes) == body)
    #expect(text(markdown: body) == "[b]risk[/b] & *fish*\nx")
    #expect(text(body) == "[b]risk[/b] & *fish* x")
    #expect(text(bbcode: body) == "*risk* &amp; <b>fish</b>\nx" && text(bbcode: "&#8220;") == "“")
    #expect(text(textile: body) == "[b]risk[/b] & *fish*\nx")
    let quotation = "> earlier\n\nx"
    #expect(text(bbcode: quotation) == quotation && text(textile: quotation) == quotation)
    #expect(MarkupText.render(PlainTextReader.read(quotation, limit: 1000).nodes) == quotation)
    #expect(text(markdown: quotation) == quotation && text(quotation) == "> earlier x")
  }

  @Test(
    "M5: HTML reads well as plain text",
    arguments: [
      ("<p>a</p><p>b</p>", "a\n\nb"),
      ("a<br>b<br><br>c", "a\nb\n\nc"),
      ("<div>a</div><div>b</div>", "a\nb"),
      ("<p>  a \n  b\t c </p>", "a b c"),
      ("<h1>One</h1><p>x</p><h2>Two</h2>y<h3>Three</h3>z", "One\n===\n\nx\n\nTwo\n---\n\ny\n\nThree\n\nz"),
      ("<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul><p>d</p>", "- a\n- b\n  - c\n\nd"),
      ("<ol><li>a</li><li>b</li></ol>", "1. a\n2. b"),
      ("<ol start=9><li>a</li><li>b</li></ol>", "9. a\n10. b"),
      ("<ol start=-1><li>a</li></ol><ol start=x><li>b</li></ol>", "1. a\n\n1. b"),
      ("<ul><li><p>a</p></li><li><p>b</p><p>c</p></li></ul>", "- a\n\n- b\n\n  c"),
      ("<dl><dt>a</dt><dd>b</dd></dl>", "a\n    b"),
      ("x<blockquote>a<blockquote>b</blockquote></blockquote>y", "x\n\n> a\n>\n> > b\n\ny"),
      ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"),
      ("<pre>a   b\n\n   c &lt;d&gt;</pre>", "a   b\n\n   c <d>"),
      ("<p>x</p><hr><p>y</p>", "x\n\n* * *\n\ny"),
      ("<b>a</b> <i>b</i> <del>c</del> 10<sup>3</sup> H<sub>2</sub>O <code>d</code>", "*a* _b_ ~~c~~ 10^3 H2O d"),
      ("a<b> b </b>c", "a *b* c"),
      ("<b></b><i> </i>x", "x"),
      ("<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>two</td></tr></table>", "A | B\n-------\n1 | two"),
      ("<table><tr><td>只</td><td>x</td></tr><tr><td>a</td><td>y</td></tr></table>", "只 | x\na  | y"),
      ("<table><caption>T</caption><tr><td>1</td></tr></table>", "T\n1"),
      ("x<table>y<tr>z<td>1</td></tr><p>w</p></table>", "xyz\n\nw\n\n1"),
      ("<table><td>x</td><td>y</td><tr><td>1</td></tr><th>2</th></table>", "x | y\n1\n2"),
      ("<table><tbody><td>x</td></tbody></table>", "x"),
      (
        "<table><tr><td><b><p>a</p></b><span><div>b</div></span><a href=http://e.org><p>c</p></a></td></tr></table>",
        "a b c <http://e.org>"
      ),
    ])
  func html(_ html: String, expected: String) { #expect(text(html) == expected) }

  @Test(
    "M5: a link stands once, with its address",
    arguments: [
      ("<a href=\"https://e.org/x\">the text</a>", "the text <https://e.org/x>"),
      ("<a href=\"https://e.org/x\">https://e.org/x</a>", "https://e.org/x"),
      ("<a href=\"https://www.e.org/\">e.org</a>", "https://www.e.org/"),
      ("<a href=\"https://e.org/x\"></a>", "https://e.org/x"),
      ("<a href=\"mailto:a@e.org\">a@e.org</a>", "a@e.org"),
      ("<a href=\"mailto:a@e.org\">Ana</a>", "Ana <a@e.org>"),
      ("<a href=\"javascript:x\">text</a>", "text"),
      ("<a name=x>text</a>", "text"),
      ("<a href=\"mailto:a@e.org?subject=x\"></a>", "a@e.org <a@e.org?subject=x>"),
      ("https://e.org/x and www.e.org", "https://e.org/x and http://www.e.org"),
      ("<a href=\"https://e.org/x\"><img src=\"https://e.org/i\" alt=Map></a>", "[Map] <https://e.org/x>"),
      ("<a href=\"https://e.org/x\"><img src=\"https://e.org/i\"></a>", "[image] <https://e.org/x>"),
      ("<a href=\"https://e.org/x\"><div>a</div><div>b</div></a>", "a\nb\n<https://e.org/x>"),
      ("<a href=\"https://e.org/x\"><h3>T</h3></a><p>y</p>", "T\n\n<https://e.org/x>\n\ny"),
      ("<a href=\"https://e.org/x\"><p>e.org/x</p></a>", "e.org/x"),
    ])
  func links(_ html: String, expected: String) { #expect(text(html) == expected) }

  @Test("M5: Markdown, with tables, strikethrough and bare links")
  func markdown() {
    #expect(
      text(markdown: "# T\n\n* a\n* b\n\n> q\n\n`c` [l](https://e.org)")
        == "T\n=\n\n- a\n- b\n\n> q\n\nc l <https://e.org>")
    #expect(text(markdown: "a ~~b~~\n\n|x|y|\n|-|-|\n|1|2|") == "a ~~b~~\n\nx | y\n-----\n1 | 2")
    #expect(text(markdown: "see https://e.org/a_b now") == "see https://e.org/a_b now")
    #expect(text(markdown: "a <script>alert(1)</script> b") == "a b")
    #expect(!text(markdown: "<script>alert(1)</script>").contains("<script"))
    #expect(text(markdown: "[x](javascript:alert(1)) [y](data:text/html,z)") == "x y")
    #expect(text(markdown: "one\ntwo") == "one\ntwo")
    #expect(text(markdown: "3. a\n4. b\n\ntext\n\n0. c") == "3. a\n4. b\n\ntext\n\n0. c")
  }

  @Test("M7: code and addresses keep their order in a line from right to left; one of its own letters needs nothing")
  func mixedLines() {
    #expect(
      text(markdown: "شغّل `watchpost run --dry-run` الآن، [هنا](https://e.org/x)")
        == "شغّل \u{2068}watchpost run --dry-run\u{2069} الآن، هنا \u{2068}<https://e.org/x>\u{2069}")
    #expect(text(markdown: "run `ls` [here](https://e.org/x)") == "run ls here <https://e.org/x>")
    #expect(text(markdown: "`شغّل` a\nشغّل `ب`") == "شغّل a\nشغّل ب")
    #expect(text(markdown: "الف\nab `c`") == "الف\nab c")
    // An address that stands alone is left as it is: mail programs take a sign behind it for a part of it.
    #expect(text(markdown: "انظر https://e.org/x") == "انظر https://e.org/x")
  }

  @Test("X1: Markdown that makes parsers slow or deep does no harm")
  func hostileMarkdown() {
    for source in ["[", "![", ">", "*", "_a ", "`", "<", "- ", "[a](", "&#", "www.", "|", "**a "] {
      _ = text(markdown: String(repeating: source, count: 10_000))
    }
    _ = text(markdown: (0..<2000).map { String(repeating: "`", count: $0 % 50) + "e" }.joined())
  }

  @Test("Prose is wrapped at 72 columns behind its quotation marks")
  func wrapping() {
    let prose = String(repeating: "word ", count: 60)
    for line in text("<p>\(prose)</p><blockquote>\(prose)</blockquote><ul><li>\(prose)</li></ul>").split(
      separator: "\n")
    {
      #expect(line.columns <= 72)
    }
    #expect(text("<blockquote>\(prose)</blockquote>").split(separator: "\n").allSatisfy { $0.hasPrefix("> word") })
    let item = text("<ul><li>\(prose)</li></ul>").split(separator: "\n")
    #expect(item[0].hasPrefix("- word") && item.dropFirst().allSatisfy { $0.hasPrefix("  word") })
  }

  @Test("Plain text keeps its lines; paragraphs, quotations and addresses become HTML")
  func plain() {
    let read = PlainTextReader.read("a\nb\r\n\r\n> c\n> d\ne  f http://e.org/x.\n", limit: 1000)
    #expect(read.text == "a\nb\n\n> c\n> d\ne  f http://e.org/x.")
    #expect(
      MarkupHTML.render(read.nodes, headingShift: 1)
        == "<p>a<br>\nb</p>\n<blockquote>\n<p>c<br>\nd</p>\n</blockquote>\n<p>e \u{A0}f <a href=\"http://e.org/x\">http://e.org/x</a>.</p>"
    )
    #expect(PlainTextReader.read("<b>&", limit: 10).nodes == [.element(.p, [.text("<b>&")])])
    #expect(!PlainTextReader.read(String(repeating: "a", count: 100), limit: 50).isComplete)
  }

  @Test("A line may break behind an address; spaces that open a line or align it stay")
  func spaces() {
    let nodes = PlainTextReader.read("  a http://e.org/x (b)  c", limit: 1000).nodes
    #expect(
      MarkupHTML.render(nodes, headingShift: 1)
        == "<p>\u{A0}\u{A0}a <a href=\"http://e.org/x\">http://e.org/x</a> (b) \u{A0}c</p>")
  }

  @Test(
    "An address in a sentence ends before the sentence's punctuation",
    arguments: [
      ("(see http://e.org/a).", "http://e.org/a"), ("http://e.org/a_(b)", "http://e.org/a_(b)"),
      ("请看https://e.org/a。", "https://e.org/a"), ("<https://e.org/a>", "https://e.org/a"),
      ("\"https://e.org/a\",", "https://e.org/a"), ("hhttps://e.org!", "https://e.org"),
    ])
  func addresses(_ text: String, expected: String) {
    let html = MarkupHTML.render(PlainTextReader.read(text, limit: 1000).nodes, headingShift: 1)
    #expect(html.contains("<a href=\"\(expected)\">\(expected)</a>"))
  }
}
