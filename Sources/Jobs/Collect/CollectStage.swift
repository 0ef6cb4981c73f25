import Forum
import Ledger
import Membership
import SQL
import Settings
import Time

/// Finds posts that became visible and gives them their places in the journal (rules C1 to C5).
///
/// It asks for ordinals above its mark, and again for what it remembers: posts that were not yet visible, posts that
/// rest, and ordinals that were passed over. Nothing else at or below the mark is ever new, however often a forum
/// touches its old posts.
public struct CollectStage {
  /// What the configuration's section `collect` says.
  public struct Settings: Sendable {
    /// Seconds that a post rests before it is journalled (rule C4).
    public var settle: Int64
    /// Posts per run above which all are held for the admin (rule C5).
    public var floodLimit: Int
    /// Seconds after which an ordinal that was passed over is given up.
    public var gapExpiry: Int64
    /// Where the journal of a forum that already has posts begins (rule C3).
    public var start: CollectStart

    /// The defaults are the configuration's.
    public init(
      settle: Int64 = 120, floodLimit: Int = 1000, gapExpiry: Int64 = 86_400, start: CollectStart = .now
    ) {
      self.settle = settle
      self.floodLimit = floodLimit
      self.gapExpiry = gapExpiry
      self.start = start
    }
  }

  /// What one run saw and wrote.
  public struct Report: Hashable, Sendable {
    /// Posts read for the first time: above the mark, or in a gap; 0 when nothing is new.
    public var seen = 0
    /// Posts that got their place in the journal; those of earlier runs whose rest is over, too.
    public var journalled = 0
    /// Posts that are visible and wait for the end of their rest (rule C4), those held as a flood not among them.
    public var resting = 0
    /// Posts that the forum does not show yet. Their number is not bounded: a moderator's whole queue.
    public var pending = 0
    /// Posts that were withdrawn and are shown again, with at least one delivery queued for it.
    public var restored = 0
    /// Posts held back as a flood.
    public var held = 0
    /// Posts that could be seen before the journal began, and are mailed to nobody (rule C3).
    public var leftOut = 0
    /// Posts that cannot be read (rule E1).
    public var setAside = 0
    /// Posts that stand where others stood, held because the forum was restored from a backup (rule E3).
    public var replaced = 0
    /// The forum is not whole, and nothing was collected (rule E3).
    public var wentBack: FarBack?
  }

  /// How far the number of the forum's newest post has gone back.
  public struct FarBack: Hashable, Sendable {
    /// The largest that was seen.
    public var from: Int64
    /// The largest now.
    public var to: Int64
  }

  let context: StageContext
  let settings: Settings
  // Posts read, and written, at once.
  let page = 500
  /// Candidates that have rested, read at once: whatever their number, each look goes through all that rest.
  private let settledPage = 10_000

  /// Does nothing yet; every run makes a new one.
  public init(_ context: StageContext, _ settings: Settings) {
    self.context = context
    self.settings = settings
  }

  /// One run: from the forum's newest posts to their places in the journal. Each page is a transaction of its own, so
  /// that a run which ends anywhere, by an error or by `isStopping`, has lost nothing (rule C1).
  /// - Throws: `ForumError` or `DatabaseError`; what was committed before stays.
  public func runOnce() throws -> Report {
    var report = Report()
    try begin(&report)
    guard try lookForRestoredForum(&report) else { return report }
    try revisitSetAside(&report)
    try revisitCandidates(&report)
    try revisitGaps(&report)
    try readNew(&report)
    try settle(&report)
    try queueShownAgain(&report)
    return report
  }

  /// Begins the journal of a forum that is empty now, so that its very first post is mailed (rule C3). Changes nothing
  /// where the journal has begun, or the forum has posts: of those the first run decides.
  public static func beginEmpty(_ members: Members) throws {
    guard try members.ledger.mark(.collected) == nil, try members.forum.newestOrdinal() == 0,
      try members.forum.posts(after: 0, limit: 1).isEmpty
    else { return }
    try members.ledger.set(.collected, 0)
    try members.ledger.set(.begunEmpty, 1)
  }

