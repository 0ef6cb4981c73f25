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
      ("ip@[192.0.2.1]", "ip", "[192.0.2.1]"), ("ip@[IPv6:2001:DB8::1]", "ip", "[ipv6:2001:db8::1]"),
    ] as [(String, String, String)])
  func good(text: String, local: String, domain: String) throws {
    let address = try Address(text)
    #expect(address.localPart == local)
    #expect(address.domain == domain)
    #expect(address.description == "\(local)@\(domain)")
  }

  @Test(
    "What is no dot-atom is written in quotation marks, and what is one without them",
    arguments: [
      (#""john smith"@example.net"#, "john smith", #""john smith""#), ("a..b@docomo.ne.jp", "a..b", #""a..b""#),
      (".a@docomo.ne.jp", ".a", #"".a""#), ("a.@ezweb.ne.jp", "a.", #""a.""#),
      (#""a..b"@x.example"#, "a..b", #""a..b""#), (#""ana"@x.example"#, "ana", "ana"),
      (#""ana\ paz"@x.example"#, "ana paz", #""ana paz""#), (#""josé p"@x.example"#, "josé p", #""josé p""#),
      (#""a(b),c:d;[e]"@x.example"#, "a(b),c:d;[e]", #""a(b),c:d;[e]""#),
    ] as [(String, String, String)])
  func quoted(text: String, local: String, written: String) throws {
    let address = try Address(text)
    #expect(address.localPart == local)
    #expect(address.description == "\(written)@\(address.domain)")
    #expect(try Address(address.description) == address)
  }

  @Test(
    "Blanks around an address are not of it",
    arguments: [" lead@example.net ", "lead@example.net\r\n", "\tlead@example.net", "lead@example.net\u{A0}"])
  func blanks(text: String) throws {
    #expect(try Address(text).description == "lead@example.net")
  }

  /// Texts of what addresses are made of and what would break them, and of any octets.
  private func anyText(_ round: Int, _ random: inout SplitMix64) -> String {
    let pieces = [
      "\"", "\\", "@", " ", "<", ">", "\r\n", "\n", "\t", "\0", ".", "..", "a", "josé", "[", "]", "[192.0.2.1]",
      "[192.0.2.1\0\r\nDATA]", "[IPv6:::1]", "x.example", "xn--fsq", "é", "\u{301}", "\u{202E}", "\u{200B}", ",", ";",
      ":",
      "(", ")", "=?utf-8?q?=0D?=", "RCPT TO:<b@y.example>", "\u{A0}", "-", "_",
    ]
    func some(_ count: ClosedRange<Int>) -> String {
      (0..<Int.random(in: count, using: &random)).map { _ in random.pick(pieces) }.joined()
    }
    switch round % 3 {
    case 0: return "\"\(some(1...3))\"@\(some(1...2))"
    case 1: return "\(some(1...4))@\(some(1...3))"
    default:
      let octets = (0..<Int.random(in: 1...12, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      return "\(String(decoding: octets, as: UTF8.self))@\(random.pick(pieces))"
    }
  }

  @Test("X1: whatever octets come, an address that is taken reads the same again and stays one word of its line")
  func anyOctets() {
    var random = SplitMix64(seed: 11)
    var (taken, quoted) = (0, 0)
    for round in 0..<40_000 {
      let text = anyText(round, &random)
      guard let address = try? Address(text) else { continue }
      taken += 1
      let written = address.description
      let scalars = written.unicodeScalars
      let isQuoted = scalars.first == "\""
      quoted += isQuoted ? 1 : 0
      var header: [UInt8] = []
      HeaderWriter.appendMailbox("To", displayName: "Ana", address: address, to: &header)
      let field = String(decoding: header, as: UTF8.self)
      let masked = Address.masked(in: "to \(written): no")
      let isSafe =
        (try? Address(written)) == address
        && !scalars.contains { $0.value < 0x20 || $0.value == 0x7F || "<>\\".unicodeScalars.contains($0) }
        && scalars.count { $0 == "@" } == 1 && scalars.count { $0 == "\"" } == (isQuoted ? 2 : 0)
        // A space stands between quotation marks alone.
        && scalars.firstIndex(of: " ").map { isQuoted && scalars[$0...].contains("\"") } ?? true
        && field.hasSuffix("<\(written)>\r\n")
        && field.replacing("\r\n ", with: " ").dropLast().allSatisfy { $0 != "\r\n" }
        && Address.masked(in: masked) == masked
      if !isSafe { Issue.record("\(text.debugDescription) became \(written.debugDescription), masked \(masked)") }
    }
    #expect(taken > 1000 && quoted > 100, "\(taken), \(quoted)")
  }

  @Test("One mailbox has one canonical form, however its domain and its quotation marks are written")
  func canonical() throws {
    for (a, b) in [
      ("ana@bücher.example", "Ana@XN--BCHER-KVA.example"), (#""ana"@x.example"#, " ana@X.example "),
      ("a..b@docomo.ne.jp", #""A..b"@docomo.ne.jp"#), ("jose\u{301}@x.example", "jos\u{E9}@x.example"),
    ] {
      #expect(try Address(a).canonical == Address(b).canonical)
    }
    #expect(try Address(#""A b"@x.example"#).canonical == #""a b"@x.example"#)
  }

  @Test(
    "O3: a quoted local part is masked as others are",
    arguments: [
      (#"rcpt: 550 <"john smith"@x.example>: no"#, #"rcpt: 550 <"j…@x.example>: no"#),
      (#"for "a b"@x.example and "c..d"@y.example"#, #"for "a…@x.example and "c…@y.example"#),
      (#"odd"@x.example"#, "o…@x.example"),
    ])
  func maskedQuotes(_ text: String, _ masked: String) { #expect(Address.masked(in: text) == masked) }

  @Test(
    "X1: what would change a dialogue or a header is refused, with its reason",
    arguments: [
      ("", Address.Invalid.empty), ("ana", .noAt), ("a@b@c", .noAt), ("@", .localPart), ("@x.example", .localPart),
      ("a@", .domain), ("a b@x.example", .character), ("a@x.example\r\nRCPT TO:<b@y.example>", .noAt),
      ("a@x.example\r\nDATA", .character), ("a\n@x.example", .character), ("a\0@x.example", .character),
      ("a\u{7F}@x.example", .character), ("a\u{85}@x.example", .character), ("a\u{A0}@x.example", .character),
      ("a\u{2028}@x.example", .character), ("a\u{202E}@x.example", .character), ("a\u{200B}@x.example", .character),
      ("a\u{FEFF}@x.example", .character), ("a\u{FFFF}@x.example", .character), ("<a@x.example>", .character),
      ("a@x.example>", .character), ("\"a b@x.example", .character), ("a,b@x.example", .character),
      (#""a\"b"@x.example"#, .character), (#""a>b"@x.example"#, .character), ("\"a\r\nb\"@x.example", .character),
      (#""a\"@x.example"#, .character), ("\"\"@x.example", .localPart), (#""a@b"@x.example"#, .noAt),
      ("..@x.example", .localPart), ("a@[x.example]", .domain), ("a@[192.0.2.1", .domain), ("a@[192.0.2.1]x", .domain),
      ("a@[192.0.2.1\r\n]", .domain), ("a@[192.0.2.1\0\r\nDATA]", .domain), (" ", .empty),
      ("a;b@x.example", .character), ("a:b@x.example", .character), ("(c)a@x.example", .character),
      ("a\\b@x.example", .character), ("a@[127.0.0]", .domain), ("a@.example", .domain), ("a@x..example", .domain),
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
