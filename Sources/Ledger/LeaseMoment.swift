/// A moment of the clock that leases go by (rule E2).
///
/// On one machine that is its steady clock, which counts from its boot: no step of the wall clock ends a lease early or
/// keeps it, and what was leased before another boot has ended, since no process outlives its machine's. Where machines
/// share a ledger it is the database server's clock.
public struct LeaseMoment: Hashable, Sendable {
  /// Which boot of this machine the seconds count from; nil where they are the server's, since 1970.
  public let boot: Int64?
  /// By the one clock or the other.
  public let seconds: Int64

  /// A moment of either clock.
  public init(boot: Int64?, seconds: Int64) {
    self.boot = boot
    self.seconds = seconds
  }
}
