import Forum
import Ledger
import Time

/// Keeps in the ledger what a foreign forum cannot keep. Such a forum is never written to.
struct LedgerKeeper: PreferenceKeeper {
  /// Where it is kept.
  let ledger: Ledger
  /// Asked what it keeps itself.
  let forum: any ForumReader

  var isForum: Bool { false }

  /// The forum's changes are not ours.
  var tellsChanges: Bool { false }

  /// Nothing is noted.
  func forgetChanges(readTo mark: Int64, limit: Int) -> Int { 0 }

  /// Somebody whom the ledger does not know is given a number: something is about to be kept of them.
  private func person(_ participant: Participant) throws -> Person {
    try ledger.person(key: participant.key)
  }

  func preferences(of participant: Participant) throws -> Preferences {
    try person(participant).preferences ?? Preferences()
  }

  func changePreferences(of participant: Participant, _ change: (inout Preferences) throws -> Void) throws {
    try ledger.changePreferences(of: person(participant).id, change)
  }

  func put(_ watch: Watch, target: String, of participant: Participant) throws {
    try ledger.put(Ledger.OwnWatch(person: person(participant).id, target: target, watch: watch))
  }

  /// A watch that the forum itself keeps is silenced by a mute, also where its mode was changed here; a mute that is
  /// removed lets it be heard again.
  func removeWatch(_ scope: WatchScope, target: String, of participant: Participant, now: Timestamp) throws
    -> WatchRemoval
  {
    let person = try person(participant).id
    let own = try ledger.ownWatches(of: person).first { $0.watch.scope == scope && $0.target == target }
    if own?.watch.isMute == true {
      return try ledger.removeOwnWatch(person: person, scope: scope, target: target) ? .removed : .none
    }
    let kept = try forum.watches(of: participant.key)
    guard kept.contains(where: { $0.watch.scope == scope && $0.target == target && !$0.watch.isMute }) else {
      return try ledger.removeOwnWatch(person: person, scope: scope, target: target) ? .removed : .none
    }
    try put(Watch(scope: scope, isMute: true, since: now), target: target, of: participant)
    return .silenced
  }
}
