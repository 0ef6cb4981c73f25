import Identifiers
import Time

/// The right to work on some deliveries until a moment. What is recorded under a lease that has ended is ignored.
public struct Lease: Hashable, Sendable {
  /// One per run that delivers, never used twice.
  public let id: LeaseID
  /// When it ends, unless it is renewed; by the clock that all share.
  public let until: Timestamp
}
