// Ledger: Watchpost's own memory, and the one place with its SQL.
//
// What it does: keeps the journal, who was decided to get what, deliveries and their states, attempts, digests' slots,
// suppressions, holds and runs. Every method but those of retention is one transaction, named after the hand-over that
// it is: what it returns has been committed, what it throws has left nothing behind (rule C1).
//
// Several processes, on several machines if the database is PostgreSQL, may work on one ledger. Its transactions run
// one after another (`serial`), but for those of the runs that deliver (`concurrent`): these lock the deliveries that
// they are about, and a lease's number says whose they are. Positions in the journal are given by a serial transaction:
// a checkpoint never passes one that is not yet committed.
//
// What it refuses: it holds no policy: when to retry, what to skip and what a reply means is decided elsewhere and
// written here. It never asks the forum. A state, or a move between states, stands in `DeliveryState` with its test.
//
// When it fails: with `DatabaseError`; a row that another process took over in the meantime is not a failure but left
// out of the count returned.

import SQL
import Time

/// The ledger in a database. Each file `Ledger+….swift` has the hand-overs of one matter.
public struct Ledger: Sendable {
  /// For those who need a transaction of their own; only the ledger writes its tables.
  public let database: any Database
  /// The clock that leases go by; nil: the moments that its methods are given.
  public let leaseClock: (@Sendable () -> LeaseMoment)?

  /// - Parameters:
  ///   - database: migrated by `migrate` before its first use.
  ///   - leaseClock: everybody's who shares the ledger, or all of theirs are steady clocks of one machine (rule E2).
  public init(_ database: any Database, leaseClock: (@Sendable () -> LeaseMoment)? = nil) {
    self.database = database
    self.leaseClock = leaseClock
  }

  /// Runs a stage unless another process, on this machine or another, runs it; then nil. What this spares is work done
  /// twice: that nothing is done twice, each hand-over sees to by itself.
  public func exclusively<T>(_ stage: String, _ body: () throws -> T) throws -> T? {
    try database.exclusively(stage, body)
  }

  /// The clock that all who share the ledger go by; nil where it is this machine's.
  public func clock() throws -> Timestamp? { try database.clock().map(Timestamp.init) }

  /// Creates or upgrades the tables; returns how many steps it took (rule O6).
  /// - Parameter creating: whether tables that are not there at all are made.
  @discardableResult
  public func migrate(creating: Bool = true) throws -> Int {
    try database.migrate("ledger", Ledger.migrations, creating: creating)
  }
}
