import Testing
import Text

@Suite("Trimming") struct TrimmingTests {
  @Test(
    "Spaces and tabs go at both ends, and nothing else does",
    arguments: [
      ("", ""), (" ", ""), ("\t \t", ""), ("a", "a"), (" a b\t", "a b"), ("\n a \n", "\n a \n"),
      (" \u{301}a ", "\u{301}a"), ("\u{A0}a\u{A0}", "\u{A0}a\u{A0}"), (" é \t", "é"),
    ])
  func ends(text: String, trimmed: String) {
    #expect(text.trimmingSpaces() == trimmed)
    #expect("<\(text)>".dropFirst().dropLast().trimmingSpaces() == trimmed, "of a part of a text")
  }
}
