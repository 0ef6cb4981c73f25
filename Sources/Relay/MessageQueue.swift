import DeliveryPolicy
import Identifiers
import Mail

/// The messages of a run between the feed and a connection: those to try again, those fetched ahead, and what the feed
/// has. Gives nothing before its time (the rate), and counts how all of them end.
final class MessageQueue {
  /// No more from the feed.
  private(set) var isDry = false
  /// The feed's first error; from then on nothing is asked of it.
  private(set) var failure: (any Error)?

  /// Asked from the run's one thread alone.
  private let feed: any MessageFeed
  /// nil: no rate is set.
  private var bucket: TokenBucket?
  /// Given back by a connection that broke, oldest first.
  private var again: [OutgoingMessage] = []
  /// Taken from the feed before any connection could take them.
  private var ahead: [OutgoingMessage] = []
  /// Messages given back, with the number accepted by then.
  private var returned: [DeliveryID: Int] = [:]
  /// What the run has done so far.
  private(set) var report = TransportReport()

  init(feed: any MessageFeed, rate: Double?, now: Int64) {
    self.feed = feed
    bucket = rate.map { TokenBucket(perSecond: $0, now: now) }
  }

  /// Messages at hand that no connection has.
  var waiting: Int { again.count + ahead.count }

  /// Nanoseconds until the rate lets the next message begin.
  func wait(now: Int64) -> Int64 { bucket?.wait(at: now) ?? 0 }

  /// A message that was given back is ready: another was accepted since, so that one which breaks connections shows
  /// itself, or there is no other.
  var hasReturned: Bool {
    guard let first = again.first else { return false }
    return returned[first.id, default: -1] < report.accepted || (isDry && ahead.isEmpty)
  }

  /// The next message to begin. One that was given back only opens a connection: behind others, a relay that closes
  /// after so many would turn it away again.
  func take(opening: Bool, now: Int64) -> OutgoingMessage? {
    guard wait(now: now) == 0 else { return nil }
    if ahead.isEmpty, !(opening && hasReturned) { fetch(again.count + 1) }
    let isReturned = opening && hasReturned
    guard isReturned || !ahead.isEmpty, bucket?.take(at: now) ?? true else { return nil }
    return isReturned ? again.removeFirst() : ahead.removeFirst()
  }

  /// Has up to `count` messages at hand.
  func fetch(_ count: Int) {
    while waiting < count, !isDry, failure == nil {
      guard let message = guarded({ try feed.next() }) ?? nil else {
        isDry = true
        return
      }
      ahead.append(message)
    }
  }

  /// The feed's turn to commit and to renew.
  func tick() { _ = guarded { try feed.tick() } }

  /// Tells the feed how a message ended, or keeps it for another try.
  ///
  /// An unsent message is tried once more in the same run, on another connection: a relay that closes after so many
  /// messages must not stall the rest. One that was only chained behind another's loss was not tried at all. A message
  /// that is unsent again because the connection broke on its own commands, while the relay took others meanwhile, is
  /// itself the likely cause: it is told as lost, which makes it wait. One that is answered 421 twice is refused so.
  func ended(_ message: OutgoingMessage, _ outcome: Outcome, _ part: Dialogue.Part, mayTryAgain: Bool) {
    guard case .unsent(let reason) = outcome else { return tell(message.id, outcome) }
    let acceptedBefore = returned[message.id]
    if mayTryAgain, acceptedBefore == nil || part == .chained {
      if part != .chained { returned[message.id] = part == .first ? report.accepted : -1 }
      again.append(message)
    } else if case .closed(let refused) = part, acceptedBefore != nil {
      tell(message.id, refused)
    } else if part == .first, let acceptedBefore, acceptedBefore >= 0, report.accepted > acceptedBefore {
      tell(message.id, .lost(reason: "twice, while others were accepted: \(reason)"))
    } else {
      tell(message.id, outcome)
    }
  }

  /// A message for another connection, which it opens: the one that it came to takes no more.
  func takeBack(_ message: OutgoingMessage) {
    returned[message.id] = -1
    again.append(message)
  }

  /// Gives back what no connection has.
  func giveBack(reason: String) {
    for message in again + ahead { tell(message.id, .unsent(reason: reason)) }
    again = []
    ahead = []
  }

  /// Pipelined commands were not answered.
  func pipeliningFailed() { report.pipeliningFailed = true }
  /// A connection got as far as EHLO's reply.
  func connected() { report.connections += 1 }
  func end(_ end: TransportReport.End) { report.end = end }

  /// Counts an end and tells it to the feed, also after a failure of it: it must hear of everything that it gave.
  private func tell(_ id: DeliveryID, _ outcome: Outcome) {
    if !returned.isEmpty { returned[id] = nil }
    report.count(outcome)
    _ = guarded { try feed.ended(id, outcome) }
  }

  /// Keeps the first error; nil after any.
  private func guarded<Value>(_ body: () throws -> Value) -> Value? {
    do {
      return try body()
    } catch {
      if failure == nil { failure = error }
      return nil
    }
  }
}
