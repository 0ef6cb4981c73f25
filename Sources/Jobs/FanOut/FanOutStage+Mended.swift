import Forum
import Identifiers
import Ledger
import Membership
import Time

/// People who were passed by because they could not be read, and can be now (rule E1).
extension FanOutStage {
  /// Decides about each of them for the posts that they were passed by for. A run that stops half-way goes on there.
  func decideAboutMended(_ report: inout Report) throws {
    for one in try context.ledger.setAside(.participant, toAskAt: context.now()) {
      if context.isStopping() { return }
      guard try isReadable(one) else {
        let next = CollectStage.nextAsk(since: one.since, now: context.now(), eagerFor: 3600)
        if next > context.now() { try context.ledger.putOff(one, until: next) }
        continue
      }
      guard let posts = one.posts else {
        try context.ledger.forgetSetAside(one)
        continue
      }
      try decide(one, posts, &report)
    }
  }

  /// Whether the forum can tell what it could not. Who is no more cannot be at fault.
  private func isReadable(_ one: SetAside) throws -> Bool {
    let keys = [one.fault.key]
    let participants = try context.forum.participants(keys: keys)
    if !participants.faults.isEmpty { return false }
    // Columns that can be read and yet not used, by the names that they have in `AudienceMember.unusable`.
    switch one.fault.column {
    case "address": return participants.first?.hasUsableAddress ?? true
    case "zone": return participants.first?.hasKnownZone ?? true
    default: break
    }
    guard let place = one.place else { return true }
    return try context.forum.watchers(thread: place.thread, discussion: place.discussion, among: keys).faults.isEmpty
  }

  /// Post after post, in the journal's order.
  private func decide(_ one: SetAside, _ posts: ClosedRange<JournalPosition>, _ report: inout Report) throws {
    var first = posts.lowerBound
    while let entry = try context.ledger.journalEntry(from: first, through: posts.upperBound) {
      if context.isStopping() { return }
      let post = try post(of: entry)
      let members = try Audience(context.members, post, visibleAt: entry.visibleAt).among([one.fault.key])
      // In the meantime, or of another watch of theirs: they wait on.
      if members.contains(where: { $0.decision == .skipped(.unreadablePerson) }) { return }
      // Nobody who does not watch is decided about, here as elsewhere.
      let rows = rows(members.filter { $0.decision != .skipped(.unwatched) })
      report.count(try context.ledger.decideLate(rows, entry: entry))
      first = JournalPosition(entry.position.rawValue + 1)
      try context.ledger.resumeSetAside(one, after: entry.position)
    }
    // The journal may have lost the last of the range, never the person's turn.
    if !context.isStopping() { try context.ledger.resumeSetAside(one, after: posts.upperBound) }
  }
}
