import Identifiers
import Mail
import TestSupport
import Testing

@testable import DeliveryPolicy

@Suite("A relay that puts off whatever it is given")
struct DeferralStreakTests {
  private func outcome(_ text: String, at stage: SMTPStage = .rcpt) -> Outcome {
    let reply = Reply(code: Int(text.prefix(3)) ?? 0, lines: [String(text.dropFirst(4))])
    return text.hasPrefix("2") ? .accepted(reply) : .refused(reply, at: stage)
  }

  @Test(
    "E5: five second or later tries in a row of three messages, none taken, are told; first tries and full mailboxes not",
    arguments: [
      ("451 4.7.1 Later", true, 3, 5, 2, true), ("451 4.7.1 Later", false, 30, 30, 9, false),
      ("451 4.7.1 Later", true, 2, 30, 2, false), ("451 4.7.1 Later", true, 3, 4, 2, false),
      ("451 4.7.1 Later", true, 4, 30, 1, false), ("450 Later", true, 5, 5, 1, true),
      ("452 4.2.2 Full", true, 9, 30, 3, false), ("550 5.1.1 Who", true, 9, 30, 3, false),
    ])
  func told(_ text: String, _ isRetry: Bool, _ messages: Int, _ tries: Int, _ domains: Int, _ isTold: Bool) {
    var streak = DeferralStreak()
    for number in 0..<tries {
      let to = address("p@\(number % messages % domains).example")
      streak.count(outcome(text), of: DeliveryID(Int64(number % messages + 1)), isRetry: isRetry, to: to)
    }
    if isTold { #expect(streak.domain == (domains == 1 ? "0.example" : nil)) }
    #expect(streak.isComplete == isTold)
    streak.count(outcome("250 Ok"), of: 99, isRetry: false, to: address("p@x.example"))
    #expect(streak == DeferralStreak())
  }
}
