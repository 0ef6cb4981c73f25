/// Who may post in a discussion of the embedded forum.
public enum PostingRule: String, Sendable, CaseIterable {
  /// Whoever may read.
  case readers
  /// Members, and holders of roles, of whom that is said.
  case invited
}

/// What a discussion of the embedded forum says of those who come to it.
public struct DiscussionAccess: Hashable, Sendable {
  /// Only members, and holders of its roles, read it.
  public var isPrivate: Bool
  /// Posts wait for a moderator.
  public var isModerated: Bool
  /// Who may post.
  public var posting: PostingRule

  /// Open to everybody, unless more is said.
  public init(isPrivate: Bool = false, isModerated: Bool = false, posting: PostingRule = .readers) {
    (self.isPrivate, self.isModerated, self.posting) = (isPrivate, isModerated, posting)
  }
}

/// What somebody has been given in a discussion, as a member or by a role.
public struct Invitation: Hashable, Sendable {
  /// Where only invited people post.
  public var mayPost: Bool
  /// Approves, hides and moves posts, and posts without waiting.
  public var moderates: Bool

  /// To read and post, unless more is said.
  public init(mayPost: Bool = true, moderates: Bool = false) {
    (self.mayPost, self.moderates) = (mayPost, moderates)
  }
}

/// What somebody may do in a discussion, whatever its hours (rule F3).
public struct DiscussionRights: Hashable, Sendable {
  /// Its threads and the posts that can be seen.
  public let mayRead: Bool
  /// As long as it takes posts at all.
  public let mayPost: Bool
  /// Approves, hides and moves; reads what is hidden.
  public let moderates: Bool
  /// What they post waits for a moderator.
  public let isModerated: Bool

  /// - Parameters:
  ///   - isParticipant: signed in, with an account that is confirmed and not closed; anybody else is a guest.
  ///   - invitations: as a member, and by each role that they hold; what one of them gives, no other takes away.
  public init(_ access: DiscussionAccess, isParticipant: Bool, invitations: [Invitation]) {
    let invitations = isParticipant ? invitations : []
    moderates = invitations.contains(where: \.moderates)
    mayRead = !access.isPrivate || !invitations.isEmpty
    let isAsked = access.posting == .readers || invitations.contains(where: \.mayPost)
    mayPost = isParticipant && mayRead && (isAsked || moderates)
    isModerated = access.isModerated && !moderates
  }
}
