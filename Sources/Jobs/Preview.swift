import Composition
import Forum
import Ledger
import Mail

/// A mail as it would be sent, of any post to any participant: nothing is decided and nothing recorded.
public struct Preview {
  let context: StageContext
  let composer: Composer

  public init(_ context: StageContext, _ composer: Composer) { (self.context, self.composer) = (context, composer) }

  /// - Returns: nil if the forum does not show the post, or the person's address is none.
  public func message(post key: String, to participant: Participant, language: String?, asDigest: Bool) throws
    -> OutgoingMessage?
  {
    guard let post = try context.source.posts(keys: [key]).first, post.visibility == .visible,
      let thread = try context.source.threads(keys: [post.threadKey]).first,
      let discussion = try context.source.discussions(keys: [post.discussionKey]).first,
      let watcher = try context.source.watchers(
        thread: post.threadKey, discussion: post.discussionKey, among: [participant.key]
      ).first,
      let person = try context.ledger.people(keys: [participant.key])[participant.key]
    else { return nil }
    var preferences = watcher.participant.preferences.filled(from: person.preferences).filled(from: context.defaults)
    preferences.language = language ?? preferences.language
    let scope = watcher.watches.map(\.scope).max() ?? .thread
    let judged = Judged(watcher: watcher, person: person, preferences: preferences, decision: .instant(scope))
    guard let recipient = judged.recipient() else { return nil }
    // Numbers that no token of a real mail has.
    let copy = PostCopy(
      post: post, thread: thread, discussion: discussion,
      journalled: PostCopy.Journalled(position: 0, key: context.signingKey))
    let prepared = try composer.prepare(copy, language: recipient.language)
    if asDigest {
      return try composer.digest(
        [prepared], scopes: [scope], part: 1, of: 1, total: 1, kind: .daily, to: recipient, delivery: 0, generation: 0,
        key: context.signingKey, date: context.now())
    }
    return composer.instant(
      prepared, to: recipient, delivery: 0, generation: 0, watch: scope, date: context.now())
  }
}
