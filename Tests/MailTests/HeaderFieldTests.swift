import Mail
import TestSupport
import Testing

@Suite("Header fields") struct HeaderFieldTests {
  private let address = try! Address("ana@forum.example")

  /// What is left of a text once controls and white space are single spaces.
  private func cleaned(_ text: String) -> String {
    let spaced = text.unicodeScalars.map { scalar -> Character in
      let isControl = scalar.properties.generalCategory == .control || (0x2028...0x2029).contains(scalar.value)
      return isControl ? " " : Character(scalar)
    }
    // Joined scalar by scalar, so that characters form again.
    return spaced.split(separator: " ").map { String(String.UnicodeScalarView($0.flatMap(\.unicodeScalars))) }
      .joined(separator: " ")
  }

  @Test("A subject reads as it was given, on lines of at most 76", arguments: nastyTexts)
  func subject(text: String) throws {
    let octets = written { HeaderWriter.appendUnstructured("Subject", text, to: &$0) }
    let value = try #require(unfolded(octets, name: "Subject"))
    #expect(decodedWords(value) == cleaned(text))
    let lines = try #require(crlfLines(octets))
    #expect(lines.allSatisfy { $0.count <= 76 })
    #expect(octets.allSatisfy { $0 < 0x80 })
  }

  @Test("Subjects of random text read as they were given")
  func randomSubjects() throws {
    var random = SplitMix64(seed: 7)
    let pieces = [
      "a", "word", " ", " ", "é", "中文", "👩‍🚀", "=?", "?=", "\r\n", "\0", "\"", "(", "x\u{301}", "الف", "=", "_",
    ]
    for _ in 0..<2000 {
      let text = (0..<Int.random(in: 0...60, using: &random)).map { _ in pieces.randomElement(using: &random)! }
        .joined()
      let octets = written { HeaderWriter.appendUnstructured("X-Long-Name-Of-A-Field", text, to: &$0) }
      let value = try #require(unfolded(octets, name: "X-Long-Name-Of-A-Field"), "\(text.debugDescription)")
      #expect(decodedWords(value) == cleaned(text), "\(text.debugDescription)")
      let lines = try #require(crlfLines(octets))
      #expect(lines.allSatisfy { $0.count <= 76 }, "\(text.debugDescription)")
    }
  }

  @Test(
    "Subjects look as people expect them",
    arguments: [
      ("Hello", "Subject: Hello\r\n"),
      ("", "Subject:\r\n"),
      (
        "[#9240] Re: the risk assessment of living modified organisms, second week of the discussion",
        "Subject: [#9240] Re: the risk assessment of living modified organisms,\r\n second week of the discussion\r\n"
      ),
      ("[#9240] Ça va", "Subject: [#9240] =?UTF-8?B?w4dh?= va\r\n"),
      ("中文", "Subject: =?UTF-8?B?5Lit5paH?=\r\n"),
      ("=?UTF-8?Q?forged?=", "Subject: =?UTF-8?B?PT9VVEYtOD9RP2ZvcmdlZD89?=\r\n"),
      (
        "Évaluation des risques associés aux organismes vivants modifiés",
        """
        Subject: =?UTF-8?Q?=C3=89valuation_des_risques_associ=C3=A9s_aux_organisme?=\r
         =?UTF-8?Q?s_vivants_modifi=C3=A9s?=\r\n
        """
      ),
    ] as [(String, String)])
  func golden(value: String, expected: String) {
    #expect(text { HeaderWriter.appendUnstructured("Subject", value, to: &$0) } == expected)
  }

