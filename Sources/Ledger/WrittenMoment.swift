import DeliveryPolicy

/// Every moment in the ledger that something waits for, and how far ahead of now it may lie at most (rule E2). One that
/// lies further ahead was written under a clock that was ahead, and is brought back.
///
/// What is not here binds nothing, or is bounded where it is read:
/// - `attempt`, `run`, `event`, `decision.decided_at`, `digest.written_at`, `hold.since`, `suppression.since`, `stopped.since`, `delivery.began_at` and `ended_at`:
///   a record of what was. For retention a record that lies ahead is old (rule O7).
/// - `delivery.first_attempt_at`: brought back when the next attempt begins (`commitGroup`).
/// - `notice.created_at`, `reply.arrived_at`: what lies ahead does not count (`queue`, `recentReplies`).
/// - `reply.tried_at`: brought back when the forum is asked again (`beginPosting`).
/// - `received.arrived_at`, `taken_at` and `ended_at`, `reply.ended_at`, `sent_text.kept_at`: records of what was.
/// - `last_digest.slot_date`: more than two days ahead it counts for nothing (`DigestSlot.next`).
/// - `own_watch.since`: a watch that lies ahead, or was set while a clock was, is of unknown age (`Watcher.decide`).
/// - `preference.paused_until`, `last_call.closes_at`, `journal.created_at`, `candidate.created_at`: a person's wish and the forum's word, no reckoning of ours.
/// - `sign_in.created_at`, `used_at`, `web_session.created_at`, `seen_at`: a link or session that lies ahead has ended.
/// - The notes of the relay and of the clock: `RelayHealth.bound`, `AgreedClock`.
enum WrittenMoment: CaseIterable {
  case due, firstDue, lease, steadyLease
  case visible, seen, ask, passedOver
  case journalVisible, journalDue, journalled
  case slot, promptSlot
  case withdrawn, askAgain
  case unread, readAgain
  case refusal
  case received, reply, probe, score

  /// Table and column.
  var place: (table: String, column: String) {
    switch self {
    case .due, .firstDue: ("delivery", "due")
    case .lease, .steadyLease: ("delivery", "lease_until")
    case .visible: ("candidate", "visible_at")
    case .seen: ("candidate", "seen_at")
    case .ask: ("candidate", "ask_at")
    case .passedOver: ("gap", "seen_at")
    case .journalVisible: ("journal", "visible_at")
    case .journalDue: ("journal", "due")
    case .journalled: ("journal", "journalled_at")
    case .slot, .promptSlot: ("digest_slot", "due")
    case .withdrawn: ("withdrawn", "since")
    case .askAgain: ("withdrawn", "ask_at")
    case .unread: ("set_aside", "since")
    case .readAgain: ("set_aside", "ask_at")
    case .refusal: ("domain_refusal", "refused_at")
    case .received: ("received", "due")
    case .reply: ("reply", "due")
    case .probe: ("suppression", "next_probe")
    case .score: ("address_score", "last_at")
    }
  }

  /// Which rows it is about.
  var rows: String {
    switch self {
    case .due: Ledger.isWaiting
    case .firstDue: "\(Ledger.isWaiting) AND attempts = 0"
    case .lease: "lease IS NOT NULL AND lease_boot IS NULL"
    // A steady clock goes back where a virtual machine is set back to what it was.
    case .steadyLease: "lease IS NOT NULL AND lease_boot IS NOT NULL"
    case .visible: "state = 'resting'"
    // What fan-out is done with is history.
    case .journalVisible, .journalDue:
      "position IN (SELECT post FROM fan_out)"
    // The posts of one wrong run or a few; retention would take their decisions for old ones.
    case .journalled: "position > coalesce((SELECT max(position) FROM journal), 0) - 1000"
    case .received: "state = 'waiting'"
    case .reply: "state IN ('waiting', 'trying')"
    case .probe: "next_probe IS NOT NULL"
    case .promptSlot: "kind <> '\(DigestCause.regular.rawValue)'"
    case .seen, .ask, .passedOver, .slot, .withdrawn, .askAgain, .unread, .readAgain, .refusal, .score: "1 = 1"
    }
  }

  /// The furthest moment, where `$1` is now.
  func furthest(_ bounds: MomentBounds) -> String {
    switch self {
    case .due: "$1 + \(bounds.longestWait)"
    case .firstDue: "$1 + \(bounds.firstWait)"
    case .lease, .steadyLease: "$1 + \(bounds.lease)"
    // As `CollectStage.nextAsk` puts off what waits.
    case .ask: "$1 + CASE WHEN seen_at < $1 THEN ($1 - seen_at) / 32 ELSE 0 END"
    case .askAgain, .readAgain: "$1 + CASE WHEN since < $1 THEN ($1 - since) / 32 ELSE 0 END"
    case .slot: "$1 + \(MomentBounds.furthestSlot)"
    case .reply: "$1 + \(MomentBounds.forumPause)"
    case .probe: "$1 + \(ProbeSchedule.days.last! * 86_400)"
    case .visible, .seen, .passedOver, .journalVisible, .journalDue, .journalled, .promptSlot, .withdrawn, .unread,
      .refusal:
      "$1"
    // Written by others while runs begin, who read their clocks a little later.
    case .received, .score: "$1 + 60"
    }
  }

  /// What it is brought back to: now, but for a lease that a run may be at work under.
  func mended(_ bounds: MomentBounds) -> String {
    switch self {
    case .lease, .steadyLease: furthest(bounds)
    default: "$1"
    }
  }

  /// Looked for when the clock was found wrong, or right again, and every ten minutes: no index leads there.
  var isThorough: Bool {
    switch self {
    case .due, .lease, .steadyLease, .visible, .passedOver, .journalVisible, .journalDue, .slot: false
    case .firstDue, .seen, .ask, .journalled, .promptSlot, .withdrawn, .askAgain, .unread, .readAgain,
      .refusal, .received, .reply, .probe, .score:
      true
    }
  }
}

/// The settings that say how far ahead the ledger's moments may lie, in seconds.
public struct MomentBounds: Hashable, Sendable {
  /// The longest wait between two attempts.
  public var longestWait: Int64
  /// The wait of a message that was not tried and is not to come first again.
  public var firstWait: Int64
  /// How long a lease lasts.
  public var lease: Int64
  /// The longest that a reply waits for a forum that cannot be asked.
  public static let forumPause: Int64 = 3600
  /// A weekly digest whose last date is two days ahead, in the zone that is furthest behind, and a day to spare.
  static let furthestSlot: Int64 = 11 * 86_400

  /// What the settings say.
  public init(longestWait: Int64, firstWait: Int64, lease: Int64) {
    self.longestWait = longestWait
    self.firstWait = firstWait
    self.lease = lease
  }
}
