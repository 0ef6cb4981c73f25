import Forum
import Synchronization
import Time

/// A forum that passes every question on, remembers which were asked, and can be told to have lost threads.
final class RecordingForum: ForumReader {
  private struct State {
    var asked: [String] = []
    var lostThreads: Set<String> = []
    var accounts: [String: [String]] = [:]
  }
  private let base: any ForumReader
  private let state = Mutex(State())

  init(_ base: any ForumReader) { self.base = base }

  /// The names of the questions that the closure asks, in their order.
  func asked(_ body: () throws -> Void) rethrows -> [String] {
    state.withLock { $0.asked = [] }
    try body()
    return state.withLock { $0.asked }
  }

  /// Threads of these keys are answered about no more.
  func lose(thread: String) { state.withLock { _ = $0.lostThreads.insert(thread) } }

  /// The account name is these participants'.
  func name(_ account: String, _ keys: [String]) { state.withLock { $0.accounts[account] = keys } }

  private func note(_ question: String = #function) {
    state.withLock { $0.asked.append(String(question.prefix { $0 != "(" })) }
  }

  func newestOrdinal() throws -> Int64 {
    note()
    return try base.newestOrdinal()
  }
  func posts(after ordinal: Int64, limit: Int) throws -> Answer<Post> {
    note()
    return try base.posts(after: ordinal, limit: limit)
  }
  func posts(within range: ClosedRange<Int64>, limit: Int) throws -> Answer<Post> {
    note()
    return try base.posts(within: range, limit: limit)
  }
  func visiblePostCount() throws -> Int {
    note()
    return try base.visiblePostCount()
  }
  func pendingPosts(after ordinal: Int64?, limit: Int) throws -> Answer<Post> {
    note()
    return try base.pendingPosts(after: ordinal, limit: limit)
  }
  func posts(keys: [String], _ detail: PostDetail) throws -> Answer<Post> {
    note()
    return try base.posts(keys: keys, detail)
  }
  func threads(keys: [String]) throws -> Answer<Thread> {
    note()
    let lost = state.withLock { $0.lostThreads }
    var answer = try base.threads(keys: keys)
    answer.rows.removeAll { lost.contains($0.key) }
    return answer
  }
  func attachments(ofPosts keys: [String]) throws -> Answer<PostAttachment> {
    note()
    return try base.attachments(ofPosts: keys)
  }
  func discussions(keys: [String]) throws -> Answer<Discussion> {
    note()
    return try base.discussions(keys: keys)
  }
  func discussions(closingWithin span: Range<Timestamp>) throws -> Answer<Discussion> {
    note()
    return try base.discussions(closingWithin: span)
  }
  func watchers(thread: String, discussion: String, after: String?, limit: Int) throws -> WatcherPage {
    note()
    return try base.watchers(thread: thread, discussion: discussion, after: after, limit: limit)
  }
  func watchers(thread: String, discussion: String, among keys: [String]) throws -> Answer<Watcher> {
    note()
    return try base.watchers(thread: thread, discussion: discussion, among: keys)
  }
  func participants(keys: [String]) throws -> Answer<Participant> {
    note()
    return try base.participants(keys: keys)
  }
  func readers(of post: Post, among keys: [String]) throws -> Readers {
    note()
    return try base.readers(of: post, among: keys)
  }
  func participants(named text: String) throws -> Answer<Participant> {
    note()
    if let keys = state.withLock({ $0.accounts[text] }) { return try base.participants(keys: keys) }
    return try base.participants(named: text)
  }
  func watches(of participant: String) throws -> Answer<ListedWatch> {
    note()
    return try base.watches(of: participant)
  }
  func changes(after mark: Int64, limit: Int) throws -> (participants: [String], mark: Int64) {
    note()
    return try base.changes(after: mark, limit: limit)
  }
}
