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
    guard missing.count > 10, missing.count * 10 > range.count, taken.count * 5 >= range.count else { return }
    remark(
      .postsAfter,
      "of \(range.count) ordinals from \(range.lowerBound) to \(range.upperBound) \(missing.count) are given by no query "
        + "for posts, such as \(missing[0])",
      advice: "if those posts were deleted for good, all is well; else a join or a condition leaves them out")
  }

  /// `newest` is an ordinal that a post has, or had a moment ago.
  mutating func judgeNewest(_ newest: Int64, _ found: [Post]) throws {
    let forum = forum
    guard var low = found.last?.ordinal, low >= 0, newest - low > 100 else { return }
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
    guard newest - low > 100 else { return }
    let words = "it is \(newest), and the largest ordinal that `posts_after` gives is \(low)"
    let advice =
      "let it be the largest `ordinal` of the rows that `posts_after` gives; every post up to it counts as old"
    if newest / 10 > low, newest - low > 1_000_000 {
      complain(.newest, words, advice: advice)
    } else {
      remark(.newest, words, advice: advice)
    }
  }

  /// Posts of times that no forum has.
  mutating func judgeTimes(of samples: Samples) {
    let posts = (samples.oldest + samples.middle + samples.recent).filter { $0.visibility == .visible }
    let years1990 = Timestamp(631_152_000)
    let old = posts.filter { $0.createdAt < years1990 }
    if let first = old.first, old.count * 2 > posts.count {
      remark(
        .postsAfter, "most posts were written before 1990, such as \(first.key) at \(first.createdAt)",
        advice: "let `created_at` be seconds since 1970 in UTC, or ISO 8601")
    }
    guard let now else { return }
    // Clocks may differ by some minutes, zones do by more.
    let recent = samples.recent.filter { $0.visibility == .visible }
    let ahead = recent.filter { $0.createdAt > now + 600 }
    guard let last = ahead.last else { return }
    remark(
      .postsAfter,
      "\(ahead.count) of the \(recent.count) newest posts are of a time to come, such as \(last.key) of \(last.createdAt)",
      advice: "where the forum's times are not in UTC, say their zone under `times`")
  }
}

extension Collection<Post> {
  fileprivate var states: [ForumKey: Visibility] {
    Dictionary(map { (ForumKey($0.key), $0.visibility) }, uniquingKeysWith: { first, _ in first })
  }
}
