import Synchronization

/// What the server remembers, and those who wait for something to happen.
final class CaptureLog: Sendable {
  /// Somebody who waits for the counters to say something.
  private struct Waiter {
    /// To find it again when its task is cancelled.
    let id: Int
    let isMet: @Sendable (CaptureCounters) -> Bool
    let continuation: CheckedContinuation<CaptureCounters, any Error>
  }

  /// Behind the lock: counters and messages change together, so that whoever saw a message counted can also read it.
  private struct State {
    var counters = CaptureCounters()
    var received: [CapturedMessage] = []
    var waiters: [Waiter] = []
    var nextWaiter = 0
    var isStopped = false
  }

  private let state = Mutex(State())

  /// As they are now; a copy.
  var counters: CaptureCounters { state.withLock { $0.counters } }
  /// In order of arrival.
  var received: [CapturedMessage] { state.withLock { $0.received } }

  /// Changes the counters, and wakes whom that concerns.
  func note(_ change: (inout CaptureCounters) -> Void) { note(keeping: nil, change) }

  /// The same, with a message that is remembered.
  func note(keeping message: CapturedMessage?, _ change: (inout CaptureCounters) -> Void) {
    let (met, counters) = state.withLock { state in
      change(&state.counters)
      if let message { state.received.append(message) }
      guard !state.waiters.isEmpty else { return ([Waiter](), state.counters) }
      let counters = state.counters
      let met = state.waiters.filter { $0.isMet(counters) }
      let ids = Set(met.map(\.id))
      state.waiters.removeAll { ids.contains($0.id) }
      return (met, counters)
    }
    // Outside of the lock: what waits may ask for the counters at once.
    for waiter in met { waiter.continuation.resume(returning: counters) }
  }

  /// Returns as soon as the counters meet a condition.
  ///
  /// - Throws: `CaptureError.stopped` if the server stops first; `CancellationError`.
  func wait(until isMet: @escaping @Sendable (CaptureCounters) -> Bool) async throws -> CaptureCounters {
    let id = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let answer: Result<CaptureCounters, any Error>? = state.withLock { state in
          if isMet(state.counters) { return .success(state.counters) }
          if state.isStopped { return .failure(CaptureError.stopped) }
          if Task.isCancelled { return .failure(CancellationError()) }
          state.waiters.append(Waiter(id: id, isMet: isMet, continuation: continuation))
          return nil
        }
        if let answer { continuation.resume(with: answer) }
      }
    } onCancel: {
      let waiter = state.withLock { state -> Waiter? in
        guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
        return state.waiters.remove(at: index)
      }
      waiter?.continuation.resume(throwing: CancellationError())
    }
  }

  /// Ends all waiting.
  func stop() {
    let waiters = state.withLock { state in
      state.isStopped = true
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.continuation.resume(throwing: CaptureError.stopped) }
  }
}
