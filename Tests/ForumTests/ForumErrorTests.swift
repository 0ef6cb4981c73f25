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
    #expect(try ForumError.foundByTyped { [1, 2] } == [1, 2])
    struct Other: Error {}
    #expect(throws: Other.self) { try ForumError.foundByTyped { throw Other() } as [Int] }
  }
}
