/// The rules again, in plain Swift and a few dictionaries: who may have which post, and who must. It knows nothing of
/// journals, decisions, digests, leases or queues, and imports nothing of the program.
///
/// What counts is what a run can have seen: the model looks when a run begins. Where even the rules leave it open, such
/// as a mode that was off for one run between two others, a copy may come, once, or not.
struct HistoryModel {
  struct Pair: Hashable, Comparable, CustomStringConvertible {
    var person: Int
    var post: Int
    var description: String { "p\(person)←post \(post)" }
    static func < (a: Pair, b: Pair) -> Bool { (a.post, a.person) < (b.post, b.person) }
  }

  /// A moment: in true seconds, and its place among the events, of which many may fall into one second.
  struct Moment: Comparable {
    var seconds: Int64
    var order: Int
    static func < (a: Moment, b: Moment) -> Bool { a.order < b.order }
  }

  enum State { case pending, visible, hidden, deleted }

  struct Post {
    var key: String
    var thread: Int
    var author: Int?
    var state: State
    var isUrgent: Bool
    var version = 1
    /// When it could be seen first.
    var seenFirst: Moment?
    /// Since when watches count as newer: the forum knows it, or Watchpost finds out by looking.
    var isDated: Bool
    /// Its number was another post's before a backup was restored.
    var isRenumbered = false
    /// A wrong clock wrote its moments.
    var isMisdated = false
    var faults: Set<String> = []
  }

  struct Person {
    var mode: String?
    var pausedUntil: Int64?
    var isActive = true
    var wantsOwn = false
    var isUnreadable = false
    var hasNoAddress = false
  }

  struct Wish {
    var isMute: Bool
    var mode: String?
    var since: Moment
    var isMisdated: Bool
    var isUnreadable = false
  }

  /// What stands in the forum's database: a backup takes all of it back.
  struct Forum {
    var posts: [Int: Post] = [:]
    var people: [Int: Person] = [:]
    /// By thread, the discussion.
    var places: [Int: Int] = [:]
    var privates: Set<Int> = []
    /// Discussions that cannot be read.
    var unreadable: Set<Int> = []
    /// By discussion, who may read it where it is private.
    var members: [Int: Set<Int>] = [:]
    var wishes: [Int: [HistoryEvent.Place: Wish]] = [:]
    var lastKey: Int64 = 0
  }

  /// Why somebody does not get a post, all that apply.
  struct Reasons: OptionSet, Hashable {
    let rawValue: Int
    static let unwatched = Reasons(rawValue: 1)
    static let muted = Reasons(rawValue: 2)
    static let ownPost = Reasons(rawValue: 4)
    static let older = Reasons(rawValue: 8)
    static let modeOff = Reasons(rawValue: 16)
    static let paused = Reasons(rawValue: 32)
    static let inactive = Reasons(rawValue: 64)
    static let badAddress = Reasons(rawValue: 128)
    static let suppressed = Reasons(rawValue: 256)
    static let notReadable = Reasons(rawValue: 512)
    static let hidden = Reasons(rawValue: 1024)
    static let unreadable = Reasons(rawValue: 2048)
    /// It may be older than the watch, or not: nobody can know.
    static let doubtful = Reasons(rawValue: 4096)
    /// What passes by itself: then the copy comes after all (rules C6, E1). Who has no right when it is decided who is to
    /// hear of a post is decided against, as with other reasons; who loses it later waits.
    static let passing: Reasons = [.hidden, .unreadable]
    /// What is of the place where the post stands.
    static let ofPlace: Reasons = [.unwatched, .muted, .older, .modeOff]
  }

  /// What is known of one person and one post.
  struct Fate {
    /// Reasons that runs have seen, other than passing ones.
    var against: Reasons = []
    /// All that runs have seen.
    var seen: Reasons = []
    /// A run may have chosen to send it.
    var wasOpen = false
    /// An undisturbed run has settled it: it is to come, or never will.
    var isChosen = false
    var isRefused = false
    /// Where the post stood then.
    var place: (thread: Int, discussion: Int)?
    /// Why it need not come any more, though nothing of the forum's says so.
    var excuse: String?
    /// It was taken by the relay.
    var hasCome = false
    /// The Message-IDs of the mails in which it came, or may have.
    var names: Set<String> = []
    /// It may have come in a mail in doubt, and has not come since.
    var isInDoubt: Bool { !hasCome && !names.isEmpty }
    /// A run died that may have begun to send it.
    var mayBeInDoubt = false
    /// Where among the events it was handed over last.
    var handedOver = 0
    /// It came, or may have, before the ledger went back behind that: it may come under another name.
    var mayComeAnew = false
    /// It came as a copy of its own.
    var cameInstantly = false
    /// It did before the ledger went back: to somebody who wants digests by the time that it is decided anew, it comes
    /// in one.
    var mayComeInDigest = false
  }

