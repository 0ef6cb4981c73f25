import Mail

/// What fan-out decided for one person and one post (rule F4).
public enum Decision: Hashable, Sendable {
  /// A copy at once, because of this watch.
  case instant(WatchScope)
  /// In the next digest, because of this watch.
  case digest(WatchScope)
  case skipped(SkipReason)
}

/// Why somebody was not mailed: the closed list of rule F4. The raw value stands in the ledger.
public enum SkipReason: String, Sendable, CaseIterable, Error {
  case unwatched, muted, ownPost = "own-post", olderThanWatch = "older-than-watch"
  case modeOff = "mode-off", paused
  case inactive, unconfirmed, badAddress = "bad-address", suppressed
  case notReadable = "not-readable", hidden, gone
}

/// What must be known of a person, besides the forum's word, to decide.
public struct Standing: Hashable, Sendable {
  /// The wishes, complete as far as forum, ledger and configuration know them.
  public var preferences: Preferences
  public var mayRead: Bool
  public var isSuppressed: Bool

  public init(preferences: Preferences, mayRead: Bool, isSuppressed: Bool = false) {
    (self.preferences, self.mayRead, self.isSuppressed) = (preferences, mayRead, isSuppressed)
  }
}

extension Watcher {
  /// Who hears of a post, and why not (rules F1 to F4). Pure; asked when chosen and asked again when sent.
  /// - Parameters:
  ///   - authorKey: the post's author.
  ///   - visibleAt: when the post became visible.
  public func decide(authorKey: String?, visibleAt: Timestamp, standing: Standing, now: Timestamp) -> Decision {
    guard let watch = watches.max(by: { ($0.scope, $0.isMute ? 1 : 0) < ($1.scope, $1.isMute ? 1 : 0) }) else {
      return .skipped(.unwatched)
    }
    if watch.isMute { return .skipped(.muted) }
    if participant.key == authorKey, standing.preferences.ownPosts != true { return .skipped(.ownPost) }
    if let since = watch.since, since > visibleAt { return .skipped(.olderThanWatch) }
    if !participant.isActive { return .skipped(.inactive) }
    if !participant.isConfirmed { return .skipped(.unconfirmed) }
    if let until = standing.preferences.pausedUntil, until > now { return .skipped(.paused) }
    if standing.isSuppressed { return .skipped(.suppressed) }
    if !standing.mayRead { return .skipped(.notReadable) }
    switch watch.mode ?? standing.preferences.mode ?? .instant {
    case .off: return .skipped(.modeOff)
    case .instant, .digest:
      guard (try? Address(participant.address)) != nil else { return .skipped(.badAddress) }
      return (watch.mode ?? standing.preferences.mode) == .digest ? .digest(watch.scope) : .instant(watch.scope)
    }
  }
}
