import Forum
import Identifiers
import Ledger
import Membership
import Time

/// Decides, for each journalled post in turn, who hears of it and how (rules F1 to F6, E4).
///
/// A post's watchers are read in pages, and each page's decisions are committed with the place where the next begins:
/// memory is one page, and a run that stops half-way goes on there. After some pages it is another post's turn: a small
/// one never stands behind all watchers of a great one. Urgent posts have their turns before all others.
public struct FanOutStage {
  /// What one run decided. A post whose pages are not through is not counted, its people are.
  public struct Report: Hashable, Sendable {
    /// Posts about which everybody is decided.
    public var posts = 0
    /// Copies queued to be sent at once.
    public var instant = 0
    /// Posts put aside for a person's next digest.
    public var digest = 0
    /// Decisions that somebody does not get a post, with a reason (rule F4).
    public var skipped = 0
    /// People passed by because the forum's row of them, or of a watch of theirs, cannot be read (rule E1).
    public var setAside = 0
    /// Posts about which nobody is decided yet, since the forum's answers cannot be gone by (rules E1, E9).
    public var waiting = 0

    mutating func count(_ counts: DecisionCounts) {
      instant += counts.instant
      digest += counts.digest
      skipped += counts.skipped
    }
  }

  let context: StageContext
  /// Watch rows per page.
  let pageSize: Int
  /// Pages of one post before it is another's turn.
  let pages: Int

  /// - Parameters:
  ///   - pageSize: watch rows per page: what a run has in memory, and what it decides in one transaction.
  ///   - pages: 1 or more, of one post before it is another's turn. Within a turn the next page is read while one is
  ///     written; 8 are a fraction of a second.
  public init(_ context: StageContext, pageSize: Int = 4000, pages: Int = 8) {
    self.context = context
    self.pageSize = pageSize
    self.pages = pages
  }

  /// One run: turn after turn, until everybody is decided about every post or the run is to end.
  /// - Throws: `ForumError` or `DatabaseError`; the pages before are decided.
  public func runOnce() throws -> Report {
    var report = Report()
    var last: Int64 = 0
    var waiting: Set<JournalPosition> = []
    // What is left is asked first: a run that has done all has not been cut short.
    while let turn = try context.ledger.nextFanOut(after: last, except: waiting), !context.isStopping() {
      do {
        if try fanOut(turn, &report) { report.posts += 1 }
      } catch is Wait {
        waiting.insert(turn.entry.position)
      }
      if !turn.entry.isUrgent { last = turn.turn }
    }
    report.waiting = waiting.count
    try decideAboutMended(&report)
    return report
  }

  /// A post is not to be decided about in this run.
  struct Wait: Error {}

  /// Returns false if the post is not done when its turn, or the run, is over.
  private func fanOut(_ turn: FanOutTurn, _ report: inout Report) throws -> Bool {
    let entry = turn.entry
    var left = pages
    // One that is not there now is decided about all the same: what is due for it is dropped when it should be sent,
    // and goes if the post comes back after all (rule C6).
    let post = try post(of: entry)
    let audience = Audience(context.members, post, visibleAt: entry.visibleAt)
    switch turn.cursor {
    case nil: return try forumWatchers(audience, entry, after: nil, &left, &report)
    case .forum(let key): return try forumWatchers(audience, entry, after: key, &left, &report)
    case .ledger(let person): return try ledgerWatchers(audience, entry, after: person, &left, &report)
    }
  }

  /// For how long a post waits for its thread and discussion. After that it counts as hidden, as it does when it is to
  /// be sent.
  private static let longestWait: Int64 = 7 * 86_400

  /// The post as it stands now. One whose thread or discussion is missing waits, and that is told: who watches it and
  /// who may read it, the forum cannot say.
  /// - Throws: `Wait` besides.
  func post(of entry: JournalEntry) throws -> Post {
    if entry.isReplaced { return Post(absent: entry) }
    guard var post = try context.forum.posts(keys: [entry.postKey], .standing).first else { return Post(absent: entry) }
    guard post.visibility == .visible, try !isPlaced(post, of: entry) else { return post }
    guard context.doubtsClock || context.now() - entry.due < FanOutStage.longestWait else {
      post.visibility = .hidden
      return post
    }
    throw Wait()
  }

  /// Whether its thread and its discussion are there. What is missing is told, unless the post has gone from there too.
  private func isPlaced(_ post: Post, of entry: JournalEntry) throws -> Bool {
    func isThere<T>(_ answer: Answer<T>) -> Bool { !(answer.isEmpty && answer.faults.isEmpty) }
    var lost: [RowFault] = []
    if try !isThere(context.forum.discussions(keys: [post.discussionKey])) {
      lost.append(.notThere(.discussion, key: post.discussionKey, query: "discussions", post: post.key))
    }
    if try !isThere(context.forum.threads(keys: [post.threadKey])) {
      lost.append(.notThere(.thread, key: post.threadKey, query: "threads", post: post.key))
    }
    if lost.isEmpty { return true }
    let now = try context.forum.posts(keys: [entry.postKey], .standing).first
    if now?.visibility == .visible, now?.threadKey == post.threadKey, now?.discussionKey == post.discussionKey {
      try context.ledger.setAside(lost.map { SetAside($0, since: context.now()) })
    }
    return false
  }

