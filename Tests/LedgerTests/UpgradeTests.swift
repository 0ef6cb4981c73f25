import Identifiers
import SQL
import TestSupport
import Testing
import Time

@testable import Ledger

/// A ledger of an older program, with rows in it, is brought up to date (rule O6).
@Suite("A ledger that is upgraded") struct UpgradeTests {
  private let directory: TemporaryDirectory
  private let database: TestDatabase
  private let file: any SQL.Database

  init() throws {
    directory = try TemporaryDirectory()
    database = try TestDatabase(in: directory, "ledger.sqlite")
    file = try database.open()
  }

  private func rows(_ sql: String) throws -> [String] {
    try file.read {
      try $0.query(sql) { row in
        row.columns.indices.map { row.optionalText($0) ?? "NULL" }.joined(separator: "|")
      }
    }
  }

  @Test("O6: from schema 2 keeps candidates, journal and refusals; what they answered is not known", arguments: [1, 2])
  func parents(_ version: Int) throws {
    try file.migrate("ledger", Array(Ledger.migrations.prefix(version)))
    let columns = "post_key, thread_key, discussion_key, urgent, visible_at"
    try file.write {
      try $0.run(
        """
        INSERT INTO candidate (\(columns), ordinal, state, seen_at, ask_at)
        VALUES ('7', 't', 'd', 0, 5, 7, 'resting', 5, 5), ('8', 't', 'd', 1, NULL, 8, 'pending', 6, 6)
        """)
      try $0.run(
        "INSERT INTO journal (\(columns), due, journalled_at, signing_key) VALUES ('6', 't', 'd', 0, 4, 4, 4, 1)")
      if version == 2 {
        try $0.run("INSERT INTO domain_refusal VALUES ('b.example', 1, '550 5.7.1', 9)")
      }
    }
    let kept = "SELECT \(columns), seen_at FROM candidate UNION ALL SELECT \(columns), due FROM journal ORDER BY 1"
    let before = try rows(kept)
    #expect(before == ["6|t|d|0|4|4", "7|t|d|0|5|5", "8|t|d|1|NULL|6"])
    let ledger = Ledger(file)
    #expect(try ledger.migrate() == 4 - version)
    #expect(try ledger.migrate() == 0)
    #expect(try rows(kept) == before)
    let parents = "SELECT parent_key FROM journal UNION ALL SELECT parent_key FROM candidate"
    #expect(try rows(parents) == ["NULL", "NULL", "NULL"])
    #expect(try ledger.refusals(by: "b.example", since: Timestamp(0)).count == version - 1)
  }

  @Test("C2: goes on where the older program stopped: what rested enters the journal once, at the next position")
  func goesOn() throws {
    try file.migrate("ledger", Array(Ledger.migrations.prefix(2)))
    try file.write {
      try $0.run(
        """
        INSERT INTO candidate (post_key, ordinal, state, thread_key, discussion_key, urgent, visible_at, seen_at,
          ask_at)
        VALUES ('7', 7, 'resting', 't', 'd', 0, 5, 5, 5)
        """)
    }
    let ledger = Ledger(file)
    try ledger.migrate()
    let resting = try ledger.restingCandidates()
    #expect(resting.map(\.postKey) == ["7"] && resting.map(\.parentKey) == [nil])
    let settled = resting.map { (candidate: $0, due: Timestamp(6)) }
    #expect(try ledger.journal(settled, signingKey: 1, now: Timestamp(6)) == 1)
    #expect(try ledger.journal(settled, signingKey: 1, now: Timestamp(6)) == 0)
    let entries = try ledger.journalEntries(positions: [1, 2])
    #expect(entries.map(\.postKey) == ["7"] && entries.map(\.parentKey) == [nil])
  }
}
