import DeliveryPolicy
import Identifiers
import Ledger
import Mail
import Time

/// The attempts of a run between two commits: which are under way, how they ended, and what follows. A value without
/// I/O.
///
/// ```
/// start ──▶ under way ──record──▶ group ──close──▶ commit ──committed──▶ counted, the next group
/// ```
/// Whose fault a failure is, it decides by the table in DeliveryPolicy, in this order: what single answers say, whether
/// the relay took others in this run, whom its refusals tell of (`RelayHealth`), whether a domain refuses by policy
/// (`DomainUpdate`).
struct AttemptGroup {
  /// What has been done so far.
  var report: DeliverStage.Report
  private(set) var health: RelayHealth
  /// The relay was found to refuse everybody: nothing more is begun.
  private(set) var isTurnedAway = false
  private(set) var underWay: [DeliveryID: UnderWay] = [:]
  /// When the oldest end that is not recorded came in.
  private(set) var since = Timestamp(0)

  /// When what failed for now is due again.
  let retry: RetrySchedule
  let uncertain: UncertainPolicy
  /// What holds a domain.
  private let policy: DomainPolicy
  /// What has waited for too long is given up.
  let givesUp: Bool
  /// Ends that the next commit records; an attempt is here, in `unsent` or in `relayRefused`, never in two.
  private var ended: [AttemptEnd] = []
  /// Attempts that came to nothing, to be taken back: their number is given again.
  private var unsent: [DeliveryID] = []
  /// Refused for the relay's own reasons: whether its time goes on depends on whether the relay takes others.
  private var relayRefused: [(one: UnderWay, outcome: Outcome, at: Timestamp)] = []
  /// Deliveries of this run or an earlier one that the relay, not their recipient, refused.
  private var givenBack: [DeliveryID] = []
  /// What the next commit tells of recipient domains.
  private var domains = Ledger.DomainUpdate()
  /// What was held since this run began, with what, and when.
  private var heldWith: [HoldReason: (at: Timestamp, deliveries: [DeliveryID])] = [:]
  /// When the present commit was put together.
  private var closedAt = Timestamp(0)
  /// What was left alone when this run began.
  private let pauses: Pauses
  /// The states of what was refused in this run, as they are now: it may turn out that others are to blame.
  private(set) var refused: [DeliveryID: DeliveryState] = [:]

  init(
    _ settings: DeliverStage.Settings, _ report: DeliverStage.Report, _ health: RelayHealth, _ pauses: Pauses = Pauses()
  ) {
    self.report = report
    self.health = health
    self.pauses = pauses
    retry = settings.retry
    uncertain = settings.uncertain
    policy = DomainPolicy(threshold: settings.domainHold)
    givesUp = settings.givesUp
  }

  /// Nothing has ended that is not recorded.
  var isEmpty: Bool { ended.isEmpty && unsent.isEmpty && relayRefused.isEmpty }
  /// A domain, or a post, is to be held with the next commit.
  var holdsSomething: Bool { !domains.holds.isEmpty || !domains.pauses.isEmpty }

  // MARK: Under way

  /// A message is handed over to be sent.
  mutating func start(_ delivery: Delivery, to recipient: Address, under lease: LeaseID, at now: Timestamp) {
    underWay[delivery.id] = UnderWay(
      delivery: delivery, recipient: recipient, number: delivery.attempts + 1, lease: lease, beganAt: now)
  }

  /// Takes out an attempt that ended; one that never began traps.
  mutating func finish(_ id: DeliveryID) -> UnderWay {
    guard let one = underWay.removeValue(forKey: id) else {
      preconditionFailure("delivery \(id) ended without having begun")
    }
    return one
  }

  /// Messages that were begun and are not sent after all.
  mutating func giveUp(_ deliveries: some Sequence<DeliveryID>) { unsent += deliveries }

  // MARK: Ends

  /// Takes in how an attempt ended, and learns what that says of the relay and of others.
  /// - Parameters:
  ///   - past: what is known of the recipient; asked for only where it was refused for good.
  ///   - random: 0..<1, for the jitter of a retry.
  /// - Returns: the recipient's domain, if it refused by policy: `judge` is to be told what is known of it.
  mutating func record(
    _ one: UnderWay, _ outcome: Outcome, _ past: RecipientRecord = RecipientRecord(), at now: Timestamp, random: Double
  ) -> String? {
    if isEmpty { since = now }
    let fault = health.learn(
      outcome, of: one.delivery, to: one.recipient, past, pauses, at: now)
    let verdict = classify(outcome)
    if verdict?.scope == .relay {
      if case .refused = outcome {
        relayRefused.append((one, outcome, now))
      } else {
        report.unsent += 1
        unsent.append(one.delivery.id)
      }
      return nil
    }
    let end = end(of: one, outcome, verdict, fault, past, at: now, random: random)
    if case .refused = outcome { refused[one.delivery.id] = end.state }
    ended.append(end)
    return follow(fault, one, outcome, at: now)
  }

