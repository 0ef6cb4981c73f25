import Identifiers

/// A post with all that a mail needs to know of it; the same for every recipient.
public struct PostCopy: Sendable {
  /// A post that stands in the journal.
  public struct Journalled: Hashable, Sendable {
    /// Its place in the journal.
    public var position: JournalPosition
    /// The number of the key that was current when the post was journalled (rule M4).
    public var key: UInt8

    /// A place with its key, which the journal keeps together.
    public init(position: JournalPosition, key: UInt8) {
      self.position = position
      self.key = key
    }
  }

  /// The post that another one answers, as readers are told of it.
  public struct Answered: Hashable, Sendable {
    /// What readers call it: `9239`.
    public var number: String
    /// As the forum shows it; empty where it knows none.
    public var authorName: String

    /// By number and author.
    public init(number: String, authorName: String) {
      self.number = number
      self.authorName = authorName
    }
  }

  /// Ancestors that a copy's `References` name, besides the thread itself.
  public static let ancestorLimit = 5

  /// With its text as it stands now (rule C4).
  public var post: Post
  /// The thread that it stands in now.
  public var thread: Thread
  /// The discussion that it stands in now.
  public var discussion: Discussion
  /// What its Message-ID is made of, and stays made of when the post is edited or moved.
  public var journalled: Journalled
  /// The post's parent, its parent and so on, the oldest first, as far as they stand in the journal; at most
  /// `ancestorLimit`, the nearest.
  public var ancestors: [Journalled]
  /// The post that it answers, where readers can see that one now.
  public var parent: Answered?
  /// The files that the post has now, in the forum's order.
  public var attachments: [PostAttachment]
  /// Whether the mail may offer to answer: its thread and its discussion are open (rule I5).
  public var takesAnswers: Bool

  /// Whether another post opened the thread (rule M4).
  public var isReply: Bool {
    post.parentKey != nil || thread.firstPostKey.map { ForumKey($0) != ForumKey(post.key) } ?? false
  }

  /// - Parameter ancestors: the oldest first.
  public init(
    post: Post, thread: Thread, discussion: Discussion, journalled: Journalled, ancestors: [Journalled] = [],
    parent: Answered? = nil, attachments: [PostAttachment] = [], takesAnswers: Bool = true
  ) {
    self.post = post
    self.thread = thread
    self.discussion = discussion
    self.journalled = journalled
    self.ancestors = ancestors
    self.parent = parent
    self.attachments = attachments
    self.takesAnswers = takesAnswers
  }
}