  /// The forum is another one than `init` made: what its journal began with says nothing of this one, whose posts would
  /// all be new (rule C3). Changes nothing once the journal has gone on.
  public static func forgetEmptyBeginning(_ ledger: Ledger) throws {
    guard try ledger.mark(.begunEmpty) == 1 else { return }
    try ledger.forgetEmptyBeginning()
  }

  /// The first run: the journal starts where the admin said, and remembers what may still become visible.
  private func begin(_ report: inout Report) throws {
    guard try context.ledger.mark(.collected) == nil else { return }
    let now = context.now()
    var update = CollectorUpdate()
    guard settings.start == .now else {
      update.collected = 0
      try context.ledger.set(.begun, 0)
      try context.ledger.set(.begunAt, now.seconds)
      return try context.ledger.save(update)
    }
    let newest = try newestOrdinal()
    try rememberPending(through: newest)
    if newest > 0 {
      let recent = max(1, newest - Post.firstLookBack)...newest
      let known = ordinals(try context.forum.posts(within: recent, limit: Int(Post.firstLookBack) + 1))
      // Ordinals below the first post of all were never passed over.
      if let first = known.first { update.addedGaps = gaps(in: first...newest, without: known, seenAt: now) }
    }
    update.collected = newest
    report.leftOut = try context.forum.visiblePostCount()
    // Before the journal has begun they say nothing: should this be all of this run, the next one begins anew.
    try context.ledger.set(.begun, newest)
    try context.ledger.set(.begunAt, now.seconds)
    try context.ledger.set(.leftOut, Int64(report.leftOut))
    try context.ledger.save(update)
  }

  /// The posts that wait for approval as the journal begins, page by page. A run that dies on the way has not begun it:
  /// the next one begins anew, and knows some of them already.
  private func rememberPending(through newest: Int64) throws {
    let now = context.now()
    var after: Int64?
    while true {
      let pending = try context.forum.pendingPosts(after: after, limit: page)
      var update = CollectorUpdate()
      update.upserts = pending.filter { $0.ordinal <= newest }.map {
        Candidate($0, state: .pending, visibleAt: nil, seenAt: now)
      }
      update.setAside = pending.faults.map { SetAside($0, since: now) }
      if !update.isEmpty { try context.ledger.save(update) }
      guard pending.count + pending.faults.count >= page, let last = ordinals(pending).last else { return }
      after = last
    }
  }

  /// The forum's word about its newest post, believed only if nothing comes after it: else the forum's whole history
  /// would be new (rule C3).
  private func newestOrdinal() throws -> Int64 {
    while true {
      let newest = try context.forum.newestOrdinal()
      guard let above = try context.forum.posts(after: newest, limit: 1).first else { return newest }
      // Somebody may have written it between the two questions.
      guard try context.forum.newestOrdinal() == newest else { continue }
      throw ForumError(
        .query,
        "query newest: it tells \(newest), and post \(above.key) has the ordinal \(above.ordinal); let it find the "
          + "largest of all posts")
    }
  }

  /// The ordinals of a page, in order, those of unreadable posts among them.
  func ordinals(_ posts: Answer<Post>) -> [Int64] {
    (posts.map(\.ordinal) + posts.faults.compactMap(\.ordinal)).sorted()
  }

  /// Asks again about posts that were not visible, or rest. In chunks, each a transaction.
  private func revisitCandidates(_ report: inout Report) throws {
    let now = context.now()
    var last: Candidate?
    while !context.isStopping() {
      let known = try context.ledger.candidates(toAskAt: now, after: last, limit: page)
      if known.isEmpty { return }
      last = known.last
      let found = try context.forum.posts(keys: known.map(\.postKey), .standing)
      let posts = found.keyed(by: \.key)
      let unreadable = found.unreadableKeys
      var update = CollectorUpdate()
      update.setAside = found.faults.map { SetAside($0, since: context.now()) }
      for candidate in known {
        if unreadable.contains(candidate.postKey) {
          update.forgotten.append(candidate.postKey)
          continue
        }
        guard let post = posts[candidate.postKey] else {
          // One missing answer may be wrong: its place is looked at again until a gap is given up.
          update.forgotten.append(candidate.postKey)
          update.addedGaps.append(Gap(candidate.ordinal...candidate.ordinal, seenAt: context.now()))
          continue
        }
        let next = self.candidate(post, known: candidate, isLate: true)
        if next != candidate { update.upserts.append(next) }
      }
      if !update.isEmpty { try context.ledger.save(update) }
    }
  }

