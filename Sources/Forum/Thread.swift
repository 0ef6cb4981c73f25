/// A line of discussion.
public struct Thread: Hashable, Sendable {
  /// The thread's name in the forum's own database; opaque.
  public var key: String
  /// The discussion that it belongs to now.
  public var discussionKey: String
  /// As people wrote it; the subject of its mails is made of it.
  public var title: String
  /// The discussion's theme that the thread belongs to, if it has themes.
  public var theme: String?
  /// The thread on the web; nil where the forum does not tell.
  public var url: String?
  /// It takes no answers: moderators locked it.
  public var isClosed: Bool
  /// The key of the post that opens it, where the forum tells: all others are replies, whatever they answer (rule M4).
  public var firstPostKey: String?

  /// - Parameter theme: the theme's title, not its key.
  public init(
    key: String, discussionKey: String, title: String, theme: String? = nil, url: String? = nil, isClosed: Bool = false,
    firstPostKey: String? = nil
  ) {
    self.key = key
    self.discussionKey = discussionKey
    self.title = title
    self.theme = theme
    self.url = url
    self.isClosed = isClosed
    self.firstPostKey = firstPostKey
  }
}
