import Composition
import Forum
import Mail
import Membership
import Tokens

/// A mail as it would be sent, of any post to any participant: nothing is recorded, and nothing in it can be answered
/// or stops anything.
public struct Preview {
  private let context: StageContext
  private let composer: Composer
  private let keys: KeyRing

  /// - Parameters:
  ///   - randomBytes: at least 32 from the system's random source. They sign what is shown and are forgotten: a preview
  ///     is passed around, and must not hold anybody's way to stop their mail.
  ///   - composer: makes one that signs with these keys.
  public init(_ context: StageContext, randomBytes: [UInt8], composer: (KeyRing) throws -> Composer) throws {
    self.context = context
    keys = try KeyRing([0: randomBytes])
    self.composer = try composer(keys)
  }

  /// - Returns: nil if the forum does not show the post, or the person's address is none.
  public func message(post key: String, to participant: Participant, language: Language?, asDigest: Bool) throws
    -> OutgoingMessage?
  {
    // What a person typed may be no key at all.
    guard let post = try ForumError.foundByTyped({ try context.forum.posts(keys: [key]) }).first,
      post.visibility == .visible,
      let thread = try ForumError.foundByTyped({ try context.forum.threads(keys: [post.threadKey]) }).first,
      let discussion = try ForumError.foundByTyped({ try context.forum.discussions(keys: [post.discussionKey]) })
        .first
    else { return nil }
    let audience = Audience(context.members, post, visibleAt: context.now(), isRecording: false)
    guard var reader = try audience.among([participant.key]).first else { return nil }
    reader.preferences.language = language ?? reader.preferences.language
    guard let recipient = reader.recipient() else { return nil }
    let copy = PostCopy(
      post: post, thread: thread, discussion: discussion,
      journalled: PostCopy.Journalled(position: 0, key: keys.current),
      parent: try JournalledPosts(context.members).answered(by: [post])[post.key],
      attachments: try context.forum.attachments(ofPosts: [post.key]).rows,
      takesAnswers: context.members.takesReplies && !thread.isClosed && discussion.takesAnswers(at: context.now()))
    let content: MailContent =
      asDigest
      ? .digestPart(
        DigestPart(
          copies: [copy], watches: [reader.scope], kind: .regular(reader.preferences.digest.period),
          signingKey: keys.current))
      : .instant(copy, reader.scope)
    return try MailWriter(composer).message(content, to: recipient, delivery: 0, generation: 0, date: context.now())
  }
}

extension OutgoingMessage {
  /// The same to another address, with a subject that says what it is: nobody takes it for the mail itself.
  package func asPreview(to recipient: Address) -> OutgoingMessage {
    OutgoingMessage(
      id: id, envelope: Envelope(reversePath: envelope.reversePath, recipient: recipient),
      data: OutgoingMessage.marked(data))
  }

  /// The first line of the field may be 10 octets longer than usual, which is no more than RFC 5322 section 2.1.1
  /// allows.
  private static func marked(_ data: [UInt8]) -> [UInt8] {
    let (name, mark) = (Array("\r\nSubject:".utf8), Array(" [Preview]".utf8))
    guard let place = data.firstRange(of: name) else { return data }
    return data[..<place.upperBound] + mark + data[place.upperBound...]
  }
}

extension AudienceMember {
  /// What the watch is on that brings the post; where none does now, the most specific one that the person has.
  fileprivate var scope: WatchScope {
    switch decision {
    case .instant(let scope), .digest(let scope): scope
    case .skipped: watcher.watches.lazy.filter { !$0.isMute }.map(\.scope).max() ?? .thread
    }
  }
}
