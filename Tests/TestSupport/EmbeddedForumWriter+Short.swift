import Forum
import ForumSources
import Time

/// Short words for what tests write all the time.
extension EmbeddedForumWriter {
  /// Adds a person; returns the key.
  @discardableResult
  public func addParticipant(
    name: String, address: String, isActive: Bool = true, isConfirmed: Bool = true,
    _ preferences: Preferences = Preferences()
  ) throws -> String {
    try addParticipant(
      ParticipantDraft(
        name: name, address: address, isActive: isActive, isConfirmed: isConfirmed, preferences: preferences))
  }

  /// Adds a post; returns the key.
  /// - Parameter moment: when it was made.
  @discardableResult
  public func addPost(
    thread: String, author: String?, body: String, subject: String = "", format: BodyFormat = .plain,
    language: String? = nil, parent: String? = nil, state: Visibility = .visible, isUrgent: Bool = false,
    url: String? = nil, at moment: Timestamp
  ) throws -> String {
    try addPost(
      PostDraft(
        thread: thread, author: author, body: body, subject: subject, format: format, language: language,
        parent: parent, visibility: state, isUrgent: isUrgent, url: url), at: moment)
  }
}
