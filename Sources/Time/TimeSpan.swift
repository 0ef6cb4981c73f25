/// A length of time in whole seconds.
public struct TimeSpan: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// 0 or more.
  public let seconds: Int64

  /// The caller vouches for a length of 0 or more.
  public init(seconds: Int64) { self.seconds = seconds }

  /// As with `init(seconds:)`, in their units: the caller vouches for 0 or more.
  public static func seconds(_ count: Int64) -> TimeSpan { TimeSpan(seconds: count) }
  /// 60 seconds each.
  public static func minutes(_ count: Int64) -> TimeSpan { TimeSpan(seconds: count * 60) }
  /// 3600 seconds each.
  public static func hours(_ count: Int64) -> TimeSpan { TimeSpan(seconds: count * 3600) }
  /// 86,400 seconds each: a length, not the same hour of another date.
  public static func days(_ count: Int64) -> TimeSpan { TimeSpan(seconds: count * secondsPerDay) }

  /// The shorter first, whatever unit it was written in.
  public static func < (a: TimeSpan, b: TimeSpan) -> Bool { a.seconds < b.seconds }

  /// In the largest unit that leaves no rest: `90s`, `2h`.
  public var description: String {
    for (unit, length) in [("d", secondsPerDay), ("h", 3600), ("m", 60)]
    where seconds >= length && seconds % length == 0 {
      return "\(seconds / length)\(unit)"
    }
    return "\(seconds)s"
  }

  /// For people, rounded down: `40 s`, `25 min`, `6 h`, `3 days`.
  public var roughly: String {
    switch seconds {
    case ..<120: "\(seconds) s"
    case ..<7200: "\(seconds / 60) min"
    case ..<(2 * secondsPerDay): "\(seconds / 3600) h"
    default: "\(seconds / secondsPerDay) days"
    }
  }
}
