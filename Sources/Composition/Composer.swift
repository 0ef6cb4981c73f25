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
  /// Layouts and phrases, checked when they were loaded.
  let templates: TemplateSet
  /// Signs addresses and identifiers; posts and digests say which key is theirs.
  let keys: KeyRing
  /// One for all threads, since reading a zone's file is slow.
  let zones = Zones()
  /// Shared by all copies of this value, so that each language's layout is rendered once.
  private let digestLayouts = DigestLayouts()

  /// - Parameters:
  /// - templates: the built-in ones unless an admin has their own (rule M7).
  /// - keys: must hold every key that a journalled post or a digest names, else `prepare` and `digest` throw.
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

  /// The local part of a discussion's constant address (rule M3).
  public func localPart(of discussion: Discussion) -> String { PostHeader.localPart(discussion, settings) }

  /// What the mails of all languages say around every post: nobody writes that in an answer (rule I4).
  public var wordsAroundPosts: [String] {
    let phrases: [Phrase] = [
      .labelPlace, .labelReply, .labelWeb, .seePost, .replyHow, .answers, .replyShort, .noAnswers, .continues,
      .shownInForum, .noText, .whyThread, .whyDiscussion, .whyEverything, .whyDaily, .whyWeekly, .whyCatchUp,
      .whyLastCall, .whyLeaving, .whySentAgain, .watched, .watchedThreads, .watchedDiscussions, .changeOrStop,
      .changeOrStopLink, .stopByMail, .stopByMailLink, .stopAllByMail, .stopAllByMailLink, .account, .helpdesk,
      .contents, .digestTimes, .digestReplies, .labelAttachments,
    ]
    return Language.allCases.flatMap { language in
      phrases.map { templates.words(language)[$0].filled() }
    }
  }

  /// The layout of a language's digests, from the cache.
  func digestLayout(_ language: Language) -> DigestLayout {
    digestLayouts.layout(language) { DigestLayout(templates.words(language), self) }
  }
}

/// The layouts of digests, made when a language is first asked for.
private final class DigestLayouts: Sendable {
  /// At most six, one for each language.
  private let layouts = Mutex<[Language: DigestLayout]>([:])

  /// Made under the lock: two threads that ask at once shall not both render.
  func layout(_ language: Language, make: () -> DigestLayout) -> DigestLayout {
    layouts.withLock { layouts in
      let layout = layouts[language] ?? make()
      layouts[language] = layout
      return layout
    }
  }
}
