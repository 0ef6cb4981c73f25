import Testing

@testable import Ledger

@Suite("A suppressed address") struct SuppressionTests {
  private let bench: LedgerFixture

  init() throws { bench = try LedgerFixture() }

  private func suppress(_ address: String) throws {
    try bench.file.write {
      try $0.run("INSERT INTO suppression (address, reason, since) VALUES ($1, 'bounces', 1)", [.text(address)])
    }
  }

  @Test(
    "F3: is one mailbox, however its domain is written",
    arguments: [
      "ana@xn--bcher-kva.example", "ana@bücher.example", "ana@BÜCHER.example", "ana@XN--BCHER-KVA.EXAMPLE",
      "ana@bu\u{308}cher.example",
    ])
  func domain(_ written: String) throws {
    try suppress("ana@xn--bcher-kva.example")
    #expect(try bench.ledger.suppressed(among: [written]) == [written])
  }

  @Test("F3: is not somebody else's")
  func others() throws {
    try suppress("ana@xn--bcher-kva.example")
    let others = ["ana@bucher.example", "an@xn--bcher-kva.example", "ana@xn--bcher-kva.example.org", "ana", "", "@"]
    #expect(try bench.ledger.suppressed(among: others).isEmpty)
  }

  @Test("is given back as it was asked about, each way of writing it")
  func asAsked() throws {
    try suppress("ana@xn--bcher-kva.example")
    try suppress("no address")
    let asked = ["ana@bücher.example", "ana@xn--bcher-kva.example", "No Address", "ben@example.org"]
    #expect(try bench.ledger.suppressed(among: asked) == Set(asked.prefix(3)))
    #expect(try bench.ledger.suppressed(among: []).isEmpty)
  }
}
