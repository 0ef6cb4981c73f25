import Forum
import Identifiers
import TestSupport
import Testing

@testable import Ledger

/// What a post answers, and what that answered (rule M4).
@Suite("Ancestors") struct AncestorTests {
  private let bench: LedgerFixture

  init() throws { bench = try LedgerFixture() }

  /// Journals a post that answers another.
  private func journal(_ key: String, answering parent: String?) throws {
    var candidate = bench.candidate(key)
    candidate.parentKey = parent
    _ = try bench.ledger.journal([(candidate, due: bench.now)], signingKey: 1, now: bench.now)
  }

  private func ancestors(_ parents: [String: String], limit: Int = 5) throws -> [String: [String]] {
    try bench.ledger.ancestors(of: parents, limit: limit).mapValues { $0.map(\.postKey) }
  }

  @Test("M4: are the nearest first, as many as are wanted, each post's its own")
  func chain() throws {
    try journal("1", answering: nil)
    for key in 2...8 { try journal("\(key)", answering: "\(key - 1)") }
    try journal("b", answering: "3")
    #expect(
      try ancestors(["x": "8", "y": "b", "z": "1"]) == [
        "x": ["8", "7", "6", "5", "4"], "y": ["b", "3", "2", "1"], "z": ["1"],
      ])
    #expect(try ancestors(["x": "8"], limit: 1) == ["x": ["8"]])
    #expect(try ancestors(["x": "8"], limit: 0) == [:])
    #expect(try ancestors(["x": "8"], limit: 99)["x"]?.count == 8)
    #expect(try ancestors([:]) == [:])
  }

  @Test("M4: end where the journal ends: at a post that is not in it, and at one whose parent was not kept")
  func ends() throws {
    try journal("1", answering: nil)
    try journal("3", answering: "2")
    try journal("4", answering: "3")
    #expect(try ancestors(["x": "4", "y": "2", "z": "nowhere"]) == ["x": ["4", "3"]])
  }

  @Test("M4: that answer each other in a circle are read once round", arguments: 1...6)
  func circle(_ length: Int) throws {
    for key in 1...length { try journal("\(key)", answering: "\(key % length + 1)") }
    let expected = (1...length).map(String.init)
    #expect(try ancestors(["x": "1"], limit: 50) == ["x": expected])
  }

  @Test("M4: of random forums are the parents' parents, to a parent without one, a post unknown or a post seen before")
  func property() throws {
    var random = SplitMix64(seed: 5)
    let keys = (1...30).map(String.init)
    var parents: [String: String] = [:]
    for key in keys where !random.once(in: 5) { parents[key] = random.pick(keys + ["gone"]) }
    for key in keys { try journal(key, answering: parents[key]) }
    for limit in [1, 3, 5, 40] {
      let found = try ancestors(Dictionary(uniqueKeysWithValues: keys.map { ("of \($0)", $0) }), limit: limit)
      for key in keys {
        var (expected, next): ([String], String?) = ([], key)
        while let at = next, keys.contains(at), !expected.contains(at), expected.count < limit {
          expected.append(at)
          next = parents[at]
        }
        #expect(found["of \(key)"] == expected)
      }
    }
  }
}
