import Mail
import TestSupport
import Testing

@Suite("Addresses") struct AddressTests {
  @Test(
    "Addresses in use are taken",
    arguments: [
      ("ana@example.org", "ana", "example.org"), ("Ana.Paz@Example.ORG", "Ana.Paz", "example.org"),
      ("reply+abc234@forum.example", "reply+abc234", "forum.example"), ("o'neil@x.example", "o'neil", "x.example"),
      ("a@localhost", "a", "localhost"), ("a_b-c=d@x_y.example", "a_b-c=d", "x_y.example"),
      ("josé@example.org", "josé", "example.org"), ("用户@例子.测试", "用户", "例子.测试"),
      ("a@xn--fsq.example", "a", "xn--fsq.example"),
      (String(repeating: "l", count: 64) + "@x.example", String(repeating: "l", count: 64), "x.example"),
    ] as [(String, String, String)])
  func good(text: String, local: String, domain: String) throws {
    let address = try Address(text)
    #expect(address.localPart == local)
    #expect(address.domain == domain)
    #expect(address.description == "\(local)@\(domain)")
  }

  @Test(
    "X1: what would change a dialogue or a header is refused, with its reason",
    arguments: [
      ("", Address.Invalid.empty), ("ana", .noAt), ("a@b@c", .noAt), ("@", .localPart), ("@x.example", .localPart),
      ("a@", .domain), ("a b@x.example", .character), ("a@x.example\r\nRCPT TO:<b@y.example>", .noAt),
      ("a@x.example\r\nDATA", .character), ("a\n@x.example", .character), ("a\0@x.example", .character),
      ("a\u{7F}@x.example", .character), ("a\u{85}@x.example", .character), ("a\u{A0}@x.example", .character),
      ("a\u{2028}@x.example", .character), ("a\u{202E}@x.example", .character), ("a\u{200B}@x.example", .character),
      ("a\u{FEFF}@x.example", .character), ("a\u{FFFF}@x.example", .character), ("<a@x.example>", .character),
      ("a@x.example>", .character), ("\"a b\"@x.example", .character), ("a,b@x.example", .character),
      ("a;b@x.example", .character), ("a:b@x.example", .character), ("(c)a@x.example", .character),
      ("a\\b@x.example", .character), ("a@[127.0.0.1]", .character), (".a@x.example", .localPart),
      ("a.@x.example", .localPart), ("a..b@x.example", .localPart), ("a@.example", .domain), ("a@x..example", .domain),
      ("a@x.example.", .domain), ("a@-x.example", .domain), ("a@x-.example", .domain), ("a@x!y.example", .domain),
      ("a@x/y", .domain), (String(repeating: "l", count: 65) + "@x.example", .localPart),
      ("a@" + String(repeating: "d", count: 64) + ".example", .domain),
      ("a@" + String(repeating: "d.", count: 127) + "example", .domain),
    ] as [(String, Address.Invalid)])
  func bad(text: String, reason: Address.Invalid) {
    #expect(throws: reason) { try Address(text) }
  }

  @Test(
    "X1: a combining mark hides no special character",
    arguments: [
      "a@\u{301}b@x.example", "a@b@\u{301}x.example", "a@\u{301}x.example", "a<\u{301}@x.example",
      ".\u{301}a@x.example",
      "a.\u{301}.b@x.example", "a@x.\u{301}.example", "a@-\u{301}x.example",
    ])
  func combining(text: String) {
    #expect(throws: Address.Invalid.self) { try Address(text) }
  }

  @Test("Only an address that is not ASCII needs SMTPUTF8")
  func utf8() throws {
    #expect(try !Address("a@x.example").needsSMTPUTF8)
    #expect(try Address("é@x.example").needsSMTPUTF8)
    #expect(try Address("a@é.example").needsSMTPUTF8)
  }

  @Test("S7: an address with an ASCII local part has a form in ASCII, unless its domain has no A-labels")
  func ascii() throws {
    #expect(try Address("a@x.example").inASCII() == Address("a@x.example"))
    #expect(try Address("a@bücher.example").inASCII() == Address("a@xn--bcher-kva.example"))
    #expect(try Address("é@bücher.example").inASCII() == nil)
  }

  @Test("A domain beyond ASCII has A-labels, whatever the locale, and what is no domain has none")
  func labels() {
    #expect(Address.asciiDomain("bücher.example") == "xn--bcher-kva.example")
    #expect(Address.asciiDomain("почта.рф") == "xn--80a1acny.xn--p1ai")
    #expect(Address.asciiDomain("\u{200D}.example") == nil)
  }

  @Test("O3: a masked address shows one letter and the domain")
  func masked() throws {
    #expect(try Address("secret@x.example").masked == "s…@x.example")
  }

  @Test(
    "O3: in a text, whatever may be an address is masked",
    arguments: [
      ("rcpt: 550 5.1.1 <ana.paz@x.example>: no such user", "rcpt: 550 5.1.1 <a…@x.example>: no such user"),
      ("ana@x.example", "a…@x.example"),
      ("for=ana@x.example (ben+1@y.example), 'eve@z.example'", "f…@x.example (b…@y.example), '…@z.example'"),
      ("rfc822;élan@x.example", "rfc822;é…@x.example"), ("a@b@c.example", "a…@b…@c.example"),
      ("@ alone, <@relay.example:ana@x.example>", "@ alone, <@relay.example:a…@x.example>"), ("none", "none"), ("", ""),
    ])
  func maskedText(_ text: String, _ masked: String) { #expect(Address.masked(in: text) == masked) }
}
