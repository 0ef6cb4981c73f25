import Forum
import SQL

/// What people are shown to watch, which must be what mails go by.
extension MappingWalk {
  /// How many of a kind of watch were looked for, and which were not found.
  private struct Sought {
    var asked = 0
    var lost: [String] = []
  }

  /// Somebody's watch, and where it bears.
  private struct Wish {
    let person: String
    let listed: ListedWatch
    let thread, discussion: String
  }

  /// Each watch that `watches` lists is found by page and by key where it bears: a branch of a `UNION` that is bound to
  /// the wrong key finds nobody, and contradicts nothing else.
  /// - Parameter posts: where a watch on a discussion, or on everything, is looked for.
  mutating func walkWishes(places posts: [Post]) throws {
    guard forum.mapping.queries[.watches] != nil, let wishes = try wishes(posts) else { return }
    for scope in WatchScope.allCases {
      var (among, page): (Sought, Sought) = (Sought(), Sought())
      for wish in wishes where wish.listed.watch.scope == scope {
        try seek(wish, &among, &page)
        if among.asked == 12 { break }
      }
      tell(.watchersAmong, scope, among)
      tell(.watchers, scope, page)
    }
  }

  private mutating func tell(_ question: Question, _ scope: WatchScope, _ sought: Sought) {
    guard let first = sought.lost.first else { return }
    let words =
      "of \(sought.asked) watches on \(scope == .everything ? "" : "a ")\(scope.rawValue) that `watches` lists it does "
      + "not find \(sought.lost.count): participant \(first)"
    // Who may not read may be left out of one and not of the other.
    if sought.lost.count >= 3, sought.lost.count * 2 > sought.asked {
      complain(
        question, words, advice: "see that each branch compares with what it is for, :thread or :discussion")
    } else {
      remark(
        question, words,
        advice: "if the query leaves them out since they may get no mail, all is well; else let both find the same")
    }
  }

  /// What some of those who may be mailed are shown to watch, where it can be looked for.
  private mutating func wishes(_ posts: [Post]) throws -> [Wish]? {
    let forum = forum
    let people = met.sorted { $0.key < $1.key }.map(\.value.participant)
      .filter { $0.isActive && $0.isConfirmed && $0.hasUsableAddress }
    var listed: [(String, ListedWatch)] = []
    for person in people.prefix(40) {
      guard let answer = try ask({ try forum.watches(of: person.key) }) else { return nil }
      for scope in WatchScope.allCases {
        listed += answer.filter { $0.watch.scope == scope }.prefix(3).map { (person.key, $0) }
      }
    }
    let targets = listed.filter { $0.1.watch.scope == .thread }.map(\.1.target).distinctKeys.sortedTexts
    guard let threads = try ask({ try forum.threads(keys: targets) }) else { return nil }
    var threadOf: [ForumKey: String] = [:]
    for thread in threads { threadOf[thread.discussionKey] = thread.key }
    for post in posts { threadOf[post.discussionKey] = post.threadKey }
    let discussionOf = threads.keyed(by: \.key).mapValues(\.discussionKey)
    return listed.compactMap { person, one in
      switch one.watch.scope {
      case .thread:
        discussionOf[one.target].map { Wish(person: person, listed: one, thread: one.target, discussion: $0) }
      case .discussion:
        threadOf[one.target].map { Wish(person: person, listed: one, thread: $0, discussion: one.target) }
      case .everything:
        posts.last.map { Wish(person: person, listed: one, thread: $0.threadKey, discussion: $0.discussionKey) }
      }
    }
  }

  private mutating func seek(_ wish: Wish, _ among: inout Sought, _ page: inout Sought) throws {
    let (forum, thread, discussion) = (forum, wish.thread, wish.discussion)
    func isThere(_ watchers: some Sequence<Watcher>) -> Bool {
      watchers.contains { watcher in
        String.isSameKey(watcher.participant.key, wish.person)
          && watcher.watches.contains {
            $0.scope == wish.listed.watch.scope && $0.isMute == wish.listed.watch.isMute
          }
      }
    }
    let target = wish.listed.target
    let words = "\(wish.person) has \(self.words([wish.listed.watch], on: target))"
    guard let byKey = try ask({ try forum.watchers(thread: thread, discussion: discussion, among: [wish.person]) }),
      byKey.faults.isEmpty
    else { return }
    among.asked += 1
    if !isThere(byKey) { among.lost.append(words) }
    guard let first = try ask({ try forum.watchers(thread: thread, discussion: discussion, after: nil, limit: 1000) }),
      !first.faults.contains(where: { $0.key == wish.person })
    else { return }
    if isThere(first.watchers) || first.next == nil {
      page.asked += 1
      if !isThere(first.watchers) { page.lost.append(words) }
    } else if let number = Int64(wish.person), number > .min {
      // Not on the first page: on the one that begins before them.
      let next = try ask {
        try forum.watchers(thread: thread, discussion: discussion, after: String(number - 1), limit: 4)
      }
      guard let next, !next.faults.contains(where: { $0.key == wish.person }) else { return }
      page.asked += 1
      if !isThere(next.watchers) { page.lost.append(words) }
    }
  }
}
