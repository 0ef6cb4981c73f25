import Forum
import Identifiers
import Ledger
import Text
import Time

/// What happened, gathered from rows of all kinds.
struct StoryEntries {
  /// One thing.
  struct Entry {
    /// nil: not known.
    var at: Timestamp?
    /// Where it stands in the order where nothing is known of when: as this moment.
    var place: Timestamp
    var kind: String
    var delivery: DeliveryID?
    var words: String
    var answer: String?
    /// It waits since nobody knows whether it arrived.
    var isOfUnknownFate = false

    /// Where it stands among what is of the same second: a word that lets go stands before what goes, a try before
    /// what follows from it.
    var rank: Int {
      switch StoryEvent.Kind(rawValue: kind) {
      case .lifted?, .released?, .givenBack?, .discarded?, .cancelled?: return 4
      case .resent?: return 5
      case .folded?, .reopened?, .skipped?, .withheld?, .requeued?: return 6
      case .held?: return delivery == nil || answer != nil || isOfUnknownFate ? 9 : 6
      case .rescued?, .expired?, .stopped?: return 9
      case nil: break
      }
      return switch kind {
      case "visible", "met", "set-aside": 0
      case "journalled": 1
      case "decided": 2
      case "incoming", "returned": 3
      case "digest", "notice": 7
      default: 8
      }
    }
  }

  private let rows: StoryRows
  private var entries: [Entry] = []

  init(_ rows: StoryRows) {
    self.rows = rows
    addWay()
    for decision in rows.decisions { add(decision) }
    for delivery in rows.deliveries { add(delivery) }
    for attempt in rows.attempts { add(attempt) }
    // A digest that is sent again is told of each of its posts, in the same words.
    var told: Set<StoryEvent> = []
    for event in rows.events where rows.post != nil || event.kind != .resent || told.insert(event.ofAnyPost).inserted {
      add(event)
    }
    for failure in rows.failures where failure.source == .report {
      let excused = failure.isExcused ? "; it is held against nobody" : ""
      add(
        failure.at, "returned", failure.delivery, "the mail came back: \(failure.severity.words)\(excused)",
        answer: [failure.status, failure.diagnostic].filter { !$0.isEmpty }.joined(separator: " "))
    }
    for one in rows.incoming { add(one.arrivedAt, "incoming", one.delivery, one.words(isErased: rows.isErased)) }
    if let suppression = rows.suppression, !rows.events.contains(where: { $0.kind == .stopped }) {
      add(
        suppression.since, StoryEvent.Kind.stopped.rawValue, nil, "mail to the address is stopped",
        answer: suppression.reason)
    }
  }

  /// In the order in which it happened. What one run does is of one second often: then what leads to the other stands first.
  var sorted: [Entry] {
    entries.enumerated().sorted {
      ($0.element.place, $0.element.rank, $0.offset) < ($1.element.place, $1.element.rank, $1.offset)
    }.map(\.element)
  }

  /// How many posts a part has, and which; the first of many.
  private static func list(_ posts: [String]) -> String {
    let named = posts.prefix(12).map { "#\($0)" }.joined(separator: ", ")
    return "\(posts.count) (\(named)\(posts.count > 12 ? " …" : ""))"
  }

  private mutating func add(
    _ at: Timestamp?, _ kind: String, _ delivery: DeliveryID?, _ words: String, answer: String? = nil,
    else place: Timestamp = Timestamp(.max)
  ) {
    entries.append(Entry(at: at, place: at ?? place, kind: kind, delivery: delivery, words: words, answer: answer))
  }

  // MARK: The post

  private mutating func addWay() {
    switch rows.place {
    case .unknown, .leftOut: break
    case .pending(let since): add(since, "met", nil, "a run met the post, which was not shown to readers yet")
    case .resting(let visibleAt, _): add(visibleAt, "visible", nil, "the post could be seen")
    case .setAside(let fault, let since):
      add(since, "set-aside", nil, "a run met it and could not read it", answer: "\(fault)")
    case .journalled(let at, let visibleAt, let due, let isUrgent):
      add(visibleAt, "visible", nil, "the post could be seen")
      let when = isUrgent ? "it is urgent, and its copies go first" : "its copies are due from \(due) on"
      add(at, "journalled", nil, "a run took it up; \(when)", else: due)
    }
  }

