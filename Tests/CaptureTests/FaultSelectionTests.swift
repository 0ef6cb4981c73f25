import Capture
import Testing

@Suite("Whom a fault strikes") struct FaultSelectionTests {
  /// The recipients that are refused, of so many, over connections in turn.
  private func refused(_ fault: String..., seed: UInt64 = 1, connections: Int = 1, count: Int = 400) async throws
    -> [Int]
  {
    let options = try options {
      $0.faults = try fault.map { try Fault(parsing: $0) }
      $0.seed = seed
    }
    return try await withServer(with: options) { server in
      let clients = try (0..<connections).map { _ in try Client.greeted(server) }
      for client in clients { _ = try client.ask("MAIL FROM:<a@b>") }
      var refused: [Int] = []
      for number in 1...count
      where try clients[number % connections].ask("RCPT TO:<r\(number)@d.example>") != "250 2.1.5" {
        refused.append(number)
      }
      return refused
    }
  }

  @Test("A rate strikes about its share, the same with the same seed, others with another")
  func rate() async throws {
    let first = try await refused("refuse rate=0.25")
    #expect((70...130).contains(first.count))
    #expect(try await refused("refuse rate=0.25") == first)
    #expect(try await refused("refuse rate=0.25", connections: 3) == first)
    #expect(try await refused("refuse rate=0.25", seed: 2) != first)
    #expect(try await refused("refuse rate=0", count: 50) == [])
    #expect(try await refused("refuse rate=1", count: 50).count == 50)
  }

  @Test("A recipient that was struck by a rate is not struck for ever")
  func retry() async throws {
    try await withServer("defer rate=0.5") { server in
      let client = try Client.greeted(server)
      _ = try client.ask("MAIL FROM:<a@b>")
      var answers: Set<String> = []
      for _ in 0..<40 { answers.insert(try client.ask("RCPT TO:<same@d.example>")) }
      #expect(answers == ["451 4.3.0", "250 2.1.5"])
    }
  }

  @Test("every=N strikes each N-th, times=N no more than N, both together the first N of those")
  func counts() async throws {
    #expect(try await refused("refuse every=4", count: 12) == [4, 8, 12])
    #expect(try await refused("refuse times=2", count: 12) == [1, 2])
    #expect(try await refused("refuse every=3 times=2", count: 12) == [3, 6])
    #expect(try await refused("refuse to=r?@* every=2", count: 12) == [2, 4, 6, 8])
  }

  @Test("The first fault that strikes is the one; those behind it do not count the case")
  func order() async throws {
    #expect(try await refused("refuse to=r1@*", "defer times=1", count: 4) == [1, 2])
  }

  @Test("After RCPT a pattern means any recipient of the message", arguments: ["data", "dot", "accepted"])
  func patternLater(stage: String) async throws {
    try await withServer("defer at=\(stage) to=*@bad.example") { server in
      let client = try Client.greeted(server)
      var answers: [String] = []
      for recipients in [["a@good.example"], ["a@good.example", "b@bad.example"]] {
        _ = try client.ask("MAIL FROM:<a@b>")
        for recipient in recipients { #expect(try client.ask("RCPT TO:<\(recipient)>") == "250 2.1.5") }
        answers.append(try client.ask("DATA"))
        if answers.last == "354" { answers.append(try client.ask(".")) }
      }
      #expect(answers == ["354", "250 2.0.0"] + (stage == "data" ? ["451 4.3.0"] : ["354", "451 4.3.0"]))
    }
  }

  @Test(
    "Patterns match whole addresses, without regard to case",
    arguments: [
      ("*", "", true), ("*", "a@b", true), ("", "", true), ("", "a", false), ("a@b", "A@B", true),
      ("a@b", "a@bc", false),
      ("*@bad.example", "x@bad.example", true), ("*@bad.example", "x@bad.example.org", false),
      ("*@*.example", "x@y.z.example", true), ("a*b*c", "axxbyybzc", true), ("a*b*c", "axxbyyb", false),
      ("?@b", "x@b", true), ("?@b", "xy@b", false), ("?@b", "é@b", true), ("?@b", "@b", false), ("**", "x", true),
      ("*a", "aaaaab", false), ("x*", "x", true), ("*?", "", false), ("*?", "é", true), ("r*1", "r11", true),
    ])
  func glob(pattern: String, text: String, expected: Bool) {
    #expect(Glob(pattern).matches(text) == expected)
  }

  @Test("A pattern full of stars does not take for ever")
  func globIsQuick() {
    #expect(!Glob(String(repeating: "a*", count: 200) + "b").matches(String(repeating: "a", count: 5000)))
  }
}
