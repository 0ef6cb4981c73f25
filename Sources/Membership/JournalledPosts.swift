import Forum
import Identifiers
import Ledger

/// Journalled posts with their thread and discussion as they stand now.
public struct JournalledPosts: Sendable {
  /// A post for a mail, or why there is none.
  public enum Loaded: Sendable {
    /// It is shown: its copy is complete.
    case post(PostCopy, JournalEntry)
    /// It is not shown for now (`hidden`), or it is gone. One whose thread or discussion is missing counts as hidden: a
    /// mail could not say where it belongs.
    case withdrawn(SkipReason, JournalEntry)
  }

  private let members: Members

  /// Asks the forum of these members, and their ledger.
  public init(_ members: Members) { self.members = members }

  /// The posts at these journal positions; a position that the journal does not have is left out.
  ///
  /// Three questions to the forum and a few to the ledger, however many posts there are. No transaction spans them: a
  /// post that is moved between two of them is told of where it was or where it is.
  public func posts(_ positions: some Sequence<JournalPosition>) throws -> [JournalPosition: Loaded] {
    let positions = Set(positions).sorted()
    if positions.isEmpty { return [:] }
    let forum = members.forum
    let entries = try members.ledger.journalEntries(positions: positions)
    let found = try forum.posts(keys: entries.filter { !$0.isReplaced }.map(\.postKey))
    let posts = found.keyed(by: \.key)
    let foundThreads = try forum.threads(keys: distinct(posts.values.map(\.threadKey)))
    let threads = foundThreads.keyed(by: \.key)
    let foundDiscussions = try forum.discussions(keys: distinct(posts.values.map(\.discussionKey)))
    let discussions = foundDiscussions.keyed(by: \.key)
    try members.setAside(found.faults + foundThreads.faults + foundDiscussions.faults)
    let ancestors = try ancestors(of: posts)
    var loaded: [JournalPosition: Loaded] = [:]
    for entry in entries {
      if let post = posts[entry.postKey], entry.identity?.isAnother(than: post.identity) == true {
        // Another post has its key: the forum was restored from a backup. What is said to be one's is not the other's.
        loaded[entry.position] = .withdrawn(.gone, entry)
        continue
      }
      guard let post = posts[entry.postKey] else {
        let isThere = found.unreadableKeys.contains(entry.postKey)
        loaded[entry.position] = .withdrawn(isThere ? .unreadablePost : .gone, entry)
        continue
      }
      guard post.visibility == .visible, let thread = threads[post.threadKey],
        let discussion = discussions[post.discussionKey]
      else {
        let isPlaceThere =
          foundThreads.unreadableKeys.contains(post.threadKey)
          || foundDiscussions.unreadableKeys.contains(post.discussionKey)
        let reason: SkipReason =
          post.visibility == .deleted ? .gone : isPlaceThere && post.visibility == .visible ? .unreadablePost : .hidden
        loaded[entry.position] = .withdrawn(reason, entry)
        continue
      }
      let copy = PostCopy(
        post: post, thread: thread, discussion: discussion, journalled: entry.journalled,
        ancestors: ancestors[post.key] ?? [])
      loaded[entry.position] = .post(copy, entry)
    }
    return loaded
  }

  /// The nearest ancestors of each post, the oldest first. By the forum's word of the nearest; what that one answered,
  /// the journal remembers. A chain that comes back to the post itself ends there: no mail names itself in
  /// `References`.
  private func ancestors(of posts: [String: Post]) throws -> [String: [PostCopy.Journalled]] {
    let chains = try members.ledger.ancestors(
      of: posts.compactMapValues(\.parentKey), limit: PostCopy.ancestorLimit)
    return Dictionary(
      uniqueKeysWithValues: chains.map { key, chain in
        (key, chain.prefix { $0.postKey != key }.reversed().map(\.journalled))
      })
  }

  private func distinct(_ keys: [String]) -> [String] { Array(Set(keys)) }
}

extension JournalEntry {
  fileprivate var journalled: PostCopy.Journalled { PostCopy.Journalled(position: position, key: signingKey) }
}
