import DeliveryPolicy
import Testing
import Time

/// When a message is tried again (rule S4).
@Suite struct RetryScheduleTests {
  @Test("S4: waits are 5, 15, 30, 60 min, then 2 to 4 h, and jitter only adds")
  func waits() {
    let schedule = RetrySchedule()
    #expect((1...6).map { schedule.wait(after: $0, random: 0) } == [300, 900, 1_800, 3_600, 7_200, 7_200])
    #expect((1...6).map { schedule.wait(after: $0, random: 0.5) } == [330, 990, 1_980, 3_960, 10_800, 10_800])
    #expect(schedule.wait(after: 1_000_000, random: 0.999_999) <= 14_400)
    #expect(schedule.wait(after: 0, random: -3) == 300)
  }

  @Test("S4: a span is honoured in every step, and the last step is repeated")
  func spans() {
    let schedule = RetrySchedule(
      steps: RetrySteps([
        .seconds(60) ... .seconds(3_660), .seconds(600) ... .seconds(600), .seconds(7_200) ... .seconds(10_800),
      ]))
    #expect([0, 0.5, 1].map { schedule.wait(after: 1, random: $0) } == [60, 1_860, 3_660])
    #expect([0, 0.5, 1].map { schedule.wait(after: 2, random: $0) } == [600, 660, 720])
    #expect([3, 4, 99].map { schedule.wait(after: $0, random: 0.5) } == [9_000, 9_000, 9_000])
  }

  @Test("S4: gives up 5 days after the first attempt, with a last try at the very end")
  func givingUp() throws {
    let schedule = RetrySchedule()
    let first = Timestamp(1_000_000)
    var now = first
    var attempt = 1
    while let due = schedule.due(after: attempt, firstAttempt: first, now: now, random: 0.5) {
      #expect(due > now && due <= first + 432_000)
      (now, attempt) = (due, attempt + 1)
    }
    #expect(now == first + 432_000)
    #expect((40...60).contains(attempt))
    #expect(schedule.due(after: 1, firstAttempt: first, now: first + 999_999, random: 0) == nil)
  }
}
