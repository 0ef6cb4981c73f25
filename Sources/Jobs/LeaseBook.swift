import Identifiers

/// What a run has leased, kept in the machine's run book: of a run that died the next one knows its leases by it, and need
/// not wait for their end (rule S5).
public struct LeaseBook: Sendable {
  private let book: RunBookFile
  private let job: String

  /// - Parameter job: whose lock this process has.
  public init(_ book: RunBookFile, job: String) {
    self.book = book
    self.job = job
  }

  /// Notes a lease that was given. Where that cannot be written, it ends by its time.
  func note(_ lease: LeaseID) { try? book.change { $0.lease(lease, by: job) } }

  /// Leases of runs on this machine that have died and were not taken back yet.
  var dead: [LeaseID] { book.read().deadLeases ?? [] }

  /// They were.
  func forget(_ leases: [LeaseID]) {
    if leases.isEmpty { return }
    try? book.change { $0.forget(dead: leases) }
  }
}
