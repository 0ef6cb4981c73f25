import Time

/// A forum's way in for replies that come by mail (rule I5).
///
/// Each call throws `ForumError` or the database's own error; what it throws has left nothing behind, as far as the forum
/// can tell.
public protocol ReplyPoster: Sendable {
  /// Whether the forum keeps `ReplyDraft.mailKey`: then a reply that was handed over twice stands there once.
  var isExact: Bool { get }
  /// Posts a reply, unless the forum does not take it. Everything that says so is asked in the transaction that posts.
  func post(_ reply: ReplyDraft) throws -> ReplyAnswer
  /// The keys of posts that may be this reply: of its author and its thread, with its text, not older than the first
  /// try. Asked only where the forum is not exact.
  func posts(like reply: ReplyDraft, since moment: Timestamp) throws -> [String]
}

/// A reply that is to be posted.
public struct ReplyDraft: Hashable, Sendable {
  /// Names the reply, and no other; letters and digits.
  public var mailKey: String
  /// The key of the participant who wrote it.
  public var author: String
  /// The key of the post that it answers; it goes to the thread in which that stands now.
  public var parent: String
  /// What the person wrote, as plain text.
  public var body: String
  /// What came with it and is kept, in its order.
  public var files: [PostedFile]
  /// When the mail arrived: whether the discussion was open then decides (rule I7).
  public var arrivedAt: Timestamp
  /// When it is posted.
  public var now: Timestamp
  /// False under a clock that is doubted (rule E2): then nothing is said of the new post's time.
  public var isTimeKnown: Bool

  /// A reply of a person to a post.
  public init(
    mailKey: String, author: String, parent: String, body: String, files: [PostedFile] = [], arrivedAt: Timestamp,
    now: Timestamp, isTimeKnown: Bool = true
  ) {
    self.mailKey = mailKey
    self.author = author
    self.parent = parent
    self.body = body
    self.files = files
    self.arrivedAt = arrivedAt
    self.now = now
    self.isTimeKnown = isTimeKnown
  }
}

/// What the forum says to a reply.
public enum ReplyAnswer: Hashable, Sendable {
  /// It stands there, now or since an earlier try, and waits for a moderator if it is pending.
  case posted(key: String, isPending: Bool)
  /// It is not taken.
  case refused(ReplyRefusal)
  /// Something was posted, and it is not this reply, or is not where it was said to be: nobody is to try it again. In
  /// words for the admin, with what is to be mended.
  case unlike(key: String, words: String)
}

/// Why a forum does not take a reply. The raw value stands in the ledger.
public enum ReplyRefusal: String, Hashable, Sendable, CaseIterable {
  /// The discussion had closed when the mail arrived.
  case discussionClosed = "discussion-closed"
  /// The discussion had not opened.
  case notOpenYet = "not-open-yet"
  /// The thread takes no answers.
  case threadClosed = "thread-closed"
  /// The person may not post there.
  case noRight = "no-right"
  /// The post that it answers is not shown any more.
  case postGone = "post-gone"
}

extension Discussion {
  /// Why an answer that arrived at a moment is not taken, as far as the discussion and the thread are concerned; nil if
  /// it is.
  public func refusal(of thread: Thread, at moment: Timestamp) -> ReplyRefusal? {
    if let opensAt, moment < opensAt { return .notOpenYet }
    if !takesAnswers(at: moment) { return .discussionClosed }
    return thread.isClosed ? .threadClosed : nil
  }
}
