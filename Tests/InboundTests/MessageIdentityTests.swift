import Inbound
import Testing

@Suite("What tells messages apart")
struct MessageIdentityTests {
  private func identity(_ text: String) -> String { MessageIdentity.of(Array(text.utf8)) }
  private let base = "From: a@b.example\nMessage-ID: <1@x>\nSubject: s\n\nbody\n"

  @Test("I1: sender, Message-ID and body; not what servers add in front, nor their line ends")
  func same() {
    #expect(identity(base) == identity("Received: from x\n by y; date\n" + base))
    #expect(identity(base) == identity(base.replacing("\n", with: "\r\n")))
    #expect(identity(base) == identity(base.replacing("Message-ID: ", with: "message-id:\n ")))
    #expect(identity(base) == identity(base + "\n\n"))
    #expect(identity(base).count == 64)
  }

  @Test("I1: another sender, another Message-ID, another body: another message", arguments: ["a@b", "<1@x>", "body"])
  func other(_ part: String) {
    #expect(identity(base) != identity(base.replacing(part, with: "c@d")))
  }

  @Test("I1: without a Message-ID a message is equal only to itself, for the same address of ours")
  func without() {
    let plain = Array("From: a@b.example\nDate: today\n\nYes.\n".utf8)
    #expect(MessageIdentity.of(plain, for: "x") == MessageIdentity.of(plain, for: "x"))
    #expect(MessageIdentity.of(plain, for: "x") != MessageIdentity.of(plain, for: "y"))
    #expect(identity("\0\0") != identity("\0\0\0"))
  }

  @Test("X3: any octets have one", arguments: ["", "\n", "\r\n\r\n", "From", "\u{0}\u{FF}", "Message-ID:\n\n"])
  func any(_ text: String) { #expect(identity(text).count == 64) }

  @Test("I7: the topmost Received field says when a message arrived")
  func received() {
    let raw = Array("Received: from x\n\tby y;\n\tTue, 26 May 2026 12:00:00 +0000\nReceived: from z; never\n\n".utf8)
    #expect(MessageIdentity.lastReceived(raw)?.contains("26 May 2026 12:00:00 +0000") == true)
    #expect(MessageIdentity.lastReceived(Array("From: x\n\nReceived: a; b\n".utf8)) == nil)
  }

  @Test(
    "I3: what a server says of the author counts above the line by which it took the message in (RFC 8601 section 5)",
    arguments: [
      ("", true), ("Received: from mx.our.example by mx.our.example with LMTP id x; today\n", true),
      ("Received: from filter.our.example (x [10.0.0.5]) by mx.our.example; today\n", true),
      ("Received: from evil.example (x [203.0.113.9]) by mx.our.example; today\n", false),
      ("Received: from evil.example by mx.our.example; today\n", false),
      ("Authentication-Results: mx.our.example; dmarc=fail\n", false),
    ])
  func vouched(_ above: String, _ isBelieved: Bool) {
    let results = "Authentication-Results: mx.our.example; dmarc=pass header.from=example.net\n"
    let read = message("\(above)\(results)Received: from a by mx.our.example; today\nFrom: bo@example.net\n\nx\n")
    #expect((AuthenticationResults(read, by: "mx.our.example")?.dmarcDomain == "example.net") == isBelieved)
  }
}
