import Forum
import Ledger
import Time

/// Keeps in the ledger what a foreign forum cannot keep. Such a forum is never written to.
struct LedgerKeeper: PreferenceKeeper {
  /// Where it is kept.
  let ledger: Ledger
  /// Asked what it keeps itself.
  let forum: any ForumReader

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

  func setPreferences(_ preferences: Preferences, of participant: Participant) throws {
    try ledger.setPreferences(preferences, of: person(participant).id)
  }

  func put(_ watch: Watch, target: String, of participant: Participant) throws {
    try ledger.put(Ledger.OwnWatch(person: person(participant).id, target: target, watch: watch))
  }

  /// A watch that the forum itself keeps is silenced by a mute; removed again, the mute goes.
  func removeWatch(_ scope: WatchScope, target: String, of participant: Participant, now: Timestamp) throws
    -> WatchRemoval
  {
    if try ledger.removeOwnWatch(person: person(participant).id, scope: scope, target: target) { return .removed }
    let kept = try forum.watches(of: participant.key)
    guard kept.contains(where: { $0.watch.scope == scope && $0.target == target }) else { return .none }
    try put(Watch(scope: scope, isMute: true, since: now), target: target, of: participant)
    return .silenced
  }
}
