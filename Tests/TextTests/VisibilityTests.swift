import Testing
import Text

@Suite("What a reader sees of a text")
struct VisibilityTests {
  @Test(
    "X1: a text of signs without a shape shows nothing",
    arguments: [
      "", " ", "\u{A0}\u{3000}", "\u{200B}\u{2060}", "\u{3164}", "\u{AD}", "\u{2800}", "\u{E0041}", "\u{115F}",
    ])
  func nothing(_ text: String) {
    #expect(text.showsNothing)
    #expect(!(text + "a").showsNothing && !(text + "我").showsNothing && !(text + "🦟").showsNothing)
  }

  @Test("X1: marks are heaped on no letter; those that writing needs stay")
  func marks() {
    let heap = "Z" + String(repeating: "\u{301}", count: 50) + "a\u{301}\u{302}"
    let kept = "Z\u{301}\u{301}\u{301}\u{301}a\u{301}\u{302}"
    #expect(heap.singleLine().unicodeScalars.elementsEqual(kept.unicodeScalars))
    #expect(heap.multiLine().unicodeScalars.elementsEqual(kept.unicodeScalars))
    for text in ["مُحَمَّدٌ", "בְּרֵאשִׁית", "हिन्दी क्ष्म्य", "ที่นี้", "tiếng Việt", "👨‍👩‍👧‍👦 🇺🇳 ❤️"] {
      #expect(text.multiLine().unicodeScalars.elementsEqual(text.unicodeScalars))
    }
  }
}
