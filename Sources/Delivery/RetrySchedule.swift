import Mail

/// When to try again after a transient failure (S4, RFC 5321 section 4.5.4.1).
///
/// Worked values with the defaults, for random 0.0 and just below 1.0: after attempt 1: 5 to 6 min; 2: 15 to 18 min;
/// 3: 30 to 36 min; 4: 60 to 72 min; 5 and later: 2 to 4 h. The jitter only ever adds: greylisting with a minimum of
/// five minutes (RFC 6647 section 2.1) is waited out.
public struct RetrySchedule: Hashable, Sendable {
  /// Seconds after the 1st, 2nd, … attempt; then ``later``.
  public var steps: [Int64]
  /// Seconds, the range from which each wait after the steps is drawn.
  public var later: ClosedRange<Int64>
  /// The part of a step that the jitter may add, 0...1.
  public var jitter: Double
  /// Seconds from the first attempt to giving up.
  public var lifetime: Int64

  public init(
    steps: [Int64] = [300, 900, 1_800, 3_600], later: ClosedRange<Int64> = 7_200...14_400, jitter: Double = 0.2,
    lifetime: Int64 = 432_000
  ) {
    (self.steps, self.later, self.jitter, self.lifetime) = (steps, later, jitter, lifetime)
  }

  /// Seconds to wait after an attempt.
  /// - Parameters:
  ///   - attempt: 1 for the first; smaller counts as 1.
  ///   - random: 0..<1; outside is clamped.
  public func wait(after attempt: Int, random: Double) -> Int64 {
    let random = min(max(random, 0), 1)
    let index = max(attempt, 1) - 1
    guard index < steps.count else {
      return later.lowerBound + Int64(random * Double(later.upperBound - later.lowerBound))
    }
    return steps[index] + Int64(random * jitter * Double(steps[index]))
  }

  /// When the next attempt is due; nil to give up. The last try is at the very end of the lifetime.
  public func due(after attempt: Int, firstAttempt: Timestamp, now: Timestamp, random: Double) -> Timestamp? {
    let end = firstAttempt + lifetime
    guard now < end else { return nil }
    return min(now + wait(after: attempt, random: random), end)
  }
}
