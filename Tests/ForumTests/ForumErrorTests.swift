import Forum
import Testing

@Suite("What a person typed") struct TypedKeyTests {
  @Test("is found by nobody where no key looks like that; every other failure is the forum's and is told")
  func kinds() throws {
    let kinds: [ForumError.Kind] = [.unavailable, .query, .row, .key]
    for kind in kinds {
      let error = ForumError(kind, "words")
      func ask() throws -> [Int] { try ForumError.foundByTyped { throw error } }
      if kind == .key {
        #expect(try ask() == [])
      } else {
        #expect(throws: error) { try ask() }
      }
    }
    #expect(try ForumError.foundByTyped { Answer([1, 2]) } == [1, 2])
    let fault = RowFault(
      .post, key: "7", query: "embedded, query posts", column: "created_at", value: "soon", complaint: "is no moment")
    #expect(
      throws: ForumError(.row, "embedded, query posts, post 7: `soon` in column `created_at` is no moment")
    ) { try ForumError.foundByTyped { Answer<Int>([], faults: [fault]) } }
    struct Other: Error {}
    #expect(throws: Other.self) { try ForumError.foundByTyped { throw Other() } as [Int] }
  }
}
