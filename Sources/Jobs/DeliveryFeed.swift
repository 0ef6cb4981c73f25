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
    /// The lease that it was begun under.
    let lease: Int64?
    let beganAt: Timestamp
  }

  private(set) var report: DeliverStage.Report
  private(set) var health: RelayHealth
  private let stage: DeliverStage
  private let context: StageContext
  private let preparation: Preparation
  private var ahead: Ahead<Preparation.Group>?
  private let policy: DomainPolicy
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
  /// Refused for the relay's own reasons: whether that spends an attempt depends on whether it takes others.
  private var relayRefused: [(one: UnderWay, outcome: Outcome, at: Timestamp)] = []
  /// Failed, in this run or an earlier one, by the relay's fault.
  private var givenBack: [Int64] = []
  /// The relay was found to refuse everybody: nothing more is begun.
  private var isTurnedAway = false
  /// What the group says of recipient domains.
  private var news = Ledger.DomainNews()
  /// The states of what was refused in this run: it may turn out that others are to blame.
  private var refused: [Int64: DeliveryState] = [:]
  /// When the oldest end that is not recorded came in.
  private var groupSince = Timestamp(0)

  init(_ stage: DeliverStage, _ composer: Composer, _ report: DeliverStage.Report, _ health: RelayHealth) {
    self.stage = stage
    self.report = report
    self.health = health
    context = stage.context
    preparation = Preparation(context, composer, lease: stage.settings.lease)
    policy = DomainPolicy(threshold: stage.settings.domainHold)
  }

  // MARK: MessageFeed

  func next() throws -> OutgoingMessage? {
    if isTurnedAway { return nil }
    if !begun.isEmpty, !isFresh { try giveBack() }
    while begun.isEmpty { guard try begin() else { return nil } }
    let one = begun.removeFirst()
    underWay[one.delivery.id] = UnderWay(
      delivery: one.delivery, recipient: one.message.envelope.recipient, number: one.delivery.attempts + 1,
      lease: lease, beganAt: context.now())
    return one.message
  }

  func ended(_ id: Int64, _ outcome: Outcome) throws {
    guard let one = underWay.removeValue(forKey: id) else {
      preconditionFailure("delivery \(id) ended without having begun")
    }
    if one.lease == lease { return try record(one, outcome) }
    // Of a lease that ended under this run. Nobody may have taken the message over.
    try commit(begin: [])
    try record(one, outcome)
    try commit(begin: [], under: one.lease)
  }

  func tick() throws {
    try renew(after: stage.settings.lease / 4)
    guard !isGroupEmpty, context.now() - groupSince >= 1 else { return }
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
    report.trouble = report.trouble ?? trouble
    health.trip(at: context.now())
  }

  // MARK: From prepared to begun

  private var isFresh: Bool { checkedAt.map(preparation.isFresh) ?? false }

  /// Begins the next group; false if there is none to begin in this run.
  private func begin() throws -> Bool {
    // A process that stood still comes here before it ticks.
    try renew(after: stage.settings.lease)
    if !news.holds.isEmpty { try commit(begin: []) }
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
    var ours = try commit(begin: group.map(\.delivery.id))
    prepared = prepared.dropFirst(wanted)
    // One that was leased again after its lease had ended is there twice.
    begun = group.filter { ours.remove($0.delivery.id) != nil }[...]
    return true
  }

  private func renew(after seconds: Int64) throws {
    let now = context.now()
    guard let lease, now - renewedAt >= seconds else { return }
    renewedAt = now
    if try context.ledger.renew(lease: lease, now: now, seconds: stage.settings.lease) == 0 { try startAnew(lease) }
  }

  /// The lease ended under this run, which was stopped for longer: what it had ready may be another's by now. What it takes
  /// from here on is under a new number, lest old and new be taken for each other.
  private func startAnew(_ lost: Int64) throws {
    if let ahead {
      self.ahead = nil
      count(try ahead.value())
    }
    unsent += begun.map(\.delivery.id)
    (begun, prepared) = ([], [])
    try commit(begin: [])
    try context.ledger.release(lease: lost)
    preparation.forgetLease()
    (lease, checkedAt, isDry) = (nil, Timestamp(.max), false)
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

  private func record(_ one: UnderWay, _ outcome: Outcome) throws {
    if isGroupEmpty { groupSince = context.now() }
    judge(one, outcome)
    try learn(one, outcome)
  }

  private func judge(_ one: UnderWay, _ outcome: Outcome) {
    let now = context.now()
    let verdict = classify(outcome)
    if verdict?.scope == .relay {
      if case .refused = outcome { return relayRefused.append((one, outcome, now)) }
      report.unsent += 1
      unsent.append(one.delivery.id)
      return
    }
    var end = self.end(of: one, outcome, at: now)
    switch outcome {
    case .accepted:
      report.sent += 1
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
        report.lastFailure = outcome.gist ?? outcome.answer
      } else {
        end.outcome = .transient
        retry(one, &end, now)
      }
    }
    if case .refused = outcome { refused[one.delivery.id] = end.state }
    ended.append(end)
    tell(one, end, end.state)
  }

  private func end(of one: UnderWay, _ outcome: Outcome, at now: Timestamp) -> AttemptEnd {
    AttemptEnd(
      delivery: one.delivery.id, number: one.number, address: one.recipient.description,
      beganAt: one.beganAt, endedAt: now, outcome: .accepted, scope: classify(outcome)?.scope.rawValue,
      answer: outcome.answer, state: .sent)
  }

  /// What the relay refused for reasons of its own spends an attempt if it took others in this run: they are this
  /// message's reasons too. If it took none, nothing is spent, but others come first the next time.
  /// - Returns: those that spend none.
  private func settleRelayRefusals() -> [Int64] {
    var spared: [Int64] = []
    for (one, outcome, at) in relayRefused {
      report.lastRelayRefusal = outcome.gist
      var end = end(of: one, outcome, at: at)
      if report.sent > 0 {
        end.outcome = .transient
        retry(one, &end, at)
        ended.append(end)
        tell(one, end, end.state)
      } else {
        spared.append(one.delivery.id)
        tell(one, end, .queued)
      }
    }
    report.unsent += spared.count
    relayRefused = []
    return spared
  }

  /// What the outcome says of the relay, and of the recipient's domain.
  private func learn(_ one: UnderWay, _ outcome: Outcome) throws {
    let (now, domain) = (context.now(), one.recipient.domain)
    let byRelay = health.record(outcome, of: one.delivery, to: one.recipient, at: now)
    if byRelay.isEmpty {
      guard news.record(outcome, of: one.delivery.id, by: domain, at: now) else { return }
      return try news.judge(domain, by: policy, context.ledger, now: now) { refused[$0] != .expired }
    }
    givenBack += byRelay
    isTurnedAway = true
    let streak = health.streak
    relayWasDown(
      """
      The relay refused \(streak.deliveries.count) messages to \(streak.domains.count) domains in a row with the same words, \
      and took none: \(streak.refusal ?? ""). That is not about the addresses: see whether it lets this machine send \
      (delivery.transport, smtp.user, mail.domain). The messages wait.
      """)
  }

  private var isGroupEmpty: Bool { ended.isEmpty && unsent.isEmpty && relayRefused.isEmpty }

  private func tell(_ one: UnderWay, _ end: AttemptEnd, _ state: DeliveryState) {
    let level: Logger.Level = state == .sent ? .debug : .info
    guard context.log.logLevel <= level else { return }
    context.log.log(
      level: level, "an attempt ended",
      metadata: [
        "delivery": "\(end.delivery)", "attempt": "\(end.number)", "state": "\(state.rawValue)",
        "to": "\(context.masked(one.recipient.description))", "answer": "\(context.masked(end.answer))",
      ])
  }

  private func retry(_ one: UnderWay, _ end: inout AttemptEnd, _ now: Timestamp) {
    let due = stage.settings.retry.due(
      after: one.number, firstAttempt: one.delivery.firstAttemptAt ?? one.beganAt, now: now, random: stage.random())
    (end.state, end.due) = (due == nil ? .expired : .deferred, due)
    if due == nil {
      report.expired += 1
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

  /// Records the group, and that the next one begins.
  /// - Parameter number: the lease; nil for the present one.
  @discardableResult
  private func commit(begin: [Int64], under number: Int64? = nil) throws -> Set<Int64> {
    guard let lease = number ?? lease else { return [] }
    let now = context.now()
    let spared = settleRelayRefusals()
    if isTurnedAway { (news.refused, news.holds) = ([], []) }
    let later = now + stage.settings.retry.wait(after: 1, random: stage.random())
    let ours = try context.ledger.advance(
      ended: ended, unsent: unsent + spared, postponed: Ledger.Wait(spared, until: later),
      givenBack: givenBack.isEmpty ? nil : Ledger.Wait(givenBack, until: later), begin: begin, domains: news,
      lease: lease, margin: stage.settings.leaseMargin, now: now)
    countExcused()
    ended.removeAll(keepingCapacity: true)
    unsent.removeAll(keepingCapacity: true)
    givenBack.removeAll()
    news = Ledger.DomainNews()
    return ours
  }

  /// Takes out of the counts what did not fail or wait by itself.
  private func countExcused() {
    func excuse(_ delivery: Int64) {
      switch refused.removeValue(forKey: delivery) {
      case .failed: report.failed -= 1
      case .deferred: report.deferred -= 1
      default: break
      }
    }
    for delivery in givenBack { excuse(delivery) }
    report.deferred += givenBack.count
    for hold in news.holds {
      if !report.heldDomains.contains(hold.domain) { report.heldDomains.append(hold.domain) }
      checkedAt = nil
      hold.deliveries.forEach(excuse)
      report.held += hold.deliveries.count
    }
  }
}
