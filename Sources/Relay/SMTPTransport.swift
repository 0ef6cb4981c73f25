import Glibc
import Mistakes

/// Sends messages to one relay over several kept connections (S6), one thread, nothing blocking.
public struct SMTPTransport: Transport {
  private let settings: RelaySettings
  private let now: @Sendable () -> ContinuousClock.Instant

  /// - Parameter now: a monotonic clock, for time limits and the rate.
  /// - Throws: A `Mistake` that names the setting; among them clear text to a host that is not loopback (S7).
  public init(
    settings: RelaySettings, now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
  ) throws(Mistake) {
    try settings.validate()
    self.settings = settings
    self.now = now
  }

  /// See ``Transport/run(feed:stop:)``. A write to a connection that the relay has closed must be an error, not the
  /// process's end: SIGPIPE is ignored from here on, for the whole process.
  public func run(feed: any MessageFeed, stop: StopSignal) throws -> TransportReport {
    signal(SIGPIPE, SIG_IGN)
    // The loop reckons with plain numbers.
    let start = now()
    let now = self.now
    return try SMTPRun(settings: settings, feed: feed, stop: stop) {
      let (seconds, attoseconds) = start.duration(to: now()).components
      return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }.run()
  }
}
