import Forum
import Foundation
import Glibc
import Synchronization

/// A closure on a thread of its own, as another process would run it: the tests' own threads are few.
public final class OtherProcess<T: Sendable>: Sendable {
  private let result = Mutex<Result<T, any Error>?>(nil)

  /// Begins at once.
  public init(_ body: @escaping @Sendable () throws -> T) {
    Thread.detachNewThread { [self] in
      let outcome = Result { try body() }
      result.withLock { $0 = outcome }
    }
  }

  /// Waits until it has ended.
  public func value() throws -> T {
    let deadline = Deadline()
    while true {
      if let outcome = result.withLock({ $0 }) { return try outcome.get() }
      try deadline.check("a peer to end")
      sched_yield()
    }
  }
}

/// Ends a wait that would never end, so that a test fails rather than hangs. Nothing that goes well depends on it.
public struct Deadline: Sendable {
  /// A minute went by.
  public struct Passed: Error, CustomStringConvertible { public let description: String }

  private let end = ContinuousClock.now + .seconds(60)

  /// A minute from now.
  public init() {}

  /// - Parameter awaited: what is waited for, for the words of the failure.
  /// - Throws: `Passed` once the minute is over.
  public func check(_ awaited: String) throws {
    if ContinuousClock.now > end { throw Passed(description: "waited for a minute for \(awaited)") }
  }
}
