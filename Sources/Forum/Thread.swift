/// A line of discussion.
public struct Thread: Hashable, Sendable {
  public var key: String
  public var discussionKey: String
  public var title: String
  /// The discussion's theme that the thread belongs to, if it has themes.
  public var theme: String?
  public var url: String?

  public init(key: String, discussionKey: String, title: String, theme: String? = nil, url: String? = nil) {
    self.key = key
    self.discussionKey = discussionKey
    self.title = title
    self.theme = theme
    self.url = url
  }
}
