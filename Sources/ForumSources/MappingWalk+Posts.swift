import Forum
import Time

/// Posts found in every way that they can be, and where they stand.
extension MappingWalk {
  /// Posts of several ages, without their bodies, in the order of their ordinals.
  struct Samples {
    var oldest: [Post] = []
    var middle: [Post] = []
    /// The newest fifty or so.
    var recent: [Post] = []
    /// By the forum's word, as the walk began.
    var newest: Int64 = 0

    var all: [Post] { oldest + middle + recent }
  }

  mutating func samples() throws -> Samples {
    let forum = forum
    var samples = Samples()
    guard let newest = try ask({ try forum.newestOrdinal() }) else { return samples }
    samples.newest = newest
    if let beyond = try ask({ try forum.posts(after: newest, limit: 2) })?.first {
      complain(
        .newest, "it is \(newest), and post \(beyond.key) has the ordinal \(beyond.ordinal)",
        advice: "let it be the largest ordinal of all posts, whatever their state")
    }
    let start = min(newest, 0) - 1
    guard let oldest = try ask({ try forum.posts(after: start, limit: 50) }) else { return samples }
    if oldest.isEmpty, oldest.faults.isEmpty {
      if newest > 0 { complain(.postsAfter, "it finds no post, though the newest ordinal is \(newest)") }
      return samples
    }
    if oldest.count > 50 {
      complain(.postsAfter, "it gives \(oldest.count) posts where 50 were asked for", advice: "write `LIMIT :limit`")
    }
    samples.oldest = Array(oldest.prefix(50))
    samples.middle = try ask { Array(try forum.posts(after: newest / 2, limit: 50).prefix(50)) } ?? []
    samples.recent = try recent(newest, from: start)
    try judgeNewest(newest, samples.recent)
    return samples
  }

  /// Looks back from the newest, further each time: ordinals need not be free of gaps.
  private mutating func recent(_ newest: Int64, from start: Int64) throws -> [Post] {
    let (forum, limit) = (forum, 5000)
    var (found, span): ([Post], Int64) = ([], 64)
    while true {
      let first = max(newest - span, start)
      guard let posts = try ask({ try forum.posts(within: first...newest, limit: limit) }) else { break }
      // Cut at the limit, they are not the newest.
      if posts.count >= limit, !found.isEmpty { break }
      found = posts.suffix(50)
      if found.count == 50 || first == start || posts.count >= limit { break }
      span = span > .max / 64 ? .max / 2 : span * 16
    }
    if found.isEmpty {
      complain(.postsWithin, "it finds no post up to the newest ordinal \(newest), and `posts_after` finds some")
    }
    return found
  }

  /// The newest that can be seen, one in the middle, and one that somebody watches: three at most.
  mutating func choose(_ samples: Samples) throws -> [Post] {
    let forum = forum
    func isVisible(_ post: Post) -> Bool { post.visibility == .visible }
    var chosen = [samples.recent.last(where: isVisible), samples.middle.first(where: isVisible)].compactMap(\.self)
    var threads: Set<ForumKey> = []
    for post in (samples.recent.reversed() + samples.middle + samples.oldest) where isVisible(post) {
      guard threads.count < 30, threads.insert(ForumKey(post.threadKey)).inserted else { continue }
      let page = try ask {
        try forum.watchers(thread: post.threadKey, discussion: post.discussionKey, after: nil, limit: 4)
      }
      guard let page else { break }
      if !page.watchers.isEmpty {
        chosen.append(post)
        break
      }
    }
    var seen: Set<ForumKey> = []
    let keys = chosen.map(\.key).filter { seen.insert(ForumKey($0)).inserted }
    guard let found = try ask({ try forum.posts(keys: keys) }) else { return [] }
    let known = found.map(\.key).distinctKeys.union(found.unreadableKeys)
    let missing = keys.filter { !known.contains($0) }
    if let first = missing.first {
      let isOfText = try ask { try forum.findsByNumber(.posts, ["keys": .texts(missing)]) } ?? false
      complain(
        .posts, "post \(first) is found by `posts_after` or `posts_within`, and not by its key",
        advice: isOfText ? MappingWalk.keysAreTexts : nil)
    }
    return keys.compactMap { key in found.first { String.isSameKey($0.key, key) } }
  }

