import Mail

/// When to try again after a transient failure (S4, RFC 5321 section 4.5.4.1).
///
/// Worked values with the defaults, for random 0.0 and just below 1.0: after attempt 1: 5 to 6 min; 2: 15 to 18 min;
/// 3: 30 to 36 min; 4: 60 to 72 min; 5 and later: 2 to 4 h. The jitter only ever adds: greylisting with a minimum of
/// five minutes (RFC 6647 section 2.1) is waited out.
public struct RetrySchedule: Hashable, Sendable {
  /// Seconds after the 1st, 2nd, … attempt, each the range from which the wait is drawn; the last is repeated. At least
  /// one.
  public var steps: [ClosedRange<Int64>]
  /// The part that chance may add to a step that is a single time, 0...1.
  public var jitter: Double
  /// Seconds from the first attempt to giving up.
  public var lifetime: Int64

  public init(
    steps: [ClosedRange<Int64>] = [300...300, 900...900, 1_800...1_800, 3_600...3_600, 7_200...14_400],
    jitter: Double = 0.2, lifetime: Int64 = 432_000
  ) {
    precondition(!steps.isEmpty, "a retry schedule has at least one step")
    (self.steps, self.jitter, self.lifetime) = (steps, jitter, lifetime)
  }

  /// Seconds to wait after an attempt.
  /// - Parameters:
  ///   - attempt: 1 for the first; smaller counts as 1.
  ///   - random: 0..<1; outside is clamped.
  public func wait(after attempt: Int, random: Double) -> Int64 {
    let random = min(max(random, 0), 1)
    let step = steps[min(max(attempt, 1), steps.count) - 1]
    let (least, width) = (step.lowerBound, Double(step.upperBound - step.lowerBound))
    return least + Int64(random * (width > 0 ? width : jitter * Double(least)))
  }

  /// When the next attempt is due; nil to give up. The last try is at the very end of the lifetime.
  public func due(after attempt: Int, firstAttempt: Timestamp, now: Timestamp, random: Double) -> Timestamp? {
    let end = firstAttempt + lifetime
    guard now < end else { return nil }
    return min(now + wait(after: attempt, random: random), end)
  }
}
