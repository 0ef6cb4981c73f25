import Forum
import Ledger
import Mail

/// One watcher of a post with the decision about them as things stand now.
struct Judged {
  let watcher: Watcher
  let person: Person
  let preferences: Preferences
  let decision: Decision
}

/// Who may have a post now: the same question when a copy is chosen and when it is sent (rule F3). It puts together what
/// the forum, the ledger and the configuration know of each person, and leaves the decision to `Watcher.decide`.
struct Audience {
  let context: StageContext
  let post: Post
  let visibleAt: Timestamp
  /// Watches that the ledger keeps for people whose forum cannot, by the person's key.
  let own: [String: [Watch]]

  init(_ context: StageContext, _ post: Post, visibleAt: Timestamp) throws {
    self.context = context
    self.post = post
    self.visibleAt = visibleAt
    let own = try context.ledger.ownWatches(thread: post.threadKey, discussion: post.discussionKey)
    self.own = Dictionary(grouping: own, by: \.personKey).mapValues { $0.map(\.watch) }
  }

  /// A page of the thread's watchers from after a person; those that only the ledger knows are not among them.
  func page(after: String?, limit: Int) throws -> (judged: [Judged], next: String?) {
    let page = try context.source.watchers(
      thread: post.threadKey, discussion: post.discussionKey, after: after, limit: limit)
    return (try judge(page.watchers), page.next)
  }

  /// These people, whoever keeps their watches.
  func among(_ keys: [String]) throws -> [Judged] {
    try judge(try context.source.watchers(thread: post.threadKey, discussion: post.discussionKey, among: keys))
  }

  private func judge(_ watchers: [Watcher]) throws -> [Judged] {
    if watchers.isEmpty { return [] }
    let keys = watchers.map(\.participant.key)
    let people = try context.ledger.people(keys: keys)
    let readers = try context.source.readers(of: post, among: keys)
    let suppressed = try context.ledger.suppressed(among: watchers.map { $0.participant.address.lowercased() })
    let now = context.now()
    return watchers.map { watcher in
      var watcher = watcher
      // Of two watches of one scope, the ledger's own comes first.
      if let more = own[watcher.participant.key] { watcher.watches = more + watcher.watches }
      let person = people[watcher.participant.key]!
      let preferences = watcher.participant.preferences.filled(from: person.preferences).filled(from: context.defaults)
      let standing = Standing(
        preferences: preferences, mayRead: readers.contains(watcher.participant.key),
        isSuppressed: !suppressed.isEmpty && suppressed.contains(watcher.participant.address.lowercased()))
      let decision = watcher.decide(authorKey: post.authorKey, visibleAt: visibleAt, standing: standing, now: now)
      return Judged(watcher: watcher, person: person, preferences: preferences, decision: decision)
    }
  }
}
