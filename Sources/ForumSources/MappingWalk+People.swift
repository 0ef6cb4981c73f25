import Forum
import SQL

/// People found by page, by key and by name, who must be the same.
extension MappingWalk {
  /// The first watchers of a thread, and whether they are all there are.
  private struct Some {
    var watchers: [Watcher] = []
    var unreadable: Set<ForumKey> = []
    var isAll = false

    func read(without unreadable: Set<ForumKey>) -> [Watcher] {
      watchers.filter { !unreadable.contains($0.participant.key) }
    }
  }

  /// - Parameter others: people who may or may not watch.
  mutating func walkWatchers(of post: Post, among others: [String]) throws {
    guard let long = try some(post, rows: 1000, atLeast: people) else { return }
    if long.watchers.isEmpty, long.unreadable.isEmpty { try lookForNumbers(post) }
    if !long.watchers.isEmpty { findings.hasWatchers = true }
    let wholly = long.watchers.filter { $0.watches.contains { $0.scope == .everything } }.map(\.participant.key)
    if !wholly.isEmpty { everything[ForumKey(post.discussionKey), default: []].formUnion(wholly.distinctKeys) }
    for rows in [4, 7] {
      guard let short = try some(post, rows: rows, atLeast: 42) else { return }
      compare(long, short, rows)
    }
    let watchers = Array(long.watchers.prefix(people))
    var unreadable = long.unreadable
    try walkAmong(post, watchers, &unreadable)
    try walkUnpaged(post, others.distinctKeys.subtracting(long.watchers.map(\.participant.key).distinctKeys), long)
    let readable = watchers.filter { !unreadable.contains($0.participant.key) }
    try walkParticipants(readable)
    try walkReaders(of: post, readable.map(\.participant.key))
    meet(readable, post)
    for watcher in readable.prefix(3) { try walkName(watcher.participant) }
    // The first, and one or two of each kind of watch: each may be a branch of the query by itself.
    var kinds: [[String]: Int] = [:]
    for (index, watcher) in readable.enumerated() {
      let kind = watcher.watches.map { "\($0.scope) \($0.isMute)" }.sorted()
      kinds[kind, default: 0] += 1
      if index < 3 || kinds[kind]! < 3 { try walkListed(watcher, post) }
    }
  }

  /// - Parameters:
  ///   - rows: to a page.
  ///   - count: pages are read until there are so many people.
  private mutating func some(_ post: Post, rows: Int, atLeast count: Int) throws -> Some? {
    let forum = forum
    var (some, after): (Some, String?) = (Some(), nil)
    // A page may be empty of people who count, though others follow.
    for _ in 0..<max(1000, count) where some.watchers.count < count {
      let page = try ask {
        try forum.watchers(thread: post.threadKey, discussion: post.discussionKey, after: after, limit: rows)
      }
      guard let page else { return nil }
      some.watchers += page.watchers
      some.unreadable.formUnion(page.faults.map(\.key).distinctKeys)
      after = page.next
      if after == nil {
        some.isAll = true
        break
      }
    }
    return some
  }

  /// Nobody is found: is it that nobody can be?
  private mutating func lookForNumbers(_ post: Post) throws {
    let forum = forum
    let arguments: [String: Value] = [
      "thread": .text(post.threadKey), "discussion": .text(post.discussionKey),
      "after": .text(forum.mapping.firstKey), "limit": 1,
    ]
    guard try ask({ try forum.findsByNumber(.watchers, arguments) }) == true else { return }
    complain(
      .watchers, "it finds nobody who watches post \(post.key), and would if keys were bound as numbers",
      advice: MappingWalk.keysAreTexts)
  }

  /// Pages of every size give the same people in the same order.
  private mutating func compare(_ long: Some, _ short: Some, _ rows: Int) {
    let unreadable = long.unreadable.union(short.unreadable)
    let (a, b) = (long.read(without: unreadable), short.read(without: unreadable))
    let count = min(long.isAll ? .max : a.count, short.isAll ? .max : b.count)
    let (first, second) = (Array(a.prefix(count)), Array(b.prefix(count)))
    let advice =
      "let it return those behind :after alone, in the order of `participant`, and cut by `LIMIT :limit` last of all"
    for index in 0..<max(first.count, second.count) {
      let x = index < first.count ? first[index] : nil
      let y = index < second.count ? second[index] : nil
      if !String.isSameKey(x?.participant.key, y?.participant.key) {
        return complain(
          .watchers,
          "pages of \(rows) rows and of 1000 rows give different people: \(x?.participant.key ?? "nobody") and "
            + "\(y?.participant.key ?? "nobody") as the \(index + 1)th",
          advice: advice)
      }
      if let x, let y, Set(x.watches) != Set(y.watches) {
        return complain(
          .watchers,
          "pages of \(rows) rows and of 1000 rows give different watches of participant \(x.participant.key)",
          advice: "put all rows of one person together, by `ORDER BY participant` over the whole query")
      }
    }
  }