  /// What follows from whose fault it was.
  private mutating func follow(
    _ fault: RefusalWindow.Fault, _ one: UnderWay, _ outcome: Outcome, at now: Timestamp
  ) -> String? {
    let domain = one.recipient.canonicalDomain
    switch fault {
    case .relay(let deliveries):
      turnAway(deliveries, outcome, at: now)
    case .inPart(let domain, let deliveries):
      report.inPart += 1
      report.lastInPart = (domain, outcome.gist ?? outcome.answer)
      givenBack += deliveries.filter { $0 != one.delivery.id && refused[$0] != .held && !givenBack.contains($0) }
    case .domain(let domain, let deliveries):
      // A relay that never took a mail may say anything of a domain.
      if health.hasAccepted { leaveAlone(.domain(domain), outcome, deliveries) }
    case .copies(let post, let deliveries):
      let these = Set(deliveries)
      domains.refused.removeAll { these.contains($0.refusal.delivery) }
      leaveAlone(.post(post), outcome, deliveries, isAtOneDomain: true)
    case .post(let post, let deliveries, let isSure):
      // Domains that were held for it refuse nothing but this post.
      if let first = health.refusals?.since(ofPost: post) { lift(since: first) }
      let these = Set(deliveries)
      domains.refused.removeAll { these.contains($0.refusal.delivery) }
      leaveAlone(.post(post), outcome, deliveries, isSure: isSure)
    case .itsOwn:
      if case .accepted = outcome { take(one, domain) }
      // A relay that never took a mail may say anything of a domain.
      guard health.hasAccepted else { return nil }
      let isRefusal = domains.note(outcome, of: one.delivery.id, person: one.delivery.person, by: domain, at: now)
      return isRefusal ? domain : nil
    }
    return nil
  }

  private mutating func take(_ one: UnderWay, _ domain: String) {
    var subjects = [Pauses.Subject.domain(domain)]
    if case .post(let post) = one.delivery.content { subjects.append(.post(post)) }
    for subject in subjects where !domains.ended.contains(subject) {
      let isPost = if case .post = subject { heldWith[HoldReason(subject)] != nil } else { false }
      if pauses.isSuspect(subject) || isPost { domains.ended.append(subject) }
    }
  }

  private mutating func leaveAlone(
    _ subject: Pauses.Subject, _ outcome: Outcome, _ deliveries: [DeliveryID], isSure: Bool = false,
    isAtOneDomain: Bool = false
  ) {
    let deliveries = deliveries.filter { refused[$0] != .expired }
    let reason = outcome.gist ?? outcome.answer
    let people: Int? = if case .domain(let domain) = subject { health.refusals?.people(at: domain) } else { nil }
    guard
      let index = domains.pauses.firstIndex(where: { $0.subject == subject && $0.holdsCopiesAlone == isAtOneDomain })
    else {
      return domains.pauses.append(
        Ledger.PauseOrder(
          subject, reason: reason, isSure: isSure, deliveries: deliveries, people: people,
          holdsCopiesAlone: isAtOneDomain))
    }
    domains.pauses[index].people = people
    domains.pauses[index].deliveries += deliveries
    domains.pauses[index].isSure = domains.pauses[index].isSure || isSure
  }

  /// What was held since then is held no more: others were to blame.
  private mutating func lift(since moment: Timestamp) {
    domains.liftedSince = min(moment, domains.liftedSince ?? moment)
    domains.holds = []
  }

  /// The relay refuses everybody.
  private mutating func turnAway(_ deliveries: [DeliveryID], _ outcome: Outcome, at now: Timestamp) {
    givenBack += deliveries.filter { !givenBack.contains($0) }
    isTurnedAway = true
    if let since = health.refusals?.since { lift(since: since) }
    if let refusals = health.refusals { relayIsDown(refusals.words(outcome), at: now) }
  }

  /// What has to be known of a domain that refused by policy; nil if that is known already.
  func asksHistory(of domain: String) -> Bool { !domains.holds.contains { $0.domain == domain } }

  /// Finds out whether a domain is to be held.
  /// - Parameter history: what every run and process saw of it; nil where `asksHistory` is false.
  mutating func judge(_ domain: String, _ history: DomainHistory?, at now: Timestamp) {
    domains.judge(domain, by: policy, history, now: now) { refused[$0] != .expired }
  }

  /// The relay cannot be used: it is left alone for a while.
  mutating func relayIsDown(_ trouble: String, at now: Timestamp) {
    report.trouble = report.trouble ?? trouble
    health.trip(at: now)
  }

  /// Messages that were held back before they were begun.
  mutating func count(_ group: Preparation.Group) {
    report.withheld += group.withheld
    report.uncomposed += group.uncomposed
    report.uncomposedBecause = report.uncomposedBecause ?? group.trouble
  }

  // MARK: The commit

