import Forum
import Synchronization
import Time

/// A forum that may be down: it passes every question on, unless `trouble` throws.
final class TroubledForum: ForumReader {
  private let base: any ForumReader
  private let asked = Mutex<[String]>([])
  private let missing = Mutex<Set<String>>([])
  private let readersOfShown = Mutex(false)
  /// What of people an answer may bring none of.
  enum Table { case people, watches, rights }
  private let empty = Mutex<Table?>(nil)
  private let largest = Mutex((posts: 0, octets: 0))
  private let trouble = Mutex<@Sendable (String) throws -> Void>({ _ in })

  init(_ base: any ForumReader) { self.base = base }

  /// The most that one answer about posts brought so far.
  var largestAnswer: (posts: Int, octets: Int) { largest.withLock { $0 } }

  private func weighed(_ answer: Answer<Post>) -> Answer<Post> {
    let octets = answer.reduce(0) { $0 + $1.body.utf8.count + $1.subject.utf8.count + $1.authorName.utf8.count }
    largest.withLock { $0 = (max($0.posts, answer.count), max($0.octets, octets)) }
    return answer
  }

  /// The names of the questions asked so far.
  var questions: [String] { asked.withLock { $0 } }

  /// Called with the name of each question before it is passed on.
  func before(_ body: @escaping @Sendable (String) throws -> Void) { trouble.withLock { $0 = body } }
  /// Nothing can be asked from now on.
  func goDown() { before { _ in throw ForumError(.unavailable, "the forum is down") } }
  func comeBack() { before { _ in } }

  /// Posts, threads and discussions of these keys are left out of the answers; nobody may read what stands there. `private`
  /// before a thread's key: nobody may read what stands in it.
  func leaveOut(_ keys: Set<String>) { missing.withLock { $0 = keys } }
  /// A table seems to be empty: while it is filled anew, or since its rows are shown to this user no longer.
  func empty(_ table: Table?) { empty.withLock { $0 = table } }
  private var emptyTable: Table? { empty.withLock { $0 } }
  /// As a mapping whose query for readers finds nobody while the post is not approved.
  func readersOfShownAlone() { readersOfShown.withLock { $0 = true } }
  private func isThere(_ key: String) -> Bool { missing.withLock { !$0.contains(key) } }

  private func ask<T>(_ question: String, _ body: (any ForumReader) throws -> T) throws -> T {
    asked.withLock { $0.append(question) }
    try trouble.withLock { $0 }(question)
    return try body(base)
  }

  func newestOrdinal() throws -> Int64 { try ask("newest") { try $0.newestOrdinal() } }
  func posts(after ordinal: Int64, limit: Int) throws -> Answer<Post> {
    weighed(try ask("posts after") { try $0.posts(after: ordinal, limit: limit) })
  }
  func posts(within range: ClosedRange<Int64>, limit: Int) throws -> Answer<Post> {
    weighed(try ask("posts within") { try $0.posts(within: range, limit: limit) })
  }
  func visiblePostCount() throws -> Int { try ask("count") { try $0.visiblePostCount() } }
  func pendingPosts(after ordinal: Int64?, limit: Int) throws -> Answer<Post> {
    weighed(try ask("pending") { try $0.pendingPosts(after: ordinal, limit: limit) })
  }
  func posts(keys: [String], _ detail: PostDetail) throws -> Answer<Post> {
    let name = detail == .whole ? "posts" : "posts \(detail)"
    var answer = weighed(try ask(name) { try $0.posts(keys: keys, detail) })
    answer.rows.removeAll { !isThere("post \($0.key)") }
    return answer
  }
  func threads(keys: [String]) throws -> Answer<Thread> {
    var answer = try ask("threads") { try $0.threads(keys: keys) }
    answer.rows.removeAll { !isThere("thread \($0.key)") }
    return answer
  }
  func attachments(ofPosts keys: [String]) throws -> Answer<PostAttachment> {
    try ask("attachments") { try $0.attachments(ofPosts: keys) }
  }
  func discussions(keys: [String]) throws -> Answer<Discussion> {
    var answer = try ask("discussions") { try $0.discussions(keys: keys) }
    answer.rows.removeAll { !isThere("discussion \($0.key)") }
    return answer
  }
  func discussions(closingWithin span: Range<Timestamp>) throws -> Answer<Discussion> {
    try ask("closing") { try $0.discussions(closingWithin: span) }
  }
  func watchers(thread: String, discussion: String, after: String?, limit: Int) throws -> WatcherPage {
    let page = try ask("watchers") {
      try $0.watchers(thread: thread, discussion: discussion, after: after, limit: limit)
    }
    return [.people, .watches].contains(emptyTable) ? WatcherPage(watchers: [], next: nil) : page
  }
  func watchers(thread: String, discussion: String, among keys: [String]) throws -> Answer<Watcher> {
    var answer = try ask("watchers among") { try $0.watchers(thread: thread, discussion: discussion, among: keys) }
    if emptyTable == .people { return [] }
    if emptyTable == .watches { for index in answer.rows.indices { answer.rows[index].watches = [] } }
    return answer
  }
  func participants(keys: [String]) throws -> Answer<Participant> {
    let answer = try ask("participants") { try $0.participants(keys: keys) }
    return emptyTable == .people ? [] : answer
  }
  func participants(named text: String) throws -> Answer<Participant> {
    try ask("participants named") { try $0.participants(named: text) }
  }
  func watches(of participant: String) throws -> Answer<ListedWatch> {
    try ask("watches") { try $0.watches(of: participant) }
  }
  func readers(of post: Post, among keys: [String]) throws -> Readers {
    if readersOfShown.withLock({ $0 }), post.visibility != .visible { return .only([]) }
    if !isThere("discussion \(post.discussionKey)") || !isThere("thread \(post.threadKey)") { return .only([]) }
    if emptyTable == .rights || !isThere("private \(post.threadKey)") { return .only([]) }
    return try ask("readers") { try $0.readers(of: post, among: keys) }
  }
  func changes(after mark: Int64, limit: Int) throws -> (participants: [String], mark: Int64) {
    try ask("changes") { try $0.changes(after: mark, limit: limit) }
  }
}