  /// Those on the forum's pages. The next page is read while one is judged and written.
  private func forumWatchers(
    _ audience: Audience, _ entry: JournalEntry, after: String?, _ left: inout Int, _ report: inout Report
  ) throws -> Bool {
    func read(after: String?) -> Prefetch<Audience.Page> {
      let limit = pageSize
      return Prefetch { try audience.page(after: after, limit: limit) }
    }
    var prefetch = read(after: after)
    while !context.isStopping() {
      let page = try prefetch.value()
      left -= 1
      guard let last = page.next else {
        let isWatchedHere = try !ledgerPage(audience, after: 0, limit: 1).isEmpty
        try decide(page, audience, entry, next: isWatchedHere ? .ledger(after: 0) : nil, isLast: true, &report)
        return try !isWatchedHere || ledgerWatchers(audience, entry, after: 0, &left, &report)
      }
      guard left > 0 else {
        try decide(page, audience, entry, next: .forum(after: last), &report)
        return false
      }
      prefetch = read(after: last)
      // Whatever happens here, nothing is being asked of the forum any more when the run ends.
      defer { _ = try? prefetch.value() }
      try decide(page, audience, entry, next: .forum(after: last), &report)
    }
    return false
  }

  /// Those whom only the ledger knows to watch: they are on none of the forum's pages.
  private func ledgerWatchers(
    _ audience: Audience, _ entry: JournalEntry, after: PersonID, _ left: inout Int, _ report: inout Report
  ) throws -> Bool {
    var after = after
    while left > 0, !context.isStopping() {
      left -= 1
      let people = try ledgerPage(audience, after: after, limit: pageSize)
      let next = people.count < pageSize ? nil : people.last?.id
      let page = try audience.page(among: people.map(\.key))
      try decide(
        page, audience, entry, next: next.map { .ledger(after: $0) },
        missing: people.count - page.watchers.count - page.faults.count, &report)
      guard let next else { return true }
      after = next
    }
    return false
  }

  /// A page of people who watch by the ledger's word alone.
  private func ledgerPage(_ audience: Audience, after: PersonID, limit: Int) throws -> [(id: PersonID, key: String)] {
    try context.ledger.ownWatchers(
      thread: audience.post.threadKey, discussion: audience.post.discussionKey, after: after, limit: limit)
  }

  /// Judges a page and commits it, with the place where the next begins; sets aside whom the forum cannot tell.
  /// - Parameters:
  ///   - isLast: it is the forum's last page: who comes on none of them is decided about no more.
  ///   - missing: people who were asked about and are not on the page.
  /// - Throws: `Wait` besides, where too many are not there for it to be believed.
  private func decide(
    _ page: Audience.Page, _ audience: Audience, _ entry: JournalEntry, next: FanOutCursor?, isLast: Bool = false,
    missing: Int = 0, _ report: inout Report
  ) throws {
    let members = try audience.judge(page)
    let gone = missing + members.lazy.filter { $0.absence != nil }.count
    if isLast || !Turnout.isPlausible(gone, of: members.count + missing) {
      let there = Set(members.lazy.filter { $0.absence == nil }.map(\.person.id))
      guard try context.believes(audience, entry, there: there) else { throw Wait() }
    }
    let passedBy = audience.setAside(page.faults, post: entry.position)
    let noted = members.compactMap(\.unusable).map { SetAside($0, since: context.now()) }
    report.setAside += passedBy.count
    let rows = rows(members, entry, mailedUntil: try mailedUntil(entry))
    report.count(
      try context.ledger.decide(
        rows, setAside: passedBy + noted, entry: entry, next: next, now: context.now()))
  }

  /// Where the ledger was restored: the moment until which the admin says that all was mailed, if the post could be seen
  /// before (rule E3).
  func mailedUntil(_ entry: JournalEntry) throws -> Timestamp? {
    try context.ledger.mark(.mailedUntil).map { Timestamp($0) }.flatMap { entry.visibleAt < $0 ? $0 : nil }
  }

  /// What is written of each person who can be read.
  /// - Parameter moment: until when all that was due was mailed: copies, and the digests of people whose hour had come.
  func rows(_ members: [AudienceMember], _ entry: JournalEntry, mailedUntil moment: Timestamp?) -> [DecisionRow] {
    let now = context.now()
    var slots = DigestSlotCache()
    return members.map { one in
      var slot: DigestSlot?
      var isMailed = false
      switch one.decision {
      case .instant: isMailed = moment != nil
      case .digest:
        let schedule = one.preferences.digest
        slot = slots.next(after: now, used: one.person.digestDate, on: schedule)
        isMailed = moment.map { slots.next(after: entry.due, used: nil, on: schedule).due <= $0 } ?? false
      case .skipped: break
      }
      return DecisionRow(
        person: one.person.id, decision: isMailed ? .skipped(.mailedBefore) : one.decision, slot: isMailed ? nil : slot)
    }
  }
}

extension Post {
  /// What the journal knows of a post that the forum does not have now.
  init(absent entry: JournalEntry) {
    self.init(
      key: entry.postKey, ordinal: 0, threadKey: entry.threadKey, discussionKey: entry.discussionKey, number: "",
      authorName: "", body: "", visibility: .deleted, createdAt: entry.visibleAt, isUrgent: entry.isUrgent)
  }
}
