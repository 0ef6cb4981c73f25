import Forum
import Phrases
import Synchronization
import Tokens

/// Writes mails: once per post and language what is alike for all, then one message per person (rules M1 to M6).
///
/// A value without state of its own but caches; any number of threads may use it at once.
public struct Composer: Sendable {
  /// Of the installation, alike for all mails.
  public let settings: CompositionSettings
  let templates: TemplateSet
  let keys: KeyRing
  let zones = Zones()
  private let digestLayouts = DigestLayouts()

  public init(settings: CompositionSettings, templates: TemplateSet = .builtIn, keys: KeyRing) {
    self.settings = settings
    self.templates = templates
    self.keys = keys
  }

  /// Renders a post for all readers of a language.
  /// - Throws: `CompositionError.noKey` if the ring does not hold the key that the post was journalled under.
  public func prepare(_ copy: PostCopy, language: Language) throws(CompositionError) -> PreparedPost {
    guard keys.holds(copy.journalled.key) else { throw .noKey(copy.journalled.key) }
    return PreparedPost(copy, words: templates.words(language), composer: self)
  }

  func digestLayout(_ language: Language) -> DigestLayout {
    digestLayouts.layout(language) { DigestLayout(templates.words(language), self) }
  }
}

/// The layouts of digests, made when a language is first asked for.
private final class DigestLayouts: Sendable {
  private let layouts = Mutex<[Language: DigestLayout]>([:])

  func layout(_ language: Language, make: () -> DigestLayout) -> DigestLayout {
    layouts.withLock { layouts in
      let layout = layouts[language] ?? make()
      layouts[language] = layout
      return layout
    }
  }
}
