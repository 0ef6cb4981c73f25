import Forum
import Identifiers

/// Posts rendered once per language, for as long as their text stays the same and memory allows (rule F6).
final class PreparedPostCache {
  private struct Key: Hashable {
    let position: JournalPosition
    let language: Language
  }
  /// What renders a post that is not here.
  private let composer: Composer
  /// Octets of rendered posts above which all are forgotten.
  private let limit: Int
  /// The copy as it was rendered beside the post: a thread's title or a discussion's name may change too.
  private var prepared: [Key: (copy: PostCopy, post: PreparedPost)] = [:]
  /// Rendered since they were last asked for.
  private var rendered: [PreparedPost] = []
  /// The sum of `PreparedPost.octets` over all that is kept.
  private(set) var octets = 0

  init(_ composer: Composer, limit: Int = 64_000_000) {
    self.composer = composer
    self.limit = limit
  }

  /// The post from the cache, or rendered anew where its text, thread or discussion changed: mails have the text as it
  /// is when they are built (rule C4).
  /// - Throws: `CompositionError.noKey`; nothing is kept then.
  func prepare(_ copy: PostCopy, language: Language) throws(CompositionError) -> PreparedPost {
    let key = Key(position: copy.journalled.position, language: language)
    if let known = prepared[key] {
      if known.copy.post == copy.post, known.copy.thread == copy.thread, known.copy.discussion == copy.discussion,
        known.copy.takesAnswers == copy.takesAnswers, known.copy.attachments == copy.attachments
      {
        return known.post
      }
      octets -= known.post.octets
      prepared[key] = nil
    }
    let post = try composer.prepare(copy, language: language)
    if octets + post.octets > limit {
      prepared = [:]
      octets = 0
    }
    prepared[key] = (copy, post)
    octets += post.octets
    rendered.append(post)
    return post
  }

  /// The posts that were rendered since this was last asked.
  func takeRendered() -> [PreparedPost] {
    defer { rendered = [] }
    return rendered
  }
}