  /// Reads what is above the mark, and remembers what was passed over on the way.
  private func readNew(_ report: inout Report) throws {
    var mark = try context.ledger.mark(.collected) ?? 0
    // What is read anew after a restore.
    let reread = try context.ledger.mark(.rereadThrough) ?? 0
    let beginning = mark < reread ? try beginning() : nil
    let sawAll = try lastLook()
    while !context.isStopping() {
      let asked = context.now()
      let posts = try context.forum.posts(after: mark, limit: page)
      let known = ordinals(posts)
      let now = context.now()
      var update = CollectorUpdate()
      update.setAside = posts.faults.map { SetAside($0, since: now) }
      // Without an ordinal that can be read nothing is passed: the post comes again, and is told once.
      guard let newest = known.last else {
        try context.ledger.setAside(update.setAside)
        return try keepLook(asked, sawAll)
      }
      try freeKeys(for: posts, through: reread)
      update.addedGaps = gaps(in: (mark + 1)...newest, without: known, seenAt: now)
      let again = try mark < reread ? knowAgain(Array(posts)) : []
      for post in posts where beginning?.leavesOut(post) != true && !again.contains(ForumKey(post.key)) {
        // With a number that was never given before, what is dated back is none of what was there.
        let isNew = post.ordinal > reread && isDatedBack(post.visibleAt ?? post.createdAt, sawAll)
        if isHistory(post), !isNew { continue }
        update.upserts.append(candidate(post, known: nil, isLate: false))
      }
      update.upserts = try leaveOut(update.upserts).map { one in
        var one = one
        if let visibleAt = one.visibleAt, isDatedBack(visibleAt, sawAll) { one.visibleAt = context.now() }
        return one
      }
      update.collected = newest
      try context.ledger.save(update)
      report.seen += known.count
      mark = newest
      if posts.count + posts.faults.count < page { return try keepLook(asked, sawAll) }
    }
  }

  /// Seconds by which the forum's times may be off, read in another zone or late to be committed, before they tell nothing:
  /// watches are off by the same.
  private static let lag: Int64 = 86_400
  /// As seldom is it written down that nothing was new.
  private static let rarely: Int64 = 3600

  /// When the forum was last read to its end, with nothing held; nil where that is not known, or was under a wrong clock.
  private func lastLook() throws -> Timestamp? {
    try context.ledger.mark(.sawAll).map(Timestamp.init).flatMap { $0 <= context.now() ? $0 : nil }
  }

  /// The forum was read to its end. While posts of a restored one are held, what is beyond that is not known as well.
  private func keepLook(_ moment: Timestamp, _ last: Timestamp?) throws {
    if context.doubtsClock || last.map({ moment - $0 < CollectStage.rarely }) == true { return }
    if try context.ledger.holds().contains(where: { $0.kind == .forum }) { return }
    try context.ledger.set(.sawAll, moment.seconds)
  }

  /// Whether a post that was just met says of itself that it could be seen long before the last look, which did not find
  /// it: its time tells nothing, such as that of a machine that had not set its clock. It can be seen since now (rule
  /// C2).
  private func isDatedBack(_ visibleAt: Timestamp, _ look: Timestamp?) -> Bool {
    look.map { visibleAt + CollectStage.lag < $0 } ?? false
  }

  /// Whether a post could be seen before the moment at which the admin lets the journal begin (rule C3).
  func isHistory(_ post: Post) -> Bool {
    guard post.visibility == .visible, case .since(let start) = settings.start else { return false }
    return post.visibleAt ?? post.createdAt < start
  }

