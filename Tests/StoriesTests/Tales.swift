import DeliveryPolicy
import Forum
import Identifiers
import Stories
import Time

@testable import Ledger

/// Rows of which golden stories are told: one for each thing that can be.
enum Tales {
  /// 2026-06-01T09:00:00Z, noon in Nairobi.
  static let start = Timestamp(iso8601: "2026-06-01T09:00:00Z")!

  static let all: [String: StoryRows] = {
    var all = undecided.merging(others) { first, _ in first }
    all["decision-instant"] = queued
    all["decision-digest"] = digest
    all["stopped-all"] = with(skipped(.modeOff)) { $0.hasStopped = true }
    all["erased"] = with(journalled) { ($0.isErased, $0.prediction) = (true, nil) }
    all["forgotten-rows"] = with(journalled) { $0.isForgotten = true }
    all["digest-hidden"] = with(digest) { $0.post?.visibility = .hidden }
    all["digest-moved"] = with(digest) {
      ($0.prediction, $0.movedFrom, $0.slot, $0.withdrawnSince) = (.skipped(.moved), "11", nil, start + 1000)
    }
    all["stopped-elsewhere"] = with(skipped(.unwatched)) {
      $0.incoming = [
        .init(id: 3, arrivedAt: start - 3600, outcome: .stop, delivery: 33, isElsewhere: true, stopped: .thread),
        .init(id: 4, arrivedAt: start - 1800, outcome: .complaint, delivery: 34, isElsewhere: true),
      ]
    }
    all["relay-paused"] = with(queued) { $0.relayPausedUntil = start + 2400 }
    all["watches-now"] = with(skipped(.modeOff)) {
      $0.watches = [
        Watch(scope: .thread, mode: .off, since: start - 7200), Watch(scope: .discussion, isMute: true),
        Watch(scope: .everything, since: start),
      ]
    }
    all["digest-paused"] = with(digest) { $0.prediction = .skipped(.paused) }
    all["held-ordered"] = with(queued) {
      $0.deliveries = [copy(.held, reason: "operator")]
      $0.events = [
        StoryEvent(at: start + 150, .held, post: 5, delivery: 41, detail: "operator: held by an admin (kofi): wait")
      ]
    }
    all["held-uncomposed"] = with(queued) {
      $0.deliveries = [copy(.held, reason: "uncomposed")]
      $0.events = [StoryEvent(at: start + 150, .held, post: 5, delivery: 41, detail: "uncomposed")]
    }
    all["queued-stopped"] = with(queued) { ($0.prediction, $0.hasStopped) = (.skipped(.modeOff), true) }
    for reason in SkipReason.allCases { all["skipped-\(reason.rawValue)"] = skipped(reason) }
    for state in DeliveryState.allCases { all["state-\(state.rawValue)"] = message(state) }
    for kind in StoryEvent.Kind.allCases { all["event-\(kind.rawValue)"] = event(kind) }
    for outcome in Received.Outcome.allCases {
      all["incoming-\(outcome.rawValue)"] = with(sent) {
        $0.incoming = [.init(id: 3, arrivedAt: start + 3600, outcome: outcome, delivery: 41)]
      }
    }
    for state in MailedReply.State.allCases {
      all["reply-\(state.rawValue)"] = with(sent) {
        $0.incoming = [
          .init(
            id: 3, arrivedAt: start + 3600, outcome: .reply, reply: state, postKey: state == .posted ? "80" : nil)
        ]
      }
    }
    return all
  }()

  static func with(_ rows: StoryRows, _ change: (inout StoryRows) -> Void) -> StoryRows {
    var rows = rows
    change(&rows)
    return rows
  }

  /// A post of 9 o'clock that was taken up at 9:02, told at half past.
  static let journalled: StoryRows = {
    var rows = StoryRows(
      now: start + 1800,
      reader: .init(key: "7", name: "Ana Diaz", address: "ana@example.net", zone: "Africa/Nairobi"))
    rows.post = .init(key: "77", number: "9240", thread: "12", visibility: .visible)
    rows.place = .journalled(at: start + 125, visibleAt: start, due: start + 120, isUrgent: false)
    rows.prediction = .instant(.thread)
    return rows
  }()

  static func copy(
    _ state: DeliveryState, reason: String? = nil, due: Int64 = 120, isLeased: Bool = false
  ) -> Ledger.DeliveryRecord {
    .init(
      id: 41, person: 1, post: 5, state: state, reason: reason, due: start + due, isLeased: isLeased,
      endedAt: state.isOpen ? nil : start + 180)
  }

