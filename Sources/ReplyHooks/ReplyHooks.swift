// ReplyHooks: replies by mail, handed to a program of the forum's own: an HTTPS address or a command.
//
// What it does: asks the forum's own queries whether the reply can be taken, writes it as JSON (`ReplyRequest`), hands
// it over, and reads what is answered (`HookAnswer`).
//
// What it refuses: to follow a redirect, to speak in clear text with another machine, to read more than 64 KB of an
// answer, to wait longer than it was told to, to take anything but the agreed JSON for a yes.
//
// When it fails: a `ForumError`. `unavailable` where the program could not be reached or asks to try again; `query`
// where it answers what was not agreed. Whether the reply stands in the forum then, nobody knows: it is handed over
// again under the same key, which the program must know again.
import Forum
import Time

/// Replies by mail into a forum that posts them by a program of its own (rule I5).
public struct HookedReplyPoster: ReplyPoster {
  private let forum: any ForumReader
  private let hook: any ReplyHook

  /// Asks nothing yet.
  public init(_ forum: any ForumReader, _ hook: any ReplyHook) {
    self.forum = forum
    self.hook = hook
  }

  /// The agreement with the program: a key that it knows is answered with the post that it made of it.
  public var isExact: Bool { true }

  /// Asks the forum's queries first: what they rule out never reaches the program.
  public func post(_ reply: ReplyDraft) throws -> ReplyAnswer {
    guard let post = try one(forum.posts(keys: [reply.parent], .standing)), post.visibility == .visible,
      let thread = try one(forum.threads(keys: [post.threadKey])),
      let discussion = try one(forum.discussions(keys: [thread.discussionKey]))
    else { return .refused(.postGone) }
    if let refusal = discussion.refusal(of: thread, at: reply.arrivedAt) { return .refused(refusal) }
    return try hook.hand(ReplyRequest(reply, thread: thread.key, discussion: discussion.key))
  }

  /// Never asked: the program knows the key again.
  public func posts(like reply: ReplyDraft, since moment: Timestamp) -> [String] { [] }

  private func one<T>(_ answer: Answer<T>) throws -> T? {
    if let fault = answer.faults.first { throw ForumError(.row, fault.description) }
    return answer.first
  }
}

/// A way to the forum's program.
public protocol ReplyHook: Sendable {
  /// Hands over one reply and waits for the answer.
  /// - Throws: `ForumError`.
  func hand(_ request: ReplyRequest) throws -> ReplyAnswer
}
