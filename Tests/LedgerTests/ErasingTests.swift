import DeliveryPolicy
import Forum
import Foundation
import Identifiers
import SQL
import TestSupport
import Testing
import Time

@testable import Ledger

@Suite("A6: erasing somebody") struct ErasingTests {
  private let bench: LedgerFixture
  private var ledger: Ledger { bench.ledger }

  init() throws { bench = try LedgerFixture() }

  // MARK: What is known of somebody

  /// Columns of the page that are not to hold what they held, and hold no words of a person's: a CHECK, or our own words.
  private static let closed: Set = [
    "preference.mode", "preference.digest_period", "preference.digest_style", "preference.digest_format",
    "own_watch.scope", "own_watch.mode", "last_digest.slot_date", "digest_slot.slot_date", "digest_slot.kind",
    "suppression.cause",
  ]

  /// The columns of the page with what erasing does to them.
  private static func page() throws -> [String: String] {
    let path = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources/Ledger/Ledger.docc/Privacy.md").standardized
    let lines = try String(contentsOf: path, encoding: .utf8).split(separator: "\n").filter { $0.hasPrefix("| `") }
    let rows = lines.map { line in
      line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    #expect(rows.allSatisfy { $0.count == 4 && !$0[1].isEmpty && !$0[2].isEmpty })
    return Dictionary(rows.map { (String($0[0].dropFirst().dropLast()), $0[3]) }) { first, _ in
      Issue.record("a column stands twice: \(first)")
      return first
    }
  }

  @Test("A6: the page of what is kept has every column of the ledger that holds text or octets, and no other")
  func everyColumn() throws {
    let (texts, page) = (try bench.texts(), Set(try ErasingTests.page().keys))
    #expect(texts.count > 90)
    #expect(texts == page, "\(texts.symmetricDifference(page).sorted())")
  }

  @Test("A6: of somebody who had to do with every table nothing is readable afterwards, and of others all is as it was")
  func nowhere() throws {
    let (ana, bo) = (try bench.fill("zurbaran"), try bench.fill("velasquez"))
    let other = try bench.dump().filter { $0.contains("velasquez") }
    let filled = try bench.places(of: "zurbaran")
    let changing = Set(try ErasingTests.page().filter { !$0.value.hasPrefix("stays") }.keys)
    #expect(
      filled == changing.subtracting(ErasingTests.closed),
      "\(filled.symmetricDifference(changing.subtracting(ErasingTests.closed)).sorted())")
    let erasure = try bench.erase("zurbaran")
    #expect(erasure.person == ana && erasure.dropped == 1 && erasure.undigested == 1 && erasure.messages == 1)
    #expect(erasure.received == 3 && erasure.replies == 1 && erasure.suppressions == 1 && erasure.choices > 5)
    #expect(try bench.places(of: "zurbaran") == [])
    #expect(try bench.dump().filter { $0.contains("velasquez") } == other)
    #expect(try bench.rows().values.filter { $0.person == bo }.map(\.state) == [.queued])
    guard !TestDatabase.isPostgres else { return }
    try bench.file.dropOldVersions()
    for name in ["ledger.sqlite", "ledger.sqlite-wal"] {
      let octets = (try? Data(contentsOf: URL(filePath: bench.directory(name)))) ?? Data()
      #expect(octets.range(of: Data("zurbaran".utf8)) == nil, "\(name)")
      #expect(name.hasSuffix("wal") || octets.range(of: Data("velasquez".utf8)) != nil)
    }
  }

  @Test(
    "A6: a dry run tells the same and changes nothing; erasing twice changes nothing more, and says when it was done")
  func tried() throws {
    _ = try bench.fill("zurbaran")
    let before = try bench.dump()
    let told = try bench.erase("zurbaran", isTried: true)
    #expect(try bench.dump() == before)
    #expect(try bench.erase("zurbaran") == told)
    let after = try bench.dump()
    bench.clock.advance(by: 86_400)
    let again = try bench.erase("zurbaran")
    #expect(again.isOld && again.person == told.person && again.at == bench.now - 86_400)
    #expect(try bench.dump() == after)
  }

  @Test("A6: a crash at its commit leaves all of it or nothing", arguments: FaultingDatabase.Moment.allCases)
  func crash(_ moment: FaultingDatabase.Moment) throws {
    _ = try bench.fill("zurbaran")
    let before = try bench.dump()
    let dying = FaultingDatabase(bench.file)
    dying.crash(atCommit: 1, moment)
    #expect(throws: (any Error).self) { _ = try bench.erase("zurbaran", by: Ledger(dying)) }
    if moment == .beforeCommit { #expect(try bench.dump() == before) }
    let erasure = try bench.erase("zurbaran")
    #expect(erasure.isOld == (moment == .afterCommit))
    #expect(try bench.places(of: "zurbaran") == [])
  }

  @Test("A6: the audit log has who did it, when and why, under the pseudonym")
  func audit() throws {
    let ana = try bench.fill("zurbaran")
    try bench.erase("zurbaran")
    let entry = try #require(try ledger.audit(limit: 1).first?.entry)
    #expect(
      entry
        == AuditEntry(
          at: bench.now, operatorName: "li", command: "participant erase", subject: "erased-0123456789ab",
          reason: "asked for", person: ana))
  }
}
