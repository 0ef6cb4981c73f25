import Forum

/// What readers see of a place, which is to be that place's own.
extension MappingWalk {
  /// One link for several places, or one slug for several discussions.
  mutating func walkFaces(of posts: [Post]) throws {
    let forum = forum
    if posts.isEmpty { return }
    if let discussions = try ask({ try forum.discussions(keys: posts.map(\.discussionKey).distinctKeys.sortedTexts) }) {
      judge(
        .discussions, "slug", discussions.map { ($0.key, $0.slug) },
        advice: "let it be each discussion's own: it "
          + "names the sender's address and the list, and is their key where the column is left out")
      judge(.discussions, "url", discussions.map { ($0.key, $0.url ?? "") }, advice: MappingWalk.ownLink)
    }
    if let threads = try ask({ try forum.threads(keys: posts.map(\.threadKey).distinctKeys.sortedTexts) }) {
      judge(.threads, "url", threads.map { ($0.key, $0.url ?? "") }, advice: MappingWalk.ownLink)
    }
    // A page of a thread may be the link of all its posts.
    var threads: Set<ForumKey> = []
    let some = posts.reversed().filter { threads.insert(ForumKey($0.threadKey)).inserted }.prefix(10).map(\.key)
    if let found = try ask({ try forum.posts(keys: some) }) {
      judge(.posts, "url", found.map { ($0.key, $0.url ?? "") }, advice: MappingWalk.ownLink)
    }
  }

  private static let ownLink = "let it lead to that one; a column that is left out leaves the link out"

  private mutating func judge(
    _ question: Question, _ column: String, _ rows: [(key: String, value: String)], advice: String
  ) {
    let groups = Dictionary(grouping: rows.filter { !$0.value.isEmpty }) { $0.value.lowercased() }
    guard let (_, alike) = groups.filter({ $0.value.count > 1 }).max(by: { $0.value.count < $1.value.count }) else {
      return
    }
    let keys = alike.map(\.key).sorted { ForumKey($0) < ForumKey($1) }
    remark(
      question,
      "\(alike.count) of \(rows.count) rows have one `\(column)`, `\(alike[0].value.prefix(60))`, such as \(keys[0]) and "
        + keys[1], advice: advice)
  }
}
