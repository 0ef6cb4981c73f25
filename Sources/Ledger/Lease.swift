import Identifiers

/// The right to work on some deliveries until a moment. What is recorded under a lease that has ended is ignored.
public struct Lease: Hashable, Sendable {
  /// One per run that delivers, never used twice.
  public let id: LeaseID
  /// When it ends, unless it is renewed.
  public let until: LeaseMoment
}
