import Forum
import Identifiers
import Ledger
import Time

/// A forum that was restored from a backup gives the keys of lost posts to new ones (rule E3).
extension CollectStage {
  /// How many of the posts that were journalled last are looked at in every run.
  private static let lookBack = 20

  /// Finds posts that stand where others stood. Two signs are cheap: of the posts journalled last, one has another author
  /// and another time; and below the largest ordinal there was a time with nothing, where now there are posts.
  ///
  /// Moderators delete, anonymise, move and redate posts: none of that is a sign.
  func lookForRestoredForum(_ report: inout Report) throws {
    guard let mark = try context.ledger.mark(.collected), mark > 0 else { return }
    var signs = try replacedEntries()
    let low = try lowestOrdinal(below: mark)
    signs += try strangers(between: low, and: mark)
    let ordinals = Set(signs.map(\.ordinal))
    report.replaced = ordinals.count
    let reason = "new posts stand where others stood: \(ordinals.count)"
    let replaced = Set(signs.compactMap(\.entry))
    guard let first = ordinals.min(), try !replaced.isEmpty || hold()?.reason != reason else { return }
    try context.ledger.forumWentBack(
      to: min(low, first - 1), replaced: Array(replaced), reason: reason, now: context.now())
  }

  /// A post that stands where another stood, with what the journal knows of that one.
  private typealias Sign = (ordinal: Int64, entry: JournalEntry?)

  private func hold() throws -> Hold? { try context.ledger.holds().first { $0.kind == .forum } }

  /// The smallest ordinal that was the newest since the mark was reached; the mark itself if there was none.
  private func lowestOrdinal(below mark: Int64) throws -> Int64 {
    let known = min(try context.ledger.mark(.wentBack) ?? .max, mark)
    let newest = try context.forum.newestOrdinal()
    if newest < known { try context.ledger.set(.wentBack, newest) }
    return min(newest, known)
  }

  /// Of the posts journalled last, those whose key another post has now. What a moderator has changed of the others is
  /// noted, so that a second change is not taken for a new post.
  private func replacedEntries() throws -> [Sign] {
    let entries = try context.ledger.latestEntries(limit: CollectStage.lookBack)
    let found = try context.forum.posts(keys: entries.map(\.postKey), .standing)
    let posts = found.keyed(by: \.key)
    var changed: [JournalPosition: PostIdentity] = [:]
    var replaced: [Sign] = []
    for entry in entries {
      guard let post = posts[entry.postKey], entry.identity != post.identity else { continue }
      if entry.identity?.isAnother(than: post.identity) == true {
        replaced.append((post.ordinal, entry))
      } else {
        changed[entry.position] = post.identity
      }
    }
    try context.ledger.keepIdentities(changed)
    return replaced
  }

  /// Posts in a range where there was none at a time: all but those that are back, deleted in haste, and those of
  /// transactions that were under way, for which the collector waits in a gap.
  private func strangers(between low: Int64, and mark: Int64) throws -> [Sign] {
    guard low < mark else { return [] }
    let found = try context.forum.posts(within: (low + 1)...mark, limit: page)
    if found.isEmpty {
      // The forum has gone on beyond the mark, and nothing is left in between to come.
      if try context.forum.newestOrdinal() > mark, try hold() == nil { try context.ledger.set(.wentBack, .max) }
      return []
    }
    let keys = found.map(\.key)
    let entries = Dictionary(
      try context.ledger.journalEntries(postKeys: keys).map { (ForumKey($0.postKey), $0) },
      uniquingKeysWith: { first, _ in first })
    let candidates = try context.ledger.candidates(keys: keys)
    let gaps = try context.ledger.gaps()
    return found.compactMap { post in
      if gaps.contains(where: { $0.range.contains(post.ordinal) }) || candidates.contains(post.key) { return nil }
      let entry = entries[post.key]
      // It was gone and is back as it was.
      if let entry, entry.identity.map({ $0.createdAt == post.createdAt }) ?? true { return nil }
      return (post.ordinal, entry)
    }
  }
}
