import DeliveryPolicy
import Mail
import TestSupport
import Testing

@testable import Relay

@Suite("S7: addresses and content beyond ASCII")
struct InternationalTests {
  private static let withUTF8 = Capabilities(["PIPELINING", "SMTPUTF8", "8BITMIME"])
  private static let without = Capabilities(["PIPELINING", "8BITMIME"])

  private func firstLines(_ capabilities: Capabilities, _ message: OutgoingMessage) -> [String] {
    Rehearsal(capabilities, [message]).transcript.filter { $0 != "C: --" && $0 != "C: DATA" }
  }

  @Test("S7: a local part beyond ASCII needs SMTPUTF8, and without it for a day is a clear permanent error")
  func localPart() {
    let message = message(1, to: address("rené@bücher.example"), from: address("b@f.example"), body: "Hi\r\n")
    #expect(
      firstLines(Self.withUTF8, message) == ["C: MAIL FROM:<b@f.example> SMTPUTF8", "C: RCPT TO:<rené@bücher.example>"])
    #expect(
      firstLines(Self.without, message) == [
        "= 1 not offered: \(Capability.smtpUTF8)"
      ])
    #expect(classify(.notOffered(.smtpUTF8)) == Verdict(.transient, .message))
    #expect(patience(for: .notOffered(.smtpUTF8)) == .days(1))
  }

  @Test("S7: an IDN domain under an ASCII local part goes out in A-labels, with SMTPUTF8 on offer or not")
  func domain() {
    let message = message(1, to: address("rene@bücher.example"), from: address("b@bücher.example"), body: "Hi\r\n")
    for capabilities in [Self.withUTF8, Self.without] {
      #expect(
        firstLines(capabilities, message) == [
          "C: MAIL FROM:<b@xn--bcher-kva.example>", "C: RCPT TO:<rene@xn--bcher-kva.example>",
        ])
    }
  }

  @Test("S7: a domain without A-labels goes out with SMTPUTF8 or not at all")
  func odd() {
    let message = message(1, to: address("rene@straße.example"), from: address("b@f.example"), body: "Hi\r\n")
    #expect(
      firstLines(Self.withUTF8, message) == ["C: MAIL FROM:<b@f.example> SMTPUTF8", "C: RCPT TO:<rene@straße.example>"])
    #expect(firstLines(Self.without, message).first?.hasPrefix("= 1 not offered") == true)
  }

  @Test("8-bit content asks for BODY=8BITMIME; a header beyond ASCII for SMTPUTF8 too")
  func content() {
    let body = message(1, to: address("a@b.example"), from: address("b@f.example"), body: "Grüße\r\n")
    #expect(firstLines(Self.without, body).first == "C: MAIL FROM:<b@f.example> BODY=8BITMIME")
    #expect(firstLines(.bare, body).first?.hasPrefix("= 1 not offered: the relay does not offer 8BITMIME") == true)
    let envelope = Envelope(reversePath: nil, recipient: address("a@b.example"))
    let header = OutgoingMessage(id: 1, envelope: envelope, data: Array("Subject: Grüße\r\n\r\nHi\r\n".utf8))
    #expect(firstLines(Self.withUTF8, header).first == "C: MAIL FROM:<> BODY=8BITMIME SMTPUTF8")
    #expect(
      firstLines(Self.without, header).first?.hasPrefix("= 1 not offered: the relay does not offer SMTPUTF8") == true)
  }

  @Test("a message above the relay's SIZE is not begun; SIZE without a number is no limit")
  func size() {
    let message = message(1, to: address("a@b.example"), from: address("b@f.example"), body: "Hello\r\n")
    #expect(
      firstLines(Capabilities(["SIZE 20"]), message) == [
        "= 1 not offered: the message has 21 octets; the relay takes at most 20 (SIZE, RFC 1870)"
      ])
    for line in ["SIZE 21", "size", "SIZE 0", "SIZE many"] {
      #expect(firstLines(Capabilities([line]), message).first == "C: MAIL FROM:<b@f.example> SIZE=21", "\(line)")
    }
  }

  @Test("a message that the relay cannot take does not hold up the one behind it")
  func inBetween() {
    let golden = """
      C: --
      C: MAIL FROM:<bounce+1@forum.example>
      C: RCPT TO:<reader1@example.org>
      C: DATA
      S: 250 a
      S: 250 b
      S: 354 c
      = 2 not offered: \(Capability.smtpUTF8)
      C: --
      C: Subject: 1
      C: 
      C: Hello
      C: .
      C: MAIL FROM:<bounce+3@forum.example>
      C: RCPT TO:<reader3@example.org>
      C: DATA
      S: 250 d
      = 1 accepted 250 d
      """
    #expect(
      Rehearsal.play(Capabilities(["PIPELINING"]), [message(1), message(2, to: "é"), message(3)], golden) == golden)
  }
}

@Suite("Message content on the wire")
struct ContentTests {
  private func wire(_ text: String) -> String {
    var output: [UInt8] = []
    Content.append(Array(text.utf8), to: &output)
    return String(decoding: output, as: UTF8.self)
  }

  @Test("dots at the start of a line are doubled, others are not")
  func dots() {
    #expect(wire(".\r\n..a\r\nb.\r\n") == "..\r\n...a\r\nb.\r\n.\r\n")
    #expect(wire("") == ".\r\n")
  }

  @Test("X1: no line end but CRLF reaches the wire, so no relay can be made to see an early final dot")
  func smuggling() {
    #expect(wire("a\n.\nMAIL FROM:<x>\n") == "a\r\n..\r\nMAIL FROM:<x>\r\n.\r\n")
    #expect(wire("a\r.\rb") == "a\r\n..\r\nb\r\n.\r\n")
    #expect(wire("a\r\r\n.\r\nb\r\n") == "a\r\n\r\n..\r\nb\r\n.\r\n")
    #expect(wire("\n\r.") == "\r\n\r\n..\r\n.\r\n")
  }

  @Test("X1: for any octets the wire has CRLF alone, one lone dot, at the end, and undoes to the same lines")
  func anyOctets() {
    var random = SplitMix64(seed: 5_321)
    for _ in 0..<2_000 {
      let octets = (0..<Int.random(in: 0...40, using: &random)).map { _ in
        [UInt8(ascii: "."), 13, 10, 0, 0xC3, UInt8(ascii: "x")].randomElement(using: &random)!
      }
      var output: [UInt8] = []
      Content.append(octets, to: &output)
      let lines = lines(output)
      #expect(lines.last == [] && lines.dropLast().last == [UInt8(ascii: ".")])
      let body = lines.dropLast(2)
      #expect(!body.contains([UInt8(ascii: ".")]) && !body.joined().contains { $0 == 13 || $0 == 10 })
      let undone = body.map { $0.first == UInt8(ascii: ".") ? Array($0.dropFirst()) : $0 }
      #expect(undone.joined().elementsEqual(octets.filter { $0 != 13 && $0 != 10 }))
    }
  }

  private func lines(_ bytes: [UInt8]) -> [[UInt8]] {
    var lines: [[UInt8]] = [[]]
    var index = 0
    while index < bytes.count {
      if bytes[index] == 13, index + 1 < bytes.count, bytes[index + 1] == 10 {
        lines.append([])
        index += 2
      } else {
        lines[lines.count - 1].append(bytes[index])
        index += 1
      }
    }
    return lines
  }

  @Test("a megabyte of bare CRs is read once, not once for each of them")
  func linear() {
    var output: [UInt8] = []
    Content.append([UInt8](repeating: 13, count: 1 << 20), to: &output)
    #expect(output.count == 2 << 20 | 3)
  }
}
