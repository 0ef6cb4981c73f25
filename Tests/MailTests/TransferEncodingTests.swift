import Mail
import TestSupport
import Testing

@Suite("Transfer encodings") struct TransferEncodingTests {
  private static let bodies =
    nastyTexts + [
      "line\n", "\n", "\n\n\n", "ends in space \n", "ends in tab\t\nnext", "space at the very end ",
      "From here\n From there\nFrom", ".\n", ".\n.\n..\n", "a\n.\nb", "cr\rlf\r\ncrlf\r", "\r", "\r\r\n",
      String(repeating: "x", count: 75), String(repeating: "x", count: 76), String(repeating: "x", count: 77),
      String(repeating: "x", count: 76) + "\n", String(repeating: "x", count: 75) + " \n",
      String(repeating: "x", count: 74) + "é\n", String(repeating: ".", count: 300), String(repeating: " ", count: 300),
      String(repeating: "x", count: 75) + ".\n", String(repeating: "x", count: 75) + "From x",
      String(repeating: "From ", count: 100), String(repeating: "中文字\n", count: 2000),
    ]

  @Test("M5: quoted-printable decodes to the text, in any script and at every line length", arguments: bodies)
  func quotedPrintable(body: String) {
    let octets = Array(body.utf8)
    let encoded = written { TransferEncoding.quotedPrintable(octets, into: &$0) }
    #expect(decodedQuotedPrintable(encoded) == withCRLF(octets))
    expectSturdy(encoded)
  }

  @Test("M5: quoted-printable and base64 decode to random octets")
  func random() {
    var random = SplitMix64(seed: 11)
    let alphabet: [UInt8] = [10, 10, 13, 32, 32, 9, 46, 61, 70, 0, 255, 0xC3, 0xA9, 0xE4, 0xB8, 0xAD, 0xF0, 65, 66]
    for round in 0..<3000 {
      let count = Int.random(in: 0...(round.isMultiple(of: 100) ? 12_000 : 300), using: &random)
      let octets: [UInt8] = (0..<count).map { _ in
        Bool.random(using: &random) ? 120 : alphabet.randomElement(using: &random)!
      }
      let quoted = written { TransferEncoding.quotedPrintable(octets, into: &$0) }
      #expect(decodedQuotedPrintable(quoted) == withCRLF(octets), "\(octets)")
      expectSturdy(quoted)
      let encoded = written { TransferEncoding.base64(octets, into: &$0) }
      #expect(decodedBase64(encoded) == octets)
    }
  }

  /// No line that a relay or an old mailbox changes.
  private func expectSturdy(_ encoded: [UInt8]) {
    for line in crlfLines(encoded + [13, 10]) ?? [] {
      #expect(line.count <= 76)
      #expect(line.first != UInt8(ascii: "."))
      #expect(!line.starts(with: "From ".utf8))
    }
  }

  @Test(
    "Quoted-printable looks as RFC 2045 shows it",
    arguments: [
      ("a=b\n", "a=3Db\r\n"),
      ("trailing \n", "trailing=20\r\n"),
      ("tab\t\n", "tab=09\r\n"),
      ("in the middle \tof", "in the middle \tof"),
      (".\n.x\n", "=2E\r\n=2Ex\r\n"),
      ("From me\nFromage\n", "=46rom me\r\nFromage\r\n"),
      ("é\n", "=C3=A9\r\n"),
      ("a\rb\r\nc", "a=0Db\r\nc"),
      (String(repeating: "x", count: 76), String(repeating: "x", count: 76)),
      (String(repeating: "x", count: 77), String(repeating: "x", count: 75) + "=\r\nxx"),
      (String(repeating: "x", count: 72) + "é", String(repeating: "x", count: 72) + "=\r\n=C3=A9"),
      (String(repeating: "x", count: 70) + "é", String(repeating: "x", count: 70) + "=C3=A9"),
      (String(repeating: "x", count: 75) + ".x", String(repeating: "x", count: 75) + "=\r\n=2Ex"),
    ] as [(String, String)])
  func golden(text body: String, expected: String) {
    #expect(text { TransferEncoding.quotedPrintable(Array(body.utf8), into: &$0) } == expected)
  }

  @Test(
    "Base64 matches RFC 4648's examples",
    arguments: [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
      ("foobar", "Zm9vYmFy"),
    ])
  func base64(body: String, expected: String) {
    #expect(
      text { TransferEncoding.base64(Array(body.utf8), into: &$0) } == (expected.isEmpty ? "" : expected + "\r\n"))
  }

  @Test("Base64 has lines of 76", arguments: 0...200)
  func base64Lines(count: Int) throws {
    let octets = (0..<count).map { UInt8($0) }
    let encoded = written { TransferEncoding.base64(octets, into: &$0) }
    let lines = try #require(crlfLines(encoded))
    #expect(lines.dropLast().allSatisfy { $0.count == 76 })
    #expect(lines.allSatisfy { (1...76).contains($0.count) })
    #expect(decodedBase64(encoded) == octets)
  }

  @Test("M5: the smallest encoding is chosen, and decodes to the text", arguments: bodies)
  func best(body: String) {
    let octets = Array(body.utf8)
    let best = TransferEncoding.best(for: octets)
    let encoded = written { best.append(text: octets, to: &$0) }
    switch best {
    case .sevenBit: #expect(encoded == withCRLF(octets))
    case .quotedPrintable: #expect(decodedQuotedPrintable(encoded) == withCRLF(octets))
    case .base64: #expect(decodedBase64(encoded) == withCRLF(octets))
    }
    if best != .sevenBit {
      let other: TransferEncoding = best == .base64 ? .quotedPrintable : .base64
      // A soft break beside a UTF-8 sequence comes early, which the estimate does not see.
      let count = written { other.append(text: octets, to: &$0) }.count
      #expect(encoded.count <= count + count / 8)
    }
  }

  @Test(
    "Only text that nothing on the way changes goes as it is",
    arguments: [
      ("Dear Ana,\n\nyours\n", TransferEncoding.sevenBit), ("", .sevenBit), ("a\tb = c\n", .sevenBit),
      (String(repeating: "x", count: 76) + "\n", .sevenBit), (String(repeating: "x", count: 77), .quotedPrintable),
      ("space \n", .quotedPrintable), ("space ", .quotedPrintable), (".dot", .quotedPrintable),
      ("a\n.dot", .quotedPrintable), ("From me", .quotedPrintable), ("Fromage", .sevenBit),
      ("caf\u{E9}", .quotedPrintable),
      ("a\rb is not so short", .quotedPrintable), ("nul\0 is not so short", .quotedPrintable),
      ("del\u{7F} is not so short", .quotedPrintable),
      ("Обсуждение", .base64), ("讨论", .base64), ("Une réponse à votre question", .quotedPrintable),
    ] as [(String, TransferEncoding)])
  func choice(body: String, expected: TransferEncoding) {
    #expect(TransferEncoding.best(for: Array(body.utf8)) == expected)
  }

  @Test("Text that goes as it is gets CRLF line ends")
  func sevenBit() {
    #expect(text { TransferEncoding.sevenBit.append(text: Array("a\n\nb\r\nc".utf8), to: &$0) } == "a\r\n\r\nb\r\nc")
  }

  @Test("Encoding appends to what is there")
  func appends() {
    var output = Array("x".utf8)
    for encoding in TransferEncoding.allCases { encoding.append(text: [97], to: &output) }
    #expect(String(decoding: output, as: UTF8.self) == "xaaYQ==\r\n")
    #expect(TransferEncoding.allCases.map(\.headerValue) == ["7bit", "quoted-printable", "base64"])
  }
}
