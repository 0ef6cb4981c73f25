import Forum
import Time

/// What posts and places have in common that they hardly ever have: each is valid, contradicts nothing, and is likely to be
/// the wrong column. Remarks alone: a forum may be so.
extension MappingWalk {
  /// Posts that are read with their texts.
  private static let whole = 12

  mutating func judgeOddities(of samples: Samples) throws {
    var seen: Set<ForumKey> = []
    let posts = samples.all.filter { $0.visibility == .visible && seen.insert(ForumKey($0.key)).inserted }
    judgeUrgent(posts)
    judgeParents(posts)
    judgeDays(posts)
    judgeOpeners(posts)
    judgeStates(samples)
    try judgeTexts(samples.recent.filter { $0.visibility == .visible })
    try judgeClosing(posts)
    judgeChoices()
  }

  private mutating func judgeUrgent(_ posts: [Post]) {
    let urgent = posts.count(where: \.isUrgent)
    guard posts.count >= 5, urgent * 2 > posts.count else { return }
    remark(
      .posts,
      "\(urgent) of \(posts.count) posts are urgent: their copies go at once, before their authors can mend them",
      advice: "let `urgent` be 1 for the rare post that is to wait for nobody")
  }

  private mutating func judgeParents(_ posts: [Post]) {
    let own = posts.filter { String.isSameKey($0.parentKey, $0.key) }
    guard let first = own.first else { return }
    remark(
      .posts, "\(own.count) of \(posts.count) posts answer themselves by `parent`, such as \(first.key)",
      advice: "let it be the post that is answered, and NULL for the first of a thread")
  }

  /// Times of day tell days apart from moments. In a zone with summer time, a day begins at two of them.
  private mutating func judgeDays(_ posts: [Post]) {
    let times = Set(posts.map(\.createdAt.secondOfDay))
    guard posts.count >= 5, times.count <= 2, times.allSatisfy({ $0 % 900 == 0 }),
      Set(posts.map(\.createdAt)).count >= 3, let first = posts.last
    else { return }
    remark(
      .posts,
      "all \(posts.count) posts were written at the beginning of a day by `created_at`, such as \(first.key) at "
        + "\(first.createdAt): a run takes those of a day that is over for old ones",
      advice: "let it be the moment, and not the day alone")
  }

  /// Of a thread with several posts not all are of one person, and so in every thread.
  private mutating func judgeOpeners(_ posts: [Post]) {
    let byThread = Dictionary(grouping: posts.filter { $0.authorKey != nil }) { ForumKey($0.threadKey) }
    let threads = byThread.values.filter { $0.count > 1 }
    let authors = threads.map { thread in thread.compactMap(\.authorKey).distinctKeys }
    guard threads.count >= 3, authors.allSatisfy({ $0.count == 1 }), Set(authors).count > 1 else { return }
    remark(
      .posts,
      "by `author` all posts of a thread are of one person, in all \(threads.count) threads that were looked at: others get "
        + "their own posts, and the one none",
      advice: "let it be who wrote the post, and not who opened its thread")
  }

  /// A post that no query gives before it is approved is lost when that takes long.
  private mutating func judgeStates(_ samples: Samples) {
    guard samples.recent.count >= 20, samples.all.allSatisfy({ $0.visibility == .visible }),
      let first = samples.recent.first?.ordinal, let last = samples.recent.last?.ordinal, first < last
    else { return }
    let missing = Int(clamping: last - first + 1) - samples.recent.count
    // Of many more than that it is told how many are missing.
    guard missing > 0, missing * 10 <= samples.recent.count else { return }
    remark(
      .postsAfter,
      "every post is `visible`, and \(missing) of the last \(samples.recent.count + missing) ordinals are given by no query",
      advice:
        "if those were deleted for good, all is well; if they wait or are hidden, let every query give them with their "
        + "`state`: what is approved more than collect.gap_expiry after it was written would be mailed to nobody")
  }

  /// What readers see of posts.
  private mutating func judgeTexts(_ recent: [Post]) throws {
    let forum = forum
    guard let found = try ask({ try forum.posts(keys: recent.suffix(MappingWalk.whole).map(\.key)) }) else { return }
    let posts = found.sorted { $0.ordinal < $1.ordinal }
    guard posts.count >= 3 else { return }
    let addresses = posts.filter { Participant(key: "", name: "", address: $0.authorName).hasUsableAddress }
    if let first = addresses.first, addresses.count * 2 > posts.count {
      remark(
        .posts,
        "`author_name` is a mail address in \(addresses.count) of \(posts.count) posts, such as \(first.key): every mail "
          + "shows it to everybody", advice: "let it be the name that the forum shows")
    }
    if posts.allSatisfy({ $0.authorName.isEmpty }), posts.contains(where: { $0.authorKey != nil }) {
      remark(
        .posts, "`author_name` is empty or left out in all \(posts.count) posts: mails do not say who wrote them",
        advice: "let it be the name that the forum shows")
    }
    if posts.allSatisfy({ $0.body.allSatisfy(\.isWhitespace) }) {
      remark(
        .posts, "`body` is empty in all \(posts.count) posts: mails are", advice: "let it be the column with their text"
      )
    }
    let numbers = Dictionary(grouping: posts, by: \.number)
    if let alike = numbers.values.filter({ $0.count > 1 }).max(by: { $0.count < $1.count }) {
      remark(
        .posts,
        "posts have one `number`, \(alike[0].number.prefix(60)), such as \(alike[0].key) and \(alike[1].key)",
        advice: "let it be what readers call that post, and not its thread; without the column it is the post's id")
    }
  }

  /// Nobody writes where it has closed.
  private mutating func judgeClosing(_ posts: [Post]) throws {
    let forum = forum
    let keys = posts.map(\.discussionKey).distinctKeys.sortedTexts
    guard let found = try ask({ try forum.discussions(keys: keys) }) else { return }
    let discussions = found.keyed(by: \.key)
    let late = posts.filter { post in
      discussions[post.discussionKey]?.closesAt.map { post.createdAt > $0 } ?? false
    }
    let places = late.map(\.discussionKey).distinctKeys
    guard let last = late.last, let closed = discussions[last.discussionKey]?.closesAt, places.count * 2 > found.count,
      late.count * 2 > posts.count
    else { return }
    remark(
      .discussions,
      "most posts were written after their discussion had closed by `closes_at`, such as \(last.key) of \(last.createdAt) in "
        + "\(last.discussionKey), closed \(closed): mails of theirs invite no answer, and no reply is taken",
      advice: "let `closes_at` be the moment from which nobody can write there, and NULL where there is none")
  }

  /// What people want, by the forum's word.
  private mutating func judgeChoices() {
    let people = met.values.map(\.participant)
    guard people.count >= 30 else { return }
    if findings.rows.first(where: { $0.kind == .people })?.leftOut.contains("active") == false,
      people.allSatisfy(\.isActive)
    {
      remark(
        .participants, "all \(people.count) people who were looked at are active",
        advice:
          "if the forum has closed no account and banned nobody, all is well; else see that `active` is 0 for them")
    }
    let own = people.count { $0.preferences.ownPosts == true }
    if own * 5 > people.count * 4 {
      remark(
        .participants, "\(own) of \(people.count) people get their own posts, by `own_posts`",
        advice: "let it be 1 for who asks for that; it may stand the wrong way round")
    }
  }
}
