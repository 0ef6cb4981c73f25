import Testing

@testable import Mistakes

/// The word that was probably meant.
@Suite struct SpellingTests {
  @Test(arguments: [
    ("conections", "connections"), ("digset", "digest"), ("Digest", "digest"), ("raet", "rate"),
    ("reply-prefix", "reply_prefix"),
  ])
  func near(word: String, meant: String) {
    #expect(nearest(to: word, among: ["rate", "connections", "digest", "reply_prefix"]) == meant)
  }

  @Test func farWordsAreNotGuessed() {
    #expect(nearest(to: "colour", among: ["name", "url", "helpdesk"]) == nil)
    #expect(nearest(to: String(repeating: "x", count: 1_000_000), among: ["name"]) == nil)
    #expect(nearest(to: "x", among: []) == nil)
  }

  @Test func editsAreCounted() {
    for (a, b, count) in [("", "", 0), ("a", "", 1), ("ab", "ba", 1), ("kitten", "sitting", 3), ("ca", "abc", 3)] {
      #expect(edits(from: a, to: b) == count)
      #expect(edits(from: b, to: a) == count)
    }
  }
}
