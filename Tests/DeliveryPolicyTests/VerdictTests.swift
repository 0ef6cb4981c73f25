import Mail
import TestSupport
import Testing
import Time

@testable import DeliveryPolicy

@Suite("What an answer means")
struct VerdictTests {
  /// stage, reply, permanence, scope
  private static let table: [(SMTPStage, String, Verdict.Permanence, Verdict.Scope)] = [
    // 421 and troubles of login are the relay's, wherever they come.
    (.mail, "421 4.3.2 closing", .transient, .relay), (.rcpt, "421", .transient, .relay),
    (.data, "421", .transient, .relay), (.dot, "421 4.7.0 slow down", .transient, .relay),
    (.mail, "530 5.7.0 Authentication required", .transient, .relay), (.rcpt, "530 5.7.0 log in", .transient, .relay),
    (.mail, "454 4.7.0 TLS not available", .transient, .relay), (.rcpt, "454 4.7.1 relay denied", .transient, .relay),
    (.mail, "538 5.7.11 encrypt", .transient, .relay), (.data, "535 5.7.8 no", .transient, .relay),
    // MAIL: the sender is ours, so a refusal is about us, save size and content.
    (.mail, "452 4.3.1 full", .transient, .relay), (.mail, "452 full", .transient, .relay),
    (.mail, "451 4.3.0 trouble", .transient, .relay), (.mail, "452 4.3.4 too large now", .transient, .relay),
    (.mail, "451 4.7.1 later", .transient, .relay), (.mail, "450 later", .transient, .message),
    (.mail, "552 5.3.4 too large", .permanent, .message), (.mail, "552 too large", .permanent, .message),
    (.mail, "554 5.3.4 too large", .permanent, .message), (.mail, "550 5.6.7 no SMTPUTF8", .permanent, .message),
    (.mail, "553 5.1.7 bad sender", .transient, .sender), (.mail, "550 5.7.1 blocked", .transient, .relay),
    (.mail, "550 no", .transient, .relay), (.mail, "503 5.5.1 twice", .transient, .relay),
    (.mail, "521 5.3.2 no mail here", .transient, .relay),
    // RCPT: greylisting is waited out, people are told from policy, commands from people.
    (.rcpt, "450 4.7.1 greylisted", .transient, .recipient), (.rcpt, "451 4.7.1 greylisted", .transient, .recipient),
    (.rcpt, "452 4.2.2 full", .transient, .recipient), (.rcpt, "452 too many", .transient, .recipient),
    (.rcpt, "451 4.3.0 lookup failed", .transient, .relay), (.rcpt, "451 4.3.4 large", .transient, .recipient),
    (.rcpt, "550 5.1.1 unknown", .permanent, .recipient), (.rcpt, "550 no such user", .permanent, .recipient),
    (.rcpt, "551 not here", .permanent, .recipient), (.rcpt, "553 bad name", .permanent, .recipient),
    (.rcpt, "554 no", .permanent, .recipient), (.rcpt, "550 5.2.1 disabled", .permanent, .recipient),
    (.rcpt, "552 5.2.2 full", .transient, .recipient), (.rcpt, "556 5.1.10 null MX", .permanent, .recipient),
    (.rcpt, "550 5.4.1 rejected", .permanent, .recipient), (.rcpt, "550 5.0.0 no", .permanent, .recipient),
    (.rcpt, "501 5.1.3 bad syntax", .permanent, .recipient),
    (.rcpt, "552 too many", .transient, .recipient), (.rcpt, "552 5.5.3 too many", .transient, .recipient),
    (.rcpt, "550 5.7.1 policy", .permanent, .domain), (.rcpt, "554 5.7.1 blocked", .permanent, .domain),
    (.rcpt, "550 5.7.27 sender null MX", .transient, .sender),
    (.rcpt, "552 5.3.4 too large", .permanent, .message), (.rcpt, "550 5.6.7 no SMTPUTF8", .permanent, .message),
    (.rcpt, "502 what", .transient, .relay), (.rcpt, "521 5.3.2 no mail here", .transient, .relay),
    (.rcpt, "503 5.5.1 log in first", .transient, .recipient), (.rcpt, "500 what", .transient, .recipient),
    (.rcpt, "555 parameters", .transient, .recipient), (.rcpt, "501 5.5.4 syntax", .permanent, .recipient),
    (.rcpt, "504 5.5.2 need fully-qualified address", .permanent, .recipient),
    // DATA and the final dot: content first, but late news of people and of storage is taken for what it is.
    (.dot, "550 5.7.1 DMARC", .permanent, .domain), (.dot, "451 4.7.1 later", .transient, .domain),
    (.data, "554 5.7.1 no", .permanent, .domain),
    (.dot, "554 spam", .permanent, .message), (.dot, "552 too large", .permanent, .message),
    (.dot, "552 5.3.4 too large", .permanent, .message), (.dot, "550 5.6.0 malformed", .permanent, .message),
    (.dot, "552 5.2.3 too large for the mailbox", .permanent, .message), (.dot, "554 5.3.0 no", .transient, .relay),
    (.dot, "503 what", .transient, .relay), (.dot, "500 what", .transient, .relay),
    (.dot, "501 5.5.2 what", .transient, .relay), (.dot, "521 no mail", .transient, .relay),
    (.dot, "530 5.7.0 log in", .transient, .relay), (.dot, "554 5.4.5 congestion", .transient, .relay),
    (.dot, "555 5.3.2 not now", .transient, .relay), (.dot, "554 5.6.0 content", .permanent, .message),
    (.data, "503 5.5.1 what", .transient, .relay),
    (.data, "554 no", .permanent, .message),
    (.dot, "550 5.1.1 unknown", .permanent, .recipient), (.dot, "552 5.2.2 full", .transient, .recipient),
    (.dot, "452 4.2.2 full", .transient, .recipient),
    (.dot, "452 4.3.1 full", .transient, .relay), (.dot, "452 full", .transient, .relay),
    (.dot, "451 4.3.0 queue file", .transient, .relay), (.data, "451 4.3.0 trouble", .transient, .relay),
    (.dot, "451 4.3.4 too large now", .transient, .message), (.dot, "451 trouble", .transient, .message),
    (.dot, "450 4.6.0 content", .transient, .message), (.data, "451 trouble", .transient, .message),
    // The sender is ours, whichever command or content it was refused at, and so is what vouches for it.
    (.rcpt, "550 5.1.0 <bounces@forum.example>: Sender address rejected: User unknown", .transient, .sender),
    (.rcpt, "550 5.1.1 <bounces@forum.example>: Sender address rejected: undeliverable", .transient, .sender),
    (.rcpt, "550 Sender verify failed", .transient, .sender), (.mail, "550 5.1.0 Sender rejected", .transient, .sender),
    (.rcpt, "550 5.1.1 no such user", .permanent, .recipient),
    (.rcpt, "550 5.1.8 bad sender system", .transient, .sender), (.dot, "553 5.1.7 bad sender", .transient, .sender),
    (.rcpt, "451 4.1.8 sender does not resolve", .transient, .sender),
    (.dot, "550 5.7.20 no passing DKIM", .transient, .sender), (.dot, "550 5.7.21 DKIM", .transient, .sender),
    (.dot, "550 5.7.22 author DKIM", .transient, .sender), (.mail, "550 5.7.23 SPF", .transient, .sender),
    (.rcpt, "451 4.7.24 SPF error", .transient, .sender), (.rcpt, "550 5.7.25 reverse name", .transient, .sender),
    (.dot, "550 5.7.26 several checks", .transient, .sender), (.dot, "550 5.7.29 ARC", .transient, .sender),
    (.dot, "550 5.7.60 may not send as", .transient, .sender), (.dot, "550 5.7.509 DMARC", .transient, .sender),
    (.dot, "550 5.7.515 not authenticated", .transient, .sender),
    // Passwords and encryption are the relay's wherever they are told; other policy is the domain's.
    (.rcpt, "550 5.7.8 credentials", .transient, .relay), (.rcpt, "550 5.7.9 mechanism", .transient, .relay),
    (.dot, "550 5.7.10 encrypt", .transient, .relay), (.rcpt, "550 5.7.11 encrypt", .transient, .relay),
    (.rcpt, "550 5.7.12 password", .transient, .relay), (.rcpt, "525 5.7.13 account", .transient, .relay),
    (.rcpt, "550 5.7.14 trust", .transient, .relay), (.rcpt, "550 5.7.28 flood", .permanent, .domain),
    (.rcpt, "550 5.7.2 list", .permanent, .domain),
    // The unknown and the contradictory are transient.
    (.rcpt, "550 4.2.1 later", .transient, .recipient), (.dot, "554 4.7.1 what", .transient, .domain),
    (.dot, "354 what", .transient, .message), (.mail, "299 what", .transient, .message),
    (.rcpt, "599 what", .permanent, .recipient), (.rcpt, "499 what", .transient, .recipient),
  ]