  /// Puts together what is to be recorded now; the state stays until `committed`.
  /// - Returns: the commit, and what is told of its attempts once it is in the ledger.
  mutating func close(at now: Timestamp, random: Double) -> (commit: Commit, told: [Told]) {
    closedAt = now
    settleRelayRefusals(random: random)
    // The relay said it, not the domains: nothing of it may be held against them.
    if isTurnedAway {
      domains.refused = []
      domains.holds = []
      domains.pauses = []
    }
    let later = now + retry.wait(after: 1, random: random)
    let commit = Commit(
      ended: ended, unsent: unsent, givenBack: givenBack.isEmpty ? nil : Ledger.Wait(givenBack, until: later),
      domains: domains)
    return (commit, told())
  }

  /// What the next commit makes of each attempt: what failed may be given back or held in it.
  private func told() -> [Told] {
    let waiting = Set(givenBack)
    let held = Set(domains.holds.flatMap(\.deliveries) + domains.pauses.flatMap(\.deliveries))
    return ended.map { end in
      let isOpen = end.state == .failed || end.state == .deferred
      let state: DeliveryState =
        isOpen && held.contains(end.delivery)
        ? .held : isOpen && waiting.contains(end.delivery) ? .deferred : end.state
      return Told(end: end, state: state)
    }
  }

  /// The commit is in the ledger.
  /// - Parameter ignored: ends that counted for nothing: another run has these messages.
  /// - Returns: whether something is held since.
  mutating func committed(ignoring ignored: Set<DeliveryID> = []) -> Bool {
    for end in ended where ignored.contains(end.delivery) {
      report.ignore(end)
      refused[end.delivery] = nil
    }
    countExcused()
    let hasHeld = holdsSomething
    ended.removeAll(keepingCapacity: true)
    unsent.removeAll(keepingCapacity: true)
    givenBack = []
    domains = Ledger.DomainUpdate()
    return hasHeld
  }

  /// What the relay refused for reasons of its own is this message's trouble too if it took others in this run, if it
  /// closes on this one while it is up, or if this is the one message whose parameters it refused. Else the message's
  /// time stands, and others come first the next time.
  private mutating func settleRelayRefusals(random: Double) {
    let open = relayRefused
    relayRefused = []
    let isUp = health.hasAccepted && report.trouble == nil
    for (one, outcome, at) in open {
      let isAlone = open.count == 1 && report.lastRelayRefusal == nil && outcome.isAboutParameters
      let isItsOwn = report.sent > 0 || isUp && (outcome.isClosing || isAlone)
      if !isAlone || !isItsOwn { report.lastRelayRefusal = outcome.gist }
      let end = refusedByRelay(one, outcome, isItsOwn: isItsOwn, at: at, random: random)
      ended.append(end)
    }
  }

  /// Counts as waiting or held what did not fail by itself.
  private mutating func countExcused() {
    if let since = domains.liftedSince {
      for (reason, held) in heldWith where held.at >= since { free(reason, held.deliveries) }
    }
    for delivery in givenBack where excuse(delivery, as: .deferred) { report.deferred += 1 }
    for hold in domains.holds {
      if !report.heldDomains.contains(hold.domain) { report.heldDomains.append(hold.domain) }
      keep(.domain(hold.domain), hold.deliveries)
    }
    for subject in domains.ended {
      let reason = HoldReason(subject)
      free(reason, heldWith[reason]?.deliveries ?? [])
    }
    for pause in domains.pauses {
      if pause.holdsCopiesAlone {
        // Others' copies of the post go on, and free nothing.
        for delivery in pause.deliveries where excuse(delivery, as: .held) { report.held += 1 }
      } else {
        keep(HoldReason(pause.subject), pause.deliveries)
      }
    }
  }

  private mutating func keep(_ reason: HoldReason, _ deliveries: [DeliveryID]) {
    let before = heldWith[reason]
    heldWith[reason] = (before?.at ?? closedAt, (before?.deliveries ?? []) + deliveries)
    for delivery in deliveries where excuse(delivery, as: .held) { report.held += 1 }
  }

  private mutating func free(_ reason: HoldReason, _ deliveries: [DeliveryID]) {
    heldWith[reason] = nil
    if case .domain(let domain) = reason { report.heldDomains.removeAll { $0 == domain } }
    for delivery in deliveries where refused[delivery] == .held {
      refused[delivery] = .deferred
      report.held -= 1
      report.deferred += 1
    }
  }

  /// Takes a delivery out of the count that it is in; one of an earlier run is in none.
  /// - Returns: false where the ledger leaves it as it is: it was given up, or is held already.
  private mutating func excuse(_ delivery: DeliveryID, as state: DeliveryState) -> Bool {
    switch refused[delivery] {
    case .expired, .held: return false
    case .failed: report.failed -= 1
    case .deferred: report.deferred -= 1
    default: break
    }
    refused[delivery] = state
    return true
  }
}
