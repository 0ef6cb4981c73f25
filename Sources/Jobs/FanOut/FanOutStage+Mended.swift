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
      let participants = try context.forum.participants(keys: [one.fault.key])
      guard try participants.faults.isEmpty && isMended(one, participants.first) else {
        try context.askLater(one)
        continue
      }
      if let posts = one.posts {
        do { try decide(one, posts, &report) } catch is Wait { try context.askLater(one) }
      } else {
        // Nothing was missed.
        try context.ledger.forgetSetAside(one)
      }
    }
  }

  /// Whether the forum can tell what it could not.
  /// - Parameter participant: as the forum has them now; nil for somebody who is no more.
  private func isMended(_ one: SetAside, _ participant: Participant?) throws -> Bool {
    guard let participant else { return true }
    // Columns that can be read and yet not used, by the names that they have in `AudienceMember.unusable`.
    switch one.fault.column {
    case "address": return participant.hasUsableAddress
    case "zone": return participant.hasKnownZone
    default: break
    }
    guard let place = one.place else { return true }
    return try context.forum.watchers(
      thread: place.thread, discussion: place.discussion, among: [participant.key]
    ).faults.isEmpty
  }

  /// Post after post, in the journal's order.
  private func decide(_ one: SetAside, _ posts: ClosedRange<JournalPosition>, _ report: inout Report) throws {
    var first = posts.lowerBound
    while let entry = try context.ledger.journalEntry(from: first, through: posts.upperBound) {
      if context.isStopping() { return }
      let post = try post(of: entry)
      let audience = Audience(context.members, post, visibleAt: entry.visibleAt)
      let members = try audience.among([one.fault.key])
      // Somebody who is not there, or no longer to have it, may be so for now alone.
      if members.allSatisfy({ $0.absence != nil }), try !context.believes(audience, entry) { throw Wait() }
      // In the meantime, or of another watch of theirs: they wait on.
      if members.contains(where: { $0.decision == .skipped(.unreadablePerson) }) { return }
      // Nobody who does not watch is decided about, here as elsewhere.
      let mailedUntil = one.isInDoubt ? try mailedUntil(entry) : nil
      let rows = rows(members.filter { $0.decision != .skipped(.unwatched) }, entry, mailedUntil: mailedUntil)
      report.count(try context.ledger.decideLate(rows, entry: entry, now: context.now()))
      first = JournalPosition(entry.position.rawValue + 1)
      try context.ledger.resumeSetAside(one, after: entry.position)
    }
    // The journal may have lost the last of the range, never the person's turn.
    if !context.isStopping() { try context.ledger.resumeSetAside(one, after: posts.upperBound) }
  }
}
