import Forum
import Identifiers
import Ledger
import Membership
import Time

/// A forum that was restored from a backup gives the keys of lost posts to new ones (rule E3). One with the author and the
/// text of the lost one is that post.
extension CollectStage {
  /// How many of the posts that were journalled last are looked at in every run.
  private static let lookBack = 20
  /// As many that move in time by the same are not written again.
  private static let movedTogether = 3
  /// How many where the newest post has gone back.
  private static let deepLookBack = 200
  /// How many at the most, where others stand in the places of those that were looked at.
  private static let deepestLookBack = 20_000

  /// Finds posts that stand where others stood. Three signs are cheap: of the posts journalled last, one has another
  /// author and another time; the last ones of all were written after their forerunners had been mailed; and below the
  /// largest ordinal there was a time with nothing, where now there are posts.
  ///
  /// Moderators delete, anonymise, move and redate posts: none of that is a sign.
  /// - Returns: false where the newest post lies so far back that the forum is not whole: then nothing it says of its posts
  ///   is to be gone by.
  func lookForRestoredForum(_ report: inout Report) throws -> Bool {
    guard let mark = try context.ledger.mark(.collected), mark > 0 else { return true }
    let newest = try context.forum.newestOrdinal()
    guard try !isFarBack(newest, mark) else {
      report.wentBack = FarBack(from: mark, to: newest)
      let reason = "its newest post has the number \(newest), and had \(mark)"
      if try hold()?.reason != reason {
        // Some may have been written since it went back, before this run or after an earlier one.
        let low = try min(newest, lastUnchanged(), context.ledger.mark(.wentBack) ?? .max)
        try context.ledger.forumWentBack(to: low, isFar: true, reason: reason, now: context.now())
      }
      return false
    }
    if try context.ledger.mark(.farBack) == 1 { try context.ledger.forumCameBack(to: min(lastUnchanged(), mark)) }
    let low = try lowestOrdinal(newest, below: mark)
    var signs = try replacedEntries(above: low, hasFallen: newest < mark, through: mark)
    // Behind the first of them nothing is what it was.
    let lowest = min(low, (signs.map(\.ordinal).min() ?? .max) - 1)
    signs += try strangers(between: lowest, and: mark)
    if signs.isEmpty {
      if try hold() != nil {
        // Moderators have deleted what was held.
        try context.ledger.dropForumHold()
      } else if low < mark, newest > mark {
        // The forum has gone on beyond the mark, and nothing is left in between to come.
        try context.ledger.set(.wentBack, .max)
      }
    }
    let ordinals = Set(signs.map(\.ordinal))
    report.replaced = ordinals.count
    let reason = "new posts stand where others stood: \(ordinals.count)"
    let replaced = Set(signs.compactMap(\.entry))
    guard let first = ordinals.min(), try !replaced.isEmpty || hold()?.reason != reason else { return true }
    try context.ledger.forumWentBack(
      to: min(low, first - 1), replaced: Array(replaced), reason: reason, now: context.now())
    return true
  }

  /// A post that stands where another stood, with what the journal knows of that one.
  private typealias Sign = (ordinal: Int64, entry: JournalEntry?)

  private func hold() throws -> Hold? { try context.ledger.holds().first { $0.kind == .forum } }

  /// Whether the forum's newest post lies back by more than what moderators delete: by half of all numbers, or by more
  /// than half of the posts journalled last, none of which is there. Of a few posts all may be deleted.
  private func isFarBack(_ newest: Int64, _ mark: Int64) throws -> Bool {
    guard newest < mark else { return false }
    // Positions leap, and the posts of many of them may be gone by the admin's word: the ordinals bound both.
    let known = min(try context.ledger.lastPosition().rawValue + (context.ledger.mark(.leftOut) ?? 0), mark)
    if known > Turnout.few, newest < mark / 2 { return true }
    let answered = JournalPosition(try context.ledger.mark(.answered) ?? 0)
    let entries = try context.ledger.latestEntries(limit: CollectStage.deepLookBack).filter { $0.position > answered }
    let found = try context.forum.posts(keys: entries.map(\.postKey), .standing)
    let there = found.map(\.key).distinctKeys.union(found.unreadableKeys)
    let gone = entries.prefix { !there.contains($0.postKey) }.count
    return gone > Turnout.few && !Turnout.isPlausible(gone, of: entries.count)
  }

