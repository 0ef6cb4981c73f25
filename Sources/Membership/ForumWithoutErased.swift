import Forum
import Ledger
import Time

/// The forum as everybody here asks it: as if it did not know whom the ledger has erased (rule A6), whatever it says of
/// them. So nobody is signed in, answered, obeyed or posted for in their name. Where they wrote a post, its author's key
/// is their pseudonym.
///
/// Those who watch are given as the forum has them: that they get nothing is a decision, which is recorded.
struct ForumWithoutErased: ForumReader {
  /// The forum itself.
  let forum: any ForumReader
  let ledger: Ledger

  private func veiled(_ posts: Answer<Post>) throws -> Answer<Post> {
    let pseudonyms = try ledger.pseudonyms(of: posts.lazy.compactMap(\.authorKey))
    if pseudonyms.isEmpty { return posts }
    var veiled = posts
    for index in veiled.rows.indices {
      if let author = veiled.rows[index].authorKey, let pseudonym = pseudonyms[author] {
        veiled.rows[index].authorKey = pseudonym
      }
    }
    return veiled
  }

  private func present(_ participants: Answer<Participant>) throws -> Answer<Participant> {
    if participants.isEmpty && participants.faults.isEmpty { return participants }
    let erased = try ledger.pseudonyms(of: participants.map(\.key) + participants.faults.map(\.key))
    if erased.isEmpty { return participants }
    return Answer(
      participants.rows.filter { erased[$0.key] == nil }, faults: participants.faults.filter { erased[$0.key] == nil })
  }

  func newestOrdinal() throws -> Int64 { try forum.newestOrdinal() }

  func posts(after ordinal: Int64, limit: Int) throws -> Answer<Post> {
    try veiled(forum.posts(after: ordinal, limit: limit))
  }

  func posts(within range: ClosedRange<Int64>, limit: Int) throws -> Answer<Post> {
    try veiled(forum.posts(within: range, limit: limit))
  }

  func pendingPosts(after ordinal: Int64?, limit: Int) throws -> Answer<Post> {
    try veiled(forum.pendingPosts(after: ordinal, limit: limit))
  }

  func visiblePostCount() throws -> Int { try forum.visiblePostCount() }

  func posts(keys: [String], _ detail: PostDetail) throws -> Answer<Post> {
    try veiled(forum.posts(keys: keys, detail))
  }

  func attachments(ofPosts keys: [String]) throws -> Answer<PostAttachment> { try forum.attachments(ofPosts: keys) }

  func threads(keys: [String]) throws -> Answer<Thread> { try forum.threads(keys: keys) }

  func discussions(keys: [String]) throws -> Answer<Discussion> { try forum.discussions(keys: keys) }

  func discussions(closingWithin span: Range<Timestamp>) throws -> Answer<Discussion> {
    try forum.discussions(closingWithin: span)
  }

  func watchers(thread: String, discussion: String, after: String?, limit: Int) throws -> WatcherPage {
    try forum.watchers(thread: thread, discussion: discussion, after: after, limit: limit)
  }

  func watchers(thread: String, discussion: String, among keys: [String]) throws -> Answer<Watcher> {
    try forum.watchers(thread: thread, discussion: discussion, among: ledger.withoutPseudonyms(keys))
  }

  func participants(keys: [String]) throws -> Answer<Participant> {
    try present(forum.participants(keys: ledger.withoutPseudonyms(keys)))
  }

  func readers(of post: Post, among keys: [String]) throws -> Readers { try forum.readers(of: post, among: keys) }

  func participants(named text: String) throws -> Answer<Participant> { try present(forum.participants(named: text)) }

  func watches(of participant: String) throws -> Answer<ListedWatch> { try forum.watches(of: participant) }

  func changes(after mark: Int64, limit: Int) throws -> (participants: [String], mark: Int64) {
    try forum.changes(after: mark, limit: limit)
  }
}
