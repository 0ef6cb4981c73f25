import Testing

@testable import Composition

/// HTML of posts against the allow-list (rules M5 and X1).
@Suite("HTML of posts") struct SanitizerTests {
  private func clean(_ html: String, base: String? = nil, limit: Int = 100_000) -> String {
    let read = HTMLReader.read(html, base: base.flatMap { SafeURL($0) }, limit: limit)
    return MarkupHTML.render(read.nodes, headingShift: 1)
  }

  @Test(
    "X1: nothing that runs or loads is left",
    arguments: [
      ("<script>alert(1)</script>x", "x"),
      ("<SCRIPT SRC=//evil.example/x.js></SCRIPT>x", "x"),
      ("<scr<script>ipt>alert(1)</script>x", "ipt&gt;alert(1)x"),
      ("<img src=x onerror=alert(1)>x", "[image]x"),
      ("<svg onload=alert(1)><p>in</p></svg>x", "<p>in</p>\nx"),
      ("<svg><style><img src=x onerror=alert(1)></style></svg>x", "[image]x"),
      ("<math><mtext><script>alert(1)</script></mtext></math>x", "x"),
      ("<iframe src=\"javascript:alert(1)\">in</iframe>x", "x"),
      ("<object data=x>in</object><embed src=x>x", "inx"),
      ("<form action=/steal><input name=a>in</form>x", "<div> in</div>\nx"),
      ("<p onclick=\"alert(1)\" style=\"background:url(x)\" class=c id=i>x</p>", "<p>x</p>"),
      ("<style>p{background:url(http://evil)}</style>x", "x"),
      ("<link rel=stylesheet href=http://evil><meta http-equiv=refresh content=0><base href=http://evil>x", "x"),
      ("<!-- <p>in</p> --><!--[if IE]>in<![endif]-->x", "x"),
      ("<![CDATA[<script>alert(1)</script>]]>x", "alert(1)]]&gt;x"),
      ("<?php echo 1 ?>x", "x"),
      ("<textarea><p>in</textarea><select><option>a<option>b</select>x", " &lt;p&gt;in [a / b] x"),
      ("<custom-thing><b>x</b></custom-thing>", "<b>x</b>"),
      ("<font color=red size=7>x</font>", "x"),
      ("<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "[image]&quot;&gt;"),
      ("<template><p>in</p></template>x", "x"),
      ("<marquee onstart=alert(1)>x</marquee>", "x"),
      ("<video src=x poster=y>in</video><audio src=x></audio>x", "x"),
      ("&lt;script&gt;x", "&lt;script&gt;x"),
      ("<p>a\u{0}b</p>", "<p>ab</p>"),
      ("<p>&#0;a&#x1;b&#x202e;c&#xFFFE;</p>", "<p>\u{FFFD}abc</p>"),
      ("<p lang='en\" onload=x'>x</p>", "<p>x</p>"),
      ("<p dir=evil>x</p><p dir=RTL lang=ar>y</p>", "<p>x</p>\n<p lang=\"ar\" dir=\"rtl\">y</p>"),
      (
        "<table><td colspan=999999999 rowspan=2>x</td>",
        "<table>\n<tbody>\n<tr>\n<td rowspan=\"2\">x</td>\n</tr>\n</tbody>\n</table>"
      ),
    ])
  func vectors(_ html: String, expected: String) {
    let result = clean(html)
    #expect(result == expected)
    for word in ["<script", "<img", "<svg", "<iframe", " on", "style=", "class=", "javascript:"] {
      #expect(!result.lowercased().contains(word))
    }
  }

  @Test(
    "X1: links lead to http, https and mailto alone",
    arguments: [
      ("https://example.org/a?b=1&c=2#d", "https://example.org/a?b=1&c=2#d"),
      ("HTTP://example.org", "http://example.org"),
      ("mailto:a@example.org?subject=x", "mailto:a@example.org?subject=x"),
      ("javascript:alert(1)", nil), ("JaVaScRiPt:alert(1)", nil), (" \t\njavascript:alert(1)", nil),
      ("java\tscript:alert(1)", nil), ("java\nscript:alert(1)", nil), ("java\u{0}script:alert(1)", nil),
      ("\u{1}javascript:alert(1)", nil), ("java\u{200B}script:alert(1)", nil), ("javascript\u{FF1A}alert(1)", nil),
      ("data:text/html,<script>alert(1)</script>", nil), ("vbscript:x", nil), ("file:///etc/passwd", nil),
      ("blob:https://x", nil), ("about:blank", nil), ("ftp://x", nil), ("tel:1", nil),
      ("tel:+41 22 917-90.00", "tel:+4122917-90.00"), ("x-foo:bar", nil),
      ("//example.org/x", "https://example.org/x"), ("/path", nil), ("path", nil), ("#top", nil), ("", nil), (":", nil),
      ("https:", nil), ("https://", nil), ("https:///x", "https://x"), ("http:example.org", "http://example.org"),
      ("https://?x", nil),
      ("https://example.org/\"onmouseover=\"alert(1)", "https://example.org/%22onmouseover=%22alert(1)"),
      ("https://example.org/<x>'`\\", "https://example.org/%3Cx%3E%27%60/"),
      ("https://example.org/a\r\nBcc: x@y.z", "https://example.org/aBcc:%20x@y.z"),
      ("https://example.org/\u{202E}gro", "https://example.org/%E2%80%AEgro"),
      ("https://пример.рф/я", "https://пример.рф/я"),
      (String(repeating: "https://e.org/", count: 200), nil),
    ] as [(String, String?)])
  func links(_ text: String, expected: String?) { #expect(SafeURL(text)?.value == expected) }

  @Test("X1: character references do not hide a scheme")
  func references() {
    #expect(clean("<a href=\"&#106;&#97;vascript:alert(1)\">x</a>") == "x")
    #expect(clean("<a href=\"jav&#x09;ascript:alert(1)\">x</a>") == "x")
    #expect(clean("<a href=\"jav&Tab;ascript&colon;alert(1)\">x</a>") == "x")
    #expect(
      clean("<a href='https://e.org/?a=1&amp;b=\"2\"'>x</a>") == "<a href=\"https://e.org/?a=1&amp;b=%222%22\">x</a>")
  }

  @Test("A link within the forum leads to the forum")
  func relativeLinks() {
    let base = "https://forum.example.org/risk/post/1"
    #expect(clean("<a href=/x/2>x</a>", base: base) == "<a href=\"https://forum.example.org/x/2\">x</a>")
    #expect(clean("<a href=//e.org/2>x</a>", base: base) == "<a href=\"https://e.org/2\">x</a>")
    #expect(clean("<a href=2>x</a>", base: base) == "<a href=\"https://forum.example.org/risk/post/2\">x</a>")
  }

  @Test("A picture becomes its words and a link; it is not loaded")
  func images() {
    #expect(
      clean("<img src=https://e.org/p.png alt=\"A <b>map</b>\">")
        == "<a href=\"https://e.org/p.png\">[A &lt;b&gt;map&lt;/b&gt;]</a>")
    #expect(clean("<img src=https://e.org/p.png>") == "<a href=\"https://e.org/p.png\">[image: p.png]</a>")
    #expect(clean("<img src=\"data:image/png;base64,xx\" alt=map>") == "[map]")
    #expect(clean("<img src=\"data:image/png;base64,xx\">x") == "[image]x")
  }

