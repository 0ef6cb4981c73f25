import Forum
import Identifiers
import Ledger
import Membership
import SQL
import Time

/// Posts that were withdrawn and come back into sight (rule C6).
extension CollectStage {
  /// Asks about withdrawn posts whose time has come, and queues what their readers missed.
  func queueShownAgain(_ report: inout Report) throws {
    let withdrawn = try context.ledger.withdrawn(toAskAt: context.now())
    let loader = JournalledPosts(context.members)
    for chunk in withdrawn.chunks(of: page) {
      let loaded = try loader.posts(chunk.map(\.entry.position), .standing)
      for one in chunk {
        if context.isStopping() { return }
        let copy: PostCopy? = if case .post(let copy, _)? = loaded[one.entry.position] { copy } else { nil }
        if let copy, try requeue(copy, one.entry, &report) {
          try context.ledger.forgetWithdrawn(one.entry.position)
        } else {
          // To judge all who wait for a post that is shown costs more than to see that it is not.
          let next = CollectStage.nextAsk(
            since: one.since, now: context.now(), eagerFor: copy == nil ? CollectStage.week : 3600)
          if next > context.now() { try context.ledger.putOff(one.entry.position, until: next) }
        }
      }
    }
  }

  /// Queues what waited for a post that is shown; returns false if somebody still may not have it.
  private func requeue(_ copy: PostCopy, _ entry: JournalEntry, _ report: inout Report) throws -> Bool {
    let post = copy.post
    var cache = DigestSlotCache()
    let audience = Audience(context.members, post, visibleAt: entry.visibleAt)
    var queued = try context.ledger.requeueHidden(entry.position, now: context.now())
    var isBack = true
    var after: PersonID = 0
    while !context.isStopping() {
      let people = try context.ledger.waiting(for: entry.position, after: after, limit: page)
      let members = try audience.among(people.map(\.key))
      // The post is shown, and yet these may not have it: it was moved, or they lost the right to it.
      var outOfSight = Set(members.filter { entry.isOutOfSight(post, of: $0) }.map(\.person.id))
      let there = Set(members.filter { !entry.takesForGood($0, of: post) }.map(\.person.id))
      let gone = people.map(\.id).filter { !there.contains($0) }
      if !gone.isEmpty, try !context.believes(audience, entry) { outOfSight.formUnion(gone) }
      isBack = isBack && outOfSight.isEmpty
      let back = people.map(\.id).filter { !outOfSight.contains($0) }
      let slots = members.compactMap { slot(of: $0, copy, &cache) }
      queued += try context.ledger.requeue(
        entry.position, for: back, slots: Dictionary(uniqueKeysWithValues: slots.map { ($0.person, $0) }),
        now: context.now())
      guard people.count == page, let last = people.last else { break }
      after = last.id
    }
    if queued > 0 { report.restored += 1 }
    return isBack
  }

  /// The next hour of somebody who reads digests: it is no news that should come between two of them, unless the
  /// discussion closes before (rules D1, D3). Nil for whoever is to have it at once.
  private func slot(of member: AudienceMember, _ copy: PostCopy, _ cache: inout DigestSlotCache) -> PersonSlot? {
    guard case .digest = member.decision else { return nil }
    let slot = cache.next(after: context.now(), used: member.person.digestDate, on: member.preferences.digest)
    if let closesAt = copy.discussion.closesAt, closesAt > context.now(), closesAt <= slot.due { return nil }
    return PersonSlot(person: member.person.id, due: slot.due, date: slot.date, kind: .regular)
  }

  static let week: Int64 = 7 * 86_400

  /// When a post that waits is asked about again: in every run at first, later whenever it has grown older by a 32nd,
  /// and at least every month.
  /// - Parameters:
  ///   - since: when it began to wait.
  ///   - eager: seconds for which it is asked about in every run.
  static func nextAsk(since: Timestamp, now: Timestamp, eagerFor eager: Int64 = week) -> Timestamp {
    let age = now - since
    return age < eager ? since : now + min(age / 32, Ledger.longestPause)
  }
}

extension JournalEntry {
  /// Whether the person may come to have it later.
  fileprivate func isOutOfSight(_ post: Post, of member: AudienceMember) -> Bool {
    if case .skipped(let skipped) = member.decision { reason(skipped, for: post).isOutOfSight } else { false }
  }
}
