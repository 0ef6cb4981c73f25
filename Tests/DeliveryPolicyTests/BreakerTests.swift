import DeliveryPolicy
import Testing
import Time

/// When a relay is left alone (rules S3, S5).
@Suite struct BreakerTests {
  @Test("S3: the breaker opens after several failures in a row, and each further trip pauses longer")
  func breaker() {
    var breaker = Breaker()
    for second in 0..<4 { breaker.failed(at: Timestamp(Int64(second))) }
    #expect(breaker.mayAsk(at: Timestamp(4)))
    breaker.failed(at: Timestamp(4))
    #expect(!breaker.mayAsk(at: Timestamp(63)) && breaker.mayAsk(at: Timestamp(64)))
    breaker.failed(at: Timestamp(64))
    #expect(breaker.pausedUntil == Timestamp(364) && breaker.trips == 2)
    breaker.failed(at: Timestamp(100))
    #expect(breaker.pausedUntil == Timestamp(364), "within a pause nothing changes")
    for _ in 0..<9 { breaker.trip(at: breaker.pausedUntil ?? Timestamp(0)) }
    #expect(breaker.trips == 11)
    let last = breaker.pausedUntil ?? Timestamp(0)
    breaker.trip(at: last)
    #expect(breaker.pausedUntil == last + 1_800)
    breaker.answered()
    #expect(breaker == Breaker())
  }

  @Test("S5: several uncertain in a row pause the relay; an answer in between starts the count anew")
  func uncertain() {
    var breaker = Breaker(policy: .init(uncertainToTrip: 3))
    breaker.becameUncertain(at: Timestamp(0))
    breaker.becameUncertain(at: Timestamp(0))
    breaker.answered()
    breaker.becameUncertain(at: Timestamp(0))
    breaker.becameUncertain(at: Timestamp(0))
    #expect(breaker.mayAsk(at: Timestamp(0)))
    breaker.becameUncertain(at: Timestamp(0))
    #expect(!breaker.mayAsk(at: Timestamp(59)))
  }
}
