import Time

/// How copies reach a person (rule F2).
public enum Mode: String, Sendable, CaseIterable { case instant, digest, off }
/// How often a digest comes (rule D1).
public enum DigestPeriod: String, Sendable, CaseIterable { case daily, weekly }
/// Full texts, or the table of contents alone (rule D2).
public enum DigestStyle: String, Sendable, CaseIterable { case full, subjects }
/// The MIME form of a digest (rule D4): `multipart/alternative`, RFC 1153 plain text, or `multipart/digest`.
public enum DigestFormat: String, Sendable, CaseIterable { case alternative, plain, mime }

/// What one place knows of a person's choices: forum, ledger or command line. What is nil is left to the next place.
///
/// Nobody decides from these: `resolved(with:)` makes them whole first.
public struct Preferences: Hashable, Sendable {
  public var mode: Mode?
  public var digestPeriod: DigestPeriod?
  /// Local hour, 0...23; a number beyond counts as the nearest.
  public var digestHour: Int?
  public var digestWeekday: Weekday?
  /// IANA time zone: `Africa/Nairobi`; an unknown one counts as UTC.
  public var zone: String?
  public var language: Language?
  public var digestStyle: DigestStyle?
  public var digestFormat: DigestFormat?
  public var textOnly: Bool?
  /// Whether they want copies of their own posts.
  public var ownPosts: Bool?
  public var pausedUntil: Timestamp?

  /// Nothing is known.
  public init() {}

  /// These choices, and where one is silent, `other`'s.
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

  /// The whole of what holds for the person: these choices, and where one is silent, the installation's.
  public func resolved(with defaults: EffectivePreferences) -> EffectivePreferences {
    var whole = defaults
    whole.mode = mode ?? defaults.mode
    whole.digest = DigestSchedule(
      period: digestPeriod ?? defaults.digest.period, hour: digestHour ?? defaults.digest.hour,
      weekday: digestWeekday ?? defaults.digest.weekday, zone: zone ?? defaults.digest.zone)
    whole.language = language ?? defaults.language
    whole.digestStyle = digestStyle ?? defaults.digestStyle
    whole.digestFormat = digestFormat ?? defaults.digestFormat
    whole.textOnly = textOnly ?? defaults.textOnly
    whole.ownPosts = ownPosts ?? defaults.ownPosts
    whole.pausedUntil = pausedUntil
    return whole
  }
}

/// When a person's digests come (rule D1).
public struct DigestSchedule: Hashable, Sendable {
  public var period: DigestPeriod
  /// Local hour, 0...23.
  public let hour: Int
  /// Counts where the period is weekly.
  public var weekday: Weekday
  /// IANA time zone; an unknown one counts as UTC.
  public var zone: String

  /// - Parameter hour: one beyond 0...23 becomes the nearest.
  public init(period: DigestPeriod = .daily, hour: Int = 7, weekday: Weekday = .monday, zone: String = "UTC") {
    self.period = period
    self.hour = min(max(hour, 0), 23)
    self.weekday = weekday
    self.zone = zone
  }
}

/// What holds for a person: forum, ledger and configuration put together, nothing left open.
public struct EffectivePreferences: Hashable, Sendable {
  public var mode: Mode
  public var digest: DigestSchedule
  public var language: Language
  public var digestStyle: DigestStyle
  public var digestFormat: DigestFormat
  public var textOnly: Bool
  /// Whether they get copies of their own posts.
  public var ownPosts: Bool
  /// No mail until then; nil: no pause.
  public var pausedUntil: Timestamp?

  /// What holds where nobody said anything.
  public init(
    mode: Mode = .instant, digest: DigestSchedule = DigestSchedule(), language: Language = .en,
    digestStyle: DigestStyle = .full, digestFormat: DigestFormat = .alternative, textOnly: Bool = false,
    ownPosts: Bool = false, pausedUntil: Timestamp? = nil
  ) {
    self.mode = mode
    self.digest = digest
    self.language = language
    self.digestStyle = digestStyle
    self.digestFormat = digestFormat
    self.textOnly = textOnly
    self.ownPosts = ownPosts
    self.pausedUntil = pausedUntil
  }
}
