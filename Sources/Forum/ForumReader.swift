import Time

/// A forum that Watchpost reads: the embedded one, or a foreign one by a mapping.
///
/// Every call reads the forum as it stands now. No transaction spans two calls, nor the forum and the ledger.
/// Each throws `ForumError` where it gets no answer that can be used; then nothing goes out (rule F3). A row that cannot
/// be read is told beside those that can, as one of the answer's faults.
public protocol ForumReader: Sendable {
  /// The largest ordinal in the forum, 0 if it is empty.
  func newestOrdinal() throws -> Int64
  /// Posts of every visibility with an ordinal above `ordinal`, ascending, as they stand.
  func posts(after ordinal: Int64, limit: Int) throws -> Answer<Post>
  /// Posts of every visibility with an ordinal within `range`, ascending, as they stand.
  func posts(within range: ClosedRange<Int64>, limit: Int) throws -> Answer<Post>
  /// Posts that wait to become visible, whatever their age, as they stand, in the order of their ordinals; asked on the
  /// first run.
  /// - Parameter ordinal: above which the page begins; nil for the first.
  func pendingPosts(after ordinal: Int64?, limit: Int) throws -> Answer<Post>
  /// How many posts can be seen now; asked once, on the first run.
  func visiblePostCount() throws -> Int
  /// The posts of these keys that still exist, in no order.
  func posts(keys: [String], _ detail: PostDetail) throws -> Answer<Post>
  /// The files of these posts, those of one post in the order in which it shows them; none where the forum does not tell.
  func attachments(ofPosts keys: [String]) throws -> Answer<PostAttachment>
  /// The threads of these keys that still exist, in no order.
  func threads(keys: [String]) throws -> Answer<Thread>
  /// The discussions of these keys that still exist, in no order.
  func discussions(keys: [String]) throws -> Answer<Discussion>
  /// Discussions that close within the span, for the last call (rule D3).
  func discussions(closingWithin span: Range<Timestamp>) throws -> Answer<Discussion>
  /// Everybody who has a watch or mute that bears on the thread, in the forum's own order of keys, from after the
  /// person `after`, about `limit` people.
  func watchers(thread: String, discussion: String, after: String?, limit: Int) throws -> WatcherPage
  /// These participants as they stand now, with their watches that bear on the thread.
  func watchers(thread: String, discussion: String, among keys: [String]) throws -> Answer<Watcher>
  /// The participants of these keys that still exist, in no order.
  func participants(keys: [String]) throws -> Answer<Participant>
  /// Which of these participants may read the post.
  func readers(of post: Post, among keys: [String]) throws -> Readers
  /// The participants with that address or account name; nobody if the forum cannot look for either.
  func participants(named text: String) throws -> Answer<Participant>
  /// The watches of one participant that the forum keeps; none if it cannot list them.
  func watches(of participant: String) throws -> Answer<ListedWatch>
  /// Participants whose preferences or watches changed after the mark, and the new mark; a forum that cannot tell
  /// returns nobody and the mark it was given.
  func changes(after mark: Int64, limit: Int) throws -> (participants: [String], mark: Int64)
}

extension ForumReader {
  /// The posts of these keys that still exist, whole, in no order. For a few: their texts may be large.
  public func posts(keys: [String]) throws -> Answer<Post> { try posts(keys: keys, .whole) }
}

/// How much of each post is asked for: texts may be large, and many (rule E4).
public enum PostDetail: Hashable, Sendable {
  /// Where it stands, whose it is and who may see it. Its texts are empty, its number is its key, and its links are nil.
  case standing
  /// The same, with its own number and its author's name.
  case named
  /// Where it stands, with how large its body is.
  case sized
  /// All that the forum tells.
  case whole
}

/// Who may read a post, of those who were asked about.
public enum Readers: Hashable, Sendable {
  /// All of them; so says a forum in which nothing is private, without being asked.
  case everyone
  /// Those with these keys; the others may not.
  case only(Set<ForumKey>)

  /// Whether a participant may read it. Asks only about one who was asked about: of others `only` knows nothing.
  public func contains(_ key: String) -> Bool {
    switch self {
    case .everyone: true
    case .only(let keys): keys.contains(key)
    }
  }
}

/// Some of a thread's watchers.
public struct WatcherPage: Sendable {
  /// In the forum's own order of keys, each person once.
  public var watchers: [Watcher]
  /// Where the next page begins; nil after the last one.
  public var next: String?
  /// People whose rows cannot be read; none of them is among the watchers.
  public var faults: [RowFault]

  /// - Parameter next: given back as `after`.
  public init(watchers: [Watcher], next: String?, faults: [RowFault] = []) {
    self.watchers = watchers
    self.next = next
    self.faults = faults
  }
}

/// A watch with what it is on.
public struct ListedWatch: Hashable, Sendable {
  /// The wish itself.
  public var watch: Watch
  /// The key of the thread or discussion; empty for everything.
  public var target: String
  /// The thread's or discussion's title; empty where the forum does not tell.
  public var title: String

  /// A watch, or a mute, as a command shows it.
  public init(watch: Watch, target: String, title: String) {
    self.watch = watch
    self.target = target
    self.title = title
  }
}
