import Forum
import Identifiers
import Ledger
import Membership
import SQL
import TestSupport
import Time

/// A forum and a ledger with people, who are kept by the forum's own tables or, as a foreign forum's are, by the
/// ledger.
final class MembersFixture: Sendable {
  let fixture: ForumFixture
  let forum: RecordingForum
  var ledger: Ledger { fixture.ledger }
  var clock: TestClock { fixture.clock }

  init() throws {
    fixture = try ForumFixture()
    forum = RecordingForum(fixture.source)
  }

  /// - Parameter isForeign: nobody may write to the forum: the ledger keeps what people choose.
  func members(isForeign: Bool, defaults: EffectivePreferences = EffectivePreferences()) -> Members {
    Members(
      forum: forum, ledger: ledger, keeper: isForeign ? nil : fixture.writer, defaults: defaults,
      now: { [clock] in clock.now })
  }

  /// As the forum knows them now.
  func participant(_ key: String) throws -> Participant { try fixture.source.participants(keys: [key])[0] }

  func person(_ key: String) throws -> Person { try ledger.people(keys: [key])[key]! }

  func post(_ key: String) throws -> Post { try fixture.source.posts(keys: [key])[0] }

  /// Journals posts in this order, as the forum shows them now.
  @discardableResult
  func journal(_ keys: String...) throws -> [JournalPosition] {
    for key in keys {
      let candidate = Candidate(try post(key), state: .resting, visibleAt: clock.now, seenAt: clock.now)
      _ = try ledger.journal([(candidate, due: clock.now)], signingKey: 3, now: clock.now)
    }
    let entries = try ledger.journalEntries(postKeys: keys)
    return keys.compactMap { key in entries.first { $0.postKey == key }?.position }
  }

  /// Every row of some tables, for comparing one state with another.
  func rows(_ database: any SQL.Database, _ tables: String...) throws -> [String] {
    try database.read { connection in
      try tables.flatMap { table in
        try connection.query("SELECT * FROM \(table)") { row in
          "\(table): " + row.columns.indices.map { row.optionalText($0) ?? "NULL" }.joined(separator: "|")
        }.sorted()
      }
    }
  }

  /// All that the forum keeps of people.
  func forumRows() throws -> [String] { try rows(fixture.forum, "participant", "watch", "wish_change") }

  /// All that the ledger keeps of people.
  func ledgerRows() throws -> [String] {
    try rows(fixture.ledgerFile, "person", "preference", "own_watch", "digest_slot")
  }
}