  @Test(
    "Broken HTML comes out balanced",
    arguments: [
      ("<p>a<p>b", "<p>a</p>\n<p>b</p>"),
      ("<b><i>a</b>b</i>", "<b><i>a</i></b><i>b</i>"),
      ("</p></div></b>x", "<p></p>\nx"),
      ("<ul><li>a<li>b</ul>", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
      ("<p", ""), ("<", "&lt;"), ("a < b > c & d", "a &lt; b &gt; c &amp; d"),
      ("<p title=\"x>y</p>", ""),
      ("<br/><br></br>x", "<br>\n<br>\nx"),
      ("<h1>a</h1><h6>b</h6>", "<h2>a</h2>\n<h6>b</h6>"),
      ("<section><article>x</article></section>", "<div>\n<div>x</div>\n</div>"),
      ("<strike>a</strike><tt>b</tt>", "<s>a</s><code>b</code>"),
      ("\u{FEFF}<p>x</p>", "<p>x</p>"),
      ("", ""), ("   ", ""),
    ])
  func broken(_ html: String, expected: String) { #expect(clean(html) == expected) }

  @Test("X1: what comes out is stable: cleaning it again changes nothing")
  func stable() {
    for html in [Samples.html, "<b><i>a</b>b</i>", "<a href='https://e.org/?a=1&b=2'>x</a>", "<p>a<table><tr><td>b"] {
      let once = clean(html).replacing("<h2", with: "<h1").replacing("</h2", with: "</h1")
      #expect(clean(once) == clean(clean(once)))
    }
  }

  @Test("X1, M5: depth does not exhaust anything, and all words within are kept")
  func depth() {
    let deep = clean(String(repeating: "<div>", count: 200) + "x" + String(repeating: "</div>", count: 200))
    #expect(deep.contains("x"))
    #expect(deep.components(separated: "<div>") <= HTMLReader.depthLimit)
    #expect(deep.components(separated: "<div>") == deep.components(separated: "</div>"))
    // Deeper than the parser goes: tags are left out, no words.
    let abyss = HTMLReader.read(
      "<p>a</p>" + String(repeating: "<div>", count: 100_000) + "<b>x</b></div>y", base: nil, limit: 1_000_000)
    let html = MarkupHTML.render(abyss.nodes, headingShift: 1)
    #expect(abyss.isComplete && html.utf8.count < 10_000)
    #expect(html.contains("<p>a</p>") && html.contains("x") && html.contains("y"))
    _ = clean(String(repeating: "<b>", count: 100_000) + "x", limit: 1_000_000)
    _ = clean(String(repeating: "<a href=x>", count: 20_000) + "x", limit: 1_000_000)
    _ = clean(String(repeating: "<ul><li>", count: 20_000) + "x", limit: 1_000_000)
    _ = clean(String(repeating: "<table><tr><td>", count: 20_000) + "x", limit: 1_000_000)
  }

  @Test("A huge text is cut at its limit, and says so")
  func huge() {
    let read = HTMLReader.read(String(repeating: "<p>a&amp;b</p>", count: 100_000), base: nil, limit: 20_000)
    #expect(!read.isComplete)
    let html = MarkupHTML.render(read.nodes, headingShift: 1)
    #expect(html.utf8.count < 25_000 && html.utf8.count > 10_000)
    #expect(HTMLReader.read("<p>small</p>", base: nil, limit: 20_000).isComplete)
    let one = HTMLReader.read(String(repeating: "я", count: 50_000), base: nil, limit: 20_000)
    #expect(!one.isComplete)
    #expect(MarkupHTML.render(one.nodes, headingShift: 0).hasSuffix("яя…"))
  }

  @Test("M5: a list keeps the number that it begins with")
  func listStart() {
    #expect(clean("<ol start=9><li>a</li></ol>") == "<ol start=\"9\">\n<li>a</li>\n</ol>")
    for odd in ["1", "-1", "1000000000", "x", "9\" onload=x"] {
      #expect(clean("<ol start='\(odd)'><li>a</li></ol>") == "<ol>\n<li>a</li>\n</ol>")
    }
  }

  @Test("M5: a picture within a link leaves the link whole")
  func pictureInLink() {
    #expect(
      clean("<a href=https://e.org/x><img src=https://e.org/i alt=Map></a>")
        == "<a href=\"https://e.org/x\">[Map]</a>")
  }

  @Test("A combining mark does not hide a sign of HTML")
  func combining() {
    #expect("<\u{301}script>&\u{301}\"\u{301}".htmlEscaped == "&lt;\u{301}script&gt;&amp;\u{301}&quot;\u{301}")
  }
}

extension String {
  /// How often a text stands in this one.
  func components(separated text: String) -> Int { ranges(of: text).count }
}
