import Forum
import Ledger
import Mail

/// Forgets what has outlived its use (rule O7). Journalled posts are never forgotten: nothing is ever mailed anew.
public struct PruneStage {
  public struct Settings: Sendable {
    /// Seconds that answers, skip reasons and runs are kept, and rows of discussions that never close.
    public var answers: Int64
    /// Seconds after a discussion's closing that its person–post rows are kept.
    public var grace: Int64
    public init(answers: Int64 = 180 * 86_400, grace: Int64 = 30 * 86_400) {
      (self.answers, self.grace) = (answers, grace)
    }
  }

  public struct Report: Hashable, Sendable {
    public var attempts = 0
    public var decisions = 0
    public var digests = 0
    public var runs = 0
  }

  let context: StageContext
  let settings: Settings
  private let limit = 5000

  public init(_ context: StageContext, _ settings: Settings) { (self.context, self.settings) = (context, settings) }

  public func runOnce() throws -> Report {
    var report = Report()
    let old = context.now() - settings.answers
    report.attempts = try repeated { try context.ledger.pruneAttempts(endedBefore: old, limit: limit) }
    report.decisions = try repeated { try context.ledger.pruneSkips(journalledBefore: old, limit: limit) }
    let keys = try context.ledger.journalledDiscussions()
    let discussions = Dictionary(
      try context.source.discussions(keys: keys).map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    for key in keys {
      let closesAt = discussions[key]?.closesAt
      if let closesAt, closesAt + settings.grace > context.now() { continue }
      let before = closesAt == nil ? old : context.now()
      report.decisions += try repeated {
        try context.ledger.pruneRows(discussion: key, journalledBefore: before, limit: limit)
      }
    }
    report.digests = try repeated { try context.ledger.pruneDigests(endedBefore: old, limit: limit) }
    report.runs = try context.ledger.pruneRuns(endedBefore: old)
    return report
  }

  private func repeated(_ step: () throws -> Int) throws -> Int {
    var total = 0
    while !context.isStopping() {
      let count = try step()
      total += count
      if count < limit { break }
    }
    return total
  }
}
