import Identifiers
import Ledger
import Time

/// The right of a run to what it has taken from the queue, renewed while it is at work (rule S5).
struct LeaseKeeper {
  private(set) var id: LeaseID?
  /// Seconds that the lease lasts when it is given or renewed.
  private let length: Int64
  /// When everything under the lease was last given its whole length.
  private var renewedAt = Timestamp(0)

  init(length: Int64) { self.length = length }

  /// The first messages of the run were leased.
  mutating func take(_ lease: LeaseID, at now: Timestamp) {
    guard id == nil else { return }
    id = lease
    renewedAt = now
  }

  /// Renews the lease if so many seconds have passed since it was.
  /// - Returns: false if it had ended: the run was stopped for longer than it lasts.
  mutating func renew(after seconds: Int64, now: Timestamp, _ ledger: Ledger) throws -> Bool {
    guard let id, now - renewedAt >= seconds else { return true }
    renewedAt = now
    return try ledger.renew(lease: id, now: now, seconds: length) > 0
  }

  /// What is leased from here on is under a new number.
  mutating func forget() { id = nil }
}
