import Time

/// The write side of a forum, beside `ForumReader`. A forum without a way in has none.
///
/// Each throws `ForumError` or the database's own error; what it throws has left nothing behind.
public protocol ForumWriter: Sendable {
  /// Adds a post; returns its key.
  func addPost(_ draft: PostDraft, at moment: Timestamp) throws -> String
  /// Approves, hides or deletes a post.
  func setVisibility(_ visibility: Visibility, ofPost post: String) throws
  /// Makes a person; returns their key.
  func addParticipant(_ draft: ParticipantDraft) throws -> String
}
