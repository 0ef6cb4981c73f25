import Forum
import Identifiers
import Testing
import Time

@testable import Composition

@Suite("Rendered posts")
struct PreparedPostCacheTests {
  @Test("F6: are kept as far as memory allows, by their octets; the rest is rendered again")
  func bounded() throws {
    func copy(_ position: Int64, _ text: String = "x") -> PostCopy {
      let post = Post(
        key: "\(position)", ordinal: position, threadKey: "1", discussionKey: "1", number: "\(position)",
        authorName: "Ana", body: String(repeating: text, count: 20_000), createdAt: Timestamp(0))
      return PostCopy(
        post: post, thread: Thread(key: "1", discussionKey: "1", title: "T"),
        discussion: Discussion(key: "1", title: "D", slug: "d"),
        journalled: PostCopy.Journalled(position: JournalPosition(position), key: 1))
    }
    let cache = PreparedPostCache(Samples.composer, limit: 500_000)
    let first = try cache.prepare(copy(1), language: .en)
    #expect(cache.octets > 20_000 && cache.octets == first.octets)
    #expect(try cache.prepare(copy(1), language: .en) === first)
    _ = try cache.prepare(copy(1, "y"), language: .en)
    #expect(cache.octets == first.octets)
    for position in 2...60 {
      _ = try cache.prepare(copy(Int64(position)), language: .en)
      #expect(cache.octets <= 500_000)
    }
    #expect(try cache.prepare(copy(1), language: .en) !== first)
  }
}
