import Mail

/// A forum that Watchpost reads: the embedded one, or a foreign one by a mapping.
///
/// Every call reads the forum as it stands now. No transaction spans two calls, nor the forum and the ledger.
/// Each throws `SourceUnavailable` if the forum's database cannot be asked; then nothing goes out (rule F3).
public protocol Source: Sendable {
  /// The largest ordinal in the forum, 0 if it is empty.
  func newestOrdinal() throws -> Int64
  /// Posts of every visibility with an ordinal above `ordinal`, ascending.
  func posts(after ordinal: Int64, limit: Int) throws -> [Post]
  /// Posts of every visibility with an ordinal within `range`, ascending.
  func posts(within range: ClosedRange<Int64>, limit: Int) throws -> [Post]
  /// Posts that wait to become visible, whatever their age; asked once, on the first run.
  func pendingPosts() throws -> [Post]
  /// The posts of these keys that still exist, in no order.
  func posts(keys: [String]) throws -> [Post]
  func threads(keys: [String]) throws -> [Thread]
  func discussions(keys: [String]) throws -> [Discussion]
  /// Discussions that close within the span, for the last call (rule D3).
  func discussions(closingWithin span: Range<Timestamp>) throws -> [Discussion]
  /// Everybody who has a watch or mute that bears on the thread, in the forum's own order of keys, from after the
  /// person `after`, about `limit` people.
  func watchers(thread: String, discussion: String, after: String?, limit: Int) throws -> WatcherPage
  /// These participants as they stand now, with their watches that bear on the thread.
  func watchers(thread: String, discussion: String, among keys: [String]) throws -> [Watcher]
  func participants(keys: [String]) throws -> [Participant]
  /// Which of these participants may read the post.
  func readers(of post: Post, among keys: [String]) throws -> Readers
  /// Participants whose wishes or watches changed after the mark, and the new mark; a source that cannot tell
  /// returns nobody and the mark it was given.
  func changes(after mark: Int64, limit: Int) throws -> (participants: [String], mark: Int64)
}

/// Who may read a post, of those who were asked about.
public enum Readers: Hashable, Sendable {
  case everyone
  case only(Set<String>)

  public func contains(_ key: String) -> Bool {
    switch self {
    case .everyone: true
    case .only(let keys): keys.contains(key)
    }
  }
}

/// Some of a thread's watchers.
public struct WatcherPage: Sendable {
  public var watchers: [Watcher]
  /// Where the next page begins; nil after the last one.
  public var next: String?

  public init(watchers: [Watcher], next: String?) { (self.watchers, self.next) = (watchers, next) }
}

/// The forum could not be asked.
public struct SourceUnavailable: Error, CustomStringConvertible {
  public let description: String
  /// A key that was asked about is none that this forum could have.
  public let isOfKey: Bool

  public init(_ description: String, isOfKey: Bool = false) {
    (self.description, self.isOfKey) = (description, isOfKey)
  }

  /// What a question about a key finds that a person typed: nothing, where no key of this forum looks like that.
  public static func foundByTyped<T>(_ ask: () throws -> [T]) throws -> [T] {
    do {
      return try ask()
    } catch let error as SourceUnavailable where error.isOfKey {
      return []
    }
  }
}
