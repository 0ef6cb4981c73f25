import Ledger
import Time

/// Forgets what has outlived its use (rule O7). Journalled posts are never forgotten: nothing is ever mailed anew.
public struct PruneStage {
  /// What the configuration's section `retention` says.
  public struct Settings: Sendable {
    /// Seconds that answers, skip reasons and runs are kept, and rows of discussions that never close.
    public var answers: Int64
    /// Seconds after a discussion's closing that its person–post rows are kept.
    public var grace: Int64
    /// Seconds that mail which came in is kept as it came.
    public var raw: Int64
    /// Where files that came with replies are kept; nil: nowhere.
    public var attachments: AttachmentStore?
    /// The defaults are those of rule O7.
    public init(
      answers: Int64 = 180 * 86_400, grace: Int64 = 30 * 86_400, raw: Int64 = 30 * 86_400,
      attachments: AttachmentStore? = nil
    ) {
      self.attachments = attachments
      self.raw = raw
      self.answers = answers
      self.grace = grace
    }
  }

  /// How many rows one run removed, by what they told.
  public struct Report: Hashable, Sendable {
    /// Servers' answers.
    public var attempts = 0
    /// Who was to get which post, or why not.
    public var decisions = 0
    /// What happened to posts on their way.
    public var events = 0
    /// Digests that ended, with their parts.
    public var digests = 0
    /// Records of runs.
    public var runs = 0
    /// What people were told.
    public var notices = 0
    /// Mail that came in, as it came.
    public var raw = 0
    /// That a mail to an address failed.
    public var failures = 0
    /// By what quotations of posts are known.
    public var sentTexts = 0
    /// The forum's notes of changes that have been dealt with.
    public var changes = 0
    /// Addresses that were typed to sign up and not confirmed within a day.
    public var signUps = 0
    /// Files that came with replies of which there is no post.
    public var files = 0
  }

  let context: StageContext
  let settings: Settings

  /// Does nothing yet.
  public init(_ context: StageContext, _ settings: Settings) {
    self.context = context
    self.settings = settings
  }

  /// One run, in short transactions: sending goes on beside it. What `isStopping` leaves, the next one removes.
  /// - Throws: `ForumError` or `DatabaseError`; what was removed before stays removed.
  public func runOnce() throws -> Report {
    var report = Report()
    // What is forgotten under a wrong clock never comes back (rule E2).
    if context.doubtsClock { return report }
    let now = context.now()
    let old = now - settings.answers
    let (ledger, pruning) = (context.ledger, Ledger.Pruning(now: now, isStopping: context.isStopping))
    report.attempts = try ledger.pruneAttempts(endedBefore: old, pruning)
    report.decisions = try ledger.pruneSkips(journalledBefore: old, pruning)
    let keys = try ledger.journalledDiscussions()
    let found = try context.forum.discussions(keys: keys)
    let discussions = found.keyed(by: \.key)
    // Of one that cannot be read it is not known when it closes: nothing of it is removed (rule E1).
    let unreadable = found.unreadableKeys
    for key in keys where !unreadable.contains(key) {
      let closesAt = discussions[key]?.closesAt
      if let closesAt, closesAt + settings.grace > now { continue }
      let before = closesAt == nil ? old : now
      // What was withdrawn that long ago is in nobody's coming digest.
      report.decisions += try ledger.pruneRows(
        discussion: key, journalledBefore: before, withdrawnBefore: min(before, now - settings.grace), pruning)
    }
    report.events = try ledger.pruneEvents(before: old, pruning)
    report.digests = try ledger.pruneDigests(endedBefore: old, pruning)
    report.notices = try ledger.pruneNotices(endedBefore: old, pruning)
    report.sentTexts = try ledger.pruneSentTexts(keptBefore: old, pruning)
    report.failures = try ledger.pruneFailures(toldBefore: old, pruning)
    report.raw = try ledger.pruneRaw(takenBefore: now - settings.raw, pruning)
    report.runs = try ledger.pruneRuns(endedBefore: old, pruning)
    try ledger.forgetNameless(metBefore: now - CollectStage.week)
    report.changes = try forgetChanges()
    report.signUps = try forgetSignUps(now)
    report.files = try removeFiles(now)
    return report
  }

  /// What runs that died left in the directory of kept files: beginnings, and files of replies that were refused then.
  private func removeFiles(_ now: Timestamp) throws -> Int {
    guard let store = settings.attachments else { return 0 }
    let names = try context.ledger.notesOfRefused(endedSince: now - CollectStage.week).flatMap {
      ReplyFiles(notes: $0).kept.map(\.stored)
    }
    return store.remove(names) + store.removeUnfinished(before: now - 86_400)
  }

  /// In short transactions of the forum's.
  private func forgetSignUps(_ now: Timestamp) throws -> Int {
    var forgotten = 0
    while !context.isStopping() {
      let page = try context.members.keeper.forgetSignUps(before: now - 86_400, limit: 500)
      forgotten += page
      if page < 500 { break }
    }
    return forgotten
  }

  /// What changed in the forum and has moved people's digests, in short transactions of the forum's.
  private func forgetChanges() throws -> Int {
    guard let read = try context.ledger.mark(.changesRead) else { return 0 }
    var forgotten = 0
    while !context.isStopping() {
      let page = try context.members.keeper.forgetChanges(readTo: read, limit: 2000)
      forgotten += page
      if page < 2000 { break }
    }
    return forgotten
  }
}
