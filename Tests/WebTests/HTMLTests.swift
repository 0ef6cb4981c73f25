import Testing

@testable import Web

@Suite("What people wrote on a page")
struct HTMLTests {
  @Test(
    "X4: a text put into a page is text, whatever it looks like",
    arguments: [
      ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
      ("\" onload=\"x", "&quot; onload=&quot;x"),
      ("a & b", "a &amp; b"), ("<\u{301}b>", "&lt;\u{301}b&gt;"), ("'", "&#39;"),
    ])
  func escaped(text: String, markup: String) {
    let page: HTML = "<p>\(text)</p>"
    #expect(page.markup == "<p>\(markup)</p>")
  }
}
