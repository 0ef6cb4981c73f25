import Testing

@testable import SQL

@Suite("Texts for C") struct CStringTests {
  @Test("stand one after another, each to its NUL, and a nil behind the last")
  func texts() {
    let texts = ["", "postgresql://h/d", "Žluť 你好", "a\u{0}b"]
    let read = texts.withCStrings { pointers in
      var read: [String] = []
      while let text = pointers[read.count] { read.append(String(cString: text)) }
      return read
    }
    #expect(read == ["", "postgresql://h/d", "Žluť 你好", "a"])
  }
}
