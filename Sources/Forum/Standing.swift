/// What must be known of a person, besides the forum's word, to decide.
public struct Standing: Hashable, Sendable {
  /// Put together from forum, ledger and configuration.
  public var preferences: EffectivePreferences
  /// The forum lets them read the post.
  public var mayRead: Bool
  /// The address is not to be mailed.
  public var isSuppressed: Bool
  /// They were erased here, whatever the forum says of them.
  public var isErased: Bool

  /// - Parameters:
  ///   - isSuppressed: nobody is, unless it is said.
  ///   - isErased: nor was anybody erased.
  public init(preferences: EffectivePreferences, mayRead: Bool, isSuppressed: Bool = false, isErased: Bool = false) {
    self.isErased = isErased
    self.preferences = preferences
    self.mayRead = mayRead
    self.isSuppressed = isSuppressed
  }
}
