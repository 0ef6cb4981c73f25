import Mail
import Time

extension Watcher {
  /// Who hears of a post, and why not (rules F1 to F4). Pure; asked when chosen and asked again when sent.
  ///
  /// Of several reasons the first here is told. The address is read last, and only where a mail would go.
  ///
  /// The most specific watch or mute says whether and how. A watch newer than the post takes nothing away that an
  /// older, less specific one gives: somebody who watches the discussion and now the thread too still hears of the
  /// posts between (rule F5). A mute counts from the moment it is set, for older posts too.
  /// - Parameters:
  ///   - authorKey: the post's author.
  ///   - visibleAt: when the post became visible.
  ///   - now: what a pause is measured by; the most that it may be where the clock is doubted.
  ///   - earliest: the least that it may be; nil for the same.
  ///   - wrongMoments: what a clock showed while it was ahead.
  ///   - forced: what an admin sets aside (rule A1). Who has stopped all mail, by a link or with a complaint, is sent
  ///     nothing whatever an admin says (RFC 8058).
  /// - Returns: by the watch that says so; where none does, but the admin, as by one of the thread.
  public func decide(
    authorKey: String?, visibleAt: Timestamp, standing: Standing, now: Timestamp,
    earliest: Timestamp? = nil, wrongMoments: ClosedRange<Timestamp>? = nil,
    settingAside forced: Set<Exemption> = []
  ) -> Decision {
    if standing.isErased { return .skipped(.erased) }
    let watch = watches.max(by: { $0.rank < $1.rank })
    if !forced.contains(.watch) {
      guard let watch else { return .skipped(.unwatched) }
      if watch.isMute { return .skipped(.muted) }
      if String.isSameKey(participant.key, authorKey), !standing.preferences.ownPosts { return .skipped(.ownPost) }
      if !isWatched(at: visibleAt, earliest ?? now, wrongMoments) { return .skipped(.olderThanWatch) }
    }
    if !participant.isActive { return .skipped(.inactive) }
    if !participant.isConfirmed { return .skipped(.unconfirmed) }
    if let until = standing.preferences.pausedUntil, until > now, !forced.contains(.mode) { return .skipped(.paused) }
    if standing.isSuppressed, !forced.contains(.suppressed) { return .skipped(.suppressed) }
    if !standing.mayRead, !forced.contains(.right) { return .skipped(.notReadable) }
    let preferences = standing.preferences
    var mode = watch.flatMap { $0.isMute ? nil : $0.mode } ?? preferences.mode
    if mode == .off, forced.contains(.mode) { mode = .instant }
    if preferences.isStopped { mode = .off }
    if mode != .off, (try? Address(participant.address)) == nil { return .skipped(.badAddress) }
    switch mode {
    case .off: return .skipped(.modeOff)
    case .instant: return .instant(watch?.scope ?? .thread)
    case .digest: return .digest(watch?.scope ?? .thread)
    }
  }

  /// Whether a watch that no mute overrides was there at the moment (rule F3). One that says it was set later than now,
  /// or while a clock was ahead, may have been set before: its age is unknown (rule E2).
  private func isWatched(at moment: Timestamp, _ now: Timestamp, _ wrong: ClosedRange<Timestamp>?) -> Bool {
    func isOlder(_ since: Timestamp) -> Bool { since <= moment || since > now || wrong?.contains(since) ?? false }
    let muted = watches.lazy.filter(\.isMute).map(\.scope).max()
    return watches.contains { watch in
      !watch.isMute && muted.map { watch.scope > $0 } ?? true && watch.since.map(isOlder) ?? true
    }
  }
}

extension Watch {
  /// The greatest decides (rule F1): the most specific; on the same thing a mute, then the newest wish. The mode comes
  /// last so that no order of the watches matters.
  fileprivate var rank: (WatchScope, Int, Timestamp, Int) {
    let modeRank = mode.flatMap(Mode.allCases.firstIndex) ?? -1
    return (scope, isMute ? 1 : 0, since ?? Timestamp(.min), modeRank)
  }
}