  static func attempt(
    _ number: Int, _ outcome: Ledger.AttemptRecord.Outcome, _ answer: String, scope: Verdict.Scope? = nil,
    at seconds: Int64 = 180, delivery: DeliveryID = 41
  ) -> Ledger.AttemptRecord {
    .init(
      delivery: delivery, number: number, address: "ana@example.net", beganAt: start + seconds - 1,
      endedAt: start + seconds, outcome: outcome, scope: scope, answer: answer)
  }

  static let queued = with(journalled) {
    $0.decisions = [.init(decision: .instant(.thread), delivery: 41, decidedAt: start + 126)]
    $0.deliveries = [copy(.queued)]
  }

  static let sent = with(queued) {
    $0.deliveries = [copy(.sent)]
    $0.attempts = [attempt(1, .accepted, "250 2.0.0 OK queued as 4F2A")]
  }

  static let digest = with(journalled) {
    $0.decisions = [.init(decision: .digest(.discussion), decidedAt: start + 126)]
    $0.slot = .init(person: 1, due: start + 86_400, date: CivilDate(year: 2026, month: 6, day: 2), kind: .regular)
    $0.prediction = .digest(.discussion)
  }

  /// In part 2 of 3.
  static let part = with(journalled) {
    $0.decisions = [.init(decision: .digest(.everything), delivery: 50, decidedAt: start + 126)]
    $0.deliveries = [
      .init(id: 50, person: 1, digest: 8, part: 2, parts: 3, state: .queued, due: start + 900)
    ]
    $0.partPosts = [50: (9230..<9244).map { "\($0)" }]
    $0.digests = [8: Digest(id: 8, kind: .regular, signingKey: 1, posts: 40, writtenAt: start + 900)]
  }

  static func skipped(_ reason: SkipReason) -> StoryRows {
    with(journalled) {
      $0.decisions = [.init(decision: .skipped(reason), decidedAt: start + 126)]
      $0.prediction = .skipped(reason)
      if reason == .suppressed {
        $0.suppression = Suppression(
          address: "ana@example.net", reason: "5.1.1 no such user", since: start - 86_400, person: 1,
          cause: .failures, nextProbe: nil, probes: 0, probe: nil)
      }
    }
  }

  static func message(_ state: DeliveryState) -> StoryRows {
    switch state {
    case .queued: with(queued) { $0.deliveries = [copy(.queued, due: 7200)] }
    case .sending: with(queued) { $0.deliveries = [copy(.sending, isLeased: true)] }
    case .sent: sent
    case .deferred:
      with(queued) {
        $0.deliveries = [copy(.deferred, due: 3600)]
        $0.attempts = [attempt(1, .transient, "451-4.7.1 Greylisted,\n451 4.7.1 try again later", scope: .relay)]
      }
    case .failed:
      with(queued) {
        $0.deliveries = [copy(.failed)]
        $0.attempts = [attempt(1, .permanent, "550 5.1.1 no such user", scope: .recipient)]
        $0.failures = [failure(.dialogue)]
      }
    case .expired:
      with(queued) {
        $0.deliveries = [copy(.expired)]
        $0.attempts = [attempt(1, .transient, "452 4.2.2 mailbox full", scope: .recipient)]
        $0.events = [StoryEvent(at: start + 180, .expired, post: 5, delivery: 41)]
      }
    case .suppressed:
      with(queued) {
        $0.deliveries = [copy(.suppressed, reason: "suppressed")]
        $0.events = [
          StoryEvent(at: start + 150, .stopped, detail: "failures: 5.1.1 no such user"),
          StoryEvent(at: start + 180, .withheld, post: 5, delivery: 41, detail: "suppressed"),
        ]
      }
    case .held:
      with(queued) {
        $0.deliveries = [copy(.held, reason: "domain example.net")]
        $0.events = [
          StoryEvent(
            at: start + 180, .held, post: 5, delivery: 41, detail: "domain example.net: 550 5.7.1 refused by policy")
        ]
      }
    case .uncertain:
      with(queued) {
        $0.deliveries = [copy(.uncertain)]
        $0.attempts = [attempt(1, .uncertain, "the connection broke behind the final dot", scope: .relay)]
      }
    // What an older program dropped has no event.
    case .dropped: with(queued) { $0.deliveries = [copy(.dropped, reason: "paused")] }
    }
  }

  private static func failure(_ source: FailureEvent.Source, delivery: DeliveryID = 41) -> FailureEvent {
    FailureEvent(
      delivery: delivery, person: 1, address: "ana@example.net", severity: .hard, source: source, status: "5.1.1",
      diagnostic: "no such user", at: start + 600)
  }