  @Test("X1: no text opens another field or ends the header", arguments: nastyTexts)
  func injection(value: String) throws {
    for write: (inout [UInt8]) -> Void in [
      { HeaderWriter.appendUnstructured("Subject", value, to: &$0) },
      { HeaderWriter.appendMailbox("Subject", displayName: value, address: address, to: &$0) },
      { HeaderWriter.appendMailbox("Subject", displayName: value, address: address, utf8: true, to: &$0) },
      { HeaderWriter.appendPhrase("Subject", phrase: value, angle: value, to: &$0) },
      { HeaderWriter.appendRaw("Subject", "x " + value, to: &$0) },
    ] {
      let octets = written(write)
      let value = try #require(unfolded(octets, name: "Subject"), "\(String(decoding: octets, as: UTF8.self))")
      #expect(value.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
      let lines = try #require(crlfLines(octets))
      #expect(lines.allSatisfy { $0.count <= 998 })
    }
  }

  @Test("Encoded words never split a character that fits into one")
  func characters() throws {
    let families = String(repeating: "👨‍👩‍👧‍👦", count: 10)
    let octets = written { HeaderWriter.appendUnstructured("Subject", families, to: &$0) }
    let value = try #require(unfolded(octets, name: "Subject"))
    for word in value.split(separator: " ") {
      let decoded = try #require(decodedWords(String(word)))
      #expect(decoded.allSatisfy { $0 == "👨‍👩‍👧‍👦" })
    }
  }

