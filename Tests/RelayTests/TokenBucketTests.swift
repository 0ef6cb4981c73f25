import Testing

@testable import Relay

/// The rate of messages (rule S6).
@Suite struct TokenBucketTests {
  @Test("S6: the token bucket keeps its rate, with a burst of a tenth of a second at most")
  func tokens() {
    var bucket = TokenBucket(perSecond: 100, now: 0)
    var taken = 0
    for millisecond in Int64(0)..<10_000 { while bucket.take(at: millisecond * 1_000_000) { taken += 1 } }
    #expect((990...1_001).contains(taken))
    var idle = TokenBucket(perSecond: 100, now: 0)
    var burst = 0
    while idle.take(at: 60_000_000_000) { burst += 1 }
    #expect(burst == 10)
    var slow = TokenBucket(perSecond: 0.5, now: 0)
    #expect(slow.take(at: 0) && !slow.take(at: 1_999_999_999) && slow.take(at: 2_000_000_000))
    #expect(slow.wait(at: 2_000_000_000) == 2_000_000_000)
  }
}