  @Test("S2, S3: every answer is classed transient or permanent, with a scope; unknown is transient")
  func classification() {
    for (stage, text, permanence, scope) in Self.table {
      let reply = Reply(code: Int(text.prefix(3)) ?? 0, lines: [String(text.dropFirst(4))])
      #expect(classify(.refused(reply, at: stage)) == Verdict(permanence, scope), "\(text) at \(stage)")
    }
  }

  @Test("S3: whatever the answer, trouble of the relay is transient: it never fails a message")
  func relayIsTransient() {
    for stage in SMTPStage.allCases {
      for code in 400...599 {
        for subject in 0...7 {
          let reply = Reply(code: code, lines: ["\(code / 100).\(subject).1 x"])
          let verdict = classify(.refused(reply, at: stage))
          #expect(verdict?.scope != .relay || verdict?.permanence == .transient)
          #expect(verdict?.permanence != .permanent || code >= 500)
        }
      }
    }
  }

  @Test("S5: an accepted message has no verdict; lost and uncertain are transient, unsent is the relay's")
  func others() {
    #expect(classify(.accepted(Reply(code: 250, lines: ["Ok"]))) == nil)
    #expect(classify(.lost(reason: "x")) == Verdict(.transient, .message))
    #expect(classify(.uncertain(reason: "x")) == Verdict(.transient, .message))
    #expect(classify(.notOffered(.smtpUTF8)) == Verdict(.transient, .message))
    #expect(patience(for: .notOffered(.smtpUTF8)) == .days(1) && patience(for: .lost(reason: "x")) == nil)
    for (text, days) in [("552 5.2.2 full", 2), ("452 4.2.2 full", 2), ("450 4.2.1 later", nil)] as [(String, Int64?)] {
      let reply = Reply(code: Int(text.prefix(3)) ?? 0, lines: [String(text.dropFirst(4))])
      #expect(patience(for: .refused(reply, at: .rcpt)) == days.map { .days($0) })
    }
    #expect(classify(.unsent(reason: "x")) == Verdict(.transient, .relay))
  }
}
