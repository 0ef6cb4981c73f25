import Foundation
import SQL
import Synchronization

/// A database whose process dies on command: the crash tests stop at every commit point, run again on the same file and
/// demand the same end.
///
/// It passes everything on to another database. Armed with `crash(atCommit:_:)` it throws `Crash` at that commit,
/// either before it (nothing of the transaction stays) or after it (all of it stays); from then on every call throws
/// `Crash`, since the process is dead. Whoever wants to go on wraps the base anew.
public final class FaultingDatabase: SQL.Database {
  /// What a dead process throws.
  public struct Crash: Error {}

  /// On which side of a commit the process dies.
  public enum Moment: Sendable, CaseIterable {
    /// The closure has run; its transaction is rolled back.
    case beforeCommit
    /// The transaction is committed; its caller never hears of it.
    case afterCommit
  }

  private struct State {
    var commits = 0
    var isDead = false
    var fault: (commit: Int, moment: Moment)?
  }

  private let base: any SQL.Database
  private let state = Mutex(State())
  /// Held for a write transaction: two that end at once would have no order in which to count them.
  private let writing = NSLock()
  /// The base's, dead or not.
  public var dialect: Dialect { base.dialect }

  /// Alive, and not armed.
  public init(_ base: any SQL.Database) { self.base = base }

  /// Write transactions committed so far.
  public var commits: Int { state.withLock { $0.commits } }

  /// Every call throws from here on.
  public var hasCrashed: Bool { state.withLock { $0.isDead } }

  /// Arms the crash.
  /// - Parameter commit: which commit, counted from 1 since this object was made.
  public func crash(atCommit commit: Int, _ moment: Moment) { state.withLock { $0.fault = (commit, moment) } }

  /// Passed on; a read never kills.
  public func read<T>(_ body: (any Connection) throws -> T) throws -> T {
    try live()
    return try base.read(body)
  }

  /// Passed on, unless its commit is the fatal one.
  @discardableResult
  public func write<T>(_ order: WriteOrder, _ body: (any Connection) throws -> T) throws -> T {
    try writing.withLock {
      try live()
      let result = try base.write(order) { connection in
        let result = try body(connection)
        try reach(.beforeCommit) { $0.commits + 1 }
        return result
      }
      try reach(.afterCommit) {
        $0.commits += 1
        return $0.commits
      }
      return result
    }
  }

  /// Passed on: a dead process holds no lock.
  public func exclusively<T>(_ name: String, _ body: () throws -> T) throws -> T? {
    try live()
    return try base.exclusively(name, body)
  }

  /// Passed on.
  public func clock() throws -> Int64? {
    try live()
    return try base.clock()
  }

  private func live() throws { if hasCrashed { throw Crash() } }

  /// Passes a moment of the commit whose number the closure tells, or dies there.
  private func reach(_ moment: Moment, _ number: (inout State) -> Int) throws {
    let isFatal = state.withLock { state in
      let commit = number(&state)
      if let fault = state.fault, fault.commit == commit, fault.moment == moment { state.isDead = true }
      return state.isDead
    }
    if isFatal { throw Crash() }
  }
}
