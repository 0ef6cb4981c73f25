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
  private let pauses: Pauses
  /// Whether the last mail to a person was taken, as far as it was asked for in this run.
  private var isKnown: [PersonID: Bool] = [:]
  /// How many people of each domain had mail lately; nil until it is asked for in this run.
  private var peers: [String: Int]?
  /// Deliveries that nothing more is to be done about, as they were recorded: at the end they are told.
  private var lost: [DeliveryID: AttemptGroup.Told] = [:]
  /// How deliveries were refused, without addresses.
  private var gists: [DeliveryID: String] = [:]

  var report: DeliverStage.Report { group.report }
  var health: RelayHealth { group.health }

  init(
    _ stage: DeliverStage, _ composer: Composer, _ report: DeliverStage.Report, _ health: RelayHealth, _ pauses: Pauses
  ) {
    self.stage = stage
    context = stage.context
    preparation = Preparation(
      context, composer, lease: stage.settings.lease, staleAfter: stage.settings.staleAfter, only: stage.settings.only)
    ready = ReadyMessages(preparation, limit: stage.settings.group)
    self.pauses = pauses
    group = AttemptGroup(stage.settings, report, health, pauses)
    lease = LeaseKeeper(length: stage.settings.lease)
  }

  // MARK: MessageFeed

  func next() throws -> OutgoingMessage? {
    if group.isTurnedAway { return nil }
    // What is to be held since the last group is not tried.
    if group.holdsSomething { try commit() }
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
    tellLost()
  }

  /// The transport found out; what it had is told as unsent by then.
  func relayWasDown(_ trouble: String) { group.relayIsDown(trouble, at: context.now()) }

  // MARK: From prepared to begun

  /// Begins the next group; false if there is none to begin in this run.
  private func begin() throws -> Bool {
    // A process that stood still comes here before it ticks.
    try renew(after: stage.settings.lease)
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
    let past = try self.past(of: one, outcome, now)
    let refusing = group.record(one, outcome, past, at: now, random: stage.random())
    if group.refused[one.delivery.id] != nil { gists[one.delivery.id] = outcome.gist }
    if group.refused[one.delivery.id] == .failed { isKnown[one.delivery.person] = false }
    if case .accepted = outcome { isKnown[one.delivery.person] = true }
    guard let domain = refusing else { return }
    group.judge(domain, group.asksHistory(of: domain) ? try history(of: domain, now) : nil, at: now)
  }

  /// Read for all that is under way and begun at once, and only when one of it is refused for good.
  private func past(of one: AttemptGroup.UnderWay, _ outcome: Outcome, _ now: Timestamp) throws -> RecipientRecord {
    guard case .refused(let reply, _) = outcome, reply.code / 100 == 5 else { return RecipientRecord() }
    if isKnown[one.delivery.person] == nil {
      let others = group.underWay.values.map(\.delivery.person) + ready.begun.map(\.delivery.person)
      let all = [one.delivery.person] + others
      let people = Set(all.filter { isKnown[$0] == nil })
      let taken = try context.ledger.lastTaken(of: people.sorted(), since: now - RecipientRecord.memory)
      for person in people { isKnown[person] = taken.contains(person) }
    }
    let domain = one.recipient.canonicalDomain
    let peers = try peers ?? context.ledger.mailedPeople(since: now - RecipientRecord.memory)
    self.peers = peers
    return RecipientRecord(
      isKnown: isKnown[one.delivery.person] == true
        && !pauses.isBelieved(domain, at: now),
      peers: peers[domain] ?? 0,
      refusals: try context.ledger.refusals(of: one.delivery))
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

  /// A line for each attempt, once it is recorded, with the state that is. A run that goes well is silent (rule O3), and
  /// of what failed it may turn out that others are to blame: only who will not get the mail when it ends is told at the
  /// usual level.
  private func tell(_ told: AttemptGroup.Told) {
    let id = told.end.delivery
    lost[id] = told.state == .failed || told.state == .expired ? told : nil
    if lost[id] == nil { line(told, .info) }
  }

  /// Lines that a run tells of what failed; of more it tells how many.
  private static let lines = 10

  private func tellLost() {
    let final = lost.values.filter { (group.refused[$0.end.delivery] ?? $0.state) == $0.state }
      .sorted { $0.end.delivery < $1.end.delivery }
    for (index, told) in final.enumerated() { line(told, index < Self.lines ? .warning : .info) }
    lost = [:]
    let rest = Dictionary(grouping: final.dropFirst(Self.lines), by: { gists[$0.end.delivery] ?? $0.end.answer })
      .mapValues(\.count)
    for (gist, count) in rest.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }).prefix(Self.lines) {
      context.log.warning("more failed so", metadata: ["messages": "\(count)", "answer": "\(context.masked(gist))"])
    }
  }

  private func line(_ told: AttemptGroup.Told, _ level: Logger.Level) {
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
