import DeliveryPolicy
import Identifiers
import Ledger
import TestSupport
import Time

@testable import Jobs

/// An `AttemptGroup` driven as `DeliveryFeed` drives it, on a ledger that is a few variables. Chance is always 0: each
/// wait is the shortest.
struct GroupRun {
  private(set) var now = Timestamp(1_000_000)
  var group: AttemptGroup
  /// What the ledger knows of each domain's refusals since it last took a mail.
  private(set) var refusals: [String: [DomainPolicy.Refusal]] = [:]
  /// Domains whose mail is held.
  private(set) var held: Set<String> = []
  /// To whom the last mail before was taken, as the ledger knows it.
  var lastTaken: Set<PersonID> = []
  /// How often each delivery was refused for good before.
  var refusedBefore: [DeliveryID: Int] = [:]

  /// - Parameter health: what earlier runs learned of the relay.
  init(health: RelayHealth = .proven, _ change: (inout DeliverStage.Settings) -> Void = { _ in }) {
    var settings = DeliverStage.Settings()
    change(&settings)
    group = AttemptGroup(settings, DeliverStage.Report(), health)
  }

  /// One attempt, begun ten seconds ago, to `p<id>@domain`.
  mutating func end(_ delivery: Delivery, _ outcome: Outcome, domain: String = "a.example") {
    start(delivery, domain: domain)
    finish(delivery.id, outcome)
  }

  mutating func start(_ delivery: Delivery, domain: String) {
    group.start(delivery, to: address("p\(delivery.id)@\(domain)"), under: 1, at: now - 10)
  }

  mutating func finish(_ id: DeliveryID, _ outcome: Outcome) {
    let one = group.finish(id)
    let past = RecipientRecord(
      isKnown: lastTaken.contains(one.delivery.person), refusals: refusedBefore[one.delivery.id] ?? 0)
    guard let domain = group.record(one, outcome, past, at: now, random: 0) else { return }
    let history = DomainHistory(refusals: refusals[domain] ?? [], isHeld: held.contains(domain))
    group.judge(domain, group.asksHistory(of: domain) ? history : nil, at: now)
  }

  /// A commit that succeeds.
  @discardableResult
  mutating func commit() -> (commit: AttemptGroup.Commit, told: [AttemptGroup.Told], hasHeld: Bool) {
    let (commit, told) = group.close(at: now, random: 0)
    for domain in commit.domains.took { refusals[domain] = nil }
    for one in commit.domains.refused { refusals[one.domain, default: []].append(one.refusal) }
    // All that is held was held in this run, at one moment.
    if commit.domains.liftedSince != nil { held = [] }
    for hold in commit.domains.holds {
      held.insert(hold.domain)
      refusals[hold.domain] = nil
    }
    let givenBack = Set(commit.givenBack?.deliveries ?? [])
    for domain in refusals.keys { refusals[domain]?.removeAll { givenBack.contains($0.delivery) } }
    return (commit, told, group.committed())
  }
}

extension RelayHealth {
  /// Of a relay that took a mail long ago.
  static var proven: RelayHealth {
    var health = RelayHealth()
    _ = health.learn(.taken, of: Delivery(1), to: address("p@a.example"), at: Timestamp(0))
    return health
  }
}

extension DeliverStage.Report {
  /// What became of attempts, zeros left out.
  var counts: [String: Int] {
    let all = [
      "sent": sent, "deferred": deferred, "failed": failed, "expired": expired, "uncertain": uncertain, "held": held,
      "unsent": unsent,
    ]
    return all.filter { $0.value != 0 }
  }
}

extension [String: Int] {
  /// The differences, zeros left out.
  func subtracting(_ other: [String: Int]) -> [String: Int] {
    merging(other.mapValues { -$0 }) { $0 + $1 }.filter { $0.value != 0 }
  }
}
