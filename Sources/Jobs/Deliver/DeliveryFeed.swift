import Composition
import DeliveryPolicy
import Identifiers
import Ledger
import Logging
import Mail
import Relay
import Time

/// Gives a transport one composed message after another, and turns their ends into rows.
///
/// ```
/// prepared ──begin (commit)──▶ begun ──next──▶ under way ──ended──▶ group ──(commit)──▶ recorded
/// ```
/// At most `group` messages are between the two commits: that is the bound on messages in doubt after a crash. What
/// comes next is prepared on another thread meanwhile. Here is only the I/O: what is ready stands in `ReadyMessages`,
/// what has begun and ended in `AttemptGroup`, the right to all of it in `LeaseKeeper`.
final class DeliveryFeed: MessageFeed {
  private let stage: DeliverStage
  private let context: StageContext
  private let preparation: Preparation
  private var ready: ReadyMessages
  private var group: AttemptGroup
  private var lease: LeaseKeeper

  var report: DeliverStage.Report { group.report }
  var health: RelayHealth { group.health }

  init(_ stage: DeliverStage, _ composer: Composer, _ report: DeliverStage.Report, _ health: RelayHealth) {
    self.stage = stage
    context = stage.context
    preparation = Preparation(context, composer, lease: stage.settings.lease, staleAfter: stage.settings.staleAfter)
    ready = ReadyMessages(preparation, limit: stage.settings.group)
    group = AttemptGroup(stage.settings, report, health)
    lease = LeaseKeeper(length: stage.settings.lease)
  }

  // MARK: MessageFeed

  func next() throws -> OutgoingMessage? {
    if group.isTurnedAway { return nil }
    if !ready.begun.isEmpty, !ready.isFresh {
      group.giveUp(ready.giveBack())
      try commit()
    }
    while ready.begun.isEmpty { guard try begin() else { return nil } }
    guard let one = ready.next(), let lease = lease.id else { return nil }
    group.start(one.delivery, to: one.message.envelope.recipient, under: lease, at: context.now())
    return one.message
  }

  func ended(_ id: DeliveryID, _ outcome: Outcome) throws {
    let one = group.finish(id)
    // The usual case.
    if one.lease == lease.id { return try record(one, outcome) }
    // Of a lease that ended under this run. Nobody may have taken the message over.
    try commit()
    try record(one, outcome)
    try commit(under: one.lease)
  }

  func tick() throws {
    try renew(after: stage.settings.lease / 4)
    guard !group.isEmpty, context.now() - group.since >= 1 else { return }
    try commit()
  }

  /// Records what has ended and gives back what was not begun.
  func close() throws {
    // Why it failed nobody needs to know any more; what it leased is given back below.
    if let group = try? ready.waitForPrefetch() { self.group.count(group) }
    // Nothing was leased, so nothing has to be given back; `preparation` may have leased what nobody has taken yet.
    guard let id = lease.id ?? preparation.lease else { return }
    lease.take(id, at: context.now())
    group.giveUp(ready.drop())
    try commit()
    try context.ledger.release(lease: id)
  }

  /// The transport found out; what it had is told as unsent by then.
  func relayWasDown(_ trouble: String) { group.relayIsDown(trouble, at: context.now()) }

  // MARK: From prepared to begun

  /// Begins the next group; false if there is none to begin in this run.
  private func begin() throws -> Bool {
    // A process that stood still comes here before it ticks.
    try renew(after: stage.settings.lease)
    if group.holdsDomain { try commit() }
    let wanted = max(1, stage.settings.group - group.underWay.count)
    repeat {
      while ready.prepared.count < wanted, !context.isStopping(), try prepareMore() {
        // Chunk after chunk may be withheld while the transport waits for one message.
        if ready.prepared.isEmpty { try tick() }
      }
      if !ready.prepared.isEmpty, !ready.isFresh { take(try ready.checkAgain()) }
    } while ready.prepared.isEmpty && !ready.isDry && !context.isStopping()
    guard !ready.prepared.isEmpty, !context.isStopping() else { return false }
    // One that is under way cannot be begun: another run had rescued it, and gave it back too early.
    let next = ready.prepared.prefix(wanted).map(\.delivery.id).filter { group.underWay[$0] == nil }
    ready.begin(wanted, ours: try commit(begin: next))
    return true
  }

