import DeliveryPolicy
import Foundation
import Identifiers
import Ledger
import Mail
import Time

/// What the runs have learned of the relay (rule S3): kept from one to the next, and shared by all that deliver.
struct RelayHealth: Hashable, Codable, Sendable {
  /// When the relay may be asked again.
  private(set) var breaker = Breaker()
  /// Equal refusals in a row, whatever the run.
  private(set) var streak = RefusalStreak()
  /// When something was learned last that changed it.
  private(set) var asOf = Timestamp(0)

  /// Takes in how one message ended.
  /// - Returns: deliveries whose refusal was the relay's fault.
  mutating func learn(_ outcome: Outcome, of delivery: Delivery, to recipient: Address, at now: Timestamp)
    -> [DeliveryID]
  {
    change(at: now) { health in
      if case .accepted = outcome { health.breaker.answered() }
      let content: MessageContent =
        switch delivery.content {
        case .post(let position): .post(position)
        case .digestPart: .digestPart(delivery.id)
        }
      return health.streak.count(outcome, of: delivery.id, content: content, to: recipient)
    }
  }

  /// The relay is to be left alone for a while.
  mutating func trip(at now: Timestamp) { change(at: now) { $0.breaker.trip(at: now) } }

  /// What was written under a clock that was ahead binds nobody (rule E2).
  mutating func bound(at now: Timestamp) {
    breaker.bound(at: now)
    asOf = min(asOf, now)
  }

  private mutating func change<T>(at now: Timestamp, _ body: (inout RelayHealth) -> T) -> T {
    let before = self
    let result = body(&self)
    // Learning what is known already is no news: of two runs the one that learned something is believed.
    if self != before { asOf = now }
    return result
  }

  /// What is to be kept by a run that began with `start`, where another may have written `stored` since: a run that
  /// learned nothing changes nothing, and of two the one that learned last knows best.
  func merged(since start: RelayHealth, into stored: RelayHealth) -> RelayHealth {
    if self == start { return stored }
    return stored == start || asOf >= stored.asOf ? self : stored
  }
}

extension Ledger {
  /// What is known before a run begins; fresh where nothing was ever learned.
  func relayHealth() throws -> RelayHealth { RelayHealth(try note(RelayHealth.note)) }

  /// Keeps what a run learned.
  /// - Parameter start: what it began with.
  func keep(_ health: RelayHealth, since start: RelayHealth) throws {
    if health == start { return }
    try changeNote(RelayHealth.note) { try health.merged(since: start, into: RelayHealth($0)).text() }
  }

  /// Brings back what lies further ahead than it can; returns whether anything did.
  func boundRelayHealth(at now: Timestamp) throws -> Bool {
    func bounded(_ health: RelayHealth) -> RelayHealth {
      var health = health
      health.bound(at: now)
      return health
    }
    let health = try relayHealth()
    if bounded(health) == health { return false }
    try changeNote(RelayHealth.note) { try bounded(RelayHealth($0)).text() }
    return true
  }

  /// Until when the relay is not asked; nil if it may be.
  public func relayPausedUntil() throws -> Timestamp? { try relayHealth().breaker.pausedUntil }
}

extension RelayHealth {
  fileprivate static let note = "relay"

  /// - Parameter text: a note; one that a later program wrote in another way says nothing of the relay: it is asked
  ///   anew.
  fileprivate init(_ text: String?) {
    let kept = text.flatMap { try? JSONDecoder().decode(RelayHealth.self, from: Data($0.utf8)) }
    self = kept ?? RelayHealth()
  }

  fileprivate func text() throws -> String { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
}