  /// Where the forum was restored: puts the posts into the journal which the admin wants mailed to nobody.
  /// - Returns: the others (rule E3).
  private func leaveOut(_ posts: [Candidate]) throws -> [Candidate] {
    guard let until = try context.ledger.mark(.historyUntil) else { return posts }
    let through = try context.ledger.mark(.historyThrough) ?? .max
    // What was seen before the word, and waits, was not held with the others.
    let known = try context.ledger.candidates(keys: posts.map(\.postKey))
    func isLeftOut(_ post: Candidate) -> Bool {
      post.ordinal <= through && post.visibleAt.map { $0 < Timestamp(until) } ?? false && !known.contains(post.postKey)
    }
    try context.ledger.journalLeftOut(posts.filter(isLeftOut), signingKey: context.signingKey, now: context.now())
    return posts.filter { !isLeftOut($0) }
  }

  /// Gives places in the journal to what has rested, unless there is so much that the admin must look at it first.
  private func settle(_ report: inout Report) throws {
    let now = context.now()
    // What the admin has seen and let go is no flood any more.
    let released = try context.ledger.mark(.floodReleased) ?? 0
    let counts = try context.ledger.restingCounts(now: now, settle: settings.settle, released: released)
    report.pending = try context.ledger.pendingCandidates()
    report.resting = counts.resting
    // Urgent posts wait for nobody, unless they are a flood themselves; the rest in the order in which the forum made
    // them.
    let goAhead = counts.urgent <= settings.floodLimit
    let unseen = goAhead ? counts.unseen - counts.unseenUrgent : counts.unseen
    let isAdmitted = try admits(unseen, now)
    report.held = isAdmitted ? 0 : unseen
    while !context.isStopping() {
      let candidates = try context.ledger.settledCandidates(
        now: now, settle: settings.settle, through: isAdmitted ? .max : released, withUrgent: goAhead,
        limit: settledPage)
      if candidates.isEmpty { return }
      let settled = candidates.map { one in
        let visibleAt = one.visibleAt ?? now
        return (candidate: one, due: one.isUrgent ? visibleAt : visibleAt + settings.settle)
      }
      for chunk in settled.chunks(of: page) where !context.isStopping() {
        report.journalled += try context.ledger.journal(Array(chunk), signingKey: context.signingKey, now: now)
      }
    }
  }

  /// Whether so many posts may enter the journal in one run (rule C5).
  private func admits(_ count: Int, _ now: Timestamp) throws -> Bool {
    if count <= settings.floodLimit {
      // What was a flood has been thinned out by the moderators.
      if try context.ledger.holds().contains(where: { $0.kind == .flood }) { try context.ledger.dropFloodHold() }
      return true
    }
    try context.ledger.hold(
      .flood, name: "", reason: "\(count) new posts at once, the limit is \(settings.floodLimit)", now: now)
    return false
  }

  /// What is to be remembered of a post, given what was.
  /// - Parameters:
  ///   - isLate: the post was not seen in its turn: it became visible some time before now, not when created.
  ///   - since: when it was first seen, if it could not be read then.
  func candidate(_ post: Post, known: Candidate?, isLate: Bool, since: Timestamp? = nil) -> Candidate {
    let now = context.now()
    let seenAt = known?.seenAt ?? since ?? now
    // Who anonymises a post that waits changes nothing that has to be written.
    var post = post
    if let identity = known?.identity, identity.createdAt == post.createdAt { post.authorKey = identity.authorKey }
    guard post.visibility == .visible else {
      return Candidate(
        post, state: .pending, visibleAt: nil, seenAt: seenAt,
        askAt: CollectStage.nextAsk(since: seenAt, now: now))
    }
    let visibleAt =
      if let known, known.state == .resting { known.visibleAt ?? now } else {
        // Where the clock is behind, the forum may go by the same one: its posts are no older than that.
        (post.visibleAt ?? since.map { max($0, post.createdAt) } ?? (isLate ? now : post.createdAt)) + context.setback
      }
    return Candidate(post, state: .resting, visibleAt: min(visibleAt, now), seenAt: seenAt)
  }
}
