import Time

/// The waits between the attempts at one message, without the end: the value of `delivery.retry`.
///
/// After the first failure the first step is waited for, and so on; the last step is repeated. A step is a span within
/// which chance chooses.
public struct RetrySteps: Hashable, Sendable {
  /// At least one.
  public let steps: [ClosedRange<TimeSpan>]

  /// The caller vouches for at least one step.
  public init(_ steps: [ClosedRange<TimeSpan>]) {
    precondition(!steps.isEmpty, "a retry schedule has at least one step")
    self.steps = steps
  }

  /// 5, 15, 30 and 60 minutes, then every 2 to 4 hours (RFC 5321 section 4.5.4.1).
  public static let standard = RetrySteps(
    [5, 15, 30, 60].map { .minutes($0) ... .minutes($0) } + [.hours(2) ... .hours(4)])

  /// The span to wait after so many failures; less than 1 counts as 1.
  public func wait(afterFailures count: Int) -> ClosedRange<TimeSpan> { steps[min(max(count, 1), steps.count) - 1] }
}

/// When to try again after a transient failure (S4, RFC 5321 section 4.5.4.1).
///
/// Worked values with the defaults, for random 0.0 and just below 1.0: after attempt 1: 5 to 6 min; 2: 15 to 18 min;
/// 3: 30 to 36 min; 4: 60 to 72 min; 5 and later: 2 to 4 h. The jitter only ever adds: greylisting with a minimum of
/// five minutes (RFC 6647 section 2.1) is waited out.
public struct RetrySchedule: Hashable, Sendable {
  /// The waits between attempts.
  public var steps: RetrySteps
  /// The part that chance may add to a step that is a single time, 0...1.
  public var jitter: Double
  /// From the first attempt to giving up.
  public var lifetime: TimeSpan

  /// The defaults are those of rule S4.
  public init(steps: RetrySteps = .standard, jitter: Double = 0.2, lifetime: TimeSpan = .days(5)) {
    self.steps = steps
    self.jitter = jitter
    self.lifetime = lifetime
  }

  /// Seconds to wait after an attempt.
  /// - Parameters:
  ///   - attempt: 1 for the first; smaller counts as 1.
  ///   - random: 0..<1; outside is clamped.
  public func wait(after attempt: Int, random: Double) -> Int64 {
    let random = min(max(random, 0), 1)
    let step = steps.wait(afterFailures: attempt)
    let (least, width) = (step.lowerBound.seconds, Double(step.upperBound.seconds - step.lowerBound.seconds))
    return least + Int64(random * (width > 0 ? width : jitter * Double(least)))
  }

  /// Seconds of the longest wait that there is, chance included.
  public var longestWait: Int64 { steps.steps.indices.map { wait(after: $0 + 1, random: 1) }.max() ?? 0 }

  /// When the next attempt is due; nil to give up. The last try is at the very end of the lifetime.
  public func due(after attempt: Int, firstAttempt: Timestamp, now: Timestamp, random: Double) -> Timestamp? {
    let end = firstAttempt + lifetime.seconds
    guard now < end else { return nil }
    return min(now + wait(after: attempt, random: random), end)
  }
}
