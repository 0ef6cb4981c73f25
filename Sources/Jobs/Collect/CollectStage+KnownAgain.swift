import Forum
import Identifiers
import Ledger
import Membership
import Time

/// Posts known again by their texts, whatever their time says (rule E3): forums redate posts one by one, and who lost a post
/// in a restore writes it again. What a person has is not mailed anew.
extension CollectStage {
  /// A post with what the journal knows of the one that had its key.
  typealias Pair = (post: Post, entry: JournalEntry)

  /// Texts that are read at once: they may be large, and are read where something is odd alone.
  private static let texts = 4

  /// Which of these posts are the journal's own, by their author and their text: their time alone has changed. And which
  /// have another text.
  func compare(_ pairs: [Pair]) throws -> (same: Set<JournalPosition>, others: Set<JournalPosition>) {
    let suspects = pairs.filter { $0.entry.text != nil }
    let marks = try marks(of: suspects.map(\.post))
    var (same, others): (Set<JournalPosition>, Set<JournalPosition>) = ([], [])
    for (post, entry) in suspects {
      guard let mark = marks[post.key] else { continue }
      if mark.text != entry.text {
        others.insert(entry.position)
      } else if entry.identity.map({ isAuthor($0.authorKey, of: post) }) == true,
        post.authorKey != nil || mark.isTelling
      {
        same.insert(entry.position)
      }
    }
    return (same, others)
  }

  /// Posts that stood in the journal before a restore and were lost with it, and stand in the forum again: written again,
  /// in whatever order. They get their places in the journal back.
  /// - Parameter posts: that the journal does not know.
  /// - Returns: their keys.
  func knowAgain(_ posts: [Post]) throws -> Set<ForumKey> {
    if posts.isEmpty { return [] }
    let journalled = try context.ledger.journalEntries(postKeys: posts.map(\.key)).map { ForumKey($0.postKey) }
    let posts = posts.filter { $0.visibility == .visible && !journalled.contains(ForumKey($0.key)) }
    let marks = try marks(of: posts)
    var lost = try lost(texts: marks.values.map(\.text))
    var known: [JournalPosition: Post] = [:]
    for post in posts {
      guard let mark = marks[post.key], post.authorKey != nil || mark.isTelling,
        let place = lost.firstIndex(where: { entry in
          entry.text == mark.text && entry.identity.map { isAuthor($0.authorKey, of: post) } == true
        })
      else { continue }
      known[lost.remove(at: place).position] = post
    }
    try context.ledger.knowAgain(known)
    return known.values.map(\.key).distinctKeys
  }

  /// Posts with these texts that the forum does not have any more, or not under their keys.
  private func lost(texts: [String]) throws -> [JournalEntry] {
    let entries = try context.ledger.journalEntries(texts: texts)
    let found = try context.forum.posts(keys: entries.filter { !$0.isReplaced }.map(\.postKey), .standing)
    let there = found.map(\.key).distinctKeys.union(found.unreadableKeys)
    return entries.filter { $0.isReplaced || !there.contains($0.postKey) }
  }

  private func isAuthor(_ author: String?, of post: Post) -> Bool {
    author == nil ? post.authorKey == nil : String.isSameKey(author, post.authorKey)
  }

  /// What tells these posts' texts from others; a few are read at a time (rule E4).
  private func marks(of posts: [Post]) throws -> [ForumKey: TextMark] {
    var marks: [ForumKey: TextMark] = [:]
    for chunk in posts.map(\.key).chunks(of: Self.texts) {
      for post in try context.forum.posts(keys: Array(chunk), .whole) {
        marks[ForumKey(post.key)] = TextMark(post.body)
      }
    }
    return marks
  }
}
