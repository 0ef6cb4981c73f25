import Forum
import Foundation
import Identifiers
import Ledger
import Time

extension AudienceMember {
  /// What takes them out of the audience, by what the forum says of them; nil for somebody who is there, even if they do
  /// not get the post for a reason of its own.
  public var absence: Turnout.Absence? {
    switch decision {
    case .skipped(.unwatched): .unwatched
    case .skipped(.inactive): .inactive
    case .skipped(.unconfirmed): .unconfirmed
    case .skipped(.badAddress): .unreachable
    case .skipped(.modeOff): .off
    case .skipped(.notReadable): .barred
    case .instant, .digest, .skipped: nil
    }
  }
}

extension Audience {
  /// How many people are asked about at first; and how many if too few of those are there.
  private static let samples = [50, 2000]
  /// Seconds after which it is no wonder if somebody is not there any more.
  private static let fresh: Int64 = 90 * 86_400

  /// How many of those who were to have the post, or the last ones before it, could have it now. Asks the forum about
  /// nobody where fewer are known than could all go.
  /// - Parameters:
  ///   - floor: posts up to this position prove nothing.
  ///   - there: people who are known to be there: if that is enough of them, nobody is asked about.
  public func turnout(
    of entry: JournalEntry, after floor: JournalPosition, there: Set<PersonID> = []
  ) throws -> Turnout {
    var turnout = Turnout()
    for limit in Audience.samples {
      let known = try members.ledger.knownReaders(
        of: entry, thread: post.threadKey, discussion: post.discussionKey, after: floor,
        since: members.now() - Audience.fresh, moreThan: Turnout.few, limit: limit)
      let missing = known.people.subtracting(there).count
      guard known.people.count > Turnout.few, !Turnout.isPlausible(missing, of: known.people.count) else {
        return Turnout()
      }
      let people = try members.ledger.people(ids: known.people).values
      let keys = people.lazy.filter { !$0.isErased }.map(\.key).sorted()
      turnout = try self.turnout(of: keys, known.posts.filter { $0 != entry.position })
      if turnout.isPlausible { break }
    }
    return turnout
  }

  /// - Parameter earlier: the posts that they were to have.
  private func turnout(of keys: [String], _ earlier: [JournalPosition]) throws -> Turnout {
    let page = try page(among: keys)
    let unreadable = page.faults.map(\.key).distinctKeys
    let found = Dictionary(
      try judge(page).map { (ForumKey($0.person.key), $0) }, uniquingKeysWith: { first, _ in first })
    var absences: [ForumKey: Turnout.Absence?] = [:]
    for key in keys where !unreadable.contains(key) { absences[key] = found[key].map(\.absence) ?? .missing }
    // A post may be private where others are not.
    let barred = absences.filter { $0.value == .barred }.keys.map(\.text).sorted()
    if !Turnout.isPlausible(barred.count, of: absences.count) {
      for key in try stillReading(earlier, barred) { absences[key] = .some(nil) }
    }
    var turnout = Turnout()
    for absence in absences.values { turnout.count(absence) }
    return turnout
  }

  /// Who of these people may still read the nearest of the posts that they were to have, as far as it is shown.
  private func stillReading(_ earlier: [JournalPosition], _ keys: [String]) throws -> [String] {
    guard let nearest = earlier.first,
      let entry = try members.ledger.journalEntries(positions: [nearest]).first, !entry.isReplaced,
      let post = try members.forum.posts(keys: [entry.postKey], .standing).first, post.visibility == .visible
    else { return [] }
    let readers = try members.forum.readers(of: post, among: keys)
    return keys.filter(readers.contains)
  }
}

extension Ledger {
  private static let doubtsNote = "doubts"

  /// What is doubted of the forum's answers; nothing where a later program has written it in another way.
  public func doubts() throws -> Doubts { Doubts(note: try note(Ledger.doubtsNote)) }

  /// Changes what is doubted, in one transaction.
  public func changeDoubts(_ change: (inout Doubts) -> Void) throws {
    try changeNote(Ledger.doubtsNote) { note in
      var doubts = Doubts(note: note)
      change(&doubts)
      return String(decoding: try JSONEncoder().encode(doubts), as: UTF8.self)
    }
  }

  /// The admin's word that whoever is not found now is gone.
  /// - Returns: whether anything was doubted.
  public func releaseDoubts(now: Timestamp) throws -> Bool {
    let wasDoubted = try !doubts().standing(at: now).isEmpty
    let last = try lastPosition()
    try changeDoubts { $0.release(last: last) }
    return wasDoubted
  }
}

extension Doubts {
  fileprivate init(note: String?) {
    let kept = note.flatMap { try? JSONDecoder().decode(Doubts.self, from: Data($0.utf8)) }
    self = kept ?? Doubts()
  }
}
