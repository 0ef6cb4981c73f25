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
/// the relay took others in this run, whether it refuses everybody (`RelayHealth`), whether a domain does
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
  /// What was held with each domain that is held since this run began.
  private var heldWith: [String: (reason: String, deliveries: [DeliveryID])] = [:]
  /// The states of what was refused in this run, as they are now: it may turn out that others are to blame.
  private var refused: [DeliveryID: DeliveryState] = [:]
  /// What failed in this run, by stage and codes.
  private var failedSo: [String: [DeliveryID]] = [:]

  init(_ settings: DeliverStage.Settings, _ report: DeliverStage.Report, _ health: RelayHealth) {
    self.report = report
    self.health = health
    retry = settings.retry
    uncertain = settings.uncertain
    policy = DomainPolicy(threshold: settings.domainHold)
    givesUp = settings.givesUp
  }

  /// Nothing has ended that is not recorded.
  var isEmpty: Bool { ended.isEmpty && unsent.isEmpty && relayRefused.isEmpty }
  /// A domain is to be held with the next commit.
  var holdsDomain: Bool { !domains.holds.isEmpty }

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

  /// Takes in how an attempt ended.
  /// - Parameter random: 0..<1, for the jitter of a retry.
  mutating func record(_ one: UnderWay, _ outcome: Outcome, at now: Timestamp, random: Double) {
    if isEmpty { since = now }
    let verdict = classify(outcome)
    if verdict?.scope == .relay {
      if case .refused = outcome {
        relayRefused.append((one, outcome, now))
      } else {
        report.unsent += 1
        unsent.append(one.delivery.id)
      }
      return
    }
    let end = end(of: one, outcome, verdict, at: now, random: random)
    if case .refused = outcome { refused[one.delivery.id] = end.state }
    if end.state == .failed, let gist = outcome.gist {
      failedSo[RefusalStreak.signature(of: gist), default: []].append(one.delivery.id)
    }
    ended.append(end)
  }

  /// Learns what the outcome says of the relay and, unless that is to blame, of the recipient's domain.
  /// - Returns: the domain, if it refused by policy: `judge` is to be told what is known of it.
  mutating func learn(_ one: UnderWay, _ outcome: Outcome, at now: Timestamp) -> String? {
    let byRelay = health.learn(outcome, of: one.delivery, to: one.recipient, at: now)
    if byRelay.isEmpty {
      // A relay that never took a mail may say anything of a domain.
      guard health.hasAccepted else { return nil }
      let domain = one.recipient.canonicalDomain
      let isRefusal = domains.note(outcome, of: one.delivery.id, person: one.delivery.person, by: domain, at: now)
      return isRefusal ? domain : nil
    }
    turnAway(byRelay, outcome, at: now)
    return nil
  }

  /// Of whom has to be known whether the last mail before these was taken; nil if nothing hangs on it.
  var doubted: (people: [PersonID], but: [DeliveryID])? {
    guard let people = health.streak.people, !people.question.isEmpty else { return nil }
    return (people.question, people.deliveries)
  }

  /// Takes in to whom of those that are `doubted` it was.
  mutating func believe(lastTaken: Set<PersonID>, _ outcome: Outcome, at now: Timestamp) {
    let byRelay = health.answer(lastTaken: lastTaken, tookNone: report.sent == 0, at: now)
    if !byRelay.isEmpty { turnAway(byRelay, outcome, at: now) }
  }

  /// The relay refuses everybody.
  private mutating func turnAway(_ deliveries: [DeliveryID], _ outcome: Outcome, at now: Timestamp) {
    // What it refused so in this run before it took one, too: it takes some and denies others.
    let earlier = outcome.gist.flatMap { failedSo[RefusalStreak.signature(of: $0)] } ?? []
    givenBack += deliveries + earlier.filter { !deliveries.contains($0) && refused[$0] == .failed }
    isTurnedAway = true
    let streak = health.streak
    if let people = streak.people, people.isComplete {
      relayIsDown(
        """
        The relay refused \(people.deliveries.count) messages to \(people.domains.count) domains in a row, and took \
        none, among them those to people whose last mail it took: \(people.refusal). That is not about the addresses: \
        see whether it can read its list of users, and whether its disk is full. The messages wait.
        """, at: now)
    } else {
      relayIsDown(
        """
        The relay refused \(streak.deliveries.count) messages to \(streak.domains.count) domains in a row with the \
        same codes, and took none: \(streak.refusal ?? ""). That is not about the addresses: see whether it lets this \
        machine send (delivery.transport, smtp.user, mail.domain). The messages wait.
        """, at: now)
    }
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
    settleRelayRefusals(random: random)
    // The relay said it, not the domains: nothing of it may be held against them.
    if isTurnedAway {
      domains.refused = []
      domains.holds = []
      let refusal = health.streak.refusal
      domains.lifted = heldWith.filter { held in refusal.map { Self.isSame($0, held.value.reason) } ?? false }.keys
        .sorted()
    }
    let later = now + retry.wait(after: 1, random: random)
    let commit = Commit(
      ended: ended, unsent: unsent, givenBack: givenBack.isEmpty ? nil : Ledger.Wait(givenBack, until: later),
      domains: domains)
    return (commit, told())
  }

  /// What the next commit makes of each attempt: what failed may be given back or held in it.
  private func told() -> [Told] {
    let (waiting, held) = (Set(givenBack), Set(domains.holds.flatMap(\.deliveries)))
    return ended.map { end in
      let isOpen = end.state == .failed || end.state == .deferred
      let state: DeliveryState =
        isOpen && held.contains(end.delivery)
        ? .held : isOpen && waiting.contains(end.delivery) ? .deferred : end.state
      return Told(end: end, state: state)
    }
  }

  /// Whether a refusal's gist and the answer that a domain is held for are of the same codes.
  private static func isSame(_ gist: String, _ answer: String) -> Bool {
    gist.contains(answer) || RefusalStreak.signature(of: gist) == RefusalStreak.signature(of: answer)
  }

  /// The commit is in the ledger.
  /// - Parameter ignored: ends that counted for nothing: another run has these messages.
  /// - Returns: whether a domain is held since.
  mutating func committed(ignoring ignored: Set<DeliveryID> = []) -> Bool {
    for end in ended where ignored.contains(end.delivery) {
      report.ignore(end)
      refused[end.delivery] = nil
    }
    countExcused()
    let hasHeld = holdsDomain
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
    for domain in domains.lifted {
      report.heldDomains.removeAll { $0 == domain }
      for delivery in heldWith.removeValue(forKey: domain)?.deliveries ?? [] where refused[delivery] == .held {
        refused[delivery] = .deferred
        report.held -= 1
        report.deferred += 1
      }
    }
    for delivery in givenBack where excuse(delivery, as: .deferred) { report.deferred += 1 }
    for hold in domains.holds {
      let answer = String(hold.reason.dropFirst("\(hold.domain): ".count))
      heldWith[hold.domain] = (answer, (heldWith[hold.domain]?.deliveries ?? []) + hold.deliveries)
      if !report.heldDomains.contains(hold.domain) { report.heldDomains.append(hold.domain) }
      for delivery in hold.deliveries where excuse(delivery, as: .held) { report.held += 1 }
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
