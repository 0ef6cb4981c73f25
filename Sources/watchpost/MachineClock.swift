import Foundation
import Glibc
import Jobs
import Time

/// This machine's clocks.
enum MachineClock {
  private static let second: Int64 = 1_000_000_000

  /// What day it is; it may be wrong, and step.
  static func wall() -> Timestamp { Timestamp(nanoseconds(CLOCK_REALTIME) / second) }

  /// Seconds since the machine began; it goes on while the machine sleeps, and never steps.
  static func steady() -> Int64 { nanoseconds(CLOCK_BOOTTIME) / second }

  private static func nanoseconds(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    // It fails only where there is no such clock, and Linux has both.
    precondition(clock_gettime(clock, &time) == 0, "the machine has no clock \(clock)")
    return Int64(time.tv_sec) * second + Int64(time.tv_nsec)
  }

  /// The first half of the kernel's random name of this boot; nil where it tells none.
  static let boot: Int64? = {
    guard let name = FileManager.default.contents(atPath: "/proc/sys/kernel/random/boot_id") else { return nil }
    let digits = String(decoding: name, as: UTF8.self).filter(\.isHexDigit).prefix(16)
    return UInt64(digits, radix: 16).map(Int64.init(bitPattern:))
  }()

  /// All of them together.
  /// - Parameter shared: what a clock says that several machines share; nil where this machine's counts.
  static func reading(_ shared: Timestamp? = nil) -> ClockReading {
    ClockReading(wall: shared ?? wall(), boot: boot, steady: steady())
  }

  /// A reading from which a run counts on.
  /// - Parameters:
  ///   - shared: as above.
  ///   - judge: what the runs before have agreed on.
  static func run(_ shared: Timestamp?, _ judge: (ClockReading) throws -> ClockState) rethrows -> RunClock {
    let (now, began) = (nanoseconds(CLOCK_REALTIME), nanoseconds(CLOCK_BOOTTIME))
    let reading = ClockReading(wall: shared ?? Timestamp(now / second), boot: boot, steady: began / second)
    // How far a shared clock's second has gone it does not say.
    return RunClock(reading, begun: shared == nil ? now % second : 0, try judge(reading)) {
      nanoseconds(CLOCK_BOOTTIME) - began
    }
  }
}
