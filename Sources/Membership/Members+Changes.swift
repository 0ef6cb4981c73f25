import Forum
import Ledger

/// Changes of what somebody wants, wherever it is kept.
extension Members {
  /// Changes a person's preferences; their digest moves with them (rules D1, F5).
  /// - Parameter change: given what is kept of them, not what holds for them: what they leave alone stays the forum's
  ///   and the configuration's to say.
  public func changePreferences(of participant: Participant, _ change: (inout Preferences) throws -> Void) throws {
    try keeper.changePreferences(of: participant, change)
    try moveDigestIfUntold(of: participant)
  }

  /// What is kept of a person's choices and counts for nothing, since the forum has a word of its own.
  /// - Returns: the columns' names, with the forum's values as its column would have them.
  public func overruled(_ participant: Participant) throws -> [(choice: String, forum: String)] {
    func values(_ preferences: Preferences) -> [String?] {
      preferences.columnValues({ $0 }, { $0.map(String.init) })
    }
    let kept = values(try keeper.preferences(of: participant))
    let told = values(participant.preferences)
    return zip(Preferences.columnNames, zip(kept, told)).compactMap { name, value in
      guard let kept = value.0, let told = value.1, kept != told else { return nil }
      return (name, told)
    }
  }

  /// What the forum itself decides for a person, and nothing that is chosen here changes; nothing where it keeps what is
  /// chosen here.
  public func decidedByForum(for participant: Participant) -> Preferences {
    keeper.isForum ? Preferences() : participant.preferences
  }

  /// Sets a watch or a mute, or changes the one that is there.
  /// - Parameter target: the key of the thread or discussion; empty for everything.
  public func put(_ watch: Watch, target: String, of participant: Participant) throws {
    if let mode = watch.mode, mode != .off { try narrowStop(of: participant) }
    try keeper.put(watch, target: target, of: participant)
    try moveDigestIfUntold(of: participant)
  }

  /// Ends a watch or a mute, now; what was decided by it stays decided.
  public func removeWatch(_ scope: WatchScope, target: String, of participant: Participant) throws -> WatchRemoval {
    let removal = try keeper.removeWatch(scope, target: target, of: participant, now: now())
    try moveDigestIfUntold(of: participant)
    return removal
  }

  /// Everything that a person watches or mutes: what the forum keeps, then what the ledger keeps.
  public func watches(of participant: Participant) throws -> (forum: [ListedWatch], ledger: [Ledger.OwnWatch]) {
    (try readableWatches(of: participant), try ledger.ownWatches(of: person(participant).id))
  }

  /// The forum's word about one person's watches, whole or not at all.
  private func readableWatches(of participant: Participant) throws -> [ListedWatch] {
    let answer = try forum.watches(of: participant.key)
    if let fault = answer.faults.first { throw ForumError(.row, fault.description) }
    return answer.rows
  }

  /// The person's next digest is due when they want it now, and at once if they changed from digest to instant. Of a
  /// keeper that tells its changes the digest job learns them by itself. A crash before this leaves the slot at its old
  /// hour: the digest is then written at that hour, by the new choices, and never lost.
  private func moveDigestIfUntold(of participant: Participant) throws {
    if !keeper.tellsChanges { try moveDigest(of: participant) }
  }

  func moveDigest(of participant: Participant) throws {
    try ledger.moveSlots(slots(of: [participant.key]), changesRead: nil, now: now())
  }
}
