import Forum
import Testing

@Suite("Who may read") struct ReadersTests {
  @Test("F3: is everybody, or those alone who were named")
  func contains() {
    #expect(Readers.everyone.contains("a"))
    #expect(Readers.only(["a"]).contains("a") && !Readers.only(["a"]).contains("A") && !Readers.only([]).contains("a"))
  }
}
