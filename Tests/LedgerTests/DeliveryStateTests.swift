import Ledger
import TestSupport
import Testing

@Suite("S1: the states of a delivery") struct DeliveryStateTests {
  @Test("S1: the legal moves are these, and no others")
  func moves() {
    let drawn: [DeliveryState: Set<DeliveryState>] = [
      .queued: [.sending, .dropped, .suppressed, .held],
      .sending: [.sent, .deferred, .failed, .expired, .uncertain, .held, .queued, .suppressed],
      .deferred: [.sending, .dropped, .suppressed, .held, .expired],
      .uncertain: [.sending, .dropped, .suppressed, .held, .expired],
      .held: [.queued, .dropped],
      .dropped: [.queued],
      .failed: [.held, .deferred, .dropped],
      .sent: [], .expired: [.dropped], .suppressed: [.dropped],
    ]
    for state in DeliveryState.allCases { #expect(state.next == drawn[state], "\(state)") }
  }

  @Test("S1: every state is reached from queued, and every open one can end")
  func reach() {
    var reached: Set<DeliveryState> = [.queued]
    for _ in DeliveryState.allCases { reached.formUnion(reached.flatMap(\.next)) }
    #expect(reached == Set(DeliveryState.allCases))
    for state in DeliveryState.allCases where state.isOpen {
      var reached = state.next
      for _ in DeliveryState.allCases { reached.formUnion(reached.flatMap(\.next)) }
      #expect(reached.contains(.sent) && reached.contains(.dropped))
    }
  }

  @Test("S1: an attempt that would end in a state that it cannot end in traps")
  func trap() async {
    await #expect(processExitsWith: .failure) {
      _ = AttemptEnd(
        delivery: 1, number: 1, address: "", beganAt: .init(0), endedAt: .init(0), outcome: .accepted, answer: "",
        state: .dropped)
    }
  }
}
