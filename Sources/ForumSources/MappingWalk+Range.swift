import Forum
import SQL
import Time

/// All posts of a range of ordinals, which every query must know alike, and what they have in common.
extension MappingWalk {
  /// Keys of posts, and their states, as one query gives them.
  private typealias States = [ForumKey: Visibility]

  /// The last five hundred ordinals: whom one query finds, the others find; how many are given by none is told.
  mutating func walkRange(_ samples: Samples) throws {
    let forum = forum
    guard let last = samples.recent.last?.ordinal, let oldest = samples.oldest.first?.ordinal, oldest > .min,
      last > .min + 499
    else { return }
    let first = max(min(oldest, last), last - 499)
    guard let within = try ask({ try forum.posts(within: first...last, limit: 1000) }),
      let after = try ask({ try forum.posts(after: first - 1, limit: 500) })
    else { return }
    // Rows that come twice fill a page before its end: what they push out is not lost.
    refuseTwice(.postsWithin, within.map(\.key))
    refuseTwice(.postsAfter, after.map(\.key))
    if isAtFault(.postsWithin) || isAtFault(.postsAfter) { return }
    let unreadable = within.unreadableKeys.union(after.unreadableKeys)
    let byRange = within.states
    let byPage = after.filter { $0.ordinal <= last }.states
    tell(.postsAfter, lost: byRange, from: byPage, unreadable, "`posts_within`, and not by `posts_after`")
    tell(.postsWithin, lost: byPage, from: byRange, unreadable, "`posts_after`, and not by `posts_within`")
    let all = byRange.merging(byPage) { one, _ in one }
    guard let keyed = try ask({ try forum.posts(keys: all.keys.sorted().map(\.text), .standing) }) else { return }
    let byKey = keyed.states
    if !isAtFault(.posts) {
      tell(
        .posts, lost: all, from: byKey, unreadable.union(keyed.unreadableKeys),
        "`posts_after` or `posts_within`, and not by its key")
    }
    complain(
      .posts,
      byKey.sorted { $0.key < $1.key }.compactMap { key, state in
        guard let other = all[key], other != state else { return nil }
        return "post \(key) is `\(state.rawValue)`, and `\(other.rawValue)` by the queries for ordinals"
      }, advice: "let all queries for posts share a fragment")
    try walkGaps(first...last, within, all)
  }

  private mutating func tell(
    _ question: Question, lost all: States, from found: States, _ unreadable: Set<ForumKey>, _ words: String
  ) {
    let lost = all.keys.filter { found[$0] == nil && !unreadable.contains($0) }.sorted()
    complain(
      question, lost.map { "post \($0) is found by \(words)" },
      advice: "let every query for posts find those of every state; where a join leaves some out, write LEFT JOIN")
  }

  /// Ordinals that no post has: deleted posts, or posts that are lost. Told only where ordinals lie close together.
  private mutating func walkGaps(_ range: ClosedRange<Int64>, _ within: Answer<Post>, _ known: States) throws {
    let forum = forum
    let taken = Set(within.map(\.ordinal)).union(within.faults.compactMap(\.ordinal))
    let missing = range.filter { !taken.contains($0) }
    if missing.isEmpty { return }
    // Where keys are the ordinals, those that are missing can be asked about by key.
    if within.allSatisfy({ $0.key == String($0.ordinal) }), within.faults.isEmpty {
      guard let found = try ask({ try forum.posts(keys: missing.map(String.init), .standing) }) else { return }
      complain(
        .postsWithin,
        found.filter { range.contains($0.ordinal) }.map {
          "post \($0.key) is found by its key, and not by its ordinal \($0.ordinal)"
        }, advice: "let every query for posts find those of every state")
      if !found.isEmpty { return }
    }
    guard missing.count > 10, missing.count * 10 > range.count else { return }
    let some = missing.prefix(3).map(String.init).joined(separator: ", ")
    // The more are missing, the more is said: where a join keeps the first post of each thread, nearly all are.
    let isMost = missing.count * 2 > range.count
    remark(
      .postsAfter,
      "\(isMost ? "most posts may be lost: " : "")of \(range.count) ordinals from \(range.lowerBound) to "
        + "\(range.upperBound) \(missing.count) (\(missing.count * 100 / range.count) %) are given by no query for posts, "
        + "such as \(some)",
      advice: isMost
        ? "look in the forum's own tables whether it has posts with these: what no query gives is never mailed; a join "
          + "or a condition may leave them out (write LEFT JOIN); if they were deleted for good, or the forum numbers "
          + "its posts in leaps, all is well"
        : "if those posts were deleted for good, all is well; else a join or a condition leaves them out")
  }

  /// `newest` is the ordinal of a post that is found. Up to it all counts as old: a first run looks into the last
  /// ordinals for posts that are still to come, and into no earlier ones.
  mutating func judgeNewest(_ newest: Int64, _ found: [Post]) throws {
    let forum = forum
    guard var low = found.last?.ordinal, low >= 0, newest > low else { return }
    // The largest there is: what was found may have been cut at a limit.
    var high = newest
    while low < high {
      let middle = low + (high - low) / 2
      let start = middle
      guard let behind = try ask({ try forum.posts(after: start, limit: 1) }) else { return }
      if let ordinal = behind.first?.ordinal ?? behind.faults.first?.ordinal {
        low = max(ordinal, middle + 1)
      } else {
        high = middle
      }
    }
    guard newest > low else { return }
    let words = "it is \(newest), and the largest ordinal that `posts_after` gives is \(low)"
    let advice = "let it be the largest `ordinal` of the rows that `posts_after` gives"
    if newest - low > Post.firstLookBack {
      complain(
        .newest, words,
        advice: "\(advice); every post up to it counts as old, so that those to come would not be mailed")
    } else {
      remark(
        .newest, words,
        advice: "\(advice); if the last posts were deleted for good, all is well, else a join or a condition leaves "
          + "them out")
    }
  }
}

extension Collection<Post> {
  fileprivate var states: [ForumKey: Visibility] {
    Dictionary(map { (ForumKey($0.key), $0.visibility) }, uniquingKeysWith: { first, _ in first })
  }
}
