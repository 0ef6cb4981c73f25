import Forum
import TestSupport
import Testing

@testable import Composition

/// BBCode of posts (rules M5 and X1), as MyBB, phpBB and pybbm have it.
@Suite("Posts in BBCode") struct BBCodeTests {
  private func html(_ source: String, limit: Int = 100_000) -> String {
    let nodes = BBCodeReader.read(source, base: SafeURL("https://forum.example.org/t/1"), limit: limit).nodes
    return MarkupHTML.render(nodes, headingShift: 1)
  }
  private func text(_ source: String) -> String {
    MarkupText.render(BBCodeReader.read(source, base: nil, limit: 100_000).nodes)
  }

  @Test(
    "M5: each tag of BBCode means in mails what it means in forums",
    arguments: [
      ("[b]a[/b] [i]b[/i] [u]c[/u] [s]d[/s]", "<p><b>a</b> <i>b</i> <u>c</u> <s>d</s></p>", "*a* _b_ c ~~d~~"),
      ("10[sup]3[/sup] H[sub]2[/sub]O", "<p>10<sup>3</sup> H<sub>2</sub>O</p>", "10^3 H2O"),
      (
        "[url=https://e.org/x]the text[/url]", "<p><a href=\"https://e.org/x\">the text</a></p>",
        "the text <https://e.org/x>"
      ),
      (
        "[URL=\"https://e.org/[x]\"][B]t[/B][/URL]", "<p><a href=\"https://e.org/[x]\"><b>t</b></a></p>",
        "*t* <https://e.org/[x]>"
      ),
      (
        "[url]https://e.org/a[1][/url].", "<p><a href=\"https://e.org/a[1]\">https://e.org/a[1]</a>.</p>",
        "https://e.org/a[1]."
      ),
      ("[url]www.e.org[/url]", "<p><a href=\"http://www.e.org\">www.e.org</a></p>", "http://www.e.org"),
      ("[email]a@e.org[/email]", "<p><a href=\"mailto:a@e.org\">a@e.org</a></p>", "a@e.org"),
      ("[email=a@e.org]Ana[/email]", "<p><a href=\"mailto:a@e.org\">Ana</a></p>", "Ana <a@e.org>"),
      (
        "[quote=\"Ana\" pid='3' dateline='1764277260']a\nb[/quote]\nc",
        "<blockquote>\n<p><b>Ana:</b></p>\n<p>a<br>\nb</p>\n</blockquote>\n<p>c</p>", "> *Ana:*\n>\n> a\n> b\n\nc"
      ),
      (
        "[quote='Ana [Chair]' pid='3']a[/quote]",
        "<blockquote>\n<p><b>Ana [Chair]:</b></p>\n<p>a</p>\n</blockquote>", "> *Ana [Chair]:*\n>\n> a"
      ),
      (
        "[quote=Ana Paz post_id=3 time=1764277260 user_id=7]a[quote]b[/quote][/quote]",
        "<blockquote>\n<p><b>Ana Paz:</b></p>\n<p>a</p>\n<blockquote>\n<p>b</p>\n</blockquote>\n</blockquote>",
        "> *Ana Paz:*\n>\n> a\n>\n> > b"
      ),
      ("[code]if a[1] < [b]2[/b] {\n\n  x\n}[/code]", "<pre>if a[1] &lt; [b]2[/b] {\n\n  x\n}</pre>", nil),
      ("[php]\n$a = 1;\n[/php]y", "<pre>$a = 1;</pre>\n<p>y</p>", "$a = 1;\n\ny"),
      ("[icode][b][/icode] [noparse][i]x[/i][/noparse]", "<p><code>[b]</code> [i]x[/i]</p>", "[b] [i]x[/i]"),
      ("[list]\n[*]a\n[*]b\n[/list]\nc", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n<p>c</p>", "- a\n- b\n\nc"),
      ("[list=1][*]a[*][b]b[/b][/list]", "<ol>\n<li>a</li>\n<li><b>b</b></li>\n</ol>", "1. a\n2. *b*"),
      ("[list=a][*]a[/*][*]b[/*][/list]", "<ol type=\"a\">\n<li>a</li>\n<li>b</li>\n</ol>", "a. a\nb. b"),
      (
        "[list]x[*]a[list][*]b[/list][/list]", "<ul>\n<li>x</li>\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n</ul>",
        "- x\n- a\n  - b"
      ),
      ("[ul][li]a[/li][li]b[/li][/ul]", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>", "- a\n- b"),
      ("[list][*]a\n\nb[/list]", "<ul>\n<li>a<br>\n<br>\nb</li>\n</ul>", "- a\n\n  b"),
      ("[size=5][color=#f00][font=Arial]a[/font][/color][/size]", "<p>a</p>", "a"),
      ("[align=center]a[/align]b", "<div>\n<p>a</p>\n</div>\n<p>b</p>", "a\n\nb"),
      ("[center]a[/center][right]b[/right]", "<div>\n<p>a</p>\n</div>\n<div>\n<p>b</p>\n</div>", "a\n\nb"),
      ("a[hr]b", "<p>a</p>\n<hr>\n<p>b</p>", "a\n\n* * *\n\nb"),
      (
        "[table][tr][th]A[/th][th]B[/th][/tr]\n[tr][td]1[/td][td]2[/td][/tr][/table]",
        "<table>\n<tbody>\n<tr>\n<th>A</th>\n<th>B</th>\n</tr>\n<tr>\n<td>1</td>\n<td>2</td>\n</tr>\n</tbody>\n</table>",
        "A | B\n-----\n1 | 2"
      ),
      ("[spoiler=End]x[/spoiler]", "<div>\n<p><b>End:</b></p>\n<p>x</p>\n</div>", "*End:*\n\nx"),
      (
        "[youtube]dQw4w9WgXcQ[/youtube]",
        "<p><a href=\"https://www.youtube.com/watch?v=dQw4w9WgXcQ\">youtube.com/watch?v=dQw4w9WgXcQ</a></p>",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
      ),
      (
        "[video=youtube]https://youtu.be/a[/video]", "<p><a href=\"https://youtu.be/a\">youtu.be/a</a></p>",
        "https://youtu.be/a"
      ),
      ("[attachment=0]a.pdf[/attachment] [attachment=12]", "<p>[a.pdf] [attachment=12]</p>", "[a.pdf] [attachment=12]"),
      ("a\nb\n\n\nc :) ;-)", "<p>a<br>\nb</p>\n<p>c :) ;-)</p>", "a\nb\n\nc :) ;-)"),
      (
        "see https://e.org/a_b, www.e.org [code]http://e.org[/code] [url]https://e.org/x[/url]",
        "<p>see <a href=\"https://e.org/a_b\">https://e.org/a_b</a>, <a href=\"http://www.e.org\">www.e.org</a> </p>\n"
          + "<pre>http://e.org</pre>\n<p><a href=\"https://e.org/x\">https://e.org/x</a></p>", nil
      ),
      ("&#8220;a&#8221; &amp; &#x; <b>", "<p>“a” &amp;amp; &amp;#x; &lt;b&gt;</p>", "“a” &amp; &#x; <b>"),
    ] as [(String, String, String?)])
  func tags(_ source: String, html expected: String, text words: String?) {
    #expect(html(source) == expected)
    if let words { #expect(text(source) == words) }
  }

  @Test("M5: a picture in BBCode leaves a link")
  func picture() {
    #expect(html("[img=10x20]https://e.org/map.png[/img]").contains("href=\"https://e.org/map.png\""))
  }

  @Test(
    "M5: what is no tag of BBCode, or not closed, is shown as it was written",
    arguments: [
      "a[1] [x]b[/x] [b]c", "[/b] [*]a [/list]", "[b", "[]", "[[b]", "[url=https://e.org", "[quote=\"Ana]a",
      "[td]a[/td]",
      "[tr]a[/tr]", "[code]a", "[img]a", "[url]a", "[attachment=12]", "[/*]", "[b =", "a [", "[/", "[list=[b]]",
    ])
  func asWritten(_ source: String) {
    #expect(text(source) == source)
  }

  @Test(
    "M5: badly nested BBCode is balanced, and loses no word",
    arguments: [
      ("[b]a[i]b[/b]c[/i]d", "<p><b>a<i>b</i></b><i>c</i>d</p>"),
      ("[b]a\n\nb[/b]", "<p><b>a</b></p>\n<p><b>b</b></p>"),
      ("[b]a[quote]b[/b]c[/quote]d", "<p><b>a</b></p>\n<blockquote>\n<p><b>b</b>c</p>\n</blockquote>\n<p>d</p>"),
      (
        "[quote]a[list][*]b[/quote]c[/list]d",
        "<blockquote>\n<p>a</p>\n<ul>\n<li>b</li>\n</ul>\n</blockquote>\n<p>cd</p>"
      ),
      ("[url=https://e.org]a[url=https://f.org]b[/url][/url]", "<p><a href=\"https://e.org\">ab</a></p>"),
      ("[table]a[tr]b[td]c[/td][/tr][/table]", nil),
      ("[b]a[b]b[/b]c[/b]d", "<p><b>abc</b>d</p>"),
      ("[list][*]a[quote]b[*]c[/quote][/list]", nil),
    ] as [(String, String?)])
  func nesting(_ source: String, html expected: String?) {
    if let expected { #expect(html(source) == expected) }
    let words = text(source).filter { ("a"..."d").contains($0) }
    #expect(words == source.replacing(#/\[[^\]]*\]/#, with: "").filter { ("a"..."d").contains($0) })
  }

  @Test("M5: what phpBB stores is read as what was typed")
  func stored() {
    let stored =
      "<r><QUOTE author=\"Ana\" post_id=\"3\"><s>[quote=Ana post_id=3]</s>1 &lt; 2<e>[/quote]</e></QUOTE>\n"
      + "<B><s>[b]</s>risk &amp;lt;<e>[/b]</e></B><br/>\n<E>:)</E></r>"
    #expect(text(stored) == "> *Ana:*\n>\n> 1 < 2\n\n*risk &lt;*\n:)")
    #expect(text("<t>a<br/>\nb</t>") == "a\nb")
    #expect(text("<r>a") == "<r>a")
  }

  @Test(
    "X1: nothing that runs or loads comes out of BBCode",
    arguments: [
      "[url=javascript:alert(1)]x[/url]", "[url]javascript:alert(1)[/url]", "[img]javascript:alert(1)[/img]",
      "[url=https://e.org\" onclick=\"alert(1)]x[/url]", "[url='https://e.org\"><script>alert(1)</script>']x[/url]",
      "[quote=\"<script>alert(1)</script>\"]x[/quote]", "[quote=\"><img src=x onerror=alert(1)>\"]x[/quote]",
      "[img]https://e.org/a.png\" onerror=\"alert(1)[/img]", "<script>alert(1)</script>", "[code]</pre><script>[/code]",
      "[email=a@e.org\"><svg onload=alert(1)>]x[/email]", "[color=red;background:url(https://e.org)]x[/color]",
      "&#60;script>alert(1)</script>", "[youtube]\"><iframe src=https://e.org>[/youtube]",
      "[url=data:text/html,x]x[/url]",
    ])
  func harmless(_ source: String) {
    let html = html(source).lowercased()
    for word in [
      "<script", "<img", "<svg", "<iframe", "onclick=\"", "onerror=\"", "style=", "href=\"javascript", "href=\"data",
    ] {
      #expect(!html.contains(word))
    }
  }

  @Test(
    "X1: BBCode that is made to be slow, or deep, is read in time that grows with its length",
    .timeLimit(.minutes(5)),
    arguments: [
      "[b]", "[quote]", "[quote=\"", "[url=", "[url]", "[code]", "[list][*]", "[*]x", "[table][tr][td]", "[/b]",
      "[b][i]x[/b][/i]",
      "[url][img][youtube]", "[quote='[quote=\"", "[a=[", "&#1", "[td]", "[list][b]x[/list]", "[",
    ])
  func slow(_ signs: String) {
    let source = String(repeating: signs, count: 150_000 / signs.utf8.count)
    let all = [source, source + String(repeating: "[/b][/quote][/list][/table]", count: 10_000)]
    for source in all { #expect(html(source, limit: 512_000).utf8.count < 3_000_000) }
  }

  @Test("X1: ten thousand quotations within each other are cut to a depth, and keep their words")
  func depth() {
    let source = String(repeating: "[quote]a", count: 10_000) + "deep" + String(repeating: "[/quote]", count: 10_000)
    let nodes = BBCodeReader.read(source, base: nil, limit: 512_000)
    #expect(nodes.isComplete)
    #expect(Self.depth(nodes.nodes) <= HTMLReader.depthLimit)
    let words = MarkupHTML.render(nodes.nodes, headingShift: 1)
    #expect(words.contains("deep") && words.count { $0 == "a" } >= 10_000)
  }

  @Test("X1: a long address around many items is not written for each of them")
  func amplified() {
    let address = "https://e.org/" + String(repeating: "x", count: 1900)
    let source = "[url=\(address)][list]" + String(repeating: "[*]x", count: 100_000) + "[/list][/url]"
    let read = BBCodeReader.read(source, base: nil, limit: 512_000)
    #expect(!read.isComplete && MarkupHTML.render(read.nodes, headingShift: 1).utf8.count < 1_100_000)
  }

  @Test("M5: random BBCode loses no visible word, and is balanced")
  func soup() {
    let tags = BBCodeMeaning.byName.keys.sorted()
    var generator = SplitMix64(seed: 7)
    for _ in 0..<600 {
      var source = ""
      var words: [String] = []
      for _ in 0..<Int.random(in: 1...40, using: &generator) {
        let tag = tags.randomElement(using: &generator)!
        switch Int.random(in: 0..<7, using: &generator) {
        case 0: source += "[\(tag)]"
        case 1: source += "[/\(tag)]"
        case 2: source += "[\(tag)=https://e.org]"
        case 3: source += "[\(tag)=\"x y\" a='b']"
        case 4: source += ["\n", "\n\n", " ", "[", "]", "<", "&"].randomElement(using: &generator)!
        default:
          words.append("w\(words.count)w")
          source += words.last!
        }
      }
      let read = BBCodeReader.read(source, base: nil, limit: 100_000)
      let shown = MarkupHTML.render(read.nodes, headingShift: 1) + MarkupText.render(read.nodes)
      #expect(words.allSatisfy { shown.contains($0) }, "\(source)")
    }
  }

  private static func depth(_ nodes: [Markup]) -> Int {
    nodes.reduce(0) { deepest, node in
      if case .element(let element) = node { return max(deepest, 1 + depth(element.children)) }
      return deepest
    }
  }
}
