/// A database that is open. What it runs, and how it fails, stands in SQL.swift.
public protocol Database: Sendable {
  /// Runs the closure in a read transaction: all its queries see one state.
  func read<T>(_ body: (any Connection) throws -> T) throws -> T
  /// Runs the closure in a write transaction that is committed when it returns and rolled back when it throws. It may
  /// be run again if the database broke a deadlock at its cost.
  @discardableResult
  func write<T>(_ order: WriteOrder, _ body: (any Connection) throws -> T) throws -> T
  /// Runs the closure while no other process runs one under the same name, on this machine or another that uses the
  /// database. Nil, at once and without running it, if one does. The lock dies with its process.
  ///
  /// It spares work that would be done twice; it is no proof against it: a process that lost its connection lost its
  /// lock and does not know.
  func exclusively<T>(_ name: String, _ body: () throws -> T) throws -> T?
  /// The database's own clock, in seconds since 1970; nil where it is this machine's. Machines that share a database go
  /// by one clock, its own.
  func clock() throws -> Int64?
  /// Takes away what files beside the tables have of rows as they were before they were changed or deleted, as far as this
  /// program can.
  func dropOldVersions() throws
  /// Which of the two it is, for whoever has to word a query apart.
  var dialect: Dialect { get }
}

/// Whether a write transaction may run beside others. SQLite knows one way only: one at a time.
public enum WriteOrder: Sendable {
  /// After every other `serial` one that began before, on whatever machine; what it reads and writes no other changes
  /// meanwhile.
  case serial
  /// Beside others: it takes the rows that it changes by `{for update}` or in the statement that changes them.
  case concurrent
}

extension Database {
  /// A server does so by itself, some time after nobody can see them.
  public func dropOldVersions() throws {}

  /// A serial write transaction, which is what nearly everybody wants.
  @discardableResult
  public func write<T>(_ body: (any Connection) throws -> T) throws -> T { try write(.serial, body) }
}
