import Time

/// Who keeps a person's preferences and watches: the forum itself, or the ledger for a forum that cannot.
public protocol PreferenceKeeper: Sendable {
  /// Whether it is the forum itself that keeps them.
  var isForum: Bool { get }
  /// Whether `ForumReader.changes` tells of what is changed here. Where it does not, whoever changes something moves
  /// the person's digest.
  var tellsChanges: Bool { get }
  /// Forgets notes of changes that were read, the oldest first.
  /// - Parameters:
  ///   - mark: up to which `ForumReader.changes` was read and dealt with.
  ///   - limit: how many at the most, in one transaction.
  /// - Returns: how many; fewer than the limit if there are no more.
  func forgetChanges(readTo mark: Int64, limit: Int) throws -> Int
  /// Forgets people who typed an address to sign up before a moment and never confirmed it.
  /// - Parameter limit: how many at the most, in one transaction.
  /// - Returns: how many; fewer than the limit if there are no more.
  func forgetSignUps(before moment: Timestamp, limit: Int) throws -> Int
  /// What is kept here of a person's preferences.
  func preferences(of participant: Participant) throws -> Preferences
  /// Changes a person's preferences: what the closure changes is written and nothing else.
  /// - Parameter change: given what is kept here now; it may be called again.
  func changePreferences(of participant: Participant, _ change: (inout Preferences) throws -> Void) throws
  /// Sets a watch or a mute, or changes the mode or mute of the one that is there; its time stays.
  /// - Parameter target: the key of the thread or discussion; empty for everything.
  func put(_ watch: Watch, target: String, of participant: Participant) throws
  /// Ends a watch or a mute.
  func removeWatch(_ scope: WatchScope, target: String, of participant: Participant, now: Timestamp) throws
    -> WatchRemoval
}

extension PreferenceKeeper {
  /// Nobody signs up here.
  public func forgetSignUps(before moment: Timestamp, limit: Int) throws -> Int { 0 }
}

/// What became of a watch that was to be removed.
public enum WatchRemoval: Hashable, Sendable {
  /// It was kept here and is gone.
  case removed
  /// There was none.
  case none
  /// It is the forum's own and cannot be removed from here: a mute silences it.
  case silenced
}
