import Forum
import Ledger
import Membership
import Time

/// What taking up posts tells of a mapping, in looking back: rows that are valid, and wrong (rule E8). Nothing is written.
extension CollectStage {
  /// Ordinals below the last that was read, and posts journalled last, that are looked at.
  private static let (ordinals, entries) = (Int64(500), 20)
  /// Clocks differ by less, and runs come oftener; zones differ by more.
  private static let lag: Int64 = 1500

  /// What is worth knowing to who made the mapping; nothing before the first run.
  public func remarks() throws -> [String] {
    guard let mark = try context.ledger.mark(.collected), mark > 0 else { return [] }
    return try [readTooOld(), neverTakenUp(upTo: mark)].compactMap(\.self)
  }

  /// Posts that were all old when they came, though not one was late.
  private func readTooOld() throws -> String? {
    let taken = try context.ledger.recentDelays(limit: CollectStage.entries)
    // Those of one run may have waited together.
    guard Set(taken.map(\.at)).count >= CollectStage.entries / 2, let least = taken.map(\.delay).min(),
      least >= CollectStage.lag
    else { return nil }
    return
      "the last \(taken.count) posts that runs took up were each at least \(least / 60) minutes old by their times when "
      + "they could first be taken up; if runs come that seldom, all is well; else their times are read in a zone that is too "
      + "far east: see `times`. A post that seems older than delivery.stale_after goes in a catch-up digest"
  }

  /// Posts that can be seen below the last that was read, and that no run has met: they were not given when they were
  /// asked for.
  private func neverTakenUp(upTo mark: Int64) throws -> String? {
    let first = max(mark - CollectStage.ordinals, try context.ledger.mark(.begun) ?? 0) + 1
    // What a restored forum's posts wait for, runs say.
    guard first <= mark, try !context.ledger.holds().contains(where: { $0.kind == .forum }) else { return nil }
    let found = try context.forum.posts(within: first...mark, limit: Int(CollectStage.ordinals))
    let (gaps, beginning) = (try context.ledger.gaps(), try beginning())
    let keys = found.map(\.key)
    var known = try context.ledger.journalEntries(postKeys: keys).map(\.postKey).distinctKeys
    known.formUnion(try context.ledger.candidates(keys: keys))
    known.formUnion(try context.ledger.setAside(limit: 10_000).map(\.fault.key).distinctKeys)
    let lost = found.filter { post in
      post.visibility == .visible && !known.contains(ForumKey(post.key)) && !isHistory(post)
        && !beginning.leavesOut(post) && !gaps.contains { $0.range.contains(post.ordinal) }
    }
    guard let last = lost.last else { return nil }
    return
      "\(lost.count) posts can be seen that no run has taken up, such as \(last.key) of \(last.createdAt): they were given "
      + "by no query until collect.gap_expiry was over, and are mailed to nobody; let every query for posts give those of every "
      + "state, also what waits for approval"
  }
}