  @Test(
    "Display names are bare, quoted or encoded",
    arguments: [
      (nil, "From: ana@forum.example"),
      ("", "From: ana@forum.example"),
      ("\r\n", "From: ana@forum.example"),
      ("Ana Paz", "From: Ana Paz <ana@forum.example>"),
      ("Ana Paz (BCH forum)", "From: \"Ana Paz (BCH forum)\" <ana@forum.example>"),
      ("Paz, Ana", "From: \"Paz, Ana\" <ana@forum.example>"),
      ("The \"Fox\" \\o/", "From: \"The \\\"Fox\\\" \\\\o/\" <ana@forum.example>"),
      ("pope@vatican.va", "From: \"pope@vatican.va\" <ana@forum.example>"),
      ("a@b.example <", "From: \"a@b.example <\" <ana@forum.example>"),
      ("José", "From: =?UTF-8?B?Sm9zw6k=?= <ana@forum.example>"),
      ("José @home", "From: =?UTF-8?B?Sm9zw6kgQGhvbWU=?= <ana@forum.example>"),
      ("王小明", "From: =?UTF-8?B?546L5bCP5piO?= <ana@forum.example>"),
      ("=?UTF-8?Q?boss=40bank?=", "From: =?UTF-8?B?PT9VVEYtOD9RP2Jvc3M9NDBiYW5rPz0=?= <ana@forum.example>"),
      ("\u{202E}anA\u{2066}\u{200F}", "From: anA <ana@forum.example>"),
      ("A\r\nBcc: x@y.example", "From: \"A Bcc: x@y.example\" <ana@forum.example>"),
    ] as [(String?, String)])
  func displayName(name: String?, expected: String) {
    #expect(
      text { HeaderWriter.appendMailbox("From", displayName: name, address: address, to: &$0) } == expected + "\r\n")
  }

  @Test(
    "With SMTPUTF8 a display name stays as it is",
    arguments: [
      ("José", "From: José <ana@forum.example>"),
      ("王, 小明", "From: \"王, 小明\" <ana@forum.example>"),
      ("josé@x.example", "From: \"josé@x.example\" <ana@forum.example>"),
      ("é =?x?= y", "From: =?UTF-8?B?w6kgPT94Pz0geQ==?= <ana@forum.example>"),
    ])
  func utf8(name: String, expected: String) {
    #expect(
      text { HeaderWriter.appendMailbox("From", displayName: name, address: address, utf8: true, to: &$0) } == expected
        + "\r\n")
  }

  @Test("A display name is cut at 100 characters and 200 octets, never inside a character")
  func cut() throws {
    func name(_ given: String) throws -> String {
      let octets = written { HeaderWriter.appendMailbox("From", displayName: given, address: address, to: &$0) }
      let value = try #require(unfolded(octets, name: "From").flatMap(decodedWords))
      return String(value.dropLast(" <ana@forum.example>".count))
    }
    #expect(try name(String(repeating: "x", count: 500)) == String(repeating: "x", count: 100))
    #expect(try name(String(repeating: "é", count: 500)) == String(repeating: "é", count: 100))
    #expect(try name(String(repeating: "中", count: 500)) == String(repeating: "中", count: 66))
    #expect(try name(String(repeating: "👨‍👩‍👧‍👦", count: 50)) == String(repeating: "👨‍👩‍👧‍👦", count: 8))
    // One character longer than all that is allowed is cut between its scalars.
    #expect(try name("a" + String(repeating: "\u{301}", count: 5000)).utf8.count == 199)
    #expect(try name(String(repeating: "y ", count: 500_000)).utf8.count == 99)
  }

  @Test("A subject is cut at 4096 octets")
  func longSubject() throws {
    let octets = written { HeaderWriter.appendUnstructured("Subject", String(repeating: "é", count: 500_000), to: &$0) }
    let value = try #require(unfolded(octets, name: "Subject").flatMap(decodedWords))
    #expect(value == String(repeating: "é", count: 2048))
  }

  @Test("A long address stands on its own line")
  func longAddress() throws {
    let long = try Address(String(repeating: "l", count: 60) + "@" + String(repeating: "d", count: 60) + ".example")
    #expect(
      text { HeaderWriter.appendMailbox("To", displayName: "Ana", address: long, to: &$0) }
        == "To: Ana\r\n <\(long)>\r\n")
    #expect(
      text { HeaderWriter.appendMailbox("To", displayName: nil, address: long, to: &$0) } == "To:\r\n \(long)\r\n")
  }

  @Test("List-Id has its phrase and its brackets, whatever they hold")
  func listID() {
    #expect(
      text { HeaderWriter.appendPhrase("List-Id", phrase: "BCH: forum", angle: "bch.forum.example", to: &$0) }
        == "List-Id: \"BCH: forum\" <bch.forum.example>\r\n")
    #expect(
      text { HeaderWriter.appendPhrase("List-Id", phrase: nil, angle: "a> <b\r\n", to: &$0) } == "List-Id: <ab>\r\n")
  }

  @Test("A structured value is folded at its spaces only")
  func structured() {
    let ids = (1...4).map { "<\($0).aaaaaaaaaaaaaaaaaaaaaaaaaaaaa@forum.example>" }
    #expect(
      text { HeaderWriter.appendRaw("References", ids.joined(separator: " "), to: &$0) } == """
        References: <1.aaaaaaaaaaaaaaaaaaaaaaaaaaaaa@forum.example>\r
         <2.aaaaaaaaaaaaaaaaaaaaaaaaaaaaa@forum.example>\r
         <3.aaaaaaaaaaaaaaaaaaaaaaaaaaaaa@forum.example>\r
         <4.aaaaaaaaaaaaaaaaaaaaaaaaaaaaa@forum.example>\r\n
        """)
    let url = "<https://forum.example/" + String(repeating: "u", count: 200) + ">"
    #expect(text { HeaderWriter.appendRaw("List-Unsubscribe", url, to: &$0) } == "List-Unsubscribe: \(url)\r\n")
    #expect(text { HeaderWriter.appendRaw("X", "a\r\nB: c\té", to: &$0) } == "X: a B: c ??\r\n")
  }

  @Test("A structured word that no line can hold is left out, and an empty value gives no field")
  func structuredLimits() {
    let long = String(repeating: "x", count: 901)
    #expect(
      text { HeaderWriter.appendRaw("References", "<a@b> \(long) <c@d>", to: &$0) } == "References: <a@b> <c@d>\r\n")
    #expect(text { HeaderWriter.appendRaw("References", long, to: &$0) } == "")
    #expect(text { HeaderWriter.appendRaw("References", " \r\n", to: &$0) } == "")
  }
}
