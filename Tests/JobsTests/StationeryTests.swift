import Composition
import Forum
import Mail
import Testing

@testable import Jobs

@Suite("Rendered posts")
struct StationeryTests {
  @Test("F6: are kept as far as memory allows, by their octets; the rest is rendered again")
  func bounded() throws {
    func copy(_ position: Int64, _ text: String = "x") -> PostCopy {
      let post = Post(
        key: "\(position)", ordinal: position, threadKey: "1", discussionKey: "1", number: "\(position)",
        authorName: "Ana", body: String(repeating: text, count: 20_000), createdAt: Timestamp(0))
      return PostCopy(
        post: post, thread: Thread(key: "1", discussionKey: "1", title: "T"),
        discussion: Discussion(key: "1", title: "D", slug: "d"),
        journalled: PostCopy.Journalled(position: position, key: 1))
    }
    let stationery = Stationery(Installation.composer, limit: 500_000)
    let first = try stationery.prepare(copy(1), language: "en")
    #expect(stationery.octets > 20_000 && stationery.octets == first.octets)
    #expect(try stationery.prepare(copy(1), language: "en") === first)
    _ = try stationery.prepare(copy(1, "y"), language: "en")
    #expect(stationery.octets == first.octets)
    for position in 2...60 {
      _ = try stationery.prepare(copy(Int64(position)), language: "en")
      #expect(stationery.octets <= 500_000)
    }
    #expect(try stationery.prepare(copy(1), language: "en") !== first)
  }
}
