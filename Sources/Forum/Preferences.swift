import Time

/// How copies reach a person (rule F2).
public enum Mode: String, Codable, Sendable, CaseIterable {
  /// A mail for each post.
  case instant
  /// Many posts in one mail, at the person's hour.
  case digest
  /// None, though the watch stays.
  case off
}

/// How often a digest comes (rule D1).
public enum DigestPeriod: String, Codable, Sendable, CaseIterable { case daily, weekly }

/// Full texts, or the table of contents alone (rule D2).
public enum DigestStyle: String, Sendable, CaseIterable { case full, subjects }

/// The MIME form of a digest (rule D4): `multipart/alternative`, RFC 1153 plain text, or `multipart/digest`.
public enum DigestFormat: String, Sendable, CaseIterable { case alternative, plain, mime }

/// What one place knows of a person's choices: forum, ledger or command line. What is nil is left to the next place.
///
/// Nobody decides from these: `resolved(with:)` makes them whole first.
public struct Preferences: Hashable, Sendable {
  /// How copies reach them where a watch does not say (rule F2).
  public var mode: Mode?
  /// How often a digest comes.
  public var digestPeriod: DigestPeriod?
  /// Local hour, 0...23; a number beyond counts as the nearest.
  public var digestHour: Int?
  /// The day of a weekly digest; it counts for nothing in a daily one.
  public var digestWeekday: Weekday?
  /// IANA time zone: `Africa/Nairobi`; an unknown one counts as UTC.
  public var zone: String?
  /// The language of all that is ours in a mail; posts stay in their own.
  public var language: Language?
  /// Whole posts in a digest, or their subjects.
  public var digestStyle: DigestStyle?
  /// The MIME form of a digest.
  public var digestFormat: DigestFormat?
  /// True for mails without HTML.
  public var textOnly: Bool?
  /// Whether they want copies of their own posts.
  public var ownPosts: Bool?
  /// No mail until then. A moment that is past is no pause.
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
