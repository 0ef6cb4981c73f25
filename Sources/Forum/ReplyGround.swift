/// What a way into the forum asks of the forum's own queries: before a reply is handed over, whether it is taken where it
/// goes; afterwards, whether what stands there is that reply (rules I5, I7). Whoever makes one says how it is asked: in the
/// transaction that posts, or outside of any.
public struct ReplyGround {
  private let posts: (String, PostDetail) throws -> Answer<Post>
  private let threads: (String) throws -> Answer<Thread>
  private let discussions: (String) throws -> Answer<Discussion>

  /// Each asks about one key.
  public init(
    posts: @escaping (String, PostDetail) throws -> Answer<Post>,
    threads: @escaping (String) throws -> Answer<Thread>,
    discussions: @escaping (String) throws -> Answer<Discussion>
  ) {
    (self.posts, self.threads, self.discussions) = (posts, threads, discussions)
  }

  /// In no transaction.
  public init(_ forum: any ForumReader) {
    self.init(
      posts: { try forum.posts(keys: [$0], $1) }, threads: { try forum.threads(keys: [$0]) },
      discussions: { try forum.discussions(keys: [$0]) })
  }

  /// Where a reply goes, as far as post, thread and discussion have a say.
  public enum Place: Hashable, Sendable {
    /// There, and it is taken.
    case open(parent: Post, thread: Thread, discussion: Discussion)
    /// It is not taken.
    case refused(ReplyRefusal)
  }

  /// The place of a reply; the moment at which its mail arrived decides (rule I7).
  /// - Throws: `ForumError` of kind `row` for a row that cannot be read, and what the questions throw.
  public func place(of reply: ReplyDraft) throws -> Place {
    guard let parent = try one(posts(reply.parent, .standing)), parent.visibility == .visible,
      let thread = try one(threads(parent.threadKey)), let discussion = try one(discussions(thread.discussionKey))
    else { return .refused(.postGone) }
    if let refusal = discussion.refusal(of: thread, at: reply.arrivedAt) { return .refused(refusal) }
    return .open(parent: parent, thread: thread, discussion: discussion)
  }

  /// A post with its text; nil if there is none.
  public func post(_ key: String) throws -> Post? { try one(posts(key, .whole)) }

  private func one<T>(_ answer: Answer<T>) throws -> T? {
    if let fault = answer.faults.first { throw ForumError(.row, fault.description) }
    return answer.first
  }
}