  /// A post as each query tells it.
  mutating func walk(_ post: Post) throws {
    let forum = forum
    if let byKey = try ask({ try forum.posts(keys: [post.key]) }), byKey.count > 1 {
      complain(
        .posts, "post \(post.key) comes \(byKey.count) times",
        advice: "a join has several rows for it: write a subquery, or join one of them")
    }
    let one = post.ordinal...post.ordinal
    if let within = try ask({ try forum.posts(within: one, limit: 10) }) {
      let others = within.filter { !String.isSameKey($0.key, post.key) }
      if let other = others.first {
        complain(
          .postsWithin, "the posts \(post.key) and \(other.key) have one ordinal, \(post.ordinal)",
          advice: "no two may have the same")
      }
      compare(
        post, within.rows.filter { String.isSameKey($0.key, post.key) }, .postsWithin,
        isUnreadable: !within.faults.isEmpty)
    }
    guard post.ordinal > .min else { return }
    if let after = try ask({ try forum.posts(after: post.ordinal - 1, limit: 1) }) {
      compare(
        post, after.rows.filter { String.isSameKey($0.key, post.key) }, .postsAfter, isUnreadable: !after.faults.isEmpty
      )
    }
  }

  private mutating func compare(_ post: Post, _ found: [Post], _ question: Question, isUnreadable: Bool) {
    guard let other = found.first else {
      if isUnreadable { return }
      return complain(question, "post \(post.key) is found by its key, and not by its ordinal \(post.ordinal)")
    }
    if found.count > 1 {
      complain(
        question, "post \(post.key) comes \(found.count) times",
        advice: "a join has several rows for it: write a subquery, or join one of them")
    }
    let columns: [(String, (Post) -> String)] = [
      ("ordinal", { "\($0.ordinal)" }), ("thread", \.threadKey), ("discussion", \.discussionKey),
      ("state", \.visibility.rawValue), ("created_at", \.createdAt.description),
      ("visible_at", { $0.visibleAt?.description ?? "NULL" }), ("urgent", { "\($0.isUrgent)" }),
    ]
    for (name, value) in columns where value(post) != value(other) {
      complain(
        question,
        "post \(post.key) has `\(value(other))` as its \(name), and `\(value(post))` by the query `posts`",
        advice: "let all queries for posts share a fragment")
    }
    if post.parentKey != other.parentKey {
      remark(
        question,
        "it tells another `parent` of post \(post.key) than `posts`: mails will not show whom it answers",
        advice: "let all queries for posts share a fragment")
    }
  }

  /// Each file of a post once, and under a name. That no post has one proves nothing.
  mutating func walkFiles(of posts: [Post]) throws {
    let forum = forum
    let keys = posts.map(\.key).distinctKeys.sortedTexts
    guard let files = try ask({ try forum.attachments(ofPosts: keys) }) else { return }
    var met: Set<PostAttachment> = []
    if let file = files.first(where: { $0.url != nil && !met.insert($0).inserted }) {
      complain(
        .attachments, "a file of post \(file.post) comes twice",
        advice: "a join has several rows for it: write a subquery, or join one of them")
    }
    let nameless = files.count { $0.name.allSatisfy(\.isWhitespace) }
    if nameless > 0 {
      remark(
        .attachments, "\(nameless) of \(files.count) files have no name: mails call each of them `file`",
        advice: "let `name` be what the forum shows")
    }
  }

  /// One thread that is missing is the forum's own trouble; where none is found, the query is wrong.
  mutating func walkPlaces(of posts: [Post]) throws {
    let forum = forum
    let threadKeys = posts.map(\.threadKey).distinctKeys.sortedTexts
    let discussionKeys = posts.map(\.discussionKey).distinctKeys.sortedTexts
    if threadKeys.isEmpty { return }
    if let threads = try ask({ try forum.threads(keys: threadKeys) }) {
      if threads.isEmpty, threads.faults.isEmpty {
        let isOfText = try ask { try forum.findsByNumber(.threads, ["keys": .texts(threadKeys)]) } ?? false
        complain(
          .threads, "it finds none of the threads of the posts, such as \(threadKeys[0])",
          advice: isOfText ? MappingWalk.keysAreTexts : nil)
      }
      refuseTwice(.threads, threads.map(\.key))
      judgeClosed(.threads, threads.map(\.isClosed))
      let place = Dictionary(
        threads.map { (ForumKey($0.key), $0.discussionKey) }, uniquingKeysWith: { first, _ in first })
      let astray = posts.filter { post in place[post.threadKey].map { $0 != post.discussionKey } ?? false }
      complain(
        .threads,
        astray.map {
          "thread \($0.threadKey) is in discussion \(place[$0.threadKey]!), and its post \($0.key) in "
            + "\($0.discussionKey)"
        }, advice: "let the posts' queries take the discussion from the thread")
    }
    if let discussions = try ask({ try forum.discussions(keys: discussionKeys) }) {
      if discussions.isEmpty, discussions.faults.isEmpty {
        let isOfText = try ask { try forum.findsByNumber(.discussions, ["keys": .texts(discussionKeys)]) } ?? false
        complain(
          .discussions, "it finds none of the discussions of the posts, such as \(discussionKeys[0])",
          advice: isOfText ? MappingWalk.keysAreTexts : nil)
      }
      refuseTwice(.discussions, discussions.map(\.key))
      judgeClosed(.discussions, discussions.map(\.isClosed))
    }
  }

