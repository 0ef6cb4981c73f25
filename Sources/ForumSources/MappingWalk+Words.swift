import Forum

/// What two queries say of one person, in words.
extension MappingWalk {
  /// The first column in which one person differs between two queries.
  func difference(_ a: Participant, _ b: Participant, _ query: String) -> String? {
    for (name, value) in MappingWalk.choices where value(a) != value(b) {
      return "participant \(a.key) has `\(value(a))` as `\(name)`, and `\(value(b))` by the query `\(query)`"
    }
    return nil
  }

  /// Those by which it is decided, in one place and the other.
  private static let choices: [(String, @Sendable (Participant) -> String)] = [
    ("address", { $0.address }), ("active", { "\($0.isActive)" }), ("confirmed", { "\($0.isConfirmed)" }),
    ("mode", { $0.preferences.mode?.rawValue ?? "NULL" }),
    ("digest_period", { $0.preferences.digestPeriod?.rawValue ?? "NULL" }),
    ("digest_hour", { $0.preferences.digestHour.map(String.init) ?? "NULL" }),
    ("digest_weekday", { ($0.preferences.digestWeekday?.isoNumber).map { "\($0)" } ?? "NULL" }),
    ("zone", { $0.preferences.zone ?? "NULL" }), ("own_posts", { $0.preferences.ownPosts.map { "\($0)" } ?? "NULL" }),
    ("paused_until", { $0.preferences.pausedUntil?.description ?? "NULL" }),
  ]

  /// `a mute on discussion, a watch on thread 11 in mode digest since 2026-05-26T12:00:00Z`
  /// - Parameter target: the key of what is watched, where it is to be told.
  func words(_ watches: [Watch], on target: String = "") -> String {
    if watches.isEmpty { return "no watch" }
    return "a "
      + watches.map { watch in
        [
          watch.isMute ? "mute" : "watch", "on", watch.scope.rawValue, target.isEmpty ? nil : target,
          watch.mode.map { "in mode \($0.rawValue)" }, watch.since.map { "since \($0)" },
        ].compactMap(\.self).joined(separator: " ")
      }.sorted().joined(separator: ", a ")
  }
}
