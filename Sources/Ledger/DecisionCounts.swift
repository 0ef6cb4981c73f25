import Forum

/// How many were decided, and how.
public struct DecisionCounts: Hashable, Sendable {
  /// Copies that were queued.
  public var instant = 0
  /// Posts that wait for a digest, one for each of its readers.
  public var digest = 0
  /// People who get nothing, for whatever reason.
  public var skipped = 0
  /// Nobody was decided about.
  public init() {}

  mutating func add(_ decision: Decision) {
    switch decision {
    case .instant: instant += 1
    case .digest: digest += 1
    case .skipped: skipped += 1
    }
  }
}