  /// False if nothing more is due.
  private func prepareMore() throws -> Bool {
    take(try ready.more())
    return !ready.isDry
  }

  /// Counts what was withheld, and learns the number of the lease from the first group that has one.
  private func take(_ groups: [Preparation.Group]) {
    for group in groups {
      if let id = group.lease { lease.take(id, at: group.checkedAt) }
      self.group.count(group)
    }
  }

  private func renew(after seconds: Int64) throws {
    guard let id = lease.id, try !lease.renew(after: seconds, now: context.now(), context.ledger) else { return }
    try startAnew(id)
  }

  /// The lease ended under this run, which was stopped for longer: what it had ready may be another's by now. What it
  /// takes from here on is under a new number, lest old and new be taken for each other.
  private func startAnew(_ lost: LeaseID) throws {
    if let group = try ready.waitForPrefetch() { self.group.count(group) }
    group.giveUp(ready.drop())
    try commit()
    try context.ledger.release(lease: lost)
    preparation.forgetLease()
    lease.forget()
  }

  // MARK: From an end to a row

  private func record(_ one: AttemptGroup.UnderWay, _ outcome: Outcome) throws {
    let now = context.now()
    group.record(one, outcome, at: now, random: stage.random())
    let refusing = group.learn(one, outcome, at: now)
    if let doubted = group.doubted {
      let taken = try context.ledger.lastTaken(of: doubted.people, but: doubted.but)
      group.believe(lastTaken: taken, outcome, at: now)
    }
    guard let domain = refusing else { return }
    group.judge(domain, group.asksHistory(of: domain) ? try history(of: domain, now) : nil, at: now)
  }

  /// Read at most once for each domain and group, and only when one refuses by policy.
  private func history(of domain: String, _ now: Timestamp) throws -> DomainHistory {
    DomainHistory(
      refusals: try context.ledger.refusals(by: domain, since: now - DomainPolicy.memory),
      isHeld: try context.ledger.heldDomains().contains(domain))
  }

  /// Records the group, and that the next one begins.
  /// - Parameter other: the lease that it was made under, where that is not the present one.
  /// - Returns: those of `begin` that are still ours.
  @discardableResult
  private func commit(begin: [DeliveryID] = [], under other: LeaseID? = nil) throws -> Set<DeliveryID> {
    guard let id = other ?? lease.id else { return [] }
    let now = context.now()
    // If the commit throws, the group keeps everything, and the next call of this tries again with it.
    let (commit, told) = group.close(at: now, random: stage.random())
    let recorded = try context.ledger.commitGroup(
      ended: commit.ended, unsent: commit.unsent, givenBack: commit.givenBack, begin: begin,
      domains: commit.domains, lease: id, margin: stage.settings.leaseMargin, now: now)
    if group.committed(ignoring: recorded.ignored) { ready.distrust() }
    for one in told where !recorded.ignored.contains(one.end.delivery) { tell(one) }
    tellGivenBack(commit)
    return recorded.begun
  }

  /// A line for each delivery that an earlier line may have called failed.
  private func tellGivenBack(_ commit: AttemptGroup.Commit) {
    let ended = Set(commit.ended.map(\.delivery))
    for delivery in commit.givenBack?.deliveries ?? [] where !ended.contains(delivery) {
      context.log.info(
        "a refusal was the relay's: the delivery waits",
        metadata: ["delivery": "\(delivery)", "state": "\(DeliveryState.deferred.rawValue)"])
    }
  }

  /// A line for each attempt, once it is recorded, with the state that is. Only who will not get the mail is told at the usual level: a run that goes well is silent
  /// (rule O3).
  private func tell(_ told: AttemptGroup.Told) {
    let level: Logger.Level = told.state == .failed || told.state == .expired ? .warning : .info
    guard context.log.logLevel <= level else { return }
    context.log.log(
      level: level, "an attempt ended",
      metadata: [
        "delivery": "\(told.end.delivery)", "attempt": "\(told.end.number)", "state": "\(told.state.rawValue)",
        "outcome": "\(told.end.outcome.rawValue)",
        "to": "\(context.masked(told.end.address))", "answer": "\(context.masked(told.end.answer))",
      ])
  }
}
