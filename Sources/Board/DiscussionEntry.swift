import Forum
import Time

/// A discussion as somebody sees it.
public struct DiscussionEntry: Hashable, Sendable {
  /// Its key, title and hours.
  public let discussion: Discussion
  /// Who comes in.
  public let access: DiscussionAccess
  /// What the reader may do there, whatever its hours.
  public let rights: DiscussionRights

  /// Why a new thread of the reader's would not be taken at a moment; nil if it would.
  public func refusal(at moment: Timestamp) -> BoardRefusal? {
    refusal(of: Thread(key: "", discussionKey: discussion.key, title: ""), at: moment)
  }

  /// The same of a post in a thread.
  public func refusal(of thread: Thread, at moment: Timestamp) -> BoardRefusal? {
    if !rights.mayRead { return .gone }
    // That it is closed is true for everybody: nobody asks for a right that would not help.
    if let refusal = discussion.refusal(of: thread, at: moment) { return BoardRefusal(refusal) }
    return rights.mayPost ? nil : .noRight
  }
}

/// A discussion in the list of all.
public struct DiscussionSummary: Hashable, Sendable {
  /// What it is.
  public var entry: DiscussionEntry
  /// Threads with posts that can be seen.
  public var threads = 0
  /// The newest of them; nil without posts.
  public var newest: PostSign?
  /// Posts that wait for approval; 0 for who does not moderate.
  public var waiting = 0
}

/// Which post, by whom and when: what a list says of it.
public struct PostSign: Hashable, Sendable {
  /// Its key, which is its number.
  public let key: String
  /// Empty for a guest's, or of somebody whom the forum has forgotten.
  public let author: String
  /// When it could first be seen.
  public let at: Timestamp
}

/// A part of a list.
public struct Page<Element: Hashable & Sendable>: Hashable, Sendable {
  /// In order.
  public let elements: [Element]
  /// Which page, from 1.
  public let number: Int
  /// There are further ones.
  public let hasNext: Bool

  /// - Parameter found: one more than `size` where there is a next page.
  init(_ found: [Element], number: Int, size: Int) {
    (elements, hasNext) = (Array(found.prefix(size)), found.count > size)
    self.number = number
  }
}

/// A theme of a discussion.
public struct Theme: Hashable, Sendable {
  /// Its key.
  public let key: String
  /// As people wrote it.
  public let title: String
}

/// A thread in a discussion's list.
public struct ThreadSummary: Hashable, Sendable {
  /// Its key and title.
  public let thread: Thread
  /// The key of its theme; nil: none.
  public let themeKey: String?
  /// Its posts that can be seen.
  public var posts = Count(0, limit: 0)
  /// The newest of them; nil where there is none.
  public var newest: PostSign?
  /// Posts that wait for approval; 0 for who does not moderate.
  public var waiting = 0
}

/// A page of a discussion's threads.
public struct ThreadsPage: Hashable, Sendable {
  /// Where they are.
  public let entry: DiscussionEntry
  /// All of the discussion, in the order in which they were made.
  public let themes: [Theme]
  /// The theme whose threads alone are listed, if that was asked for.
  public let theme: Theme?
  /// The ones with the newest posts first.
  public let threads: Page<ThreadSummary>
}
