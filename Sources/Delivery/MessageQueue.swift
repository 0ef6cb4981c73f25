import Mail

/// The messages of a run between the feed and a connection: those to try again first, then those fetched ahead, then
/// what the feed has. Gives nothing before its time (the rate) and nothing once closed.
final class MessageQueue {
  /// No more from the feed.
  private(set) var isDry = false
  /// The feed's first error; from then on nothing is asked of it.
  private(set) var failure: (any Error)?

  private let feed: any MessageFeed
  private var bucket: TokenBucket?
  private var again: [OutgoingMessage] = []
  private var ahead: [OutgoingMessage] = []
  /// Messages given back, with the number accepted by then.
  private var returned: [Int64: Int] = [:]
  private(set) var report = TransportReport()

  init(feed: any MessageFeed, rate: Double?, now: Int64) {
    self.feed = feed
    bucket = rate.map { TokenBucket(perSecond: $0, now: now) }
  }

  /// Messages at hand that no connection has.
  var waiting: Int { again.count + ahead.count }

  /// Nanoseconds until the rate lets the next message begin.
  func wait(now: Int64) -> Int64 { bucket?.wait(at: now) ?? 0 }

  /// The next message to begin.
  func take(now: Int64) -> OutgoingMessage? {
    if waiting == 0 { fetch(1) }
    guard waiting > 0, bucket?.take(at: now) ?? true else { return nil }
    return again.isEmpty ? ahead.removeFirst() : again.removeFirst()
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

  func tick() { _ = guarded { try feed.tick() } }

  /// Tells the feed how a message ended, or keeps it for another try.
  ///
  /// An unsent message is tried once more in the same run, on another connection: a relay that closes after so many
  /// messages must not stall the rest. One that was only chained behind another's loss was not tried at all. A message
  /// that is unsent again because the connection broke on its own commands, while the relay took others meanwhile, is
  /// itself the likely cause: it is told as lost, which makes it wait.
  func ended(_ message: OutgoingMessage, _ outcome: Outcome, _ part: Dialogue.Part, mayTryAgain: Bool) {
    guard case .unsent(let reason) = outcome else { return tell(message.id, outcome) }
    let acceptedBefore = returned[message.id]
    if mayTryAgain, acceptedBefore == nil || part == .chained {
      if part != .chained { returned[message.id] = report.accepted }
      again.append(message)
    } else if part == .first, let acceptedBefore, report.accepted > acceptedBefore {
      tell(message.id, .lost(reason: "twice, while others were accepted: \(reason)"))
    } else {
      tell(message.id, outcome)
    }
  }

  /// Gives back what no connection has.
  func giveBack(reason: String) {
    for message in again + ahead { tell(message.id, .unsent(reason: reason)) }
    (again, ahead) = ([], [])
  }

  func connected() { report.connections += 1 }
  func end(_ end: TransportReport.End) { report.end = end }

  private func tell(_ id: Int64, _ outcome: Outcome) {
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
