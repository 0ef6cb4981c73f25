/// What must be known of a person, besides the forum's word, to decide.
public struct Standing: Hashable, Sendable {
  /// Put together from forum, ledger and configuration.
  public var preferences: EffectivePreferences
  /// The forum lets them read the post.
  public var mayRead: Bool
  /// The address is not to be mailed.
  public var isSuppressed: Bool

  /// - Parameter isSuppressed: nobody is, unless it is said.
  public init(preferences: EffectivePreferences, mayRead: Bool, isSuppressed: Bool = false) {
    self.preferences = preferences
    self.mayRead = mayRead
    self.isSuppressed = isSuppressed
  }
}
