import TestSupport
import Testing

@testable import Ledger

@Suite("A note") struct NoteTests {
  @Test("is changed by what it was; a change that throws leaves it")
  func changed() throws {
    struct Refused: Error {}
    let bench = try LedgerFixture()
    let ledger = bench.ledger
    #expect(try ledger.note("relay") == nil)
    try ledger.changeNote("relay") { "\($0 ?? "nothing"), then" }
    try ledger.changeNote("relay") { "\($0 ?? "nothing") more" }
    #expect(throws: Refused.self) { try ledger.changeNote("relay") { _ in throw Refused() } }
    #expect(try ledger.note("relay") == "nothing, then more" && ledger.note("other") == nil)
  }
}
