import Forum
import Identifiers
import TestSupport
import Testing

@testable import Ledger

@Suite("A6: what is kept of somebody, written down") struct ExportTests {
  @Test("A6: it has their words of every table, however small the pages, and nobody else's")
  func everything() throws {
    let bench = try LedgerFixture()
    _ = try bench.fill("zurbaran")
    _ = try bench.fill("velasquez")
    let person = try #require(try bench.ledger.people(keys: ["zurbaran-key"])["zurbaran-key"])
    func all(_ limit: Int) throws -> [String: [[String: Ledger.ExportedValue]]] {
      var found: [String: [[String: Ledger.ExportedValue]]] = [:]
      for section in Ledger.exportSections {
        var after: [Int64]?
        repeat {
          let page = try bench.ledger.export(section, of: person, after: after, limit: limit)
          found[section.name, default: []] += page.rows
          after = page.next
        } while after != nil
      }
      return found
    }
    let found = try all(1000)
    #expect(try all(1) == found)
    // No digest was written.
    for (name, rows) in found where name != "digests" { #expect(!rows.isEmpty, "\(name)") }
    #expect(!"\(found)".contains("velasquez"))
    for (section, column) in [
      ("replies", "body"), ("attempts", "answer"), ("failures", "diagnostic"), ("suppressions", "address"),
      ("watches", "target"), ("preferences", "zone"), ("audit", "outcome"), ("received", "recipient"),
      ("setAside", "value"), ("events", "detail"),
    ] {
      #expect(
        found[section]?.contains { "\($0[column] ?? .text(""))".contains("zurbaran") } == true, "\(section).\(column)")
    }
    let texts = "\(found)"
    #expect(!texts.contains("elided") && !texts.contains("\"li\""))
    // Who gave an order, and in which words, stands in an event too.
    let resent = try #require(found["events"]?.first { $0["kind"] == .text("resent") })
    #expect(resent["detail"] == .text("1"))
    #expect(!texts.contains("li:") && found["audit"]?.contains { $0["reason"] != nil } == false)
  }
}
