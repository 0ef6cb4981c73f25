import DeliveryPolicy

/// A way to hand messages on.
public protocol Transport {
  /// Runs until the feed is dry, `stop` says so, or the relay is found down.
  /// - Throws: only what the feed throws; a relay's troubles are in the report.
  func run(feed: any MessageFeed, stop: StopSignal) throws -> TransportReport
}

/// What a run did, and why it stopped.
public struct TransportReport: Sendable {
  public enum End: Sendable {
    /// The feed had no more.
    case dry
    /// The stop signal was set.
    case stopped
    /// The relay could not be reached, or gave nothing but trouble.
    case relayDown(RelayTrouble)
  }

  public internal(set) var end: End = .dry
  public internal(set) var accepted = 0
  public internal(set) var refused = 0
  public internal(set) var notOffered = 0
  public internal(set) var lost = 0
  public internal(set) var uncertain = 0
  public internal(set) var unsent = 0
  /// Connections that reached the point where mail can be sent.
  public internal(set) var connections = 0

  init() {}

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