  /// The largest ordinal of a post that is as it was: what the forum lost lies above it.
  private func lastUnchanged() throws -> Int64 {
    var limit = CollectStage.deepLookBack
    while true {
      let entries = try context.ledger.latestEntries(limit: limit)
      let posts = try context.forum.posts(keys: entries.map(\.postKey), .standing).keyed(by: \.key)
      let pairs = entries.compactMap { entry in posts[entry.postKey].map { (post: $0, entry: entry) } }
      let same = try compare(pairs.filter { $0.entry.identity?.createdAt != $0.post.createdAt }).same
      let unchanged = pairs.filter { post, entry in
        if entry.identity?.createdAt == post.createdAt || same.contains(entry.position) { return true }
        // Of one that nobody was mailed the text is not known.
        return entry.text == nil && post.createdAt <= entry.due
          && entry.identity?.isAnother(than: post.identity) != true
      }
      if let last = unchanged.map(\.post.ordinal).max() { return last }
      guard limit < CollectStage.deepestLookBack else { return try context.ledger.mark(.begun) ?? 0 }
      limit *= 10
    }
  }

  /// The smallest ordinal that was the newest since the mark was reached, as far as is known; the mark itself if there was
  /// none. What stands up to it was there before.
  private func lowestOrdinal(_ newest: Int64, below mark: Int64) throws -> Int64 {
    let known = min(try context.ledger.mark(.wentBack) ?? .max, mark)
    guard newest < known else { return known }
    // The newest of all may have been written since.
    let low = try min(newest, lastUnchanged())
    try context.ledger.set(.wentBack, low)
    return low
  }

  /// Of the posts journalled last, those whose key another post has now. What a moderator has changed of the others is
  /// noted, so that a second change is not taken for a new post. Where there are some, more may be than were looked at.
  /// - Parameters:
  ///   - low: what stands above it and has another time is another post, whoever wrote it.
  ///   - hasFallen: the newest post of all is gone.
  ///   - mark: what stands above it came after the admin's word, and is read as any post.
  private func replacedEntries(above low: Int64, hasFallen: Bool, through mark: Int64) throws -> [Sign] {
    var signs: [Sign] = []
    var limit = CollectStage.lookBack
    while true {
      let entries = try context.ledger.latestEntries(limit: limit)
      let posts = try context.forum.posts(keys: entries.map(\.postKey), .standing).keyed(by: \.key)
      let pairs = entries.compactMap { entry in
        posts[entry.postKey].flatMap { $0.ordinal <= mark ? (post: $0, entry: entry) : nil }
      }
      let (same, others) = try compare(pairs.filter { $0.entry.identity?.createdAt != $0.post.createdAt })
      let rewritten = CollectStage.rewritten(pairs, hasFallen: hasFallen, others)
      let found: [Sign] = pairs.compactMap { post, entry in
        let isAnother =
          !same.contains(entry.position)
          && (entry.identity?.isAnother(than: post.identity) == true || rewritten.contains(entry.position))
        return isAnother ? (post.ordinal, entry) : nil
      }
      if found.count > signs.count, limit < CollectStage.deepestLookBack {
        (signs, limit) = (found, limit * 10)
        continue
      }
      let first = min(low, (found.map(\.ordinal).min() ?? .max) - 1)
      let changed = pairs.filter { post, entry in
        entry.identity != post.identity
          && (same.contains(entry.position) || post.ordinal <= first || entry.identity?.createdAt == post.createdAt)
      }
      try context.ledger.keepIdentities(
        Dictionary(changed.map { ($0.entry.position, $0.post.identity) }, uniquingKeysWith: { first, _ in first }))
      return found
    }
  }