  /// Each is found by key with the same watches and the same choices.
  private mutating func walkAmong(_ post: Post, _ watchers: [Watcher], _ unreadable: inout Set<ForumKey>) throws {
    let forum = forum
    let keys = watchers.map(\.participant.key)
    if keys.isEmpty { return }
    let (thread, discussion) = (post.threadKey, post.discussionKey)
    guard let found = try ask({ try forum.watchers(thread: thread, discussion: discussion, among: keys) }) else {
      return
    }
    unreadable.formUnion(found.unreadableKeys)
    refuseTwice(
      .watchersAmong, found.map(\.participant.key), advice: "put the rows of one person together: `ORDER BY` the key")
    let byKey = found.keyed(by: \.participant.key)
    var (missing, watches, choices): ([String], [String], [String]) = ([], [], [])
    for watcher in watchers where !unreadable.contains(watcher.participant.key) {
      let key = watcher.participant.key
      guard let other = byKey[key] else {
        missing.append(key)
        continue
      }
      if Set(watcher.watches) != Set(other.watches) {
        watches.append(
          "participant \(key) has \(words(other.watches)), and by the query `watchers` \(words(watcher.watches))")
      }
      if let words = difference(other.participant, watcher.participant, "watchers") { choices.append(words) }
    }
    let isOfText =
      try !missing.isEmpty
      && ask {
        try forum.findsByNumber(
          .watchersAmong,
          ["thread": .text(thread), "discussion": .text(discussion), "keys": .texts(missing)])
      } == true
    complain(
      .watchersAmong, missing.map { "participant \($0) is found by page (`watchers`), and not by key" },
      advice: isOfText ? MappingWalk.keysAreTexts : "without this answer nothing is sent to them")
    complain(.watchersAmong, watches, advice: "let both tell the same `scope`, `mute`, `watch_mode` and `since`")
    complain(.watchersAmong, choices, advice: "let both take it from the same column")
  }

  /// Who watches by key is on a page. Where not all pages were read, it is the one that begins before a number.
  private mutating func walkUnpaged(_ post: Post, _ others: Set<ForumKey>, _ long: Some) throws {
    let forum = forum
    let (thread, discussion) = (post.threadKey, post.discussionKey)
    let keys = others.subtracting(long.unreadable).sortedTexts
    guard !keys.isEmpty,
      let found = try ask({ try forum.watchers(thread: thread, discussion: discussion, among: keys) })
    else { return }
    var unpaged = found.filter { !$0.watches.isEmpty }.map(\.participant.key)
    if !long.isAll {
      let numbers = unpaged.prefix(5).compactMap(Int64.init).filter { $0 > .min }
      unpaged = []
      for number in numbers {
        let page = try ask {
          try forum.watchers(thread: thread, discussion: discussion, after: String(number - 1), limit: 4)
        }
        guard let page else { return }
        let keys = page.watchers.map(\.participant.key).distinctKeys.union(page.faults.map(\.key).distinctKeys)
        if !keys.contains(String(number)) { unpaged.append(String(number)) }
      }
    }
    complain(
      .watchers, unpaged.map { "participant \($0) watches by key (`watchers_among`), and is on no page" },
      advice: "both are to find exactly those whose watch or mute bears on :thread and :discussion")
  }

  private mutating func walkParticipants(_ watchers: [Watcher]) throws {
    let forum = forum
    let keys = watchers.map(\.participant.key)
    if keys.isEmpty { return }
    guard let found = try ask({ try forum.participants(keys: keys) }) else { return }
    refuseTwice(.participants, found.map(\.key))
    let byKey = found.keyed(by: \.key)
    let missing = keys.filter { byKey[$0] == nil && !found.unreadableKeys.contains($0) }
    let isOfText =
      try !missing.isEmpty && ask { try forum.findsByNumber(.participants, ["keys": .texts(missing)]) } == true
    complain(
      .participants, missing.map { "participant \($0) is found by page (`watchers`), and not by key" },
      advice: isOfText ? MappingWalk.keysAreTexts : "let it find everybody who may watch")
    complain(
      .participants,
      watchers.compactMap { watcher in
        byKey[watcher.participant.key].flatMap { difference($0, watcher.participant, "watchers") }
      }, advice: "let both take it from the same column")
  }

  /// Whoever may read is so by himself as among others.
  private mutating func walkReaders(of post: Post, _ keys: [String]) throws {
    let forum = forum
    guard !keys.isEmpty, post.visibility == .visible, forum.mapping.queries[.readers] != nil,
      let together = try ask({ try forum.readers(of: post, among: keys) })
    else { return }
    for key in keys.prefix(3) {
      guard let alone = try ask({ try forum.readers(of: post, among: [key]) }) else { return }
      if alone.contains(key) == together.contains(key) { continue }
      return complain(
        .readers, "whether participant \(key) may read post \(post.key) depends on who else is asked about",
        advice: "let each person's answer go by that person alone")
    }
    if keys.count > 1, keys.allSatisfy({ !together.contains($0) }) {
      let isOfText =
        try ask {
          try forum.findsByNumber(
            .readers,
            [
              "post": .text(post.key), "thread": .text(post.threadKey), "discussion": .text(post.discussionKey),
              "keys": .texts(keys),
            ])
        } ?? false
      if isOfText {
        complain(
          .readers, "none of \(keys.count) watchers may read post \(post.key)", advice: MappingWalk.keysAreTexts)
      } else {
        remark(
          .readers, "none of \(keys.count) watchers of post \(post.key) may read it: it is mailed to nobody",
          advice: "if nobody may see it on the web either, all is well")
      }
    }
  }

