import Forum
import Identifiers
import Ledger

/// Journalled posts with their thread and discussion as they stand now.
public struct JournalledPosts: Sendable {
  /// A post for a mail, or why there is none.
  public enum Loaded: Sendable {
    /// It is shown: its copy is complete.
    case post(PostCopy, JournalEntry)
    /// It is not shown for now (`hidden`), or it is gone. One whose thread or discussion is missing counts as hidden: a
    /// mail could not say where it belongs. That is told (rule E1).
    case withdrawn(SkipReason, JournalEntry)
  }

  private let members: Members

  /// Asks the forum of these members, and their ledger.
  public init(_ members: Members) { self.members = members }

  /// The posts at these journal positions; a position that the journal does not have is left out.
  ///
  /// A few questions to the forum and a few to the ledger, however many posts there are. No transaction spans them: a
  /// post that is moved between two of them is told of where it was or where it is.
  /// - Parameter detail: `whole` only of so many posts as memory has room for; see `octets(of:)`.
  public func posts(
    _ positions: some Sequence<JournalPosition>, _ detail: PostDetail
  ) throws -> [JournalPosition: Loaded] {
    let positions = Set(positions).sorted()
    if positions.isEmpty { return [:] }
    let forum = members.forum
    let entries = try members.ledger.journalEntries(positions: positions)
    let found = try forum.posts(keys: entries.filter { !$0.isReplaced }.map(\.postKey), detail)
    let posts = found.keyed(by: \.key)
    let foundThreads = try forum.threads(keys: distinct(posts.values.map(\.threadKey)))
    let threads = foundThreads.keyed(by: \.key)
    let foundDiscussions = try forum.discussions(keys: distinct(posts.values.map(\.discussionKey)))
    let discussions = foundDiscussions.keyed(by: \.key)
    let lost = try placesNotThere(posts, foundThreads, foundDiscussions)
    try members.setAside(found.faults + foundThreads.faults + foundDiscussions.faults + lost)
    let shown = detail == .whole ? posts.values.filter { $0.visibility == .visible } : []
    let (files, parents) = (try attachments(of: shown.map(\.key)), try answered(by: shown))
    let ancestors = try ancestors(of: posts)
    var loaded: [JournalPosition: Loaded] = [:]
    for entry in entries {
      if let post = posts[entry.postKey], entry.identity?.isAnother(than: post.identity) == true {
        // Another post has its key: the forum was restored from a backup. What is said to be one's is not the other's.
        loaded[entry.position] = .withdrawn(.gone, entry)
        continue
      }
      guard let post = posts[entry.postKey] else {
        let isThere = found.unreadableKeys.contains(entry.postKey)
        loaded[entry.position] = .withdrawn(isThere ? .unreadablePost : .gone, entry)
        continue
      }
      guard post.visibility == .visible, let thread = threads[post.threadKey],
        let discussion = discussions[post.discussionKey]
      else {
        let isPlaceThere =
          foundThreads.unreadableKeys.contains(post.threadKey)
          || foundDiscussions.unreadableKeys.contains(post.discussionKey)
        let reason: SkipReason =
          post.visibility == .deleted ? .gone : isPlaceThere && post.visibility == .visible ? .unreadablePost : .hidden
        loaded[entry.position] = .withdrawn(reason, entry)
        continue
      }
      let copy = PostCopy(
        post: post, thread: thread, discussion: discussion, journalled: entry.journalled,
        ancestors: ancestors[post.key] ?? [], parent: parents[post.key], attachments: files[post.key] ?? [],
        takesAnswers: members.takesReplies && !thread.isClosed && discussion.takesAnswers(at: members.now()))
      loaded[entry.position] = .post(copy, entry)
    }
    return loaded
  }

  /// Threads and discussions that the forum does not have, and in which posts stand that can be seen: each once, with one
  /// such post. No transaction spans the questions, so those posts are asked for once more: they may have gone with
  /// their thread meanwhile.
  private func placesNotThere(
    _ posts: [ForumKey: Post], _ threads: Answer<Thread>, _ discussions: Answer<Discussion>
  ) throws -> [RowFault] {
    let knownThreads = threads.map(\.key).distinctKeys.union(threads.unreadableKeys)
    let knownDiscussions = discussions.map(\.key).distinctKeys.union(discussions.unreadableKeys)
    let isLost = { (post: Post) in
      post.visibility == .visible
        && !(knownThreads.contains(post.threadKey) && knownDiscussions.contains(post.discussionKey))
    }
    let suspects = posts.values.filter(isLost).map(\.key).sorted()
    if suspects.isEmpty { return [] }
    var faults: [ForumKey: RowFault] = [:]
    for post in try members.forum.posts(keys: suspects, .standing)
    where isLost(post) && posts[post.key].map(isLost) == true {
      if !knownThreads.contains(post.threadKey) {
        faults["thread \(post.threadKey)"] = .notThere(.thread, key: post.threadKey, query: "threads", post: post.key)
      }
      if !knownDiscussions.contains(post.discussionKey) {
        faults["discussion \(post.discussionKey)"] = .notThere(
          .discussion, key: post.discussionKey, query: "discussions", post: post.key)
      }
    }
    return faults.values.sorted { $0.key < $1.key }
  }

