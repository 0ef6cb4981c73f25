import Forum
import Mail
import SQL

/// Watchpost's own memory: the journal, who was decided to get what, deliveries and their states, attempts, digests'
/// slots, suppressions, holds and runs. The one place with its SQL.
///
/// Every method but those of retention is one transaction, named after the hand-over that it is: what it returns has been
/// committed, what it throws has left nothing behind (rule C1). It holds no policy: when to retry, what to skip and what a
/// reply means is decided elsewhere and written here. It never asks the forum.
///
/// Several processes, on several machines if the database is PostgreSQL, may work on one ledger. Its transactions run one
/// after another (`serial`), but for those of the runs that deliver (`concurrent`): these lock the deliveries that they are
/// about, and a lease's number says whose they are. Positions in the journal are given by a serial transaction: a
/// checkpoint never passes one that is not yet committed.
///
/// Failures are `DatabaseError`s; a row that another process took over in the meantime is not a failure but left out
/// of the count returned.
public struct Ledger: Sendable {
  public let database: any Database

  /// - Parameter database: migrated by `migrate` before its first use.
  public init(_ database: any Database) { self.database = database }

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

  // MARK: Marks

  /// A number kept under a name, such as how far a forum was read; nil before the first time.
  public func mark(_ name: Mark) throws -> Int64? { try database.read { try Ledger.mark(name, $0) } }

  public func set(_ name: Mark, _ value: Int64) throws { try database.write { try Ledger.set(name, value, $0) } }

  static func mark(_ name: Mark, _ connection: any Connection) throws -> Int64? {
    try connection.first("SELECT value FROM mark WHERE name = $1", [.text(name.rawValue)]) { $0.integer(0) }
  }

  /// Adds to a count and returns what it is then; nobody else gets the same, nor anything of it before the commit.
  static func advance(_ name: Mark, by step: Int64, _ connection: any Connection) throws -> Int64 {
    try connection.first(
      """
      INSERT INTO mark (name, value) VALUES ($1, $2)
      ON CONFLICT (name) DO UPDATE SET value = mark.value + excluded.value RETURNING value
      """, [.text(name.rawValue), .integer(step)]
    ) { $0.integer(0) }!
  }

  static func set(_ name: Mark, _ value: Int64, _ connection: any Connection) throws {
    try connection.run(
      "INSERT INTO mark (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2",
      [.text(name.rawValue), .integer(value)])
  }
}

/// What the ledger counts by name.
public enum Mark: String, Sendable, CaseIterable {
  /// The largest ordinal of the forum that the collector has seen.
  case collected
  /// The last journal position that fan-out has dealt with: its checkpoint.
  case fannedOut = "fanned-out"
  /// How far the forum's changes of wishes were read.
  case wishes
  /// The number of the last lease given.
  case lease
  /// The number of the last delivery.
  case delivery
  /// The last journal position whose skip reasons were forgotten.
  case skipsPruned = "skips-pruned"
  /// Set by the admin: the next flood is let through (rule C5).
  case floodReleased = "flood-released"
}