  var forum = Forum()
  var suppressed: Set<Int> = []
  var fates: [Pair: Fate] = [:]
  /// A clock was wrong at some time: what was found out by looking may be out by that.
  var clockWasWrong = false
  /// By post, when an undisturbed run saw it visible first, unless it was away since.
  private var found: [Int: Int64] = [:]
  /// Posts of which it is settled who gets them.
  private var settled: Set<Int> = []
  /// Posts that were moved before that.
  private var moved: Set<Int> = []

  mutating func move(_ post: Int) { moved.insert(post) }

  /// A post that goes away before it is settled who gets it is as old as when it comes back, or older.
  mutating func turnAway(_ post: Int) { if !settled.contains(post) { forum.posts[post]?.isDated = false } }

  /// A run died: nobody knows which of the mails that it had begun were handed over.
  mutating func runDied() {
    for (pair, fate) in fates where fate.wasOpen && !fate.hasCome {
      var fate = fate
      fate.mayBeInDoubt = true
      fates[pair] = fate
    }
  }

  /// The ledger went back: what runs have settled since, they settle anew.
  mutating func ledgerWentBack(to order: Int) {
    (found, settled) = ([:], [])
    for (pair, fate) in fates {
      var fate = fate
      (fate.isChosen, fate.isRefused, fate.wasOpen) = (false, false, true)
      if !fate.names.isEmpty, fate.handedOver > order {
        fate.mayComeAnew = true
        fate.mayComeInDigest = fate.cameInstantly
      }
      fates[pair] = fate
    }
  }

  /// The admin says that all has been mailed which could be seen by now.
  mutating func allWasMailed() {
    for (post, one) in forum.posts where one.seenFirst != nil { excuse(post, "the admin says that it was mailed") }
    // Of a post that bears a wrong moment nobody knows when it could be seen.
    for (pair, fate) in fates where fate.mayComeAnew && forum.posts[pair.post]?.isMisdated != true {
      var fate = fate
      fate.mayComeAnew = false
      fates[pair] = fate
    }
  }

  /// Why this person may not have this post at this time: rules F1 to F3, C6, E1.
  func reasons(_ person: Int, _ post: Post, now: Int64) -> Reasons {
    guard let one = forum.people[person], let discussion = forum.places[post.thread] else { return .unwatched }
    var reasons: Reasons = []
    if post.state != .visible { reasons.insert(.hidden) }
    if !post.faults.isEmpty || one.isUnreadable || forum.unreadable.contains(discussion) {
      reasons.insert(.unreadable)
    }
    if post.author == person, !one.wantsOwn { reasons.insert(.ownPost) }
    if !one.isActive { reasons.insert(.inactive) }
    if one.hasNoAddress { reasons.insert(.badAddress) }
    if let until = one.pausedUntil, until > now { reasons.insert(.paused) }
    if suppressed.contains(person) { reasons.insert(.suppressed) }
    if forum.privates.contains(discussion), forum.members[discussion]?.contains(person) != true {
      reasons.insert(.notReadable)
    }
    // From the most specific wish to the least: a mute ends the list, and decides alone where it comes first.
    let places: [HistoryEvent.Place] = [.thread(post.thread), .discussion(discussion), .everything]
    let wishes = places.compactMap { forum.wishes[person]?[$0] }
    if wishes.contains(where: \.isUnreadable) { reasons.insert(.unreadable) }
    guard let first = wishes.first else { return reasons.union(.unwatched) }
    if first.isMute { return reasons.union(.muted) }
    if first.mode ?? one.mode ?? "instant" == "off" { reasons.insert(.modeOff) }
    var age: Reasons = .older
    for wish in wishes.prefix(while: { !$0.isMute }) where age != [] {
      let answer = self.age(wish, post)
      if answer == [] || age == .older { age = answer }
    }
    return reasons.union(age)
  }

  /// Whether the watch is older than the post.
  private func age(_ wish: Wish, _ post: Post) -> Reasons {
    guard let seen = post.seenFirst else { return [] }
    if wish.isMisdated || post.isMisdated { return .doubtful }
    if wish.since < seen { return [] }
    // One that came in its turn is as old as the forum says, to the second. Of others Watchpost knows when it looked.
    if clockWasWrong || !post.isDated || wish.since.seconds <= seen.seconds { return .doubtful }
    return .older
  }

