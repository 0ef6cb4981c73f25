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
      guard let mark = marks[post.key],
        let place = lost.firstIndex(where: { isSaidAgain($0, by: post, mark) })
      else { continue }
      known[lost.remove(at: place).position] = post
    }
    try context.ledger.knowAgain(known)
    return known.values.map(\.key).distinctKeys
  }

  /// These posts are read where none was to be seen: what the journal has under their keys is those posts, back as they
  /// were, or what the forum has lost. Frees the keys of the lost ones, so that no post is passed over because of its
  /// number (rule E3).
  /// - Parameter reread: up to this ordinal the admin has said that posts were lost: what has another time there is another
  ///   post, whoever wrote it; beyond it, what has another author too.
  func freeKeys(for posts: some Sequence<Post>, through reread: Int64) throws {
    let posts = Dictionary(posts.map { (ForumKey($0.key), $0) }, uniquingKeysWith: { first, _ in first })
    if posts.isEmpty { return }
    let pairs = try context.ledger.journalEntries(postKeys: posts.values.map(\.key)).compactMap { entry -> Pair? in
      guard let post = posts[ForumKey(entry.postKey)] else { return nil }
      // Of what an older program journalled only its moment is known.
      let isOdd = entry.identity.map { $0.createdAt != post.createdAt } ?? (post.createdAt > entry.due)
      return isOdd ? (post, entry) : nil
    }
    let same = try compare(pairs).same
    let lost = pairs.filter { post, entry in
      !same.contains(entry.position)
        && (post.ordinal <= reread || entry.identity?.isAnother(than: post.identity) == true)
    }
    try context.ledger.replace(lost.map(\.entry))
    try context.ledger.keepIdentities(
      Dictionary(
        pairs.filter { same.contains($0.entry.position) }.map { ($0.entry.position, $0.post.identity) },
        uniquingKeysWith: { first, _ in first }))
  }

  /// Whether a lost post is there again. Two words are said again elsewhere, and by any guest: then its time tells.
  private func isSaidAgain(_ entry: JournalEntry, by post: Post, _ mark: TextMark) -> Bool {
    guard entry.text == mark.text, let identity = entry.identity, isAuthor(identity.authorKey, of: post) else {
      return false
    }
    return mark.isTelling || identity.createdAt == post.createdAt
      || post.authorKey != nil && String.isSameKey(entry.threadKey, post.threadKey)
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
