import Time

/// One message of a forum, as the forum knows it at the moment of asking.
public struct Post: Hashable, Sendable {
  /// The post's name in the forum's own database; opaque.
  public var key: String
  /// Increases with every new post; decides nothing but where the collector looks for new ones.
  public var ordinal: Int64
  /// The thread that it stands in now: it may be moved.
  public var threadKey: String
  /// The discussion of that thread.
  public var discussionKey: String
  /// What readers call it: `9240`, shown as `[#9240]`.
  public var number: String
  /// The post that this one answers, if the forum knows.
  public var parentKey: String?
  /// Who wrote it; nil for a guest, or for somebody whom the forum has forgotten.
  public var authorKey: String?
  /// As the forum shows it; empty where it knows none.
  public var authorName: String
  /// The post's own subject; empty where posts have none.
  public var subject: String
  /// As people wrote it; hostile until it is composed.
  public var body: String
  /// Octets of the body, where they were asked for instead of the body itself.
  public var bodyOctets: Int?
  /// How the body is written.
  public var format: BodyFormat
  /// BCP 47 language of the text, if the forum knows.
  public var language: String?
  /// As it stands now.
  public var visibility: Visibility
  /// By the forum's clock, which need not be ours.
  public var createdAt: Timestamp
  /// When it became visible, where the forum records that.
  public var visibleAt: Timestamp?
  /// Goes out at once, without the settling time (rule C4).
  public var isUrgent: Bool
  /// The post on the web.
  public var url: String?

  /// A plain, visible post, unless more is said.
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

extension Post {
  /// A post that a discussion might have: to ask who may read there.
  public init(anyOf discussion: String) {
    self.init(
      key: "", ordinal: 0, threadKey: "", discussionKey: discussion, number: "", authorName: "", body: "",
      createdAt: Timestamp(0))
  }

  /// How many ordinals, up to the newest, the first run looks into for posts that are still to come there: one that turns
  /// up below counts as old and is not mailed (rules C2, C3).
  public static let firstLookBack: Int64 = 1000
}

/// How a post's text is written.
public enum BodyFormat: String, Sendable, CaseIterable {
  /// Text whose lines and spaces count.
  case plain
  /// CommonMark with GitHub's extensions.
  case markdown
  /// HTML as browsers read it, cut down when it is composed (rule M5).
  case html
  /// BBCode as MyBB, phpBB and pybbm have it.
  case bbcode
  /// Textile as Redmine has it.
  case textile
}

/// Whether readers can see a post. Only `visible` posts are mailed.
public enum Visibility: String, Sendable, CaseIterable {
  /// Waits for a moderator, and was never shown.
  case pending
  /// Everybody who may read it can.
  case visible
  /// Was shown, and is not now; it may be shown again (rule C6).
  case hidden
  /// Is not to come back; should it all the same, it counts as shown again.
  case deleted
}
