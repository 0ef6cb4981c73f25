import Forum
import Identifiers
import Ledger

/// When people's digests are due, as they want them now.
extension Members {
  /// The slots that these people want now, of those who have one. Somebody has left digest mode if a post that waits
  /// for them would be an instant copy now, be it by their own mode or by a watch's (rule F5).
  ///
  /// The price is one question for each post that is open for any of them, not one for each person.
  public func slots(of keys: [String]) throws -> [PersonSlot] {
    let now = now()
    let people = try ledger.slotted(keys: keys)
    if people.isEmpty { return [] }
    let open = try ledger.openPosts(of: people.values.map(\.id))
    let persons = Dictionary(people.values.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    let audiences = try audiences(of: open, persons, JournalledPosts(self).posts(open.values.joined(), .standing))
    var cache = DigestSlotCache()
    var slots: [PersonSlot] = []
    // Whoever cannot be read keeps the slot that they have.
    let participants = try forum.participants(keys: people.keys.map(\.text))
    try setAside(participants.faults)
    for participant in participants {
      guard let person = people[participant.key] else { continue }
      let isLeaving = open[person.id, default: []].contains { post in
        if case .instant? = audiences[post]?[person.key]?.decision { true } else { false }
      }
      if isLeaving {
        slots.append(PersonSlot(person: person.id, due: now, date: nil, kind: .leaving))
      } else {
        let schedule = preferences(of: participant, person).digest
        let slot = cache.next(after: now, used: person.digestDate, on: schedule)
        slots.append(PersonSlot(person: person.id, due: slot.due, date: slot.date, kind: .regular))
      }
    }
    return slots
  }

  /// What would be decided now about each open post and the people who have it open, by position and the person's key.
  public func audiences(
    of open: [PersonID: [JournalPosition]], _ persons: [PersonID: Person],
    _ loaded: [JournalPosition: JournalledPosts.Loaded]
  ) throws -> [JournalPosition: [ForumKey: AudienceMember]] {
    var keys: [JournalPosition: Set<ForumKey>] = [:]
    for (person, posts) in open {
      guard let key = persons[person]?.key else { continue }
      for post in posts { keys[post, default: []].insert(ForumKey(key)) }
    }
    return try audiences(of: keys, loaded)
  }

  /// What would be decided now about each post and these people, by position and the person's key. Posts that are not
  /// shown are left out.
  public func audiences(
    of keys: [JournalPosition: Set<ForumKey>], _ loaded: [JournalPosition: JournalledPosts.Loaded]
  ) throws -> [JournalPosition: [ForumKey: AudienceMember]] {
    var audiences: [JournalPosition: [ForumKey: AudienceMember]] = [:]
    for (position, keys) in keys {
      guard case .post(let copy, let entry)? = loaded[position] else { continue }
      let audience = Audience(self, copy.post, visibleAt: entry.visibleAt)
      audiences[position] = Dictionary(
        try audience.among(keys.sortedTexts).map { (ForumKey($0.person.key), $0) },
        uniquingKeysWith: { first, _ in first })
    }
    return audiences
  }
}