  /// A run begins: takes note of what it can see.
  mutating func runBegins(now: Int64) {
    for (number, post) in forum.posts where post.seenFirst != nil {
      for person in 1...History.people {
        let pair = Pair(person: person, post: number)
        var fate = fates[pair] ?? Fate()
        if fate.hasCome { continue }
        let reasons = reasons(person, post, now: now)
        fate.seen.formUnion(reasons)
        if fate.isInDoubt || fate.mayBeInDoubt, !reasons.isDisjoint(with: Reasons.passing.union(.notReadable)) {
          fate.excuse = "it may have come in a mail in doubt, and was withdrawn before that came again"
        }
        var against = reasons.subtracting(.passing)
        if against.subtracting(.doubtful).isEmpty { fate.wasOpen = true }
        if fate.isChosen { against.remove(.notReadable) }
        // A copy that was to come waits while its post stands where its reader does not watch.
        if fate.isChosen, let place = fate.place,
          place.thread != post.thread || place.discussion != forum.places[post.thread]
        {
          against.subtract(.ofPlace.union(.doubtful))
        }
        fate.against.formUnion(against)
        fates[pair] = fate
      }
    }
  }

  /// A run of collector and fan-out ended without any trouble: what it could see, it has settled (rule F4).
  mutating func runWasClean(now: Int64, settle: Int64) {
    for (number, post) in forum.posts {
      guard post.state == .visible, post.faults.isEmpty, let seen = post.seenFirst,
        let discussion = forum.places[post.thread], !forum.unreadable.contains(discussion)
      else {
        found[number] = nil
        continue
      }
      let since = found[number] ?? (post.isDated && !clockWasWrong ? seen.seconds : now)
      found[number] = since
      guard post.isUrgent || now - since >= settle, !moved.contains(number) else { continue }
      settled.insert(number)
      // Whoever cannot be read is decided about later, for all posts that came meanwhile.
      for person in 1...History.people where !isUnreadable(person) {
        let pair = Pair(person: person, post: number)
        var fate = fates[pair] ?? Fate()
        if fate.isChosen || fate.isRefused || fate.hasCome { continue }
        let reasons = reasons(person, post, now: now)
        if reasons.isEmpty {
          fate.isChosen = true
          fate.place = (post.thread, discussion)
        } else if !fate.wasOpen, reasons.isDisjoint(with: Reasons.passing.union(.doubtful)) {
          fate.isRefused = true
        }
        fates[pair] = fate
      }
    }
  }

  private func isUnreadable(_ person: Int) -> Bool {
    forum.people[person]?.isUnreadable == true || forum.wishes[person]?.values.contains(where: \.isUnreadable) == true
  }

  /// What is wrong with this person's being handed this post now; nil if nothing is.
  /// - Parameter now: where the run's clock was ahead, what it showed: a pause that seemed to be over was.
  func objection(_ pair: Pair, now: Int64) -> String? {
    guard let post = forum.posts[pair.post] else { return "the forum has no such post" }
    let reasons = reasons(pair.person, post, now: now).subtracting(.doubtful)
    if !reasons.isEmpty { return "may not have it: \(reasons)" }
    if fates[pair]?.isRefused == true { return "was decided against: \(fates[pair]?.seen ?? [])" }
    return nil
  }

  /// Who must have got what by now.
  func owed(now: Int64) -> [Pair] {
    forum.posts.flatMap { number, post -> [Pair] in
      guard post.seenFirst != nil else { return [] }
      return (1...History.people).map { Pair(person: $0, post: number) }.filter { pair in
        let fate = fates[pair] ?? Fate()
        return fate.against.isEmpty && fate.excuse == nil && !fate.isRefused
          && reasons(pair.person, post, now: now).isEmpty
      }
    }.sorted()
  }

  mutating func excuse(_ post: Int, _ words: String) {
    for person in 1...History.people {
      let pair = Pair(person: person, post: post)
      var fate = fates[pair] ?? Fate()
      if !fate.hasCome { fate.excuse = words }
      fates[pair] = fate
    }
  }
}

extension HistoryModel.Reasons: CustomStringConvertible {
  private static let names = [
    "unwatched", "muted", "own post", "older than the watch", "mode off", "paused", "inactive", "bad address",
    "suppressed", "not readable", "hidden", "unreadable", "age in doubt",
  ]

  var description: String {
    HistoryModel.Reasons.names.enumerated().filter { rawValue & (1 << $0.offset) != 0 }.map(\.element)
      .joined(separator: ", ")
  }
}
