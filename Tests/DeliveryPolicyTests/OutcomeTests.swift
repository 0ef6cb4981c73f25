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
}

@Suite("Refusals without what differs from one recipient to the next")
struct GistTests {
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
      let reply = Reply(code: Int(text.prefix(3)) ?? 0, lines: [String(text.dropFirst(4))])
      #expect(Outcome.refused(reply, at: .rcpt).gist == gist)
    }
    #expect(Outcome.lost(reason: "x").gist == nil)
  }
}
