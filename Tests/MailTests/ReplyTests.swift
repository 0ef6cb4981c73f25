import Mail
import Testing

@Suite("Replies") struct ReplyTests {
  @Test(
    "Enhanced status codes are read from the front of a text",
    arguments: [
      ("5.1.1 No such user", EnhancedStatusCode(5, 1, 1)), ("2.0.0", EnhancedStatusCode(2, 0, 0)),
      ("4.7.650 Spam", EnhancedStatusCode(4, 7, 650)), ("5.999.999 x", EnhancedStatusCode(5, 999, 999)),
      ("", nil), (" 5.1.1", nil), ("5.1", nil), ("5.1.1.1", nil), ("3.1.1", nil), ("0.0.0", nil), ("55.1.1", nil),
      ("5.1000.1", nil), ("5..1", nil), ("5.a.1", nil), ("5.１.1", nil), ("-5.1.1", nil), ("5.1.1,x", nil),
      ("+2.0.0", nil),
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
    #expect(Reply(code: 550, lines: ["No", "5.1.1"]).enhanced == nil)
  }

  @Test("A reply reads as one line")
  func description() {
    #expect(Reply(code: 550, lines: ["5.1.1 No", "such user"]).description == "550 5.1.1 No / such user")
    #expect(EnhancedStatusCode(4, 7, 1).description == "4.7.1")
  }
}
