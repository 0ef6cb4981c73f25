import DeliveryPolicy
import Foundation
import Identifiers
import Mail
import Testing

@Suite("What is kept of an outcome")
struct OutcomeTests {
  @Test(
    "S2: the answer of every outcome is the whole reply with its stage, or what happened instead",
    arguments: [
      (Outcome.accepted(Reply(code: 250, lines: ["2.0.0 Ok: queued as 4B1"])), "250 2.0.0 Ok: queued as 4B1"),
      (.refused(Reply(code: 550, lines: ["5.1.1 a", "5.1.1 b"]), at: .rcpt), "rcpt: 550 5.1.1 a / 5.1.1 b"),
      (.refused(Reply(code: 451, lines: ["later"]), at: .mail), "mail: 451 later"),
      (.refused(Reply(code: 354, lines: ["what?"]), at: .data), "data: 354 what?"),
      (.refused(Reply(code: 554, lines: ["5.7.1 spam"]), at: .dot), "dot: 554 5.7.1 spam"),
      (
        .notOffered(.eightBitMIME), "the relay does not offer 8BITMIME (RFC 6152), and the message has octets above 127"
      ),
      (.lost(reason: "reset by peer"), "reset by peer"), (.uncertain(reason: "no answer"), "no answer"),
      (.unsent(reason: "chained"), "chained"),
    ])
  func answers(_ outcome: Outcome, _ answer: String) {
    #expect(outcome.answer == answer)
  }

  @Test("S3: what a note of an older program says of contents reads back, and is written as that program reads it")
  func contents() throws {
    let contents: [MessageContent] = [.post(5), .own(7), .post(1), .own(1)]
    let text = String(decoding: try JSONEncoder().encode(contents), as: UTF8.self)
    #expect(text == "[5,-7,1,-1]")
    #expect(try JSONDecoder().decode([MessageContent].self, from: Data(text.utf8)) == contents)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([MessageContent].self, from: Data(#"[{"post":5}]"#.utf8))
    }
  }

  @Test("S3: a streak that an older program wrote down goes on")
  func oldStreak() throws {
    let note = """
      {"contents":[5,-8],"deliveries":[7,8,9,10],"domains":["a.example","b.example"],"isBeforeContent":false,
      "refusal":"dot: 550 5.7.60 not allowed to send as"}
      """
    var streak = try JSONDecoder().decode(RefusalStreak.self, from: Data(note.utf8))
    #expect(streak.deliveries == [7, 8, 9, 10] && !streak.isComplete)
    let refused = Outcome.refused(Reply(code: 550, lines: ["5.7.60 Not allowed to send as"]), at: .dot)
    let blamed = streak.count(refused, of: 11, content: .post(5), to: try Address("eva@c.example"))
    #expect(blamed == [7, 8, 9, 10, 11] && streak.isComplete)
    let again = try JSONDecoder().decode(RefusalStreak.self, from: JSONEncoder().encode(streak))
    #expect(again == streak)
  }
}
