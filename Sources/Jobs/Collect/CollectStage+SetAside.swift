import Forum
import Ledger
import Membership
import SQL
import Time

/// Posts, threads and discussions that could not be read, asked about again (rule E1).
extension CollectStage {
  /// Takes up posts that can be read again, as if they were seen now for the first time but for the moment; forgets
  /// what is no more.
  func revisitSetAside(_ report: inout Report) throws {
    let known = try context.ledger.setAside(.post, toAskAt: context.now())
    // Without its body a post whose body is at fault can always be read.
    try revisitPosts(known.filter { $0.fault.column != "body" }, .standing)
    try revisitPosts(known.filter { $0.fault.column == "body" }, .whole)
    try revisit(.thread) { keys in
      let found = try context.forum.threads(keys: keys)
      return (Set(found.map { ForumKey($0.key) }), found.unreadableKeys)
    }
    try revisit(.discussion) { keys in
      let found = try context.forum.discussions(keys: keys)
      return (Set(found.map { ForumKey($0.key) }), found.unreadableKeys)
    }
    try revisit(.attachment) { keys in
      let found = try context.forum.attachments(ofPosts: keys)
      return (Set(found.map { ForumKey($0.post) }), found.unreadableKeys)
    }
    report.setAside = try context.ledger.setAsideCountOfWaiting()
  }

  private func revisitPosts(_ known: [SetAside], _ detail: PostDetail) throws {
    for known in known.chunks(of: page) {
      let found = try context.forum.posts(keys: known.map(\.fault.key), detail)
      let posts = found.keyed(by: \.key)
      try freeKeys(for: found, through: context.ledger.mark(.rereadThrough) ?? 0)
      var update = CollectorUpdate()
      update.setAside = found.faults.map { SetAside($0, since: context.now()) }
      for one in known {
        if let post = posts[one.fault.key] {
          // One that is in the journal already never becomes a candidate again: whoever waits for it waits there.
          if !isHistory(post) { try update.upserts.append(mended(post, one)) }
          update.mended.append(one)
        } else if !found.unreadableKeys.contains(one.fault.key) {
          // As with a candidate that is missing: one such answer may be wrong.
          if let place = one.fault.ordinal { update.addedGaps.append(Gap(place...place, seenAt: context.now())) }
          update.mended.append(one)
        } else if !found.faults.contains(where: {
          String.isSameKey($0.key, one.fault.key) && $0.column == one.fault.column
        }) {
          // Another column of the row is at fault now.
          update.mended.append(one)
        } else {
          try context.askLater(one)
        }
      }
      if !update.isEmpty { try context.ledger.save(update) }
    }
  }

  /// A post that can be read again. Where the ledger was restored and the post could not be read then, nobody has had it:
  /// it counts as seen since (rule E3).
  private func mended(_ post: Post, _ one: SetAside) throws -> Candidate {
    var candidate = candidate(post, known: nil, isLate: true, since: one.since)
    if !one.isInDoubt, let visibleAt = candidate.visibleAt, let until = try context.ledger.mark(.mailedUntil) {
      candidate.visibleAt = max(visibleAt, Timestamp(until))
    }
    return candidate
  }

  /// For how long one that is not there is shown: it may never be again, and its posts may have gone.
  private static let missedFor: Int64 = 7 * 86_400

  /// Whether the post that was told of stands there still, where it can be seen. Others that do are told of anew.
  private func isMissed(_ fault: RowFault, by stranded: [ForumKey: Post]) -> Bool {
    guard let key = fault.strandedPost else { return true }
    guard let post = stranded[key], post.visibility == .visible else { return false }
    return String.isSameKey(fault.subject == .thread ? post.threadKey : post.discussionKey, fault.key)
  }

  /// What hangs on a thread or a discussion waits by itself: here it is only seen whether they can be read.
  private func revisit(
    _ subject: RowFault.Subject, _ ask: ([String]) throws -> (readable: Set<ForumKey>, unreadable: Set<ForumKey>)
  ) throws {
    for known in try context.ledger.setAside(subject, toAskAt: context.now()).chunks(of: page) {
      let found = try ask(known.map(\.fault.key))
      let stranded = try context.forum.posts(keys: known.compactMap(\.fault.strandedPost), .standing).keyed(by: \.key)
      for one in known {
        let isMissed =
          one.fault.isNotThere && !found.readable.contains(one.fault.key)
          && context.now() - one.since < CollectStage.missedFor && isMissed(one.fault, by: stranded)
        if isMissed || found.unreadable.contains(one.fault.key) {
          try context.askLater(one)
        } else {
          try context.ledger.forgetSetAside(one)
        }
      }
    }
  }
}

extension StageContext {
  /// Puts off what still cannot be read: for an hour it is asked about in every run, then ever more seldom.
  func askLater(_ one: SetAside) throws {
    let next = CollectStage.nextAsk(since: one.since, now: now(), eagerFor: 3600)
    if next > now() || one.isInDoubt { try ledger.putOff(one, until: next) }
  }
}
