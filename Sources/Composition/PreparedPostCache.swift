import Forum
import Identifiers

/// Posts rendered once per language, for as long as their text stays the same and memory allows (rule F6).
final class PreparedPostCache {
  private struct Key: Hashable {
    let position: JournalPosition
    let language: Language
  }
  private let composer: Composer
  /// Octets of rendered posts above which all are forgotten.
  private let limit: Int
  private var prepared: [Key: (copy: PostCopy, post: PreparedPost)] = [:]
  private(set) var octets = 0

  init(_ composer: Composer, limit: Int = 64_000_000) {
    self.composer = composer
    self.limit = limit
  }

  func prepare(_ copy: PostCopy, language: Language) throws(CompositionError) -> PreparedPost {
    let key = Key(position: copy.journalled.position, language: language)
    if let known = prepared[key] {
      if known.copy.post == copy.post, known.copy.thread == copy.thread, known.copy.discussion == copy.discussion {
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
    return post
  }
}
