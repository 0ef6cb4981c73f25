import DeliveryPolicy
import Forum
import Identifiers
import Ledger
import Text
import Time

/// Where a post stands for a person, or a message.
enum StoryOutcome: Hashable {
  /// No run has met the post.
  case unseen
  /// It waits to be shown.
  case pending
  /// It has to settle.
  case resting(until: Timestamp)
  /// New posts are held back.
  case held(Hold.Kind)
  /// It cannot be read.
  case unreadable(RowFault)
  /// It is older than the journal.
  case leftOut
  /// Nothing is decided in its discussion while nearly everybody is gone from it.
  case doubted
  /// The person cannot be read.
  case unreadablePerson(RowFault)
  /// Fan-out has not come to the person.
  case deciding
  /// Everybody is decided about, and they were not among its watchers.
  case undecided
  /// What was decided is forgotten.
  case forgotten
  /// A newer program decided something.
  case unknown
  /// Nothing was to come.
  case skipped(SkipReason)
  /// It waits for a digest; nil: the person has no slot.
  case awaitsDigest(due: Timestamp?, isWithdrawn: Bool)
  /// A message carries it.
  case message(Ledger.DeliveryRecord)

  init(_ rows: StoryRows) {
    self = StoryOutcome.ofDecided(rows) ?? StoryOutcome.ofUndecided(rows)
  }

  private static func ofDecided(_ rows: StoryRows) -> StoryOutcome? {
    guard let last = rows.decisions.last else {
      // A part of a digest as a whole, or a notice; or a copy whose decision is forgotten.
      return rows.deliveries.max { $0.id < $1.id }.map(StoryOutcome.message)
    }
    if let delivery = last.delivery {
      guard let record = rows.deliveries.first(where: { $0.id == delivery }) else { return .forgotten }
      return .message(record)
    }
    switch last.decision {
    case .skipped(let reason)?: return .skipped(reason)
    case .digest?:
      return .awaitsDigest(due: rows.slot?.due, isWithdrawn: rows.slot == nil && rows.withdrawnSince != nil)
    case .instant?: return .forgotten
    case nil: return .unknown
    }
  }

  private static func ofUndecided(_ rows: StoryRows) -> StoryOutcome {
    if rows.isErased { return .skipped(.erased) }
    if rows.holds.contains(.ledger) { return .held(.ledger) }
    switch rows.place {
    case .unknown: return rows.holds.contains(.forum) ? .held(.forum) : .unseen
    case .leftOut: return .leftOut
    case .setAside(let fault, _): return .unreadable(fault)
    case .pending: return .pending
    case .resting(_, let until):
      if rows.holds.contains(.forum) { return .held(.forum) }
      return rows.holds.contains(.flood) ? .held(.flood) : .resting(until: until)
    case .journalled(let at, _, _, _):
      if let fault = rows.personFault { return .unreadablePerson(fault) }
      if rows.awaitsFanOut { return rows.isDoubted ? .doubted : .deciding }
      return rows.isForgotten || at.map { $0 < rows.forgottenBefore } ?? false ? .forgotten : .undecided
    }
  }

  /// For scripts.
  var name: String {
    switch self {
    case .unseen: "unseen"
    case .pending: "pending"
    case .resting: "resting"
    case .held(let kind): "held-\(kind.rawValue)"
    case .unreadable: "unreadable-post"
    case .leftOut: "left-out"
    case .doubted: "doubted"
    case .unreadablePerson: "unreadable-person"
    case .deciding: "deciding"
    case .undecided: "unwatched"
    case .forgotten: "forgotten"
    case .unknown: "unknown"
    case .skipped: "skipped"
    case .awaitsDigest(_, let isWithdrawn): isWithdrawn ? "out-of-sight" : "awaits-digest"
    case .message(let delivery): delivery.state.rawValue
    }
  }

