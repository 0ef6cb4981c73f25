/// A post that is to be added to a forum; its key, number and ordinal are the forum's to give.
public struct PostDraft: Hashable, Sendable {
  /// The key of the thread that it goes to.
  public var thread: String
  /// The key of its author; nil for nobody whom the forum knows.
  public var author: String?
  /// As people wrote it, in `format`.
  public var body: String
  /// Its own subject; empty where posts have none.
  public var subject: String
  /// How the body is written.
  public var format: BodyFormat
  /// BCP 47 language of the text, if it is known.
  public var language: String?
  /// The key of the post that it answers.
  public var parent: String?
  /// `pending` in a moderated discussion.
  public var visibility: Visibility
  /// Goes out at once, without the settling time (rule C4).
  public var isUrgent: Bool
  /// The post on the web.
  public var url: String?

  /// A plain, visible post, unless more is said.
  public init(
    thread: String, author: String?, body: String, subject: String = "", format: BodyFormat = .plain,
    language: String? = nil, parent: String? = nil, visibility: Visibility = .visible, isUrgent: Bool = false,
    url: String? = nil
  ) {
    self.thread = thread
    self.author = author
    self.body = body
    self.subject = subject
    self.format = format
    self.language = language
    self.parent = parent
    self.visibility = visibility
    self.isUrgent = isUrgent
    self.url = url
  }
}
