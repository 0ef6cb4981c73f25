import SQL
import Testing

@Suite("Pieces of a list") struct ChunkTests {
  @Test("are the list, in order, none longer than it may be, and only the last one shorter")
  func chunks() {
    for count in [0, 1, 2, 3, 4, 5, 8, 9, 100] {
      for size in [1, 2, 4, 100] {
        // A slice, whose indices do not begin at 0.
        let list = Array(-2..<count)[2...]
        let chunks = list.chunks(of: size)
        #expect(chunks.flatMap { $0 } == Array(list))
        #expect(chunks.dropLast().allSatisfy { $0.count == size })
        #expect(chunks.last.map { (1...size).contains($0.count) } ?? true)
      }
    }
  }
}
