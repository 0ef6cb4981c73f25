/// The posts of a digest by discussion and thread: groups in the order of their first posts, posts in the order given
/// (rule D2).
struct DigestGroups {
  /// Indices of posts by discussion and thread.
  private(set) var discussions: [[[Int]]] = []
  /// The post that stands right above each in its thread; nil above the first.
  private(set) var above: [Int?]

  /// The posts' indices as the digest has them, each once.
  var order: [Int] { discussions.flatMap { $0.flatMap { $0 } } }

  /// Whether there is enough to find that a table of contents helps (rule D2).
  var needContents: Bool { order.count > 5 || discussions.reduce(0) { $0 + $1.count } > 2 }

  /// Told apart by the forum's keys, not by titles: two threads may have one title.
  init(_ posts: [PreparedPost]) {
    above = Array(repeating: nil, count: posts.count)
    var places: [String: Int] = [:]
    var threads: [[String: Int]] = []
    for (index, post) in posts.enumerated() {
      let place = places[post.copy.discussion.key] ?? discussions.count
      if place == discussions.count {
        places[post.copy.discussion.key] = place
        discussions.append([])
        threads.append([:])
      }
      if let thread = threads[place][post.copy.thread.key] {
        above[index] = discussions[place][thread].last
        discussions[place][thread].append(index)
      } else {
        threads[place][post.copy.thread.key] = discussions[place].count
        discussions[place].append([index])
      }
    }
  }
}
