import Mistakes
import Testing

/// How an admin is told what is wrong, and where.
@Suite struct MistakeTests {
  @Test(
    "a mistake says where it stands, as much as is known, what it is and what to write instead",
    arguments: [
      (Mistake("f.yaml", "is wrong"), "f.yaml: is wrong"),
      (Mistake("f.yaml", line: 3, "is wrong"), "f.yaml:3: is wrong"),
      (Mistake("f.yaml", line: 3, column: 7, "is wrong"), "f.yaml:3:7: is wrong"),
      (Mistake("f.yaml", line: 3, key: "a.b", "is wrong"), "f.yaml:3: a.b: is wrong"),
      (Mistake("f.yaml", key: "a.b", "is wrong", advice: "write c"), "f.yaml: a.b: is wrong; write c"),
      (Mistake("", key: "a.b", "is wrong"), "a.b: is wrong"),
      (Mistake("", "is wrong", advice: "write c"), "is wrong; write c"),
      (Mistake("WATCHPOST_A", Refusal("is wrong", "write c")), "WATCHPOST_A: is wrong; write c"),
    ])
  func description(mistake: Mistake, expected: String) {
    #expect(mistake.description == expected)
  }

  @Test("all mistakes of a file are told at once, a line each")
  func together() {
    let error = ConfigurationError([Mistake("f", line: 1, "a"), Mistake("f", line: 2, "b")])
    #expect(error.description == "f:1: a\nf:2: b")
    #expect(ConfigurationError(Mistake("f", "a")).mistakes == [Mistake("f", "a")])
  }

  @Test("X1: a hostile value is quoted on one line, without what could move a terminal or the reading direction")
  func quotedValues() {
    #expect(quoted("a b") == "\"a b\"")
    #expect(quoted("a\r\n\u{1B}[2Jb\u{202E}c") == "\"a???[2Jb?c\"")
    let long = quoted(String(repeating: "x", count: 1000))
    #expect(long.count == 60)
    #expect(long.hasSuffix("…\""))
  }
}