  /// Of these posts the last ones by the forum's order, all written after what had their keys was due, or with another text
  /// too: who lost a post
  /// writes it again. Some forums redate the last post of a thread that is bumped: one post alone that its author could
  /// have bumped is no sign, nor are several that all moved by the same time, unless the newest of all is gone.
  /// - Parameter others: that have another text than they had.
  private static func rewritten(_ pairs: [Pair], hasFallen: Bool, _ others: Set<JournalPosition>) -> Set<
    JournalPosition
  > {
    let last = pairs.sorted { $0.post.ordinal > $1.post.ordinal }.prefix { post, entry in
      entry.identity.map {
        $0.createdAt != post.createdAt && (post.createdAt > entry.due || others.contains(entry.position))
      } ?? false
    }
    // Nobody's name is not somebody's: all guests have it.
    let areThemselves = last.allSatisfy { post, entry in
      post.authorKey != nil && String.isSameKey(post.authorKey, entry.identity?.authorKey)
        && String.isSameKey(post.threadKey, entry.threadKey)
    }
    // Several that all moved by the same time were read in another zone, or redated together.
    let shifts = Set(last.map { post, entry in entry.identity.map { post.createdAt - $0.createdAt } })
    let isMoved =
      areThemselves
      && (last.count == 1
        || shifts.count == 1 && last.count >= CollectStage.movedTogether
          && last.count { others.contains($0.entry.position) } * 2 <= last.count)
    return isMoved && !hasFallen ? [] : Set(last.map(\.entry.position))
  }

  /// Posts in a range where there was none at a time: all but those that are back, deleted in haste; those of
  /// transactions that were under way, for which the collector waits in a gap; and those that the journal left out when
  /// it began.
  private func strangers(between low: Int64, and mark: Int64) throws -> [Sign] {
    var signs: [Sign] = []
    var low = low
    while low < mark {
      let found = try context.forum.posts(within: (low + 1)...mark, limit: page)
      signs += try strangers(among: found)
      guard found.count + found.faults.count >= page, let last = ordinals(found).last, last > low else { break }
      low = last
    }
    return signs
  }

  private func strangers(among found: Answer<Post>) throws -> [Sign] {
    if found.isEmpty { return [] }
    let keys = found.map(\.key)
    let entries = Dictionary(
      try context.ledger.journalEntries(postKeys: keys).map { (ForumKey($0.postKey), $0) },
      uniquingKeysWith: { first, _ in first })
    let same = try compare(
      found.compactMap { post in
        entries[post.key].flatMap { $0.identity?.createdAt == post.createdAt ? nil : (post, $0) }
      }
    ).same
    let redated = found.compactMap { post in
      entries[post.key].flatMap { same.contains($0.position) ? ($0.position, post.identity) : nil }
    }
    try context.ledger.keepIdentities(Dictionary(redated, uniquingKeysWith: { first, _ in first }))
    let candidates = try context.ledger.candidates(keys: keys)
    // One that waited for approval, and is asked about seldom by now, may be another post.
    try context.ledger.askAtOnce(candidates, now: context.now())
    let gaps = try context.ledger.gaps()
    let beginning = try beginning()
    return found.compactMap { post in
      if gaps.contains(where: { $0.range.contains(post.ordinal) }) || candidates.contains(post.key) { return nil }
      let entry = entries[post.key]
      // It was gone and is back as it was.
      if let entry, entry.identity.map({ $0.createdAt == post.createdAt }) ?? true || same.contains(entry.position) {
        return nil
      }
      if entry == nil, isHistory(post) || beginning.leavesOut(post) { return nil }
      return (post.ordinal, entry)
    }
  }

  /// What the journal left out when it began (rule C3).
  struct Beginning {
    /// The newest ordinal then.
    var through: Int64
    /// Posts with such numbers that were written before are none of the journal's, now or later.
    var moment: Timestamp

    /// Whether a post that is neither in the journal nor a candidate was there when the journal began.
    func leavesOut(_ post: Post) -> Bool { post.ordinal <= through && post.createdAt < moment }
  }

  /// Where the journal was begun by an older program, its first post tells when that was, of numbers that were read
  /// before.
  func beginning() throws -> Beginning {
    // It began with the forum: there was nothing to leave out.
    if try context.ledger.mark(.begunEmpty) == 1 { return Beginning(through: 0, moment: Timestamp(0)) }
    if let through = try context.ledger.mark(.begun), let moment = try context.ledger.mark(.begunAt) {
      return Beginning(through: through, moment: Timestamp(moment))
    }
    let first = try context.ledger.journalEntry(from: 1, through: JournalPosition(.max))
    return Beginning(
      through: max(try context.ledger.mark(.collected) ?? 0, try context.ledger.mark(.rereadThrough) ?? 0),
      moment: first.map { $0.identity?.createdAt ?? $0.visibleAt } ?? Timestamp(0))
  }
}
