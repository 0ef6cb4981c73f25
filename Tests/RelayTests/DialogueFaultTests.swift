import DeliveryPolicy
import Identifiers
import Mail
import TestSupport
import Testing

@testable import Relay

@Suite("Faults of the relay, at every stage")
struct DialogueFaultTests {
  /// The replies of a good transaction; a fault takes the place of one of them.
  private static let good: [(stage: SMTPStage, reply: String)] = [
    (.mail, "250 a"), (.rcpt, "250 b"), (.data, "354 c"), (.dot, "250 d"),
  ]

  private static let longLine = "250 " + String(repeating: "x", count: 5_000)
  private static let manyLines = Array(repeating: "250-more", count: 150).joined(separator: "\r\n") + "\r\n250 end"

  /// What the relay does, and how message 1 ends at MAIL, RCPT, DATA and after the dot.
  private static let faults: [(fault: String, ends: [String])] = [
    ("<close>", ["unsent", "unsent", "unsent", "uncertain"]),
    ("<timeout>", ["unsent", "unsent", "unsent", "uncertain"]),
    ("421 4.3.2 shutting down", ["unsent", "unsent", "unsent", "unsent"]),
    ("450 4.2.0 not now", ["refused", "refused", "refused", "refused"]),
    ("550 5.0.0 no", ["refused", "refused", "refused", "refused"]),
    ("HTTP/1.1 400 Bad Request", ["unsent", "unsent", "unsent", "uncertain"]),
    ("", ["unsent", "unsent", "unsent", "uncertain"]),
    ("25", ["unsent", "unsent", "unsent", "uncertain"]),
    ("2500 ok", ["unsent", "unsent", "unsent", "uncertain"]),
    ("199 what", ["unsent", "unsent", "unsent", "uncertain"]),
    ("650 what", ["unsent", "unsent", "unsent", "uncertain"]),
    ("250-one\r\n550 two", ["unsent", "unsent", "unsent", "uncertain"]),
    ("\0\0\0\0", ["unsent", "unsent", "unsent", "uncertain"]),
    (longLine, ["accepted", "accepted", "unsent", "accepted"]),
    (manyLines, ["accepted", "accepted", "unsent", "accepted"]),
    ("354 out of place", ["unsent", "unsent", "accepted", "uncertain"]),
    ("250 out of place", ["accepted", "accepted", "unsent", "accepted"]),
  ]

  @Test("S5: each fault at each stage has its outcome, once, pipelined or not; a chained message ends once as well")
  func table() {
    for capabilities in [Capabilities.usual, .bare] {
      for (fault, ends) in Self.faults {
        for (index, expected) in ends.enumerated() {
          let outcomes = play(capabilities, fault: fault, at: index)
          let name =
            "\(fault.prefix(30).debugDescription) at \(Self.good[index].stage), pipelining \(capabilities.pipelining)"
          #expect(outcomes[1]?.count == 1, "\(name)")
          #expect(outcomes[1]?.first?.kind == expected, "\(name)")
          #expect(outcomes[2, default: []].count <= 1, "\(name)")
          #expect([nil, "unsent"].contains(outcomes[2]?.first?.kind), "\(name): nothing was said to message 2 yet")
        }
      }
    }
  }

  /// Message 2 is chained behind 1 and never gets an answer of its own; at the end the connection goes.
  private func play(_ capabilities: Capabilities, fault: String, at index: Int) -> [DeliveryID: [Outcome]] {
    var rehearsal = Rehearsal(capabilities, [message(1), message(2)])
    for step in 0..<index { rehearsal.receive(Array("\(Self.good[step].reply)\r\n".utf8)) }
    switch fault {
    case "<close>": rehearsal.close("gone")
    case "<timeout>": rehearsal.timeOut()
    default: rehearsal.receive(Array("\(fault)\r\n".utf8))
    }
    if rehearsal.outcomes[1] == nil {
      for step in (index + 1)..<4 { rehearsal.receive(Array("\(Self.good[step].reply)\r\n".utf8)) }
    }
    rehearsal.close("the end of the test")
    return rehearsal.outcomes
  }

  @Test("any server bytes, cut anywhere: every message ends exactly once; nothing crashes; only what came early tells")
  func anyBytesAnyCuts() {
    var random = SplitMix64(seed: 2_920)
    let alphabet = [
      "250 ok\r\n", "250-", "250 ", "354 go\r\n", "550 5.1.1 no\r\n", "450 4.7.1 wait\r\n", "421 bye\r\n", "\r\n", "\n",
      "\0", "2", "5", "x", "250 a\r\n250 b\r\n354 c\r\n", "554 5.5.1 none\r\n", "250 d\r\n250 e\r\n250 f\r\n354 g\r\n",
    ]
    for _ in 0..<400 {
      let bytes = (0..<Int.random(in: 0...24, using: &random)).flatMap { _ in
        Array(alphabet.randomElement(using: &random)!.utf8)
      }
      let capabilities = Bool.random(using: &random) ? Capabilities.usual : .bare
      let lines = bytes.indices.dropFirst().filter { bytes[$0 - 1] == UInt8(ascii: "\n") }
      let byLine = play(bytes, capabilities, cuts: lines)
      let byByte = play(bytes, capabilities, cuts: Array(bytes.indices.dropFirst()))
      let cuts = (0..<5).map { _ in Int.random(in: 0...bytes.count, using: &random) }
      let byMore = play(bytes, capabilities, cuts: (lines + cuts).sorted())
      let whole = play(bytes, capabilities, cuts: [])
      let some = play(bytes, capabilities, cuts: cuts.sorted())
      let text = String(decoding: bytes, as: UTF8.self).debugDescription
      #expect(byLine == byByte, "\(text)")
      #expect(byLine == byMore, "\(text)")
      // In larger pieces answers come before their questions, and less is believed, never more.
      #expect(accepted(whole).isSubset(of: accepted(some)), "\(text)")
      #expect(accepted(some).isSubset(of: accepted(byByte)), "\(text)")
    }
  }

  private func accepted(_ transcript: [String]) -> Set<String> {
    Set(transcript.filter { $0.contains(" accepted ") })
  }

  /// - Returns: everything the client did, writes joined, as far as cuts must not matter.
  private func play(_ bytes: [UInt8], _ capabilities: Capabilities, cuts: [Int]) -> [String] {
    var rehearsal = Rehearsal(capabilities, (1...6).map { message($0) })
    var start = 0
    for cut in cuts + [bytes.count] {
      rehearsal.receive(Array(bytes[start..<cut]))
      start = cut
    }
    rehearsal.close("the end of the test")
    for (id, outcomes) in rehearsal.outcomes { #expect(outcomes.count == 1, "message \(id) ended \(outcomes)") }
    return rehearsal.transcript.filter { $0 != "C: --" && $0.hasPrefix("C") }
      + rehearsal.transcript.filter { $0.hasPrefix("=") }
  }
}
