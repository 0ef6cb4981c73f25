import Testing

@testable import Text

@Suite("Lines and columns") struct WrappingTests {
  @Test(
    "A letter has the columns that a fixed-width font gives it",
    arguments: [
      ("abc", 3), ("中文", 4), ("한글", 4), ("ё", 1), ("e\u{301}", 1), ("🌽", 2), ("ｱ", 1), ("Ａ", 2), ("عربي", 4), ("", 0),
    ])
  func columns(_ text: String, expected: Int) { #expect(text.columns == expected) }

  @Test(
    "Lines break at spaces, and between East Asian letters where their rules allow it",
    arguments: [
      ("aa bb cc", 5, ["aa bb", "cc"]),
      ("aa  bb", 10, ["aa bb"]),
      ("aaaaaaaa bb", 5, ["aaaaaaaa", "bb"]),
      ("see https://e.org/a/very/long/address now", 10, ["see", "https://e.org/a/very/long/address", "now"]),
      ("中文中文中文", 8, ["中文中文", "中文"]),
      ("中文中文。中文", 8, ["中文中", "文。中文"]),
      ("中文中（中文）", 8, ["中文中", "（中文）"]),
      ("中文abc中文", 8, ["中文abc", "中文"]),
      ("中文 https://e.org/a 中文", 12, ["中文", "https://e.org/a", "中文"]),
      ("中\u{3099}文", 2, ["中\u{3099}", "文"]),
      ("👍🏽👍🏽", 2, ["👍🏽", "👍🏽"]),
      ("👩‍👩‍👧 a", 3, ["👩‍👩‍👧", "a"]),
      ("", 5, [""]),
      ("aaa bb : cc", 6, ["aaa", "bb :", "cc"]),
      ("aa « bb » cc", 5, ["aa", "« bb »", "cc"]),
      ("aaa bb !", 6, ["aaa", "bb !"]),
      ("aa ? ! bb", 6, ["aa ? !", "bb"]),
      ("a\u{A0}: bb", 4, ["a\u{A0}:", "bb"]),
      ("中文 ! 中文", 6, ["中文 !", "中文"]),
    ])
  func wrapped(_ text: String, width: Int, expected: [String]) { #expect(text.wrapped(to: width) == expected) }

  @Test("Long lines of plain text are wrapped behind their own quotation marks; short ones are left alone")
  func plain() {
    let long = String(repeating: "word ", count: 20)
    let lines = wrappedLines("  two  spaces stay\n> > \(long)\n    \(long)").split(separator: "\n")
    #expect(lines[0] == "  two  spaces stay")
    #expect(lines[1].hasPrefix("> > word") && lines[2].hasPrefix("> > word"))
    #expect(lines[3].hasPrefix("    word"))
    #expect(lines.allSatisfy { $0.columns <= 72 })
  }

  @Test("X1: names and titles are one line without controls, bidi overrides or noncharacters")
  func singleLine() {
    #expect(" a\r\nBcc: x\u{0}\u{7}\u{85}y\u{2028}z ".singleLine() == "a Bcc: x y z")
    #expect("a\u{202E}b\u{2066}c\u{2069}\u{FEFF}d".singleLine() == "abcd")
    #expect("لا\u{200F}ab\u{200D}c".singleLine() == "لا\u{200F}ab\u{200D}c")
    #expect(String(repeating: "я", count: 100).singleLine(limit: 21) == String(repeating: "я", count: 9) + "…")
    #expect("e\u{301}e\u{301}".cut(to: 5) == "…")
    #expect(String(repeating: " ", count: 9).singleLine() == "")
  }

  @Test("X1: texts keep their lines and lose their controls")
  func multiLine() {
    #expect("a\r\nb\rc\u{2028}d\u{85}e\tf\u{0}\u{1}\u{1B}[0m\u{202E}g".multiLine() == "a\nb\nc\nd\ne\tf[0mg")
  }
}
