import Forum
import Identifiers

/// Who would have a post now, counted, and the first of them by name.
public struct AudienceSurvey: Sendable {
  /// How many would get a copy at once.
  public var instant = 0
  /// How many would find it in a digest.
  public var digest = 0
  /// How many would get nothing, by reason.
  public var skipped: [SkipReason: Int] = [:]
  /// The first, in the forum's own order of keys; then those whom the ledger alone knows to watch.
  public var first: [AudienceMember] = []
  /// Rows that cannot be read, a few of them: those people count under `unreadablePerson`.
  public var faults: [RowFault] = []

  mutating func add(_ member: AudienceMember, naming limit: Int) {
    switch member.decision {
    case .instant: instant += 1
    case .digest: digest += 1
    case .skipped(let reason): skipped[reason, default: 0] += 1
    }
    if first.count < limit { first.append(member) }
  }

  mutating func add(_ unread: [RowFault]) {
    if unread.isEmpty { return }
    skipped[.unreadablePerson, default: 0] += unread.map(\.key).distinctKeys.count
    faults += unread.prefix(max(0, 20 - faults.count))
  }
}

extension Audience {
  /// Goes through everybody as fan-out does, a page at a time, and decides nothing: for an audience that is not
  /// recording, nothing is written.
  /// - Parameters:
  ///   - limit: how many people are kept by name; the others are counted.
  ///   - pageSize: what is in memory at once.
  public func survey(naming limit: Int, pageSize: Int = 4000) throws -> AudienceSurvey {
    var survey = AudienceSurvey()
    var after: String?
    repeat {
      let page = try page(after: after, limit: pageSize)
      for member in try judge(page) { survey.add(member, naming: limit) }
      survey.add(page.faults)
      after = page.next
    } while after != nil
    var last: PersonID? = 0
    while let person = last {
      let people = try ownWatchers(after: person, limit: pageSize)
      let page = try page(among: people.map(\.key))
      // Who watches by the forum's word too was on its pages.
      let own = page.watchers.lazy.filter(\.watches.isEmpty).map(\.participant.key).distinctKeys
      for member in try judge(page) where own.contains(member.watcher.participant.key) {
        survey.add(member, naming: limit)
      }
      last = people.count < pageSize ? nil : people.last?.id
    }
    return survey
  }
}
