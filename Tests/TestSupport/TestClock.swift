import Synchronization
import Time

/// A machine's clocks, which stand until they are moved.
public final class TestClock: Sendable {
  private let shown: Mutex<ClockReading>

  /// - Parameter now: by default a Tuesday at noon in UTC, when the conference of 2026 is in its first week.
  public init(_ now: Timestamp = Timestamp(iso8601: "2026-05-26T12:00:00Z")!) {
    shown = Mutex(ClockReading(wall: now, boot: 1, steady: 1_000_000))
  }

  /// What the wall clock shows. Set, it is the time that passes, forwards or back; safe from any thread.
  public var now: Timestamp {
    get { shown.withLock { $0.wall } }
    set {
      shown.withLock {
        $0.steady += newValue - $0.wall
        $0.wall = newValue
      }
    }
  }

  /// Moves on by a number of seconds and returns the new moment.
  @discardableResult
  public func advance(by seconds: Int64) -> Timestamp {
    shown.withLock {
      $0.wall = $0.wall + seconds
      $0.steady += seconds
      return $0.wall
    }
  }

  // MARK: A clock that is wrong

  /// All that a process can read.
  public var reading: ClockReading { shown.withLock { $0 } }

  /// Sets the wall clock, while no time passes.
  public func step(by seconds: Int64) { shown.withLock { $0.wall = $0.wall + seconds } }

  /// The machine begins anew: its steady clock too.
  public func reboot() {
    shown.withLock {
      $0.boot = ($0.boot ?? 0) + 1
      $0.steady = 20
    }
  }
}
