import Forum
import TestSupport
import Testing

@testable import Composition

/// Textile of posts (rules M5 and X1), as Redmine has it.
@Suite("Posts in Textile") struct TextileTests {
  private func html(_ source: String, limit: Int = 100_000) -> String {
    let nodes = TextileReader.read(source, base: SafeURL("https://forum.example.org/t/1"), limit: limit).nodes
    return MarkupHTML.render(nodes, headingShift: 0)
  }
  private func text(_ source: String) -> String {
    MarkupText.render(TextileReader.read(source, base: nil, limit: 100_000).nodes)
  }

  @Test(
    "M5: each sign of Textile means in mails what it means in Redmine",
    arguments: [
      ("h1. One\n\nh3(class). Three", "<h1>One</h1>\n<h3>Three</h3>", "One\n===\n\nThree"),
      ("bq. Said\nso\n\nx", "<blockquote>\n<p>Said<br>\nso</p>\n</blockquote>\n<p>x</p>", "> Said\n> so\n\nx"),
      ("p{color:red}. a\nb\n\nc", "<p>a<br>\nb</p>\n<p>c</p>", "a\nb\n\nc"),
      (
        "* a\n** b\n** c\n* d\n# e",
        "<ul>\n<li>a\n<ul>\n<li>b</li>\n<li>c</li>\n</ul>\n</li>\n<li>d</li>\n</ul>\n<ol>\n<li>e</li>\n</ol>",
        "- a\n  - b\n  - c\n- d\n\n1. e"
      ),
      (
        "x\n# a\nmore\n# b\n\ny", "<p>x</p>\n<ol>\n<li>a<br>\nmore</li>\n<li>b</li>\n</ol>\n<p>y</p>",
        "x\n\n1. a\n   more\n2. b\n\ny"
      ),
      ("*** deep\n* a", nil, nil),
      (
        "*a* _b_ -c- +d+ H ~2~ 10 ^3^ ??e?? %f%", nil, "*a* _b_ ~~c~~ d H 2 10 ^3 _e_ f"
      ),
      (
        "**a** __b__ *_c_* (*d*), *e*.",
        "<p><b>a</b> <i>b</i> <strong><em>c</em></strong> (<strong>d</strong>), <strong>e</strong>.</p>", nil
      ),
      ("%{color:red}a% *{color:red}b*", "<p>a <strong>b</strong></p>", "a *b*"),
      ("是「*粗*」，_斜_。", "<p>是「<strong>粗</strong>」，<em>斜</em>。</p>", nil),
      (
        "use @a *b* <c>@ or <code>_x_</code>", "<p>use <code>a *b* &lt;c&gt;</code> or <code>_x_</code></p>",
        "use a *b* <c> or _x_"
      ),
      ("<pre>\na  *b*\n<i>\n</pre>\nc", "<pre>a  *b*\n&lt;i&gt;</pre>\n<p>c</p>", "a  *b*\n<i>\n\nc"),
      ("<pre><code class=\"ruby\">\nputs 1 < 2\n</code></pre>", "<pre>puts 1 &lt; 2</pre>", nil),
      (
        "See \"the *map*\":https://e.org/a_b(c).",
        "<p>See <a href=\"https://e.org/a_b(c)\">the <strong>map</strong></a>.</p>",
        "See the *map* <https://e.org/a_b(c)>."
      ),
      (
        "(https://e.org/x_y_) \"a\":/b",
        "<p>(<a href=\"https://e.org/x_y\">https://e.org/x_y</a>_) <a href=\"https://forum.example.org/b\">a</a></p>",
        nil
      ),
      ("!map.png! !map.png(A map)!", "<p>[map.png] [A map]</p>", "[map.png] [A map]"),
      (
        "|_. A|_. B|\n|1|*two*|\n|\\2. both|",
        "<table>\n<tbody>\n<tr>\n<th>A</th>\n<th>B</th>\n</tr>\n<tr>\n<td>1</td>\n<td><strong>two</strong></td>\n</tr>\n<tr>\n<td colspan=\"2\">both</td>\n</tr>\n</tbody>\n</table>",
        nil
      ),
      (
        "|=. a|x. b|[[P|q]]|",
        "<table>\n<tbody>\n<tr>\n<td>a</td>\n<td>x. b</td>\n<td>[[P|q]]</td>\n</tr>\n</tbody>\n</table>", nil
      ),
      (
        "{{toc}} [[Page|the *page*]] #12 a[1] {{child_pages(x)}}",
        "<p>{{toc}} [[Page|the *page*]] #12 a[1] {{child_pages(x)}}</p>",
        "{{toc}} [[Page|the *page*]] #12 a[1] {{child_pages(x)}}"
      ),
      ("fn1. The source", "<p>[1] The source</p>", "[1] The source"),
      (
        "> a\n> > b\n\nc", "<blockquote>\n<p>a</p>\n<blockquote>\n<p>b</p>\n</blockquote>\n</blockquote>\n<p>c</p>",
        "> a\n>\n> > b\n\nc"
      ),
      ("a\n\n---\n\nb", "<p>a</p>\n<hr>\n<p>b</p>", "a\n\n* * *\n\nb"),
      ("<b>a</b> <u title='x'>b</u> <notextile>*c*</notextile>", "<p><b>a</b> <u>b</u> *c*</p>", nil),
      (
        "<table><tr><td>1</td><td>2</td></tr></table>",
        "<table>\n<tbody>\n<tr>\n<td>1</td>\n<td>2</td>\n</tr>\n</tbody>\n</table>",
        "1 | 2"
      ),
      ("&#42;a&#42; &eacute; &amp;", "<p>*a* é &amp;</p>", "*a* é &"),
    ] as [(String, String?, String?)])
  func signs(_ source: String, html expected: String?, text words: String?) {
    if let expected { #expect(html(source) == expected) }
    if let words { #expect(text(source) == words) }
  }

  @Test("M5: a picture in Textile leaves a link")
  func picture() {
    #expect(html("!https://e.org/map.png!").contains("href=\"https://e.org/map.png\""))
    #expect(html("!>https://e.org/map.png(Map)!:https://e.org/").contains("href=\"https://e.org/\""))
  }

  @Test(
    "M5: what is no sign of Textile, or not closed, is shown as it was written",
    arguments: [
      "a *b c", "2 * 3 * 4", "snake_case_name and _open", "a-b-c -- d", "50% of 20%", "*", "**", "***a***",
      "\"a\" and \"b\"",
      "\"key\":value", "wow! great!", "!important!", "@ana and @bo", "x@e.org", "h7. x", "h2.x", "fnx. a", "|a",
      "a | b", "| a",
      "p<q and r>s", "Map<String>", "Vec<u8>", "1 < 2", "<script>alert(1)</script>", "<!-- a -->", "<b title=\"x>y",
      "[[Page", "{{toc",
      "C++ and C#", "-", "_", "?", "!", "@", "#1", "a ?b? c", "<pre a", "<pre\na>b", "a <pre <b",
      "<custom-tag>x</custom-tag>",
    ])
  func asWritten(_ source: String) {
    #expect(text(source) == source)
  }

  @Test(
    "X1: nothing that runs or loads comes out of Textile",
    arguments: [
      "\"x\":javascript:alert(1)", "<a href=\"javascript:alert(1)\">x</a>", "<img src=x onerror=alert(1)>",
      "!javascript:alert(1)!",
      "!https://e.org/a.png\"onerror=\"alert(1)!", "<b onclick=\"alert(1)\" style=\"x\">a</b>",
      "*{background:url(https://e.org)}a*",
      "p{background:url(https://e.org)}. a", "<a href='https://e.org/\"><script>alert(1)</script>'>x</a>",
      "<pre></pre ><script>alert(1)</script>",
      "@</code><script>alert(1)</script>@", "\"<script>alert(1)</script>\":https://e.org", "|<script>|",
      "&#60;script>alert(1)</script>",
      "<notextile><script>alert(1)</script></notextile>", "\"x\":https://e.org/\"onclick=\"alert(1)",
      "<svg onload=alert(1)>",
    ])
  func harmless(_ source: String) {
    let html = html(source).lowercased()
    for word in ["<script", "<img", "<svg", "onclick=\"", "onerror=\"", "style=", "href=\"javascript"] {
      #expect(!html.contains(word))
    }
  }

  @Test(
    "X1: Textile that is made to be slow, or deep, is read in time that grows with its length",
    .timeLimit(.minutes(5)),
    arguments: [
      "*", "*a ", " *a* _b_", "_a *b ", "@a", " @a", "\"a", "\"a\":", " \"a\":http://e.org", "!a.", " !a.b(", "[[",
      "{{", "<b a=\"", "<pre", "<pre a",
      "<pre>", "<code>", " <code>", "|", "|a", ">", "> ", "* a\n", "** a\n# b\n", "|a|\n", ">> a\n", "%{", " %{a",
      "http://a", "http://a)", "h1. a\n", "&#1",
      "<table>", "<ul><li>\n",
    ])
  func slow(_ signs: String) {
    let source = String(repeating: signs, count: 100_000 / signs.utf8.count)
    #expect(html(source, limit: 512_000).utf8.count < 4_000_000)
    #expect(html(source.replacing("\n", with: " ") + "\n" + source, limit: 700_000).utf8.count < 8_000_000)
  }

  @Test("M5: random Textile loses no visible word")
  func soup() {
    let signs = [
      "*", "**", "_", "-", "+", "^", "~", "@", "%", "??", "\"", "\":https://e.org/", "!", "!a.png!", "|", "[[", "]]",
      "{{", "}}", "(", ")", "\n",
      "\n\n", "\n* ", "\n## ", "\n> ", "\nh2. ", "\nbq. ", "\n|", "|\n", "<b>", "</b>", "<pre>", "<pre ", "</pre>",
      "<code>",
      "</code>", "<div>", "</div>",
      "<i title=\"", "&", " ", " ", " ", "\n---\n", "fn1. ", "<notextile>", "</notextile>",
    ]
    var generator = SplitMix64(seed: 11)
    for _ in 0..<600 {
      var source = ""
      var words: [String] = []
      for _ in 0..<Int.random(in: 1...40, using: &generator) {
        if generator.once(in: 3) {
          words.append("w\(words.count)w")
          source += words.last!
        } else {
          source += generator.pick(signs)
        }
      }
      let read = TextileReader.read(source, base: nil, limit: 100_000)
      let shown = MarkupHTML.render(read.nodes, headingShift: 0) + MarkupText.render(read.nodes)
      #expect(words.allSatisfy { shown.contains($0) }, "\(source)")
    }
  }
}
