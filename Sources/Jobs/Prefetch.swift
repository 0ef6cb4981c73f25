import Dispatch
import SQL
import Synchronization

/// One value that a second thread makes while this one goes on, so that reading and composing what comes next costs no
/// time of its own where there is a second core.
///
/// It holds nothing back: what the making throws is thrown to whoever asks for the value.
final class Prefetch<Value: Sendable>: Sendable {
  private let made = Mutex<Result<Value, any Error>?>(nil)
  private let isMade = DispatchSemaphore(value: 0)

  /// Begins at once. A queue of its own always finds a thread, however many others wait.
  init(_ make: @escaping @Sendable () throws -> Value) {
    DispatchQueue(label: "watchpost.prefetch").async { [self] in
      let result = Result(catching: make)
      made.withLock { $0 = result }
      isMade.signal()
    }
  }

  /// Waits until it is made.
  func value() throws -> Value {
    isMade.wait()
    isMade.signal()
    return try made.withLock { $0! }.get()
  }
}
