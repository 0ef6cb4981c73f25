import Mail
import Testing

@Suite("Replies") struct ReplyTests {
  @Test(
    "Enhanced status codes are read from the front of a text",
    arguments: [
      ("5.1.1 No such user", EnhancedStatusCode(5, 1, 1)), ("2.0.0", EnhancedStatusCode(2, 0, 0)),
      ("4.7.650 Spam", EnhancedStatusCode(4, 7, 650)), ("5.999.999 x", EnhancedStatusCode(5, 999, 999)),
      ("#5.7.1 x", EnhancedStatusCode(5, 7, 1)), ("5.7.1: x", EnhancedStatusCode(5, 7, 1)),
      ("[5.7.1] x", EnhancedStatusCode(5, 7, 1)), ("(#5.7.1)", EnhancedStatusCode(5, 7, 1)),
      (" 5.1.1", EnhancedStatusCode(5, 1, 1)), ("5.1.1. x", EnhancedStatusCode(5, 1, 1)),
      ("5.1.1,x", EnhancedStatusCode(5, 1, 1)), ("5.1.1-x", EnhancedStatusCode(5, 1, 1)),
      ("", nil), ("#", nil), ("5.1", nil), ("5.1.1.1", nil), ("[5.1.1.1]", nil), ("3.1.1", nil), ("0.0.0", nil),
      ("55.1.1", nil), ("5.1000.1", nil), ("5..1", nil), ("5.a.1", nil), ("5.１.1", nil), ("-5.1.1", nil),
      ("+2.0.0", nil), ("5.1.1x", nil), ("5.1.1é", nil), ("5.1.", nil),
    ] as [(String, EnhancedStatusCode?)])
  func enhanced(text: String, expected: EnhancedStatusCode?) {
    #expect(EnhancedStatusCode(prefixOf: text) == expected)
  }

  @Test("S2: an enhanced code of another class than the reply's is none")
  func classes() {
    #expect(Reply(code: 550, lines: ["5.1.1 No"]).enhanced == EnhancedStatusCode(5, 1, 1))
    #expect(Reply(code: 450, lines: ["5.1.1 No"]).enhanced == nil)
    #expect(Reply(code: 250, lines: ["2.1.5 Ok"]).enhanced == EnhancedStatusCode(2, 1, 5))
    #expect(Reply(code: 550, lines: []).enhanced == nil)
    #expect(Reply(code: 450, lines: ["5.1.1 No"]).stated == EnhancedStatusCode(5, 1, 1))
  }

  @Test(
    "S2: a reply's code is found where relays write it: on the second line, marked within the text; versions are none",
    arguments: [
      (["No", "5.1.1 x"], EnhancedStatusCode(5, 1, 1)), (["Blocked", "[5.7.1] see"], EnhancedStatusCode(5, 7, 1)),
      (["sorry, no mailbox here (#5.1.1)"], EnhancedStatusCode(5, 1, 1)), (["no (5.7.1)"], EnhancedStatusCode(5, 7, 1)),
      (["4.7.0 later", "5.7.1 never"], EnhancedStatusCode(5, 7, 1)),
      (["rule [5.2.1] 5.7.1"], EnhancedStatusCode(5, 2, 1)),
      (["Exim 5.7.1 says no"], nil), (["host [5.7.1.2] says no"], nil), (["Postbox (5.12.1)"], nil), (["#"], nil),
    ] as [([String], EnhancedStatusCode?)])
  func stated(lines: [String], expected: EnhancedStatusCode?) {
    #expect(Reply(code: 550, lines: lines).enhanced == expected)
  }

  @Test(
    "A text in another character set is shown as well as can be, and its octets can be had again",
    arguments: [
      (Array("No such user".utf8), "No such user"), (Array("boîte pleine".utf8), "boîte pleine"),
      (Array("bo".utf8) + [0xEE] + Array("te pleine".utf8), "boîte pleine (as windows-1252)"),
      ([0xD3, 0xCA, 0xCF, 0xE4, 0xB2, 0xBB, 0xB4, 0xE6, 0xD4, 0xDA], "邮箱不存在 (as GB18030)"),
      ([0x93, 0x61, 0x94, 0x81], "“a”\\x81 (as windows-1252)"), ([0xE9, 0xE8], "éè (as windows-1252)"),
      (Array("a\u{1B}[31m\0b\u{202E}c\n".utf8), "a?[31m?b?c?"), ([0xFF, 0x1B], "ÿ? (as windows-1252)"), ([], ""),
    ] as [([UInt8], String)])
  func characterSets(octets: [UInt8], expected: String) {
    #expect(Reply.text(of: octets[...]) == expected)
  }

  @Test("A reply reads as one line")
  func description() {
    #expect(Reply(code: 550, lines: ["5.1.1 No", "such user"]).description == "550 5.1.1 No / such user")
    #expect(EnhancedStatusCode(4, 7, 1).description == "4.7.1")
  }
}
