import Composition
import Delivery
import Forum
import Ledger
import Logging
import Mail

/// Gives a transport one composed message after another, and turns their ends into rows.
///
/// ```
/// leased ──check──▶ ready ──begin (commit)──▶ begun ──compose──▶ under way ──end──▶ group ──(commit)──▶ recorded
/// ```
/// At most `group` messages are between the two commits: that is the bound on messages in doubt after a crash.
final class DeliveryFeed: MessageFeed {
  private struct Ready {
    let delivery: Delivery
    let content: Checked
  }
  private struct UnderWay {
    let delivery: Delivery
    let recipient: Recipient
    let number: Int
    let beganAt: Timestamp
  }

  private(set) var report: DeliverStage.Report
  private(set) var breaker: Breaker
  private let stage: DeliverStage
  private let context: StageContext
  private let loader: PostLoader
  private let stationery: Stationery
  private let chunk = 500
  private var heldDomains: Set<String>
  private var policy: DomainPolicy
  private var lease: Int64?
  /// When everything under the lease was last given its whole length.
  private var renewedAt = Timestamp(0)
  private var ready: ArraySlice<Ready> = []
  private var checkedAt = Timestamp(0)
  /// False once a domain was held: what is ready for it is not to be sent.
  private var isFresh = true
  private var begun: ArraySlice<Ready> = []
  private var underWay: [Int64: UnderWay] = [:]
  private var ended: [AttemptEnd] = []
  private var unsent: [Int64] = []
  private var toHold: [DomainPolicy.Hold] = []
  /// Given up in this run: no hold of their domain brings them back.
  private var expired: Set<Int64> = []
  /// When the oldest end that is not recorded came in.
  private var groupSince = Timestamp(0)

  init(_ stage: DeliverStage, _ composer: Composer, _ report: DeliverStage.Report, _ breaker: Breaker) throws {
    self.stage = stage
    self.report = report
    self.breaker = breaker
    context = stage.context
    loader = PostLoader(context)
    stationery = Stationery(composer)
    heldDomains = Set(try context.ledger.holds().filter { $0.kind == .domain }.map(\.name))
    policy = DomainPolicy(threshold: stage.settings.domainHold)
  }

  // MARK: MessageFeed

  func next() throws -> OutgoingMessage? {
    while true {
      while begun.isEmpty { guard try begin() else { return nil } }
      if let one = begun.popFirst(), let message = try compose(one) { return message }
    }
  }

  func ended(_ id: Int64, _ outcome: Outcome) throws {
    guard let one = underWay.removeValue(forKey: id) else {
      preconditionFailure("delivery \(id) ended without having begun")
    }
    if ended.isEmpty, unsent.isEmpty { groupSince = context.now() }
    judge(one, outcome)
    if let hold = policy.record(outcome, of: id, to: one.recipient.address) { toHold.append(hold) }
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
    guard let lease else { return }
    unsent += begun.map(\.delivery.id)
    begun = []
    try commit(begin: [])
    try context.ledger.release(lease: lease)
  }

  func relayWasDown(_ trouble: String) {
    report.trouble = trouble
    breaker.trip(at: context.now())
  }

  // MARK: From leased to begun

  /// Begins the next group; false if there is none to begin in this run.
  private func begin() throws -> Bool {
    guard !context.isStopping() else { return false }
    if !toHold.isEmpty { try commit(begin: []) }
    if !ready.isEmpty, !isFresh || context.now() - checkedAt >= PostLoader.freshness {
      try check(ready.map(\.delivery))
    }
    if ready.isEmpty { try leaseMore() }
    let group = ready.prefix(max(1, stage.settings.group - underWay.count))
    guard !group.isEmpty else { return false }
    let ours = try commit(begin: group.map(\.delivery.id))
    ready = ready.dropFirst(group.count)
    begun = group.filter { ours.contains($0.delivery.id) }[...]
    return true
  }

  private func leaseMore() throws {
    while ready.isEmpty {
      let leased = try context.ledger.lease(
        limit: chunk, under: lease, now: context.now(), seconds: stage.settings.lease)
      guard let leased else { return }
      if lease == nil { renewedAt = context.now() }
      lease = leased.lease.number
      try check(leased.deliveries)
    }
  }

  private func check(_ deliveries: [Delivery]) throws {
    let check = Check(context: context, loader: loader, heldDomains: heldDomains)
    let checked = try check(deliveries)
    (checkedAt, isFresh) = (context.now(), true)
    var withheld: [Ledger.Withheld] = []
    ready = []
    for delivery in deliveries {
      switch checked[delivery.id] {
      case .withheld(let one)?: withheld.append(one)
      case let content?: ready.append(Ready(delivery: delivery, content: content))
      case nil: preconditionFailure("delivery \(delivery.id) was not checked")
      }
    }
    report.withheld += withheld.count
    try context.ledger.withhold(withheld, lease: lease!, now: context.now())
  }

  private func compose(_ one: Ready) throws -> OutgoingMessage? {
    let now = context.now()
    let delivery = one.delivery
    let recipient: Recipient
    do {
      let message: OutgoingMessage
      switch one.content {
      case .instant(let copy, let person, let scope):
        recipient = person
        let prepared = try stationery.prepare(copy, language: person.language)
        message = stationery.composer.instant(
          prepared, to: person, delivery: delivery.id, generation: delivery.generation, watch: scope, date: now)
      case .digestPart(let copies, let kind, let digest, let person):
        recipient = person
        let posts = try copies.map { try stationery.prepare($0, language: person.language) }
        guard case .digestPart(_, let part, let parts) = delivery.content else { preconditionFailure() }
        message = try stationery.composer.digest(
          posts, part: part, of: parts, total: digest.posts, kind: kind, to: person, delivery: delivery.id,
          generation: delivery.generation, key: digest.signingKey, date: now)
      case .withheld: preconditionFailure("a withheld delivery is never begun")
      }
      underWay[delivery.id] = UnderWay(
        delivery: delivery, recipient: recipient, number: delivery.attempts + 1, beganAt: now)
      return message
    } catch let error as CompositionError {
      report.held += 1
      ended.append(
        AttemptEnd(
          delivery: delivery.id, number: delivery.attempts + 1, address: "", beganAt: now, endedAt: now,
          outcome: .transient, scope: Verdict.Scope.run.rawValue, answer: error.description, state: .held,
          reason: "cannot be composed"))
      return nil
    }
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
      delivery: one.delivery.id, number: one.number, address: one.recipient.address.description,
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
    let address = one.recipient.address
    context.log.log(
      level: level, "an attempt ended",
      metadata: [
        "delivery": "\(end.delivery)", "attempt": "\(end.number)", "state": "\(end.state.rawValue)",
        "to": "\(context.log.logLevel <= .debug ? address.description : address.masked)", "answer": "\(end.answer)",
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
      if heldDomains.insert(one.domain).inserted {
        report.heldDomains.append(one.domain)
        isFresh = false
      }
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
