import Forum
import Time

/// Times that no new post can have: by them a run takes posts for old ones, or mails show a wrong hour.
extension MappingWalk {
  /// What follows from a time that lies back.
  private static let folded =
    "a run takes such a post for an old one, whose copies do not go at once but are folded into a catch-up digest"

  /// A column of times, by which a post is dated.
  private static let columns: [(name: String, moment: @Sendable (Post) -> Timestamp?)] = [
    ("created_at", { $0.createdAt }), ("visible_at", { $0.visibleAt }),
  ]

  /// Each kind of wrong time, told by a post of it.
  mutating func judgeTimes(of samples: Samples) {
    var seen: Set<ForumKey> = []
    let posts = samples.all.filter { $0.visibility == .visible && seen.insert(ForumKey($0.key)).inserted }
      .sorted { $0.ordinal < $1.ordinal }
    let years1990 = Timestamp(631_152_000)
    let old = posts.filter { $0.createdAt < years1990 }
    if let first = old.first, old.count * 2 > posts.count {
      remark(
        .postsAfter, "most posts were written before 1990, such as \(first.key) at \(first.createdAt)",
        advice: "let `created_at` be seconds since 1970 in UTC, or ISO 8601")
    }
    judgeVisible(posts)
    let recent = samples.recent.filter { $0.visibility == .visible }
    for column in MappingWalk.columns {
      judgeOrder(recent, column.name, column.moment)
      judgeThreads(posts, column.name, column.moment)
    }
    guard let now else { return }
    // Clocks may differ by some minutes, zones do by more.
    func moment(_ post: Post) -> Timestamp { max(post.createdAt, post.visibleAt ?? post.createdAt) }
    let ahead = recent.filter { moment($0) > now + 600 }
    guard let last = ahead.last else { return }
    remark(
      .postsAfter,
      "\(ahead.count) of the \(recent.count) newest posts are of a time to come, such as \(last.key) of \(moment(last))",
      advice: "where the forum's times are not in UTC, say their zone under `times`; mails show that hour")
  }

  /// Nobody sees a post before it is written.
  private mutating func judgeVisible(_ posts: [Post]) {
    let early = posts.filter { post in post.visibleAt.map { $0 < post.createdAt - 60 } ?? false }
    guard let last = early.last, let visibleAt = last.visibleAt else { return }
    remark(
      .postsAfter,
      "`visible_at` of \(early.count) of \(posts.count) posts lies before their `created_at`, such as post \(last.key), "
        + "written \(last.createdAt) and visible \(visibleAt): \(MappingWalk.folded)",
      advice: "let it be when readers first saw the post, or NULL where the forum does not record that")
  }

  /// New posts are younger than those before them. A few may be late ones.
  private mutating func judgeOrder(_ recent: [Post], _ name: String, _ moment: (Post) -> Timestamp?) {
    var latest: (post: String, moment: Timestamp)?
    var back: [String] = []
    for post in recent {
      guard let own = moment(post) else { continue }
      if let latest, own < latest.moment - 86_400 {
        back.append("post \(post.key) of \(own) behind post \(latest.post) of \(latest.moment)")
      } else if latest.map({ own > $0.moment }) ?? true {
        latest = (post.key, own)
      }
    }
    guard let last = back.last, back.count >= 3, back.count * 4 > recent.count else { return }
    remark(
      .postsAfter,
      "by `\(name)` \(back.count) of the \(recent.count) newest posts are a day or more older than posts with a smaller "
        + "ordinal, such as \(last): \(MappingWalk.folded)",
      advice: "let it be the post's own time, and not its thread's, its author's or that of an edit; if the posts were "
        + "brought in from elsewhere, all is well")
  }

  /// Answers are younger than what they answer.
  private mutating func judgeThreads(_ posts: [Post], _ name: String, _ moment: (Post) -> Timestamp?) {
    let threads = Dictionary(grouping: posts.filter { moment($0) != nil }) { ForumKey($0.threadKey) }.values
      .filter { $0.count > 1 }
    let moments = threads.map { Set($0.compactMap(moment)) }
    // Posts that were brought in at one moment have one time whatever their threads.
    guard threads.count > 1, moments.allSatisfy({ $0.count == 1 }), Set(moments).count * 2 > threads.count,
      let thread = threads.max(by: { $0[0].ordinal < $1[0].ordinal }), let same = moment(thread[0])
    else { return }
    remark(
      .postsAfter,
      "by `\(name)` all posts of a thread are of one time in all \(threads.count) threads that were looked at, such as "
        + "posts \(thread[0].key) and \(thread[1].key) of \(same): \(MappingWalk.folded)",
      advice: "let it be the post's own time, and not its thread's")
  }

  /// Posts that came while the walk went on are of now, whatever zone the forum's times are in.
  mutating func judgeArrivals(since samples: Samples) throws {
    let (forum, newest) = (forum, samples.newest)
    // On an empty forum nothing has a time yet.
    guard let now, !samples.recent.isEmpty, !isAtFault(.newest),
      let posts = try ask({ try forum.posts(after: newest, limit: 50) })
    else {
      return
    }
    let odd = posts.filter { $0.visibility == .visible && abs($0.createdAt - now) > 1500 }
    guard let last = odd.last else { return }
    let minutes = abs(last.createdAt - now) / 60
    let span = minutes < 120 ? "\(minutes) minutes" : "\(minutes / 60) hours"
    remark(
      .postsAfter,
      "post \(last.key) came while this was looked at, at \(now), and is of \(last.createdAt) by `created_at`: "
        + "\(span) \(last.createdAt > now ? "ahead" : "behind")",
      advice: "where the forum's times are not in UTC, say their zone under `times`")
  }
}
