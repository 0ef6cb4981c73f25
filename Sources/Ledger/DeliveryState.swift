/// The states of a delivery, who moves it out of each, and what a crash leaves behind (rule S1).
///
/// ```
///             ┌──────────────── unsent ───────────────┐
///             ▼                                       │
///  (new) ─▶ queued ──begin──▶ sending ──2xx──▶ sent   │
///             │                 │ │ └────────────────┘
///             │                 │ ├──4xx──▶ deferred ──begin──▶ sending
///             │                 │ ├──5xx──▶ failed     └─ too old ─▶ expired
///             │                 │ └─ no answer, crash ─▶ uncertain ──begin──▶ sending (three times, then held)
///             │                 └─ refused by a domain's policy too often ─▶ held
///             ├─ nobody may have it any more ─▶ dropped ── shown again ─▶ queued
///             ├─ address suppressed ─▶ suppressed
///             ├─ domain held, or by an admin ─▶ held ── released by the admin ─▶ queued, or discarded ─▶ dropped
///             ├─ cancelled by an admin ─▶ dropped
///             ├─ suppressed ── address lifted, its posts left to a digest ─▶ dropped
///             └─ failed, expired, suppressed, held ── sent again in another message ─▶ dropped
/// ```
/// `failed` moves to held or deferred when it turns out that a domain, or the relay, refused everybody, or its post.
/// `deferred` and `uncertain` move to dropped, suppressed and held as `queued` does.
public enum DeliveryState: String, Sendable, CaseIterable {
  /// Waits for its first attempt. A crash leaves it here; a lease on it ends by itself.
  case queued
  /// An attempt was committed and its end was not. Only the holder of the lease moves it on; when a crash leaves it
  /// here, the end of the lease makes it `uncertain`.
  case sending
  /// The relay took responsibility (2xx after the final dot). Final.
  case sent
  /// Waits for another attempt after a transient failure.
  case deferred
  /// Refused for good. Final, unless the refusal was a domain's policy and the domain is held: then it is held too; or
  /// it turns out that the relay refuses everybody: then it waits for another attempt; or another message is sent in
  /// its place.
  case failed
  /// Given up after the retry schedule's end. Final, unless another message is sent in its place.
  case expired
  /// The address is not to be mailed. Final, unless the address is mailed again: then a digest takes its posts.
  case suppressed
  /// Kept until an operator releases it, or until the time is over for which its domain or its post is left alone.
  case held
  /// The message was handed over but no answer was recorded (RFC 1047); it is sent again with the same Message-ID.
  case uncertain
  /// Not to be sent: the reason stands beside it. Leaves only when its post is shown again.
  case dropped

  /// The legal moves. Statements that move many rows name the states they move from; the tests hold them to this.
  public var next: Set<DeliveryState> {
    switch self {
    case .queued: [.sending, .dropped, .suppressed, .held]
    case .sending: [.sent, .deferred, .failed, .expired, .uncertain, .held, .queued, .suppressed]
    case .deferred, .uncertain: [.sending, .dropped, .suppressed, .held, .expired]
    case .held: [.queued, .dropped]
    case .dropped: [.queued]
    case .failed: [.held, .deferred, .dropped]
    case .suppressed, .expired: [.dropped]
    case .sent: []
    }
  }

  /// Whether anything is still to be done about it.
  public var isOpen: Bool {
    switch self {
    case .queued, .sending, .deferred, .uncertain, .held: true
    case .sent, .failed, .expired, .suppressed, .dropped: false
    }
  }
}
