import Foundation
import Glibc
import Synchronization

/// A closure on a thread of its own, as another process would run it: the tests' own threads are few.
public final class Peer<T: Sendable>: Sendable {
  private let result = Mutex<Result<T, any Error>?>(nil)

  public init(_ body: @escaping @Sendable () throws -> T) {
    Thread.detachNewThread { [self] in
      let outcome = Result { try body() }
      result.withLock { $0 = outcome }
    }
  }

  /// Waits until it has ended.
  public func value() throws -> T {
    while true {
      if let outcome = result.withLock({ $0 }) { return try outcome.get() }
      sched_yield()
    }
  }
}