  /// The reason that said no.
  var reason: SkipReason? {
    switch self {
    case .skipped(let reason): reason
    case .undecided: .unwatched
    case .message(let delivery) where delivery.state == .dropped: delivery.reason.flatMap(SkipReason.init(rawValue:))
    case .message(let delivery) where delivery.state == .suppressed: .suppressed
    default: nil
    }
  }

  /// For scripts: what said no, or keeps it.
  func reasonName(_ rows: StoryRows) -> String? {
    if let reason { return reason.rawValue }
    switch self {
    case .awaitsDigest(_, true):
      if case .skipped(let reason)? = rows.prediction { return reason.rawValue }
      return nil
    case .message(let delivery):
      switch delivery.state {
      case .held: return delivery.reason
      case .failed, .deferred, .expired:
        return rows.attempts.last { $0.delivery == delivery.id }?.scope?.rawValue
      case .queued, .sending, .sent, .suppressed, .uncertain, .dropped: return nil
      }
    default: return nil
    }
  }

  /// The moment that is waited for; nil: none is known.
  func due(_ rows: StoryRows) -> Timestamp? {
    switch self {
    case .resting(let until): until
    case .awaitsDigest(let due, false): due
    case .message(let delivery) where [.queued, .deferred, .uncertain].contains(delivery.state):
      max(delivery.due, rows.relayPausedUntil ?? delivery.due)
    default: nil
    }
  }

  // MARK: In words

  func words(_ rows: StoryRows) -> String {
    switch self {
    case .unseen: "no run has met the post"
    case .pending:
      rows.post?.visibility == .visible
        ? "the post waited to be shown to readers, and is shown now: the next run takes it up"
        : "the post waits to be shown to readers; nothing is decided before"
    case .resting(let until):
      "the post can be seen and is taken up \(until > rows.now ? "at \(rows.when(until))" : "by the next run"), when it has settled"
    case .held(.flood): "more new posts came than is plausible: all of them wait for your word"
    case .held(.forum): "the forum was restored from a backup: posts that stand where others stood wait for your word"
    case .held(.ledger): "the ledger was restored from a backup: everything waits for your word"
    case .held(.domain): "its domain is held"
    case .unreadable(let fault): "the post reaches nobody until this is mended: \(fault)"
    case .leftOut: "the post is older than the journal's beginning (collect.start): such posts are mailed to nobody"
    case .doubted: "by the forum's answers nearly everybody is gone from its discussion: its posts wait"
    case .unreadablePerson(let fault): "nothing is decided about the person until this is mended: \(fault)"
    case .deciding: "runs are deciding who gets it, and have not come to this person"
    case .undecided:
      "nothing was sent: when it was decided who gets it, they watched nothing that bears on it\(StoryOutcome.stopWords(rows))"
    case .forgotten: "what was decided, or became of it, is forgotten: such rows are kept for a time only"
    case .unknown: "a newer program decided; ask that one"
    case .skipped(let reason):
      reason == .modeOff && rows.hasStopped
        ? "nothing was sent: they have stopped all mail"
        : "nothing was sent: \(reason.words)\([.unwatched, .muted].contains(reason) ? StoryOutcome.stopWords(rows) : "")"
    case .awaitsDigest(_, true):
      "it waits for a digest, and was left out of one: \(rows.obstacle ?? "the person could not see it then")"
    case .awaitsDigest where rows.obstacle != nil:
      "it waits for a digest, and would be left out as things are: \(rows.obstacle ?? "")"
    case .awaitsDigest(let due?, _):
      due > rows.now
        ? "it waits for the digest of \(rows.when(due))"
        : "it waits for the digest that the next run of the job digest writes"
    case .awaitsDigest(nil, _): "it waits for a digest, and the person has no time for one"
    case .message(let delivery): StoryOutcome.words(delivery, rows)
    }
  }

