import Forum
import Identifiers
import Ledger
import Membership
import Time

/// Answers of the forum under which nearly everybody vanishes (rule E9): nothing is decided by them that cannot be
/// undone, until runs have agreed for a day, or the admin says that they are right.
extension StageContext {
  /// Seconds for which what is doubted is not asked about again: every post of a run would ask the same.
  private static let pause: Int64 = 30

  /// Whether what the forum says of people where the post stands is to be gone by.
  /// - Parameter there: people of whom it was just said that they are there.
  func believes(_ audience: Audience, _ entry: JournalEntry, there: Set<PersonID> = []) throws -> Bool {
    let discussion = audience.post.discussionKey
    let now = now()
    let doubts = try ledger.doubts()
    let doubt = doubts.standing(at: now)[discussion]
    if let doubt, abs(now - doubt.seenAt) < StageContext.pause, now - doubt.since < Doubts.patience { return false }
    let turnout = try audience.turnout(of: entry, after: doubts.floor(of: discussion), there: there)
    if turnout.isPlausible, doubt == nil { return true }
    let last = try ledger.lastPosition()
    var isBelieved = false
    try ledger.changeDoubts {
      isBelieved = $0.take(turnout, of: discussion, last: last, at: now, isTimeKnown: !doubtsClock)
    }
    return isBelieved
  }

  /// The discussions in which more than half of those who were to have something are not there, and that is not to be
  /// believed.
  /// - Parameters:
  ///   - asked: by post, who was to have it.
  ///   - members: by post, what was decided now about those who are there.
  func doubtedDiscussions(
    _ asked: [JournalPosition: Set<ForumKey>], _ posts: [JournalPosition: JournalledPosts.Loaded],
    _ members: [JournalPosition: [ForumKey: AudienceMember]]
  ) throws -> Set<ForumKey> {
    var places: [ForumKey: (asked: Set<ForumKey>, gone: Set<ForumKey>, last: JournalPosition)] = [:]
    for (position, keys) in asked {
      guard case .post(let copy, let entry)? = posts[position] else { continue }
      let gone = keys.filter { key in
        guard let member = members[position]?[key] else { return true }
        return entry.takesForGood(member, of: copy.post)
      }
      let discussion = ForumKey(copy.post.discussionKey)
      var place = places[discussion] ?? ([], [], position)
      place.asked.formUnion(keys)
      place.gone.formUnion(gone)
      if !gone.isEmpty { place.last = max(place.last, position) }
      places[discussion] = place
    }
    return try Set(
      places.filter { $0.value.gone.count * 2 > $0.value.asked.count }.compactMap { discussion, place in
        guard case .post(let copy, let entry)? = posts[place.last] else { return nil }
        return try believes(Audience(self.members, copy.post, visibleAt: entry.visibleAt), entry) ? nil : discussion
      })
  }

  /// What is doubted, for as long as it is.
  func tellDoubts(_ step: inout StepReport) throws {
    step.look(at: [.people], .over)
    let (doubts, now) = (try ledger.doubts(), now())
    guard let words = doubts.words(at: now) else { return }
    step.troubles.append(
      Trouble(
        .people, "Nearly everybody is gone by the forum's answers, which is not believed yet: \(words)",
        advice: """
          Posts and copies for them wait. See what these queries find. Once runs have agreed for a day it is believed; \
          if it is right, say so with `watchpost release people`.
          """, size: doubts.standing(at: now).values.map(\.turnout.gone).reduce(0, +), status: .workLeft))
  }
}

extension JournalEntry {
  /// Whether what the forum says of somebody would take the post from them for good.
  func takesForGood(_ member: AudienceMember, of post: Post) -> Bool {
    guard member.absence != nil, case .skipped(let skipped) = member.decision else { return false }
    return !reason(skipped, for: post).isOutOfSight
  }
}
