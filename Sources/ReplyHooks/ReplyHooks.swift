// ReplyHooks: replies by mail, handed to a program of the forum's own: an HTTPS address or a command.
//
// What it does: asks the forum's own queries whether the reply can be taken, writes it as JSON (`ReplyRequest`), hands
// it over, reads what is answered (`HookAnswer`), and believes of it what those queries show.
//
// What it refuses: to follow a redirect, to speak in clear text with another machine, to read more than 64 KB of an
// answer, to wait longer than it was told to, to take anything but the agreed JSON for a yes.
//
// When it fails: a `ForumError`. `unavailable` where the program could not be reached or asks to try again; `query`
// where it answers what was not agreed. Whether the reply stands in the forum then, nobody knows: it is handed over
// again under the same key, which the program must know again.
import Forum
import Glibc
import Text
import Time

/// Replies by mail into a forum that posts them by a program of its own (rule I5).
///
/// What the program says is believed when the forum's own query shows it: the new post is read back.
public struct HookedReplyPoster: ReplyPoster {
  /// How often a new post is looked for: a database that is read may be behind the one that is written.
  private static let looks = 4

  private let forum: any ForumReader
  private let hook: any ReplyHook
  private let place: String
  private let pause: @Sendable () -> Void

  /// Asks nothing yet.
  /// - Parameters:
  ///   - place: where the program is set, for errors: `watchpost.yaml: forum.reply_hook`.
  ///   - pause: waits between two looks for a new post.
  public init(
    _ forum: any ForumReader, _ hook: any ReplyHook, place: String = "forum.reply_hook",
    pause: @escaping @Sendable () -> Void = { usleep(250_000) }
  ) {
    (self.forum, self.hook, self.place, self.pause) = (forum, hook, place, pause)
  }

  /// The agreement with the program: a key that it knows is answered with the post that it made of it.
  public var isExact: Bool { true }

  /// Asks the forum's queries first: what they rule out never reaches the program. And last, whether the post is the
  /// reply.
  public func post(_ reply: ReplyDraft) throws -> ReplyAnswer {
    let ground = ReplyGround(forum)
    switch try ground.place(of: reply) {
    case .refused(let refusal): return .refused(refusal)
    case .open(let parent, let thread, let discussion):
      let answer = try hook.hand(ReplyRequest(reply, thread: thread.key, discussion: discussion.key))
      guard case .posted(let key, let isPending) = answer else { return answer }
      guard let difference = try difference(reply, key, answering: parent, isPending: isPending, ground) else {
        return answer
      }
      return .unlike(
        key: key,
        words:
          "\(place): the program answers that it posted a reply as \(key.singleLine(limit: 80)), and that post, read "
          + "by the mapping's query `posts`, \(difference)")
    }
  }

  /// - Throws: `ForumError` of kind `unavailable` alone: then it may be handed over once more.
  private func difference(
    _ reply: ReplyDraft, _ key: String, answering parent: Post, isPending: Bool, _ ground: ReplyGround
  ) throws -> String? {
    var written: Post?
    do {
      for look in 1...HookedReplyPoster.looks where written == nil {
        if look > 1 { pause() }
        written = try ground.post(key)
      }
    } catch let error as ForumError where error.kind == .key {
      // No post of this forum could have such an id.
    } catch let error as ForumError where error.kind != .unavailable {
      return "cannot be read: \(error.description)"
    }
    return reply.difference(fromWritten: written, answering: parent, isPending: isPending)
  }

  /// Never asked: the program knows the key again.
  public func posts(like reply: ReplyDraft, since moment: Timestamp) -> [String] { [] }
}

/// A way to the forum's program.
public protocol ReplyHook: Sendable {
  /// Hands over one reply and waits for the answer.
  /// - Throws: `ForumError`.
  func hand(_ request: ReplyRequest) throws -> ReplyAnswer
}
