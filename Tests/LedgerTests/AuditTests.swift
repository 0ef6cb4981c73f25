import Forum
import Identifiers
import SQL
import TestSupport
import Testing
import Time

@testable import Ledger

@Suite("A1: what admins did, kept") struct AuditTests {
  private let bench: LedgerFixture

  init() throws { bench = try LedgerFixture() }

  private func entry(_ command: String, _ person: PersonID? = nil, after seconds: Int64 = 0) -> AuditEntry {
    AuditEntry(
      at: bench.now + seconds, operatorName: "li", command: command, subject: "post:1", reason: "asked for",
      outcome: "1 message", person: person)
  }

  @Test("A1: an entry says who, when, what, why and what came of it; the last one comes first, a page at a time")
  func kept() throws {
    let ana = try bench.people("ana")[0]
    try bench.ledger.record(entry("release"))
    try bench.ledger.record(entry("resend", ana, after: 5))
    try bench.ledger.record(entry("queue cancel", after: 9))
    let last = try bench.ledger.audit(limit: 2)
    #expect(last.map(\.entry) == [entry("queue cancel", after: 9), entry("resend", ana, after: 5)])
    #expect(try bench.ledger.audit(before: last[1].number, limit: 2).map(\.entry) == [entry("release")])
    #expect(try bench.ledger.audit(since: bench.now + 6, limit: 9).map(\.entry.command) == ["queue cancel"])
    #expect(try bench.ledger.audit(of: ana, limit: 9).map(\.entry.command) == ["resend"])
  }

  @Test("A1: a text is cut, and no entry is lost for its length")
  func cut() throws {
    var long = entry("release")
    long.reason = String(repeating: "x", count: 5000)
    try bench.ledger.record(long)
    #expect(try bench.ledger.audit(limit: 1)[0].entry.reason.count == Ledger.longestAuditText)
  }
}
