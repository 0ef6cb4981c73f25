import Time

/// One message of a forum, as the forum knows it at the moment of asking.
public struct Post: Hashable, Sendable {
  /// The post's name in the forum's own database; opaque.
  public var key: String
  /// Increases with every new post; decides nothing but where the collector looks for new ones.
  public var ordinal: Int64
  public var threadKey: String
  public var discussionKey: String
  /// What readers call it: `9240`, shown as `[#9240]`.
  public var number: String
  /// The post that this one answers, if the forum knows.
  public var parentKey: String?
  public var authorKey: String?
  public var authorName: String
  /// The post's own subject; empty where posts have none.
  public var subject: String
  public var body: String
  public var format: BodyFormat
  /// BCP 47 language of the text, if the forum knows.
  public var language: String?
  public var visibility: Visibility
  public var createdAt: Timestamp
  /// When it became visible, where the forum records that.
  public var visibleAt: Timestamp?
  /// Goes out at once, without the settling time (rule C4).
  public var isUrgent: Bool
  /// The post on the web.
  public var url: String?

  public init(
    key: String, ordinal: Int64, threadKey: String, discussionKey: String, number: String, parentKey: String? = nil,
    authorKey: String? = nil, authorName: String, subject: String = "", body: String, format: BodyFormat = .plain,
    language: String? = nil, visibility: Visibility = .visible, createdAt: Timestamp, visibleAt: Timestamp? = nil,
    isUrgent: Bool = false, url: String? = nil
  ) {
    self.key = key
    self.ordinal = ordinal
    self.threadKey = threadKey
    self.discussionKey = discussionKey
    self.number = number
    self.parentKey = parentKey
    self.authorKey = authorKey
    self.authorName = authorName
    self.subject = subject
    self.body = body
    self.format = format
    self.language = language
    self.visibility = visibility
    self.createdAt = createdAt
    self.visibleAt = visibleAt
    self.isUrgent = isUrgent
    self.url = url
  }
}

/// How a post's text is written.
public enum BodyFormat: String, Sendable, CaseIterable { case plain, markdown, html }

/// Whether readers can see a post. Only `visible` posts are mailed.
public enum Visibility: String, Sendable, CaseIterable { case pending, visible, hidden, deleted }
