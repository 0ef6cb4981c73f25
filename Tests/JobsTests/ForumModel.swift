import Forum
import Time

/// What a forum with watchers is, in a few dictionaries: the independent model of rule F5's property test. It knows
/// nothing of journals, decisions or digests.
struct ForumModel {
  struct Pair: Hashable, Comparable, CustomStringConvertible {
    var person: String
    var post: String
    var description: String { "\(person)←\(post)" }
    static func < (a: Pair, b: Pair) -> Bool { (a.person, Int(a.post)!) < (b.person, Int(b.post)!) }
  }

  struct Wish {
    var isMute = false
    var mode: Mode?
    var since: Timestamp
  }

  struct Item {
    var thread: String
    var author: String?
    var isVisible: Bool
    /// When readers could see it first.
    var visibleSince: Timestamp?
  }

  var modes: [String: Mode?] = [:]
  /// By person and target: a thread's key, or `all`.
  var watches: [String: [String: Wish]] = [:]
  var posts: [String: Item] = [:]

  /// Pairs that had a reason to get nothing at some time, and those that had a reason to get something.
  private(set) var everIneligible: Set<Pair> = []
  private(set) var everEligible: Set<Pair> = []

  /// Takes note of who may have what at the present moment; after every change.
  mutating func observe() {
    for (key, post) in posts where post.visibleSince != nil {
      for person in modes.keys {
        let pair = Pair(person: person, post: key)
        if isEligible(person, post) { everEligible.insert(pair) } else { everIneligible.insert(pair) }
      }
    }
  }

  /// Rules F1 to F3, for a person and a visible or hidden post, as things stand.
  func isEligible(_ person: String, _ post: Item) -> Bool {
    guard post.author != person, let visibleSince = post.visibleSince else { return false }
    let own = watches[person] ?? [:]
    // The thread's wish comes before that for everything.
    guard let wish = own[post.thread] ?? own["all"], !wish.isMute else { return false }
    if (wish.mode ?? modes[person] ?? .instant) == .off { return false }
    let older = [own[post.thread], own["all"]?.isMute == true ? nil : own["all"]].compactMap(\.self)
    return older.contains { $0.since <= visibleSince }
  }

  func isEligible(_ pair: Pair) -> Bool { posts[pair.post].map { isEligible(pair.person, $0) } ?? false }

  /// Who must have got what by the end, exactly once: those who had a right to it at every moment since the post became
  /// visible, if it is visible at the end.
  var owed: Set<Pair> {
    everEligible.subtracting(everIneligible).filter { posts[$0.post]!.isVisible }
  }
}
