import Composition
import Forum
import Ledger
import Mail

/// Journalled posts with their thread and discussion as they stand now.
struct PostLoader {
  /// A post for a mail, or why there is none.
  enum Loaded {
    case post(PostCopy, JournalEntry)
    case withdrawn(SkipReason, JournalEntry)
  }

  private let context: StageContext

  init(_ context: StageContext) { self.context = context }

  /// The posts at these journal positions; each position has an entry.
  func posts(_ positions: some Sequence<Int64>) throws -> [Int64: Loaded] {
    let positions = Set(positions).sorted()
    if positions.isEmpty { return [:] }
    let source = context.source
    let entries = try context.ledger.journalEntries(positions: positions)
    let posts = keyed(try source.posts(keys: entries.map(\.postKey)), by: \.key)
    let threads = keyed(try source.threads(keys: distinct(posts.values.map(\.threadKey))), by: \.key)
    let discussions = keyed(try source.discussions(keys: distinct(posts.values.map(\.discussionKey))), by: \.key)
    let parents = keyed(
      try context.ledger.journalEntries(postKeys: distinct(posts.values.compactMap(\.parentKey))), by: \.postKey)
    var loaded: [Int64: Loaded] = [:]
    for entry in entries {
      guard let post = posts[entry.postKey] else {
        loaded[entry.position] = .withdrawn(.gone, entry)
        continue
      }
      guard post.visibility == .visible, let thread = threads[post.threadKey],
        let discussion = discussions[post.discussionKey]
      else {
        loaded[entry.position] = .withdrawn(post.visibility == .deleted ? .gone : .hidden, entry)
        continue
      }
      let parent = post.parentKey.flatMap { parents[$0] }
      let copy = PostCopy(
        post: post, thread: thread, discussion: discussion, journalled: entry.journalled,
        ancestors: parent.map { [$0.journalled] } ?? [])
      loaded[entry.position] = .post(copy, entry)
    }
    return loaded
  }

  private func distinct(_ keys: [String]) -> [String] { Array(Set(keys)) }

  private func keyed<T>(_ values: [T], by key: KeyPath<T, String>) -> [String: T] {
    Dictionary(values.map { ($0[keyPath: key], $0) }, uniquingKeysWith: { first, _ in first })
  }
}

extension JournalEntry {
  fileprivate var journalled: PostCopy.Journalled { PostCopy.Journalled(position: position, key: signingKey) }
}
