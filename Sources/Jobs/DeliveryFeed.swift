import Composition
import Delivery
import Forum
import Ledger
import Logging
import Mail

/// Gives a transport one composed message after another, and turns their ends into rows.
///
/// ```
/// prepared ──begin (commit)──▶ begun ──next──▶ under way ──ended──▶ group ──(commit)──▶ recorded
/// ```
/// At most `group` messages are between the two commits: that is the bound on messages in doubt after a crash. What comes
/// next is prepared on another thread meanwhile.
final class DeliveryFeed: MessageFeed {
  private struct UnderWay {
    let delivery: Delivery
    let recipient: Address
    let number: Int
    let beganAt: Timestamp
  }

  private(set) var report: DeliverStage.Report
  private(set) var breaker: Breaker
  private let stage: DeliverStage
  private let context: StageContext
  private let preparation: Preparation
  private var ahead: Ahead<Preparation.Group>?
  private var policy: DomainPolicy
  private var lease: Int64?
  /// When everything under the lease was last given its whole length.
  private var renewedAt = Timestamp(0)
  private var prepared: ArraySlice<Preparation.Ready> = []
  private var begun: ArraySlice<Preparation.Ready> = []
  /// When the oldest answer of the forum was given that prepared and begun messages stand on; nil once a domain was held:
  /// what is for it is not to be sent.
  private var checkedAt: Timestamp? = Timestamp(.max)
  /// The last look found nothing more that is due.
  private var isDry = false
  private var underWay: [Int64: UnderWay] = [:]
  private var ended: [AttemptEnd] = []
  private var unsent: [Int64] = []
  private var toHold: [DomainPolicy.Hold] = []
  /// Given up in this run: no hold of their domain brings them back.
  private var expired: Set<Int64> = []
  /// When the oldest end that is not recorded came in.
  private var groupSince = Timestamp(0)

  init(_ stage: DeliverStage, _ composer: Composer, _ report: DeliverStage.Report, _ breaker: Breaker) {
    self.stage = stage
    self.report = report
    self.breaker = breaker
    context = stage.context
    preparation = Preparation(context, composer, lease: stage.settings.lease)
    policy = DomainPolicy(threshold: stage.settings.domainHold)
  }

  // MARK: MessageFeed

  func next() throws -> OutgoingMessage? {
    if !begun.isEmpty, !isFresh { try giveBack() }
    while begun.isEmpty { guard try begin() else { return nil } }
    let one = begun.removeFirst()
    underWay[one.delivery.id] = UnderWay(
      delivery: one.delivery, recipient: one.message.envelope.recipient, number: one.delivery.attempts + 1,
      beganAt: context.now())
    return one.message
  }

  func ended(_ id: Int64, _ outcome: Outcome) throws {
    guard let one = underWay.removeValue(forKey: id) else {
      preconditionFailure("delivery \(id) ended without having begun")
    }
    if ended.isEmpty, unsent.isEmpty { groupSince = context.now() }
    judge(one, outcome)
    if let hold = policy.record(outcome, of: id, to: one.recipient) { toHold.append(hold) }
  }

  func tick() throws {
    let now = context.now()
    if let lease, now - renewedAt >= stage.settings.lease / 4 {
      try context.ledger.renew(lease: lease, now: now, seconds: stage.settings.lease)
      renewedAt = now
    }
    guard !ended.isEmpty || !unsent.isEmpty, context.now() - groupSince >= 1 else { return }
    try commit(begin: [])
  }

  /// Records what has ended and gives back what was not begun.
  func close() throws {
    if let ahead {
      self.ahead = nil
      // Why it failed nobody needs to know any more; what it leased is given back below.
      if let group = try? ahead.value() { count(group) }
    }
    guard let lease = lease ?? preparation.lease else { return }
    self.lease = lease
    unsent += begun.map(\.delivery.id)
    begun = []
    try commit(begin: [])
    try context.ledger.release(lease: lease)
  }

  func relayWasDown(_ trouble: String) {
    report.trouble = trouble
    breaker.trip(at: context.now())
  }

  // MARK: From prepared to begun

  private var isFresh: Bool { checkedAt.map(preparation.isFresh) ?? false }

  /// Begins the next group; false if there is none to begin in this run.
  private func begin() throws -> Bool {
    if !toHold.isEmpty { try commit(begin: []) }
    let wanted = max(1, stage.settings.group - underWay.count)
    repeat {
      while prepared.count < wanted, !context.isStopping(), try prepareMore() {
        // Chunk after chunk may be withheld while the transport waits for one message.
        if prepared.isEmpty { try tick() }
      }
      if !prepared.isEmpty, !isFresh { try prepareAgain() }
    } while prepared.isEmpty && !isDry && !context.isStopping()
    guard !prepared.isEmpty, !context.isStopping() else { return false }
    // One that is under way cannot be begun: another run had rescued it, and gave it back too early.
    let group = prepared.prefix(wanted).filter { underWay[$0.delivery.id] == nil }
    let ours = try commit(begin: group.map(\.delivery.id))
    prepared = prepared.dropFirst(wanted)
    begun = group.filter { ours.contains($0.delivery.id) }[...]
    return true
  }

  /// What was begun but waited for too long to be sent is as if it had not been.
  private func giveBack() throws {
    unsent += begun.map(\.delivery.id)
    prepared = begun + prepared
    begun = []
    try commit(begin: [])
  }