  /// That they asked for no more by mail, where they did: then no watch is wanting that somebody forgot.
  private static func stopWords(_ rows: StoryRows) -> String {
    guard let last = rows.incoming.last(where: { $0.outcome == .stop }) else { return "" }
    return "; they stopped \(last.stoppedWords) themselves, by mail, at \(rows.when(last.arrivedAt))"
  }

  private static func hasReturned(_ delivery: Ledger.DeliveryRecord, _ rows: StoryRows) -> Bool {
    delivery.state == .sent && rows.failures.contains { $0.delivery == delivery.id && $0.source == .report }
  }

  private static func words(_ delivery: Ledger.DeliveryRecord, _ rows: StoryRows) -> String {
    let message = "message \(delivery.id)"
    let due = max(delivery.due, rows.now)
    let paused = rows.relayPausedUntil.flatMap { $0 > due ? $0 : nil }
    let next =
      delivery.isLeased
      ? "a run has it now"
      : paused.map { "the relay takes nothing, and is left alone until \(rows.when($0))" }
        ?? (due > rows.now ? "it is due at \(rows.when(due))" : "the next run of the job dispatch takes it")
    switch delivery.state {
    case .queued:
      if let obstacle = rows.obstacle { return "\(message) waits, and would not be sent as things are: \(obstacle)" }
      return "\(message) waits to be sent: \(next)"
    case .sending: return "\(message) is being sent; if its run has died, the next one sends it again"
    case .sent:
      return hasReturned(delivery, rows)
        ? "\(message) was taken by the relay, and came back"
        : "\(message) was taken by the relay\(delivery.endedAt.map { " at \(rows.when($0))" } ?? "")"
    case .deferred:
      if let obstacle = rows.obstacle {
        return "\(message) was refused for now, and would not be sent as things are: \(obstacle)"
      }
      let isForGood = rows.attempts.last { $0.delivery == delivery.id }?.outcome == .permanent
      return isForGood
        ? "\(message) was refused for good, which is not believed at once, and is tried again: \(next)"
        : "\(message) was refused for now and is tried again: \(next)"
    case .failed: return "\(message) was refused for good"
    case .expired: return "\(message) was given up"
    case .suppressed: return "\(message) was not sent: the address is suppressed"
    case .held: return "\(message) waits: \(StoryEvent.heldWords(delivery.reason ?? ""))"
    case .uncertain: return "nobody knows whether \(message) arrived; it is sent again: \(next)"
    case .dropped: return "\(message) was not sent: \(delivery.dropWords)"
    }
  }

  /// What would have to change; nil where nothing has to, or nothing helps.
  func advice(_ rows: StoryRows) -> String? {
    if reason == .modeOff, rows.hasStopped {
      return """
        they have to take it back: on their page, or by you with `watchpost participant set --mode` if they wish it; that \
        brings what comes afterwards
        """
    }
    if let reason { return reason.advice }
    if case .message(let delivery) = self, StoryOutcome.hasReturned(delivery, rows) {
      return "the address may be none any more: see the report above"
    }
    return switch self {
    case .unseen: "a run of the job dispatch, and a forum that gives the post"
    case .pending: rows.post?.visibility == .visible ? nil : "a moderator has to show it"
    case .held, .doubted: "your word, when you have looked"
    case .unreadable, .unreadablePerson: "the row has to be mended in the forum; then all goes on by itself"
    case .awaitsDigest(nil, false): "their next post for a digest gives them one"
    case .awaitsDigest(_, true):
      if case .skipped(let reason)? = rows.prediction { reason.advice } else { "the reason has to end; it goes then" }
    case .message(let delivery): StoryOutcome.advice(delivery, rows)
    case .resting, .leftOut, .deciding, .undecided, .forgotten, .unknown, .skipped, .awaitsDigest: nil
    }
  }