  private mutating func walkName(_ participant: Participant) throws {
    let forum = forum
    guard forum.mapping.queries[.findParticipant] != nil, !participant.address.isEmpty,
      let found = try ask({ try forum.participants(named: participant.address) })
    else { return }
    if found.contains(where: { String.isSameKey($0.key, participant.key) }) || !found.faults.isEmpty { return }
    complain(
      .findParticipant, "participant \(participant.key) is not found by the address that `watchers` tells",
      advice: "compare :text with that column as it is")
  }

  /// What somebody watches is among what they are shown to watch.
  private mutating func walkListed(_ watcher: Watcher, _ post: Post) throws {
    let (forum, key) = (forum, watcher.participant.key)
    guard forum.mapping.queries[.watches] != nil, let listed = try ask({ try forum.watches(of: key) }),
      listed.faults.isEmpty
    else { return }
    for watch in watcher.watches {
      let target =
        switch watch.scope {
        case .thread: post.threadKey
        case .discussion: post.discussionKey
        case .everything: ""
        }
      let isListed = listed.contains {
        $0.watch.scope == watch.scope && $0.target == target && $0.watch.isMute == watch.isMute
          // What it leaves out, it says nothing about.
          && ($0.watch.mode == nil || $0.watch.mode == watch.mode)
      }
      if isListed { continue }
      let isOfText =
        try ask { try forum.findsByNumber(.watches, ["participant": .text(key)]) } == true && listed.isEmpty
      return complain(
        .watches,
        "participant \(key) has \(words([watch], on: target)), and it is not listed",
        advice: isOfText ? MappingWalk.keysAreTexts : "let it tell the same `scope`, `mute` and `watch_mode`")
    }
  }

  /// Whose author nobody knows, is nobody's own.
  mutating func judgeAuthors(of samples: Samples) {
    let posts = samples.all.filter { $0.visibility == .visible }
    guard posts.count >= 3, posts.allSatisfy({ $0.authorKey == nil }) else { return }
    remark(
      .posts,
      "`author` is empty or left out in all \(posts.map(\.key).distinctKeys.count) posts that were looked at: whoever "
        + "watches is mailed their own posts too",
      advice: "let it be the `id` of the participant who wrote the post")
  }

  /// Own posts are told by the author's key: it must be a participant's.
  mutating func walkAuthors(of recent: [Post]) throws {
    let forum = forum
    let authors = recent.compactMap(\.authorKey).distinctKeys.sortedTexts
    guard let found = try ask({ try forum.participants(keys: authors) }) else { return }
    meet(found.map { Watcher(participant: $0, watches: []) }, nil)
    let known = found.map(\.key).distinctKeys.union(found.unreadableKeys)
    let missing = authors.filter { !known.contains($0) }
    // One or two have gone for good; of many, a join leaves them out.
    if !known.isEmpty, missing.count >= 3, missing.count * 4 > authors.count {
      remark(
        .participants,
        "it does not find \(missing.count) of the \(authors.count) authors of the newest posts, such as \(missing[0])",
        advice: "if their accounts are gone, all is well; else a join leaves them out: write LEFT JOIN")
    }
    guard authors.count >= 3, found.isEmpty, found.faults.isEmpty else { return }
    let words = "none of the \(authors.count) authors of the newest posts, such as \(authors[0])"
    if try ask({ try forum.findsByNumber(.participants, ["keys": .texts(authors)]) }) == true {
      complain(.participants, "it finds \(words)", advice: MappingWalk.keysAreTexts)
    } else {
      // They may all have gone; more likely the column is of other keys, and everybody is mailed their own posts.
      remark(.posts, "\(words) is a participant", advice: "the column `author` is to hold the `id` of one")
    }
  }

  /// Behind a mark stands what is behind it.
  mutating func walkChanges() throws {
    let forum = forum
    guard forum.mapping.queries[.changes] != nil,
      let first = try ask({ try forum.changes(after: 0, limit: 4) }), !first.participants.isEmpty,
      let second = try ask({ try forum.changes(after: first.mark, limit: 4) }), !second.participants.isEmpty
    else { return }
    if second.mark <= first.mark {
      complain(
        .changes, "behind the mark \(first.mark) it gives marks that are not larger",
        advice: "write `mark > :after`, in the order of `mark`")
    }
  }
}