  /// Takes the group that was prepared meanwhile and has the next one prepared; false if nothing more is due.
  private func prepareMore() throws -> Bool {
    let wasAhead = ahead != nil
    try takePrepared()
    // It looked before now: something may have become due since.
    if isDry, wasAhead { try takePrepared() }
    if !isDry { ahead = prepare() }
    return !isDry
  }

  private func prepare() -> Ahead<Preparation.Group> {
    let (preparation, limit) = (preparation, stage.settings.group)
    return Ahead { try preparation.next(limit: limit) }
  }

  private func takePrepared() throws {
    let group = self.ahead ?? prepare()
    self.ahead = nil
    take(try group.value())
  }

  /// Everything that is not begun, checked anew.
  private func prepareAgain() throws {
    if ahead != nil { try takePrepared() }
    let deliveries = prepared.map(\.delivery)
    prepared = []
    checkedAt = Timestamp(.max)
    take(try preparation.again(deliveries))
  }

  private func take(_ group: Preparation.Group) {
    if lease == nil, group.lease != nil { (lease, renewedAt) = (group.lease, group.checkedAt) }
    isDry = group.isDry
    if !group.messages.isEmpty {
      let isFirst = prepared.isEmpty && begun.isEmpty
      checkedAt = checkedAt.map { isFirst ? group.checkedAt : min($0, group.checkedAt) }
      prepared += group.messages
    }
    count(group)
  }

  private func count(_ group: Preparation.Group) {
    report.withheld += group.withheld
    report.uncomposed += group.uncomposed
    report.uncomposedBecause = report.uncomposedBecause ?? group.trouble
  }

  // MARK: From an end to a row

  private func judge(_ one: UnderWay, _ outcome: Outcome) {
    let now = context.now()
    let verdict = classify(outcome)
    if verdict?.scope == .relay {
      report.unsent += 1
      unsent.append(one.delivery.id)
      return
    }
    var end = AttemptEnd(
      delivery: one.delivery.id, number: one.number, address: one.recipient.description,
      beganAt: one.beganAt, endedAt: now, outcome: .accepted, scope: verdict?.scope.rawValue,
      answer: outcome.answer, state: .sent)
    switch outcome {
    case .accepted:
      report.sent += 1
      breaker.answered()
    case .uncertain:
      end.outcome = .uncertain
      doubt(one, &end, now)
    case .lost:
      end.outcome = .lost
      retry(one, &end, now)
    case .refused, .notOffered, .unsent:
      if verdict?.permanence == .permanent {
        (end.outcome, end.state) = (.permanent, .failed)
        report.failed += 1
      } else {
        end.outcome = .transient
        retry(one, &end, now)
      }
    }
    ended.append(end)
    tell(one, end)
  }

  private func tell(_ one: UnderWay, _ end: AttemptEnd) {
    let level: Logger.Level = end.state == .sent ? .debug : .info
    guard context.log.logLevel <= level else { return }
    context.log.log(
      level: level, "an attempt ended",
      metadata: [
        "delivery": "\(end.delivery)", "attempt": "\(end.number)", "state": "\(end.state.rawValue)",
        "to": "\(context.masked(one.recipient.description))", "answer": "\(context.masked(end.answer))",
      ])
  }

  private func retry(_ one: UnderWay, _ end: inout AttemptEnd, _ now: Timestamp) {
    let due = stage.settings.retry.due(
      after: one.number, firstAttempt: one.delivery.firstAttemptAt ?? one.beganAt, now: now, random: stage.random())
    (end.state, end.due) = (due == nil ? .expired : .deferred, due)
    if due == nil {
      report.expired += 1
      expired.insert(one.delivery.id)
    } else {
      report.deferred += 1
    }
  }

  private func doubt(_ one: UnderWay, _ end: inout AttemptEnd, _ now: Timestamp) {
    if stage.settings.resendsUncertain, one.delivery.uncertain < 3 {
      end.state = .uncertain
      end.due = now + stage.settings.retry.wait(after: one.number, random: stage.random())
      report.uncertain += 1
    } else {
      (end.state, end.reason) = (.held, "uncertain")
      report.held += 1
    }
  }

  @discardableResult
  private func commit(begin: [Int64]) throws -> Set<Int64> {
    guard let lease else { return [] }
    let now = context.now()
    let holds = toHold.map {
      Ledger.DomainHold(
        domain: $0.refusal.domain, reason: $0.refusal.description,
        deliveries: $0.deliveries.filter { !expired.contains($0) })
    }
    let ours = try context.ledger.advance(
      ended: ended, unsent: unsent, begin: begin, holds: holds, lease: lease, margin: stage.settings.leaseMargin,
      now: now)
    ended.removeAll(keepingCapacity: true)
    unsent.removeAll(keepingCapacity: true)
    for (hold, one) in zip(toHold, holds) {
      if !report.heldDomains.contains(one.domain) { report.heldDomains.append(one.domain) }
      checkedAt = nil
      report.held += one.deliveries.count
      if hold.refusal.code >= 500 {
        report.failed -= one.deliveries.count
      } else {
        report.deferred -= one.deliveries.count
      }
    }
    toHold.removeAll()
    return ours
  }
}
