import Time

/// Ordinals that were passed over: a transaction may still bring posts there (rule C2).
public struct Gap: Hashable, Sendable {
  /// The ordinals, both ends included.
  public var range: ClosedRange<Int64>
  /// When it was first seen; one that is old enough is given up.
  public var seenAt: Timestamp

  /// A gap that is to be looked into.
  public init(_ range: ClosedRange<Int64>, seenAt: Timestamp) {
    self.range = range
    self.seenAt = seenAt
  }
}
