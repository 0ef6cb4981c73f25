import Forum
import Ledger
import Membership

/// What holds for a person; its keys are an interface.
struct ParticipantReport: Encodable {
  /// A preference as it holds, and whether the configuration gives it since nobody chose.
  struct Choice: Encodable {
    /// As `participant set` takes it.
    var value: String
    var isDefault: Bool
  }

  /// Why mail to the address is stopped.
  struct Stop: Encodable {
    /// In UTC.
    var since: String
    /// What was said last, or what the admin wrote.
    var reason: String
    /// Left out: never, or a try is on its way.
    var nextTry: String?
  }

  /// The forum's key, and what it knows of the person.
  var participant, name, address: String
  /// `active`, `inactive` or `unconfirmed`.
  var account: String
  /// They have stopped all mail: nothing below counts.
  var stopped: Bool
  /// By the options of `participant set`: mode, period, hour, weekday, zone, language, style, format, text-only,
  /// own-posts.
  var preferences: [String: Choice]
  /// In UTC; left out where there is no pause.
  var pausedUntil: String?
  /// Left out where the address is mailed.
  var suppression: Stop?
  /// Watches and mutes.
  var watches: [WatchReport]
}

/// A watch or a mute; its keys are an interface.
struct WatchReport: Encodable {
  /// `thread`, `discussion` or `everything`.
  var scope: String
  /// The forum's key of the thread or discussion; left out of everything.
  var target: String?
  /// Left out where the forum does not tell.
  var title: String?
  var mute: Bool
  /// How its posts come; left out: as the person has chosen for all.
  var mode: String?
  /// In UTC; left out where it is not known.
  var since: String?
  /// `forum` or `watchpost`.
  var keptBy: String

  init(_ watch: Watch, _ target: String, _ title: String, keptBy: String) {
    scope = watch.scope.rawValue
    self.target = watch.scope == .everything ? nil : target
    self.title = title.isEmpty ? nil : title
    mute = watch.isMute
    mode = watch.mode?.rawValue
    since = watch.since?.description
    self.keptBy = keptBy
  }
}

extension Members {
  func report(of participant: Participant) throws -> ParticipantReport {
    let person = try person(participant)
    let (chosen, effective) = (chosen(by: participant, person), preferences(of: participant, person))
    func choice<T>(_ preference: KeyPath<Preferences, T?>, _ value: String) -> ParticipantReport.Choice {
      .init(value: value, isDefault: chosen[keyPath: preference] == nil)
    }
    let digest = effective.digest
    return ParticipantReport(
      participant: participant.key, name: participant.name, address: participant.address,
      account: !participant.isActive ? "inactive" : participant.isConfirmed ? "active" : "unconfirmed",
      stopped: effective.isStopped,
      preferences: [
        "mode": choice(\.mode, effective.mode.rawValue), "period": choice(\.digestPeriod, digest.period.rawValue),
        "hour": choice(\.digestHour, "\(digest.hour)"),
        "weekday": choice(\.digestWeekday, "\(digest.weekday.isoNumber)"), "zone": choice(\.zone, digest.zone),
        "language": choice(\.language, effective.language.rawValue),
        "style": choice(\.digestStyle, effective.digestStyle.rawValue),
        "format": choice(\.digestFormat, effective.digestFormat.rawValue),
        "text-only": choice(\.textOnly, effective.textOnly ? "yes" : "no"),
        "own-posts": choice(\.ownPosts, effective.ownPosts ? "yes" : "no"),
      ],
      pausedUntil: effective.pausedUntil?.description,
      suppression: try ledger.suppression(of: participant.address).map {
        .init(since: $0.since.description, reason: $0.reason, nextTry: $0.nextProbe?.description)
      }, watches: try watchReports(of: participant))
  }

  /// The forum's own, then those that the ledger keeps.
  func watchReports(of participant: Participant) throws -> [WatchReport] {
    let (kept, own) = try watches(of: participant)
    return kept.map { WatchReport($0.watch, $0.target, $0.title, keptBy: "forum") }
      + own.map { WatchReport($0.watch, $0.target, "", keptBy: "watchpost") }
  }
}