  /// How large the bodies of these posts are; a post that the forum does not have is left out.
  public func octets(of positions: some Sequence<JournalPosition>) throws -> [JournalPosition: Int] {
    let entries = try members.ledger.journalEntries(positions: positions)
    let sizes = try members.forum.posts(keys: entries.map(\.postKey), .sized).keyed(by: \.key)
    return Dictionary(
      entries.compactMap { entry in sizes[entry.postKey].map { (entry.position, $0.bodyOctets ?? 0) } },
      uniquingKeysWith: { first, _ in first })
  }

  /// Gives each of these copies with its text, a few of them at a time (rule E4). One that is gone by now is left out.
  /// - Parameter copies: sized.
  public func whole(_ copies: [PostCopy], _ body: (PostCopy) throws -> Void) throws {
    for chunk in copies.chunks(weighing: JournalledPosts.octetLimit, { $0.post.bodyOctets ?? 0 }) {
      let posts = try members.forum.posts(keys: distinct(chunk.map(\.post.key)), .whole).keyed(by: \.key)
      let (files, parents) = (try attachments(of: posts.values.map(\.key)), try answered(by: posts.values))
      for var copy in chunk {
        guard let post = posts[copy.post.key] else { continue }
        copy.post = post
        copy.attachments = files[post.key] ?? []
        copy.parent = parents[post.key]
        try body(copy)
      }
    }
  }

  /// The files of posts. One that cannot be read is told, and the others of its post are named without it (rule E1).
  private func attachments(of posts: [String]) throws -> [ForumKey: [PostAttachment]] {
    let found = try members.forum.attachments(ofPosts: distinct(posts))
    try members.setAside(found.faults)
    return Dictionary(grouping: found) { ForumKey($0.post) }
  }

  /// What these posts answer, of that which can be seen in the same thread. One that cannot be read is told where it is
  /// itself in question (rule E1).
  public func answered(by posts: some Collection<Post>) throws -> [ForumKey: PostCopy.Answered] {
    let parents = distinct(posts.compactMap(\.parentKey))
    if parents.isEmpty { return [:] }
    let found = try members.forum.posts(keys: parents, .named).keyed(by: \.key)
    let pairs = posts.compactMap { post -> (ForumKey, PostCopy.Answered)? in
      guard let parent = post.parentKey.flatMap({ found[$0] }), parent.visibility == .visible,
        ForumKey(parent.threadKey) == ForumKey(post.threadKey), ForumKey(parent.key) != ForumKey(post.key)
      else { return nil }
      return (ForumKey(post.key), PostCopy.Answered(number: parent.number, authorName: parent.authorName))
    }
    return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
  }

  /// Octets of bodies that are read at once, unless a single post has more.
  public static let octetLimit = 8_000_000

  /// The nearest ancestors of each post, the oldest first. By the forum's word of the nearest; what that one answered,
  /// the journal remembers. A chain that comes back to the post itself ends there: no mail names itself in
  /// `References`.
  private func ancestors(of posts: [ForumKey: Post]) throws -> [ForumKey: [PostCopy.Journalled]] {
    let chains = try members.ledger.ancestors(
      of: posts.compactMapValues(\.parentKey), limit: PostCopy.ancestorLimit)
    return Dictionary(
      uniqueKeysWithValues: chains.map { key, chain in
        (key, chain.prefix { ForumKey($0.postKey) != key }.reversed().map(\.journalled))
      })
  }

  private func distinct(_ keys: [String]) -> [String] { keys.distinctKeys.sortedTexts }
}

extension Array {
  /// The elements in their order, in pieces that weigh no more than a limit, each of one element at least.
  func chunks(weighing limit: Int, _ weight: (Element) -> Int) -> [ArraySlice<Element>] {
    var pieces: [ArraySlice<Element>] = []
    var (start, sum) = (startIndex, 0)
    for (index, element) in enumerated() {
      let weight = weight(element)
      if index > start, sum + weight > limit {
        pieces.append(self[start..<index])
        (start, sum) = (index, 0)
      }
      sum += weight
    }
    if start < endIndex { pieces.append(self[start...]) }
    return pieces
  }
}

extension JournalEntry {
  fileprivate var journalled: PostCopy.Journalled { PostCopy.Journalled(position: position, key: signingKey) }
}
