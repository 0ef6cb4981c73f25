import Mail
import Testing

@Suite("Message identifiers") struct MessageIDTests {
  @Test(
    "X1: an identifier of somebody else's is named again only where it is one by the grammar",
    arguments: [
      "<a@b>", "a.b$c=d@[127.0.0.1]", " <CAJ+x_1@mail.gmail.com>\t", "<\(String(repeating: "a", count: 246))@b.c>",
    ])
  func strict(_ text: String) throws {
    let id = try #require(MessageID(strict: text))
    #expect(id.description == "<\(text.filter { !"<> \t".contains($0) })>")
  }

  @Test(
    "X1: what is none is not named",
    arguments: [
      "", "<>", "<@>", "a", "<a@>", "<@b>", "<a..b@c>", "<.a@b>", "<a@b.>", "<a b@c>", "<a@b> <c@d>", "<a@b>x", "<a@b",
      "<a\r\nBcc: x@y>", "<a@b\n>", "<a@[b>", "<a@[]>", "<a@[b\\]>", "<\"a\"@b>", "<é@b>", "<a@é>", "<a@b@c>",
      "<a\u{0}@b>", "<\(String(repeating: "a", count: 250))@b.c>", String(repeating: "<", count: 100_000),
    ])
  func notStrict(_ text: String) {
    #expect(MessageID(strict: text) == nil)
  }

  @Test("An identifier of our own is two dot-atoms", arguments: ["p1.r2.g0.abc", "a", "x+y-z_1", "!#$%&'*/=?^`{|}~"])
  func good(left: String) throws {
    let id = try #require(MessageID(left: left, domain: "forum.example"))
    #expect(id.description == "<\(left)@forum.example>")
    #expect(MessageID.list(in: id.description) == [id])
  }

  @Test(
    "X1: nothing else can be one",
    arguments: [
      "", ".", "a.", ".a", "a..b", "a b", "a@b", "a>b", "<a", "a\r\nBcc: x", "a\0", "é", "\"a\"", "a,b", "a(b)", "a\\b",
      "a;b", "a:b", "[a]", "a\u{7F}", String(repeating: "x", count: 300),
    ])
  func bad(part: String) {
    #expect(MessageID(left: part, domain: "forum.example") == nil)
    #expect(MessageID(left: "a", domain: part) == nil)
  }

  @Test(
    "M3: identifiers are found in what other programs write",
    arguments: [
      ("<a@b>", ["<a@b>"]),
      ("<a@b> <c@d>", ["<a@b>", "<c@d>"]),
      ("<a@b><c@d>", ["<a@b>", "<c@d>"]),
      ("<a@b>,\r\n\t<c@d>", ["<a@b>", "<c@d>"]),
      ("<long-\r\n id@b>", ["<long-id@b>"]),
      ("Your message of \"Mon\" <a@b> (comment)", ["<a@b>"]),
      ("<a@b", []), ("a@b", []), ("<>", []), ("<a>", []), ("<@b>", []), ("<a@>", []), ("", []),
      ("<a<b@c>", ["<b@c>"]), ("<a@b>>", ["<a@b>"]), ("<x@y@z>", ["<x@y@z>"]),
      ("<\"q\"@[1.2.3.4]>", ["<\"q\"@[1.2.3.4]>"]),
      ("<a\0b@c> <d@e>", ["<d@e>"]), ("<a\u{85}@b>", []), ("<é@b>", ["<é@b>"]),
      ("<" + String(repeating: "x", count: 2000) + "@b> <c@d>", ["<c@d>"]),
    ] as [(String, [String])])
  func list(value: String, expected: [String]) {
    #expect(MessageID.list(in: value).map(\.description) == expected)
  }

  @Test("The sides are parted at the last @")
  func sides() throws {
    let id = try #require(MessageID.list(in: "<x@y@z>").first)
    #expect((id.left, id.right) == ("x@y", "z"))
  }

  @Test("A megabyte of brackets is read in one pass")
  func hostile() {
    #expect(MessageID.list(in: String(repeating: "<", count: 1_000_000) + "a@b>").count == 1)
    #expect(MessageID.list(in: String(repeating: "<a@b>", count: 100_000)).count == 100_000)
  }
}
