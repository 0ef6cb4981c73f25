import Synchronization
import Time

/// A clock that stands until it is moved.
public final class TestClock: Sendable {
  private let moment: Mutex<Timestamp>

  /// - Parameter now: by default a Tuesday at noon in UTC, when the conference of 2026 is in its first week.
  public init(_ now: Timestamp = Timestamp(iso8601: "2026-05-26T12:00:00Z")!) { moment = Mutex(now) }

  /// May be set back too, as a machine's clock may; safe from any thread.
  public var now: Timestamp {
    get { moment.withLock { $0 } }
    set { moment.withLock { $0 = newValue } }
  }

  /// Moves on by a number of seconds and returns the new moment.
  @discardableResult
  public func advance(by seconds: Int64) -> Timestamp {
    moment.withLock {
      $0 = $0 + seconds
      return $0
    }
  }
}
