import DeliveryPolicy

/// A way to hand messages on.
public protocol Transport {
  /// Runs until the feed is dry, `stop` says so, or the relay is found down.
  /// - Throws: only what the feed throws; a relay's troubles are in the report.
  func run(feed: any MessageFeed, stop: StopSignal) throws -> TransportReport
}

/// What a run did, and why it stopped.
public struct TransportReport: Sendable {
  /// Why the run is over.
  public enum End: Sendable {
    /// The feed had no more.
    case dry
    /// The stop signal was set.
    case stopped
    /// The relay could not be reached, or gave nothing but trouble.
    case relayDown(RelayTrouble)
  }

  /// Why it stopped; `dry` is also what a run says that took nothing.
  public internal(set) var end: End = .dry
  /// Messages whose responsibility the relay took.
  public internal(set) var accepted = 0
  /// Messages that got a negative reply, for now or for good.
  public internal(set) var refused = 0
  /// Messages that need an extension which the relay lacks; nothing of them was sent.
  public internal(set) var notOffered = 0
  /// Messages whose connection broke within their content.
  public internal(set) var lost = 0
  /// Messages whose connection broke after the final dot.
  public internal(set) var uncertain = 0
  /// Messages that came to nothing without an answer about them; each is counted once, however often it was tried.
  public internal(set) var unsent = 0
  /// Connections that reached the point where mail can be sent.
  public internal(set) var connections = 0

  /// The relay offers PIPELINING and does not keep to it; the run went on in lock step.
  public internal(set) var pipeliningFailed = false

  /// Nothing was done; only the module's transports fill one in.
  init() {}

  /// Each message once, when its end is told to the feed.
  mutating func count(_ outcome: Outcome) {
    switch outcome {
    case .accepted: accepted += 1
    case .refused: refused += 1
    case .notOffered: notOffered += 1
    case .lost: lost += 1
    case .uncertain: uncertain += 1
    case .unsent: unsent += 1
    }
  }
}
