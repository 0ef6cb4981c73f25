import Mail

/// A registered person, as the forum knows them.
public struct Participant: Hashable, Sendable {
  /// The person's name in the forum's own database; opaque.
  public var key: String
  public var name: String
  /// As the forum has it; not yet known to be an address.
  public var address: String
  public var isActive: Bool
  public var isConfirmed: Bool
  /// What the forum knows of the person's wishes; the rest stands in the ledger or in the configuration.
  public var preferences: Preferences

  public init(
    key: String, name: String, address: String, isActive: Bool = true, isConfirmed: Bool = true,
    preferences: Preferences = Preferences()
  ) {
    self.key = key
    self.name = name
    self.address = address
    self.isActive = isActive
    self.isConfirmed = isConfirmed
    self.preferences = preferences
  }
}

/// How copies reach a person (rule F2).
public enum Mode: String, Sendable, CaseIterable { case instant, digest, off }
public enum DigestPeriod: String, Sendable, CaseIterable { case daily, weekly }
/// Full texts, or the table of contents alone (rule D2).
public enum DigestStyle: String, Sendable, CaseIterable { case full, subjects }
/// The MIME form of a digest (rule D4): `multipart/alternative`, RFC 1153 plain text, or `multipart/digest`.
public enum DigestFormat: String, Sendable, CaseIterable { case alternative, plain, mime }

/// A person's wishes, each of which may be left to the next source: forum, then ledger, then configuration.
public struct Preferences: Hashable, Sendable {
  public var mode: Mode?
  public var digestPeriod: DigestPeriod?
  /// Local hour, 0...23.
  public var digestHour: Int?
  /// ISO weekday, 1 (Monday) ... 7.
  public var digestWeekday: Int?
  /// IANA time zone: `Africa/Nairobi`.
  public var zone: String?
  /// One of the six UN languages: `ar`, `en`, `es`, `fr`, `ru`, `zh`.
  public var language: String?
  public var digestStyle: DigestStyle?
  public var digestFormat: DigestFormat?
  public var textOnly: Bool?
  /// Whether they want copies of their own posts.
  public var ownPosts: Bool?
  public var pausedUntil: Timestamp?

  public init() {}

  /// These wishes, and where one is silent, `other`'s.
  public func filled(from other: Preferences?) -> Preferences {
    guard let other else { return self }
    var merged = self
    merged.mode = mode ?? other.mode
    merged.digestPeriod = digestPeriod ?? other.digestPeriod
    merged.digestHour = digestHour ?? other.digestHour
    merged.digestWeekday = digestWeekday ?? other.digestWeekday
    merged.zone = zone ?? other.zone
    merged.language = language ?? other.language
    merged.digestStyle = digestStyle ?? other.digestStyle
    merged.digestFormat = digestFormat ?? other.digestFormat
    merged.textOnly = textOnly ?? other.textOnly
    merged.ownPosts = ownPosts ?? other.ownPosts
    merged.pausedUntil = pausedUntil ?? other.pausedUntil
    return merged
  }
}

/// What a watch is on; the later case is the more specific (rule F1).
public enum WatchScope: String, Sendable, CaseIterable, Comparable {
  case everything, discussion, thread

  public static func < (a: WatchScope, b: WatchScope) -> Bool { a.specificity < b.specificity }

  private var specificity: Int {
    switch self {
    case .everything: 0
    case .discussion: 1
    case .thread: 2
    }
  }
}

/// A participant's standing wish to hear of a thread, a discussion or everything; or, as a mute, not to.
public struct Watch: Hashable, Sendable {
  public var scope: WatchScope
  public var isMute: Bool
  /// Beats the participant's default mode (rule F2).
  public var mode: Mode?
  /// When it was set; nil where the forum keeps no time: such a watch is older than any post (rule F3).
  public var since: Timestamp?

  public init(scope: WatchScope, isMute: Bool = false, mode: Mode? = nil, since: Timestamp? = nil) {
    (self.scope, self.isMute, self.mode, self.since) = (scope, isMute, mode, since)
  }
}

/// A participant with those of their watches that bear on one thread.
public struct Watcher: Hashable, Sendable {
  public var participant: Participant
  public var watches: [Watch]

  public init(participant: Participant, watches: [Watch]) { (self.participant, self.watches) = (participant, watches) }
}
