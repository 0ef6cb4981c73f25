import DeliveryPolicy
import Mail
import Testing
import Time

@Suite("Enhanced codes as relays write them")
struct WrittenCodesTests {
  @Test(
    "S2, S3: a refusal by policy is the domain's however its code is written, and compared by it",
    arguments: [
      ["5.7.1 no"], ["#5.7.1 no"], ["5.7.1: no"], ["[5.7.1] no"], ["sorry (#5.7.1)"],
      ["Blocked", "5.7.1 see our page"],
    ])
  func policy(lines: [String]) {
    let outcome = Outcome.refused(Reply(code: 550, lines: lines), at: .rcpt)
    #expect(classify(outcome) == Verdict(.permanent, .domain))
    #expect(DomainPolicy.Refusal(outcome, of: 1, at: Timestamp(0))?.answer == "550 5.7.1")
    #expect(outcome.gist?.hasPrefix("rcpt: 550 5.7.1") == true)
  }

  @Test("S2: a code of another class than the reply's makes it transient, wherever it stands")
  func contradictory() {
    for lines in [["4.2.1 later"], ["no", "[4.2.1] later"]] {
      let outcome = Outcome.refused(Reply(code: 550, lines: lines), at: .rcpt)
      #expect(classify(outcome) == Verdict(.transient, .recipient))
    }
  }
}