  /// When a decision that does not say so was made at the earliest.
  private var journalled: Timestamp {
    if case .journalled(let at, _, let due, _) = rows.place { return at ?? due }
    return Timestamp(.min)
  }

  /// As it was decided at first: what overwrote it is told as events.
  private func original(_ record: Ledger.DecisionRecord) -> Decision? {
    guard record.generation == 0 else { return record.decision }
    let post = rows.events.filter { $0.kind == .skipped || $0.kind == .folded && $0.post != nil }
    if post.contains(where: { $0.kind == .folded }), case .digest(let scope)? = record.decision {
      return .instant(scope)
    }
    guard let skipped = post.first(where: { $0.kind == .skipped }) else { return record.decision }
    let scope = skipped.detail.split(separator: " ").last.flatMap { WatchScope(rawValue: String($0)) }
    let hasFolded = post.contains { $0.kind == .folded }
    return scope.map { hasFolded ? .instant($0) : .digest($0) } ?? record.decision
  }

  private mutating func add(_ record: Ledger.DecisionRecord) {
    // Of one that was sent again the event tells, with who and why.
    let isTold = rows.events.contains { $0.kind == .resent && $0.delivery == record.delivery }
    if record.generation > 0, isTold { return }
    let words: String
    switch original(record) {
    case .instant(let scope)?: words = "a copy at once, \(Decision.instant(scope).because)"
    case .digest(let scope)?: words = "for a digest, \(Decision.digest(scope).because)"
    case .skipped(let reason)?: words = "nothing: \(reason.words)"
    case nil: words = "something that this program does not know; a newer one wrote it"
    }
    let again = record.generation == 0 ? "" : "once more (\(record.generation)), "
    add(record.decidedAt, "decided", record.delivery, "decided: \(again)\(words)", else: journalled)
  }

  // MARK: Messages

  private mutating func add(_ delivery: Ledger.DeliveryRecord) {
    if let digest = delivery.digest.flatMap({ rows.digests[$0] }) {
      let size = rows.partPosts[delivery.id].map { ", posts in it: \(StoryEntries.list($0))" } ?? ""
      let part = delivery.parts == 1 ? "" : ", part \(delivery.part) of \(delivery.parts)"
      add(
        digest.writtenAt, "digest", delivery.id,
        "a digest was written (\(digest.kind.words))\(part): message \(delivery.id)\(size)")
    }
    if let topic = rows.topics[delivery.id] {
      add(delivery.createdAt, "notice", delivery.id, "there was something to tell (\(topic)): message \(delivery.id)")
    }
    // What an older program closed has no event.
    let isTold = rows.events.contains {
      $0.delivery == delivery.id && [.withheld, .folded, .discarded, .cancelled].contains($0.kind)
    }
    if [.dropped, .suppressed].contains(delivery.state), !isTold, let endedAt = delivery.endedAt {
      add(endedAt, "closed", delivery.id, "message \(delivery.id) was not sent: \(delivery.dropWords)")
    }
  }

  private mutating func add(_ attempt: Ledger.AttemptRecord) {
    let to = attempt.address.isEmpty ? "" : " to \(attempt.address.singleLine(limit: 320))"
    let scope = attempt.outcome == .accepted ? "" : attempt.scope.map { ", \($0.words)" } ?? ""
    add(
      attempt.endedAt, "attempt", attempt.delivery,
      "message \(attempt.delivery), try \(attempt.number)\(to): \(attempt.outcome.words)\(scope)",
      answer: attempt.answer)
  }

  private mutating func add(_ event: StoryEvent) {
    let (words, answer) = event.words
    add(event.at, event.kind.rawValue, event.delivery, words, answer: answer)
    entries[entries.count - 1].isOfUnknownFate =
      event.kind == .held && event.detail.hasPrefix(HoldReason.uncertain.text)
  }
}

extension StoryEvent {
  /// The same of whatever post.
  fileprivate var ofAnyPost: StoryEvent { StoryEvent(at: at, kind, delivery: delivery, detail: detail) }
}
