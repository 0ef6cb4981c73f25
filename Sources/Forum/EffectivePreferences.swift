import Time

/// What holds for a person: forum, ledger and configuration put together, nothing left open.
public struct EffectivePreferences: Hashable, Sendable {
  /// How copies reach them where a watch does not say (rule F2); off where all mail is stopped.
  public var mode: Mode
  /// They have stopped all mail: no watch's mode counts.
  public var isStopped = false
  /// When their digests come.
  public var digest: DigestSchedule
  /// The language of all that is ours in a mail.
  public var language: Language
  /// Whole posts in a digest, or their subjects.
  public var digestStyle: DigestStyle
  /// The MIME form of a digest.
  public var digestFormat: DigestFormat
  /// Mails without HTML.
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
