import Forum

/// A watch on everything bears on every thread: a query that gives it for one discussion alone means a watch on that.
extension MappingWalk {
  /// Of how many people it is asked, and in how many other discussions.
  private static let (asked, elsewhere) = (50, 4)

  /// Looks elsewhere for the watches on everything that were met.
  /// - Parameter posts: of several discussions, the newest last.
  mutating func walkEverything(_ posts: [Post]) throws {
    let forum = forum
    var places: [ForumKey: Post] = [:]
    for post in posts where post.visibility == .visible { places[ForumKey(post.discussionKey)] = post }
    for (discussion, people) in everything.sorted(by: { $0.key < $1.key }) {
      let keys = people.sortedTexts.prefix(MappingWalk.asked).map(\.self)
      let others = places.filter { $0.key != discussion }.sorted { $0.value.ordinal > $1.value.ordinal }
      for (_, post) in others.prefix(MappingWalk.elsewhere) {
        let found = try ask {
          try forum.watchers(thread: post.threadKey, discussion: post.discussionKey, among: keys)
        }
        guard let found else { return }
        let unreadable = found.unreadableKeys
        let there = found.filter { $0.watches.contains { $0.scope == .everything } }.map(\.participant.key).distinctKeys
        let lost = keys.filter { !there.contains($0) && !unreadable.contains($0) }
        guard let first = lost.first else { continue }
        let words =
          "\(lost.count) of \(keys.count) people who watch everything by a post of discussion \(discussion.text) do not by "
          + "post \(post.key) of discussion \(post.discussionKey), such as participant \(first)"
        if lost.count >= 3, lost.count * 2 > keys.count {
          complain(
            .watchersAmong, words,
            advice: "`everything` is a watch on all that the forum has; one on a board is `discussion`")
        } else {
          remark(
            .watchersAmong, words,
            advice:
              "if the query leaves out who may not read there, all is well; else a watch on a board is `discussion`")
        }
        break
      }
    }
  }
}