  static func event(_ kind: StoryEvent.Kind) -> StoryRows {
    func told(_ at: Int64, _ kind: StoryEvent.Kind, _ detail: String = "") -> StoryEvent {
      StoryEvent(at: start + at, kind, post: 5, delivery: 41, detail: detail)
    }
    return switch kind {
    case .folded:
      with(part) {
        $0.decisions = [.init(decision: .digest(.thread), delivery: 50, decidedAt: start + 126)]
        $0.deliveries.insert(copy(.dropped, reason: "folded"), at: 0)
        $0.events = [told(890, .folded, "late")]
      }
    case .reopened:
      with(part) {
        $0.decisions[0].delivery = nil
        $0.deliveries[0].state = .sent
        $0.withdrawnSince = start + 1000
        $0.events = [StoryEvent(at: start + 1000, .reopened, post: 5, delivery: 50, detail: "out-of-sight")]
      }
    case .skipped:
      with(skipped(.muted)) {
        $0.events = [StoryEvent(at: start + 900, .skipped, post: 5, detail: "muted discussion")]
      }
    case .withheld:
      with(queued) {
        $0.deliveries = [copy(.dropped, reason: "not-readable")]
        $0.events = [told(180, .withheld, "not-readable")]
        $0.withdrawnSince = start + 180
      }
    case .held:
      with(queued) {
        $0.deliveries = [copy(.held, reason: "post 5")]
        $0.events = [told(180, .held, "post 5: 554 5.7.1 message content rejected")]
      }
    case .released:
      with(sent) {
        $0.attempts = [attempt(1, .accepted, "250 2.0.0 OK", at: 1200)]
        $0.deliveries[0].endedAt = start + 1200
        $0.events = [told(180, .held, "uncomposed"), told(1100, .released, "admin kofi")]
      }
    case .discarded:
      with(queued) {
        $0.deliveries = [copy(.dropped, reason: "discarded")]
        $0.events = [told(170, .held, "post 5: 554 5.7.1 rejected"), told(180, .discarded, "admin kofi")]
      }
    case .cancelled:
      with(queued) {
        $0.deliveries = [copy(.dropped, reason: "cancelled")]
        $0.events = [told(170, .cancelled, "admin kofi: sent by mistake")]
      }
    case .rescued:
      with(queued) {
        $0.deliveries = [copy(.held, reason: "uncertain")]
        $0.attempts = [
          .init(
            delivery: 41, number: 1, address: "", beganAt: start + 180, endedAt: start + 1400, outcome: .uncertain,
            scope: .run, answer: "the run ended before the answer was recorded")
        ]
        $0.events = [told(1400, .rescued, "held")]
      }
    case .expired: message(.expired)
    case .requeued:
      with(queued) { $0.events = [told(180, .withheld, "hidden"), told(1200, .requeued)] }
    case .givenBack:
      with(queued) {
        $0.deliveries = [copy(.deferred, due: 3600)]
        $0.attempts = [attempt(1, .permanent, "550 5.7.1 relaying denied", scope: .relay)]
        $0.events = [told(300, .givenBack)]
      }
    case .resent:
      with(sent) {
        $0.deliveries = [
          copy(.dropped, reason: "resent"),
          .init(id: 60, person: 1, post: 5, state: .sent, due: start + 1500, endedAt: start + 1510),
        ]
        $0.decisions.append(
          .init(generation: 4, decision: .instant(.thread), delivery: 60, decidedAt: start + 1500))
        $0.attempts = [
          attempt(1, .permanent, "550 5.1.1 unknown user", scope: .recipient),
          attempt(1, .accepted, "250 2.0.0 OK", at: 1510, delivery: 60),
        ]
        $0.events = [
          StoryEvent(
            at: start + 1500, .resent, post: 5, delivery: 60, detail: "4 kofi: she asked, the mailbox is there"),
          told(1500, .withheld, "resent"),
        ]
      }
    case .stopped: message(.suppressed)
    case .lifted:
      with(part) {
        $0.decisions = [.init(decision: .digest(.thread), delivery: 50, decidedAt: start + 126)]
        $0.deliveries.insert(copy(.dropped, reason: "folded"), at: 0)
        $0.events = [
          StoryEvent(at: start + 130, .stopped, detail: "failures: 5.2.2 mailbox full"),
          told(180, .withheld, "suppressed"), StoryEvent(at: start + 890, .lifted, detail: "probe"),
          told(890, .folded, "lifted"),
        ]
      }
    }
  }
}
