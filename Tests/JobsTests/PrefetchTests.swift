import Dispatch
import Synchronization
import Testing

@testable import Jobs

@Suite("One value made ahead on another thread")
struct PrefetchTests {
  private struct Trouble: Error {}

  @Test("It begins before anybody asks, and gives its one value as often as it is asked")
  func value() throws {
    let calls = Atomic<Int>(0)
    let hasBegun = DispatchSemaphore(value: 0)
    let prefetch = Prefetch {
      hasBegun.signal()
      return calls.add(1, ordering: .relaxed).newValue
    }
    // Hangs, and fails by its time limit, if the making waited for the question.
    hasBegun.wait()
    #expect(try prefetch.value() == 1)
    #expect(try prefetch.value() == 1)
  }

  @Test("What the making throws is thrown to everybody who asks, and not before")
  func error() {
    let prefetch = Prefetch<Int> { throw Trouble() }
    for _ in 1...2 { #expect(throws: Trouble.self) { try prefetch.value() } }
  }

  @Test("Several may wait for one value at once, and one that nobody asks for is made and forgotten")
  func manyWait() throws {
    let mayEnd = DispatchSemaphore(value: 0)
    let isMade = DispatchSemaphore(value: 0)
    let prefetch = Prefetch {
      mayEnd.wait()
      return 7
    }
    let values = Mutex<[Int]>([])
    DispatchQueue.concurrentPerform(iterations: 4) { index in
      if index == 0 { mayEnd.signal() }
      if let value = try? prefetch.value() { values.withLock { $0.append(value) } }
    }
    #expect(values.withLock { $0 } == [7, 7, 7, 7])
    _ = Prefetch { isMade.signal() }
    isMade.wait()
  }
}
