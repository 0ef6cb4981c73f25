import Composition
import DeliveryPolicy
import Forum
import Identifiers
import Ledger
import Mail
import Membership
import Time

/// Tries addresses again that were stopped, and mails those again whose probe was taken (rule B4).
public struct ProbeStage {
  /// What one run did.
  public struct Report: Hashable, Sendable {
    /// Probes that were queued.
    public var probed = 0
    /// Addresses that are mailed again.
    public var lifted = 0
    /// Nothing was done.
    public init() {}
  }

  let context: StageContext

  /// Does nothing yet.
  public init(_ context: StageContext) { self.context = context }

  /// One run. Under a clock that is doubted nothing is done: neither can be taken back (rule E2).
  /// - Throws: `ForumError` or `DatabaseError`.
  public func runOnce() throws -> Report {
    var report = Report()
    if context.doubtsClock { return report }
    let now = context.now()
    let lifted = try context.ledger.endProbes(takenBefore: now - ProbeSchedule.patience, now: now)
    report.lifted = lifted.count
    try context.ledger.queueNotices(
      lifted.compactMap { one in
        one.person.map { draft(.lifted(posts: one.posts, since: one.since), to: $0, topic: "lifted") }
      }, now: now)
    for suppression in try context.ledger.dueProbes(at: now, limit: 1000) where !context.isStopping() {
      guard let person = suppression.person, try hasAddress(person, suppression.address) else {
        // Nobody's any more: not asked about again.
        try context.ledger.endProbing(suppression.address)
        continue
      }
      try context.ledger.probe(suppression, person: person, body: draft(.probe, to: person, topic: "").body, now: now)
      report.probed += 1
    }
    return report
  }

  /// Whether it is still the person's address.
  private func hasAddress(_ person: PersonID, _ address: String) throws -> Bool {
    guard let participant = try context.members.participant(person), participant.isActive else { return false }
    return (try? Address(participant.address))?.canonical == address
  }

  private func draft(_ matter: Notice.Matter, to person: PersonID, topic: String) -> Ledger.NoticeDraft {
    Ledger.NoticeDraft(
      person: person, topic: topic, body: Notice(matter, signingKey: context.signingKey).json, limit: .max)
  }
}

extension ProbeStage: Stage {
  /// Its name in a job's file.
  public static let step = Step.probe
  /// Two of them would try an address twice.
  public static let isExclusive = true

  /// Tries, and says so.
  public func run(_ step: inout StepReport) throws {
    let report = try runOnce()
    step.count("probed", report.probed)
    step.count("lifted", report.lifted)
  }
}

extension Step {
  /// Try addresses again that were stopped.
  public static let probe = Step(rawValue: "probe")
}