  /// Where the newest posts were written, not most places are closed.
  private mutating func judgeClosed(_ question: Question, _ all: [Bool]) {
    let closed = all.count(where: \.self)
    guard all.count >= 3, closed == all.count || all.count >= 5 && closed * 2 > all.count else { return }
    remark(
      question,
      "\(closed == all.count ? "all" : "\(closed) of") \(all.count) \(question.rawValue) of the posts that were looked at are closed: mails of theirs invite no answer",
      advice: "let `closed` be 1 where nobody can answer any more; it may stand the wrong way round")
  }

  /// A row for each key, and no more.
  mutating func refuseTwice(
    _ question: Question, _ keys: [String],
    advice: String = "a join has several rows for it: write a subquery, or join one of them"
  ) {
    var seen: Set<ForumKey> = []
    guard let twice = keys.first(where: { !seen.insert(ForumKey($0)).inserted }) else { return }
    complain(question, "\(twice) comes twice", advice: advice)
  }

  /// Those that wait are asked about once, on the first run: one that is not told then is never mailed.
  mutating func walkPending(_ recent: [Post]) throws {
    let forum = forum
    var waiting = recent.filter { $0.visibility == .pending }
    var some: [String] = []
    var after: Int64?
    repeat {
      let start = after
      guard let page = try ask({ try forum.pendingPosts(after: start, limit: 1000) }) else { return }
      let known = page.map(\.key).distinctKeys.union(page.unreadableKeys)
      waiting.removeAll { known.contains($0.key) }
      some += page.prefix(100 - some.count).map(\.key)
      after = page.isEmpty ? nil : page.last?.ordinal
    } while after != nil && (!waiting.isEmpty || some.count < 100)
    complain(
      .pending, waiting.map { "post \($0.key) has the state `pending`, and is not found" },
      advice: "let it find every post that waits, by the same condition as the column `state`")
    if some.isEmpty { return }
    guard let found = try ask({ try forum.posts(keys: some, .standing) }) else { return }
    complain(
      .pending,
      found.filter { $0.visibility != .pending }.map {
        "post \($0.key) is `\($0.visibility.rawValue)` by the query `posts`"
      }, advice: "let both tell the same `state`")
    let there = found.map(\.key).distinctKeys.union(found.unreadableKeys)
    complain(
      .posts, some.filter { !there.contains($0) }.map { "post \($0) is found by `pending`, and not by its key" },
      advice: "`posts` is to find the posts of every state")
  }

  /// A discussion is found by the moment at which it closes, and by no earlier one.
  mutating func walkClosing(_ key: String) throws {
    let forum = forum
    guard forum.mapping.queries[.closing] != nil,
      let closes = try ask({ try forum.discussions(keys: [key]) })?.first?.closesAt,
      closes < Timestamp(253_402_300_799)
    else { return }
    let advice = "let it compare seconds since 1970 in UTC with :from and :until, from :from on and before :until"
    // A fraction of a second may be cut off in one query and rounded in another.
    if let at = try ask({ try forum.discussions(closingWithin: closes - 2..<closes + 3) }), at.faults.isEmpty,
      !at.contains(where: { $0.key == key })
    {
      complain(.closing, "discussion \(key) closes at \(closes), and is not found by that moment", advice: advice)
    }
    if let before = try ask({ try forum.discussions(closingWithin: closes - 86_400..<closes - 2) }),
      before.contains(where: { $0.key == key })
    {
      complain(.closing, "discussion \(key) closes at \(closes), and is found before", advice: advice)
    }
  }
}
