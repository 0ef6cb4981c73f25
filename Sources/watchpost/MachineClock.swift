import Foundation
import Glibc
import Time

/// This machine's clocks.
enum MachineClock {
  /// What day it is; it may be wrong, and step.
  static func wall() -> Timestamp { Timestamp(Int64(Glibc.time(nil))) }

  /// Seconds since the machine began; it goes on while the machine sleeps, and never steps.
  static func steady() -> Int64 {
    var time = timespec()
    // It fails only where there is no such clock, and Linux has it.
    precondition(clock_gettime(CLOCK_BOOTTIME, &time) == 0, "there is no CLOCK_BOOTTIME")
    return Int64(time.tv_sec)
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
}
