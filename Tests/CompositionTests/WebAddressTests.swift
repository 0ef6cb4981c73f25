import Testing

@testable import Composition

/// Addresses as browsers read them (rules M5 and X1).
@Suite("Addresses in posts") struct WebAddressTests {
  private static let page = "http://a/b/c/d;p?q"

  /// RFC 3986, 5.4.1 and 5.4.2. `g:h` has a scheme that leads nowhere; `http:g` is read as 5.2.2 allows and browsers do.
  @Test(
    "M5: references lead where RFC 3986 says",
    arguments: [
      ("g:h", nil), ("g", "http://a/b/c/g"), ("./g", "http://a/b/c/g"), ("g/", "http://a/b/c/g/"), ("/g", "http://a/g"),
      ("//g", "http://g"), ("?y", "http://a/b/c/d;p?y"), ("g?y", "http://a/b/c/g?y"), ("#s", "http://a/b/c/d;p?q#s"),
      ("g#s", "http://a/b/c/g#s"), ("g?y#s", "http://a/b/c/g?y#s"), (";x", "http://a/b/c/;x"),
      ("g;x", "http://a/b/c/g;x"), ("g;x?y#s", "http://a/b/c/g;x?y#s"), (".", "http://a/b/c/"), ("./", "http://a/b/c/"),
      ("..", "http://a/b/"), ("../", "http://a/b/"), ("../g", "http://a/b/g"), ("../..", "http://a/"),
      ("../../", "http://a/"), ("../../g", "http://a/g"), ("../../../g", "http://a/g"), ("../../../../g", "http://a/g"),
      ("/./g", "http://a/g"), ("/../g", "http://a/g"), ("g.", "http://a/b/c/g."), (".g", "http://a/b/c/.g"),
      ("g..", "http://a/b/c/g.."), ("..g", "http://a/b/c/..g"), ("./../g", "http://a/b/g"),
      ("./g/.", "http://a/b/c/g/"),
      ("g/./h", "http://a/b/c/g/h"), ("g/../h", "http://a/b/c/h"), ("g;x=1/./y", "http://a/b/c/g;x=1/y"),
      ("g;x=1/../y", "http://a/b/c/y"), ("g?y/./x", "http://a/b/c/g?y/./x"), ("g?y/../x", "http://a/b/c/g?y/../x"),
      ("g#s/./x", "http://a/b/c/g#s/./x"), ("g#s/../x", "http://a/b/c/g#s/../x"), ("http:g", "http://a/b/c/g"),
      ("", nil), ("%2e%2E/g", "http://a/b/g"),
    ] as [(String, String?)])
  func references(_ reference: String, expected: String?) {
    #expect(SafeURL(reference, base: SafeURL(Self.page))?.value == expected)
  }

  @Test(
    "M5: of an address only tab, CR, LF and the ends are passed over; what is within is encoded",
    arguments: [
      ("https://e.org/Risk assessment 2014.pdf", "https://e.org/Risk%20assessment%202014.pdf"),
      (" \n https://e.org/a\u{1} ", "https://e.org/a"), ("https://e.org/a\r\n\tb", "https://e.org/ab"),
      ("ht\ttps://e.org", "https://e.org"), ("https://e.org/a\u{1}b", "https://e.org/a%01b"),
      ("https://e.org/a b?c d#e f", "https://e.org/a%20b?c%20d#e%20f"), ("https://e.org/%20", "https://e.org/%20"),
      ("https://e.org/\u{200B}", "https://e.org/%E2%80%8B"), ("https://e.org/я", "https://e.org/я"),
      ("https:e.org/x", "https://e.org/x"), ("http:/e.org/x", "http://e.org/x"), ("https://e.org\\x", nil),
      ("https://e.org/x\\y", "https://e.org/x/y"), ("mailto:a b@e.org", "mailto:a%20b@e.org"),
    ] as [(String, String?)])
  func cleaning(_ text: String, expected: String?) { #expect(SafeURL(text)?.value == expected) }

  @Test(
    "X1: what names a host is that host, for every program that reads it",
    arguments: [
      ("https://bank.example@evil.example/x", "https://evil.example/x"),
      ("https://a:b@evil.example", "https://evil.example"),
      ("https://bank.example\\@evil.example", nil), ("\\\\evil.example/x", nil), ("/\\evil.example", nil),
      ("\\/evil.example", nil), ("https:\\\\evil.example", nil), ("https://e.org:99999/", nil),
      ("https://e.org:x/", nil),
      ("https://e.org:8080/", "https://e.org:8080/"), ("https://[::1]:80/x", "https://[::1]:80/x"),
      ("https://[x]/", nil),
      ("https://e org/", nil), ("https://e%2eorg/", nil), ("https://ex\u{200B}ample.org", nil), ("https://./", nil),
      ("https://[::1/", nil), ("https://пример.рф/", "https://пример.рф/"), ("https://@/", nil),
      ("https://e.org<b>/", nil), ("java\u{200B}script:alert(1)", nil), ("a:b", nil), ("./a:b", "https://f.org/p/a:b"),
      ("//evil.example\\@f.org", nil), ("///e.org/x", "https://e.org/x"), ("tel:+41229179000", "tel:+41229179000"),
      ("tel:*%2306%23", nil),
    ] as [(String, String?)])
  func hosts(_ text: String, expected: String?) {
    #expect(SafeURL(text, base: SafeURL("https://f.org/p/1"))?.value == expected)
  }

  @Test("M5: a file's name is told from its address")
  func fileNames() {
    for (url, name) in [
      ("https://e.org/a/scan%20one.jpg?x=1", "scan one.jpg"), ("https://e.org/a/b", nil), ("https://e.org", nil),
      ("https://e.org/.jpg", nil), ("https://e.org/%D1%8F.png", "я.png"), ("https://e.org/a.jpg/", "a.jpg"),
    ] as [(String, String?)] {
      #expect(SafeURL(url)?.fileName == name)
    }
  }
}