  private static func advice(_ delivery: Ledger.DeliveryRecord, _ rows: StoryRows) -> String? {
    switch delivery.state {
    case .held:
      switch HoldReason(text: delivery.reason ?? "") {
      case .uncertain?: "your word; the person may have it already"
      default: "your word, when you have looked"
      }
    case .sent:
      "if it is not in their mailbox, look into its spam folder, then into the relay's log for the answer above"
    case .failed: "an address that takes mail, or other content: see the answer"
    case .queued, .sending, .deferred, .uncertain, .expired, .suppressed, .dropped: nil
    }
  }

  /// Commands to type next.
  func next(_ rows: StoryRows) -> [String] { known(rows) + (resend(rows).map { [$0] } ?? []) }

  /// How to send it again, where that is to be had: it came to nothing, or has arrived and may have been lost.
  private func resend(_ rows: StoryRows) -> String? {
    guard let post = rows.post, post.visibility == .visible, !rows.isErased, !rows.hasStopped else {
      return nil
    }
    let name = post.key == post.number ? post.number.asArgument : "key:\(post.key)".asArgument
    let command = "watchpost resend \(name) --to \(rows.reader.key.asArgument)"
    switch self {
    case .message(let delivery):
      switch delivery.state {
      case .sent where !StoryOutcome.hasReturned(delivery, rows): return "\(command) --force have --dry-run"
      case .suppressed where rows.suppression != nil: return "\(command) --force suppressed --dry-run"
      case .sent, .failed, .expired, .suppressed: return "\(command) --dry-run"
      case .dropped:
        guard let reason, !reason.isOutOfSight, !reason.isTheirChoice else { return nil }
        return Exemption(settingAside: reason) == .cancelled
          ? "\(command) --force cancelled --dry-run" : "\(command) --dry-run"
      case .queued, .sending, .deferred, .held, .uncertain: return nil
      }
    case .skipped(let reason):
      // What was their own wish they have to be asked about first.
      if reason.isTheirChoice || rows.obstacle != nil { return nil }
      return Exemption(settingAside: reason) == .cancelled
        ? "\(command) --force cancelled --dry-run" : "\(command) --dry-run"
    default: return nil
    }
  }

  private func known(_ rows: StoryRows) -> [String] {
    if let reason { return reason.next(rows) }
    let post = rows.post.map { $0.key.asArgument }
    let person = rows.reader.key.asArgument
    let check = post.map { ["watchpost check \($0)"] } ?? []
    return switch self {
    case .unseen: ["watchpost status"] + check
    case .pending, .resting, .deciding, .leftOut: check
    case .held(.flood): ["watchpost release flood", "watchpost discard flood"]
    case .held(.forum), .held(.ledger): ["watchpost resume"]
    case .held(.domain), .unreadable, .unreadablePerson: ["watchpost status"]
    case .doubted: ["watchpost release people"]
    case .awaitsDigest(_, true): check
    case .awaitsDigest: ["watchpost participant show \(person)"]
    case .message(let delivery): StoryOutcome.next(delivery, rows)
    case .undecided, .forgotten, .unknown, .skipped: []
    }
  }

  private static func next(_ delivery: Ledger.DeliveryRecord, _ rows: StoryRows) -> [String] {
    switch delivery.state {
    case .held:
      switch HoldReason(text: delivery.reason ?? "") {
      case .domain(let domain)?: ["watchpost release \(domain.asArgument)"]
      case .post?:
        rows.post.map {
          ["watchpost release post:\($0.key.asArgument)", "watchpost discard post:\($0.key.asArgument)"]
        }
          ?? ["watchpost status"]
      case .uncertain?, .uncomposed?, .ordered?:
        ["watchpost queue release \(delivery.id)", "watchpost queue discard \(delivery.id)"]
      case nil: ["watchpost status"]
      }
    case .queued, .sending, .deferred, .uncertain: ["watchpost status"]
    case .sent where hasReturned(delivery, rows): ["watchpost participant show \(rows.reader.key.asArgument)"]
    case .failed, .expired: ["watchpost participant show \(rows.reader.key.asArgument)"]
    case .sent, .suppressed, .dropped: []
    }
  }
}
