/// What the clocks showed at one moment (rule E2).
public struct ClockReading: Hashable, Codable, Sendable {
  /// By the clock that says what day it is: the machine's, or the database server's where several share a ledger.
  public var wall: Timestamp
  /// Which boot of which machine `steady` counts from; nil where that is not known: no two readings are of one boot.
  public var boot: Int64?
  /// Seconds since that boot, by a clock that neither steps nor stops while the machine sleeps (CLOCK_BOOTTIME).
  public var steady: Int64

  /// The three as they were read together.
  public init(wall: Timestamp, boot: Int64?, steady: Int64) {
    self.wall = wall
    self.boot = boot
    self.steady = steady
  }

  /// Seconds by the steady clock since an earlier reading; nil if that is of another boot or machine.
  func passed(since earlier: ClockReading) -> Int64? {
    guard let boot, boot == earlier.boot, steady >= earlier.steady else { return nil }
    return steady - earlier.steady
  }

  /// Seconds since an earlier reading, as well as they can be told: by the steady clock, else by the wall clock, which may
  /// have been wrong at either time; never negative.
  public func age(of earlier: ClockReading) -> Int64 { passed(since: earlier) ?? max(0, wall - earlier.wall) }

  /// Whether both can be of one right clock. Of one boot, wall and steady clock must have moved alike; of two, the wall
  /// clock may not have gone back, nor on by more than a day: for so long nobody knows how much time passed.
  func fits(_ earlier: ClockReading) -> Bool {
    let moved = wall - earlier.wall
    guard let passed = passed(since: earlier) else {
      return moved >= -ClockReading.slack && moved <= AgreedClock.longestGap.seconds
    }
    // A clock that is kept right by running a little faster or slower gains or loses a second in half an hour.
    return abs(moved - passed) <= ClockReading.slack + passed / 1000
  }

  /// Seconds that two readings may differ: they are taken one after the other, and a right clock is set by a little.
  private static let slack: Int64 = 30
}
