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

  @Test("A6: in words of others their address, name and key are masked in any case of letters, and nothing else is")
  func wordsOfOthers() throws {
    _ = try bench.fill("zurbaran")
    let bo = try bench.fill("velasquez")
    try bench.file.write { connection in
      func put(_ detail: String) throws {
        try connection.run(
          "INSERT INTO event (happened_at, person, kind, detail) VALUES (1, $1, 'resent', $2)",
          [.id(bo), .text(detail)])
      }
      try put(
        "3 zurbaran-key: ZURBARAN TEXT and Zurbaran@ZURBARAN.example asked, as zurbaran-KEY did; zurbaranian stays")
      try connection.run(
        """
        INSERT INTO audit (given_at, operator, command, subject, reason, outcome)
        VALUES (1, 'li', 'queue hold', '--post 1', 'Zurbaran Text told (zurbaran text''s wish)', '1 message is held.')
        """)
      try connection.run(
        "INSERT INTO note (name, value) VALUES ('relay', $1)",
        [.text(#"{"zurbaran-key":1.5,"a":[true,"rcpt: 550 recipient zurbaran text \"unknown\"","late"],"b":null}"#)])
      for key in ["ZURBARAN@zurbaran.example ask", "zurbaran@ZURBARAN.example ask"] {
        try connection.run(
          "INSERT INTO resend (order_key, audit, asked, forced, given_at) VALUES ($1, 4712, 'post 1', '', 1)",
          [.text(key)])
      }
    }
    try bench.erase("zurbaran")
    func texts(_ sql: String) throws -> [String?] {
      try bench.file.read { try $0.query(sql) { $0.optionalText(0) } }
    }
    let erased = "erased-0123456789ab"
    #expect(
      try texts("SELECT detail FROM event WHERE happened_at = 1") == [
        "3 zurbaran-key: \(erased) and \(erased) asked, as \(erased) did; zurbaranian stays"
      ])
    #expect(try texts("SELECT reason FROM audit WHERE given_at = 1") == ["\(erased) told (\(erased)'s wish)"])
    #expect(
      try texts("SELECT value FROM note WHERE name = 'relay'") == [
        #"{"zurbaran-key":1.5,"a":[true,"rcpt: 550 recipient \#(erased) \"unknown\"","late"],"b":null}"#
      ])
    #expect(
      Set(try texts("SELECT order_key FROM resend WHERE audit = 4712")) == ["\(erased) ask", nil])
  }

  @Test(
    "A6: a name is masked as whole words and where it is no other word; a number is no name",
    arguments: [
      ("Wim Oort", "7", "rcpt: 550 wim oort not found", "rcpt: 550 X not found"),
      ("Wim Oort", "7", "x: 7 of Wim Oorts, WIM OORT.", "x: 7 of Wim Oorts, X."),
      ("Oxfam", "7", "mail to oxfam.org: oxfam, Oxfam-GB and oxfam", "mail to oxfam.org: X, Oxfam-GB and X"),
      ("Wim", "7", "Wim asked", "Wim asked"), ("Admin", "7", "held by an admin (li): no", "held by an admin (li): no"),
      ("Zoë Ñandú", "7", "x: zoË ñANDÚ", "x: X"),
      ("", "anna.k", "x: ANNA.K wrote, anna.kx not", "x: X wrote, anna.kx not"),
      ("李小龙 陈", "7", "x: 李小龙 陈!", "x: X!"), ("", "12345", "x: 12345", "x: 12345"),
    ])
  func names(_ name: String, _ key: String, _ text: String, _ masked: String) {
    let mask = NameMask(addresses: [], key: key, name: name, pseudonym: "X")
    #expect(mask.masked(text, .behindColon) == masked)
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
