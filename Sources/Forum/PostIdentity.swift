import Time

/// By what a post is known again, beside its key: after a forum was restored from a backup its keys are given anew (rule
/// E3).
public struct PostIdentity: Hashable, Sendable {
  /// nil for a guest.
  public var authorKey: String?
  /// As the forum has it.
  public var createdAt: Timestamp

  /// What is known of a post.
  public init(authorKey: String?, createdAt: Timestamp) {
    self.authorKey = authorKey
    self.createdAt = createdAt
  }

  /// Whether it is another post: moderators anonymise posts, and move them in time, but not both at once between two
  /// looks at one post.
  public func isAnother(than other: PostIdentity) -> Bool {
    createdAt != other.createdAt && !String.isSameKey(authorKey, other.authorKey)
  }
}

extension Post {
  /// By what it is known again.
  public var identity: PostIdentity { PostIdentity(authorKey: authorKey, createdAt: createdAt) }
}
