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
  /// What it refused for good lately, whatever the run; nil where there is nothing, and in the note of an older program.
  private(set) var refusals: RefusalWindow?
  /// Retries put off in a row; nil where there is none, and in the note of an older program.
  private(set) var deferrals: DeferralStreak?
  /// When something was learned last that changed it.
  private(set) var asOf = Timestamp(0)
  /// The relay that this is about; nil in the note of an older program, and of a test.
  private(set) var identity: RelayIdentity?
  /// When it first took a mail, as far as is remembered.
  private(set) var firstAccepted: Timestamp?
  /// When it last took one.
  private(set) var lastAccepted: Timestamp?
  /// Since when no mail goes out by it; nil while it works.
  private var downSince: Timestamp?
  /// When it was so before, oldest first.
  private var outages: [Outage]?

  /// A time in which nothing could be tried.
  private struct Outage: Hashable, Codable {
    let from: Timestamp
    let until: Timestamp
  }

  /// It has taken a mail; until then what it says fails nobody (rule E7).
  var hasAccepted: Bool { firstAccepted != nil }

  /// Seconds within a span in which nothing could be tried: they are not of a message's time (rule S4).
  func timeOut(since first: Timestamp, until now: Timestamp) -> Int64 {
    let all = (outages ?? []) + (downSince.map { [Outage(from: $0, until: now)] } ?? [])
    return all.reduce(0) { $0 + max(0, min($1.until, now) - max($1.from, first)) }
  }

  /// What of this holds for a relay as it is set now: other settings are not left alone, and another relay has still to
  /// take its first mail.
  func known(of relay: RelayIdentity) -> RelayHealth {
    let before = identity ?? RelayIdentity()
    if before == relay { return self }
    var health = self
    health.identity = relay
    health.lift()
    if before.relay != relay.relay { (health.firstAccepted, health.lastAccepted) = (nil, nil) }
    return health
  }

  /// The relay may be asked at once, whatever was learned.
  mutating func lift() {
    breaker = Breaker(policy: breaker.policy)
    refusals = nil
    deferrals = nil
  }

  /// Takes in how one message ended.
  /// - Parameter pauses: what was left alone before.
  /// - Returns: whose fault it was.
  mutating func learn(
    _ outcome: Outcome, of delivery: Delivery, to recipient: Address, _ past: RecipientRecord = RecipientRecord(),
    _ pauses: Pauses = Pauses(), at now: Timestamp
  ) -> RefusalWindow.Fault {
    // No news of how it is: what another run learned since is not outweighed by it.
    if case .accepted = outcome { lastAccepted = max(now, lastAccepted ?? now) }
    return change(at: now) { health in
      if case .accepted = outcome {
        health.breaker.answered()
        health.firstAccepted = health.firstAccepted ?? now
        health.endOutage(at: now)
      }
      var deferrals = health.deferrals ?? DeferralStreak()
      deferrals.count(
        outcome, of: delivery.id, isRetry: delivery.attempts > delivery.attemptsBefore, to: recipient)
      health.deferrals = deferrals == DeferralStreak() ? nil : deferrals
      let tried = RefusalWindow.Tried(
        delivery.id, for: delivery.person, at: recipient.canonicalDomain, delivery.payload, isKnown: past.isKnown,
        peers: past.peers)
      var refusals = health.refusals ?? RefusalWindow()
      let fault = refusals.count(outcome, of: tried, pauses, at: now)
      health.refusals = refusals == RefusalWindow() ? nil : refusals
      return fault
    }
  }

  /// The relay is to be left alone for a while.
  mutating func trip(at now: Timestamp) {
    change(at: now) { health in
      health.breaker.trip(at: now)
      health.downSince = health.downSince ?? now
    }
  }

  /// Those longer ago than any message's time are forgotten, and of very many the oldest.
  private mutating func endOutage(at now: Timestamp) {
    guard let from = downSince else { return }
    downSince = nil
    let kept = (outages ?? []).filter { now - $0.until < 31 * 86_400 } + [Outage(from: from, until: now)]
    outages = kept.suffix(500)
  }

  /// Seconds that two right clocks may differ.
  private static let slack: Int64 = 60

  /// What was written under a clock that was ahead binds nobody (rule E2).
  mutating func bound(at now: Timestamp) {
    breaker.bound(at: now)
    // Another run's clock may be a second further, and what it has just written is not wrong for that.
    let latest = now + RelayHealth.slack
    if asOf > latest { asOf = now }
    if let accepted = lastAccepted, accepted > latest { lastAccepted = now }
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
    var kept = stored == start || asOf >= stored.asOf ? self : stored
    kept.firstAccepted = [firstAccepted, stored.firstAccepted].compactMap { $0 }.min()
    kept.lastAccepted = [lastAccepted, stored.lastAccepted].compactMap { $0 }.max()
    return kept
  }
}

extension Delivery {
  /// What it carries, as far as two refusals may be about it.
  var payload: MessageContent {
    switch content {
    case .post(let position): .post(position)
    case .digestPart, .notice: .own(id)
    }
  }
}

extension Ledger {
  /// What is known before a run begins; fresh where nothing was ever learned of the relay as it is set.
  func relayHealth(of relay: RelayIdentity) throws -> RelayHealth {
    RelayHealth(try note(RelayHealth.note)).known(of: relay)
  }

  /// Keeps what a run learned.
  /// - Parameter start: what it began with.
  func keep(_ health: RelayHealth, since start: RelayHealth) throws {
    if health == start { return }
    try changeNote(RelayHealth.note) { text in
      let stored = RelayHealth(text).known(of: health.identity ?? RelayIdentity())
      return try health.merged(since: start, into: stored).text()
    }
  }

  /// Brings back what lies further ahead than it can; returns whether anything did.
  func boundRelayHealth(at now: Timestamp) throws -> Bool {
    func bounded(_ health: RelayHealth) -> RelayHealth {
      var health = health
      health.bound(at: now)
      return health
    }
    // As it is kept, whatever relay is set now: it is the one that is left alone.
    let health = RelayHealth(try note(RelayHealth.note))
    if bounded(health) == health { return false }
    try changeNote(RelayHealth.note) { try bounded(RelayHealth($0)).text() }
    return true
  }

  /// Until when the relay is not asked; nil if it may be.
  public func relayPausedUntil(_ relay: RelayIdentity) throws -> Timestamp? {
    try relayHealth(of: relay).breaker.pausedUntil
  }

  /// When the relay, as it is set, last took a mail; nil: never, as far as is remembered.
  public func relayLastAccepted(_ relay: RelayIdentity) throws -> Timestamp? {
    let health = try relayHealth(of: relay)
    return health.lastAccepted ?? health.firstAccepted
  }

  /// The admin's word that the relay is in order: it is left alone no longer, and what waits by its fault is due now.
  /// - Returns: whether it was left alone, and how many deliveries are due.
  public func releaseRelay(
    _ relay: RelayIdentity, by releaser: ReleasedBy = .admin(""), now: Timestamp
  ) throws -> (wasPaused: Bool, messages: Int) {
    let wasPaused = try relayPausedUntil(relay).map { $0 > now } ?? false
    try changeNote(RelayHealth.note) {
      var health = RelayHealth($0).known(of: relay)
      health.lift()
      return try health.text()
    }
    return (wasPaused, try hurryAfterRelay(by: releaser, now: now))
  }
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
