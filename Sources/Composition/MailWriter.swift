import Forum
import Identifiers
import Mail
import Time

/// The one way from what a mail carries to its finished octets: for delivering, for a preview, for sending again.
///
/// Posts are rendered once per language and kept, as long as memory allows. Not for more than one thread at a time:
/// each thread has a writer of its own over one composer.
public final class MailWriter {
  private let composer: Composer
  /// Not for several threads, hence the writer is not either.
  private let posts: PreparedPostCache

  /// A writer with an empty cache; make one for each thread and keep it.
  public init(_ composer: Composer) {
    self.composer = composer
    posts = PreparedPostCache(composer)
  }

  /// A message ready for the wire.
  /// - Parameters:
  ///   - delivery: the delivery that its reverse-path names.
  ///   - generation: 0 for the first sending; every sending anew is a new one (rule A1).
  ///   - date: the mail's own date.
  /// - Throws: `CompositionError` where a signing key is missing, or a digest has no post.
  public func message(
    _ content: MailContent, to recipient: Recipient, delivery: DeliveryID, generation: Int, date: Timestamp
  ) throws(CompositionError) -> OutgoingMessage {
    switch content {
    case .instant(let copy, let watch):
      let post = try posts.prepare(copy, language: recipient.language)
      return composer.instant(
        post, to: recipient, delivery: delivery, generation: generation, watch: watch, date: date)
    case .digestPart(let part):
      var prepared: [PreparedPost] = []
      for copy in part.copies { prepared.append(try posts.prepare(copy, language: recipient.language)) }
      return try composer.digest(
        prepared, as: part, to: recipient, delivery: delivery, generation: generation, date: date)
    case .notice(let notice):
      return try composer.notice(notice, to: recipient, delivery: delivery, generation: generation, date: date)
    }
  }

  /// What is written of a post in every mail that has it, in one language: a quotation of it is known by these words
  /// (rule I4).
  public struct Written: Sendable {
    /// The post.
    public let position: JournalPosition
    /// Subjects, author and text, with what stands in mails above and below them: however few words a text has, it is
    /// known with those beside it.
    public let texts: [String]
    /// The text as the forum has it.
    public let body: String
  }

  /// The posts that were rendered since this was last asked; each text of one, in each language, once at least.
  public func takeWritten() -> [Written] {
    posts.takeRendered().map { post in
      let face = post.face
      let footer = post.words.plain(post.copy.takesAnswers ? .replyHow : .noAnswers)
      return Written(
        position: post.copy.journalled.position,
        texts: [
          [face.subject, face.author, face.ownSubject, face.fullText, footer], [face.subject, face.fullText],
          [face.bodyText, footer], [post.words.plain(.labelPlace)] + face.place,
        ].map { $0.compactMap(\.self).joined(separator: "\n") },
        body: post.copy.post.body)
    }
  }

  /// About how many octets a post adds to a digest in this language and style (rule D2).
  /// - Throws: `CompositionError` where it cannot be composed.
  public func digestWeight(
    of copy: PostCopy, language: Language, style: DigestStyle
  ) throws(CompositionError) -> Int {
    composer.digestWeight(try posts.prepare(copy, language: language), style: style)
  }
}
