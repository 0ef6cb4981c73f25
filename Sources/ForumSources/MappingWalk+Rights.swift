import Forum
import SQL

/// Who may read one discussion, of those who were asked about.
public struct PlaceRights: Hashable, Sendable {
  /// The discussion's id in the forum's database.
  public var discussion: String
  /// Empty where the discussion cannot be found.
  public var title: String
  /// Its newest post that was found and can be seen, about which was asked.
  public var post: String
  /// How many watch it, and how many of them may read it.
  public var watchers, readers: Int
  /// Whether these are all who watch it.
  public var isAll: Bool
  /// How many other people were asked about, whom the walk had met elsewhere, and how many of them may read it.
  public var others, otherReaders: Int
}

/// Which discussions whom exclude: what a private board's mapping gets wrong contradicts nothing, and is seen in numbers.
extension MappingWalk {
  /// How many posts a question brings at most, while discussions are looked for.
  private static let page = 1000
  /// How many questions look for them from the newest post backwards, and how many here and there among the older.
  private static let steps = 20
  /// How many watchers of each are asked about.
  private static let watchers = 400
  /// How many people who were met elsewhere are asked about.
  private static let others = 200

  /// Asks for the newest post of each discussion who may read it: those who watch there, and others.
  mutating func walkRights(_ samples: Samples) throws {
    let forum = forum
    let posts = try newestOfEach(samples)
    let titles = try ask { try forum.discussions(keys: posts.map(\.discussionKey)) }
    let title = titles?.keyed(by: \.key) ?? [:]
    var pages: [(Post, WatcherPage)] = []
    for post in posts {
      let page = try ask {
        try forum.watchers(
          thread: post.threadKey, discussion: post.discussionKey, after: nil, limit: MappingWalk.watchers)
      }
      if let page { pages.append((post, page)) }
    }
    let everybody = met.values.map(\.participant) + pages.flatMap { $0.1.watchers.map(\.participant) }
    let known = everybody.filter(\.mayBeMailed).map(\.key).distinctKeys.sortedTexts.prefix(MappingWalk.others)
    var people: Set<ForumKey> = []
    var isSomebodyExcluded = false
    for (post, page) in pages {
      let watchers = page.watchers.map(\.participant)
      let own = watchers.map(\.key).distinctKeys
      let others = known.filter { !own.contains($0) }
      guard let readers = try ask({ try forum.readers(of: post, among: watchers.map(\.key) + others) }) else { return }
      findings.places.append(
        PlaceRights(
          discussion: post.discussionKey, title: title[post.discussionKey]?.title ?? "", post: post.key,
          watchers: watchers.count, readers: watchers.count { readers.contains($0.key) }, isAll: page.next == nil,
          others: others.count, otherReaders: others.count { readers.contains($0) }))
      // Whom the forum has closed out, it excludes everywhere.
      let asked = watchers.filter(\.mayBeMailed).map(\.key) + others
      people.formUnion(asked.distinctKeys)
      if !asked.allSatisfy({ readers.contains($0) }) { isSomebodyExcluded = true }
    }
    judgeRights(isSomebodyExcluded: isSomebodyExcluded, people: people.count)
  }

  /// The newest posts that can be seen, one of each discussion that a bounded look finds, the newest first.
  private mutating func newestOfEach(_ samples: Samples) throws -> [Post] {
    let forum = forum
    var newest: [ForumKey: Post] = [:]
    func take(_ posts: some Sequence<Post>) {
      for post in posts where post.visibility == .visible {
        if let known = newest[post.discussionKey], known.ordinal >= post.ordinal { continue }
        newest[post.discussionKey] = post
      }
    }
    take(samples.all)
    let start = samples.oldest.first?.ordinal ?? samples.newest
    var (end, span) = (samples.newest, Int64(MappingWalk.page))
    for _ in 0..<MappingWalk.steps where newest.count < places && end > start {
      let first = end - start < span ? start : end - span + 1
      let range = first...end
      guard let posts = try ask({ try forum.posts(within: range, limit: MappingWalk.page) }) else { break }
      take(posts)
      end = first - 1
      // Where ordinals lie far apart, further back at once.
      if posts.count * 4 < MappingWalk.page { span = min(span, .max / 8) * 4 }
    }
    if newest.count < places, end > start {
      let step = max((end - start) / Int64(MappingWalk.steps), 1)
      for place in stride(from: start, to: end, by: Int(clamping: step)) {
        guard let posts = try ask({ try forum.posts(after: place, limit: MappingWalk.page / 10) }) else { break }
        take(posts)
      }
    }
    return Array(newest.values.sorted { $0.ordinal > $1.ordinal }.prefix(places))
  }

  /// A board that is private on the web and not here is mailed to whoever watches it.
  private mutating func judgeRights(isSomebodyExcluded: Bool, people: Int) {
    let mapping = forum.mapping
    // The embedded forum asks by itself.
    if mapping.origin == nil || findings.places.isEmpty { return }
    let places = findings.places.count
    let leaks = "a private board, if the forum has one, is mailed to all who watch it or everything"
    if mapping.everyoneReads {
      remark(
        .readers, "`readers: everyone` lets everybody read all \(places) discussions that were looked at: \(leaks)",
        advice: "if nothing on the forum is private, all is well; else write a query `readers`")
    } else if !mapping.asksForPlace {
      remark(
        .readers, "it names none of :post, :thread and :discussion, and answers alike for every discussion: \(leaks)",
        advice: "if nothing on the forum is private, all is well; else let it ask by the forum's rights for that place")
    } else if !isSomebodyExcluded, people >= 3 {
      remark(
        .readers,
        "in none of the \(places) discussions that were looked at is any of \(people) people excluded: \(leaks)",
        advice:
          "if nothing on the forum is private, all is well; else see who may read what, and name a post of the "
          + "private board: `watchpost check POST`")
    }
  }
}

extension Participant {
  /// Whether the forum's word allows mail to them at all.
  fileprivate var mayBeMailed: Bool { isActive && isConfirmed && hasUsableAddress }
}

extension Mapping {
  /// Whether the right to read may differ from place to place.
  fileprivate var asksForPlace: Bool {
    let place: Set<Parameter> = [.asked("post"), .asked("thread"), .asked("discussion")]
    return [Question.readers, .open].contains { question in
      queries[question].map { !place.isDisjoint(with: $0.parameters) } ?? false
    }
  }
}
