import Identifiers
import Mail
import TestSupport
import Testing

@testable import DeliveryPolicy

@Suite("A relay's refusals told from people's")
struct RefusalStreakTests {
  private func refused(_ text: String, at stage: SMTPStage = .rcpt) -> Outcome {
    .refused(Reply(code: Int(text.prefix(3)) ?? 0, lines: [String(text.dropFirst(4))]), at: stage)
  }

  @Test("S3: refusals are compared by code and words, without addresses, numbers and names of machines")
  func gist() {
    for (text, gist) in [
      ("554 5.7.1 <ana@example.net>: Relay access denied", "rcpt: 554 5.7.1 relay access denied"),
      ("550 relay not permitted", "rcpt: 550 relay not permitted"),
      (
        "550 5.7.54 SMTP; Unable to relay recipient [A1.prod.example.com 2026-05-26T12:00:00]",
        "rcpt: 550 5.7.54 smtp unable to relay recipient"
      ),
      ("553 sorry, that domain isn't in my list (#5.7.1)", "rcpt: 553 5.7.1 sorry that domain isn't in my list"),
      (
        "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname",
        "rcpt: 504 5.5.2 helo command rejected need fully-qualified hostname"
      ),
      ("550", "rcpt: 550"),
    ] {
      #expect(refused(text).gist == gist)
    }
    #expect(Outcome.lost(reason: "x").gist == nil)
  }

  @Test("S3: refusals are equal by stage and codes, whatever their words and the ids in them")
  func equal() {
    for (one, other, isEqual) in [
      ("554 5.7.1 Denied abcdef", "554 5.7.1 Refused, see xyz", true), ("550 no (id abc)", "550 sorry", true),
      ("554 5.7.1 no", "550 5.7.1 no", false), ("554 5.7.1 no", "554 5.7.2 no", false),
      ("550 5.4.1 no", "550 no", false),
    ] {
      let (one, other) = (refused(one).gist ?? "", refused(other).gist ?? "")
      #expect((RefusalStreak.signature(of: one) == RefusalStreak.signature(of: other)) == isEqual, "\(one) \(other)")
    }
    var streak = RefusalStreak()
    for (index, words) in ["Relay denied", "queued as abc: denied", "no", "why", "go"].enumerated() {
      let delivery = DeliveryID(Int64(index + 1))
      _ = streak.count(
        refused("554 5.7.1 \(words)"), of: delivery, content: .post(1), to: address("p@\(index % 3).example"))
    }
    #expect(streak.isComplete && streak.deliveries.count == 5)
  }

  @Test("S3: five in a row to three domains are the relay's, then every one more; accepted mail begins anew")
  func complete() {
    var streak = RefusalStreak()
    func record(_ outcome: Outcome, _ delivery: DeliveryID, _ domain: String) -> [DeliveryID] {
      streak.count(outcome, of: delivery, content: .post(1), to: address("p\(delivery)@\(domain)"))
    }
    let denied = refused("550 relay not permitted")
    for (delivery, domain) in [(1, "a.example"), (2, "b.example"), (3, "a.example"), (3, "c.example")]
      as [(DeliveryID, String)]
    {
      #expect(record(denied, delivery, domain).isEmpty)
    }
    // Greylisting and an unknown mailbox say nothing of the relay.
    #expect(record(refused("450 4.7.1 greylisted"), 8, "a.example").isEmpty)
    #expect(record(refused("550 5.1.1 unknown"), 9, "a.example").isEmpty)
    #expect(record(denied, 4, "a.example").isEmpty)
    #expect(record(denied, 5, "a.example") == [1, 2, 3, 4, 5] && streak.isComplete)
    #expect(record(denied, 6, "a.example") == [6])
    #expect(record(refused("553 another matter"), 7, "a.example").isEmpty && !streak.isComplete)
    #expect(record(.accepted(Reply(code: 250, lines: ["Ok"])), 7, "a.example").isEmpty)
    #expect(streak == RefusalStreak())
  }
}
