import Time

/// When to stop asking a relay, and for how long (S3, S5).
///
/// ```
///            failed × failuresToTrip                      now ≥ pausedUntil
///  closed ─── or uncertain × uncertainToTrip ───▶ open ─────────────────────▶ half open (may ask)
///    ▲                                             ▲                            │        │
///    │                                             └── one failed or uncertain ─┘        │
///    └─────────────────────────────── answered ──────────────────────────────────────────┘
/// ```
/// Pauses grow with each trip in a row: 1, 5, 15, 30 min by default, then stay. An answered message closes the breaker
/// and forgets. The moments are of one clock; which one is the caller's choice.
public struct Breaker: Hashable, Sendable, Codable {
  /// How much trouble is too much, and how long to wait then.
  public struct Policy: Hashable, Sendable, Codable {
    /// Failed connections, lost connections or relay-level refusals in a row.
    public var failuresToTrip: Int
    /// Uncertain messages in a row.
    public var uncertainToTrip: Int
    /// Seconds; the last one repeats. Empty means no pause.
    public var pauses: [Int64]

    /// The defaults let a relay restart (seconds) unnoticed, and ask one that is down at most twice an hour.
    public init(failuresToTrip: Int = 5, uncertainToTrip: Int = 5, pauses: [Int64] = [60, 300, 900, 1_800]) {
      self.failuresToTrip = failuresToTrip
      self.uncertainToTrip = uncertainToTrip
      self.pauses = pauses
    }
  }

  /// What it goes by; kept with it, so that a run which reads it back pauses as the run before it did.
  public let policy: Policy
  /// Failures since the last answered message or trip; 0...`failuresToTrip` - 1.
  public private(set) var failures = 0
  /// Messages of unknown fate since the last answered message or trip; 0...`uncertainToTrip` - 1.
  public private(set) var uncertain = 0
  /// Trips in a row without an answered message between them.
  public private(set) var trips = 0
  /// When the relay may be asked again; nil if it did not trip since it last answered.
  public private(set) var pausedUntil: Timestamp?

  /// Closed: the relay may be asked.
  public init(policy: Policy = Policy()) { self.policy = policy }

  /// False while the pause lasts.
  public func mayAsk(at now: Timestamp) -> Bool { pausedUntil.map { now >= $0 } ?? true }

  /// The relay gave a message an answer that was about the message: it works.
  public mutating func answered() { self = Breaker(policy: policy) }

  /// A connection could not be made or was lost, or the relay refused for reasons of its own.
  public mutating func failed(at now: Timestamp) {
    failures += 1
    if failures >= policy.failuresToTrip || trips > 0 { trip(at: now) }
  }

  /// A message's fate is unknown.
  public mutating func becameUncertain(at now: Timestamp) {
    uncertain += 1
    if uncertain >= policy.uncertainToTrip || trips > 0 { trip(at: now) }
  }

  /// A pause lasts no longer than the longest one, however wrong the clock was that it was reckoned by (rule E2).
  public mutating func bound(at now: Timestamp) {
    if let until = pausedUntil, until > now + (policy.pauses.max() ?? 0) { pausedUntil = now }
  }

  /// Opens at once: a run found the relay down. Within a pause it changes nothing.
  public mutating func trip(at now: Timestamp) {
    guard mayAsk(at: now) || pausedUntil == nil else { return }
    let pause = policy.pauses.isEmpty ? 0 : policy.pauses[min(trips, policy.pauses.count - 1)]
    pausedUntil = now + pause
    trips += 1
    failures = 0
    uncertain = 0
  }
}
