import Forum
import Ledger
import Mail

/// One watcher of a post with the decision about them as things stand now.
struct Judged {
  let watcher: Watcher
  let person: Person
  var preferences: Preferences
  let decision: Decision
}

/// Who may have a post now: the same question when a copy is chosen and when it is sent (rule F3). It puts together what
/// the forum, the ledger and the configuration know of each person, and leaves the decision to `Watcher.decide`.
struct Audience: Sendable {
  let context: StageContext
  let post: Post
  let visibleAt: Timestamp
  private let isRecording: Bool

  /// - Parameter isRecording: people whom the ledger does not know are given a number; false writes nothing.
  init(_ context: StageContext, _ post: Post, visibleAt: Timestamp, isRecording: Bool = true) {
    (self.context, self.post, self.visibleAt, self.isRecording) = (context, post, visibleAt, isRecording)
  }

  /// What the forum knows of some of the people who may be concerned.
  struct Page: Sendable {
    let watchers: [Watcher]
    let readers: Readers
    /// The person after whom the next page begins; nil on the last one.
    let next: String?
  }

  /// Asks the forum alone, so that one page may be read while the last one is judged and written.
  func page(after: String?, limit: Int) throws -> Page {
    let page = try context.source.watchers(
      thread: post.threadKey, discussion: post.discussionKey, after: after, limit: limit)
    return try self.page(page.watchers, next: page.next)
  }

  private func page(_ watchers: [Watcher], next: String?) throws -> Page {
    // While the post is not shown, to ask who may read it would be to hear: nobody. It is asked when it is to be sent.
    let readers =
      watchers.isEmpty || post.visibility != .visible
      ? .everyone : try context.source.readers(of: post, among: watchers.map(\.participant.key))
    return Page(watchers: watchers, readers: readers, next: next)
  }

  /// These people, whoever keeps their watches.
  func among(_ keys: [String]) throws -> [Judged] {
    if keys.isEmpty { return [] }
    let watchers = try context.source.watchers(thread: post.threadKey, discussion: post.discussionKey, among: keys)
    return try judge(try page(watchers, next: nil))
  }

  /// Judges a page with what the ledger knows of its people.
  func judge(_ page: Page) throws -> [Judged] {
    if page.watchers.isEmpty { return [] }
    let people = try context.ledger.people(keys: page.watchers.map(\.participant.key), isRecording: isRecording)
    let own = try context.ledger.ownWatches(
      of: people.values.lazy.map(\.id), thread: post.threadKey, discussion: post.discussionKey)
    let suppressed = try context.ledger.suppressed(among: page.watchers.map(\.participant.address))
    let now = context.now()
    return page.watchers.map { watcher in
      let person = people[watcher.participant.key] ?? .unrecorded(key: watcher.participant.key)
      var watcher = watcher
      // Of two watches of one scope, the ledger's own comes first.
      if let more = own[person.id] { watcher.watches = more + watcher.watches }
      let standing = Standing(
        preferences: watcher.participant.preferences.filled(from: person.preferences).filled(from: context.defaults),
        mayRead: page.readers.contains(watcher.participant.key),
        isSuppressed: suppressed.contains(watcher.participant.address))
      let decision = watcher.decide(authorKey: post.authorKey, visibleAt: visibleAt, standing: standing, now: now)
      return Judged(watcher: watcher, person: person, preferences: standing.preferences, decision: decision)
    }
  }
}
